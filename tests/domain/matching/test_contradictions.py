"""What takes a candidate away (X1 to X8), by each field and boundary; and what never does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.matching.table import (
    OTHER_SHOP,
    OTHER_SHOP_TAX,
    PAYER,
    PAYER_TAX,
    SHOP,
    SHOP_TAX,
    STRANGER,
    STRANGER_TAX,
    card,
    classes,
    day,
    line,
    payment,
    posted,
    reasons,
)

REF, OTHER_REF = "ORD-0000001234", "FAC-A-0007-00005678"
E2E, OTHER_E2E = "VRDPNEUTRS2NF2URRUFNLN", "K7Q2M4X9B3T6W8Z5C2D4F6"
MATCHED, OPEN = {"L1 = P1"}, set[str]()

# X1 currency


def test_a_line_in_dollars_never_pays_pesos():
    """X1: the same minor units in another currency are another amount."""
    assert posted(payment(reference=REF), line(reference=REF, currency="USD")) == OPEN


def test_a_line_in_euros_never_pays_dollars():
    """X1: the exception is for the home currency only."""
    one = payment(reference=REF, currency="USD")
    assert posted(one, line(reference=REF, currency="EUR")) == OPEN


def test_a_line_in_dollars_pays_dollars_exactly():
    """X1: a foreign payment may be paid in its own currency."""
    one = payment(reference=REF, currency="USD")
    assert posted(one, line(reference=REF, currency="USD")) == MATCHED


# X2 direction


def test_a_negative_line_settles_nothing():
    """X2: debits reverse; one with a payer id and the amount of a payment stays open."""
    one = payment(account=PAYER, amount=100_00)
    assert posted(one, line(amount=-100_00, counterparty_account=PAYER)) == OPEN


def test_a_negative_line_takes_no_part_in_a_sum_of_parts():
    """X2: 60 + 60 − 20 is not 100; the debit of 20 is only a refund."""
    parts = [line("L1", 60_00, reference=REF, text="1"), line("L2", 60_00, reference=REF, text="2")]
    found = posted(payment(reference=REF), *parts, line("L3", -20_00, reference=REF))
    assert found == {"L3 = P1"}


def test_a_negative_line_takes_no_part_in_a_payers_parts():
    """X2: nor among the parts of a payer."""
    lines = [
        line(f"L{n}", amount, counterparty_account=PAYER)
        for n, amount in enumerate((60_00, 65_00, -25_00))
    ]
    assert posted(payment(account=PAYER), *lines) == OPEN


def test_a_negative_line_settles_no_list():
    """X2: a debit of the sum of two payments pays neither and returns neither."""
    some = [payment("P1", 60_00, reference=REF), payment("P2", 40_00, reference=OTHER_REF)]
    assert posted(*some, line(amount=-100_00, text=f"{REF} {OTHER_REF}")) == OPEN


# X3 merchant

ANOTHER_MERCHANT = {
    "by id": {"merchant": "M2"},
    "by payout account": {"counterparty_account": OTHER_SHOP},
    "by tax id": {"counterparty_tax_id": OTHER_SHOP_TAX},
    "by payout account in the text": {"text": f"TRANSF {OTHER_SHOP}"},
    "by tax id in the text": {"text": f"TRANSF CUIT {OTHER_SHOP_TAX}"},
    "by tax id with hyphens": {
        "text": f"CUIT {OTHER_SHOP_TAX[:2]}-{OTHER_SHOP_TAX[2:10]}-{OTHER_SHOP_TAX[10]}"
    },
}


@pytest.mark.parametrize("named", ANOTHER_MERCHANT.values(), ids=ANOTHER_MERCHANT)
def test_another_merchant_contradicts_identity(named: dict[str, str]):
    """X3: the line shows the payment's own reference and another merchant."""
    assert posted(payment(reference=REF), line(reference=REF, **named)) == OPEN


@pytest.mark.parametrize("named", ANOTHER_MERCHANT.values(), ids=ANOTHER_MERCHANT)
def test_another_merchant_contradicts_an_end_to_end_id(named: dict[str, str]):
    """X3 holds for an end-to-end id as for a reference."""
    assert posted(payment(end_to_end_id=E2E), line(end_to_end_id=E2E, **named)) == OPEN


