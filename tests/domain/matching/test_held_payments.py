"""Held and released payments (stage 5, rule L1): posted only where one small set explains it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.domain.matching.netting import net
from tests.domain.matching.table import (
    SCHEDULE,
    card,
    day,
    merchant,
    payout,
    posted,
    reference_data,
)

HOLDS = reference_data(merchant("M1", max_held=3), merchant("M2"))
AMOUNTS = (100_33, 250_17, 75_91)
GROUP = [card(f"P{n}", amount) for n, amount in enumerate(AMOUNTS, start=1)]


def test_one_held_payment_is_left_out():
    """The only payment whose absence explains the payout stays open; the others are paid."""
    line = payout("L1", net(AMOUNTS[0]) + net(AMOUNTS[1]))
    assert posted(*GROUP, line, reference=HOLDS) == {"L1 = P1 P2"}


def test_two_payments_alike_refuse_each_other():
    """Where either of two payments could be the held one, nothing is posted."""
    alike = [*GROUP[:2], card("P3", AMOUNTS[1])]
    line = payout("L1", net(AMOUNTS[0]) + net(AMOUNTS[1]))
    assert posted(*alike, line, reference=HOLDS) == set()


def test_nothing_is_held_by_a_merchant_without_holds():
    """`max_held` 0 means that a shortage is unexplained."""
    line = payout("L1", net(AMOUNTS[0]) + net(AMOUNTS[1]))
    without = reference_data(merchant("M1", max_held=0), merchant("M2"))
    assert posted(*GROUP, line, reference=without) == set()


def test_near_misses_leave_it_open():
    """Several sums close by on the lattice of 100 pesos make an accident too likely."""
    crowd = [card(f"P{n}", 10_000_00 + n * 100_00) for n in range(1, 9)]
    paid = net(sum(one.amount for one in crowd[1:]))
    at_once = reference_data(merchant("M1", max_held=3, fee_rounding="batch"), merchant("M2"))
    assert posted(*crowd, payout("L1", paid), reference=at_once) == set()


@pytest.mark.parametrize("rounding", ["item", "batch"])
def test_a_payment_from_before_the_first_schedule_is_no_candidate(rounding: str):
    """It has no expected net, so no sum counts with it, and nothing fails on it."""
    since = replace(SCHEDULE, effective_from=date(2026, 3, 4))
    terms = merchant("M1", max_held=3, schedules=(since,), fee_rounding=rounding)
    early = card("P0", 40_00, created=day(2), expected=day(3))
    late = card("P1", 100_33, created=day(4), expected=day(5))
    line = payout("L1", net(100_33) + net(40_00), value=day(5), booking=day(5))
    assert posted(early, late, line, reference=reference_data(terms)) == set()
