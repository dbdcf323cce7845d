"""Lists and parts: exact sums of what ids name, and no others (stages 2a, 2b and 3)."""

from __future__ import annotations

import pytest

from tests.domain.matching.table import (
    PAYER,
    PAYER_TAX,
    STRANGER,
    classes,
    day,
    judge,
    line,
    payment,
    posted,
)

A, B, C = "ORD-0000001234", "FAC-A-0007-00005678", "PEDIDO/ALMACEN/2026/00000042"
OPEN = set[str]()
SOME = [
    payment("P1", 60_00, reference=A),
    payment("P2", 40_00, reference=B),
    payment("P3", 30_00, reference=C),
]

# 2a: a list of references


@pytest.mark.parametrize(
    "shown",
    [
        {"text": f"PAGO {A} {B}"},
        {"text": f"{B}, {A}"},
        {"reference": A, "text": f"Y {B}"},
    ],
)
def test_a_list_is_paid_by_its_exact_sum(shown: dict[str, str]):
    """2a: several complete references, wherever they stand, and exactly their sum."""
    assert classes(*SOME, line(amount=100_00, **shown)) == {"L1 = P1 P2": "I list@1"}


def test_three_references_are_paid_by_their_sum():
    """2a: as many as the text holds."""
    assert posted(*SOME, line(amount=130_00, text=f"{A} {B} {C}")) == {"L1 = P1 P2 P3"}


@pytest.mark.parametrize("difference", [-2, -1, 1, 2])
def test_a_list_is_not_rounded(difference: int):
    """2a: exactly; the two centavos of X6 are for one payment."""
    assert posted(*SOME, line(amount=100_00 + difference, text=f"{A} {B}")) == OPEN


def test_a_list_with_one_that_fits_and_others_refuted_is_that_one():
    """2a and R5: 60 is P1 exactly, and more than P2 could explain."""
    assert posted(*SOME, line(amount=60_00, text=f"{A} {B}")) == {"L1 = P1"}


def test_a_list_with_one_that_fits_and_one_that_could_be_in_part_is_refused():
    """2a: 40 is P2 exactly, but it could be a part of P1, which nothing refutes."""
    assert posted(*SOME, line(amount=40_00, text=f"{A} {B}")) == OPEN


def test_the_same_is_matched_when_something_else_contradicts_the_other():
    """2a and R5: a part of an owner that something contradicts proves nothing."""
    some = [payment("P1", 60_00, reference=A, account=STRANGER), payment("P2", 40_00, reference=B)]
    shown = line(amount=40_00, text=f"{A} {B}", counterparty_account=PAYER)
    assert posted(*some, shown) == {"L1 = P2"}


def test_a_list_that_nothing_fits_is_refused_whole():
    """2a: otherwise refused, whatever the payer id points to."""
    other = payment("P9", 250_00, account=PAYER)
    assert (
        posted(*SOME, other, line(amount=250_00, text=f"{A} {B}", counterparty_account=PAYER))
        == OPEN
    )


def test_a_list_with_two_that_fit_alone_is_refused():
    """2a: one of them, not either of them."""
    some = [payment("P1", 60_00, reference=A), payment("P2", 60_00, reference=B)]
    assert posted(*some, line(amount=60_00, text=f"{A} {B}")) == OPEN


def test_a_list_with_a_settled_member_is_refused():
    """2a and X8: the sum counts, and one of its payments is gone."""
    lines = [line("L1", 60_00, reference=A, counterparty_account=PAYER)]
    lines.append(line("L2", 100_00, text=f"{A} {B}"))
    assert "L2 = P1 P2" not in posted(*SOME, *lines)


def test_a_contradicted_member_refuses_the_list():
    """2a and X3: the line names a merchant that is not P2's."""
    some = [payment("P1", 60_00, reference=A), payment("P2", 40_00, reference=B, merchant="M2")]
    assert posted(*some, line(amount=100_00, text=f"{A} {B}", merchant="M1")) == OPEN


