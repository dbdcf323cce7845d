"""The log of one tenant, for the functions that keep it and that follow it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from adapters.dynamodb.calls import Calls
from adapters.dynamodb.items import CommitRef, Page, decode_page, stream_of
from adapters.dynamodb.reading import Reader
from adapters.dynamodb.sequencing import (
    DynamoAnnouncements,
    DynamoCommits,
    DynamoLogPages,
    DynamoMarks,
)
from adapters.dynamodb.tables import Tables
from application.registry import kind_of
from application.sequencing.gap_scan import GapScan
from application.sequencing.lanes import Lanes
from application.sequencing.sequencer import Sequencer

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


class TenantsLog:
    """Sequencing's ports on the installation's tables, and what works on them."""

    def __init__(self, calls: Calls, *, tables: Tables, tenant: str, lanes: Lanes) -> None:
        """Reads nothing yet."""
        self._calls = calls
        self._tables = tables
        self._tenant = tenant
        self._lanes = lanes
        self.commits = DynamoCommits(calls, tables=tables, tenant=tenant)

    @cached_property
    def sequencer(self) -> Sequencer:
        """Numbers commits."""
        pages = DynamoLogPages(self._calls, tables=self._tables, tenant=self._tenant)
        return Sequencer(lanes=self._lanes, commits=self.commits, pages=pages, marks=self._marks)

    @cached_property
    def gap_scan(self) -> GapScan:
        """Finds commits of which no record came."""
        return GapScan(
            sequencer=self.sequencer,
            announcements=DynamoAnnouncements(
                self._calls, tables=self._tables, tenant=self._tenant
            ),
            commits=self.commits,
            marks=self._marks,
        )

    @cached_property
    def _marks(self) -> DynamoMarks:
        return DynamoMarks(self._calls, tables=self._tables, tenant=self._tenant)

    # Any: an item as DynamoDB's own JSON has it.
    def noticed(self, page: Mapping[str, Any]) -> Iterator[Noticed]:
        """The facts of a page that others are told of, in order. Raises ItemBroken, StoreBusy."""
        numbered = decode_page(page)
        wanted = [each for each in _placed(numbered) if kind_of(each[1]) in TOLD_KINDS]
        reader = Reader(self._calls, tables=self._tables, tenant=self._tenant, lane=numbered.lane)
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
