"""Net of a schedule: a payout of several versions, and one payment by itself (F1, F2, stage 4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.fees import Schedule
from domain.matching.items import PaymentItem
from tests.domain.matching.netting import ONE, OPEN, TWO, net
from tests.domain.matching.table import (
    PAYER,
    SCHEDULE,
    card,
    classes,
    day,
    judge,
    line,
    merchant,
    payment,
    payout,
    posted,
    reference_data,
)

# The schedules of F2.

NEW = Schedule(date(2026, 3, 3), 120, 2100, 300, 0, 50)
TWO_SCHEDULES = {
    rounding: reference_data(
        merchant(
            "M1", schedules=(SCHEDULE, NEW), fee_rounding=rounding, payout_schedule="weekly:fri"
        )
    )
    for rounding in ("item", "batch")
}
OF_A_WEEK = [
    card("P1", ONE, created=day(2), expected=day(6)),
    card("P2", TWO, created=day(2), expected=day(6)),
    card("P3", ONE + 5, created=day(3), expected=day(6)),
    card("P4", TWO + 8, created=day(4), expected=day(6)),
]
MIXED = {
    "item": net(ONE) + net(TWO) + net(ONE + 5, NEW) + net(TWO + 8, NEW),
    "batch": net(ONE + TWO) + net(ONE + TWO + 13, NEW),
}
WRONG = {
    "all by the first": net(2 * (ONE + TWO) + 13),
    "all by the last": net(2 * (ONE + TWO) + 13, NEW),
    "by the payout's day": sum(net(one.amount, NEW) for one in OF_A_WEEK),
}


@pytest.mark.parametrize("rounding", ["item", "batch"])
def test_a_payout_mixes_two_schedules(rounding: str):
    """F1 and F2: by the local day of each payment, one sub-total for each version."""
    line_of_friday = payout("L1", MIXED[rounding], value=day(6))
    found = posted(*OF_A_WEEK, line_of_friday, reference=TWO_SCHEDULES[rounding])
    assert found == {"L1 = P1 P2 P3 P4"}


def test_item_and_batch_differ_on_two_schedules():
    """F1: the other rounding's amount is no match, so the test above can fail."""
    other = payout("L1", MIXED["item"], value=day(6))
    assert posted(*OF_A_WEEK, other, reference=TWO_SCHEDULES["batch"]) == OPEN


@pytest.mark.parametrize("rounding", ["item", "batch"])
@pytest.mark.parametrize("amount", WRONG.values(), ids=WRONG)
def test_one_schedule_for_all_is_wrong(rounding: str, amount: int):
    """F2: not the flat rates, not the last schedule, not that of the value day."""
    line_of_friday = payout("L1", amount, value=day(6))
    assert posted(*OF_A_WEEK, line_of_friday, reference=TWO_SCHEDULES[rounding]) == OPEN


def test_a_schedule_is_in_force_from_its_day_on():
    """F2: effective_from ≤ local creation day."""
    known = TWO_SCHEDULES["item"]
    eve, first = (card("P1", ONE, created=day(n), expected=day(6)) for n in (2, 3))
    assert posted(eve, payout("L1", net(ONE), value=day(6)), reference=known) == {"L1 = P1"}
    assert posted(first, payout("L1", net(ONE, NEW), value=day(6)), reference=known) == {"L1 = P1"}


def test_a_payment_before_the_first_schedule_has_no_net():
    """F2: nothing is in force, so nothing is derived, and nothing breaks."""
    known = reference_data(merchant("M1", schedules=(NEW,)))
    one = card("P1", ONE, created=day(2))
    assert posted(one, payout("L1", net(ONE, NEW)), reference=known) == OPEN


# Stage 4: one payment net of its schedule


def test_identity_explains_a_net_amount():
    """Stage 4: the reference holds, and the amount is the payment's net of its schedule."""
    one = payment(amount=ONE, reference="ORD-000111")
    found = classes(one, line(amount=net(ONE), reference="ORD-000111"))
    assert found == {"L1 = P1": "I identity-net@1"}


def test_a_net_amount_is_exact():
    """Stage 4: an unexplained remainder is a proposal, never a match."""
    one = payment(amount=ONE, reference="ORD-000111")
    assert posted(one, line(amount=net(ONE) - 1, reference="ORD-000111")) == OPEN


def test_a_payer_id_does_not_explain_a_net_amount():
    """X6: the schedule is for identity and groups."""
    one = payment(amount=ONE, account=PAYER)
    assert posted(one, line(amount=net(ONE), counterparty_account=PAYER)) == OPEN


def test_a_net_amount_is_of_the_schedule_in_force():
    """F2 and stage 4: by the payment's local creation day."""
    known = TWO_SCHEDULES["item"]
    one = payment(amount=ONE, reference="ORD-000111", created=day(3))
    shown = {"reference": "ORD-000111", "value": day(4)}
    assert posted(one, line(amount=net(ONE, NEW), **shown), reference=known) == {"L1 = P1"}
    assert posted(one, line(amount=net(ONE), **shown), reference=known) == OPEN


def test_a_merchant_that_is_not_known_has_no_schedule():
    """F2: nothing is derived for it, and nothing breaks."""
    one = replace_merchant(payment(amount=ONE, reference="ORD-000111"))
    assert posted(one, line(amount=net(ONE), reference="ORD-000111")) == OPEN
    assert posted(replace_merchant(card("P1", ONE)), payout("L1", net(ONE), merchant="M9")) == OPEN


def replace_merchant(one: PaymentItem) -> PaymentItem:
    return payment(one.id, one.amount, merchant="M9", method=one.method, reference=one.reference)


def test_the_schedule_stands_in_the_proof():
    """Section 9: with the versions of what the amount was computed with."""
    (found,) = judge(
        *OF_A_WEEK, payout("L1", MIXED["batch"], value=day(6)), reference=TWO_SCHEDULES["batch"]
    ).matches
    assert found.proof.basis.schedules == (SCHEDULE.effective_from, NEW.effective_from)
    assert replace(found.proof.basis, schedules=()).calendar == "calendar@1"
