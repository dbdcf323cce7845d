"""A line that its source declared void settles nothing, ever again."""

from typing import Any

import pytest

from domain import settlement as s
from tests.domain.controls import LINE, OTHER, TUESDAY, WEDNESDAY, allocated, row, terms
from tests.domain.spec import fold, given

CANCELLED = s.SettlementCancelled(reason="booked in error", business_date=WEDNESDAY)
VOID = s.SettlementIsCancelled(settlement_id="S1", since=WEDNESDAY)
MATCH = allocated(terms(100_00))
DUPLICATE = s.SettlementMarkedDuplicate(of=OTHER, rule="U2")
OPEN = s.SettlementLeftOpen(
    reason="unexpected", rule="8", candidates=(), candidates_total=0, candidates_hash="cd" * 32
)


def test_with_its_reason_and_day():
    """A cancellation keeps why, and since when the line is void."""
    (
        given(s.evolve, LINE)
        .when(s.cancel, reason="booked in error", business_date=WEDNESDAY)
        .then(CANCELLED)
    )


def test_once():
    """A cancelled line stays as it is, whatever the second reason."""
    given(s.evolve, LINE, CANCELLED).when(s.cancel, reason="x", business_date=TUESDAY).then()


def test_never_before_it_is_recorded():
    """What was never delivered cannot be withdrawn."""
    (
        given(s.evolve)
        .when(s.cancel, reason="x", business_date=TUESDAY)
        .refuses(s.SettlementUnknown())
    )


def test_not_while_it_is_matched():
    """The match is released first, and the refusal names it."""
    (
        given(s.evolve, LINE, MATCH)
        .when(s.cancel, reason="x", business_date=TUESDAY)
        .refuses(s.SettlementIsMatched(settlement_id="S1", match_id=MATCH.match_id))
    )


def test_even_when_it_was_open_or_a_duplicate():
    """A void line is nothing else: neither open for a reason nor a repeat of another."""
    for before in (OPEN, DUPLICATE):
        state = fold(s.evolve, (LINE, before, CANCELLED))
        assert state is not None
        assert (state.left_open, state.duplicate_of, state.cancelled) == (None, None, CANCELLED)


@pytest.mark.parametrize(
    "decision, arguments",
    [
        (s.allocate, {"stream": OTHER, "lines_minor": 100_00, "terms": terms(100_00)}),
        (s.join, {"match_id": "mat:x:1", "home": OTHER}),
        (s.leave_open, {"verdict": OPEN}),
        (s.mark_duplicate, {"of": OTHER, "rule": "U2"}),
    ],
)
def test_and_then_takes_part_in_no_decision(decision: Any, arguments: dict[str, Any]):
    """A void line is not matched, nor left open, nor found to repeat another."""
    given(s.evolve, LINE, CANCELLED).when(decision, **arguments).refuses(VOID)


def test_and_then_ends_no_match_it_is_not_in():
    """Releasing, clearing and contradicting what is not there is nothing new."""
    void = given(s.evolve, LINE, CANCELLED)
    void.when(s.release, match_id="mat:x:1", reason="x").then()
    void.when(s.clear_duplicate, reason="x").then()
    void.when(s.contradict, match_id="mat:x:1", reason="E10", against=()).then()


def test_and_may_still_be_delivered_again():
    """A repeated delivery of a void entry is noted; it makes it no less void."""
    again = row(2, 100_00)
    state = given(s.evolve, LINE, CANCELLED).when(s.record, line=again)
    assert state.facts is not None
    assert [type(fact) for fact in state.facts] == [s.SettlementRepeated]
