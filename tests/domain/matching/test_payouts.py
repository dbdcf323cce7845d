"""Payouts: one line for all open payments of a merchant's group, net to the centavo (stages 2c and 4, F1, F2, F4 to F6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.fees import Schedule
from domain.matching.items import PaymentItem
from tests.domain.matching.table import (
    OTHER_SHOP_TAX,
    PAYER,
    SCHEDULE,
    SHOP,
    SHOP_TAX,
    STRANGER,
    STRANGER_TAX,
    card,
    classes,
    day,
    judge,
    line,
    merchant,
    other_digit,
    payment,
    payout,
    posted,
    reasons,
    reference_data,
)

OPEN = set[str]()
BOTH = {"L1 = P1 P2"}
BATCH = reference_data(merchant("M1", fee_rounding="batch"), merchant("M2"))


def half_up(n: int, d: int) -> int:
    return (2 * n + d) // (2 * d)


def net(gross: int, schedule: Schedule = SCHEDULE) -> int:
    """Section 6, each concept rounded once."""
    fee = half_up(gross * schedule.mdr_bps, 10_000)
    return (
        gross
        - fee
        - half_up(fee * schedule.vat_on_fee_bps, 10_000)
        - half_up(gross * schedule.iibb_bps, 10_000)
        - half_up(gross * schedule.iva_wh_bps, 10_000)
        - half_up(gross * schedule.gan_wh_bps, 10_000)
    )


# F1: two amounts whose roundings differ, item by item and at once.

ONE, TWO = 100_33, 50_01
GROUP = [card("P1", ONE), card("P2", TWO)]
BY_ITEM, AT_ONCE = net(ONE) + net(TWO), net(ONE + TWO)


def test_the_amounts_of_these_tests_tell_the_roundings_apart():
    """A control: where the two roundings agreed, the tests below could not fail."""
    assert BY_ITEM != AT_ONCE


def test_item_rounding_sums_the_nets():
    """F1: `fee_rounding: item`."""
    assert classes(*GROUP, payout("L1", BY_ITEM)) == {"L1 = P1 P2": "G payout@1"}
    assert posted(*GROUP, payout("L1", AT_ONCE)) == OPEN


def test_batch_rounding_rounds_once():
    """F1: `fee_rounding: batch`."""
    assert posted(*GROUP, payout("L1", AT_ONCE), reference=BATCH) == BOTH
    assert posted(*GROUP, payout("L1", BY_ITEM), reference=BATCH) == OPEN


@pytest.mark.parametrize("difference", [-2, -1, 1, 2])
def test_a_payout_is_exact_to_the_centavo(difference: int):
    """2c: equal exactly; a payout that differs is matched by decision or not at all."""
    off = payout("L1", BY_ITEM + difference)
    assert posted(*GROUP, off) == OPEN
    assert reasons(*GROUP, off) == {"L1": "amount_break"}


def test_a_payout_of_the_gross_is_not_the_payout():
    """Section 6: the group's net, not its gross."""
    assert posted(*GROUP, payout("L1", ONE + TWO)) == OPEN


def test_gross_and_charges_make_the_line():
    """Invariant b: both sides differ by the named residuals."""
    (found,) = judge(*GROUP, payout("L1", BY_ITEM)).matches
    gross = sum(one.amount.minor for one in found.allocations)
    taken = sum(one.amount.minor for one in found.residuals)
    assert (gross, gross + taken) == (ONE + TWO, BY_ITEM)


def test_a_payout_needs_no_seal():
    """Class G posts at once."""
    assert posted(*GROUP, payout("L1", BY_ITEM), seal=None) == BOTH


# F2: schedules

