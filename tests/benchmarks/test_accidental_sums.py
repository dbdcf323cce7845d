"""What the measurement of accidental sums counts, and that it leaves none out."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.accidental_sums import (
    AMOUNTS,
    DIFFERENCES,
    TRIES_A_POOL,
    accident,
    count,
    pool_of,
    seen_of,
)
from domain.fees import group_net
from domain.matching.sums import ACCIDENTS_MAX_PPM

Rounding = Literal["item", "batch"]
ROUNDINGS: tuple[Rounding, ...] = ("item", "batch")
AMOUNTS_OF_ONE = (100_33, 250_17, 75_91, 1_310_45, 2_400_00)


def lacking(amounts: Sequence[int], held: set[int], rounding: Rounding) -> int:
    """What a payout of these amounts lacks when those at the places `held` are left out."""
    group = pool_of(amounts, rounding=rounding).group
    left = [(one.amount, one.created) for at, one in enumerate(group.payments) if at not in held]
    return group.net.net - group_net(group.merchant.terms, left).net


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_a_difference_that_one_sum_makes_is_an_accident(rounding: Rounding):
    """L1: it is found with its λ, as the engine finds it."""
    found = accident(
        pool_of(AMOUNTS_OF_ONE, rounding=rounding), lacking(AMOUNTS_OF_ONE, {1, 3}, rounding)
    )
    assert found
    assert ([one.id for one in found[0].chosen], found[1]) == (["P0001", "P0003"], 10_000)


def test_a_difference_that_none_or_two_sums_make_is_none():
    """L2: nothing explains the one; two payments alike explain the other, and refuse each other."""
    assert accident(pool_of(AMOUNTS_OF_ONE), 77) is None
    alike = (*AMOUNTS_OF_ONE, AMOUNTS_OF_ONE[0])
    assert accident(pool_of(alike), lacking(alike, {0}, "item")) is None


@given(
    st.lists(st.integers(1_00, 9_000_00), min_size=2, max_size=12),
    st.sets(st.integers(0, 11), min_size=1, max_size=3),
    st.sampled_from(ROUNDINGS),
)
def test_no_sum_is_passed_over_before_the_search(
    amounts: list[int], held: set[int], rounding: Rounding
):
    """Whatever up to three payments come to, in either rounding, is worth a search."""
    places = {at % len(amounts) for at in held}
    if len(places) < len(amounts):
        pool = pool_of(amounts, rounding=rounding)
        assert pool.may_lack(lacking(amounts, places, rounding))


@pytest.mark.parametrize(
    "held, counted",
    [
        ({4}, ["on 100"]),  # 2,400.00
        ({0}, ["off 100", "centavos"]),  # 100.33
        ({5}, ["off 100"]),  # 101.00
    ],
)
def test_accidents_are_told_apart_by_what_they_come_to(held: set[int], counted: list[str]):
    """L1: a multiple of 100 pesos, none, and one with centavos, counted on gross amounts."""
    amounts = (*AMOUNTS_OF_ONE, 101_00)
    found = accident(pool_of(amounts), lacking(amounts, held, "item"))
    assert list(seen_of(found)) == ["payouts", "one sum", "λ ≤ .01", *counted]
    assert found
    assert list(seen_of((found[0], ACCIDENTS_MAX_PPM + 1))) == ["payouts", "one sum"]
    assert list(seen_of(None)) == ["payouts"]


@pytest.mark.parametrize("amounts", AMOUNTS)
def test_every_payout_that_was_tried_is_counted(amounts: str):
    """With what explains it, of each kind of difference, and the same for the same seed."""
    seen = [count(AMOUNTS[amounts], (9, 12), Random("tried"), pools=20) for _ in range(2)]
    assert seen[0] == seen[1]
    assert seen[0].keys() == DIFFERENCES.keys()
    for one in seen[0].values():
        assert 20 < one["payouts"] <= 20 * TRIES_A_POOL
        assert one["λ ≤ .01"] == one["on 100"] + one["off 100"] <= one["one sum"]
        assert one["centavos"] <= one["off 100"]
    assert seen[0]["like a payment"]["one sum"] > 0


def test_a_difference_is_tried_once_in_a_pool():
    """All amounts are 500 pesos, so gross and net are all that a payout can lack, of three each."""
    seen = count(lambda _: 500_00, (3, 3), Random("once"), pools=20)["like a payment"]
    assert (seen["payouts"], seen["one sum"]) == (20 * 2, 0)
