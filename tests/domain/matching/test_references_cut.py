"""A reference that is not shown whole, or not as it is: cut (R3, X5), or mistyped (R4)."""

from __future__ import annotations

import pytest

from domain.matching.normalise import is_typo
from tests.domain.matching.table import (
    PAYER,
    PAYER_TAX,
    STRANGER,
    classes,
    line,
    payment,
    posted,
)

REF, OTHER_REF = "ORD-0000001234", "FAC-A-0007-00005678"
E2E = "VRDPNEUTRS2NF2URRUFNLN"
BY_PAYER = {"counterparty_account": PAYER}
BY_TAX = {"counterparty_tax_id": PAYER_TAX}
BY_MERCHANT = {"merchant": "M1"}
MATCHED, OPEN = {"L1 = P1"}, set[str]()

# R3 cut references and texts

LONG = "PEDIDO/ALMACEN/2026/00000042"
SIXTEEN = LONG[:16]


@pytest.mark.parametrize("evidence", [BY_PAYER, BY_TAX, BY_MERCHANT], ids=["acct", "tax", "mer"])
def test_a_reference_of_sixteen_that_fits_is_decided_by_c(evidence: dict[str, str]):
    """R3: it must fit, and C decides."""
    one = payment(reference=LONG, account=PAYER, tax_id=PAYER_TAX)
    found = classes(one, line(reference=SIXTEEN, **evidence))
    assert list(found) == ["L1 = P1"]
    assert found["L1 = P1"].startswith("C ")


def test_a_cut_reference_is_no_identity():
    """R3: alone it proves nothing, however few references begin so."""
    assert posted(payment(reference=LONG), line(reference=SIXTEEN)) == OPEN


@pytest.mark.parametrize("length", [15, 17])
def test_any_other_length_is_not_cut(length: int):
    """R3: exactly 16; a beginning of another length is a reference of nobody (X5)."""
    one = payment(reference=LONG, account=PAYER)
    assert posted(one, line(reference=LONG[:length], **BY_PAYER)) == OPEN


def test_a_cut_reference_contradicts_what_it_does_not_fit():
    """X5: neither the payment's, nor cut from it."""
    one = payment(reference="FAC-A-0007-00005678", account=PAYER)
    assert posted(one, line(reference=SIXTEEN, **BY_PAYER)) == OPEN
    assert posted(payment(account=PAYER), line(reference=SIXTEEN, **BY_PAYER)) == OPEN


def test_a_cut_reference_decides_between_equal_payments():
    """R3 and E2: the payment that it does not fit is contradicted, not weaker."""
    some = [payment("P1", account=PAYER, reference=LONG), payment("P2", account=PAYER)]
    assert posted(*some, line(reference=SIXTEEN, **BY_PAYER)) == MATCHED


def test_a_cut_reference_that_fits_two_is_ambiguous():
    """R3 and E1: the rest that would tell them apart is gone."""
    some = [payment("P1", account=PAYER, reference=LONG)]
    some.append(payment("P2", account=PAYER, reference=SIXTEEN + "XX"))
    assert posted(*some, line(reference=SIXTEEN, **BY_PAYER)) == OPEN


def test_sixteen_characters_may_be_a_whole_reference():
    """R3: nothing longer begins so, hence the reference is complete."""
    assert (
        posted(payment(reference="ORD-000000001234"), line(reference="ORD-000000001234")) == MATCHED
    )


def test_sixteen_characters_that_begin_a_longer_one_are_no_identity():
    """R3: whole for P1, cut for P2: C decides, and without a payer nothing does."""
    short, longer = "ORD-000000001234", "ORD-0000000012345"
    some = [payment("P1", reference=short, account=PAYER), payment("P2", 7_00, reference=longer)]
    assert posted(*some, line(reference=short)) == OPEN
    assert posted(*some, line(reference=short, **BY_PAYER)) == MATCHED


