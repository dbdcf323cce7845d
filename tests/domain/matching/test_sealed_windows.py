"""E8, E9: what looks unique among arrivals waits until its window is closed on both sides."""

from __future__ import annotations

import pytest

from tests.domain.matching.table import PAYER, judge, line, payment, posted, reasons

REF = "ORD-0000001234"
EVIDENCE = pytest.mark.parametrize(
    "evidence",
    [{"counterparty_account": PAYER}, {"merchant": "M1"}],
    ids=["payer", "merchant"],
)


@EVIDENCE
def test_composite_evidence_waits(evidence: dict[str, str]):
    """E9: one payment for the line, one line for the payment, and still a rival may come."""
    items = [payment(account=PAYER), line(sealed=False, **evidence)]
    assert posted(*items) == set()
    assert reasons(*items) == {"L1": "unsealed"}
    (verdict,) = judge(*items).left_open.values()
    assert (verdict.rule, [one.payment for one in verdict.candidates]) == ("E9", ["P1"])


def test_an_id_does_not_wait():
    """E7: an id is not made ambiguous by what has not arrived."""
    assert posted(payment(reference=REF), line(reference=REF, sealed=False)) == {"L1 = P1"}


@EVIDENCE
def test_a_waiting_line_is_a_rival_all_the_same(evidence: dict[str, str]):
    """E1: a second line that would fit refuses, whether its own window is closed or not."""
    lines = [line("L1", text="1", **evidence), line("L2", text="2", sealed=False, **evidence)]
    assert posted(payment(account=PAYER), *lines) == set()
    assert posted(payment(account=PAYER), lines[0]) == {"L1 = P1"}


def test_twins_wait_for_the_last_of_their_lines():
    """E3: a set is complete when the windows of all its lines are."""
    twins = [payment("P1", account=PAYER), payment("P2", account=PAYER)]
    waiting = [
        line("L1", counterparty_account=PAYER),
        line("L2", counterparty_account=PAYER, sealed=False),
    ]
    closed = [line(one.id, counterparty_account=PAYER) for one in waiting]
    assert posted(*twins, *waiting) == set()
    assert posted(*twins, *closed) == {"L1 L2 = P1 P2"}


def test_parts_by_payer_wait():
    """Parts without a reference are composite evidence as well."""
    whole = payment(account=PAYER, amount=100_00)
    parts = [
        line("L1", 60_00, counterparty_account=PAYER),
        line("L2", 40_00, counterparty_account=PAYER, sealed=False),
    ]
    closed = [line(one.id, one.amount, counterparty_account=PAYER) for one in parts]
    assert posted(whole, *parts) == set()
    assert posted(whole, *closed) == {"L1 L2 = P1"}


def test_a_line_that_nothing_explains_yet_says_that_it_waits():
    """Its payment may not have been told yet: unexpected is said when that can be known."""
    assert reasons(line(counterparty_account=PAYER, sealed=False)) == {"L1": "unsealed"}
    assert reasons(line(counterparty_account=PAYER)) == {"L1": "unexpected"}


def test_what_an_id_shows_is_said_at_once():
    """An amount that the payment's own id does not explain is no matter of waiting."""
    items = [payment(reference=REF, amount=90_00), line(reference=REF, sealed=False)]
    assert reasons(*items) == {"L1": "amount_break"}
