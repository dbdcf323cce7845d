"""Four sequencers at once, with everything that goes wrong; and mistakes that must be seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count

import pytest

from application.sequencing.gathering import Hole
from application.sequencing.lanes import Lanes
from application.sequencing.model import Page, Pointer, Stored
from application.sequencing.ports import CommitReader, LogPages, Marks
from application.sequencing.sequencer import Ingested, Sequencer, Steps
from tests.sequencing.memory import MemoryLogPages
from tests.sequencing.trial import Disorder, Make, Odds, compete

SEEDS = 1_000


def test_a_thousand_seeds_number_each_commit_once():
    """Duplicates, disorder, deaths, lost calls and stalled zombies: still one gapless order."""
    for seed in range(SEEDS):
        compete(seed)


@pytest.mark.parametrize("lanes", [Lanes(0, 2), Lanes(3, 16)])
def test_lanes_are_numbered_each_by_itself(lanes: Lanes):
    """In several lanes each commit stands once, in its own lane, in the order of its stream."""
    for seed in range(60):
        compete(seed, lanes=lanes, streams=20, odds=Odds(dies=20, loses=5))


def test_half_of_all_calls_may_end_in_death():
    """Where every second step kills a sequencer the order still holds, and the work still ends."""
    for seed in range(20):
        compete(seed, odds=Odds(dies=500, loses=0), commits=12)


# Mistakes, kept to show that the trials see them.


class WithoutRedo(Sequencer):
    """Believes that whoever wrote the last page also raised its marks."""

    def _redo(self, tail: Page) -> Steps[None]:
        yield "redo"


class WithoutFilling(Sequencer):
    """Believes that records come in the order of their stream."""

    def _filled(self, hole: Hole) -> Sequence[Stored]:
        return [Stored(Pointer(hole.stream, hole.first, hole.last - hole.first + 1), 0)]


class WithoutCompanions(Sequencer):
    """Numbers each commit by itself, whatever it was written with."""

    def steps(self, commits: Iterable[Stored]) -> Steps[Ingested]:
        return super().steps([commit._replace(together=()) for commit in commits])

    def _filled(self, hole: Hole) -> Sequence[Stored]:
        return [commit._replace(together=()) for commit in super()._filled(hole)]


class WithoutCondition:
    """Pages that are written over whatever lies at their position."""

    def __init__(self, pages: LogPages) -> None:
        self._pages = pages

    def tail(self, lane: int) -> Page | None:
        return self._pages.tail(lane)

    def put(self, page: Page) -> bool:
        assert isinstance(self._pages, MemoryLogPages)
        there = self._pages.by_lane.setdefault(page.lane, [])
        there[:] = [one for one in there if one.position != page.position]
        there.append(page)
        return True


class CounterThenWrite:
    """Positions are drawn from a counter first, and the page is written there afterwards."""

    def __init__(self, pages: LogPages, counter: count[int]) -> None:
        self._pages = pages
        self._counter = counter
        self._drawn: int | None = None

    def tail(self, lane: int) -> Page | None:
        self._drawn = next(self._counter)
        return None

    def put(self, page: Page) -> bool:
        assert isinstance(self._pages, MemoryLogPages)
        there = self._pages.by_lane.setdefault(page.lane, [])
        there.append(replace(page, position=self._drawn or 0))
        there.sort(key=lambda one: one.position)
        return True


def without_redo(lanes: Lanes, commits: CommitReader, pages: LogPages, marks: Marks) -> Sequencer:
    return WithoutRedo(lanes=lanes, commits=commits, pages=pages, marks=marks)


def without_companions(
    lanes: Lanes, commits: CommitReader, pages: LogPages, marks: Marks
) -> Sequencer:
    return WithoutCompanions(lanes=lanes, commits=commits, pages=pages, marks=marks)


def without_filling(
    lanes: Lanes, commits: CommitReader, pages: LogPages, marks: Marks
) -> Sequencer:
    return WithoutFilling(lanes=lanes, commits=commits, pages=pages, marks=marks)


def without_condition(
    lanes: Lanes, commits: CommitReader, pages: LogPages, marks: Marks
) -> Sequencer:
    own = WithoutCondition(pages)
    return Sequencer(lanes=lanes, commits=commits, pages=own, marks=marks)  # pyright: ignore[reportArgumentType]  (it only writes)


def counter_then_write() -> Make:
    counter = count(1)

    def make(lanes: Lanes, commits: CommitReader, pages: LogPages, marks: Marks) -> Sequencer:
        own = CounterThenWrite(pages, counter)
        return Sequencer(lanes=lanes, commits=commits, pages=own, marks=marks)  # pyright: ignore[reportArgumentType]  (it only writes)

    return make


@pytest.mark.parametrize(
    "make",
    [without_redo, without_filling, without_companions, without_condition],
    ids=lambda make: make.__name__,
)
def test_a_sequencer_without_one_of_its_precautions_is_caught(make: Make):
    """Most of twenty seeds find the mistake."""
    assert sum(_caught(seed, make) for seed in range(20)) > 10


def test_a_counter_that_is_drawn_before_writing_is_caught():
    """Positions that are given first and filled later are seen by nearly every seed."""
    assert sum(_caught(seed, counter_then_write()) for seed in range(20)) > 10


def _caught(seed: int, make: Make) -> bool:
    try:
        compete(seed, make=make)
    except Disorder:
        return True
    return False