def test_two_lists_of_the_same_payments_refuse_each_other():
    """E1 and 2a: whichever came first."""
    lines = [line("L1", 100_00, text=f"{A} {B}"), line("L2", 100_00, text=f"{B} {A}")]
    assert posted(*SOME, *lines) == OPEN


def test_two_lists_that_share_one_payment_refuse_each_other():
    """E1: the shared payment has two lines."""
    lines = [line("L1", 100_00, text=f"{A} {B}"), line("L2", 70_00, text=f"{B} {C}")]
    assert posted(*SOME, *lines) == OPEN


def test_a_list_and_a_line_for_one_of_its_members_refuse_each_other():
    """Stage 1 and X6: both lines show P1's identity, and an exact sum of a list explains."""
    lines = [line("L1", 100_00, text=f"{A} {B}"), line("L2", 60_00, text=A)]
    assert posted(*SOME, *lines) == OPEN


def test_a_payment_of_two_refused_lists_is_not_given_to_class_c():
    """E1: the lists still fit P1, so a third line with the payer's id does not get it."""
    some = [payment("P1", 60_00, reference=A, account=PAYER), SOME[1]]
    lines = [line("L1", 100_00, text=f"{A} {B}"), line("L2", 100_00, text=f"{B} {A}")]
    assert posted(*some, *lines, line("L3", 60_00, counterparty_account=PAYER)) == OPEN


def test_a_list_across_currencies_is_refused():
    """X1: dollars and pesos have no sum."""
    some = [payment("P1", 60_00, reference=A), payment("P2", 40_00, reference=B, currency="USD")]
    assert posted(*some, line(amount=100_00, text=f"{A} {B}")) == OPEN


def test_a_list_may_span_merchants():
    """2a asks for complete references and their sum, not for one merchant."""
    some = [payment("P1", 60_00, reference=A), payment("P2", 40_00, reference=B, merchant="M2")]
    assert posted(*some, line(amount=100_00, text=f"{A} {B}")) == {"L1 = P1 P2"}


def test_the_reference_twice_is_no_list():
    """2a: field and text show the same one."""
    assert classes(SOME[0], line(amount=60_00, reference=A, text=f"PAGO {A}")) == {
        "L1 = P1": "I identity@1"
    }


# 2b: parts that show one reference

WHOLE = payment(reference=A, account=PAYER)


def part(name: str, amount: int, **shown: object):
    """A line of its own (the text tells it from the others) that shows the reference."""
    return line(name, amount, **{"reference": A, "text": f"CUOTA {name}", **shown})


@pytest.mark.parametrize("amounts", [(40_00, 60_00), (10_00, 30_00, 60_00), (3, 99_97)])
def test_parts_are_posted_when_they_sum_exactly(amounts: tuple[int, ...]):
    """2b: all of them in one match."""
    lines = [part(f"L{n}", amount) for n, amount in enumerate(amounts, start=1)]
    names = " ".join(one.id for one in lines)
    assert classes(WHOLE, *lines) == {f"{names} = P1": "I parts@1"}


@pytest.mark.parametrize(
    "amounts", [(40_00, 59_99), (40_00, 60_01), (40_00,), (40_00, 60_00, 10_00), (40_00, 40_00)]
)
def test_parts_that_do_not_sum_exactly_stay_open(amounts: tuple[int, ...]):
    """2b: and only then; no subset of them is tried."""
    lines = [part(f"L{n}", amount) for n, amount in enumerate(amounts, start=1)]
    assert posted(WHOLE, *lines) == OPEN


def test_parts_and_a_whole_line_refuse_each_other():
    """E1: 40 + 60 settle the payment as well as 100 does."""
    assert posted(WHOLE, part("L1", 100_00), part("L2", 40_00), part("L3", 60_00)) == OPEN


def test_a_part_that_another_line_makes_impossible_stays_open():
    """2b and X8: the whole line is the only explained edge; 40 alone explains nothing."""
    assert posted(WHOLE, part("L1", 100_00), part("L2", 40_00)) == {"L1 = P1"}


