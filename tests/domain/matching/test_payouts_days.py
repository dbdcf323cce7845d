"""Which payments a payout is for: value days, rolled days and methods (F4, F5, F6)."""

from __future__ import annotations

import pytest

from tests.domain.matching.netting import BOTH, BY_ITEM, GROUP, ONE, OPEN, TWO, net
from tests.domain.matching.table import (
    card,
    day,
    merchant,
    payout,
    posted,
    reference_data,
)

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


# P2 was made on the evening of the 2nd: paid out on the 3rd, though its UTC day says the 4th.
UTC = [card("P1", ONE), card("P2", TWO, expected=day(4))]


def test_the_second_group_is_of_the_local_day():
    """F4: acquirers use the local day, also where the expected date came from the UTC day."""
    assert posted(*UTC, payout("L1", BY_ITEM)) == BOTH


def test_the_first_group_is_of_the_expected_day():
    """F4: try both, so a payout of the expected day closes as well."""
    assert posted(*UTC, payout("L1", net(ONE))) == {"L1 = P1"}
    assert posted(*UTC, payout("L1", net(TWO), value=day(4))) == {"L1 = P2"}


def test_the_groups_of_two_days_are_told_apart():
    """F4: the evening's payment goes with its own day, and the next day's with the next."""
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


# Methods, which is F6.

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
