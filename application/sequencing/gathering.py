"""From records to the units that can be numbered: whole writes, each behind what it rests on.

A unit is what was written together: one commit, or several on several streams. A reader must not
see half of it, and nothing of a unit comes before an earlier commit of any of its streams. So who
numbers one commit gathers its companions, and of each of their streams what the log does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from application.sequencing.model import BrokenStream, Pointer, Stored

Unit: TypeAlias = tuple[Stored, ...]
Name: TypeAlias = tuple[Pointer, ...]
"""Of a unit: the pointers of all its commits, in the order in which they were written."""


class Hole(NamedTuple):
    """Commits that are wanted and not at hand: those that begin at `first` to `last`."""

    stream: str
    first: int
    last: int


class Gathering:
    """What is at hand, and what is still to be read. Streams of other lanes are left alone.

    Streams begin at version `begin`; where that is 0, each may begin at 1 as well, and the table
    has to be asked about a new one whose version 0 is not at hand.
    """

    def __init__(
        self, commits: Sequence[Stored], *, is_here: Callable[[str], bool], begin: int = 1
    ) -> None:
        self._begin = begin
        self.broken: list[BrokenStream] = []
        self._is_here = is_here
        self._through: dict[str, int] = {}
        self._next: dict[str, int] = {}
        self._at_hand: dict[str, dict[int, Stored]] = {}
        self._chains: dict[str, list[Stored]] = {}
        self._came = _first_places(commits)
        self._stopped: set[str] = set()
        for commit in commits:
            self._want(commit.pointer)
            self._at_hand[commit.pointer.stream][commit.pointer.first] = commit

    def _want(self, pointer: Pointer) -> None:
        stream = pointer.stream
        self._through[stream] = max(self._through.get(stream, 0), pointer.last)
        self._at_hand.setdefault(stream, {})

    def unmarked(self) -> list[str]:
        """Streams whose marks are to be read."""
        return [stream for stream in self._through if stream not in self._next]

    def marked(self, streams: Iterable[str], marks: Mapping[str, int]) -> None:
        """The marks of these streams; one without is new."""
        for stream in streams:
            self._next[stream] = marks[stream] + 1 if stream in marks else self._begin
            self._chains[stream] = []

    def hole(self) -> Hole | None:
        """The next hole; None when marks are to be read first, or when all is at hand."""
        waiting = [stream for stream in self._through if stream in self._next]
        while waiting:  # a walk may want more of a stream that was walked before
            stream = waiting.pop()
            if stream in self._stopped:
                continue
            waiting += self._walk(stream)
            following, through = self._next[stream], self._through[stream]
            if following <= through:
                return Hole(stream, following, through)
        return None

    def _walk(self, stream: str) -> Iterator[str]:
        """Go along a stream as far as it is wanted and at hand; marked streams it wants more of."""
        at_hand, chain = self._at_hand[stream], self._chains[stream]
        while (commit := at_hand.get(self._next[stream])) is not None:
            if commit.pointer.first > self._through[stream]:
                return
            self._next[stream] = commit.pointer.last + 1
            if commit.numbered:
                continue
            chain.append(commit)
            for companion in commit.together:
                if self._is_here(companion.stream):
                    self._want(companion)
                    if companion.stream in self._next:
                        yield companion.stream

    def filled(self, hole: Hole, found: Iterable[Stored]) -> None:
        """What was read for a hole; where it stays one, the stream ends there."""
        at_hand = self._at_hand[hole.stream]
        at_hand.update((commit.pointer.first, commit) for commit in found)
        if hole.first == 0 and 0 not in at_hand:
            self._next[hole.stream] = 1
        elif hole.first not in at_hand:
            self._stopped.add(hole.stream)
            self.broken.append(
                BrokenStream(stream=hole.stream, version=hole.first, through=hole.last)
            )

    def units(self) -> Iterator[Unit]:
        """All units in an order in which they can be numbered: as they came, as far as possible.

        A unit that is not whole, because a stream is broken, is left out with all behind it.
        """
        waits, members = self._waits()
        followers = self._followers()
        ready: list[tuple[int, Name]] = []
        for unit, missing in waits.items():
            if not missing:
                heappush(ready, (self._turn(members[unit]), unit))
        while ready:
            _, unit = heappop(ready)
            yield tuple(members[unit])
            for follower in followers.get(unit, ()):
                waits[follower] -= 1
                if not waits[follower]:
                    heappush(ready, (self._turn(members[follower]), follower))

    def _waits(
        self,
    ) -> tuple[dict[Name, int], dict[Name, list[Stored]]]:
        """For each unit how much has to come before it, or is missing in it; and its commits."""
        waits: dict[Name, int] = {}
        members: dict[Name, list[Stored]] = {}
        for chain in self._chains.values():
            before: Name | None = None
            for commit in chain:
                unit = _unit_of(commit)
                members.setdefault(unit, []).append(commit)
                waits.setdefault(unit, 0)
                waits[unit] += before is not None and before != unit
                before = unit
        for unit, commits in members.items():
            at_hand = {commit.pointer for commit in commits}
            waits[unit] += sum(self._is_missing(each, at_hand) for each in unit)
            place = {pointer: number for number, pointer in enumerate(unit)}
            commits.sort(key=lambda commit: place[commit.pointer])
        return waits, members

    def _is_missing(self, pointer: Pointer, at_hand: set[Pointer]) -> bool:
        """Whether it is neither at hand, nor numbered already, nor of another lane."""
        if pointer in at_hand or not self._is_here(pointer.stream):
            return False
        return pointer.last >= self._next[pointer.stream]

    def _followers(self) -> dict[Name, list[Name]]:
        found: dict[Name, list[Name]] = {}
        for chain in self._chains.values():
            for one, next_ in pairwise(chain):
                unit, follower = _unit_of(one), _unit_of(next_)
                if unit != follower:
                    found.setdefault(unit, []).append(follower)
        return found

    def _turn(self, commits: Sequence[Stored]) -> int:
        """When the first of them came; what was read from the table goes before all that came."""
        return min(self._came.get(commit.pointer, -1) for commit in commits)


def _unit_of(commit: Stored) -> Name:
    return commit.together or (commit.pointer,)


def _first_places(commits: Sequence[Stored]) -> dict[Pointer, int]:
    places: dict[Pointer, int] = {}
    for number, commit in enumerate(commits):
        places.setdefault(commit.pointer, number)
    return places
