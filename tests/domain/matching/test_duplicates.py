"""What was delivered twice (U1 to U3), and what only looks alike."""

from __future__ import annotations

from typing import Any

import pytest

from domain.matching.items import LineItem
from tests.domain.matching.table import PAYER, day, duplicates, line, payment, posted

REF, OTHER_REF, E2E = "ORD-0000001234", "FAC-A-0007-00005678", "VRDPNEUTRS2NF2URRUFNLN"
PAID = payment(reference=REF, end_to_end_id=E2E, account=PAYER)
TWINS = [payment("P1", account=PAYER), payment("P2", account=PAYER)]
NONE = dict[str, str]()
FIRST: dict[str, Any] = {"statement": "ST1", "received_at": "2026-03-04T06:00:00-03:00"}
SECOND: dict[str, Any] = {"statement": "ST2", "received_at": "2026-03-05T06:00:00-03:00"}
THIRD: dict[str, Any] = {"statement": "ST3", "received_at": "2026-03-06T06:00:00-03:00"}

# U3 inside a statement

OWN_ID = {
    "reference": {"reference": REF},
    "reference in the text": {"text": f"PAGO {REF}"},
    "end-to-end id": {"end_to_end_id": E2E},
    "end-to-end id in the text": {"text": f"TRF {E2E}"},
}


@pytest.mark.parametrize("shown", OWN_ID.values(), ids=OWN_ID)
def test_an_alike_line_with_a_payments_id_is_a_duplicate(shown: dict[str, str]):
    """U3: the first is kept, and settles; the copy names what it repeats."""
    lines = [line("L1", **shown), line("L2", **shown), line("L3", **shown)]
    assert duplicates(PAID, *lines) == {"L2": "L1 U3", "L3": "L1 U3"}
    assert posted(PAID, *lines) == {"L1 = P1"}


@pytest.mark.parametrize(
    "shown",
    [{"counterparty_account": PAYER}, {"merchant": "M1"}, {"reference": "NOBODYS-99"}, {}],
    ids=["payer", "merchant", "reference of nobody", "nothing"],
)
def test_an_alike_line_without_a_payments_id_stays(shown: dict[str, str]):
    """U3: genuine twins look exactly like that."""
    assert duplicates(PAID, line("L1", **shown), line("L2", **shown)) == NONE


def test_genuine_twins_are_settled_as_twins():
    """U3 and E3: two payments alike and two lines alike."""
    lines = [line("L1", counterparty_account=PAYER), line("L2", counterparty_account=PAYER)]
    assert posted(*TWINS, *lines) == {"L1 L2 = P1 P2"}


def test_a_cut_reference_is_no_payments_id():
    """U3 asks for a complete reference."""
    long = "PEDIDO/ALMACEN/2026/00000042"
    lines = [line(name, reference=long[:16]) for name in ("L1", "L2")]
    assert duplicates(payment(reference=long), *lines) == NONE


DIFFERENCES: dict[str, Any] = {
    "source": "bank:011",
    "account": "another of ours",
    "amount": 99_99,
    "currency": "USD",
    "booking": day(4),
    "value": day(4),
    "reference": "ord 0000001234",
    "end_to_end_id": E2E,
    "text": "OTHER",
    "counterparty_name": "X",
    "counterparty_account": PAYER,
    "counterparty_tax_id": "20111111112",
    "reversal": True,
    "merchant": "M1",
}


@pytest.mark.parametrize("field", DIFFERENCES)
def test_a_difference_in_any_content_field_makes_another_line(field: str):
    """Section 8: content is all of these, as they were written."""
    same = {"reference": REF, "statement": "ST1", "booking": day(3)}
    other = {**same, field: DIFFERENCES[field]}
    assert duplicates(PAID, line("L1", **same), line("L2", **other)) == NONE


@pytest.mark.parametrize("field", ["version", "settlement_id", "received_at"])
def test_a_difference_elsewhere_makes_no_other_line(field: str):
    """Section 8: ids of rows and times of arrival are not content."""
    other = {"version": 2, "settlement_id": "S9", "received_at": "2026-03-04T06:00:09-03:00"}[field]
    lines = [line("L1", reference=REF), line("L2", reference=REF, **{field: other})]
    assert duplicates(PAID, *lines) == {"L2": "L1 U3"}


def test_alike_lines_of_two_statements_are_not_of_one():
    """U3 is for the inside of a statement; U2 compares statements, and these differ."""
    lines = [
        line("L1", reference=REF, **FIRST),
        line("L2", reference=REF, **SECOND),
        line("L3", 5_00, text="more", **SECOND),
    ]
    assert duplicates(PAID, *lines) == NONE
    assert posted(PAID, *lines) == set()


# U2 whole statements


def statement(delivery: dict[str, Any], *names: str, **changes: Any) -> list[LineItem]:
    """Lines told apart by their amounts: the nth name has n pesos."""
    return [
        line(name, 100 * n, text=f"line {n}", **{**delivery, **changes})
        for n, name in enumerate(names, start=1)
    ]


def test_a_statement_delivered_twice_is_out():
    """U2: with new ids of the bank; each line names the one it repeats."""
    lines = statement(FIRST, "A1", "A2") + statement(SECOND, "B1", "B2")
    assert duplicates(*lines) == {"B1": "A1 U2", "B2": "A2 U2"}


def test_a_statement_delivered_three_times_is_out_twice():
    """U2: a copy of a copy repeats the original."""
    lines = statement(FIRST, "A1") + statement(SECOND, "B1") + statement(THIRD, "C1")
    assert duplicates(*lines) == {"B1": "A1 U2", "C1": "A1 U2"}


