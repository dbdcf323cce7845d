"""The log of one tenant in stream numbering: its ports on DynamoDB, and who works on them.

    sequencer   numbers commits; `commits.of_images` makes them of a stream's records
    gap_scan    finds what no record told of
    announcer   for one writer, which has a name that no other has
    waiting     what is written and has no position yet

One lane: record 0014.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from adapters.dynamodb.calls import Calls
from adapters.dynamodb.items import CommitItem, key_of_name
from adapters.dynamodb.reading import Reader
from adapters.dynamodb.sequencing import (
    DynamoAnnouncements,
    DynamoCommits,
    DynamoLogPages,
    DynamoMarks,
)
from adapters.dynamodb.tables import Tables
from application.ports import Clock
from application.sequencing.announcing import Announcer
from application.sequencing.gap_scan import GapScan, open_slices
from application.sequencing.lanes import Lanes
from application.sequencing.sequencer import Sequencer

ONE_LANE: Final = Lanes(0, 1)

STREAMS_AT_ONCE: Final = 8
"""Streams that are read at the same time."""

WRITER_BYTES: Final = 8


class TenantLog:
    """What numbers one tenant's commits. Safe to share among threads and processes."""

    def __init__(self, calls: Calls, *, tables: Tables, tenant: str, clock: Clock) -> None:
        """Holds nothing of its own. Raises KeyUnusable for what is no tenant."""
        self._calls = calls
        self._clock = clock
        self._reader = Reader(calls, tables=tables, tenant=tenant)
        self.commits = DynamoCommits(calls, tables=tables, tenant=tenant)
        self.pages = DynamoLogPages(calls, tables=tables, tenant=tenant)
        self.marks = DynamoMarks(calls, tables=tables, tenant=tenant)
        self.announcements = DynamoAnnouncements(calls, tables=tables, tenant=tenant)

    def sequencer(self, *, begin: int = 1) -> Sequencer:
        """One sequencer; others may work beside it. `begin`: see Sequencer."""
        return Sequencer(
            lanes=ONE_LANE,
            commits=self.commits,
            pages=self.pages,
            marks=self.marks,
            begin=begin,
        )

    def gap_scan(self, *, begin: int = 1) -> GapScan:
        """One scan; to be run every few minutes."""
        return GapScan(
            sequencer=self.sequencer(begin=begin),
            announcements=self.announcements,
            commits=self.commits,
            marks=self.marks,
        )

    def announcer(self) -> Announcer:
        """The announcer of a writer that is new."""
        writer = self._calls.entropy.token_bytes(WRITER_BYTES).hex()
        return Announcer(self.announcements, clock=self._clock, writer=writer)

    # What has no position yet.

    def announced(self) -> frozenset[str]:
        """The streams in which something may be written and not numbered: all of them."""
        slices = open_slices(self.marks, now_ms=self._clock.now_ms())
        return frozenset(name for number in slices for name in self.announcements.announced(number))

    def waiting(self, streams: Iterable[str], *, known: Mapping[str, int]) -> list[CommitItem]:
        """What these streams hold above the versions that are known, each stream in its order.

        As of the call: an append that is read in part was carried out meanwhile, and is left out
        with all that follows it.
        """
        names = sorted(streams)
        above = partial(self._above, known=known)
        with ThreadPoolExecutor(max_workers=STREAMS_AT_ONCE) as readers:
            found = dict(zip(names, readers.map(above, names), strict=True))
        while _cut_torn(found):
            pass
        return sorted((one for some in found.values() for one in some), key=_turn)

    def _above(self, name: str, *, known: Mapping[str, int]) -> list[CommitItem]:
        last = known.get(name)
        key = key_of_name(self._reader.tenant, name)
        if last is None:
            return list(self._reader.commits(key))
        return [one for one in self._reader.commits(key, first=last + 1) if one.version > last]


def _cut_torn(found: dict[str, list[CommitItem]]) -> bool:
    """Cut each stream before a commit of which companions are missing; whether there was one."""
    there: dict[bytes, int] = {}
    for commits in found.values():
        for one in commits:
            there[one.write_id] = there.get(one.write_id, 0) + 1
    cut = False
    for commits in found.values():
        torn = (number for number, one in enumerate(commits) if there[one.write_id] < one.commits)
        first = next(torn, None)
        if first is not None:
            del commits[first:]
            cut = True
    return cut


def _turn(commit: CommitItem) -> tuple[int, str, int]:
    return commit.recorded_at_ms, commit.key, commit.version