NEW = Schedule(date(2026, 3, 3), 120, 2100, 300, 0, 50)
TWO_SCHEDULES = {
    rounding: reference_data(
        merchant("M1", schedules=(SCHEDULE, NEW), fee_rounding=rounding, payout_schedule="weekly:fri")
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


# F4: value day

WEEKLY = reference_data(merchant("M1", payout_schedule="weekly:fri"))


@pytest.mark.parametrize(
    "created, delay_bd, expected",
    [
        (day(2), 1, day(3)),  # Monday
        (day(6), 1, day(9)),  # Friday
        (day(7), 0, day(9)),  # Saturday
        (day(7), 1, day(10)),  # Saturday, rolled first
        (day(20), 1, day(25)),  # Friday before a long weekend
        (day(2), 8, day(12)),
    ],
)
def test_the_value_day_of_the_local_day(created: int, delay_bd: int, expected: int):
    """F4: roll the local day forward, then add business days; here the expected date is no help."""
    known = reference_data(merchant("M1", settlement_delay_bd=delay_bd))
    one = card("P1", ONE, created=created, expected=expected + 1)
    for value in range(created, expected + 6):
        found = posted(one, payout("L1", net(ONE), value=value), reference=known)
        rolled = known.calendar.roll(value)
        also_expected = known.calendar.roll(expected + 1)
        assert bool(found) == (rolled in (expected, also_expected)), value


@pytest.mark.parametrize(
    "created, friday",
    [
        (day(2), day(6)),
        (day(5), day(6)),
        (day(6), day(13)),  # Friday + 1 business day is Monday: the next Friday
        (day(30), day(31) + 6),  # Friday 3 April is a holiday: Monday the 6th
    ],
)
def test_weekly_payouts_are_of_the_next_friday(created: int, friday: int):
    """F4: `weekly:fri` is the next Friday, rolled."""
    one = card("P1", ONE, created=created, expected=friday + 1)
    assert posted(one, payout("L1", net(ONE), value=friday), reference=WEEKLY) == {"L1 = P1"}
    assert posted(one, payout("L1", net(ONE), value=friday - 1), reference=WEEKLY) in (
        OPEN,
        {"L1 = P1"} if WEEKLY.calendar.roll(friday - 1) == friday else OPEN,
    )


def test_a_friday_after_its_delay_is_paid_that_friday():
    """F4: the value day itself may be the Friday."""
    known = reference_data(merchant("M1", payout_schedule="weekly:fri", settlement_delay_bd=0))
    one = card("P1", ONE, created=day(6), expected=day(6))
    assert posted(one, payout("L1", net(ONE), value=day(6)), reference=known) == {"L1 = P1"}


# P2 was made on the evening of the 2nd: by its UTC day it would be paid out on the 4th, but the acquirer pays on the 3rd.
UTC = [card("P1", ONE), card("P2", TWO, expected=day(4))]


def test_the_second_group_is_of_the_local_day():
    """F4: acquirers use the local day, also where the expected date came from the UTC day."""
    assert posted(*UTC, payout("L1", BY_ITEM)) == BOTH


def test_the_first_group_is_of_the_expected_day():
    """F4: try both, so a payout of the expected day closes as well."""
    assert posted(*UTC, payout("L1", net(ONE))) == {"L1 = P1"}
    assert posted(*UTC, payout("L1", net(TWO), value=day(4))) == {"L1 = P2"}


def test_the_groups_of_two_days_are_told_apart():
    """F4: the evening's payment goes with its own day, and the next day's payout is the next day's."""
    next_day = card("P3", 77_77, created=day(3), expected=day(4))
    lines = [payout("L1", BY_ITEM), payout("L2", net(77_77), value=day(4))]
    assert posted(*UTC, next_day, *lines) == {"L1 = P1 P2", "L2 = P3"}


def test_two_payouts_that_disagree_about_a_payment_refuse_each_other():
    """E1 and F4: by local day L1 takes P2, by expected day L2 does."""
    lines = [payout("L1", BY_ITEM), payout("L2", net(TWO), value=day(4))]
    assert posted(*UTC, *lines) == OPEN


def test_a_part_of_either_group_is_no_group():
    """F4: exactly; a subset of the group is a sum found by search."""
    assert posted(*GROUP, payout("L1", net(ONE))) == OPEN


# F5: rolled days


@pytest.mark.parametrize("value", [day(7), day(8), day(9)])
def test_a_weekend_means_the_next_business_day(value: int):
    """F5: Saturday and Sunday are Monday."""
    one = card("P1", ONE, created=day(6), expected=day(9))
    assert posted(one, payout("L1", net(ONE), value=value)) == {"L1 = P1"}


@pytest.mark.parametrize("value", [day(21), day(22), day(23), day(24), day(25)])
def test_a_holiday_means_the_next_business_day(value: int):
    """F5: a long weekend with two holidays is Wednesday."""
    one = card("P1", ONE, created=day(20), expected=day(25))
    assert posted(one, payout("L1", net(ONE), value=value)) == {"L1 = P1"}


def test_an_expected_date_on_a_holiday_is_rolled_too():
    """F5: compare days after rolling, both."""
    one = card("P1", ONE, created=day(17), expected=day(23))
    assert posted(one, payout("L1", net(ONE), value=day(25))) == {"L1 = P1"}


@pytest.mark.parametrize("value", [day(6), day(10)])
def test_a_neighbouring_business_day_is_another_day(value: int):
    """F5: Friday and Tuesday are not Monday."""
    one = card("P1", ONE, created=day(6), expected=day(9))
    assert posted(one, payout("L1", net(ONE), value=value)) == OPEN


def test_a_payout_before_its_payments_is_refused():
    """X7: the group of Monday holds Sunday's payment, so a payout of value Saturday is not it."""
    known = reference_data(merchant("M1", settlement_delay_bd=0))
    some = [card("P1", ONE, created=day(7), expected=day(9))]
    some.append(card("P2", TWO, created=day(8), expected=day(9)))
    assert posted(*some, payout("L1", BY_ITEM, value=day(8)), reference=known) == BOTH
    assert posted(*some, payout("L1", BY_ITEM, value=day(7)), reference=known) == OPEN


# F6: methods

APART = reference_data(merchant("M1", payout_per_method=True), merchant("M2"))
CARD_AND_QR = [card("P1", ONE), card("P2", TWO, method="qr")]


def test_cards_and_qr_together():
    """F6: without `payout_per_method` both are one group."""
    assert posted(*CARD_AND_QR, payout("L1", BY_ITEM)) == BOTH
    assert posted(*CARD_AND_QR, payout("L1", net(ONE), text="LIQUIDACION TARJETAS")) == OPEN


@pytest.mark.parametrize(
    "text, amount, expected",
    [
        ("LIQUIDACION TARJETAS 123", net(ONE), {"L1 = P1"}),
        ("LIQUIDACION QR 123", net(TWO), {"L1 = P2"}),
        ("liquidación tarjetas", net(ONE), {"L1 = P1"}),
        ("LIQUIDACION TARJETAS 123", net(TWO), OPEN),
        ("LIQUIDACION QR 123", net(ONE), OPEN),
        ("LIQUIDACION TARJETAS 123", BY_ITEM, OPEN),
        ("LIQUIDACION QR 123", BY_ITEM, OPEN),
    ],
)
def test_cards_and_qr_apart(text: str, amount: int, expected: set[str]):
    """F6: the text's word says which."""
    found = posted(*CARD_AND_QR, payout("L1", amount, text=text), reference=APART)
    assert found == expected


@pytest.mark.parametrize("text", [None, "LIQUIDACION 123"])
def test_without_a_word_the_amount_decides(text: str | None):
    """F6 and E2: either group is possible, and the other one is contradicted by its amount (X6)."""
    for amount, expected in ((net(ONE), {"L1 = P1"}), (net(TWO), {"L1 = P2"})):
        assert posted(*CARD_AND_QR, payout("L1", amount, text=text), reference=APART) == expected


def test_without_a_word_two_equal_groups_are_ambiguous():
    """F6 and E1: cards and QR come to the same net, and nothing says which was paid."""
    some = [card("P1", ONE), card("P2", ONE, method="qr")]
    assert posted(*some, payout("L1", net(ONE), text=None), reference=APART) == OPEN
    said = payout("L1", net(ONE), text="LIQUIDACION QR")
    assert posted(*some, said, reference=APART) == {"L1 = P2"}


# Who is paid

NAMED = {
    "id": {"merchant": "M1"},
    "payout account": {"counterparty_account": SHOP},
    "tax id": {"counterparty_tax_id": SHOP_TAX},
    "account in the text": {"text": f"LIQUIDACION VENTAS CBU {SHOP}"},
    "tax id in the text": {"text": f"LIQUIDACION VENTAS CUIT {SHOP_TAX}"},
    "tax id with hyphens": {"text": f"LIQ {SHOP_TAX[:2]}-{SHOP_TAX[2:10]}-{SHOP_TAX[10:]}"},
    "everything": {"merchant": "M1", "counterparty_account": SHOP, "counterparty_tax_id": SHOP_TAX},
}


@pytest.mark.parametrize("named", NAMED.values(), ids=NAMED)
def test_a_payout_names_its_merchant(named: dict[str, str]):
    """2c: by id, account or tax id, in a field or in the text."""
    unnamed: dict[str, Any] = {"merchant": None, "text": "LIQUIDACION VENTAS"}
    assert posted(*GROUP, payout("L1", BY_ITEM, **{**unnamed, **named})) == BOTH


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"counterparty_name": "ALMACEN M1"},
        {"text": f"LIQUIDACION CUIT {other_digit(SHOP_TAX)}"},
        {"text": f"LIQUIDACION X{SHOP_TAX}"},
        {"text": f"LIQUIDACION {SHOP_TAX} {STRANGER_TAX}"},
        {"merchant": "M2"},
        {"merchant": "unknown"},
        {"merchant": "M1", "counterparty_tax_id": OTHER_SHOP_TAX},
        {"merchant": "M1", "counterparty_account": STRANGER},
    ],
    ids=[
        "nobody",
        "a name",
        "a wrong check digit",
        "digits in a word",
        "two tax ids",
        "another merchant",
        "a merchant that is not known",
        "two merchants",
        "somebody else's account",
    ],
)
def test_a_payout_that_does_not_name_its_merchant_stays_open(named: dict[str, str]):
    """2c, X3 and X4: names are no ids, and whoever else is named contradicts."""
    some = [replace_payer(one) for one in GROUP]
    assert posted(*some, payout("L1", BY_ITEM, **{"merchant": None, **named})) == OPEN


