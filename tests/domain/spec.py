"""given(evolve, facts…).when(decision, …).then(facts…) or .refuses(refusal).

One sentence for every decision of every aggregate. Both `when` and `History.decide` also prove the
law that all aggregates share: a decision, repeated on what it led to, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic, TypeVar

from domain.errors import Refusal
from domain.facts import Fact

State = TypeVar("State")
Evolve = Callable[[State | None, Any], State]  # each aggregate takes facts of its own union
Decision = Callable[..., tuple[Fact, ...]]


@dataclass(frozen=True)
class Decided:
    """What a decision answered: facts, or a refusal."""

    facts: tuple[Fact, ...]
    refusal: Refusal | None

    def then(self, *expected: Fact) -> None:
        assert self.refusal is None, f"refused: {self.refusal!r}"
        assert self.facts == expected

    def refuses(self, expected: Refusal) -> None:
        assert self.refusal == expected, f"got {self.refusal!r} and {self.facts!r}"


@dataclass(frozen=True)
class Given(Generic[State]):
    """A history, folded into a state."""

    evolve: Evolve[State]
    state: State | None

    def when(self, decision: Decision, **arguments: object) -> Decided:
        try:
            facts = decision(self.state, **arguments)
        except Refusal as refusal:
            return Decided((), refusal)
        after = fold(self.evolve, facts, self.state)
        assert decision(after, **arguments) == (), "the decision, repeated, is something new"
        return Decided(facts, None)


def given(evolve: Evolve[State], *facts: Fact) -> Given[State]:
    """What happened so far."""
    return Given(evolve, fold(evolve, facts))


def fold(evolve: Evolve[State], facts: Iterable[Fact], start: State | None = None) -> State | None:
    """The state that the facts lead to."""
    return reduce(evolve, facts, start)


class History(Generic[State]):
    """The stream of one aggregate as a store keeps it: facts, and the state they lead to.

    Whatever is asked of it, the facts, replayed, lead to the same state.
    """

    def __init__(self, evolve: Evolve[State]) -> None:
        self._evolve = evolve
        self.facts: list[Fact] = []
        self.state: State | None = None

    def decide(self, decision: Decision, **arguments: object) -> tuple[Fact, ...] | None:
        """The facts of a decision, recorded; None where it was refused, which records nothing."""
        try:
            facts = decision(self.state, **arguments)
        except Refusal:
            return None
        self.facts += facts
        self.state = fold(self._evolve, facts, self.state)
        assert decision(self.state, **arguments) == (), "the decision, repeated, is something new"
        assert self.state == fold(self._evolve, self.facts), "the facts, replayed, lead elsewhere"
        return facts
