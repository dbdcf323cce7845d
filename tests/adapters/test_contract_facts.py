"""The contract suite can fail: a store that fills its gaps late is caught by the tailing reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from threading import Event
from typing import cast

from application.ports import Commit, FactStore
from domain.facts import Recorded
from tests.adapters.contract_facts import FACTS_EACH, INSERTS, WRITERS, tailed

PAUSE_S = 0.001


class LateFilling:
    """The mistake: positions are taken from a counter first, and the facts written afterwards."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._facts: dict[int, Recorded] = {}
        self._never = Event()

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        taken = [(next(self._numbers), commit, fact) for commit in commits for fact in commit.facts]
        self._never.wait(timeout=PAUSE_S)  # somebody else is quicker
        for position, commit, fact in taken:
            self._facts[position] = Recorded(
                stream=commit.stream,
                version=1,
                position=position,
                business_time="",
                recorded_at_ms=0,
                context=commit.context,
                nonce=b"",
                fact=fact,
            )
        return ()

    def facts(self, *, after: int = 0) -> Iterator[Recorded]:
        there = dict(self._facts)
        return (there[position] for position in sorted(there) if position > after)

    def head(self) -> int:
        return max(self._facts, default=0)


TRIES_MAX = 50
"""Runs until the threads of a machine under load must have met."""


def test_a_store_that_fills_gaps_late_is_caught():
    """The reader of such a store misses facts, if not at the first try, then soon after."""
    tries = (tailed(cast(FactStore, LateFilling())) for _ in range(TRIES_MAX))
    assert any(len(seen) < WRITERS * INSERTS * FACTS_EACH for seen in tries)
