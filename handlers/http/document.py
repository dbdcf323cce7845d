"""The interface's document, OpenAPI 3.1: from the table of routes, the table of fields, the shapes.

Powertools makes one of its routes' signatures; a list has some eighty parameters that stand in no
signature, and its errors are problems. So it is made here, of the same tables that answer.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from application.changes import OBJECTS
from application.cursors import CURSOR_LENGTH_MAX
from application.query_fields import FIELDS, OPERATORS, Field, Op
from application.query_language import LIMIT_DEFAULT, LIMIT_MAX, PREFIX_LENGTH_MIN
from application.query_search import SEARCH_LENGTH_MAX
from application.query_values import TEXT_LENGTH_MAX
from handlers.http import shapes
from handlers.http.answers import JSON, PROBLEM
from handlers.http.problems import KINDS
from handlers.http.routes import Operation, operations
from projections.resources import Resource

Json = dict[str, Any]  # what JSON Schema and OpenAPI are made of

SCHEMAS_AT: Final = "#/components/schemas/"
_INSTANT: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})$"
)
_FORMS: Final[Mapping[str, Json]] = {
    "id": {"type": "string", "minLength": 1, "maxLength": TEXT_LENGTH_MAX},
    "word": {"type": "string", "minLength": 1, "maxLength": TEXT_LENGTH_MAX},
    "day": {"type": "string", "pattern": shapes.DAY, "examples": ["2026-11-05"]},
    "instant": {"type": "string", "pattern": _INSTANT, "examples": ["2026-11-05T13:02:11Z"]},
    "amount": {"type": "string", "pattern": shapes.MINOR, "examples": ["125000050"]},
    "count": {"type": "string", "pattern": shapes.POSITION, "examples": ["3"]},
    "flag": {"type": "string", "enum": ["true", "false"]},
}
_SAID: Final[Mapping[Op, str]] = {
    "eq": "Exactly this.",
    "in": "One of these, separated by commas; at most 50.",
    "gte": "This or more.",
    "gt": "More than this.",
    "lte": "This or less.",
    "lt": "Less than this.",
    "prefix": "Begins with this.",
    "exists": "Has a value, or none.",
}

ALWAYS: Final = (
    "method-not-allowed", "not-acceptable", "body-too-large", "address-too-long",
    "headers-too-large", "unexpected", "store-unavailable", "timed-out",
)  # fmt: skip
WITH_TOKEN: Final = (
    "token-missing", "token-invalid", "token-not-bound", "scope-missing", "rate-limited",
)  # fmt: skip
OF_PARAMETERS: Final = ("unknown-parameter", "invalid-request")
OF_LISTS: Final = (
    *OF_PARAMETERS, "cursor-invalid", "cursor-with-parameters", "cursor-expired", "state-not-kept",
    "query-too-broad", "date-in-future", "projection-behind",
)  # fmt: skip
OF_ITEMS: Final = (
    *OF_PARAMETERS, "not-found", "state-not-kept", "query-too-broad", "date-in-future",
    "projection-behind",
)  # fmt: skip

_ANSWERS: Final[Mapping[str, type[BaseModel]]] = {
    "listChanges": shapes.Changes,
    "showMe": shapes.Me,
    "showHealth": shapes.Health,
    "showProblem": shapes.ProblemType,
}


@lru_cache(maxsize=1)
def document_text() -> str:
    """The document as JSON, as docs/openapi.json holds it."""
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


def document() -> Json:
    """The document."""
    shared = _Shared()
    paths = {each.path: {"get": _operation(each, shared)} for each in operations()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "conciliar",
            "version": "1",
            "summary": "Payments, settlements and what was reconciled",
            "description": "Reading only. Amounts are texts of minor units; lists are frozen at a"
            " position; errors are problems (RFC 9457). See docs/http.md.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(map(_tag, operations()))],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "at+jwt",
                    "description": "An access token (RFC 9068) of the bank's issuer.",
                }
            },
            "parameters": dict(sorted(shared.parameters.items())),
            "responses": dict(sorted(shared.responses.items())),
            "schemas": _schemas(),
        },
    }


@dataclass(kw_only=True)
class _Shared:
    """What several operations say alike stands once, and they refer to it."""

    parameters: dict[str, Json] = dataclasses.field(default_factory=dict[str, Json])
    responses: dict[str, Json] = dataclasses.field(default_factory=dict[str, Json])

    def parameter(self, made: Json) -> Json:
        """A reference to a parameter."""
        return self._kept("parameters", self.parameters, str(made["name"]), made)

    def response(self, name: str, made: Json) -> Json:
        """A reference to an answer."""
        return self._kept("responses", self.responses, name, made)

    def _kept(self, kind: str, known: dict[str, Json], name: str, made: Json) -> Json:
        # The same name with other content, as `sort` of another resource, stands beside it.
        numbered = (name, *(f"{name}-{number}" for number in range(2, NAMESAKES_MAX)))
        key = next(each for each in numbered if known.setdefault(each, made) == made)
        return {"$ref": f"#/components/{kind}/{key}"}


NAMESAKES_MAX: Final = 20


def _operation(operation: Operation, shared: _Shared) -> Json:
    made: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": _description(operation),
        "tags": [_tag(operation)],
        "security": [] if operation.public else [{"token": _scopes(operation)}],
    }
    parameters = [*_path_parameters(operation), *map(shared.parameter, _parameters(operation))]
    if parameters:
        made["parameters"] = parameters
    made["responses"] = dict(_responses(operation, shared))
    return made


def _description(operation: Operation) -> str:
    said = operation.summary + "."
    if operation.recalled:
        said += " On AWS, facts are read from the log instead: the address is not there."
    if operation.scope is not None:
        said += f" The token has to hold `{operation.scope}`."
    return said


def _tag(operation: Operation) -> str:
    return operation.resource or "interface"


def _scopes(operation: Operation) -> list[str]:
    return [] if operation.scope is None else [operation.scope]


# Parameters.


def _path_parameters(operation: Operation) -> Iterator[Json]:
    for name in re.findall(r"\{(\w+)\}", operation.path):
        schema: Json = {"type": "string", "minLength": 1, "maxLength": 400}
        if name == "type":
            schema = {"type": "string", "enum": sorted(KINDS)}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _parameters(operation: Operation) -> Iterator[Json]:
    if operation.name == "listChanges":
        yield _query("after", "Changes behind this; 0 for all.", _text(500), required=True)
        kinds = ", ".join(OBJECTS)
        yield _query("types", f"Of these alone, separated by commas: {kinds}.", _text(100))
        yield _limit()
        yield _at_least()
    elif operation.resource is not None and not operation.recalled:
        resource = operation.resource
        is_list = "{" not in operation.path
        yield _query("fields", "Only these fields, separated by commas.", _text(1_000))
        known = {"type": "string", "pattern": r"^position:(0|[1-9][0-9]{0,17})$"}
        yield _query("known_at", "As it was known at a position that an answer named.", known)
        yield _at_least()
        if is_list:
            yield from _list_parameters(resource)


def _list_parameters(resource: Resource) -> Iterator[Json]:
    cursor = "Where the list goes on; alone, without other parameters."
    yield _query("cursor", cursor, _text(CURSOR_LENGTH_MAX))
    yield _limit()
    sorted_by = "|".join(each.name for each in FIELDS[resource].values() if each.sorted)
    one = f"-?({sorted_by})"
    pattern = {"type": "string", "pattern": f"^{one}(,{one})?$"}
    yield _query("sort", "At most two fields; `-` for the other way.", pattern)
    search = 'Words, "phrase", -without, field:value, amount:1.50, date:2026-11-05.'
    yield _query("q", search, _text(SEARCH_LENGTH_MAX))
    for field in FIELDS[resource].values():
        for op in OPERATORS[field.kind]:
            yield _filter(field, op)


def _filter(field: Field, op: Op) -> Json:
    name = field.name if op == "eq" else f"{field.name}.{op}"
    schema = dict(_FORMS[field.kind])
    match op:
        case "exists":
            schema = dict(_FORMS["flag"])
        case "prefix":
            schema["minLength"] = PREFIX_LENGTH_MIN
        case "in":
            schema = {"type": "string", "minLength": 1}
        case _ if field.name == "currency":
            schema = {"type": "string", "pattern": "^[A-Z]{3}$"}
        case _:
            pass
    said = _SAID[op]
    if field.kind == "amount" and op != "exists":
        said += " In minor units; `currency` has to be said too."
    if not field.partner:
        said += " Not for partners."
    return _query(name, said, schema)


def _query(name: str, said: str, schema: Json, *, required: bool = False) -> Json:
    made: Json = {"name": name, "in": "query", "description": said, "schema": schema}
    return {**made, "required": True} if required else made


def _text(longest: int) -> Json:
    return {"type": "string", "minLength": 1, "maxLength": longest}


def _limit() -> Json:
    schema = {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT}
    return _query("limit", "Rows of a page.", schema)


def _at_least() -> Json:
    schema = {"type": "string", "pattern": shapes.POSITION}
    return _query("at_least", "Wait until lists have come to this position.", schema)


# Responses.


def _responses(operation: Operation, shared: _Shared) -> Iterator[tuple[str, Json]]:
    content: Json = {JSON: {"schema": _answer(operation)}}
    if "text/html" in operation.content_types:
        content["text/html"] = {"schema": {"type": "string"}}
    headers = dict(_headers(operation))
    found: Json = {"description": operation.summary, "content": content}
    if headers:
        found["headers"] = headers
    if links := _links(operation):
        found["links"] = links
    yield "200", found
    if "ETag" in headers:
        yield "304", {"description": "The caller has it already.", "headers": _tag_header()}
    by_status: dict[int, list[str]] = {}
    for slug in _slugs(operation):
        by_status.setdefault(KINDS[slug].status, []).append(slug)
    for status, slugs in sorted(by_status.items()):
        problem: Json = {
            "description": ", ".join(f"`{slug}`" for slug in slugs),
            "content": {PROBLEM: {"schema": {"$ref": f"{SCHEMAS_AT}Problem"}}},
        }
        extra = dict(_problem_headers(status))
        made = {**problem, "headers": extra} if extra else problem
        yield str(status), shared.response(f"{status}-{slugs[0]}", made)


def _links(operation: Operation) -> Json:
    """Where a list leads: to its next page, and to what is known of each of its rows."""
    if operation.resource is None or "{" in operation.path:
        return {}
    row = {"id": "$response.body#/data/0/id"}
    page = {"cursor": "$response.body#/next"}
    made: Json = {"next": {"operationId": operation.name, "parameters": page}}
    for each in operations():
        if each.resource == operation.resource and "{" in each.path:
            made[each.name] = {"operationId": each.name, "parameters": row}
    return made


def _slugs(operation: Operation) -> Iterable[str]:
    yield from ALWAYS
    if not operation.public:
        yield from WITH_TOKEN
    if operation.resource is not None and not operation.recalled:
        yield from OF_ITEMS if "{" in operation.path else OF_LISTS
    elif operation.name == "listChanges":
        yield from (*OF_PARAMETERS, "query-too-broad", "projection-behind")
    else:
        yield from OF_PARAMETERS[:1]
        if "{" in operation.path:
            yield "not-found"


def _answer(operation: Operation) -> Json:
    model = _model(operation)
    return {"type": "object"} if model is None else {"$ref": f"{SCHEMAS_AT}{model.__name__}"}


def _model(operation: Operation) -> type[BaseModel] | None:
    if operation.resource is None:
        return _ANSWERS.get(operation.name)
    if operation.recalled:
        return shapes.Facts if operation.path.endswith("/facts") else shapes.Explanation
    of = shapes.ROWS if "{" in operation.path else shapes.PAGES
    return of[operation.resource]


def _headers(operation: Operation) -> Iterator[tuple[str, Json]]:
    if not operation.public:
        yield "RateLimit", _header("What is left of the rate, by its name.")
        yield "RateLimit-Policy", _header("The rate: how many at once, full again after.")
    is_read = operation.resource is not None and not operation.recalled
    if is_read or operation.name == "listChanges":
        yield "Conciliar-As-Of", _header("Bank and position that the answer shows.")
    if is_read or operation.name == "showDocument":
        yield from _tag_header().items()
    if is_read and "{" not in operation.path:
        yield "Link", _header('The next page, `rel="next"`.')


def _tag_header() -> Json:
    return {"ETag": _header("Names this very answer; for If-None-Match.")}


def _problem_headers(status: int) -> Iterator[tuple[str, Json]]:
    match status:
        case 401 | 403:
            yield "WWW-Authenticate", _header("What kind of token is asked for (RFC 6750).")
        case 405:
            yield "Allow", _header("Methods that this address knows.")
        case 429 | 503:
            yield "Retry-After", _header("Seconds after which to ask again.")
        case _:
            pass


def _header(said: str) -> Json:
    return {"description": said, "schema": {"type": "string"}}


# Schemas.


def _schemas() -> Json:
    models = [model for each in operations() if (model := _model(each)) is not None]
    asked = [(model, "validation") for model in dict.fromkeys((*models, shapes.Problem))]
    _, made = models_json_schema(asked, ref_template=SCHEMAS_AT + "{model}")  # pyright: ignore[reportArgumentType]  (a mode by its name)
    schemas: Json = made["$defs"]
    return {name: _plain(schema) for name, schema in sorted(schemas.items())}


def _plain(schema: Any) -> Any:
    """A schema without what only pydantic means by it."""
    if isinstance(schema, dict):
        kept: Json = {}
        for key, value in schema.items():  # pyright: ignore[reportUnknownVariableType]  (JSON)
            if key in {"title", "default"} and not isinstance(value, dict):
                continue
            kept[str(key)] = _plain(value)  # pyright: ignore[reportUnknownArgumentType]  (JSON)
        return kept
    if isinstance(schema, list):
        return [_plain(each) for each in schema]  # pyright: ignore[reportUnknownVariableType]  (JSON)
    return schema
