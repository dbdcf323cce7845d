"""Payouts: one line for all open payments of a group, net to the centavo (stage 2c, F1)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.matching.items import PaymentItem
from tests.domain.matching.netting import AT_ONCE, BATCH, BOTH, BY_ITEM, GROUP, ONE, OPEN, TWO, net
from tests.domain.matching.table import (
    OTHER_SHOP_TAX,
    PAYER,
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


def test_a_payment_that_two_lines_identify_is_not_paid_out():
    """E1 and E7: two lines show P1's reference, and the payout would be a third."""
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
    """Stage 1: a payout line that shows a member's reference and amount is that payment's."""
    some = [card("P1", ONE, reference="ORD-000111"), card("P2", TWO)]
    exactly = payout("L1", ONE, reference="ORD-000111")
    assert posted(*some, exactly) == {"L1 = P1"}
