"""Lists and items read from OpenSearch: a condition becomes filters, a page starts behind a key.

Nothing is scored: everything is a filter, and the order is that of fields, else of ids. A list is
frozen by `since ≤ position < until`, so no state is held open between two pages, and page 200
costs what page 1 costs.

A question that OpenSearch does not answer within LIMIT_MS is refused as too broad; what it found
until then is not shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, assert_never
from urllib.parse import quote

from adapters.closing import Closing
from adapters.opensearch import indices
from adapters.opensearch.calls import NOT_FOUND, Calls
from adapters.opensearch.indices import CONTROL, DOCUMENTS, Generation, document_id, path_of
from adapters.opensearch.steps import STANDING, can_be_read, edition_id, standing_of
from adapters.opensearch_refusals import IndicesUnfit
from application.queries import StoredRow
from application.query_conditions import (
    All,
    AnyOf,
    Compare,
    Condition,
    Exists,
    Not,
    OneOf,
    Phrase,
    SortKey,
    Value,
    Within,
    Word,
)
from application.query_fields import FIELDS, Field
from application.query_refusals import CursorExpired, QueryTooBroad
from projections.resources import Resource

LIMIT_MS = 2_000
"""Milliseconds that one question may take."""

ATTEMPTS_MAX = 2
"""Times that a question is asked: whoever asked is waiting."""

Json = dict[str, Any]


class OpenSearchQueryStore(Closing):
    """A QueryStore over the generation that lives. Safe to share among threads."""

    def __init__(self, calls: Calls, space: str, *, limit_ms: int = LIMIT_MS) -> None:
        """Of a space; asks nothing yet."""
        self._calls = calls
        self._space = space
        self._limit_ms = limit_ms

    def position(self) -> int:
        """The last position that can be read. Raises IndicesUnfit, StoreBusy."""
        return standing_of(self._standing()).position

    def select(
        self,
        resource: Resource,
        *,
        at: int,
        condition: Condition,
        sort: Sequence[SortKey],
        after: Sequence[Value] | None,
        limit: int,
    ) -> list[StoredRow]:
        """Rows as of a position, in order, behind a key. Raises CursorExpired, QueryTooBroad."""
        order = [(FIELDS[resource][key.field], key.descending) for key in sort]
        asked: Json = {
            "size": limit,
            "query": _frozen(resource, condition, at),
            "sort": [{path_of(each): "desc" if down else "asc"} for each, down in order],
            "track_total_hits": False,
            "_source": ["body"],
        }
        if after is not None:
            asked["search_after"] = list(after)
        bodies = (hit["_source"]["body"] for hit in self._found(resource, at, asked)["hits"])
        return [
            StoredRow(key=tuple(_key(body, each) for each, _ in order), body=body)
            for body in bodies
        ]

    def count(self, resource: Resource, *, at: int, condition: Condition, most: int) -> int:
        """How many rows as of a position, up to `most`. Raises as `select` does."""
        asked: Json = {
            "size": 0,
            "query": _frozen(resource, condition, at),
            "track_total_hits": most,
        }
        return min(self._found(resource, at, asked)["total"]["value"], most)

    def close(self) -> None:
        """Let the connections go."""
        self._calls.close()

    def _found(self, resource: Resource, at: int, asked: Json) -> Json:
        path = (
            f"{self._as_of(at).index(resource)}/_search?allow_partial_search_results=false"
            "&filter_path=timed_out,hits.total,hits.hits._source"
        )
        asked["timeout"] = f"{self._limit_ms}ms"
        answer = self._calls.ask("POST", path, asked, attempts_max=ATTEMPTS_MAX)
        if answer.body["timed_out"]:
            raise QueryTooBroad(reason="too-many-rows-to-look-at")
        found = answer.body.get("hits", {})
        return {"hits": found.get("hits", []), "total": found.get("total")}

    def _as_of(self, at: int) -> Generation:
        """The generation in which a position can be read. Raises CursorExpired."""
        # The answer names the index behind the alias, which may move between two calls.
        standing = self._standing()
        stands, index = standing_of(standing), standing["_index"]
        if at != stands.position and not can_be_read(self._got(index, edition_id(at)), stands):
            raise CursorExpired(reason="history")
        return indices.generation_of(self._space, index)

    def _standing(self) -> Json:
        got = self._got(f"{self._space}-{CONTROL}", STANDING)
        if "_index" not in got:
            raise IndicesUnfit(space=self._space, reason="nothing was made yet")
        return got

    def document(self, model: str, key: str) -> Json | None:
        """One document of the read models, as it stands; None where there is none."""
        found = self._got(f"{self._space}-{DOCUMENTS}", document_id(model, key)).get("_source")
        return None if found is None or found.get("gone") else found["body"]

    def _got(self, index: str, id_: str) -> Json:
        path = f"{index}/_doc/{quote(id_, safe='')}"
        return self._calls.ask("GET", path, allowed=(NOT_FOUND,), attempts_max=ATTEMPTS_MAX).body


def _key(body: Json, field: Field) -> Value:
    """A row's value in a field, as a cursor holds it and as a search goes on behind it."""
    value = body[field.name]
    match field.kind:
        case "amount":
            return int(value["minor"])
        case "count" if isinstance(value, str):  # a position is shown as text
            return int(value)
        case _:
            return value