def replace_payer(one: PaymentItem) -> PaymentItem:
    return card(one.id, one.amount, account=PAYER)


SHARED = reference_data(
    merchant("M1", tax_id=SHOP_TAX), merchant("M3", tax_id=SHOP_TAX, account=OTHER_SHOP_TAX)
)


def test_two_merchants_with_one_tax_id_and_one_net_are_ambiguous():
    """E1: the tax id names both, and both groups come to the line."""
    some = [card("P1", ONE), card("P2", ONE, merchant="M3")]
    shown = payout("L1", net(ONE), merchant=None, counterparty_tax_id=SHOP_TAX)
    assert posted(*some, shown, reference=SHARED) == OPEN


def test_two_merchants_with_one_tax_id_and_two_nets_are_told_apart():
    """E2: the other group is contradicted by its amount (X6)."""
    some = [card("P1", ONE), card("P2", TWO, merchant="M3")]
    shown = payout("L1", net(TWO), merchant=None, counterparty_tax_id=SHOP_TAX)
    assert posted(*some, shown, reference=SHARED) == {"L1 = P2"}


def test_two_merchants_with_one_tax_id_are_told_apart_by_id():
    """X3: the line's merchant id is one of the two."""
    some = [card("P1", ONE), card("P2", ONE, merchant="M3")]
    shown = payout("L1", net(ONE), merchant="M3", counterparty_tax_id=SHOP_TAX)
    assert posted(*some, shown, reference=SHARED) == {"L1 = P2"}


