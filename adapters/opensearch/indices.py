"""What lies in OpenSearch: indices of one generation, made from the table of fields.

    <space>-<generation>-<name>     an index; <space>-<name> is its alias while the generation lives

    documents   every document of every read model, whole; looked up by key
    payments …  rows of lists: one for each thing and for each time it looked otherwise, valid for
                the positions since ≤ p < until
    positions   sums by day, from documents
    control     where the generation stands, its editions, the heads of its steps

Mappings are strict: a field that the table does not name is refused and parked, never guessed. Text
is folded into words by us, not by an analyser (application/query_conditions.py), so that a search
finds here what it finds in every other store.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import msgspec

from adapters.opensearch.calls import NOT_FOUND, Calls
from adapters.opensearch_refusals import IndicesUnfit
from application.query_fields import FIELDS, Field
from projections.resources import NAMES as RESOURCES
from projections.resources import Resource

FORMAT_VERSION = 1
"""Of what lies here: of another one, the read models are made again beside it."""

DOCUMENTS, POSITIONS, CONTROL = "documents", "positions", "control"
NAMES: Final = (*RESOURCES, DOCUMENTS, POSITIONS, CONTROL)
LISTS: Final[tuple[Resource, ...]] = tuple(RESOURCES)

FOR_EVER = 2**62
"""`until` of a row that stands."""

CREATED_AT_ONCE = 4
"""Indices that are made at the same time."""

ID_BYTES_MAX = 500
"""Of an `_id`; OpenSearch takes 512."""

WORD_LENGTH_MAX = 10_000
"""Characters of a word that stay together; a whole id may be as long as its field."""

POSITION_AMOUNTS: Final = tuple(
    f"{name}_{what}"
    for name in ("expected", "settled", "open", "cancelled", "returned")
    for what in ("count", "minor")
)
"""Sums of a day that have a field of their own; others are shown with the document."""

_SPACE = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_GENERATION = re.compile(r"-([0-9]{6})-control")

_KEYWORD: Final[Mapping[str, Any]] = {"type": "keyword"}
_LONG: Final[Mapping[str, Any]] = {"type": "long"}
_SHOWN: Final[Mapping[str, Any]] = {"type": "object", "enabled": False}
_TYPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "id": _KEYWORD,
    "word": _KEYWORD,
    "day": {"type": "date", "format": "strict_date"},
    "instant": {"type": "date", "format": "strict_date_time"},
    "amount": {
        "dynamic": "strict",
        "properties": {
            "minor": _LONG,
            "currency": {"type": "keyword", "index": False, "doc_values": False},
            "exponent": {"type": "byte", "index": False, "doc_values": False},
        },
    },
    "count": _LONG,
    "flag": {"type": "boolean"},
    "shown": _SHOWN,
}

_ANALYSIS: Final = {
    "tokenizer": {"words": {"type": "whitespace", "max_token_length": WORD_LENGTH_MAX}},
    "analyzer": {"words": {"type": "custom", "tokenizer": "words"}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One set of indices; several may stand beside each other, one of them lives."""

    space: str
    number: int

    def index(self, name: str) -> str:
        """The index of this generation."""
        return f"{self.space}-{self.number:06}-{name}"


def space_of(tenant: str) -> str:
    """The beginning of all names of a tenant. Raises IndicesUnfit for what cannot be one."""
    space = f"conciliar-{tenant}"
    if not _SPACE.fullmatch(space):
        raise IndicesUnfit(space=space, reason="names are of a-z, 0-9, - and _")
    return space


def parked_index(space: str) -> str:
    """Where documents lie that were refused; outside of generations."""
    return f"{space}-parked"


def document_id(*parts: str) -> str:
    """An `_id` of these parts; hashed where it would be too long."""
    text = "|".join(parts)
    if len(text) <= ID_BYTES_MAX // 4 or len(text.encode()) <= ID_BYTES_MAX:
        return text
    return hashlib.sha256(text.encode()).hexdigest()


def path_of(each: Field) -> str:
    """The field of a row as OpenSearch names it."""
    return f"body.{each.name}.minor" if each.kind == "amount" else f"body.{each.name}"


def _strict(properties: Mapping[str, Any], **meta: Any) -> dict[str, Any]:
    return {"dynamic": "strict", "properties": properties, "_meta": {**_meta(), **meta}}


def _rows(resource: Resource) -> dict[str, Any]:
    fields = {name: _TYPES[each.kind] for name, each in FIELDS[resource].items()}
    return _strict(
        {
            "since": _LONG,
            "until": _LONG,
            "merchants": _KEYWORD,
            "merchants_total": {"type": "integer"},
            "words": {"type": "text", "analyzer": "words", "norms": False},
            "slips": {"type": "keyword", "doc_values": False},
            "body": {"dynamic": "strict", "properties": fields},
        }
    )


