"""A match is posted when nothing else is possible (E1 to E10), never because it looks best."""

from __future__ import annotations

import pytest

from tests.domain.matching.table import (
    PAYER,
    PAYER_TAX,
    STRANGER,
    account,
    classes,
    day,
    judge,
    line,
    matcher,
    matches,
    payment,
    posted,
    reasons,
)

REF, OTHER_REF = "ORD-0000001234", "FAC-A-0007-00005678"
E2E = "VRDPNEUTRS2NF2URRUFNLN"
BY_PAYER = {"counterparty_account": PAYER}
BY_MERCHANT = {"merchant": "M1"}
EVIDENCE = pytest.mark.parametrize("evidence", [BY_PAYER, BY_MERCHANT], ids=["payer", "merchant"])
OPEN = set[str]()

# E1 isolated edge, E2 elimination by contradiction only


@EVIDENCE
def test_one_line_and_one_payment(evidence: dict[str, str]):
    """E1: the only edge at both ends is posted."""
    assert posted(payment(account=PAYER), line(**evidence)) == {"L1 = P1"}


@EVIDENCE
def test_a_second_payment_refuses(evidence: dict[str, str]):
    """E1: two payments fit the line."""
    some = [payment("P1", account=PAYER, reference=REF), payment("P2", account=PAYER)]
    assert posted(*some, line(**evidence)) == OPEN
    assert reasons(*some, line(**evidence)) == {"L1": "ambiguous"}


@EVIDENCE
def test_a_second_line_refuses(evidence: dict[str, str]):
    """E1: two lines fit the payment; the one that came first is no better."""
    lines = [line("L1", text="1", **evidence), line("L2", text="2", value=day(5), **evidence)]
    assert posted(payment(account=PAYER), *lines) == OPEN


@EVIDENCE
def test_a_nearer_date_does_not_decide(evidence: dict[str, str]):
    """E2: both payments are in the window, so the one of the day before is no better."""
    some = [
        payment("P1", account=PAYER, reference=REF, created=day(2), expected=day(3)),
        payment("P2", account=PAYER, reference=OTHER_REF, created=day(9), expected=day(10)),
    ]
    assert posted(*some, line(value=day(10), **evidence)) == OPEN


@EVIDENCE
def test_an_impossible_date_decides(evidence: dict[str, str]):
    """E2: what X7 contradicts is no rival."""
    some = [
        payment("P1", account=PAYER, created=day(2), expected=day(3)),
        payment("P2", account=PAYER, created=day(11), expected=day(12)),
    ]
    assert posted(*some, line(value=day(10), **evidence)) == {"L1 = P1"}


def test_more_ids_do_not_decide():
    """E2: account and tax id point to one, the account to both: neither is contradicted."""
    some = [payment("P1", account=PAYER, tax_id=PAYER_TAX), payment("P2", account=PAYER)]
    shown = {"counterparty_account": PAYER, "counterparty_tax_id": PAYER_TAX}
    assert posted(*some, line(**shown)) == OPEN


def test_a_rival_by_merchant_is_no_rival_by_payer():
    """Stage 3: an edge counts only with the evidence of its sub-stage, and payer goes first."""
    some = [payment("P1", account=PAYER), payment("P2")]
    shown = line(counterparty_account=PAYER, merchant="M1")
    assert classes(*some, shown) == {"L1 = P1": "C payer@1"}


def test_a_second_line_by_merchant_comes_too_late():
    """Stage 3: the line with the payer's id is decided before one that names the merchant."""
    lines = [line("L1", counterparty_account=PAYER), line("L2", merchant="M1")]
    assert posted(payment(account=PAYER), *lines) == {"L1 = P1"}


def test_a_line_with_a_payer_refuses_a_line_without():
    """Stage 3: in the second sub-stage open payer edges count beside those of the merchant."""
    some = [payment("P1", account=PAYER), payment("P2", account=PAYER, reference=REF)]
    lines = [line("L1", counterparty_account=PAYER), line("L2", merchant="M1", value=day(2))]
    assert posted(*some, *lines) == OPEN


def test_a_chain_of_possibilities_is_not_unravelled():
    """E1 and E5: a line that fits two payments is not given the one that the other line leaves."""
    some = [payment("P1", account=PAYER), payment("P2", account=PAYER, created=day(5))]
    lines = [line("L1", value=day(4), **BY_PAYER), line("L2", value=day(6), **BY_PAYER)]
    assert posted(*some, *lines) == OPEN


