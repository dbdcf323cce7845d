"""Pointers to commits, and the pages in which they are numbered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from domain.errors import Refusal

PAGE_COMMITS_MAX: Final = 5_000
"""Commits of a page."""

PAGE_BYTES_MAX: Final = 350_000
"""Bytes of a page by `pointer_bytes`: what stores it takes no more than 400 KB."""

PAGE_FACTS_MAX: Final = 100_000
"""Facts of a page, unless one commit alone has more: pages stay far below a bucket of positions."""

POINTER_BYTES: Final = 26
"""Of a pointer beside its stream's name: two numbers, and what a list needs for each element."""


class Pointer(NamedTuple):
    """A commit: versions `first` to `first + facts - 1` of a stream. Its facts lie elsewhere."""

    stream: str
    first: int
    facts: int

    @property
    def last(self) -> int:
        """The version of its last fact."""
        return self.first + self.facts - 1


class Stored(NamedTuple):
    """A commit in its table, and when it was recorded (milliseconds since 1970 UTC).

    `together` are the pointers of all commits that were written with it, itself among them, in
    their order; none where it was written alone. `numbered` were those that stand in a page since
    they were written (inline numbering), whether there is a mark of it or not.
    """

    pointer: Pointer
    recorded_at_ms: int
    together: tuple[Pointer, ...] = ()
    numbered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Commits in their order: the first fact of the first of them has `position` in the lane.

    No commit of the lane, up to and with this page, was recorded after `recorded_at_ms`. A closed
    page holds nothing and ends its lane for ever.
    """

    lane: int
    position: int
    recorded_at_ms: int
    pointers: tuple[Pointer, ...]
    closed: bool = False
    facts: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", sum(pointer.facts for pointer in self.pointers))

    @property
    def next_position(self) -> int:
        """The position of the page that follows."""
        return self.position + self.facts

    def marks(self) -> dict[str, int]:
        """For each stream of the page, its last version in it."""
        return {pointer.stream: pointer.last for pointer in self.pointers}


def pointer_bytes(pointer: Pointer) -> int:
    """What a pointer adds to a page, in bytes, at most."""
    return len(pointer.stream.encode()) + POINTER_BYTES


def cut(tail: Page, units: Iterable[Sequence[Stored]]) -> Iterator[Page]:
    """Pages that follow `tail` and each other, each within its limits; no unit is torn."""
    chosen: list[Stored] = []
    size = facts = 0
    for unit in units:
        grown = sum(pointer_bytes(commit.pointer) for commit in unit)
        more = sum(commit.pointer.facts for commit in unit)
        full = (
            len(chosen) + len(unit) > PAGE_COMMITS_MAX
            or size + grown > PAGE_BYTES_MAX
            or facts + more > PAGE_FACTS_MAX
        )
        if chosen and full:
            yield (tail := _behind(tail, chosen))
            chosen, size, facts = [], 0, 0
        chosen += unit
        size += grown
        facts += more
    if chosen:
        yield _behind(tail, chosen)


def _behind(tail: Page, commits: Sequence[Stored]) -> Page:
    return Page(
        lane=tail.lane,
        position=tail.next_position,
        recorded_at_ms=max(tail.recorded_at_ms, *(one.recorded_at_ms for one in commits)),
        pointers=tuple(one.pointer for one in commits),
    )


def start(lane: int) -> Page:
    """What stands before the first page of a lane, and is never written."""
    return Page(lane=lane, position=1, recorded_at_ms=0, pointers=())


# Refusals.
#
#   SequencingRefusal
#     BrokenStream · LaneClosed · LaneContended


@dataclass(unsafe_hash=True, kw_only=True)
class SequencingRefusal(Refusal):
    """Commits that get no position, or not here."""


@dataclass(unsafe_hash=True, kw_only=True)
class BrokenStream(SequencingRefusal):
    """A commit up to version `through` was reported, and no stored commit begins at `version`.

    Commits are written without gaps and never taken away: somebody did what no writer does.
    """

    stream: str
    version: int
    through: int


@dataclass(unsafe_hash=True, kw_only=True)
class LaneClosed(SequencingRefusal):
    """The lane's epoch has ended: read the lanes that are open now, and begin again."""

    lane: int


@dataclass(unsafe_hash=True, kw_only=True)
class LaneContended(SequencingRefusal):
    """Others were faster `times` times in a row; all that is left to do was delivered again."""

    lane: int
    times: int