def _frozen(resource: Resource, condition: Condition, at: int) -> Json:
    """The rows that were valid at a position and that the condition chooses."""
    valid: list[Json] = [
        {"range": {"since": {"lte": at}}},
        {"range": {"until": {"gt": at}}},
    ]
    parts = condition.conditions if isinstance(condition, All) else (condition,)
    return {"bool": {"filter": [*(filter_of(resource, each) for each in parts), *valid]}}


def filter_of(resource: Resource, condition: Condition) -> Json:
    """One condition as a filter. Field names come from the table of fields, never from a caller."""
    match condition:
        case Compare():
            return _compare(FIELDS[resource][condition.field], condition)
        case OneOf():
            field = FIELDS[resource][condition.field]
            return {"terms": {path_of(field): [_value(field, each) for each in condition.values]}}
        case Exists():
            return {"exists": {"field": path_of(FIELDS[resource][condition.field])}}
        case Word():
            return _word(condition)
        case Phrase():
            return _phrase(condition.words)
        case Within():
            return _within(sorted(condition.merchants))
        case Not():
            return {"bool": {"must_not": [filter_of(resource, condition.condition)]}}
        case All():
            return {"bool": {"filter": _each(resource, condition.conditions)}}
        case AnyOf():
            any_of = _each(resource, condition.conditions)
            return _either(*any_of) if any_of else {"match_none": {}}
        case _:
            assert_never(condition)


def _either(*any_of: Json) -> Json:
    return {"bool": {"should": [*any_of], "minimum_should_match": 1}}


def _each(resource: Resource, conditions: Iterable[Condition]) -> list[Json]:
    return [filter_of(resource, each) for each in conditions]


def _compare(field: Field, condition: Compare) -> Json:
    path, value = path_of(field), _value(field, condition.value)
    match condition.op:
        case "eq":
            return {"term": {path: {"value": value}}}
        case "prefix":
            return {"prefix": {path: {"value": value}}}
        case "gte" | "gt" | "lte" | "lt":
            return {"range": {path: {condition.op: value}}}


def _value(field: Field, value: Value) -> Value:
    return bool(value) if field.kind == "flag" else value


def _word(condition: Word) -> Json:
    exact: Json = {"term": {"words": {"value": condition.word}}}
    if not condition.slips:
        return exact
    near: Json = {
        "fuzzy": {
            "slips": {
                "value": condition.word,
                "fuzziness": 1,
                "transpositions": True,
                # Every word that is near, however many there are: nothing is cut off in silence.
                "rewrite": "constant_score",
            }
        }
    }
    return _either(exact, near)


def _phrase(words: tuple[str, ...]) -> Json:
    if len(words) == 1:
        return {"term": {"words": {"value": words[0]}}}
    return {"match_phrase": {"words": {"query": " ".join(words)}}}


def _within(merchants: list[str]) -> Json:
    """Rows of which every merchant is one of these, and there is one."""
    all_of = {
        "terms_set": {
            "merchants": {"terms": merchants, "minimum_should_match_field": "merchants_total"}
        }
    }
    one = {"term": {"merchants_total": 1}}
    return {
        "bool": {
            "filter": [
                {"terms": {"merchants": merchants}},
                # Most rows concern one merchant: for them the first filter says all.
                _either(one, all_of),
            ]
        }
    }
