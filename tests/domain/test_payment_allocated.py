"""Money is allocated to a payment within what is open, and only what was allocated is released."""

import pytest

from domain import payment as p
from domain.money import Money
from tests.domain.controls import HOME, OTHER, REGISTERED, TUESDAY, ars, paid
from tests.domain.spec import given

RELEASED = p.PaymentAllocationReleased(match_id="m1", reason="unmatched")
CANCELLED = p.PaymentCancelled(reason="expired", business_date=TUESDAY)


def test_in_full():
    """A payment takes its whole amount from one match."""
    (
        given(p.evolve, REGISTERED)
        .when(p.allocate, match_id="m1", amount=ars(100_00), settlements=(HOME,))
        .then(paid(100_00))
    )


def test_in_part_after_another_part():
    """What is still open may come with another match."""
    (
        given(p.evolve, REGISTERED, paid(60_00))
        .when(p.allocate, match_id="m2", amount=ars(40_00), settlements=(HOME,))
        .then(paid(40_00, match_id="m2"))
    )


def test_not_twice_for_one_match():
    """The allocation of a match, repeated, is nothing new, even when nothing is open any more."""
    (
        given(p.evolve, REGISTERED, paid(100_00))
        .when(p.allocate, match_id="m1", amount=ars(100_00), settlements=(HOME,))
        .then()
    )


@pytest.mark.parametrize("minor", [40_01, 0, -1])
def test_refused_beyond_what_is_open(minor: int):
    """More than what is open, nothing and less than nothing are refused, with what was open."""
    (
        given(p.evolve, REGISTERED, paid(60_00))
        .when(p.allocate, match_id="m2", amount=ars(minor), settlements=(HOME,))
        .refuses(p.AllocationExceedsPayment(payment_id="P1", amount=ars(minor), open_minor=40_00))
    )


def test_refused_in_another_currency():
    """An allocation is in the payment's own currency."""
    dollars = Money(1, "USD")
    (
        given(p.evolve, REGISTERED)
        .when(p.allocate, match_id="m1", amount=dollars, settlements=(HOME,))
        .refuses(p.AllocationExceedsPayment(payment_id="P1", amount=dollars, open_minor=100_00))
    )


@pytest.mark.parametrize("minor, settlement", [(59_99, HOME), (60_00, OTHER)])
def test_refused_when_the_match_id_stands_for_something_else(minor: int, settlement: str):
    """The same match with another amount or another line is a contradiction, never a repeat."""
    (
        given(p.evolve, REGISTERED, paid(60_00))
        .when(p.allocate, match_id="m1", amount=ars(minor), settlements=(settlement,))
        .refuses(p.MatchIdReused(match_id="m1"))
    )


def test_refused_to_a_payment_that_nobody_expects():
    """An unknown payment and a cancelled one take nothing."""
    wanted = {"match_id": "m1", "amount": ars(1), "settlements": (HOME,)}
    given(p.evolve).when(p.allocate, **wanted).refuses(p.PaymentUnknown())
    (
        given(p.evolve, REGISTERED, CANCELLED)
        .when(p.allocate, **wanted)
        .refuses(p.PaymentIsCancelled(payment_id="P1", since=TUESDAY))
    )


def test_released_by_its_match_id():
    """An allocation is taken back by a fact that says why."""
    (
        given(p.evolve, REGISTERED, paid(60_00))
        .when(p.release, match_id="m1", reason="unmatched")
        .then(RELEASED)
    )


def test_released_and_open_again():
    """What was released is open for another match."""
    (
        given(p.evolve, REGISTERED, paid(100_00), RELEASED)
        .when(p.allocate, match_id="m2", amount=ars(100_00), settlements=(HOME,))
        .then(paid(100_00, match_id="m2"))
    )


def test_not_released_where_nothing_was_allocated():
    """Releasing a match that is not there is nothing new, before and after a cancellation."""
    given(p.evolve, REGISTERED).when(p.release, match_id="m1", reason="unmatched").then()
    (
        given(p.evolve, REGISTERED, paid(1), RELEASED, CANCELLED)
        .when(p.release, match_id="m1", reason="unmatched")
        .then()
    )


def test_release_refused_for_an_unknown_payment():
    """Nothing can be released of a payment that was never registered."""
    given(p.evolve).when(p.release, match_id="m1", reason="x").refuses(p.PaymentUnknown())
