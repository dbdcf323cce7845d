"""Live matching over tiny banks ends where a batch ends, whoever runs it and however it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings, target
from hypothesis import strategies as st

from adapters.rule_files import read_rules
from application.batch import Batch
from application.intake import Intake
from application.knowing import REFERENCE_KINDS
from application.live_matching import BATCH, LAST_DAY, WINDOW, LiveMatching, concerns
from application.ports import Commit, Entry, FactStore, FiledItem, MatchStates, Reminder
from application.registry import kind_of
from conciliar.refusals import reason_of
from domain.facts import Recorded
from domain.match_keys import Span
from tests.application.memory_states import MemoryStates
from tests.domain.matching.table import HOLIDAYS, PAYER, card, day, line, payment, payout
from tests.service.tiny import (
    Remembered,
    Row,
    batch,
    loaded,
    reconcile,
    reconciler,
    row,
    rows,
    state_of,
)


def recorded(facts: FactStore, some: Batch) -> list[str]:
    """Take a batch in as commands do, judging nothing; the streams in order of their commits."""
    intake = Intake(loaded(facts), actor="tester", correlation="c", reason_of=reason_of)
    streams: list[str] = []
    for commit in list(intake.commits(some)):
        facts.append([commit])
        streams.append(commit.stream)
    return streams


def live(facts: FactStore, states: MatchStates, *, items_max: int = 999) -> LiveMatching:
    return LiveMatching(
        facts,
        states,
        actor="live",
        holidays=HOLIDAYS,
        read_rules=read_rules,
        items_max=items_max,
    )


def parcels(random: Random, streams: Sequence[str]) -> list[list[str]]:
    """Streams in any order, some twice, in parcels of any size.

    Reference data comes first: what comes later is left to a batch.
    """
    reference = [one for one in streams if kind_of(one) in REFERENCE_KINDS]
    others = [one for one in streams if kind_of(one) not in REFERENCE_KINDS]
    delivered = [*others, *random.sample(others, len(others) // 3)]
    random.shuffle(delivered)
    found: list[list[str]] = [reference]
    while delivered:
        size = random.randint(1, 6)
        found.append(delivered[:size])
        delivered = delivered[size:]
    return found


def messages(random: Random, some: Sequence[Row]) -> list[Batch]:
    """The rows in messages of one to six, in any order."""
    rest, found = list(some), list[Batch]()
    random.shuffle(rest)
    while rest:
        size = random.randint(1, 6)
        found.append(batch(rest[:size]))
        rest = rest[size:]
    return found


@settings(max_examples=25)
@given(rows(), st.randoms(use_true_random=False))
def test_law_live_ends_where_a_batch_ends(some: list[Row], random: Random):
    """After all seals, and without recorded contradictions, it is the batch's result."""
    facts, states = Remembered(), MemoryStates()
    for message in messages(random, some):
        for parcel in parcels(random, recorded(facts, message)):
            live(facts, states).handle(parcel)
    ended = state_of(loaded(facts))
    target(float(len(ended.matches)), label="matches")
    assert ended == state_of(reconcile(Remembered(), some).registry)


@settings(max_examples=15)
@given(rows(), st.randoms(use_true_random=False))
def test_law_done_again_it_does_nothing(some: list[Row], random: Random):
    """Whatever is delivered once more when all is done, nothing more is recorded."""
    facts, states = Remembered(), MemoryStates()
    streams = recorded(facts, batch(some))
    for _ in range(2):
        for parcel in parcels(random, streams):
            live(facts, states).handle(parcel)
    before = facts.head()
    for parcel in parcels(random, [*streams, *(one.stream for one in facts.recorded)]):
        live(facts, states).handle(parcel)
    assert facts.head() == before


# Others at work, and ends in between.

