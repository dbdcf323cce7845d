"""A payment is cancelled while no match stands on it."""

from domain import payment as p
from tests.domain.controls import REGISTERED, TUESDAY, WEDNESDAY, paid, returned
from tests.domain.spec import given

CANCELLED = p.PaymentCancelled(reason="expired", business_date=TUESDAY)


def test_while_it_is_only_expected():
    """A payment that nothing was matched with is no longer expected."""
    (
        given(p.evolve, REGISTERED)
        .when(p.cancel, reason="expired", business_date=TUESDAY)
        .then(CANCELLED)
    )


def test_not_twice():
    """A cancelled payment stays as it is, whatever the second reason and day."""
    (
        given(p.evolve, REGISTERED, CANCELLED)
        .when(p.cancel, reason="duplicate", business_date=WEDNESDAY)
        .then()
    )


def test_after_its_match_was_released():
    """What was unmatched may be cancelled."""
    released = p.PaymentAllocationReleased(match_id="m1", reason="unmatched")
    (
        given(p.evolve, REGISTERED, paid(100_00), released)
        .when(p.cancel, reason="expired", business_date=TUESDAY)
        .then(CANCELLED)
    )


def test_refused_while_a_match_stands_on_it():
    """Matches that allocate to the payment or took money back are named, to be released first."""
    (
        given(p.evolve, REGISTERED, paid(100_00), returned(1))
        .when(p.cancel, reason="expired", business_date=TUESDAY)
        .refuses(p.PaymentHasAllocations(payment_id="P1", matches=("m1", "r1")))
    )


def test_refused_when_it_was_never_registered():
    """An unknown payment cannot be cancelled."""
    (
        given(p.evolve)
        .when(p.cancel, reason="expired", business_date=TUESDAY)
        .refuses(p.PaymentUnknown())
    )