def cut_text(head: str, tail: str) -> str:
    """A text of exactly 35 characters that begins with `head` and ends with `tail`."""
    text = head + " " * (35 - len(head) - len(tail)) + tail
    assert len(text) == 35
    return text


@pytest.mark.parametrize("evidence", [BY_PAYER, BY_MERCHANT], ids=["payer", "merchant"])
@pytest.mark.parametrize("shown", [4, 6, 8, 12, 13])
def test_a_cut_text_that_fits_is_decided_by_c(shown: int, evidence: dict[str, str]):
    """R3: the tail of 35 characters is a beginning of the payment's reference."""
    one = payment(reference=REF, account=PAYER)
    text = cut_text("TRANSFERENCIA", REF[:shown])
    assert posted(one, line(text=text, **evidence)) == MATCHED
    assert posted(one, line(text=text)) == OPEN


@pytest.mark.parametrize("evidence", [BY_PAYER, BY_MERCHANT], ids=["payer", "merchant"])
@pytest.mark.parametrize("known", [{"reference": OTHER_REF}, {"reference": None}])
def test_a_cut_text_contradicts_what_it_does_not_fit(
    known: dict[str, str | None], evidence: dict[str, str]
):
    """X5: the tail is a beginning of some reference, and not of this payment's."""
    some = [payment("P1", account=PAYER, **known), payment("P2", 7_00, reference=REF)]
    assert posted(*some, line(text=cut_text("PAGO", REF[:10]), **evidence)) == OPEN


def test_a_cut_text_decides_between_equal_payments():
    """X5 and E2: the tail contradicts the other one."""
    some = [payment("P1", account=PAYER, reference=REF)]
    some.append(payment("P2", account=PAYER, reference=OTHER_REF))
    assert posted(*some, line(text=cut_text("PAGO", REF[:10]), **BY_PAYER)) == MATCHED


@pytest.mark.parametrize("length", [34, 36])
def test_a_text_of_another_length_is_not_cut(length: int):
    """X5: exactly 35; else the end of the text says nothing."""
    some = [payment("P1", account=PAYER, reference=OTHER_REF), payment("P2", 7_00, reference=REF)]
    text = "PAGO".ljust(length - 10) + REF[:10]
    assert len(text) == length
    assert posted(*some, line(text=text, **BY_PAYER)) == MATCHED


def test_a_tail_that_begins_no_reference_says_nothing():
    """X5: only the beginning of some reference contradicts."""
    one = payment("P1", account=PAYER, reference=OTHER_REF)
    assert posted(one, line(text=cut_text("PAGO", "MARIA GOMEZ"), **BY_PAYER)) == MATCHED


def test_a_whole_reference_at_the_end_of_a_cut_text_is_identity():
    """R3: nothing longer begins so."""
    assert posted(payment(reference=REF), line(text=cut_text("PAGO", REF))) == MATCHED


def test_a_whole_reference_at_the_end_that_begins_a_longer_one_is_no_identity():
    """R3: it may have been cut from the longer one."""
    some = [payment("P1", account=PAYER, reference=REF), payment("P2", 7_00, reference=REF + "99")]
    assert posted(*some, line(text=cut_text("PAGO", REF))) == OPEN
    assert posted(*some, line(text=cut_text("PAGO", REF), **BY_PAYER)) == MATCHED


def test_a_whole_reference_before_the_end_of_a_cut_text_is_identity():
    """R3: only the end may have been cut."""
    assert posted(payment(reference=REF), line(text=cut_text(f"PAGO {REF}", "GOMEZ"))) == MATCHED


# R4 typos