def test_amount_and_date_alone_are_nothing():
    """Section 2: class S never posts."""
    assert posted(payment(), line()) == OPEN


@pytest.mark.parametrize("method", ["card", "qr"])
@EVIDENCE
def test_cards_and_qr_are_no_candidates_of_class_c(method: str, evidence: dict[str, str]):
    """Stage 3: they are credited in groups only."""
    assert posted(payment(method=method, account=PAYER), line(**evidence)) == OPEN


@pytest.mark.parametrize("method", ["card", "qr"])
def test_cards_and_qr_are_found_by_identity(method: str):
    """Stage 3: classes I and G only, so they are no rivals of a transfer either."""
    assert posted(payment(method=method, reference=REF), line(reference=REF)) == {"L1 = P1"}
    some = [payment("P1", method=method, account=PAYER), payment("P2", account=PAYER)]
    assert posted(*some, line(**BY_PAYER)) == {"L1 = P2"}


@pytest.mark.parametrize("method", ["debin", "wallet"])
def test_debin_and_wallets_are_credited_one_by_one(method: str):
    """The methods credited one by one take part in class C."""
    assert posted(payment(method=method, account=PAYER), line(**BY_PAYER)) == {"L1 = P1"}


# E3 twins, E4 balanced, E5 unbalanced

TWINS = [payment(name, account=PAYER, tax_id=PAYER_TAX) for name in ("P1", "P2", "P3")]
THEIR_LINES = [line(name, counterparty_account=PAYER) for name in ("L1", "L2", "L3")]


@pytest.mark.parametrize("number", [2, 3])
def test_interchangeable_twins_are_one_match(number: int):
    """E3: n payments alike, n lines that fit them all."""
    found = classes(*TWINS[:number], *THEIR_LINES[:number])
    lines = " ".join(f"L{n}" for n in range(1, number + 1))
    assert found == {f"{lines} = {lines.replace('L', 'P')}": "C twins@1"}


def test_twins_by_merchant_are_one_match():
    """E3 holds for the sub-stage of the merchant too."""
    some = [payment("P1"), payment("P2")]
    lines = [line("L1", merchant="M1"), line("L2", merchant="M1")]
    assert posted(*some, *lines) == {"L1 L2 = P1 P2"}


@pytest.mark.parametrize("payments, lines", [(2, 1), (1, 2), (3, 2), (2, 3)])
def test_fewer_or_more_lines_than_twins_are_ambiguous(payments: int, lines: int):
    """E5: no assignment, no oldest first."""
    assert posted(*TWINS[:payments], *THEIR_LINES[:lines]) == OPEN


@pytest.mark.parametrize(
    "difference",
    [
        {"merchant": "M2"},
        {"tax_id": None},
        {"created": day(1)},
        {"reference": REF},
        {"end_to_end_id": E2E},
    ],
    ids=lambda difference: next(iter(difference)),
)
def test_near_twins_are_not_interchangeable(difference: dict[str, object]):
    """E3 and E4: alike in everything but one; which line paid which would be a guess."""
    near = {"account": PAYER, "tax_id": PAYER_TAX, **difference}
    found = posted(TWINS[0], payment("P2", **near), *THEIR_LINES[:2])
    assert found <= {"L1 L2 = P1 P2"}
    assert found == OPEN


def test_twins_and_a_stranger_who_fits_are_ambiguous():
    """E3: exactly n lines that fit all of them, and nothing else that they fit."""
    lines = [line(f"L{n}", merchant="M1") for n in (1, 2)]
    assert posted(payment("P1"), payment("P2"), payment("P3", account=STRANGER), *lines) == OPEN


def test_twins_that_one_line_does_not_fit_are_ambiguous():
    """E3: one of the lines came before the second payment's window."""
    some = [payment("P1", account=PAYER), payment("P2", account=PAYER, created=day(4))]
    lines = [line("L1", value=day(3), **BY_PAYER), line("L2", value=day(5), **BY_PAYER)]
    assert posted(*some, *lines) == OPEN


def test_twins_in_dollars_paid_in_pesos_keep_their_books():
    """E3 with FX: each allocation settles the payment's own amount, and the pesos are explained."""
    some = [payment(name, 10_00, currency="USD", account=PAYER) for name in ("P1", "P2")]
    lines = [line(name, 11_830_00, **BY_PAYER) for name in ("L1", "L2")]
    for found in judge(*some, *lines).matches:
        settled = [
            (one.payment_amount.minor, one.payment_amount.currency) for one in found.allocations
        ]
        assert settled == [(10_00, "USD"), (10_00, "USD")]