def mappings(name: str) -> dict[str, Any]:
    """The mapping of an index by its name."""
    unsearched = {"type": "keyword", "index": False, "doc_values": False}
    match name:
        case "documents":
            return _strict(
                {
                    "model": _KEYWORD,
                    "key": _KEYWORD,
                    "at": _LONG,
                    "since": {"type": "long", "index": False, "doc_values": False},
                    "gone": {"type": "boolean"},
                    "body": _SHOWN,
                }
            )
        case "positions":
            amounts = dict.fromkeys(POSITION_AMOUNTS, _LONG)
            keys = {"model": _KEYWORD, "day": _TYPES["day"], "currency": _KEYWORD}
            return _strict(
                {
                    **keys,
                    "merchant": _KEYWORD,
                    "gone": {"type": "boolean"},
                    **amounts,
                    "rest": _SHOWN,
                }
            )
        case "control":
            return _strict(
                {
                    "kind": _KEYWORD,
                    "position": _LONG,
                    "at_ms": _LONG,
                    "next_ms": _LONG,
                    "write": unsearched,
                    "parts": {"type": "integer", "index": False, "doc_values": False},
                    "successor": unsearched,
                    "lines": {"type": "binary"},
                }
            )
        case _:
            return _rows(_resource(name))


def _resource(name: str) -> Resource:
    for resource in LISTS:
        if resource == name:
            return resource
    raise ValueError(f"no index {name}")


def _meta() -> dict[str, Any]:
    return {"format": FORMAT_VERSION, "fields": fields_digest()}


def fields_digest() -> str:
    """What the mappings were made from: another digest needs another generation."""
    from projections.catalogue import MODELS  # whoever only reads has no use for all of them

    content = [[name, [msgspec.to_builtins(f) for f in fs.values()]] for name, fs in FIELDS.items()]
    return hashlib.sha256(msgspec.json.encode([content, MODELS])).hexdigest()[:16]


def settings(name: str, *, shards: int) -> dict[str, Any]:
    """What an index is made with. It refreshes when a step ends, and not by itself."""
    made: dict[str, Any] = {
        "number_of_shards": 1 if name == CONTROL else shards,
        "auto_expand_replicas": "0-1",
        "refresh_interval": "-1",
    }
    return {**made, "analysis": _ANALYSIS} if name in RESOURCES else made


# Generations.


def create(calls: Calls, generation: Generation, *, shards: int = 1) -> None:
    """Make the indices of a generation; those that are there stay as they are."""
    bodies: dict[str, Mapping[str, Any]] = {parked_index(generation.space): _PARKED}
    for name in NAMES:
        bodies[generation.index(name)] = {
            "settings": {"index": settings(name, shards=shards)},
            "mappings": mappings(name),
        }
    with ThreadPoolExecutor(CREATED_AT_ONCE) as creating:
        for _ in creating.map(partial(_made, calls), bodies, bodies.values()):
            pass


_PARKED: Final = {
    "settings": {"index": {"auto_expand_replicas": "0-1"}},
    "mappings": {
        "dynamic": "strict",
        "properties": {
            "index": _KEYWORD,
            "id": _KEYWORD,
            "reason": _KEYWORD,
            "position": _LONG,
            "content": {"type": "binary"},
        },
    },
}


def _made(calls: Calls, index: str, body: Mapping[str, Any]) -> None:
    # Looked for in between: after a lost answer a repetition says "exists already".
    if calls.ask("PUT", index, body, allowed=(400,)).status != 200:
        calls.ask("GET", index)


_IF_ANY: Final = {"must_exist": False}


def go_live(calls: Calls, generation: Generation) -> None:
    """All aliases of the space point to this generation, at once."""
    actions: list[dict[str, Any]] = []
    for name in NAMES:
        alias = f"{generation.space}-{name}"
        actions += [
            {"remove": {"index": f"{generation.space}-*-{name}", "alias": alias, **_IF_ANY}},
            {"add": {"index": generation.index(name), "alias": alias}},
        ]
    calls.ask("POST", "_aliases", {"actions": actions})


def live(calls: Calls, space: str) -> Generation | None:
    """The generation that lives; None where nothing was made yet."""
    answer = calls.ask("GET", f"_alias/{space}-{CONTROL}", allowed=(NOT_FOUND,))
    if answer.status == NOT_FOUND:
        return None
    (index,) = answer.body
    return generation_of(space, index)


def generation_of(space: str, control_index: str) -> Generation:
    """The generation of an index of control."""
    found = _GENERATION.fullmatch(control_index.removeprefix(space))
    if found is None:
        raise IndicesUnfit(space=space, reason="the alias of control points elsewhere")
    return Generation(space=space, number=int(found[1]))


def generations(calls: Calls, space: str) -> list[Generation]:
    """Every generation that is there, by number."""
    answer = calls.ask("GET", f"{space}-*-{CONTROL}/_alias", allowed=(NOT_FOUND,))
    names: list[str] = [] if answer.status == NOT_FOUND else list(answer.body)
    own = [name for name in names if _GENERATION.fullmatch(name.removeprefix(space))]
    return sorted((generation_of(space, name) for name in own), key=lambda each: each.number)


def drop(calls: Calls, generation: Generation) -> None:
    """Take a generation's indices away."""
    for name in NAMES:
        calls.ask("DELETE", generation.index(name), allowed=(NOT_FOUND,))


def demand_fit(calls: Calls, generation: Generation) -> None:
    """Raises IndicesUnfit unless every index is there and was made from the fields of today."""
    for name in NAMES:
        index = generation.index(name)
        answer = calls.ask("GET", f"{index}/_mapping", allowed=(NOT_FOUND,))
        if answer.status == NOT_FOUND:
            raise IndicesUnfit(space=generation.space, reason=f"{name} is not there")
        if answer.body[index]["mappings"].get("_meta") != _meta():
            raise IndicesUnfit(space=generation.space, reason=f"{name} was made for other fields")