def test_a_line_that_a_candidate_explains_whole_is_no_part():
    """2b and R6: the reference at another merchant is 40 exactly, so L1 is that payment."""
    other = payment("P2", 40_00, merchant="M2", reference=A)
    assert posted(WHOLE, other, part("L1", 40_00), part("L2", 60_00)) == {"L1 = P2"}


def test_a_line_that_rounding_explains_is_no_part():
    """2b and X6: 99.99 is the payment whole, within 2 centavos, and leaves no rest."""
    assert posted(WHOLE, part("L1", 1), part("L2", 99_99)) == {"L2 = P1"}


def test_a_contradicted_line_is_no_part():
    """2b: the third line is another payer's, so the other two are all the parts there are."""
    lines = [part("L1", 40_00), part("L2", 60_00), part("L3", 60_00, counterparty_account=STRANGER)]
    assert posted(WHOLE, *lines) == {"L1 L2 = P1"}


def test_parts_of_two_payments_with_one_reference_are_refused():
    """2b and R6: the parts could be of either merchant's payment."""
    other = payment("P2", merchant="M2", reference=A)
    assert posted(WHOLE, other, part("L1", 40_00), part("L2", 60_00)) == OPEN


def test_parts_that_might_be_of_another_merchants_payment_refuse_a_whole_line():
    """E1 and R6: 40 + 60 may be P1 or a part of P2; 100 is not the only way to settle P1."""
    other = payment("P2", 300_00, merchant="M2", reference=A)
    lines = [part("L1", 100_00), part("L2", 40_00), part("L3", 60_00)]
    assert posted(WHOLE, other, *lines) == OPEN


def test_parts_of_the_merchant_they_name_are_posted():
    """2b and X3: the merchant's id tells the two payments apart."""
    other = payment("P2", merchant="M2", reference=A)
    lines = [part("L1", 40_00, merchant="M2"), part("L2", 60_00, merchant="M2")]
    assert posted(WHOLE, other, *lines) == {"L1 L2 = P2"}


def test_a_part_is_not_given_to_the_payers_other_payment():
    """X5: it shows the reference of P1, which nothing refutes, so it is not P2."""
    other = payment("P2", 40_00, account=PAYER)
    assert posted(WHOLE, other, part("L1", 40_00, counterparty_account=PAYER)) == OPEN


def test_parts_by_end_to_end_id_are_posted_too():
    """2b: an end-to-end id is an identity like the reference."""
    whole = payment(end_to_end_id="VRDPNEUTRS2NF2URRUFNLN")
    shown = {"end_to_end_id": "VRDPNEUTRS2NF2URRUFNLN"}
    lines = [line("L1", 40_00, **shown), line("L2", 60_00, **shown)]
    assert posted(whole, *lines) == {"L1 L2 = P1"}


def test_parts_need_no_seal():
    """E7: parts by reference are of class I."""
    assert posted(WHOLE, part("L1", 40_00), part("L2", 60_00), seal=None) == {"L1 L2 = P1"}


def test_the_parts_allocations_sum_to_the_payment():
    """Each line is allocated whole."""
    (found,) = judge(WHOLE, part("L1", 40_00), part("L2", 60_00)).matches
    assert [(one.settlement, one.amount.minor) for one in found.allocations] == [
        ("L1", 40_00),
        ("L2", 60_00),
    ]
    assert found.residuals == ()


# Stage 3: parts by payer


def by_payer(name: str, amount: int, **shown: object):
    """A line with the payer's account."""
    return line(name, amount, **{"counterparty_account": PAYER, "text": name, **shown})


ONE = payment("P1", account=PAYER, tax_id=PAYER_TAX)


def test_a_payers_parts_are_posted_when_they_sum_exactly():
    """Stage 3: the payer has one open payment, and its lines are exactly it."""
    found = classes(ONE, by_payer("L1", 40_00), by_payer("L2", 60_00))
    assert found == {"L1 L2 = P1": "C parts-by-payer@1"}