def test_a_statement_that_is_contained_is_out():
    """U2: all its lines are in the earlier one, which has more."""
    lines = statement(FIRST, "A1", "A2") + statement(SECOND, "B1")
    assert duplicates(*lines) == {"B1": "A1 U2"}


def test_a_statement_that_contains_an_earlier_one_is_not_out():
    """U2: it has a line that the earlier one lacks, so nothing of it is."""
    lines = statement(FIRST, "A1") + statement(SECOND, "B1", "B2")
    assert duplicates(*lines) == NONE


def test_the_later_statement_is_out_whatever_its_id():
    """U2: earlier means delivered earlier."""
    lines = statement({**FIRST, "statement": "ST9"}, "B1") + statement(SECOND, "A1")
    assert duplicates(*lines) == {"A1": "B1 U2"}


def test_a_multiset_counts_its_lines():
    """U2: two alike lines are not contained in a statement with one of them."""
    once, twice = line("A1", **FIRST), [line("B1", **SECOND), line("B2", **SECOND)]
    assert duplicates(once, *twice) == NONE
    originals = [line("A1", **FIRST), line("A2", **FIRST)]
    assert duplicates(*originals, *twice) == {"B1": "A1 U2", "B2": "A2 U2"}


@pytest.mark.parametrize(
    "change",
    [{"account": "another of ours"}, {"source": "acquirer:A"}, {"booking": day(4)}],
    ids=["account", "source kind", "booking day"],
)
def test_statements_of_another_account_kind_or_day_are_not_compared(change: dict[str, Any]):
    """U2: of the same account, source kind and booking day."""
    lines = statement(FIRST, "A1", booking=day(3)) + statement(
        SECOND, "B1", **{"booking": day(3), **change}
    )
    assert duplicates(*lines) == NONE


def test_a_difference_of_content_keeps_the_whole_statement():
    """U2: all lines or none."""
    lines = statement(FIRST, "A1", "A2") + statement(SECOND, "B1", "B2")
    lines[-1].text = "line 2, corrected"
    assert duplicates(*lines) == NONE


def test_a_statement_of_two_days_is_compared_whole():
    """U2: the second file repeats a line of the 3rd, but its line of the 4th is new."""
    first = [
        line("A1", text="a", booking=day(3), **FIRST),
        line("A2", text="b", booking=day(4), **FIRST),
    ]
    again = [
        line("B1", text="a", booking=day(3), **SECOND),
        line("B2", text="c", booking=day(4), **SECOND),
    ]
    assert duplicates(*first, *again) == NONE


def test_genuine_twins_delivered_again_are_settled_once():
    """U2 and E3: without U2 four lines would fit two payments."""
    lines = [
        line(f"{name}{n}", counterparty_account=PAYER, **delivery)
        for name, delivery in (("A", FIRST), ("B", SECOND))
        for n in (1, 2)
    ]
    assert posted(*TWINS, *lines) == {"A1 A2 = P1 P2"}


def test_a_credit_delivered_again_is_settled_once():
    """U2 and E7: without U2 the two lines would refuse each other."""
    lines = [line("A1", reference=REF, **FIRST), line("B1", reference=REF, **SECOND)]
    assert duplicates(PAID, *lines) == {"B1": "A1 U2"}
    assert posted(PAID, *lines) == {"A1 = P1"}


def test_a_statement_with_a_copy_delivered_again():
    """U2 and U3: a copy inside the first, and everything again."""
    lines = [
        line(name, reference=REF, **delivery)
        for name, delivery in (("A1", FIRST), ("A2", FIRST), ("B1", SECOND), ("B2", SECOND))
    ]
    found = duplicates(PAID, *lines)
    assert {name: text.split()[1] for name, text in found.items()} == {
        "A2": "U3",
        "B1": "U2",
        "B2": "U2",
    }
    assert posted(PAID, *lines) == {"A1 = P1"}


# U1 the same entry


def test_the_same_entry_settles_once():
    """U1: its second delivery is known by its stream, and is no line of its own."""
    again = line("L1~S2", reference=REF, repeats="L1", **SECOND)
    assert posted(PAID, line("L1", reference=REF, **FIRST), again) == {"L1 = P1"}


def test_the_same_entry_inside_one_statement_settles_once():
    """U1 and U3: nor does it make the first a duplicate."""
    again = line("L0~S2", reference=REF, repeats="L1", **FIRST)
    assert posted(PAID, line("L1", reference=REF, **FIRST), again) == {"L1 = P1"}
    assert "L1" not in duplicates(PAID, line("L1", reference=REF, **FIRST), again)


def test_a_statement_delivered_with_some_new_ids():
    """U1 and U2: entries under their old ids count when the statement is compared."""
    first = statement(FIRST, "A1", "A2")
    again = statement(SECOND, "A1~S9", "B2")
    again[0].repeats = "A1"
    assert duplicates(*first, *again) == {"B2": "A2 U2"}


def test_the_same_entry_with_another_content_keeps_its_statement():
    """U1 and U2: a statement that says something else about an entry is not the same statement."""
    first = statement(FIRST, "A1", "A2")
    again = statement(SECOND, "A1~S9", "B2")
    again[0].repeats, again[0].text = "A1", "corrected"
    assert duplicates(*first, *again) == NONE


def test_a_late_copy_takes_its_original_with_it_nowhere():
    """U2: the original of a duplicate is never a duplicate of it."""
    lines = statement(FIRST, "A1", "A2") + statement(SECOND, "B1", "B2")
    found = duplicates(*lines)
    assert {text.split()[0] for text in found.values()}.isdisjoint(found)
