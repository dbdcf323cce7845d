"""What each address answers."""

from __future__ import annotations

import html
import re
from typing import Final
from urllib.parse import quote, unquote

from application.access import READ_SCOPES, Caller
from application.changes import CHANGING, OBJECTS, changes
from application.queries import COUNT_MAX, CURSOR, Listing
from application.query_language import LIMIT_DEFAULT, LIMIT_MAX, Parameters
from application.query_refusals import InvalidParameter, UnknownParameter
from handlers.http.answers import Answer, digest, json_answer
from handlers.http.asked import Asked
from handlers.http.problems import KINDS, Problem
from handlers.http.served import Recollection, Served
from projections.resources import Resource

AT_LEAST: Final = "at_least"
CHANGES_PARAMETERS: Final = ("after", "types", "limit", AT_LEAST)
CHANGES_INTERVAL_S: Final = 1
"""Seconds between two questions of a client that waits for changes."""

_POSITION = re.compile(r"0|[1-9][0-9]{0,17}")
_LIMIT = re.compile(r"[1-9][0-9]{0,2}")


def listed(resource: Resource, served: Served, asked: Asked, caller: Caller) -> Answer:
    """A page of a resource."""
    parameters = _waited(served, asked.parameters)
    found = served.queries.list(
        served.scope(caller),
        resource,
        parameters,
        today=served.today,
        now_ms=served.timing.now_ms(),
    )
    position = str(found.position)
    meta: dict[str, object] = {}
    if found.total is not None:
        meta["total"] = found.total
        meta["total_is"] = "at_least" if found.total >= COUNT_MAX else "exact"
    if found.understood:
        meta["query"] = found.understood
    # A cursor says when it ends, so that two of one place differ: the tag is of the rest.
    tag = f'W/"{position}-{digest([found.data, found.next is None, meta])}"'
    body = {"data": found.data, "next": found.next, "as_of": {"position": position}, "meta": meta}
    made = json_answer(body, headers=_as_of(served, position) | _link(resource, found))
    return made.tagged(tag, if_none_match=asked.headers.get("if-none-match"))


def item(resource: Resource, served: Served, asked: Asked, caller: Caller, *, id: str) -> Answer:  # noqa: A002  (the address calls it so)
    """One thing."""
    parameters = _waited(served, asked.parameters)
    found = served.queries.item(
        served.scope(caller), resource, unquote(id), parameters, today=served.today
    )
    # The version first, then a digest: what is shown may change with the facts of other things.
    version = found.data.get("version", "")
    made = json_answer(found.data, headers=_as_of(served, str(found.position)))
    tag = f'"{version}-{digest(found.data)}"'
    return made.tagged(tag, if_none_match=asked.headers.get("if-none-match"))


def facts(resource: Resource, served: Served, asked: Asked, caller: Caller, *, id: str) -> Answer:  # noqa: A002  (the address calls it so)
    """The facts about one thing."""
    known, id_ = _recalled(resource, served, asked, caller, id)
    return json_answer(known.facts(id_))


def explanation(
    resource: Resource,
    served: Served,
    asked: Asked,
    caller: Caller,
    *,
    id: str,  # noqa: A002  (the address calls it so)
) -> Answer:
    """Why one thing is what it is."""
    known, id_ = _recalled(resource, served, asked, caller, id)
    return json_answer(known.explanation(id_))


def changed(served: Served, asked: Asked, caller: Caller) -> Answer:
    """What changed since a position."""
    given = _known(_waited(served, asked.parameters), CHANGES_PARAMETERS)
    if "after" not in given:
        raise InvalidParameter(name="after", reason="missing")
    types = given["types"].split(",") if "types" in given else list(OBJECTS)
    for each in types:
        if each not in OBJECTS:
            raise InvalidParameter(name="types", reason="not-a-type")
        if "types" in given:
            caller.require(READ_SCOPES[OBJECTS[each]])
    wanted: frozenset[Resource] = frozenset(OBJECTS[each] for each in types)
    may: list[Resource] = [
        each for each in CHANGING if each in wanted and READ_SCOPES[each] in caller.scopes
    ]
    found = changes(
        served.queries,
        served.scope(caller),
        after=given["after"],
        resources=may,
        limit=_limit(given.get("limit")),
    )
    position = str(found.position)
    body = {
        "data": found.data,
        "next": found.next,
        "more": found.more,
        "as_of": {"position": position},
    }
    return json_answer(body, headers=_as_of(served, position))