def test_a_payers_parts_may_show_different_ids():
    """Stage 3: by account, by tax id, in a field or in the text."""
    lines = [
        by_payer("L1", 40_00),
        line("L2", 50_00, counterparty_tax_id=PAYER_TAX),
        line("L3", 10_00, text=f"CUIT {PAYER_TAX}"),
    ]
    assert posted(ONE, *lines) == {"L1 L2 L3 = P1"}


@pytest.mark.parametrize("amounts", [(40_00, 59_99), (40_00, 60_01), (40_00, 60_00, 1_00)])
def test_a_payers_parts_that_do_not_sum_exactly_stay_open(amounts: tuple[int, ...]):
    """Stage 3: same rule, exactly and all of them."""
    lines = [by_payer(f"L{n}", amount) for n, amount in enumerate(amounts, start=1)]
    assert posted(ONE, *lines) == OPEN


@pytest.mark.parametrize(
    "second",
    [
        payment("P2", 500_00, account=PAYER),
        payment("P2", 5_00, account=PAYER),
        payment("P2", 500_00, account=PAYER, merchant="M2"),
        payment("P2", 100_00, account=PAYER, reference=A),
        payment("P2", 500_00, tax_id=PAYER_TAX),
    ],
    ids=["larger", "smaller", "of another merchant", "of the same amount", "by tax id"],
)
def test_a_payer_with_two_open_payments_pays_no_parts(second: object):
    """Stage 3: the parts could be of either."""
    lines = [
        by_payer("L1", 40_00, counterparty_tax_id=PAYER_TAX),
        by_payer("L2", 60_00, counterparty_tax_id=PAYER_TAX),
    ]
    assert posted(ONE, second, *lines) == OPEN  # type: ignore[arg-type]


def test_a_payers_settled_payment_is_not_open():
    """Stage 3: after identity took P2, the payer has one open payment."""
    other = payment("P2", 500_00, account=PAYER, reference=A)
    lines = [by_payer("L1", 40_00), by_payer("L2", 60_00), line("L3", 500_00, reference=A)]
    assert posted(ONE, other, *lines) == {"L1 L2 = P1", "L3 = P2"}


def test_a_payers_parts_are_found_beside_its_other_payment():
    """Stage 3: L1 is P2, the only payment of 70; the parts then have one open payment."""
    other = payment("P2", 70_00, account=PAYER)
    lines = [by_payer("L1", 70_00), by_payer("L2", 40_00), by_payer("L3", 60_00)]
    assert posted(ONE, other, *lines) == {"L1 = P2", "L2 L3 = P1"}


def test_a_line_that_the_merchant_explains_whole_is_no_part():
    """Stage 3: a line counts as a part only if no candidate explains it whole."""
    other = payment("P2", 40_00)
    lines = [by_payer("L1", 40_00, merchant="M1"), by_payer("L2", 60_00)]
    assert "L1 L2 = P1" not in posted(ONE, other, *lines)


def test_parts_by_merchant_do_not_exist():
    """Stage 3: sums are for payer ids."""
    assert posted(ONE, line("L1", 40_00, merchant="M1"), line("L2", 60_00, merchant="M1")) == OPEN


def test_a_payers_parts_and_a_whole_line_refuse_each_other():
    """E1 and X6: 40 + 60 settle the payment as well as 100 does."""
    lines = [by_payer("L1", 100_00), by_payer("L2", 40_00), by_payer("L3", 60_00)]
    assert posted(ONE, *lines) == OPEN


def test_a_part_with_a_reference_of_nobody_is_no_part():
    """X5: it contradicts every payment."""
    lines = [by_payer("L1", 40_00, reference="NOBODYS-99"), by_payer("L2", 60_00)]
    assert posted(ONE, *lines) == OPEN


def test_a_part_after_the_window_is_no_part():
    """X7: twelve days after the expected day the window is closed."""
    lines = [by_payer("L1", 40_00), by_payer("L2", 60_00, value=day(16))]
    assert posted(ONE, *lines) == OPEN