def test_a_balanced_set_of_different_payers_is_never_paired():
    """E4: as many lines as payments; the set may be recorded, pairs never."""
    some = [payment("P1", account=PAYER), payment("P2", account=STRANGER)]
    lines = [line("L1", merchant="M1"), line("L2", merchant="M1")]
    assert posted(*some, *lines) <= {"L1 L2 = P1 P2"}


def test_an_ambiguity_names_all_its_candidates():
    """E5: recorded with every candidate."""
    some = [payment(f"P{n}", account=account(n)) for n in range(1, 4)]
    found = judge(*some, line(merchant="M1")).left_open["L1"]
    assert [one.payment for one in found.candidates] == ["P1", "P2", "P3"]
    assert [one.contradictions for one in found.candidates] == [(), (), ()]


# E6 two identities

AGAINST_OWNER = {
    "payer account": {"counterparty_account": STRANGER},
    "merchant": {"counterparty_account": STRANGER, "merchant": "M2"},
    "date": {"counterparty_account": STRANGER, "value": day(3) + 40},
}


@pytest.mark.parametrize("shown", AGAINST_OWNER.values(), ids=AGAINST_OWNER)
def test_two_identities_refuse_the_line_whole(shown: dict[str, object]):
    """E6: the owner agrees in amount, the payer id points elsewhere: neither is posted."""
    owner = payment("P1", account=PAYER, reference=REF)
    pointed_at = payment(
        "P2", account=STRANGER, merchant=str(shown.get("merchant", "M1")), expected=day(40)
    )
    assert posted(owner, pointed_at, line(reference=REF, **shown)) == OPEN
    assert reasons(owner, pointed_at, line(reference=REF, **shown)) == {"L1": "contradicted"}


def test_two_identities_refuse_by_the_text_as_well():
    """E6: reference and payer both stand in the text."""
    some = [payment("P1", account=PAYER, reference=REF), payment("P2", account=STRANGER)]
    assert posted(*some, line(text=f"{REF} DE {STRANGER}")) == OPEN


def test_two_identities_refuse_when_the_owner_is_settled():
    """E6: the reference's owner, open or not."""
    some = [payment("P1", account=PAYER, reference=REF), payment("P2", account=STRANGER)]
    paid = line("L1", reference=REF, counterparty_account=PAYER)
    assert posted(*some, paid, line("L2", reference=REF, counterparty_account=STRANGER)) == {
        "L1 = P1"
    }


def test_two_identities_refuse_when_the_merchant_points_elsewhere():
    """E6: the merchant contradicts the owner, and its own payment of that amount is not posted."""
    some = [payment("P1", reference=REF), payment("P2", merchant="M2")]
    assert posted(*some, line(reference=REF, merchant="M2")) == OPEN


def test_a_refuted_owner_is_no_second_identity():
    """E6 asks for an owner that agrees in amount; another amount refutes the reference (R5)."""
    some = [payment("P1", 70_00, account=PAYER, reference=REF), payment("P2", account=STRANGER)]
    assert posted(*some, line(reference=REF, counterparty_account=STRANGER)) == {"L1 = P2"}


# E7 class I needs no seal


@pytest.mark.parametrize("shown", [{"reference": REF}, {"end_to_end_id": E2E}, {"text": REF}])
def test_identity_needs_no_seal(shown: dict[str, str]):
    """E7: an id is not made ambiguous by what has not arrived."""
    one = payment(reference=REF, end_to_end_id=E2E)
    assert posted(one, line(**shown), seal=None) == {"L1 = P1"}


@pytest.mark.parametrize("seal", [None, "the end"])
@pytest.mark.parametrize(
    "one, other",
    [
        ({"reference": REF, "text": "1"}, {"reference": REF, "text": "2"}),
        ({"end_to_end_id": E2E, "text": "1"}, {"end_to_end_id": E2E, "text": "2"}),
        ({"reference": REF}, {"end_to_end_id": E2E}),
        ({"reference": REF}, {"text": f"PAGO {REF}"}),
        ({"reference": REF}, {"reference": REF, "value": day(5)}),
        ({"reference": REF}, {"reference": REF, "amount": 100_01}),
        ({"reference": REF}, {"reference": REF, "account": "another of ours"}),
    ],
)
def test_two_lines_with_one_identity_refuse_each_other(
    one: dict[str, object], other: dict[str, object], seal: str | None
):
    """Stage 1 and E7: in batch, and whoever is first; they are no duplicates."""
    paid = payment(reference=REF, end_to_end_id=E2E)
    assert posted(paid, line("L1", **one), line("L2", **other), seal=seal) == OPEN


