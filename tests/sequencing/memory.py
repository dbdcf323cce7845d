"""The ports of sequencing in memory: they show every race, and can be told to lose a call.

`before` and `after` are asked at each call with its name; either may raise: the call was lost on
its way, or its answer on the way back.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from application.sequencing.model import Page, Stored

Hook = Callable[[str], None]


def nothing(call: str) -> None:
    """The hook that lets everything pass."""


@dataclass
class Faults:
    before: Hook = nothing
    after: Hook = nothing


@dataclass
class MemoryCommits:
    """Commits as a table holds them, by stream; `put` is one conditional write."""

    faults: Faults = field(default_factory=Faults)
    by_stream: dict[str, list[Stored]] = field(default_factory=dict[str, list[Stored]])

    def put(self, commit: Stored) -> bool:
        there = self.by_stream.setdefault(commit.pointer.stream, [])
        last = there[-1].pointer.last if there else 0
        if commit.pointer.first != last + 1:
            return False
        there.append(commit)
        return True

    def commits(self, stream: str, *, first: int, last: int | None = None) -> Sequence[Stored]:
        self.faults.before("commits")
        there = self.by_stream.get(stream, ())
        found = [
            each
            for each in there
            if each.pointer.first >= first and (last is None or each.pointer.first <= last)
        ]
        self.faults.after("commits")
        return found


@dataclass
class MemoryLogPages:
    faults: Faults = field(default_factory=Faults)
    by_lane: dict[int, list[Page]] = field(default_factory=dict[int, list[Page]])
    taken: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])

    def tail(self, lane: int) -> Page | None:
        self.faults.before("tail")
        there = self.by_lane.get(lane)
        self.faults.after("tail")
        return there[-1] if there else None

    def put(self, page: Page) -> bool:
        self.faults.before("page")
        place = (page.lane, page.position)
        free = place not in self.taken
        if free:
            self.taken.add(place)
            self.by_lane.setdefault(page.lane, []).append(page)
        self.faults.after("page")
        return free

    def pages(self, lane: int, *, after: int = 0) -> Iterator[Page]:
        there = self.by_lane.get(lane, [])
        at = max(0, bisect_right(there, after, key=_position) - 1)  # `after` may lie in this one
        for page in there[at:]:
            if page.next_position > after + 1 or page.closed:
                yield page


def _position(page: Page) -> int:
    return page.position


@dataclass
class MemoryMarks:
    """`raise_to` raises one mark after the other; the hook is asked before each."""

    faults: Faults = field(default_factory=Faults)
    by_stream: dict[str, int] = field(default_factory=dict[str, int])

    def read(self, streams: Iterable[str]) -> Mapping[str, int]:
        self.faults.before("read")
        found = {stream: self.by_stream[stream] for stream in streams if stream in self.by_stream}
        self.faults.after("read")
        return found

    def raise_to(self, marks: Mapping[str, int]) -> None:
        for stream, version in marks.items():
            self.faults.before("mark")
            self.by_stream[stream] = max(version, self.by_stream.get(stream, 0))
            self.faults.after("mark")


@dataclass
class MemoryAnnouncements:
    faults: Faults = field(default_factory=Faults)
    by_slice: dict[int, list[str]] = field(default_factory=dict[int, list[str]])

    def announce(self, time_slice: int, *, writer: str, streams: Sequence[str]) -> None:
        self.faults.before("announce")
        self.by_slice.setdefault(time_slice, []).extend(streams)
        self.faults.after("announce")

    def announced(self, time_slice: int) -> Iterator[str]:
        self.faults.before("announced")
        yield from tuple(self.by_slice.get(time_slice, ()))
