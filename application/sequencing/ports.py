"""What sequencing needs from outside, and what every adapter promises. Each is one tenant's.

A call may fail by raising; whether it took effect is then unknown. Every call may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from application.sequencing.model import Page, Stored


class CommitReader(Protocol):
    """The commits as they are stored: read consistently, never changed, never taken away."""

    def commits(self, stream: str, *, first: int, last: int | None = None) -> Sequence[Stored]:
        """The commits of a stream that begin at a version of `first` to `last`, in order."""
        ...


class LogPages(Protocol):
    """The chains of pages, one a lane."""

    def tail(self, lane: int) -> Page | None:
        """The last page of a lane, read consistently; None where there is none."""
        ...

    def put(self, page: Page) -> bool:
        """Write a page unless one lies at its position; whether it was written now.

        False after a lost answer may mean that it was written by us: the caller reads the tail.
        """
        ...

    def pages(self, lane: int, *, after: int = 0) -> Iterator[Page]:
        """The pages of a lane with a fact behind position `after`, in order; and a closed one."""
        ...


class Marks(Protocol):
    """For each stream its mark: the last version up to which the log holds it."""

    def read(self, streams: Iterable[str]) -> Mapping[str, int]:
        """The marks of those streams that have one, read consistently."""
        ...

    def raise_to(self, marks: Mapping[str, int]) -> None:
        """Raise each mark that is lower, in any order, perhaps side by side; none ever falls."""
        ...


class Announcements(Protocol):
    """What writers said before they wrote: which streams, in which slice of time.

    Kept for some days in a place of its own, read consistently.
    """

    def announce(self, time_slice: int, *, writer: str, streams: Sequence[str]) -> None:
        """Keep durably that this writer may write to these streams within the slice."""
        ...

    def announced(self, time_slice: int) -> Iterator[str]:
        """The streams that anybody announced for the slice; a stream may come twice."""
        ...
