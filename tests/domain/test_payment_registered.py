"""A payment is expected once, however often and however written its registration comes."""

from dataclasses import replace

import pytest

from domain import payment as p
from domain.facts import personal_fields
from tests.domain.controls import REGISTERED, TUESDAY, ars
from tests.domain.spec import given


def test_when_nothing_stands_under_its_id():
    """A first registration is recorded as it is."""
    given(p.evolve).when(p.register, registration=REGISTERED).then(REGISTERED)


def test_not_twice():
    """The same registration again is nothing new."""
    given(p.evolve, REGISTERED).when(p.register, registration=REGISTERED).then()


def test_not_when_it_is_only_delivered_again():
    """The time of receipt says something of the delivery: another one is no contradiction."""
    later = replace(REGISTERED, received_at="2026-03-05T00:00:00Z")
    given(p.evolve, REGISTERED).when(p.register, registration=later).then()


@pytest.mark.parametrize(
    "same", ["2026-03-03T01:30:00Z", "2026-03-02T20:30:00-05:00", "2026-03-02T22:30-03:00"]
)
def test_not_when_the_same_instant_is_written_in_another_zone(same: str):
    """One instant is one instant, whichever offset its source wrote it with."""
    elsewhere = replace(REGISTERED, created_at=same)
    given(p.evolve, REGISTERED).when(p.register, registration=elsewhere).then()


def test_not_after_its_cancellation():
    """A cancelled payment that is registered again, late, stays cancelled."""
    cancelled = p.PaymentCancelled(reason="expired", business_date=TUESDAY)
    given(p.evolve, REGISTERED, cancelled).when(p.register, registration=REGISTERED).then()


def test_not_when_what_is_personal_was_shredded():
    """What reads as None may have been shredded: told again, it contradicts nothing."""
    shredded = replace(REGISTERED, **dict.fromkeys(personal_fields(p.PaymentRegistered)))
    given(p.evolve, shredded).when(p.register, registration=REGISTERED).then()


def test_refused_when_a_payer_that_is_known_is_left_out():
    """Something personal that is known is compared like everything else."""
    (
        given(p.evolve, REGISTERED)
        .when(p.register, registration=replace(REGISTERED, payer_name=None))
        .refuses(p.PaymentIdReused(payment_id="P1", fields=("payer_name",)))
    )


def test_refused_when_the_id_has_another_amount():
    """The same id with other content is a contradiction, and the refusal names what differs."""
    (
        given(p.evolve, REGISTERED)
        .when(p.register, registration=replace(REGISTERED, amount=ars(1), reference=None))
        .refuses(p.PaymentIdReused(payment_id="P1", fields=("amount", "reference")))
    )


def test_refused_when_it_was_created_at_another_instant():
    """A second later is another payment, though it be the same day."""
    (
        given(p.evolve, REGISTERED)
        .when(p.register, registration=replace(REGISTERED, created_at="2026-03-02T22:30:01-03:00"))
        .refuses(p.PaymentIdReused(payment_id="P1", fields=("created_at",)))
    )


def test_refused_without_blaming_a_zone_that_is_only_written_differently():
    """What differs is named, and the same instant in another zone does not differ."""
    other = replace(REGISTERED, created_at="2026-03-03T01:30:00Z", merchant_id="M2")
    (
        given(p.evolve, REGISTERED)
        .when(p.register, registration=other)
        .refuses(p.PaymentIdReused(payment_id="P1", fields=("merchant_id",)))
    )


def test_under_a_stream_named_by_its_source_and_its_id():
    """Two sources may use one id; a repeated registration meets itself."""
    assert p.stream_of(source="core", payment_id="P1") == "pay:core:P1"