def test_a_line_refused_by_identity_is_not_given_to_class_c():
    """Stage 3: identity edges that stage 1 left open count in both sub-stages."""
    paid = payment(reference=REF, account=PAYER)
    lines = [line("L1", reference=REF, text="1"), line("L2", reference=REF, text="2")]
    assert posted(paid, *lines, line("L3", **BY_PAYER), line("L4", **BY_MERCHANT)) == OPEN


def test_a_second_line_that_something_contradicts_refuses_nobody():
    """E1: a line of another payer with the same reference is no edge."""
    paid = payment(reference=REF, account=PAYER)
    lines = [
        line("L1", reference=REF, counterparty_account=PAYER),
        line("L2", reference=REF, counterparty_account=STRANGER),
    ]
    assert posted(paid, *lines) == {"L1 = P1"}


# E8, E9 sealed windows, E10


@EVIDENCE
def test_class_c_waits_for_its_seal(evidence: dict[str, str]):
    """E8 and E9: what looks unique among what has arrived waits for the window to close."""
    assert posted(payment(account=PAYER), line(**evidence), seal=None) == OPEN


@pytest.mark.parametrize(
    "shown, known",
    [
        ({"reference": (REF + "-LONG")[:16], **BY_PAYER}, {"reference": REF + "-LONG"}),
        ({"reference": "ORD-0000001235", **BY_PAYER}, {"reference": REF}),
    ],
    ids=["cut", "typo"],
)
def test_cut_and_mistyped_references_wait_too(shown: dict[str, str], known: dict[str, str]):
    """R3 and R4: C decides them, so they need the seal."""
    one = payment(account=PAYER, **known)
    assert posted(one, line(**shown), seal=None) == OPEN
    assert posted(one, line(**shown)) == {"L1 = P1"}


def test_twins_and_parts_by_payer_wait_too():
    """E9: everything of class C does."""
    assert posted(*TWINS[:2], *THEIR_LINES[:2], seal=None) == OPEN
    lines = [line("L1", 40_00, **BY_PAYER), line("L2", 60_00, **BY_PAYER)]
    assert posted(payment(account=PAYER), *lines, seal=None) == OPEN


def test_the_seal_stands_in_the_proof_of_class_c_only():
    """E9: the proof names what closed the window, where one was needed."""
    some = [payment("P1", account=PAYER), payment("P2", reference=REF)]
    lines = [line("L1", counterparty_account=PAYER), line("L2", reference=REF)]
    found = judge(*some, *lines, seal="statement ST1").matches
    assert {one.payments[0].id: one.proof.sealed for one in found} == {
        "P1": "statement ST1",
        "P2": None,
    }


def test_a_rival_after_the_seal_reopens_the_component():
    """E10: judged again because of what arrived, the match is no longer found."""
    engine = matcher([payment("P1", account=PAYER), line("L1", **BY_PAYER)])
    assert matches(engine.judge(seal="one")) == {"L1 = P1"}
    engine.admit_payment(payment("P2", account=PAYER))
    again = engine.judge(seal="two", touched=["P2"])
    assert again.lines == {"L1"}
    assert matches(again) == OPEN


def test_new_evidence_judges_only_its_component():
    """Stage 8: what nothing connects is not judged again."""
    engine = matcher([payment("P1", account=PAYER), line("L1", **BY_PAYER)])
    engine.admit_payment(payment("P2", 7_00, account=STRANGER, merchant="M2"))
    engine.admit_line(line("L2", 7_00, counterparty_account=STRANGER, booking=day(9)))
    assert engine.judge(seal="one", touched=["P2"]).lines == {"L2"}


def test_a_pair_that_people_undid_is_not_proposed_again():
    """A decision outranks the engine: the barred pair is contradicted."""
    engine = matcher([payment("P1", reference=REF), line("L1", reference=REF)])
    engine.bar([("L1", "P1")])
    assert matches(engine.judge(seal="one")) == OPEN


def test_a_cancelled_payment_is_settled_by_nothing():
    """Not by identity, not by class C; its reference is still its own."""
    gone = payment("P1", account=PAYER, reference=REF, cancelled=True)
    assert posted(gone, line("L1", reference=REF), line("L2", **BY_PAYER)) == OPEN
    assert posted(gone, payment("P2", account=PAYER), line(reference=REF, **BY_PAYER)) == OPEN