def test_two_merchants_with_one_tax_id_share_their_direct_credits():
    """Stage 3: a tax id in text names both merchants; one payment fits, or two do."""
    one, other = payment("P1"), payment("P2", merchant="M3")
    shown = line(text=f"CUIT {SHOP_TAX}")
    assert posted(one, shown, reference=SHARED) == {"L1 = P1"}
    assert posted(one, other, shown, reference=SHARED) == OPEN


# The group


def test_two_payouts_for_one_group_refuse_each_other():
    """E1: whichever came first."""
    lines = [payout("L1", BY_ITEM, text="LIQ 1"), payout("L2", BY_ITEM, text="LIQ 2")]
    assert posted(*GROUP, *lines) == OPEN


@pytest.mark.xfail(strict=True, reason="E1: refused identity edges do not stand against payouts")
def test_a_payment_that_two_lines_identify_is_not_paid_out():
    """E1 and E7: two lines show P1's reference and refuse each other; the payout would be a third."""
    some = [card("P1", ONE, reference="ORD-000111"), card("P2", TWO)]
    lines = [line(f"L{n}", ONE, reference="ORD-000111", text=str(n)) for n in (2, 3)]
    assert posted(*some, *lines, payout("L1", BY_ITEM)) == OPEN


def test_a_held_payment_leaves_the_payout_open():
    """2c: the open payments of the group, all of them; which one was held is a search (stage 5).

    Merchants of these tests hold nothing back.
    """
    assert posted(*GROUP, card("P3", 10_00), payout("L1", BY_ITEM)) == OPEN


