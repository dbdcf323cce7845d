"""A match, a payment and a line are taken back whole, once, and stay taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from adapters.sqlite_facts import SqliteFactStore
from application.lookup import target_of
from application.ports import Commit, Move, VersionConflict
from application.undoing import (
    REASON_LENGTH_MAX,
    MatchIsReleased,
    MatchUnknown,
    Order,
    Undone,
    cancel_payment,
    cancel_settlement,
    unmatch,
)
from domain.errors import BadValue
from domain.facts import Recorded
from domain.payment import PaymentHasAllocations, PaymentUnknown
from domain.settlement import SettlementIsMatched, SettlementUnknown
from tests.application.small_bank import (
    LINES,
    ORDER,
    PAYMENTS,
    judge_again,
    line,
    opened,
    paid,
    reconcile,
    rival,
    stream_of,
)

MATCH_1 = f"mat:{stream_of(1).removeprefix('set:')}:1"
P1 = target_of("pay:core:P1")
S1 = target_of(stream_of(1))


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[SqliteFactStore]:
    with opened(tmp_path) as store:
        yield store


def the_match_of(facts: SqliteFactStore, payment: str) -> str | None:
    found = [
        getattr(one.fact, "match_id", None)
        for one in facts.stream(payment)
        if one.fact.TOPIC == "payment.allocated"
    ]
    return found[-1] if found else None


def last_topic(facts: SqliteFactStore, stream: str) -> str:
    return facts.stream(stream)[-1].fact.TOPIC


# A match.


def test_a_match_is_released_from_all_its_items_at_once(facts: SqliteFactStore):
    """One append releases every line and payment, on the person's word and the person's day."""
    reconcile(facts, PAYMENTS, LINES)
    match_id = the_match_of(facts, "pay:core:P6")
    assert match_id is not None

    undone = unmatch(facts, match_id=match_id, order=ORDER)

    assert undone.is_new
    assert set(undone.streams) == {stream_of(6), stream_of(7), "pay:core:P6"}
    assert {one.stream for one in undone.recorded} == set(undone.streams)
    assert len({one.recorded_at_ms for one in undone.recorded}) == 1
    first = undone.recorded[0]
    assert first.business_time == ORDER.business_date.isoformat()
    assert (first.context.actor, first.context.authority) == ("ana", "operator")
    assert [getattr(one.fact, "cause", "person") for one in undone.recorded] == ["person"] * 3


def test_a_released_match_is_not_proposed_again(facts: SqliteFactStore):
    """Judged again, the pair stays apart, for a person said so."""
    reconcile(facts, PAYMENTS, LINES)
    unmatch(facts, match_id=MATCH_1, order=ORDER)

    outcome = judge_again(facts)

    assert MATCH_1 not in outcome.registry.matches
    left = facts.stream(stream_of(1))[-1].fact
    assert left.TOPIC == "settlement.left_open"
    assert "D" in next(
        one.contradictions for one in getattr(left, "candidates", ()) if one.payment == P1.id
    )


def test_a_return_is_released_too(facts: SqliteFactStore):
    """A refund that is undone leaves its payment settled, with nothing gone back."""
    reconcile(facts, PAYMENTS, LINES)
    refund = f"mat:{stream_of(8).removeprefix('set:')}:1"

    undone = unmatch(facts, match_id=refund, order=ORDER)

    topics = {one.fact.TOPIC for one in undone.recorded}
    assert topics == {"settlement.allocation_released", "payment.return_released"}


def test_a_match_is_released_once(facts: SqliteFactStore):
    """Asked again it records nothing, and names the fact that had said so."""
    reconcile(facts, PAYMENTS, LINES)
    first = unmatch(facts, match_id=MATCH_1, order=ORDER)
    head = facts.head()

    again = unmatch(facts, match_id=MATCH_1, order=replace(ORDER, actor="luis", reason="again"))

    assert (again.is_new, facts.head()) == (False, head)
    assert again.earlier == first.recorded[0].fact_id


def test_an_unknown_match_is_refused(facts: SqliteFactStore):
    """Neither a match of a known line nor one of no line can be undone where it never stood."""
    reconcile(facts, PAYMENTS, LINES)
    for unknown in (MATCH_1[:-1] + "9", "mat:nowhere:1", "nonsense"):
        with pytest.raises(MatchUnknown) as refused:
            unmatch(facts, match_id=unknown, order=ORDER)
        assert refused.value == MatchUnknown(match_id=unknown)


def test_a_match_that_a_contradiction_ended_is_refused(facts: SqliteFactStore):
    """What fell by itself cannot be undone by a person: the refusal names the fact."""
    reconcile(facts, PAYMENTS, LINES)
    reconcile(facts, [], [rival(20)])

    with pytest.raises(MatchIsReleased) as refused:
        unmatch(facts, match_id=MATCH_1, order=ORDER)

    assert refused.value.cause == "contradiction"
    assert refused.value.by.startswith(f"{stream_of(1)}@")


def test_only_the_streams_concerned_are_read(facts: SqliteFactStore):
    """An undoing never reads the whole store."""
    reconcile(facts, PAYMENTS, LINES)
    watched = Watched(facts)
    unmatch(watched, match_id=MATCH_1, order=ORDER)
    cancel_payment(watched, target=target_of("pay:core:P7"), order=ORDER)
    assert watched.scans == 0


def test_it_is_decided_afresh_when_somebody_wrote_meanwhile(facts: SqliteFactStore):
    """A conflicting write is met by deciding again on what it left."""
    reconcile(facts, PAYMENTS, LINES)
    contended = Contended(facts)
    assert unmatch(contended, match_id=MATCH_1, order=ORDER).is_new
    assert contended.refused == 1


def test_a_conflict_that_does_not_end_is_passed_on(facts: SqliteFactStore):
    """After some attempts the conflict itself is the answer."""
    reconcile(facts, PAYMENTS, LINES)
    with pytest.raises(VersionConflict):
        unmatch(Contended(facts, times=99), match_id=MATCH_1, order=ORDER)


# Who, and why.


@pytest.mark.parametrize(
    "changes, refusal",
    [
        ({"reason": "  "}, BadValue(field="reason", reason="missing")),
        ({"reason": "x" * (REASON_LENGTH_MAX + 1)}, BadValue(field="reason", reason="too-large")),
        ({"actor": ""}, BadValue(field="actor", reason="missing")),
    ],
)
def test_an_order_says_who_and_why(changes: dict[str, str], refusal: BadValue):
    """Nothing is taken back by nobody, or for no reason."""
    told = {"actor": "ana", "reason": "wrong", **changes}
    with pytest.raises(BadValue) as refused:
        Order(business_date=date(2026, 3, 4), correlation_id="c", **told)
    assert refused.value == refusal


# A payment.


def test_a_payment_is_cancelled_and_frees_what_it_kept_apart(facts: SqliteFactStore):
    """Of two payments that could be meant one is cancelled: the line finds the other."""
    reconcile(facts, PAYMENTS, LINES)
    assert the_match_of(facts, "pay:core:P8") is None

    undone = cancel_payment(facts, target=target_of("pay:core:P9"), order=ORDER)
    judge_again(facts)

    assert [one.fact.TOPIC for one in undone.recorded] == ["payment.cancelled"]
    assert undone.recorded[0].business_time == "2026-03-04"
    assert the_match_of(facts, "pay:core:P8") is not None


def test_a_matched_payment_is_not_cancelled(facts: SqliteFactStore):
    """The refusal names every match that stands on it, returns included."""
    reconcile(facts, PAYMENTS, LINES)
    refund = f"mat:{stream_of(8).removeprefix('set:')}:1"
    with pytest.raises(PaymentHasAllocations) as refused:
        cancel_payment(facts, target=P1, order=ORDER)
    assert refused.value == PaymentHasAllocations(payment_id="P1", matches=(MATCH_1, refund))


def test_a_payment_is_cancelled_once(facts: SqliteFactStore):
    """Asked again it records nothing, and names the fact that had said so."""
    reconcile(facts, [paid(1, 1_00)], [])
    first = cancel_payment(facts, target=P1, order=ORDER)
    assert_repeat(cancel_payment(facts, target=P1, order=ORDER), first)


def test_an_unknown_payment_is_refused(facts: SqliteFactStore):
    """What was never expected cannot be cancelled."""
    with pytest.raises(PaymentUnknown):
        cancel_payment(facts, target=target_of("pay:core:P99"), order=ORDER)


# A line.


def test_a_void_line_frees_what_it_kept_apart(facts: SqliteFactStore):
    """Of two lines that could pay one payment one is declared void: the other pays it."""
    reconcile(facts, [paid(1, 50_00)], [line(1, 50_00), line(2, 50_00)])
    assert the_match_of(facts, "pay:core:P1") is None

    cancel_settlement(facts, target=target_of(stream_of(2)), order=ORDER)
    judge_again(facts)

    assert the_match_of(facts, "pay:core:P1") == MATCH_1
    assert last_topic(facts, stream_of(2)) == "settlement.cancelled"


def test_a_void_line_stays_void_when_it_is_delivered_again(facts: SqliteFactStore):
    """A second delivery of its statement, under new ids of the bank, settles nothing either."""
    reconcile(facts, [], [line(1, 50_00), line(2, 9_00)])
    cancel_settlement(facts, target=S1, order=ORDER)
    later = {"statement_id": "ST2", "received_at": "2026-03-05T06:00:00-03:00"}
    copies = [line(3, 50_00, **later), line(4, 9_00, **later)]

    outcome = reconcile(facts, [paid(1, 50_00)], copies)

    copied = outcome.registry.settlement(stream_of(3))
    assert copied is not None
    assert copied.duplicate_of == stream_of(1)
    assert outcome.registry.matches == {}


def test_a_void_line_is_not_matched_by_a_later_payment(facts: SqliteFactStore):
    """A payment that shows the void line's own reference stays open."""
    reconcile(facts, [], [line(1, 50_00, reference="FAC-000001")])
    cancel_settlement(facts, target=S1, order=ORDER)
    outcome = reconcile(facts, [paid(1, 50_00)], [])
    assert outcome.registry.matches == {}
    assert last_topic(facts, stream_of(1)) == "settlement.cancelled"


