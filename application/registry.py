"""Every aggregate's state and version, for use cases that work on many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from application.ports import NO_POSITION_YET, Commit, FactStore, Move
from domain import (
    business_calendar,
    feed,
    fx,
    grant,
    judgement,
    log_lanes,
    merchant,
    payment,
    rule_set,
    settlement,
    statement,
)
from domain.facts import Context, Fact

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
    "grt": grant.evolve,
    "rul": rule_set.evolve,
    "jdg": judgement.evolve,
    "lanes": log_lanes.evolve,
}  # pyright: ignore[reportAssignmentType]  (a stream's prefix says which facts can stand on it)


def kind_of(stream: str) -> str:
    """The aggregate that a stream belongs to: what stands before its first colon."""
    return stream.partition(":")[0]


JUDGED_FACTS: frozenset[type[Fact]] = frozenset(
    (
        payment.PaymentRegistered,
        payment.PaymentCancelled,
        settlement.SettlementRecorded,
        settlement.SettlementRepeated,
        settlement.SettlementAllocationReleased,
        settlement.SettlementCancelled,
    )
)
"""Facts that a verdict on their item depends on."""

JUDGED_TOPICS = frozenset(fact.TOPIC for fact in JUDGED_FACTS)

REFERENCE_FACTS: frozenset[type[Fact]] = frozenset(
    (
        merchant.MerchantRegistered,
        merchant.MerchantScheduleAdded,
        business_calendar.CalendarDeclared,
        business_calendar.CalendarOverrideSet,
        fx.FxRatesPublished,
    )
)

RULES_IN_FORCE_FACTS: frozenset[type[Fact]] = frozenset(
    (rule_set.RuleSetActivated, rule_set.RuleSetDemoted, rule_set.RuleSetRetired)
)
RULES_KIND = "rul"
CORE_STREAM = rule_set.stream_of(name=rule_set.CORE_NAME)

MatchFate = Literal["standing"] | settlement.ReleaseCause
"""Whether a match stands, or what released it."""

LOADED_FACTS_STEP = 10_000
"""Facts between two calls of the progress."""

Progress = Callable[[str, int, int], None]
"""Told the stage, how much is done, and of how much."""


@dataclass(slots=True)
class Registry:
    """States and versions by stream, and what many use cases ask of all facts together.

    `matches` are the posted matches by id; `barred` the pairs (line, payment) that a person undid;
    `changed` and `judged_versions` the last position and version of a fact that a verdict on the
    stream's item depends on, `reference_changed` the position of reference data, `rules_changed`
    that of configured rules that came into force or lost it. `ruled` is what became of every match
    that a configured rule ever made, by the rule's full name and the match's id; `rule_streams` are
    those of rule sets, `feed_streams` those of sources that said how far they came.
    """

    states: dict[str, object] = field(default_factory=dict[str, object])
    versions: dict[str, int] = field(default_factory=dict[str, int])
    positions: dict[str, int] = field(default_factory=dict[str, int])
    matches: dict[str, settlement.SettlementAllocated] = field(
        default_factory=dict[str, settlement.SettlementAllocated]
    )
    barred: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    changed: dict[str, int] = field(default_factory=dict[str, int])
    judged_versions: dict[str, int] = field(default_factory=dict[str, int])
    reference_changed: int = 0
    rules_changed: int = 0
    ruled: dict[str, dict[str, MatchFate]] = field(
        default_factory=dict[str, dict[str, "MatchFate"]]
    )
    rule_streams: set[str] = field(default_factory=set[str])
    feed_streams: set[str] = field(default_factory=set[str])
    head: int = 0

    def apply_all(self, facts: Iterable[Move]) -> None:
        """Take in recorded facts, in order."""
        for recorded in facts:
            self.evolve(recorded.stream, recorded.fact)
            self.note(recorded)

    def note(self, recorded: Move) -> None:
        """Note the position of a fact that the state has taken in already."""
        if recorded.position != NO_POSITION_YET:
            self.head = recorded.position
        self._place(recorded.stream, recorded.fact, recorded.position)

    def _place(self, stream: str, fact: Fact, position: int) -> None:
        self.positions[stream] = position
        kind = type(fact)
        if kind in JUDGED_FACTS:
            self.changed[stream] = position
            self.judged_versions[stream] = self.versions[stream]
        elif kind in REFERENCE_FACTS:
            self.reference_changed = position
        elif kind in RULES_IN_FORCE_FACTS and stream != CORE_STREAM:
            self.rules_changed = position

    def evolve(self, stream: str, fact: Fact) -> None:
        """Move a stream's state and version on."""
        kind = kind_of(stream)
        self.states[stream] = EVOLVES[kind](self.states.get(stream), fact)
        self.versions[stream] = self.versions.get(stream, 0) + 1
        if kind == RULES_KIND:
            self.rule_streams.add(stream)
        elif kind == "feed":
            self.feed_streams.add(stream)
        if type(fact) is settlement.SettlementAllocated:
            self.matches[fact.match_id] = fact
            if rule_set.is_configured(fact.rule):
                self.ruled.setdefault(fact.rule, {})[fact.match_id] = "standing"
        elif type(fact) is settlement.SettlementFinalised:
            self.matches[fact.match_id] = fact.match
        elif type(fact) is settlement.SettlementAllocationReleased:
            self._released(fact)

    def _released(self, fact: settlement.SettlementAllocationReleased) -> None:
        match = self.matches.pop(fact.match_id, None)
        if match is not None and match.rule in self.ruled:
            self.ruled[match.rule][match.match_id] = fact.cause
        if match is not None and fact.cause == "person":
            self.barred.update(
                (line, payment) for line in match.settlements for payment in match.payments
            )

    def of(self, stream: str, kind: type[State]) -> State | None:
        """A state of this kind."""
        state = self.states.get(stream)
        assert state is None or isinstance(state, kind)
        return state

    def feeds(self) -> Iterator[tuple[str, feed.Feed]]:
        """Every source that has said how far it came, by its stream."""
        for stream in self.feed_streams:
            known = self.of(stream, feed.Feed)
            if known is not None:
                yield stream, known

    def payment(self, stream: str) -> payment.Payment | None:
        """A payment's state."""
        state = self.states.get(stream)
        assert state is None or isinstance(state, payment.Expected | payment.Cancelled)
        return state

    def statement(self, stream: str) -> statement.Statement | None:
        """A statement's state."""
        state = self.states.get(stream)
        assert state is None or isinstance(
            state, statement.Received | statement.Verified | statement.Sealed | statement.Refused
        )
        return state

    def settlement(self, stream: str) -> settlement.Settlement | None:
        """A settlement's state."""
        return self.of(stream, settlement.Settlement)

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
            self._place(stream, fact, NO_POSITION_YET)
        return commit


def loaded(facts: FactStore, progress: Progress) -> Registry:
    """All that was written to a store; `progress` is told now and then, as the stage "load"."""
    registry, head = Registry(), facts.head()
    for at, recorded in enumerate(facts.written()):
        registry.evolve(recorded.stream, recorded.fact)
        registry.note(recorded)
        if not at % LOADED_FACTS_STEP:
            progress("load", at, head)
    return registry


def untold(stage: str, done: int, total: int) -> None:
    """The progress that nobody asked for."""
    del stage, done, total
