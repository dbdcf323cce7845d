"""How references are compared and what a reference that does not fit means (R1 to R6)."""

from __future__ import annotations

import pytest

from domain.matching.normalise import is_typo, keys_of
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
    """R1 and R2: separators, case, accents and leading zeros may change, in the field and in text."""
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


@pytest.mark.xfail(strict=True, reason="an empty end-to-end key is looked up like any other")
def test_separators_alone_are_no_id():
    """R1: a field without a letter or digit has no key, and two such fields are not the same id."""
    assert posted(payment(end_to_end_id="--"), line(end_to_end_id="-")) == OPEN
    assert posted(payment(reference="--"), line(reference="-")) == OPEN


@pytest.mark.xfail(strict=True, reason="X4: a field that normalises to nothing is compared")
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
    some = [payment("P1", reference="FAC-A-0007-00005678"), payment("P2", reference="0007-00005678")]
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
    assert posted(payment(reference="ORD-000000001234"), line(reference="ORD-000000001234")) == MATCHED


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


# R5 refuted references


@pytest.mark.parametrize("amount", [1, 50_00, 99_97])
def test_a_refuted_owner_is_never_matched(amount: int):
    """R5: the line is more than its owner, so it is not the owner's, whatever else it shows …"""
    owner = payment(amount=amount, reference=REF, account=PAYER)
    assert posted(owner, line(reference=REF, **BY_PAYER, **BY_MERCHANT)) == OPEN


def test_a_refuted_reference_leaves_the_payers_payment():
    """R5: … and the line may still match by payer id, with a seal."""
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
def test_what_contradicts_one_of_the_two_decides(
    shown: dict[str, str], known: dict[str, object]
):
    """R6 and E2: whatever X rule takes the other one away."""
    one = payment("P1", reference=REF, account=PAYER, tax_id=PAYER_TAX, end_to_end_id=E2E)
    strangers = {"account": STRANGER, "tax_id": STRANGER_TAX, "merchant": "M2", **known}
    assert posted(one, payment("P2", reference=REF, **strangers), line(reference=REF, **shown)) == MATCHED


def test_one_end_to_end_id_of_two_payments_is_two_candidates():
    """R6: unique in its scheme only."""
    some = [payment("P1", end_to_end_id=E2E), payment("P2", merchant="M2", end_to_end_id=E2E)]
    assert posted(*some, line(end_to_end_id=E2E)) == OPEN
    assert posted(*some, line(end_to_end_id=E2E, merchant="M2")) == {"L1 = P2"}
