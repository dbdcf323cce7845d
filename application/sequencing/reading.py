"""Following the log: every pointer once, in the order of its lane, from a place that can be kept.

A page is written behind the last one or not at all, so what a reader has seen never changes and
nothing appears behind its back. A reader goes through an epoch's lanes to their closed ends before
it begins the next epoch: a stream may have moved to another lane there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from application.sequencing.lanes import Lanes
from application.sequencing.model import Pointer
from application.sequencing.ports import LogPages


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far somebody has read: the last position of each lane, 0 where none was."""

    positions: tuple[int, ...] = ()

    def after(self, lane: int) -> int:
        """The last position that was read of a lane."""
        return self.positions[lane] if lane < len(self.positions) else 0

    def moved(self, lane: int, position: int) -> Place:
        """The place after a pointer whose last fact has this position."""
        known = self.positions + (0,) * (lane + 1 - len(self.positions))
        return Place(positions=(*known[:lane], position, *known[lane + 1 :]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A pointer where it stands: its first fact has `position` in its lane.

    `place` is where a reader stands who has dealt with it, and with all before it.
    """

    lane: int
    position: int
    pointer: Pointer
    place: Place

    @property
    def last_position(self) -> int:
        """The position of its last fact."""
        return self.position + self.pointer.facts - 1


class LogReader:
    """Reads the log of one tenant; `epochs` are all that ever were, in order."""

    def __init__(self, pages: LogPages, epochs: tuple[Lanes, ...]) -> None:
        self._pages = pages
        self._epochs = epochs

    def read(self, place: Place, *, limit: int | None = None) -> Iterator[Numbered]:
        """What follows the place, as far as the log goes now, `limit` pointers at most.

        Within a lane in order of positions; lane after lane.
        """
        return islice(self._read(place), limit)

    def _read(self, place: Place) -> Iterator[Numbered]:
        for lanes in self._epochs:
            closed = True
            for lane in lanes.all():
                ended = False
                for page in self._pages.pages(lane, after=place.after(lane)):
                    position, ended = page.position, page.closed
                    for pointer in page.pointers:
                        last = position + pointer.facts - 1
                        if last > place.after(lane):
                            place = place.moved(lane, last)
                            yield Numbered(
                                lane=lane, position=position, pointer=pointer, place=place
                            )
                        position = last + 1
                closed = closed and ended
            if not closed:
                return
