"""A store in stream numbering, in memory: one table that lasts, and clients that live in processes.

The table holds what was written, in whole transactions under conditions; each commit is a record
for the sequencers. A client loses requests and answers and is throttled; it recognises its own
write by the write id, as adapters/dynamodb/calls.py does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from application.ports import NO_POSITION_YET, Commit, StoreBusy, VersionConflict, WriteUnknown
from application.sequencing.announcing import Announcer
from application.sequencing.model import Page, Pointer, Stored
from domain.facts import Recorded
from tests.projections.memory_facts import without_personal
from tests.sequencing.memory import (
    MemoryAnnouncements,
    MemoryCommits,
    MemoryLogPages,
    MemoryMarks,
)

ATTEMPTS_MAX = 6
LANE = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A commit as it lies in the table."""

    commit: Commit
    write_id: int
    recorded_at_ms: int
    together: tuple[Pointer, ...] = ()

    @property
    def pointer(self) -> Pointer:
        return pointer_of(self.commit)

    def recorded(self, *, position: int) -> list[Recorded]:
        return [
            Recorded(
                stream=self.commit.stream,
                version=self.commit.expected_version + number,
                position=position + number - 1,
                business_time=self.commit.business_time,
                recorded_at_ms=self.recorded_at_ms,
                context=self.commit.context,
                nonce=b"",
                fact=fact,
            )
            for number, fact in enumerate(self.commit.facts, start=1)
        ]


def pointer_of(commit: Commit) -> Pointer:
    return Pointer(commit.stream, commit.expected_version + 1, len(commit.facts))


@dataclass
class Table:
    """What lasts: commits, records not delivered yet, pages, marks, announcements."""

    rows: dict[tuple[str, int], Row] = field(default_factory=dict[tuple[str, int], Row])
    written: list[Row] = field(default_factory=list[Row])
    records: list[Stored] = field(default_factory=list[Stored])
    versions: dict[str, int] = field(default_factory=dict[str, int])
    commits: MemoryCommits = field(default_factory=MemoryCommits)
    pages: MemoryLogPages = field(default_factory=MemoryLogPages)
    marks: MemoryMarks = field(default_factory=MemoryMarks)
    announcements: MemoryAnnouncements = field(default_factory=MemoryAnnouncements)
    writes: int = 0
    _numbered: list[Recorded] = field(default_factory=list[Recorded])
    _sealed: list[Recorded] = field(default_factory=list[Recorded])
    _pages: int = 0

    def write(self, commits: Sequence[Commit], *, write_id: int, now_ms: int) -> Row | None:
        """All commits, or none and the row in the way. Raises VersionConflict for a gap."""
        running: dict[str, int] = {}
        for commit in commits:
            there = self.rows.get((commit.stream, commit.expected_version + 1))
            if there is not None:
                return there
            last = running.get(commit.stream, self.versions.get(commit.stream, 0))
            if last != commit.expected_version:
                raise conflict(commit)
            running[commit.stream] = last + len(commit.facts)
        together = tuple(map(pointer_of, commits)) if len(commits) > 1 else ()
        for commit in commits:
            row = Row(commit, write_id, now_ms, together)
            self.rows[commit.stream, commit.expected_version + 1] = row
            self.versions[commit.stream] = row.pointer.last
            self.written.append(row)
            stored = Stored(row.pointer, now_ms, together)
            self.records.append(stored)
            assert self.commits.put(stored)
        return None

    def numbered(self, *, sealed: bool) -> list[Recorded]:
        """All facts that have a position, in order."""
        pages: list[Page] = self.pages.by_lane.get(LANE, [])
        for page in pages[self._pages :]:
            position = page.position
            for pointer in page.pointers:
                found = self.rows[pointer.stream, pointer.first].recorded(position=position)
                self._numbered += found
                self._sealed += [replace(one, fact=without_personal(one.fact)) for one in found]
                position += pointer.facts
        self._pages = len(pages)
        return self._sealed if sealed else self._numbered

    def waiting(self) -> list[Recorded]:
        """All facts that have no position yet, as a consistent read of their streams finds them."""
        known = {one.stream: one.version for one in self.numbered(sealed=False)}
        return [
            one
            for row in self.written
            if row.pointer.first > known.get(row.pointer.stream, 0)
            for one in row.recorded(position=NO_POSITION_YET)
        ]


