"""What goes back of a payment stays within its amount, and can be found not to belong to it."""

from dataclasses import replace

import pytest

from domain import payment as p
from domain.money import Money
from tests.domain.controls import OTHER, REGISTERED, TUESDAY, ars, paid, returned
from tests.domain.spec import given

RELEASED = p.PaymentReturnReleased(match_id="r1", reason="contradicted")
CANCELLED = p.PaymentCancelled(reason="expired", business_date=TUESDAY)


@pytest.mark.parametrize("kind", ["reversal", "refund", "chargeback"])
def test_as_whatever_kind_the_line_is(kind: p.ReturnKind):
    """Reversals, refunds and chargebacks are noted alike, as positive amounts."""
    (
        given(p.evolve, REGISTERED, paid(100_00))
        .when(p.record_return, match_id="r1", kind=kind, amount=ars(30_00), settlement=OTHER)
        .then(returned(30_00, kind=kind))
    )


def test_again_as_far_as_the_amount_reaches():
    """Several partial returns may come, until nothing is left."""
    (
        given(p.evolve, REGISTERED, paid(100_00), returned(30_00))
        .when(p.record_return, match_id="r2", kind="refund", amount=ars(70_00), settlement=OTHER)
        .then(returned(70_00, match_id="r2"))
    )


def test_not_twice_for_one_match():
    """The same return again is nothing new."""
    (
        given(p.evolve, REGISTERED, returned(100_00))
        .when(p.record_return, match_id="r1", kind="refund", amount=ars(100_00), settlement=OTHER)
        .then()
    )


@pytest.mark.parametrize("amount", [ars(70_01), ars(0), ars(-1), Money(1, "USD")])
def test_refused_beyond_what_is_left(amount: Money):
    """What exceeds the payment, is not positive or has another currency is refused."""
    (
        given(p.evolve, REGISTERED, returned(30_00))
        .when(p.record_return, match_id="r2", kind="refund", amount=amount, settlement=OTHER)
        .refuses(p.ReturnExceedsPayment(payment_id="P1", amount=amount, left_minor=70_00))
    )


def test_refused_when_the_match_id_stands_for_another_return():
    """The same match as another kind of return is a contradiction."""
    (
        given(p.evolve, REGISTERED, returned(30_00))
        .when(
            p.record_return, match_id="r1", kind="chargeback", amount=ars(30_00), settlement=OTHER
        )
        .refuses(p.MatchIdReused(match_id="r1"))
    )


def test_refused_for_a_payment_that_nobody_expects():
    """An unknown payment and a cancelled one give nothing back."""
    wanted = {"match_id": "r1", "kind": "refund", "amount": ars(1), "settlement": OTHER}
    given(p.evolve).when(p.record_return, **wanted).refuses(p.PaymentUnknown())
    (
        given(p.evolve, REGISTERED, CANCELLED)
        .when(p.record_return, **wanted)
        .refuses(p.PaymentIsCancelled(payment_id="P1", since=TUESDAY))
    )


def test_released_by_its_match_id():
    """A return that belongs to another payment is taken back, once."""
    (
        given(p.evolve, REGISTERED, returned(30_00))
        .when(p.release_return, match_id="r1", reason="contradicted")
        .then(RELEASED)
    )


def test_not_released_where_nothing_went_back():
    """Releasing a return that is not there is nothing new, before and after a cancellation."""
    given(p.evolve, REGISTERED).when(p.release_return, match_id="r1", reason="x").then()
    (
        given(p.evolve, REGISTERED, returned(1), RELEASED, CANCELLED)
        .when(p.release_return, match_id="r1", reason="contradicted")
        .then()
    )


ANNOUNCED = p.PaymentReturnAnnounced(
    announcement_id="R1", amount=ars(30_00), reason="AC04", business_date=TUESDAY
)


def test_an_announcement_is_noted_once_and_takes_nothing_from_what_may_return():
    """Money moves by a settlement alone: all of the payment may still go back by one."""
    (
        given(p.evolve, REGISTERED, paid(100_00))
        .when(p.announce_return, announcement=ANNOUNCED)
        .then(ANNOUNCED)
    )
    (
        given(p.evolve, REGISTERED, paid(100_00), ANNOUNCED)
        .when(p.announce_return, announcement=ANNOUNCED)
        .then()
    )
    (
        given(p.evolve, REGISTERED, paid(100_00), ANNOUNCED)
        .when(p.record_return, match_id="r1", kind="refund", amount=ars(100_00), settlement=OTHER)
        .then(returned(100_00))
    )


@pytest.mark.parametrize("amount", [ars(70_01), ars(0), ars(-1), Money(1, "USD")])
def test_announcements_stay_within_the_payment(amount: Money):
    """What would exceed it together, is not positive or has another currency is refused."""
    other = replace(ANNOUNCED, announcement_id="R2", amount=amount)
    (
        given(p.evolve, REGISTERED, ANNOUNCED)
        .when(p.announce_return, announcement=other)
        .refuses(p.ReturnExceedsPayment(payment_id="P1", amount=amount, left_minor=70_00))
    )


def test_an_announcement_is_refused_under_a_used_id_and_for_a_cancelled_payment():
    """The id stands for one return; of a cancelled payment nothing came that could go back."""
    (
        given(p.evolve, REGISTERED, ANNOUNCED)
        .when(p.announce_return, announcement=replace(ANNOUNCED, amount=ars(1)))
        .refuses(p.AnnouncementIdReused(payment_id="P1", announcement_id="R1"))
    )
    (
        given(p.evolve, REGISTERED, CANCELLED)
        .when(p.announce_return, announcement=ANNOUNCED)
        .refuses(p.PaymentIsCancelled(payment_id="P1", since=TUESDAY))
    )
