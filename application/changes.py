"""What changed since a position: each thing once, as it is now, in the order of its last change.

A reader who keeps asking from where the last answer ended knows every payment, settlement, match
and statement as it is: what changes again moves behind everything that was read, so nothing is
missed. States that were passed between two questions are in the facts. Exceptions are views of
payments and settlements, and come and go with them: they are no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from application.queries import Queries, Scope
from application.query_language import LIMIT_MAX
from application.query_refusals import InvalidParameter
from projections.resources import Resource

CHANGING: Final[tuple[Resource, ...]] = ("payments", "settlements", "matches", "statements")
"""What has changes; things of one position come in this order."""

OBJECTS: Final[Mapping[str, Resource]] = {
    "payment": "payments",
    "settlement": "settlements",
    "match": "matches",
    "statement": "statements",
}
"""Resources by the name that their rows have."""

MARK_LENGTH_MAX: Final = 500
_MARK = re.compile(r"(0|[1-9][0-9]{0,17})(?:~([a-z]+)~(.+))?")

Mark: TypeAlias = tuple[int, int, str]
"""A place in the order: position, place of the resource in CHANGING, id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Some changes. `next` is where to go on; `more` whether there is something already."""

    data: tuple[Mapping[str, object], ...]
    next: str
    more: bool
    position: int


def changes(
    queries: Queries,
    scope: Scope,
    *,
    after: str,
    resources: Sequence[Resource],
    limit: int,
) -> Changes:
    """At most `limit` changes behind a mark, "0" being the beginning. Raises InvalidParameter."""
    assert 0 < limit <= LIMIT_MAX
    mark = read_mark(after)
    position = queries.store.position()
    found: list[tuple[Mark, Mapping[str, object]]] = []
    for place, resource in enumerate(CHANGING):
        if resource in resources:
            # At the mark's own position, what comes before it was read.
            behind = mark[2] if mark[1] == place else "" if place > mark[1] else None
            rows = queries.changed(
                scope, resource, at=position, after=mark[0], behind=behind, limit=limit + 1
            )
            found += [((moved, place, id_), row) for moved, id_, row in rows]
    found.sort(key=lambda one: one[0])
    shown = found[:limit]
    last = shown[-1][0] if shown else (max(mark[0], 0), mark[1], mark[2])
    return Changes(
        data=tuple(row for _, row in shown),
        next=_written(last),
        more=len(found) > limit,
        position=position,
    )


def read_mark(text: str) -> Mark:
    """The place that a text names. Raises InvalidParameter."""
    found = _MARK.fullmatch(text[:MARK_LENGTH_MAX])
    if found is None or not text.isprintable():
        raise InvalidParameter(name="after", reason="not-a-position")
    position, name, id_ = found.groups()
    if name is None:
        return int(position), len(CHANGING), ""
    if name not in CHANGING:
        raise InvalidParameter(name="after", reason="not-a-position")
    return int(position), CHANGING.index(name), id_


def _written(mark: Mark) -> str:
    position, place, id_ = mark
    return str(position) if place == len(CHANGING) else f"{position}~{CHANGING[place]}~{id_}"
