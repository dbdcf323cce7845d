"""Money that goes back: reversals, refunds and chargebacks (stage 6, X2, X7)."""

from __future__ import annotations

import pytest

from tests.domain.matching.table import (
    OTHER_SHOP_TAX,
    PAYER,
    STRANGER,
    card,
    classes,
    day,
    judge,
    line,
    payment,
    posted,
    reasons,
)

REF, OTHER_REF = "ORD-0000001234", "FAC-A-0007-00005678"
OPEN = set[str]()
ONE = payment(reference=REF, account=PAYER)


def back(name: str, amount: int, on: int = 5, /, **shown: object):
    """A debit of its own that shows the reference."""
    return line(name, -amount, **{"reference": REF, "text": name, "value": day(on), **shown})


@pytest.mark.parametrize(
    "shown, rule",
    [
        ({"reversal": True}, "I reversal@1"),
        ({}, "I refund@1"),
        ({"source": "acquirer:A", "merchant": "M1"}, "I chargeback@1"),
        ({"source": "acquirer:A", "merchant": "M1", "reversal": True}, "I chargeback@1"),
    ],
)
def test_a_debit_is_linked_to_the_reference_it_shows(shown: dict[str, object], rule: str):
    """Stage 6: chargebacks come from the acquirer."""
    assert classes(ONE, back("L1", 100_00, **shown)) == {"L1 = P1": rule}


@pytest.mark.parametrize("place", ["reference", "text"])
def test_the_reference_may_stand_in_the_text(place: str):
    """Stage 6: the complete reference, wherever it stands."""
    shown = line(amount=-100_00, value=day(5), **{place: REF})
    assert posted(ONE, shown) == {"L1 = P1"}


def test_a_credit_and_its_return_are_two_matches():
    """Stage 6: the return is a row of its own and takes nothing from the credit."""
    assert posted(ONE, line("L1", reference=REF), back("L2", 100_00)) == {"L1 = P1", "L2 = P1"}


def test_a_return_settles_no_payment():
    """Stage 6: the payment stays open for the credit of a payer."""
    found = posted(ONE, back("L1", 100_00), line("L2", counterparty_account=PAYER))
    assert found == {"L1 = P1", "L2 = P1"}


def test_a_return_gives_money_back():
    """Stage 6: allocations are below zero."""
    (found,) = judge(ONE, back("L1", 30_00)).matches
    assert [one.amount.minor for one in found.allocations] == [-30_00]
    assert [one.payment_amount.minor for one in found.allocations] == [-30_00]


def test_returns_in_part():
    """Stage 6: full or partial, as long as the running total stays within the payment."""
    lines = [back("L1", 30_00, 5), back("L2", 30_00, 6), back("L3", 40_00, 7)]
    assert posted(ONE, *lines) == {"L1 = P1", "L2 = P1", "L3 = P1"}


def test_the_one_that_exceeds_is_an_exception():
    """Stage 6: in booking order, not in order of ids or of value dates."""
    lines = [back("L3", 60_00, 5), back("L2", 30_00, 6), back("L1", 30_00, 7)]
    assert posted(ONE, *lines) == {"L3 = P1", "L2 = P1"}
    assert reasons(ONE, *lines) == {"L1": "amount_break"}


def test_booking_order_is_not_value_order():
    """Stage 6: the line booked first is linked first, though its value date is later."""
    lines = [back("L1", 60_00, 9, booking=day(5)), back("L2", 60_00, 4, booking=day(6))]
    assert posted(ONE, *lines) == {"L1 = P1"}


def test_one_that_exceeds_alone():
    """Stage 6: more than the payment, by a centavo."""
    assert posted(ONE, back("L1", 100_01)) == OPEN


def test_returns_of_one_day_that_exceed_together_have_no_order():
    """Stage 6 and E5: which of the two exceeds would be a guess."""
    assert posted(ONE, back("L1", 60_00), back("L2", 60_00)) == OPEN


def test_returns_of_one_day_that_fit_together_are_both_linked():
    """Stage 6: the total stays within the payment."""
    assert posted(ONE, back("L1", 60_00), back("L2", 40_00)) == {"L1 = P1", "L2 = P1"}


@pytest.mark.parametrize(
    "shown",
    [
        {"merchant": "M2"},
        {"counterparty_tax_id": OTHER_SHOP_TAX},
        {"counterparty_account": STRANGER},
        {"value": day(0)},
        {"currency": "USD"},
    ],
    ids=["merchant", "tax id", "payer", "before the payment", "currency"],
)
def test_a_contradiction_stops_a_return(shown: dict[str, object]):
    """Stage 6: X1, X3, X4 and X7 hold for debits too."""
    assert posted(ONE, back("L1", 100_00, **shown)) == OPEN


@pytest.mark.parametrize(
    "shown",
    [
        {"reference": None, "counterparty_account": PAYER},
        {"reference": None, "merchant": "M1"},
        {"reference": "ORD-0000001235", "counterparty_account": PAYER},
        {"reference": "ORD-0000001", "counterparty_account": PAYER},
        {"reference": "NOBODYS-99", "counterparty_account": PAYER},
    ],
    ids=["payer only", "merchant only", "typo", "beginning", "nobody's"],
)
def test_without_the_complete_reference_nothing_is_linked(shown: dict[str, object]):
    """Stage 6: no payer, merchant or amount stands in for it."""
    assert posted(ONE, back("L1", 100_00, **shown)) == OPEN


def test_a_debit_that_shows_two_payments_is_linked_to_neither():
    """X5: each reference is another payment's."""
    other = payment("P2", reference=OTHER_REF)
    assert posted(ONE, other, back("L1", 50_00, text=f"Y {OTHER_REF}")) == OPEN


def test_a_debit_of_a_reference_at_two_merchants_is_ambiguous():
    """R6: two candidates, unless the line names the merchant."""
    other = payment("P2", merchant="M2", reference=REF)
    assert posted(ONE, other, back("L1", 50_00)) == OPEN
    assert posted(ONE, other, back("L1", 50_00, merchant="M2")) == {"L1 = P2"}


def test_a_chargeback_of_a_card_payment_in_a_payout():
    """Stage 6: linked by its reference, months after the payout took the payment."""
    sold = card("P1", 100_00, reference=REF)
    net_of_it = 100_00 - 80 - 17 - 150 - 50
    paid = line("L1", net_of_it, source="acquirer:A", merchant="M1", text="LIQUIDACION VENTAS")
    shown = {"source": "acquirer:A", "merchant": "M1", "text": f"CONTRACARGO {REF}"}
    assert classes(sold, paid, back("L2", 100_00, 90, **shown)) == {
        "L1 = P1": "G payout@1",
        "L2 = P1": "I chargeback@1",
    }


def test_returns_need_no_seal():
    """E7: class I."""
    assert posted(ONE, back("L1", 100_00), seal=None) == {"L1 = P1"}