@pytest.mark.parametrize(
    "outsider",
    [
        payment("P9", 10_00),
        payment("P9", 10_00, method="debin"),
        card("P9", 10_00, merchant="M2"),
        card("P9", 10_00, currency="USD"),
        card("P9", 10_00, created=day(3), expected=day(4)),
        card("P9", 10_00, cancelled=True),
    ],
    ids=["transfer", "debin", "another merchant", "another currency", "another day", "cancelled"],
)
def test_what_does_not_belong_to_the_group_is_not_in_it(outsider: PaymentItem):
    """Section 1: merchant, method and value day; in one currency."""
    assert posted(*GROUP, outsider, payout("L1", BY_ITEM)) == BOTH


def test_a_group_in_dollars_is_paid_in_dollars():
    """X1: a payout in pesos is no explanation of a group in dollars."""
    some = [card("P1", ONE, currency="USD"), card("P2", TWO, currency="USD")]
    assert posted(*some, payout("L1", BY_ITEM, currency="USD")) == BOTH
    assert posted(*some, payout("L1", BY_ITEM)) == OPEN


def test_a_negative_payout_settles_nothing():
    """X2: a debit of the group's net takes nothing and gives nothing."""
    assert posted(*GROUP, payout("L1", -BY_ITEM)) == OPEN


def test_a_payout_of_one_payment():
    """2c: a group of one is a group."""
    assert classes(GROUP[0], payout("L1", net(ONE))) == {"L1 = P1": "G payout@1"}


def test_the_settlement_number_of_a_payout_is_no_reference():
    """Section 11: a payout's reference is the acquirer's own number, and contradicts nothing."""
    some = [card("P1", ONE, reference="ORD-1"), card("P2", TWO, reference="ORD-2")]
    assert posted(*some, payout("L1", BY_ITEM, reference="LIQ00001234")) == BOTH


def test_the_reference_of_a_payment_is_no_payout():
    """Stage 2a: a payout line that shows one member's reference, with the group's amount, is two identities."""
    some = [card("P1", ONE, reference="ORD-000111"), card("P2", TWO)]
    exactly = payout("L1", ONE, reference="ORD-000111")
    assert posted(*some, exactly) == {"L1 = P1"}


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
    (found,) = judge(*OF_A_WEEK, payout("L1", MIXED["batch"], value=day(6)), reference=TWO_SCHEDULES["batch"]).matches
    assert found.proof.basis.schedules == (SCHEDULE.effective_from, NEW.effective_from)
    assert replace(found.proof.basis, schedules=()).calendar == "calendar@1"
