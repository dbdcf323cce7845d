"""Every aggregate's state and version, folded from the facts of a store, for use cases that work on many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from application.ports import Commit
from domain import (
    business_calendar,
    feed,
    fx,
    judgement,
    merchant,
    payment,
    rule_set,
    settlement,
    statement,
)
from domain.facts import Context, Fact, Recorded

State = TypeVar("State")
Evolve = Callable[[object, object], object]

EVOLVES: dict[str, Evolve] = {
    "pay": payment.evolve,
    "set": settlement.evolve,
    "stm": statement.evolve,
    "mer": merchant.evolve,
    "cal": business_calendar.evolve,
    "fx": fx.evolve,
    "feed": feed.evolve,
    "rul": rule_set.evolve,
    "jdg": judgement.evolve,
}  # pyright: ignore[reportAssignmentType]  (a stream's prefix says which facts can stand on it)


def kind_of(stream: str) -> str:
    """The aggregate that a stream belongs to: what stands before its first colon."""
    return stream.partition(":")[0]


@dataclass(slots=True)
class Registry:
    """States and versions by stream; `allocated` are the settlement facts that are matches, by match id."""

    states: dict[str, object] = field(default_factory=dict[str, object])
    versions: dict[str, int] = field(default_factory=dict[str, int])
    positions: dict[str, int] = field(default_factory=dict[str, int])
    matches: dict[str, settlement.SettlementAllocated] = field(
        default_factory=dict[str, settlement.SettlementAllocated]
    )
    head: int = 0

    def apply(self, recorded: Recorded) -> None:
        """Take in a recorded fact."""
        self.evolve(recorded.stream, recorded.fact)
        self.positions[recorded.stream] = self.head = recorded.position

    def apply_all(self, facts: Iterable[Recorded]) -> None:
        """Take in recorded facts, in order."""
        for recorded in facts:
            self.apply(recorded)

    def evolve(self, stream: str, fact: Fact) -> None:
        """Move a stream's state and version on."""
        evolve = EVOLVES[kind_of(stream)]
        self.states[stream] = evolve(self.states.get(stream), fact)
        self.versions[stream] = self.versions.get(stream, 0) + 1
        if type(fact) is settlement.SettlementAllocated:
            self.matches[fact.match_id] = fact
        elif type(fact) is settlement.SettlementAllocationReleased:
            self.matches.pop(fact.match_id, None)

    def of(self, stream: str, kind: type[State]) -> State | None:
        """A state of this kind."""
        state = self.states.get(stream)
        assert state is None or isinstance(state, kind)
        return state

    def payment(self, stream: str) -> payment.Payment | None:
        """A payment's state."""
        state = self.states.get(stream)
        assert state is None or isinstance(state, payment.Expected | payment.Cancelled)
        return state

    def settlement(self, stream: str) -> settlement.Settlement | None:
        """A settlement's state."""
        state = self.states.get(stream)
        assert state is None or isinstance(state, settlement.Settlement)
        return state

    def commit(
        self, stream: str, facts: tuple[Fact, ...], *, business_time: str, context: Context
    ) -> Commit:
        """A commit that follows what is known of the stream; the state moves on with it."""
        commit = Commit(
            stream=stream,
            expected_version=self.versions.get(stream, 0),
            business_time=business_time,
            context=context,
            facts=facts,
        )
        for fact in facts:
            self.evolve(stream, fact)
        return commit