@pytest.mark.parametrize(
    "shown, known, expected",
    [
        ("ORD-0000001235", "ORD-0000001234", True),
        ("ORD-0000001243", "ORD-0000001234", True),
        ("ORD_0000001234", "ORD-0000001234", True),
        ("ORD0000001235", "ORD-0000001234", True),
        ("ord-0000001235", "ORD-0000001234", True),
        ("OR-D0000001234", "ORD-0000001234", True),
        ("ORD-0000001255", "ORD-0000001234", False),
        ("ORD-0000001432", "ORD-0000001234", False),
        ("ORD-000000123", "ORD-0000001234", False),
        ("ORD-00000012345", "ORD-0000001234", False),
        ("ORD-0000001234", "ORD-0000001234", False),
    ],
)
def test_one_slip(shown: str, known: str, expected: bool):
    """R4: one character replaced or two neighbours exchanged, on the keys or as written."""
    assert is_typo(shown, known) is expected


TYPOS = ["ORD-0000001235", "ORD-0000001243", "0RD-0000001234"]


@pytest.mark.parametrize("shown", TYPOS)
@pytest.mark.parametrize("evidence", [BY_PAYER, BY_TAX, {"text": f"CUIT {PAYER_TAX}"}])
def test_a_typo_is_forgiven_with_a_payer_id(shown: str, evidence: dict[str, str]):
    """R4: payer id, exact amount and the only edge."""
    one = payment(reference=REF, account=PAYER, tax_id=PAYER_TAX)
    assert posted(one, line(reference=shown, **evidence)) == MATCHED


@pytest.mark.parametrize("shown", TYPOS)
def test_a_typo_is_not_forgiven_with_a_merchant_or_nothing(shown: str):
    """R4: only with a payer id."""
    assert posted(payment(reference=REF), line(reference=shown)) == OPEN
    assert posted(payment(reference=REF), line(reference=shown, **BY_MERCHANT)) == OPEN


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_typo_is_not_forgiven_a_centavo(difference: int):
    """R4: exact amount."""
    one = payment(reference=REF, account=PAYER)
    assert posted(one, line(amount=100_00 + difference, reference=TYPOS[0], **BY_PAYER)) == OPEN


def test_a_typo_is_not_forgiven_a_rate_of_exchange():
    """R4: converted is not exact."""
    one = payment(amount=10_00, currency="USD", reference=REF, account=PAYER)
    assert posted(one, line(amount=11_830_00, reference=REF, **BY_PAYER)) == MATCHED
    assert posted(one, line(amount=11_830_00, reference=TYPOS[0], **BY_PAYER)) == OPEN


def test_a_typo_of_two_payments_is_ambiguous():
    """R4 and E1: one slip away from both."""
    some = [
        payment("P1", reference="ORD-0000001234", account=PAYER),
        payment("P2", reference="ORD-0000001236", account=PAYER),
    ]
    assert posted(*some, line(reference="ORD-0000001235", **BY_PAYER)) == OPEN


def test_a_typo_that_is_somebodys_reference_is_that_reference():
    """R4 and E6: the string shown has an owner that agrees in amount."""
    some = [
        payment("P1", reference="ORD-0000001234", account=PAYER),
        payment("P2", reference="ORD-0000001235", account=STRANGER),
    ]
    assert posted(*some, line(reference="ORD-0000001235", **BY_PAYER)) == OPEN


def test_a_typo_that_is_a_refuted_reference_is_forgiven():
    """R4: … or its owner is refuted (R5)."""
    some = [
        payment("P1", reference="ORD-0000001234", account=PAYER),
        payment("P2", 70_00, reference="ORD-0000001235", account=STRANGER),
    ]
    assert posted(*some, line(reference="ORD-0000001235", **BY_PAYER)) == MATCHED


def test_a_typo_is_no_part():
    """R4 asks for the exact amount; a sum of parts is another rule."""
    one = payment(reference=REF, account=PAYER)
    lines = [
        line("L1", 40_00, reference=TYPOS[0], **BY_PAYER),
        line("L2", 60_00, reference=TYPOS[0], text="2", **BY_PAYER),
    ]
    assert posted(one, *lines) == OPEN