def conflict(commit: Commit) -> VersionConflict:
    return VersionConflict(stream=commit.stream, expected_version=commit.expected_version)


class Network:
    """What happens to a call: nothing here; the simulation overrides it.

    `send` and `answer` say whether the request, the answer arrives; `throttled` whether the service
    takes it; `meanwhile` lets others act, or ends the process.
    """

    def send(self) -> bool:
        return True

    def answer(self) -> bool:
        return True

    def throttled(self, streams: Iterable[str]) -> bool:
        return False

    def meanwhile(self, point: str) -> None:
        """Others act."""

    def refused(self, write_id: int) -> None:
        """An append is about to be refused as a conflict."""


@dataclass
class Client:
    """A FactStore of one process."""

    table: Table
    network: Network
    announcer: Announcer
    now_ms: Callable[[], int]
    read_back: bool = True
    commits_max: int = 100
    numbers_at_once: bool = False

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        commits = [commit for commit in commits if commit.facts]
        if not commits:
            return ()
        streams = [commit.stream for commit in commits]
        self.announcer.before_writing(streams)
        self.network.meanwhile("before_append")
        self.table.writes += 1
        write_id = self.table.writes
        self._sent(commits, streams, write_id)
        self.network.meanwhile("after_append")
        return tuple(
            one
            for commit in commits
            for one in Row(commit, write_id, 0).recorded(position=NO_POSITION_YET)
        )

    def _sent(self, commits: Sequence[Commit], streams: Sequence[str], write_id: int) -> None:
        lost = False
        for _ in range(ATTEMPTS_MAX):
            if self.network.throttled(streams):
                continue
            if not self.network.send():
                lost = True
                continue
            try:
                there = self.table.write(commits, write_id=write_id, now_ms=self.now_ms())
            except VersionConflict:
                self.network.refused(write_id)
                raise
            if not self.network.answer():
                lost = True
                continue
            if there is None or (self.read_back and there.write_id == write_id):
                return
            self.network.refused(write_id)
            raise conflict(there.commit)
        if not lost:
            raise StoreBusy(place="events", reason="throttled")
        found = self.table.rows.get((commits[0].stream, commits[0].expected_version + 1))
        if found is None or found.write_id != write_id:
            raise WriteUnknown(place="events", reason="no answer")

    def stream(self, stream: str, *, through_version: int | None = None) -> tuple[Recorded, ...]:
        found = [
            one
            for stored in self.table.commits.by_stream.get(stream, ())
            for one in self.table.rows[stream, stored.pointer.first].recorded(
                position=NO_POSITION_YET
            )
        ]
        last = through_version or len(found)
        return tuple(one for one in found if one.version <= last)

    def streams(self, streams: Iterable[str]) -> Mapping[str, tuple[Recorded, ...]]:
        found = {stream: self.stream(stream) for stream in streams}
        return {stream: facts for stream, facts in found.items() if facts}

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        self.network.meanwhile("before_read")
        return iter(self.table.numbered(sealed=sealed)[after:])

    def written(self, *, sealed: bool = False) -> Iterator[Recorded]:
        """What a decision is made on: what is written and not numbered yet, too."""
        assert not sealed, "whoever decides here needs the whole"
        self.network.meanwhile("before_read")
        return iter(self.table.numbered(sealed=False) + self.table.waiting())

    def head(self) -> int:
        tail = self.table.pages.tail(LANE)
        return 0 if tail is None else tail.next_position - 1