def test_a_matched_line_is_not_declared_void(facts: SqliteFactStore):
    """The refusal names the match that has to go first."""
    reconcile(facts, PAYMENTS, LINES)
    with pytest.raises(SettlementIsMatched) as refused:
        cancel_settlement(facts, target=S1, order=ORDER)
    assert refused.value == SettlementIsMatched(settlement_id="S1", match_id=MATCH_1)


def test_a_line_is_declared_void_once(facts: SqliteFactStore):
    """Asked again it records nothing, and names the fact that had said so."""
    reconcile(facts, [], [line(1, 50_00)])
    first = cancel_settlement(facts, target=S1, order=ORDER)
    assert_repeat(cancel_settlement(facts, target=S1, order=ORDER), first)


def test_an_unknown_line_is_refused(facts: SqliteFactStore):
    """What was never delivered cannot be void."""
    with pytest.raises(SettlementUnknown):
        cancel_settlement(facts, target=target_of(stream_of(99)), order=ORDER)


def test_judging_again_after_each_undoing_comes_to_rest(facts: SqliteFactStore):
    """Once what changed was judged, judging again finds nothing to do."""
    reconcile(facts, PAYMENTS, LINES)
    unmatch(facts, match_id=MATCH_1, order=ORDER)
    cancel_settlement(facts, target=S1, order=ORDER)
    cancel_payment(facts, target=target_of("pay:core:P9"), order=ORDER)
    judge_again(facts)
    assert judge_again(facts).recorded == 0


# Helpers.


def assert_repeat(again: Undone, first: Undone) -> None:
    assert again.recorded == ()
    assert again.earlier == first.recorded[0].fact_id
    assert again.id == first.id


class Watched:
    """A store that counts how often it is read as a whole."""

    def __init__(self, facts: SqliteFactStore) -> None:
        self._facts = facts
        self.scans = 0
        self.append, self.stream = facts.append, facts.stream
        self.streams, self.head = facts.streams, facts.head
        self.commits_max, self.numbers_at_once = facts.commits_max, facts.numbers_at_once

    def written(self, *, sealed: bool = False) -> Iterator[Move]:
        self.scans += 1
        return self._facts.written(sealed=sealed)

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        self.scans += 1
        return self._facts.facts(after=after, sealed=sealed)


class Contended(Watched):
    """A store whose first appends meet somebody else's."""

    def __init__(self, facts: SqliteFactStore, *, times: int = 1) -> None:
        super().__init__(facts)
        self._times = times
        self.refused = 0
        self.append = self._append

    def _append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        if self.refused < self._times:
            self.refused += 1
            raise VersionConflict(
                stream=commits[0].stream, expected_version=commits[0].expected_version
            )
        return self._facts.append(commits)