REFERENCE = "FACTURA-00000042"
SOME: list[Row] = [
    row(payment("P1", 100_00, reference=REFERENCE)),
    row(line("L1", 100_00, text=f"PAGO {REFERENCE}", statement="ST1"), entry="E1"),
    row(payment("P2", 60_00, account=PAYER)),
    row(line("L2", 60_00, counterparty_account=PAYER, statement="ST1"), entry="E2"),
    row(card("P3", 33_00, created=day(2), expected=day(3))),
    row(card("P4", 67_00, created=day(2), expected=day(3))),
    row(payout("L3", 100_00, value=day(3), statement="ST2"), entry="E3"),
    row(line("L4", 100_00, text=f"PAGO {REFERENCE}", statement="ST1"), entry="E4"),
]
"""One of each: by id, by payer under the seal, in a group, and a repeated line (U3)."""

ENDED = state_of(reconcile(Remembered(), SOME).registry)


class Died(BaseException):
    """The worker ended; nothing of it is left but what it wrote."""


@dataclass
class Point:
    """Calls to ports are counted; at the one numbered `at` something happens, once."""

    at: int
    happens: Callable[[], None]
    calls: int = 0

    def passed(self) -> None:
        self.calls += 1
        if self.calls == self.at:
            self.happens()


@dataclass
class Facts(Remembered):
    """Facts of a worker to which something happens, before and after each of its calls."""

    point: Point = field(default_factory=lambda: Point(0, lambda: None))

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        self.point.passed()
        found = super().append(commits)
        self.point.passed()
        return found

    def streams(self, streams: Iterable[str]) -> Mapping[str, tuple[Recorded, ...]]:
        self.point.passed()
        return super().streams(streams)


@dataclass
class States(MemoryStates):
    """Match states of such a worker; places, and the item's own record, may part."""

    point: Point = field(default_factory=lambda: Point(0, lambda: None))

    def put(self, items: Sequence[FiledItem]) -> int:
        self.point.passed()
        found = super().put(items)
        self.point.passed()
        return found

    def find(self, spans: Sequence[Span]) -> list[list[Entry]]:
        self.point.passed()
        return super().find(spans)

    def remind(self, reminders: Sequence[Reminder]) -> None:
        self.point.passed()
        super().remind(reminders)

    def forget(self, reminders: Sequence[Reminder]) -> None:
        self.point.passed()
        super().forget(reminders)


def bank(happens: Callable[[Bank], None], *, at: int) -> Bank:
    """A bank of SOME, in which something happens at one of a worker's calls."""
    facts, states = Facts(), States()
    made = Bank(facts, states, recorded(facts, batch(SOME)))
    facts.point = states.point = Point(at, lambda: happens(made))
    return made


@dataclass
class Bank:
    """What is kept, and what was recorded into it before anybody matched."""

    facts: Facts
    states: States
    streams: list[str]

    def work(self) -> None:
        """One worker takes everything, in parcels."""
        for start in range(0, len(self.streams), 9):
            live(self.facts, self.states).handle(self.streams[start : start + 9])

    def backwards(self) -> None:
        """Another one, which takes it in the opposite order."""
        order = self.streams[::-1]
        for start in range(0, len(order), 5):
            live(self.facts, self.states).handle(order[start : start + 5])

    def ended(self) -> object:
        return state_of(loaded(self.facts))


def calls() -> int:
    quiet = bank(lambda _: None, at=0)
    quiet.work()
    return quiet.facts.point.calls


def dies(_: Bank) -> None:
    raise Died


CALLS = calls()
STEP = 7
"""Points are tried in so many tests, each its own, so that a failure names where it was."""


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1, STEP + 1))
def test_who_dies_between_two_calls_is_followed_by_whoever_comes(first: int):
    """At whichever call a worker ends, the same records again come to the batch's result."""
    for at in range(first, CALLS + 1, STEP):
        some = bank(dies, at=at)
        with pytest.raises(Died):
            some.work()
        some.work()
        assert some.ended() == ENDED, f"died at call {at} of {CALLS}"


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1, STEP + 1))
def test_others_may_come_in_between_at_any_call(first: int):
    """At whichever call others do everything, in another order: nothing is matched twice."""
    for at in range(first, CALLS + 1, STEP):
        some = bank(Bank.backwards, at=at)
        some.work()
        assert some.ended() == ENDED, f"others came at call {at} of {CALLS}"