def me(served: Served, asked: Asked, caller: Caller) -> Answer:
    """Who asks."""
    _known(asked.parameters, ())
    scope = served.scope(caller)
    body = {
        "tenant": caller.tenant,
        "subject": caller.subject,
        "role": caller.role,
        "partner": caller.partner,
        "scopes": sorted(caller.scopes),
        "merchants": sorted(scope.merchants) if scope.is_partner else None,
        "changes": {"mode": "poll", "interval_s": CHANGES_INTERVAL_S},
    }
    return json_answer(body)


def health(served: Served, asked: Asked) -> Answer:
    """Whether lists can be read."""
    _known(asked.parameters, ())
    served.queries.store.position()
    return json_answer({"status": "ok"})


def document(served: Served, asked: Asked) -> Answer:
    """The interface's own document."""
    _known(asked.parameters, ())
    text = served.document()
    tag = f'"{digest(text)}"'
    return Answer(body=text).tagged(tag, if_none_match=asked.headers.get("if-none-match"))


def problem_page(served: Served, asked: Asked, *, type: str) -> Answer:  # noqa: A002  (the address calls it so)
    """What a type of problem means."""
    del served
    _known(asked.parameters, ())
    kind = KINDS.get(unquote(type))
    if kind is None:
        raise Problem("not-found", "no such type of problem")
    if "text/html" in asked.headers.get("accept", ""):
        page = _PAGE.format_map({name: html.escape(str(getattr(kind, name))) for name in _SHOWN})
        return Answer(body=page, content_type="text/html; charset=utf-8")
    return json_answer(
        {
            "type": kind.slug,
            "status": kind.status,
            "title": {"en": kind.title, "es": kind.titulo},
            "meaning": {"en": kind.meaning, "es": kind.significado},
        }
    )


_SHOWN = ("slug", "status", "title", "titulo", "meaning", "significado")
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{slug}</title></head>
<body><h1>{status} {slug}</h1>
<section><h2>{title}</h2><p>{meaning}</p></section>
<section lang="es"><h2>{titulo}</h2><p>{significado}</p></section>
</body></html>
"""


def _recalled(
    resource: Resource, served: Served, asked: Asked, caller: Caller, id_: str
) -> tuple[Recollection, str]:
    """Who knows the past, and the id of something that the caller may see."""
    _known(asked.parameters, ())
    assert served.recollection is not None, "the route is there only where it is"
    text = unquote(id_)
    served.queries.item(served.scope(caller), resource, text, today=served.today)
    return served.recollection, text


def _waited(served: Served, parameters: Parameters) -> Parameters:
    """The parameters without `at_least`, once lists have come as far as it says."""
    # Beside a cursor it stays, to be refused like everything else there.
    if any(name == CURSOR for name, _ in parameters):
        return parameters
    given = [text for name, text in parameters if name == AT_LEAST]
    if not given:
        return parameters
    if len(given) > 1:
        raise UnknownParameter(name=AT_LEAST, nearest=None, repeated=True)
    if not _POSITION.fullmatch(given[0]):
        raise InvalidParameter(name=AT_LEAST, reason="not-a-position")
    served.wait_for(int(given[0]))
    return [pair for pair in parameters if pair[0] != AT_LEAST]


def _known(parameters: Parameters, names: tuple[str, ...]) -> dict[str, str]:
    """The parameters by name, each known and there once. Raises UnknownParameter."""
    given: dict[str, str] = {}
    for name, text in parameters:
        if name not in names or name in given:
            raise UnknownParameter(name=name, nearest=None, repeated=name in given)
        given[name] = text
    return given


def _limit(text: str | None) -> int:
    if text is None:
        return LIMIT_DEFAULT
    if not _LIMIT.fullmatch(text) or int(text) > LIMIT_MAX:
        raise InvalidParameter(name="limit", reason=f"not-1-to-{LIMIT_MAX}")
    return int(text)


def _as_of(served: Served, position: str) -> dict[str, str]:
    return {"Conciliar-As-Of": f"{served.queries.tenant}@{position}"}


def _link(resource: Resource, found: Listing) -> dict[str, str]:
    if found.next is None:
        return {}
    return {"Link": f'</v1/{resource}?cursor={quote(found.next, safe="")}>; rel="next"'}