OWN_MERCHANT = {
    "by id": {"merchant": "M1"},
    "by payout account": {"counterparty_account": SHOP},
    "by tax id": {"counterparty_tax_id": SHOP_TAX},
    "by payout account in the text": {"text": f"TRANSF {SHOP}"},
    "by tax id in the text": {"text": f"TRANSF CUIT {SHOP_TAX}"},
}


@pytest.mark.parametrize("named", OWN_MERCHANT.values(), ids=OWN_MERCHANT)
def test_the_own_merchant_contradicts_nothing(named: dict[str, str]):
    """X3: nor do the merchant's own ids count as another payer's (X4)."""
    one = payment(reference=REF, account=PAYER, tax_id=PAYER_TAX)
    assert posted(one, line(reference=REF, **named)) == MATCHED


@pytest.mark.parametrize("named", OWN_MERCHANT.values(), ids=OWN_MERCHANT)
def test_any_id_of_the_merchant_is_evidence_of_class_c(named: dict[str, str]):
    """Merchant and exact amount decide, however the line names the merchant."""
    assert classes(payment(account=PAYER), line(**named)) == {"L1 = P1": "C merchant@1"}


# X4 payer

ANOTHER_PAYER = {
    "account": {"counterparty_account": STRANGER},
    "tax id": {"counterparty_tax_id": STRANGER_TAX},
    "account in the text": {"text": f"TRANSF {STRANGER}"},
    "tax id in the text": {"text": f"TRANSF CUIT {STRANGER_TAX}"},
    "tax id, beside the right account": {
        "counterparty_account": PAYER,
        "counterparty_tax_id": STRANGER_TAX,
    },
    "account, beside the right tax id": {
        "counterparty_account": STRANGER,
        "counterparty_tax_id": PAYER_TAX,
    },
    "account in the text, beside the right field": {
        "counterparty_account": PAYER,
        "text": f"ORIGEN {STRANGER}",
    },
}


@pytest.mark.parametrize("shown", ANOTHER_PAYER.values(), ids=ANOTHER_PAYER)
def test_another_payer_contradicts_identity(shown: dict[str, str]):
    """X4: in a field or in the text."""
    one = payment(reference=REF, account=PAYER, tax_id=PAYER_TAX)
    assert posted(one, line(reference=REF, **shown)) == OPEN


@pytest.mark.parametrize("shown", ANOTHER_PAYER.values(), ids=ANOTHER_PAYER)
def test_another_payer_contradicts_the_merchants_word(shown: dict[str, str]):
    """X4 takes the edge by merchant and amount away as well."""
    one = payment(account=PAYER, tax_id=PAYER_TAX)
    assert posted(one, line(merchant="M1", **shown)) == OPEN


def test_a_payer_that_the_payment_does_not_know_contradicts_nothing():
    """X4: null is what the source did not say."""
    shown = {"counterparty_account": STRANGER, "counterparty_tax_id": STRANGER_TAX}
    assert posted(payment(reference=REF), line(reference=REF, **shown)) == MATCHED


def test_names_neither_identify_nor_contradict():
    """A wrong name stops nothing, a right one starts nothing."""
    assert posted(payment(reference=REF), line(reference=REF, counterparty_name="X")) == MATCHED
    assert posted(payment(), line(counterparty_name="ALMACEN")) == OPEN


def test_a_payer_who_is_also_a_merchant_is_the_payer():
    """An account that is the payer's names no other merchant (X3), though M2 is paid out there."""
    one = payment(reference=REF, account=OTHER_SHOP, tax_id=OTHER_SHOP_TAX)
    shown = {"counterparty_account": OTHER_SHOP, "counterparty_tax_id": OTHER_SHOP_TAX}
    assert posted(one, line(reference=REF, **shown)) == MATCHED


def test_payer_goes_before_merchant_where_one_id_is_both():
    """Stage 3: by payer first, so the equal payment of the merchant with that id is no rival."""
    one = payment("P1", account=OTHER_SHOP)
    other = payment("P2", merchant="M2", account=STRANGER)
    found = classes(one, other, line(counterparty_account=OTHER_SHOP))
    assert found == {"L1 = P1": "C payer@1"}


# X5 other id

ANOTHER_ID = {
    "end-to-end id": {"end_to_end_id": OTHER_E2E},
    "end-to-end id in the text": {"text": f"TRF {OTHER_E2E}"},
    "reference field": {"reference": OTHER_REF},
    "reference in the text": {"text": f"PAGO {OTHER_REF} VARIOS"},
    "reference of nobody in the field": {"reference": "NOBODYS-99"},
}