def test_the_point_is_reached():
    """The tests above can fail: something does happen at their calls."""
    happened: list[str] = []
    some = bank(lambda _: happened.append("now"), at=CALLS)
    some.work()
    assert happened == ["now"]
    assert CALLS > 40


# What waits, and what is left to a batch.


def test_a_line_waits_for_its_window_and_is_decided_by_whoever_closes_it():
    """Class C posts when the last source has come far enough, and its reminder is gone then."""
    facts, states = Remembered(), MemoryStates()
    streams = recorded(facts, batch(SOME))
    feeds = [stream for stream in streams if stream.startswith("feed:")]
    live(facts, states).handle(stream for stream in streams if stream not in feeds)
    waiting = states.reminders(WINDOW, through=LAST_DAY, at_most=9)
    rules = {match.rule for match in loaded(facts).matches.values()}
    assert [one.item.rpartition(":")[2] for one in waiting] == ["E2"]
    assert rules == {"identity@1", "payout@1"}
    live(facts, states).handle(feeds)
    assert states.reminders(WINDOW, through=LAST_DAY, at_most=9) == []
    assert state_of(loaded(facts)) == ENDED


def test_what_is_too_large_is_left_to_a_batch():
    """It is named, the others are decided, and a batch comes to the end."""
    facts, states = Remembered(), MemoryStates()
    cards = [row(card(f"C{n}", 10_00, created=day(2), expected=day(3))) for n in range(30)]
    streams = recorded(facts, batch([*SOME, *cards]))
    matching = live(facts, states, items_max=20)
    left = [one for stream in streams for one in matching.handle([stream]).for_batch]
    assert {one.partition(":")[0] for one in left} >= {"set"}
    rules = {match.rule for match in loaded(facts).matches.values()}
    assert "identity@1" in rules
    judged = matching.leave_to_batch(lambda: reconciler(facts).judge_again(correlation="batch"))
    assert judged > 0
    assert state_of(loaded(facts)) == state_of(reconcile(Remembered(), [*SOME, *cards]).registry)
    assert states.reminders(BATCH, through=LAST_DAY, at_most=9) == []
    assert matching.leave_to_batch(lambda: pytest.fail("nothing is left")) == 0


def test_match_states_are_made_again_from_the_facts():
    """After a rebuild what was filed is filed, and what waited waits."""
    facts, states = Remembered(), MemoryStates()
    streams = recorded(facts, batch(SOME))
    feeds = [stream for stream in streams if stream.startswith("feed:")]
    matching = live(facts, states)
    matching.handle(stream for stream in streams if stream not in feeds)
    before = (dict(states.items), states.places, set(states.reminded))
    fresh = MemoryStates()
    live(facts, fresh).rebuild()
    waiting = {one for one in before[2] if one.why == WINDOW}
    known = {item for item in fresh.items if not item.startswith("feed:")}
    assert known == set(before[0])
    assert {one for one in fresh.reminded if one.why == WINDOW} >= waiting
    live(facts, fresh).close_windows()
    assert state_of(loaded(facts)) == ENDED


def test_only_what_changes_a_verdict_is_taken():
    """Our own matches come back in the stream of facts, and are passed over."""
    assert concerns("pay:1", ["payment.registered"])
    assert concerns("set:1", ["settlement.allocated", "settlement.repeated"])
    assert concerns("feed:payments:core", ["feed.watermark_advanced"])
    assert concerns("mer:core:M1", ["merchant.registered"])
    assert not concerns("pay:1", ["payment.allocated"])
    assert not concerns("set:1", ["settlement.allocated", "settlement.left_open"])
    assert not concerns("jdg:core", ["judgement.completed"])
