"""What others say of a payment: that it failed, that it is on its way, that it goes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from application.payment_orders import (
    NOTED,
    Order,
)
from application.shown import payment_state
from domain.money import Money
from domain.payment import Expected, PaymentCancelled, PaymentReturnAnnounced
from tests.application.importing_bank import (
    ONE,
    OTHER,
    Bank,
    bank_in,
    cancelled,
    outcome,
    registered,
    reported,
    returned,
    statuses,
)
from tests.application.small_bank import (
    TUESDAY,
    line,
    paid,
    reconcile,
)


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with bank_in(tmp_path) as made:
        yield made


# Cancelling, by hand and by report.


def test_a_cancellation_is_recorded_once(bank: Bank):
    """The next file with the same wish is a repeat."""
    bank.run(registered(1))
    assert outcome(bank.answer(cancelled(1))) == ("accepted", None)
    assert bank.facts.stream(ONE)[1].fact == PaymentCancelled(
        reason="withdrawn", business_date=TUESDAY
    )
    assert outcome(bank.answer(cancelled(1, command_id="x-2"), file=OTHER)) == ("repeated", None)
    other = bank.answer(cancelled(1, reason="another"))
    assert outcome(other) == ("refused", "idempotency-key-reused")


def test_a_payment_with_a_match_is_not_cancelled(bank: Bank):
    """People have to undo the match first."""
    reconcile(bank.facts, [paid(1, 100_00)], [line(1, 100_00, reference="FAC-000001")])
    answer = bank.answer(reported(tx_id="P1"))
    assert outcome(answer) == ("refused", "not-in-this-state")
    assert (answer.words or "").startswith("the payment is matched, undo that first: mat:")
    assert [each.reason for each in bank.waiting()] == ["not-in-this-state"]


@pytest.mark.parametrize(
    "status, reason",
    [("RJCT", "rejected: AC04"), ("CANC", "cancelled by its sender: AC04")],
)
def test_a_rejection_cancels_the_payment_with_its_reason(bank: Bank, status: str, reason: str):
    """On the business day of the report."""
    bank.run(registered(1))
    assert outcome(bank.answer(reported(status, tx_id="P1"))) == ("accepted", None)
    assert bank.facts.stream(ONE)[1].fact == PaymentCancelled(reason=reason, business_date=TUESDAY)


@pytest.mark.parametrize("status", sorted(NOTED))
def test_a_status_on_the_way_is_noted_by_its_name(bank: Bank, status: str):
    """It records nothing, whether the payment is known or not."""
    assert outcome(bank.answer(reported(status, tx_id="P1"))) == ("noted", status)
    assert bank.waiting() == []


def test_a_status_that_nobody_knows_is_set_aside(bank: Bank):
    """It could mean anything."""
    assert outcome(bank.answer(reported("ZZZZ", tx_id="P1"))) == ("refused", "status-unknown")
    assert [each.reason for each in bank.waiting()] == ["status-unknown"]


@pytest.mark.parametrize(
    "ids",
    [
        {"uetr": "P1"},
        {"tx_id": "P1"},
        {"end_to_end_id": "P1"},
        {"end_to_end_id": "E1"},
        {"uetr": "unknown", "tx_id": "unknown", "end_to_end_id": "E1"},
    ],
)
def test_a_payment_is_found_by_any_of_its_ids(bank: Bank, ids: dict[str, str]):
    """By its own id, else by its end-to-end id."""
    bank.run(registered(1, end_to_end_id="E1" if "E1" in ids.values() else None))
    answer = bank.answer(reported(**ids))
    assert (answer.status, answer.payment) == ("accepted", ONE)


def test_a_payment_of_the_same_file_is_found(bank: Bank):
    """A file may bring a payment and its rejection, in this order."""
    some = registered(1, end_to_end_id="E1"), reported(end_to_end_id="E1")
    assert statuses(bank.run(*some)) == ["accepted", "accepted"]
    some = reported(end_to_end_id="E2"), registered(2, end_to_end_id="E2")
    assert statuses(bank.run(*some, file=OTHER)) == ["waiting", "accepted"]


def test_an_end_to_end_id_of_two_payments_names_neither(bank: Bank):
    """Nobody could tell which one failed."""
    bank.run(registered(1, end_to_end_id="E1"), registered(2, end_to_end_id="E1"))
    answer = bank.answer(reported(end_to_end_id="E1"))
    assert outcome(answer) == ("refused", "payment-ambiguous")


def test_ids_that_contradict_each_other_cancel_nothing(bank: Bank):
    """The payment of this id has another end-to-end id."""
    bank.run(registered(1, end_to_end_id="E1"))
    answer = bank.answer(reported(tx_id="P1", end_to_end_id="E2"))
    assert outcome(answer) == ("refused", "contradicts-history")


# Returns.


def test_an_announced_return_is_a_fact_and_moves_no_money(bank: Bank):
    """What is expected, allocated and returned stays as it was until a settlement shows it."""
    bank.run(registered(1))
    assert outcome(bank.answer(returned(30_00, tx_id="P1", return_id="R1"))) == ("accepted", None)
    assert bank.waiting() == []
    assert bank.facts.stream(ONE)[1].fact == PaymentReturnAnnounced(
        announcement_id="R1", amount=Money(30_00, "ARS"), reason="AC04", business_date=TUESDAY
    )
    arrived = line(1, 100_00, reference="FAC-000001"), line(2, -30_00, reference="FAC-000001")
    reconcile(bank.facts, lines=arrived)
    state = payment_state(bank.facts.stream(ONE))
    assert isinstance(state, Expected)
    assert (state.open_minor, state.returned_minor, state.announced_minor) == (0, 30_00, 30_00)


def test_a_return_that_is_announced_again_is_known_by_its_own_id(bank: Bank):
    """In another message, under another command; without one, by that of its command."""
    bank.run(registered(1))
    bank.answer(returned(30_00, tx_id="P1", return_id="R1"))
    again = returned(30_00, tx_id="P1", return_id="R1", command_id="t-2")
    assert outcome(bank.answer(again, file=OTHER)) == ("repeated", None)
    other = returned(40_00, tx_id="P1", return_id="R1", command_id="t-3")
    assert outcome(bank.answer(other, file=OTHER)) == ("refused", "contradicts-history")
    nameless = returned(30_00, tx_id="P1", command_id="t-4")
    assert outcome(bank.answer(nameless, file=OTHER)) == ("accepted", None)


def test_announced_returns_exceed_no_payment_together(bank: Bank):
    """Two of sixty are more than a hundred."""
    bank.run(registered(1))
    bank.answer(returned(60_00, tx_id="P1"))
    second = returned(60_00, tx_id="P1", command_id="t-2")
    assert outcome(bank.answer(second, file=OTHER)) == ("refused", "return-exceeds-payment")


@pytest.mark.parametrize(
    "said, reason",
    [
        (returned(100_01, tx_id="P1"), "return-exceeds-payment"),
        (returned(1, "USD", tx_id="P1"), "return-exceeds-payment"),
        (returned(1, tx_id="P2"), "not-in-this-state"),
        (returned(1, tx_id="P3"), "waiting-for-payment"),
    ],
)
def test_a_return_that_cannot_be_is_set_aside(bank: Bank, said: Order, reason: str):
    """More than was paid, another currency, of a payment that never came, of an unknown one."""
    bank.run(registered(1), registered(2), cancelled(2))
    assert bank.answer(said, file=OTHER).reason == reason
    assert [each.reason for each in bank.waiting()] == [reason]
