"""The simulator in every test run: some seconds of it, that it repeats itself, that it can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from random import Random

import pytest

from application.sequencing.model import Page
from application.sequencing.sequencer import Sequencer, Steps
from tests.sequencing.memory import MemoryLogPages
from tests.simulation.runs import Failed, many, one, service
from tests.simulation.service import LANES, Service
from tests.simulation.store import Table

STEPS = 100_000
SEEDS_TO_CATCH = 150
"""Banks within which each mistake must be seen; most need a handful."""


@pytest.mark.slow
def test_a_hundred_thousand_steps_break_no_law():
    """Whatever happens, the laws hold after each step, and every bank comes to its rest."""
    lived = many(1, steps=STEPS)
    assert lived.steps >= STEPS
    assert lived.found_again > 0
    assert lived.parked > 0


def test_a_seed_repeats_itself_to_the_byte():
    """The same seed makes the same acts in the same order, and the same read models."""
    assert many(42, steps=3_000) == many(42, steps=3_000)
    assert many(42, steps=3_000).digest != many(43, steps=3_000).digest


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(72, id="a-match-before-its-line"),
        pytest.param(3, id="half-of-a-statement"),
        pytest.param(0, id="a-merchant-before-its-terms"),
    ],
)
def test_what_once_failed_holds(seed: int):
    """Seeds that found a fault are lived again, in more than one size of bank."""
    one(seed, lambda seed: Service(random=Random(seed), payments=4))
    one(seed, lambda seed: Service(random=Random(seed), payments=6))


# Mistakes, kept to show that the simulator sees them.


class WithoutRedo(Sequencer):
    def _redo(self, tail: Page) -> Steps[None]:
        yield "redo"


def without_redo(seed: int) -> Service:
    made = service(seed)
    return _with_sequencer(
        made,
        lambda table: WithoutRedo(
            lanes=LANES, commits=table.commits, pages=table.pages, marks=table.marks
        ),
    )


class CounterThenWrite(MemoryLogPages):
    """Positions are drawn from a counter, and the page is written there afterwards."""

    def __init__(self, pages: MemoryLogPages, counter: count[int]) -> None:
        super().__init__(by_lane=pages.by_lane)
        self._counter = counter
        self._drawn = 0

    def tail(self, lane: int) -> Page | None:
        self._drawn = next(self._counter)
        return None

    def put(self, page: Page) -> bool:
        there = self.by_lane.setdefault(page.lane, [])
        there.append(replace(page, position=self._drawn))
        return True


def counter_then_write(seed: int) -> Service:
    counter = count(1)
    return _with_sequencer(
        service(seed),
        lambda table: Sequencer(
            lanes=LANES,
            commits=table.commits,
            pages=CounterThenWrite(table.pages, counter),
            marks=table.marks,
        ),
    )


def without_read_back(seed: int) -> Service:
    made = service(seed)
    return Service(
        random=made.random,
        payments=made.payments,
        faults=made.faults,
        read_back=False,
    )


def projection_without_gate(seed: int) -> Service:
    made = service(seed)
    return Service(random=made.random, payments=made.payments, faults=made.faults, gate=False)


def _with_sequencer(made: Service, make: Callable[[Table], Sequencer]) -> Service:
    return Service(
        random=made.random, payments=made.payments, faults=made.faults, make_sequencer=make
    )


@pytest.mark.parametrize(
    "make",
    [without_redo, counter_then_write, without_read_back, projection_without_gate],
    ids=lambda make: make.__name__,
)
def test_a_mistake_is_caught(make: Callable[[int], Service]):
    """Each mistake breaks a law within so many banks."""
    assert any(_caught(seed, make) for seed in range(SEEDS_TO_CATCH))


def _caught(seed: int, make: Callable[[int], Service]) -> bool:
    try:
        one(seed, make)
    except Failed:
        return True
    return False


def test_a_failure_tells_how_to_repeat_it():
    """What is printed names the seed, the step and the acts before it."""
    seed = next(seed for seed in range(SEEDS_TO_CATCH) if _caught(seed, without_read_back))
    with pytest.raises(Failed, match=rf"seed {seed}, step \d+, commit (.|\n)*--seed {seed}"):
        one(seed, without_read_back)
