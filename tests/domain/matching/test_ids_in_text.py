"""Accounts and tax ids in free text: read like the field, if they are beyond doubt (section 2)."""

from __future__ import annotations

import pytest

from tests.domain.matching.table import (
    OTHER_SHOP_TAX,
    PAYER,
    PAYER_TAX,
    SHOP_TAX,
    STRANGER,
    STRANGER_TAX,
    classes,
    line,
    other_digit,
    payment,
    posted,
)

REF = "ORD-0000001234"
MATCHED, OPEN = {"L1 = P1"}, set[str]()


def test_a_tax_id_with_a_wrong_check_digit_is_not_an_id():
    """Eleven digits that are no CUIT neither contradict nor identify."""
    wrong = other_digit(STRANGER_TAX)
    one = payment(reference=REF, tax_id=PAYER_TAX)
    assert posted(one, line(reference=REF, text=f"CUIT {wrong}")) == MATCHED
    assert posted(payment(tax_id=wrong), line(text=f"CUIT {wrong}")) == OPEN


def test_an_account_with_a_wrong_check_digit_is_not_an_id():
    """Twenty-two digits that are no CBU neither contradict nor identify."""
    wrong = other_digit(STRANGER)
    one = payment(reference=REF, account=PAYER)
    assert posted(one, line(reference=REF, text=f"CBU {wrong}")) == MATCHED
    assert posted(payment(account=wrong), line(text=f"CBU {wrong}")) == OPEN


@pytest.mark.parametrize("text", [f"CBU {PAYER}", f"({PAYER})", f"CBU:{PAYER}/X", PAYER])
def test_an_account_in_text_is_read_like_the_field(text: str):
    """Whatever stands around it, as long as it is a token of its own."""
    assert classes(payment(account=PAYER), line(text=text)) == {"L1 = P1": "C payer@1"}


@pytest.mark.parametrize(
    "written", [PAYER_TAX, f"{PAYER_TAX[:2]}-{PAYER_TAX[2:10]}-{PAYER_TAX[10]}"]
)
def test_a_tax_id_in_text_is_read_like_the_field(written: str):
    """With hyphens or without."""
    found = classes(payment(tax_id=PAYER_TAX), line(text=f"PAGO CUIT {written} VARIOS"))
    assert found == {"L1 = P1": "C payer@1"}


@pytest.mark.parametrize("glued", ["X{}", "{}X", "1{}", "{}1", "é{}", "{}ñ"])
@pytest.mark.parametrize(
    "known, shown", [({"account": PAYER}, PAYER), ({"tax_id": PAYER_TAX}, PAYER_TAX)]
)
def test_an_id_glued_to_a_letter_or_digit_is_not_an_id(
    glued: str, known: dict[str, str], shown: str
):
    """No letter or digit directly before or after it."""
    assert posted(payment(**known), line(text=f"PAGO {glued.format(shown)} X")) == OPEN


@pytest.mark.parametrize(
    "known, one, other",
    [
        ({"account": PAYER}, PAYER, STRANGER),
        ({"tax_id": PAYER_TAX}, PAYER_TAX, STRANGER_TAX),
        ({}, SHOP_TAX, OTHER_SHOP_TAX),
        ({"tax_id": PAYER_TAX}, PAYER_TAX, SHOP_TAX),
    ],
)
def test_two_different_ids_of_a_kind_cancel_each_other(known: dict[str, str], one: str, other: str):
    """If the text holds two different ones of a kind, neither is used as evidence."""
    assert posted(payment(**known), line(text=f"DE {one} A {other}")) == OPEN


def test_two_different_ids_of_a_kind_contradict_nobody():
    """Nor is either of them a contradiction."""
    one = payment(reference=REF, account=PAYER, tax_id=PAYER_TAX)
    text = f"{REF} DE {STRANGER_TAX} A {SHOP_TAX}"
    assert posted(one, line(text=text)) == MATCHED


def test_the_same_id_twice_is_one_id():
    """Two different ones cancel each other, the same one twice does not."""
    hyphens = f"{PAYER_TAX[:2]}-{PAYER_TAX[2:10]}-{PAYER_TAX[10]}"
    text = f"CUIT {PAYER_TAX} / {hyphens}"
    assert posted(payment(tax_id=PAYER_TAX), line(text=text)) == MATCHED


def test_one_of_each_kind_are_both_read():
    """An account and a tax id are of different kinds."""
    one = payment(account=PAYER, tax_id=PAYER_TAX)
    assert posted(one, line(text=f"{PAYER} {PAYER_TAX}")) == MATCHED
    assert posted(one, line(text=f"{PAYER} {STRANGER_TAX}")) == OPEN


def test_digits_inside_a_recognised_reference_are_not_ids():
    """A reference that holds a valid CUIT says nothing about the payer."""
    reference = f"FAC-{STRANGER_TAX}-77"
    one = payment(reference=reference, tax_id=PAYER_TAX)
    assert posted(one, line(text=f"PAGO {reference} VARIOS")) == MATCHED
    assert posted(one, line(text=f"PAGO {reference} CUIT {PAYER_TAX}")) == MATCHED


def test_digits_inside_a_reference_of_nobody_are_ids():
    """Only what is recognised hides its digits."""
    one = payment(account=PAYER, tax_id=PAYER_TAX)
    text = f"PAGO FAC-{STRANGER_TAX}-77"
    assert posted(one, line(counterparty_account=PAYER, text=text)) == OPEN
