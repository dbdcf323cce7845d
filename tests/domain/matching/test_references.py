"""How references are compared and what a reference that does not fit means (R1 to R6)."""

from __future__ import annotations

import pytest

from domain.matching.normalise import keys_of
from tests.domain.matching.table import (
    PAYER,
    PAYER_TAX,
    SHOP,
    SHOP_TAX,
    STRANGER,
    STRANGER_TAX,
    classes,
    day,
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

# R1 keys


@pytest.mark.parametrize(
    "text, key, stripped",
    [
        ("ORD-0000001234", "ORD0000001234", "ORD1234"),
        ("fac-a-0007-00005678", "FACA000700005678", "FACA75678"),
        ("Cobranza Nº 000000042 Área 7", "COBRANZANO000000042AREA7", "COBRANZANO42AREA7"),
        ("0010 0", "00100", "10"),
        ("--", "", ""),
        ("ABC0", "ABC0", "ABC0"),
    ],
)
def test_keys(text: str, key: str, stripped: str):
    """R1: runs joined; and each without its leading zeros, joined."""
    assert keys_of(text) == (key, stripped)


SPELLINGS = [
    ("FAC-A-0007-00005678", "fac a 0007 00005678"),
    ("FAC-A-0007-00005678", "FACA000700005678"),
    ("FAC-A-0007-00005678", "FAC.A.7.5678"),
    ("FAC-A-0007-00005678", "FAC-A-07-005678"),
    ("FAC-A-7-5678", "FAC-A-0007-00005678"),
    ("PEDIDO/ÑANDÚ/2026/00000042", "pedido nandu 2026 42"),
    ("Cobranza Nº 000000042 Área 7", "COBRANZA NO 42 AREA 7"),
    ("\uff26\uff21\uff23-001122", "FAC 1122"),  # full-width letters
]


@pytest.mark.parametrize("known, shown", SPELLINGS)
@pytest.mark.parametrize("place", ["reference", "text"])
def test_a_spelling_is_the_same_reference(known: str, shown: str, place: str):
    """R1 and R2: separators, case, accents and leading zeros may change anywhere."""
    written = shown if place == "reference" else f"PAGO {shown} VARIOS"
    assert posted(payment(reference=known), line(**{place: written})) == MATCHED


@pytest.mark.parametrize("shown", ["FAC-A-0070-00005678", "FAC-A-0007-000056780", "FACA75679"])
def test_other_characters_are_another_reference(shown: str):
    """R1: trailing zeros and other digits are not noise."""
    one = payment(reference="FAC-A-0007-00005678")
    assert posted(one, line(reference=shown)) == OPEN


def test_equal_keys_are_two_owners():
    """R1 and E2: the spelling that is nearer does not decide between 7 and 007."""
    some = [payment("P1", reference="FAC-7-5678"), payment("P2", reference="FAC-007-5678")]
    assert posted(*some, line(reference="FAC-007-5678")) == OPEN


def test_separators_alone_are_no_id():
    """R1: a field without a letter or digit has no key, and two such fields are not the same id."""
    assert posted(payment(end_to_end_id="--"), line(end_to_end_id="-")) == OPEN
    assert posted(payment(reference="--"), line(reference="-")) == OPEN


@pytest.mark.parametrize("field", ["counterparty_account", "counterparty_tax_id"])
def test_separators_alone_are_no_payer(field: str):
    """X4: nothing that could be an id is what the source did not say."""
    one = payment(reference=REF, account=PAYER, tax_id=PAYER_TAX)
    assert posted(one, line(reference=REF, **{field: "-"})) == MATCHED


# R2 text


def test_a_reference_of_six_neighbouring_tokens_is_read():
    """R2: n-grams of up to six tokens."""
    six = "A1-B2-C3-D4-E5-F6"
    assert posted(payment(reference=six), line(text=f"PAGO {six.replace('-', ' ')} X")) == MATCHED


def test_a_reference_of_seven_tokens_is_not_read_in_text():
    """R2: longer ones are found in the field only."""
    seven = "A1-B2-C3-D4-E5-F6-G7"
    assert posted(payment(reference=seven), line(text=f"PAGO {seven} X")) == OPEN
    assert posted(payment(reference=seven), line(reference=seven)) == MATCHED


def test_five_characters_in_a_text_are_no_reference():
    """R2: alnum key of 6 characters or more; the field has no such limit."""
    assert posted(payment(reference="AB-123"), line(text="PAGO AB-123")) == OPEN
    assert posted(payment(reference="AB-123"), line(reference="AB-123")) == MATCHED
    assert posted(payment(reference="AB-1234"), line(text="PAGO AB-1234")) == MATCHED


def test_a_longer_hit_hides_those_inside_it():
    """R2: 0007-00005678 is a reference of its own, but not where FAC-A-0007-00005678 stands."""
    some = [
        payment("P1", reference="FAC-A-0007-00005678"),
        payment("P2", reference="0007-00005678"),
    ]
    assert posted(*some, line(text="PAGO FAC-A-0007-00005678 VARIOS")) == MATCHED
    assert posted(*some, line(text="PAGO 0007-00005678 VARIOS")) == {"L1 = P2"}


def test_a_longer_hit_hides_even_where_only_the_inner_one_fits():
    """R2: the line shows the outer reference, refuted by its amount; the inner one is not shown."""
    some = [
        payment("P1", 33_00, reference="FAC-A-0007-00005678"),
        payment("P2", 100_00, reference="0007-00005678"),
    ]
    assert posted(*some, line(text="PAGO FAC-A-0007-00005678 VARIOS")) == OPEN


def test_overlapping_hits_are_both_shown():
    """R2: neither lies inside the other, so the line shows two references (2a)."""
    some = [payment("P1", reference="AAA-111-BBB"), payment("P2", reference="BBB-222-CCC")]
    assert posted(*some, line(text="AAA-111-BBB-222-CCC")) == OPEN


def test_a_part_of_a_token_is_no_reference():
    """R2: tokens are whole runs."""
    assert posted(payment(reference="ABC1234567"), line(text="XABC1234567")) == OPEN
    assert posted(payment(reference="ABC1234567"), line(text="ABC12345678")) == OPEN


# R5 refuted references


@pytest.mark.parametrize("amount", [1, 50_00, 99_97])
def test_a_refuted_owner_is_never_matched(amount: int):
    """R5: the line is more than its owner, so it is not the owner's, whatever else it shows."""
    owner = payment(amount=amount, reference=REF, account=PAYER)
    assert posted(owner, line(reference=REF, **BY_PAYER, **BY_MERCHANT)) == OPEN


def test_a_refuted_reference_leaves_the_payers_payment():
    """R5: the line may still match by payer id, with a seal."""
    some = [
        payment("P1", 70_00, reference=OTHER_REF, account=STRANGER),
        payment("P2", 100_00, reference=REF, account=PAYER),
    ]
    found = classes(*some, line(reference=OTHER_REF, **BY_PAYER))
    assert found == {"L1 = P2": "C payer@1"}


def test_a_refuted_reference_leaves_the_end_to_end_id():
    """R5: or by end-to-end id."""
    some = [payment("P1", 70_00, reference=OTHER_REF), payment("P2", 100_00, end_to_end_id=E2E)]
    found = classes(*some, line(reference=OTHER_REF, end_to_end_id=E2E))
    assert found == {"L1 = P2": "I identity@1"}


@pytest.mark.parametrize("place", ["reference", "text"])
@pytest.mark.parametrize(
    "named",
    [{"merchant": "M1"}, {"counterparty_tax_id": SHOP_TAX}, {"counterparty_account": SHOP}],
    ids=["id", "tax id", "account"],
)
def test_a_refuted_reference_leaves_nothing_to_the_merchant(place: str, named: dict[str, str]):
    """R5: never by merchant alone."""
    owner, other = payment("P1", 70_00, reference=OTHER_REF), payment("P2", 100_00)
    assert posted(other, line(**named)) == {"L1 = P2"}
    assert posted(owner, other, line(**{place: OTHER_REF}, **named)) == OPEN


def test_a_part_of_its_owner_is_not_refuted():
    """R5: 40 may be a part of P1, so the payer's own payment of 40 is not it."""
    some = [payment("P1", reference=REF), payment("P2", 40_00, account=PAYER)]
    assert posted(*some, line(amount=40_00, reference=REF, **BY_PAYER)) == OPEN


def test_a_part_of_an_owner_that_is_contradicted_is_refuted():
    """R5: … of an owner that nothing contradicts; here the payer does."""
    some = [payment("P1", reference=REF, account=STRANGER), payment("P2", 40_00, account=PAYER)]
    assert posted(*some, line(amount=40_00, reference=REF, **BY_PAYER)) == {"L1 = P2"}


def test_a_part_of_an_owner_that_is_settled_is_refuted():
    """R5 and X8: P1 is paid whole; the payer's next line quotes its reference out of habit."""
    some = [payment("P1", reference=REF, account=PAYER), payment("P2", 40_00, account=PAYER)]
    lines = [
        line("L1", 100_00, reference=REF, **BY_PAYER),
        line("L2", 40_00, reference=REF, value=day(5), **BY_PAYER),
    ]
    assert posted(*some, *lines) == {"L1 = P1", "L2 = P2"}


def test_the_exact_amount_does_not_refute_a_contradicted_owner():
    """R5 and E6: the owner's amount explains the line, so the reference stands and refuses."""
    some = [payment("P1", reference=REF, account=STRANGER), payment("P2", account=PAYER)]
    assert posted(*some, line(reference=REF, **BY_PAYER)) == OPEN


@pytest.mark.parametrize("evidence", [BY_PAYER, BY_TAX, BY_MERCHANT])
def test_a_reference_of_nobody_is_not_refuted(evidence: dict[str, str]):
    """R5: without an owner it contradicts every payment, also one without any reference."""
    for known in ({}, {"reference": REF}):
        one = payment(account=PAYER, tax_id=PAYER_TAX, **known)
        assert posted(one, line(reference="NOBODYS-99", **evidence)) == OPEN


def test_a_reference_of_nobody_spares_the_end_to_end_id():
    """R5: except the payment whose end-to-end id the line shows."""
    one = payment(end_to_end_id=E2E)
    assert posted(one, line(reference="NOBODYS-99", end_to_end_id=E2E)) == MATCHED
    assert posted(one, line(reference="NOBODYS-99", text=f"TRF {E2E}")) == MATCHED


def test_words_of_a_text_that_nobody_owns_contradict_nothing():
    """X5 speaks of the reference field."""
    one = payment(account=PAYER, reference=REF)
    assert posted(one, line(text="PAGO NOBODYS-99 VARIOS", **BY_PAYER)) == MATCHED


# R6 scope


def test_one_reference_at_two_merchants_is_two_candidates():
    """R6: unique per merchant only."""
    some = [payment("P1", reference=REF), payment("P2", merchant="M2", reference=REF)]
    assert posted(*some, line(reference=REF)) == OPEN


@pytest.mark.parametrize(
    "shown, known",
    [
        ({"merchant": "M1"}, {}),
        ({"counterparty_account": PAYER}, {}),
        ({"counterparty_tax_id": PAYER_TAX}, {}),
        ({"end_to_end_id": E2E}, {}),
        ({}, {"amount": 70_00}),
        ({}, {"created": day(10), "expected": day(11)}),
    ],
    ids=["merchant", "account", "tax id", "end-to-end id", "amount", "date"],
)
def test_what_contradicts_one_of_the_two_decides(shown: dict[str, str], known: dict[str, object]):
    """R6 and E2: whatever X rule takes the other one away."""
    one = payment("P1", reference=REF, account=PAYER, tax_id=PAYER_TAX, end_to_end_id=E2E)
    strangers = {"account": STRANGER, "tax_id": STRANGER_TAX, "merchant": "M2", **known}
    assert (
        posted(one, payment("P2", reference=REF, **strangers), line(reference=REF, **shown))
        == MATCHED
    )


def test_one_end_to_end_id_of_two_payments_is_two_candidates():
    """R6: unique in its scheme only."""
    some = [payment("P1", end_to_end_id=E2E), payment("P2", merchant="M2", end_to_end_id=E2E)]
    assert posted(*some, line(end_to_end_id=E2E)) == OPEN
    assert posted(*some, line(end_to_end_id=E2E, merchant="M2")) == {"L1 = P2"}
