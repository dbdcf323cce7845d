"""How many lanes the log has: one number for an epoch, and where each epoch ended.

Lanes are numbered on through all epochs. An epoch is closed when each of its lanes is: only then
the next one opens, so no stream is ever numbered in two lanes at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from domain.errors import BadValue, Refusal

STREAM: Final = "lanes:log"

LANES_MAX: Final = 100
"""Lanes of all epochs together: what two digits can name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanesOpened:
    """From here on streams are numbered in `count` lanes, the first of which is `first`."""

    TOPIC: ClassVar[str] = "log_lanes.opened"
    first: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LanesClosed:
    """The epoch is over; `positions` are the last ones of its lanes, in order, 0 where none is."""

    TOPIC: ClassVar[str] = "log_lanes.closed"
    positions: tuple[int, ...]


LogLanesFact = LanesOpened | LanesClosed


@dataclass(frozen=True, slots=True)
class LogLanes:
    """All epochs in order, each with its first lane and its number of lanes."""

    epochs: tuple[tuple[int, int], ...]
    is_open: bool

    @property
    def count(self) -> int:
        """Lanes of the last epoch."""
        return self.epochs[-1][1]


def evolve(lanes: LogLanes | None, fact: LogLanesFact) -> LogLanes:
    """The state after `fact`."""
    epochs = () if lanes is None else lanes.epochs
    match fact:
        case LanesOpened(first=first, count=count):
            return LogLanes((*epochs, (first, count)), is_open=True)
        case LanesClosed():
            return LogLanes(epochs, is_open=False)


# Decisions.


def open_lanes(lanes: LogLanes | None, *, count: int) -> tuple[LogLanesFact, ...]:
    """Begin an epoch of so many lanes; nothing new where one of as many is open.

    Raises BadValue, and EpochIsOpen where an epoch of another number has to be closed first.
    """
    first = sum(lanes.epochs[-1]) if lanes else 0
    if lanes is not None and lanes.is_open:
        if lanes.count == count:
            return ()
        raise EpochIsOpen(lanes=lanes.count)
    if not 0 < count <= LANES_MAX - first:
        raise BadValue(field="lanes", reason="out-of-range", detail=f"1 to {LANES_MAX - first}")
    return (LanesOpened(first=first, count=count),)


def close_lanes(lanes: LogLanes | None, *, positions: tuple[int, ...]) -> tuple[LogLanesFact, ...]:
    """Note that every lane of the epoch is closed; nothing new where none is open."""
    if lanes is None or not lanes.is_open:
        return ()
    assert len(positions) == lanes.count, "each lane of the epoch has an end"
    return (LanesClosed(positions=positions),)


# Refusals.


@dataclass(unsafe_hash=True, kw_only=True)
class EpochIsOpen(Refusal):
    """Another number of lanes is in force: close its epoch first."""

    lanes: int
