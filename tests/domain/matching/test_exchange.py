"""Dollars that arrive as pesos: published rates, half-up, give or take a centavo (X1, X6)."""

from __future__ import annotations

import pytest

from tests.domain.matching.table import (
    PAYER,
    PAYER_TAX,
    RATES,
    classes,
    day,
    judge,
    line,
    payment,
    posted,
)

REF, E2E = "ORD-0000001234", "VRDPNEUTRS2NF2URRUFNLN"
MATCHED, OPEN = {"L1 = P1"}, set[str]()
AMOUNT = 12_37


def converted(on: int, amount: int = AMOUNT) -> int:
    """Half-up of amount × rate ÷ 10,000."""
    return (2 * amount * RATES[on] + 10_000) // 20_000


def dollars(**changes: object):
    known = {"currency": "USD", "reference": REF, "end_to_end_id": E2E}
    return payment(amount=AMOUNT, **{**known, "account": PAYER, "tax_id": PAYER_TAX, **changes})


@pytest.mark.parametrize("rate_of", [day(5), day(4)], ids=["value date", "day before"])
@pytest.mark.parametrize("difference", [-1, 0, 1])
@pytest.mark.parametrize(
    "evidence, evidence_class",
    [
        ({"reference": REF}, "I identity-fx@1"),
        ({"end_to_end_id": E2E}, "I identity-fx@1"),
        ({"counterparty_account": PAYER}, "C payer-fx@1"),
        ({"counterparty_tax_id": PAYER_TAX}, "C payer-fx@1"),
        ({"text": f"CUIT {PAYER_TAX}"}, "C payer-fx@1"),
    ],
)
def test_a_published_rate_explains(
    evidence: dict[str, str], evidence_class: str, difference: int, rate_of: int
):
    """X6: of the value date or of the day before, ±1 centavo, class I or payer id."""
    shown = line(amount=converted(rate_of) + difference, value=day(5), **evidence)
    assert classes(dollars(), shown) == {"L1 = P1": evidence_class}


@pytest.mark.parametrize("rate_of", [day(6), day(3), day(2)], ids=["after", "two before", "three"])
def test_the_rate_of_another_day_does_not(rate_of: int):
    """X6: two days only."""
    assert posted(dollars(), line(amount=converted(rate_of), value=day(5), reference=REF)) == OPEN


@pytest.mark.parametrize("evidence", [{"reference": REF}, {"counterparty_account": PAYER}])
def test_two_centavos_are_too_many(evidence: dict[str, str]):
    """X6: the ±2 of identity are for the payment's own currency."""
    highest, lowest = converted(day(5)) + 2, converted(day(4)) - 2
    for amount in (highest, lowest):
        assert posted(dollars(), line(amount=amount, value=day(5), **evidence)) == OPEN


def test_a_merchant_does_not_explain_a_rate():
    """X6: class I or payer id."""
    shown = line(amount=converted(day(5)), value=day(5), merchant="M1")
    assert posted(dollars(account=None, tax_id=None), shown) == OPEN


def test_the_day_before_is_a_calendar_day():
    """X6: on Monday the day before is Sunday, published or not; Friday's rate does not count."""
    one = dollars(created=day(6), expected=day(6))
    on_monday = {"value": day(9), "reference": REF}
    assert posted(one, line(amount=converted(day(8)), **on_monday)) == MATCHED
    assert posted(one, line(amount=converted(day(6)), **on_monday)) == OPEN


def test_a_value_date_on_a_sunday_counts_as_written():
    """X7 and X6: not rolled to Monday."""
    one = dollars(created=day(6), expected=day(6))
    on_sunday = {"value": day(8), "reference": REF}
    assert posted(one, line(amount=converted(day(7)), **on_sunday)) == MATCHED
    assert posted(one, line(amount=converted(day(9)), **on_sunday)) == OPEN


def test_without_a_published_rate_nothing_is_explained():
    """X6: rates are published, never interpolated."""
    late = {"created": day(70), "expected": day(70)}
    shown = line(amount=converted(day(60)), value=day(70), reference=REF)
    assert posted(dollars(**late), shown) == OPEN


def test_the_difference_is_a_named_residual():
    """Invariants b and d: allocation in pesos, the centavo named, the dollars settled whole."""
    (found,) = judge(
        dollars(), line(amount=converted(day(5)) + 1, value=day(5), reference=REF)
    ).matches
    (allocation,), (residual,) = found.allocations, found.residuals
    assert (allocation.amount.minor, allocation.amount.currency) == (converted(day(5)), "ARS")
    assert (allocation.payment_amount.minor, allocation.payment_amount.currency) == (AMOUNT, "USD")
    assert (residual.kind, residual.amount.minor) == ("FX_SPREAD", 1)
    assert found.proof.basis.fx_rate == RATES[day(5)]


def test_two_dollar_payments_that_fit_one_line_are_ambiguous():
    """E1: a centavo more or less converts to amounts that ±1 does not tell apart from itself."""
    some = [dollars(), payment("P2", AMOUNT, currency="USD", account=PAYER)]
    shown = line(amount=converted(day(5)), value=day(5), counterparty_account=PAYER)
    assert posted(*some, shown) == OPEN


def test_pesos_and_dollars_of_one_payer_are_rivals():
    """E1: exact in pesos is no better than converted from dollars."""
    pesos = payment("P2", converted(day(5)), account=PAYER)
    shown = line(amount=converted(day(5)), value=day(5), counterparty_account=PAYER)
    assert posted(dollars(), shown) == MATCHED
    assert posted(dollars(), pesos, shown) == OPEN


def test_a_dollar_payment_has_no_parts_in_pesos():
    """2b and stage 3: sums are exact, rates are not."""
    half = converted(day(5)) // 2
    for shown in ({"reference": REF}, {"counterparty_account": PAYER}):
        lines = [line("L1", half, value=day(5), **shown)]
        lines.append(line("L2", converted(day(5)) - half, value=day(5), **shown))
        assert posted(dollars(), *lines) == OPEN


def test_a_reversal_in_pesos_of_a_dollar_payment_stays_open():
    """Stage 6: the running total is kept in the payment's currency."""
    paid = line("L1", converted(day(5)), value=day(5), reference=REF)
    back = line("L2", -converted(day(5)), value=day(6), reference=REF)
    assert posted(dollars(), paid, back) == MATCHED