@pytest.mark.parametrize("shown", ANOTHER_ID.values(), ids=ANOTHER_ID)
@pytest.mark.parametrize("evidence", [{"counterparty_account": PAYER}, {"merchant": "M1"}])
def test_another_payments_id_contradicts_class_c(shown: dict[str, str], evidence: dict[str, str]):
    """X5: by each of its fields; the other payment is of a stranger at the other merchant."""
    one = payment(account=PAYER, reference=REF, end_to_end_id=E2E)
    other = payment(
        "P2", merchant="M2", account=STRANGER, reference=OTHER_REF, end_to_end_id=OTHER_E2E
    )
    assert posted(one, other, line(**shown, **evidence)) == OPEN


def test_another_payments_end_to_end_id_contradicts_a_reference():
    """X5: reference of one, end-to-end id of another, equal amounts: neither."""
    one = payment("P1", reference=REF)
    other = payment("P2", end_to_end_id=OTHER_E2E)
    assert posted(one, other, line(reference=REF, end_to_end_id=OTHER_E2E)) == OPEN


TWO_END_TO_END_IDS = {
    "field and text": {"end_to_end_id": E2E, "text": f"TRF {OTHER_E2E}"},
    "both in the text": {"text": f"TRF {E2E} {OTHER_E2E}"},
    "field and reference field": {"end_to_end_id": E2E, "reference": OTHER_E2E},
}


@pytest.mark.parametrize("shown", TWO_END_TO_END_IDS.values(), ids=TWO_END_TO_END_IDS)
def test_two_end_to_end_ids_contradict_each_other(shown: dict[str, str]):
    """X5: the line shows the end-to-end id of another payment, wherever it stands."""
    some = [payment("P1", end_to_end_id=E2E), payment("P2", 70_00, end_to_end_id=OTHER_E2E)]
    assert posted(*some, line(**shown)) == OPEN


def test_an_end_to_end_id_of_nobody_contradicts_nothing():
    """X5 speaks of the id of another payment; banks make up ids of their own."""
    assert posted(payment(account=PAYER), line(end_to_end_id="X" * 22, counterparty_account=PAYER))


def test_the_end_to_end_id_overrules_a_reference_of_nobody():
    """R5: a reference without owner contradicts all but the one whose end-to-end id is shown."""
    one = payment(end_to_end_id=E2E, reference=REF)
    assert posted(one, line(end_to_end_id=E2E, reference="NOBODYS-99")) == MATCHED


# X6 amount


@pytest.mark.parametrize(
    "difference, expected",
    [(-3, OPEN), (-2, MATCHED), (-1, MATCHED), (1, MATCHED), (2, MATCHED), (3, OPEN)],
)
def test_two_centavos_are_forgiven_to_identity(difference: int, expected: set[str]):
    """X6: within 2 centavos and class I; the third is not explained."""
    assert (
        posted(payment(reference=REF), line(amount=100_00 + difference, reference=REF)) == expected
    )


@pytest.mark.parametrize("difference", [-2, -1, 1, 2])
@pytest.mark.parametrize("evidence", [{"counterparty_account": PAYER}, {"merchant": "M1"}])
def test_no_centavo_is_forgiven_to_class_c(difference: int, evidence: dict[str, str]):
    """X6: a payer id or a merchant asks for the exact amount."""
    assert posted(payment(account=PAYER), line(amount=100_00 + difference, **evidence)) == OPEN


# X7 date

WITH_IDENTITY = {"reference": REF}
WITH_PAYER = {"counterparty_account": PAYER}
WITH_MERCHANT = {"merchant": "M1"}


@pytest.mark.parametrize(
    "evidence, value, expected",
    [
        (WITH_IDENTITY, day(10) - 2, OPEN),
        (WITH_IDENTITY, day(10) - 1, MATCHED),
        (WITH_IDENTITY, day(11) + 12, MATCHED),
        (WITH_IDENTITY, day(11) + 13, OPEN),
        (WITH_PAYER, day(10) - 1, OPEN),
        (WITH_PAYER, day(10), MATCHED),
        (WITH_PAYER, day(11) + 12, MATCHED),
        (WITH_PAYER, day(11) + 13, OPEN),
        (WITH_MERCHANT, day(10) - 1, OPEN),
        (WITH_MERCHANT, day(10), MATCHED),
        (WITH_MERCHANT, day(11) + 12, MATCHED),
        (WITH_MERCHANT, day(11) + 13, OPEN),
    ],
)
def test_the_window_is_from_creation_to_twelve_days_after(
    evidence: dict[str, Any], value: int, expected: set[str]
):
    """X7: calendar days, both ends included; one day early for class I only."""
    one = payment(reference=REF, account=PAYER, created=day(10), expected=day(11))
    assert posted(one, line(value=value, **evidence)) == expected


