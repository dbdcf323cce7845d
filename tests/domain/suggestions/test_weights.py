"""Scores are shares of one whole, in whole numbers, that never fall where a weight rises."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.suggestions.evidence import REASONS
from domain.suggestions.weights import (
    CALIBRATION,
    WEIGHT_MAX,
    WEIGHTS,
    calibrated,
    shares,
    weight,
)

SUMS = st.lists(st.integers(-WEIGHT_MAX, WEIGHT_MAX), max_size=12)
CODES = st.lists(st.sampled_from(sorted(WEIGHTS)), max_size=8)


@given(SUMS, st.integers(0, 500))
def test_the_scores_of_a_line_are_parts_of_one_whole(sums: list[int], unseen: int):
    """However many answers there are, their likelihoods sum to a thousand at most."""
    found = calibrated(shares(sums, unseen=unseen, unseen_weighs=8))
    assert all(0 <= one < 1_000 for one in found)
    assert sum(found) <= 1_000


@given(SUMS)
def test_more_weight_is_never_less_likely(sums: list[int]):
    """Answers stand in the order of their weights, before and after the calibration."""
    found = shares(sums)
    for made in (found, calibrated(found)):
        ordered = [score for _, score in sorted(zip(sums, made, strict=True))]
        assert ordered == sorted(ordered)


@given(st.integers(2, 20), st.integers(0, 60))
def test_what_cannot_be_told_apart_is_equally_likely(count: int, weighs: int):
    """Answers of one weight have one score, and none of it is more than its part."""
    found = shares([weighs] * count)
    assert len(set(found)) == 1
    assert found[0] <= 1_000 // count


def test_four_quarters_of_a_bit_double_the_odds():
    """An answer as heavy as none of them is one in two; one bit more is two in three."""
    assert shares([0]) == [500]
    assert shares([4]) == [666]


@given(CODES)
def test_a_weight_has_its_bounds(codes: list[str]):
    """Whatever codes come together, the sum stays where odds are whole numbers."""
    assert -WEIGHT_MAX <= weight(codes) <= WEIGHT_MAX


def test_what_contradicts_weighs_against_and_reasons_weigh_for():
    """No contradiction makes a suggestion likelier, and no reason makes it less likely."""
    for code in WEIGHTS:
        if code.startswith("X"):
            assert WEIGHTS[code] < 0, code
        elif code in REASONS:
            assert WEIGHTS[code] > 0, code


def test_the_calibration_rises_and_never_promises_certainty():
    """From nothing to nearly a thousand, each share is taken to more than the one before."""
    assert CALIBRATION[0] == (0, 0)
    assert CALIBRATION[-1][0] == 1_000
    assert CALIBRATION[-1][1] < 1_000
    assert all(one[0] < two[0] and one[1] <= two[1] for one, two in pairwise(CALIBRATION))
