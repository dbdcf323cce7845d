"""What others are told of a page of the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.dynamodb.calls import Calls
from adapters.dynamodb.items import CommitRef, Page, decode_page, stream_of
from adapters.dynamodb.reading import Reader
from adapters.dynamodb.tables import Tables
from application.registry import kind_of

TOLD_KINDS: Final = frozenset({"pay", "set", "stm"})
"""Aggregates of whose facts others are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """A numbered fact, without what it says."""

    stream: str
    version: int
    topic: str
    lane: int
    position: int
    recorded_at_ms: int

    @property
    def fact_id(self) -> str:
        """`<stream>@<version>`."""
        return f"{self.stream}@{self.version}"


# Any: an item as DynamoDB's own JSON has it.
def noticed(
    page: Mapping[str, Any], calls: Calls, *, tables: Tables, tenant: str
) -> Iterator[Noticed]:
    """The facts of a page that others are told of, in order. Raises ItemBroken, StoreBusy."""
    numbered = decode_page(page)
    wanted = [each for each in _placed(numbered) if kind_of(each[1]) in TOLD_KINDS]
    reader = Reader(calls, tables=tables, tenant=tenant, lane=numbered.lane)
    found = reader.commits_of([ref for _, _, ref in wanted])
    for (position, stream, _), commit in zip(wanted, found, strict=True):
        for number, fact in enumerate(commit.facts):
            yield Noticed(
                stream=stream,
                version=commit.version + number,
                topic=fact.topic,
                lane=numbered.lane,
                position=position + number,
                recorded_at_ms=commit.recorded_at_ms,
            )


def _placed(page: Page) -> Iterator[tuple[int, str, CommitRef]]:
    position = page.position
    for ref in page.commits:
        yield position, str(stream_of(ref.key)), ref
        position += ref.count