def test_an_end_to_end_id_may_be_a_day_early():
    """X7: class I, by whichever id."""
    one = payment(end_to_end_id=E2E, created=day(10), expected=day(11))
    assert posted(one, line(end_to_end_id=E2E, value=day(9))) == MATCHED
    assert posted(one, line(end_to_end_id=E2E, value=day(8))) == OPEN


def test_a_cut_reference_may_not_be_a_day_early():
    """X7 and R3: what C decides is not class I."""
    one = payment(reference=REF + "-LONG", account=PAYER, created=day(10), expected=day(11))
    shown = {"reference": (REF + "-LONG")[:16], "counterparty_account": PAYER}
    assert posted(one, line(value=day(9), **shown)) == OPEN
    assert posted(one, line(value=day(10), **shown)) == MATCHED


def test_a_typo_may_not_be_a_day_early():
    """X7 and R4: a forgiven typo is not class I."""
    one = payment(reference=REF, account=PAYER, created=day(10), expected=day(11))
    shown = {"reference": "ORD-0000001235", "counterparty_account": PAYER}
    assert posted(one, line(value=day(9), **shown)) == OPEN
    assert posted(one, line(value=day(10), **shown)) == MATCHED


def test_the_value_date_counts_as_written():
    """X7: Sunday the 8th is a day before Monday the 9th, though money moves on the same day."""
    one = payment(account=PAYER, created=day(9), expected=day(9))
    assert posted(one, line(value=day(8), booking=day(9), counterparty_account=PAYER)) == OPEN


def test_the_booking_date_plays_no_part_in_the_window():
    """X7 is about the value date."""
    one = payment(account=PAYER, created=day(10), expected=day(11))
    shown = line(value=day(12), booking=day(30), counterparty_account=PAYER)
    assert posted(one, shown) == MATCHED


def test_a_debit_has_no_last_day():
    """X7: a chargeback may come months later, but not before its payment."""
    one = payment(reference=REF, created=day(10), expected=day(11))
    assert posted(one, line(amount=-100_00, reference=REF, value=day(10) + 200)) == MATCHED
    assert posted(one, line(amount=-100_00, reference=REF, value=day(8))) == OPEN


# X8 consumed


def test_what_identity_took_is_no_rival_any_more():
    """X8: P1 went to the line with its reference, so the payer's other line can only be P2."""
    one = payment("P1", account=PAYER, reference=REF)
    other = payment("P2", account=PAYER)
    lines = [line("L1", reference=REF), line("L2", counterparty_account=PAYER)]
    assert posted(one, other, *lines) == {"L1 = P1", "L2 = P2"}


def test_what_identity_took_is_not_taken_again():
    """X8: a payer id leads to a payment that is settled: nothing is left for the line."""
    one = payment(account=PAYER, reference=REF)
    lines = [line("L1", reference=REF), line("L2", counterparty_account=PAYER)]
    assert posted(one, *lines) == {"L1 = P1"}


def test_what_identity_took_leaves_its_payout():
    """X8: a card payment settled by its own line is not in the group any more."""
    some = [card("P1", 100_00, reference=REF), card("P2", 50_00)]
    reference_line = line("L1", 100_00, reference=REF)
    net_of_the_other = 50_00 - 40 - 8 - 75 - 25
    rest = line("L2", net_of_the_other, merchant="M1", text="LIQUIDACION VENTAS")
    assert posted(*some, reference_line, rest) == {"L1 = P1", "L2 = P2"}


def test_an_identity_that_something_contradicts_is_reported_so():
    """Stage 8: the reason is the contradiction, not a lack of candidates."""
    found = reasons(
        payment(reference=REF, account=PAYER), line(reference=REF, counterparty_account=STRANGER)
    )
    assert found == {"L1": "contradicted"}
