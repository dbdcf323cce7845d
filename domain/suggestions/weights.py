"""What each piece of evidence weighs, and what a sum of weights means: whole numbers, measured.

Made by `python -m benchmarks.suggestions --fit` on generated data with truth, tested on other
seeds; docs/measurements.md says how well it keeps its word.

A weight counts quarters of a bit: four make a suggestion twice as likely beside the others of its
line, and beside the answer that none of them is it, which weighs nothing. The shares that follow
are taken to what was observed, by CALIBRATION.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

RULE: Final = "likeness@1"
"""Name and version of the weights: a suggestion tells by which it was scored."""

WEIGHTS: Final[Mapping[str, int]] = {
    "payer": 26,
    "day": 15,
    "amount": 14,
    "name": 12,
    "reference": 12,
    "amount-near": 11,
    "net-exact": 11,
    "net-near": 11,
    "number-alike": 11,
    "listed": 8,
    "reference-cut": 8,
    "sum-payer": 8,
    "amount-round": 7,
    "name-alike": 7,
    "group": 6,
    "sum-held": 6,
    "sum-of-1": 6,
    "sum-of-2": 5,
    "sum-released": 5,
    "one": 3,
    "merchant": 1,
    "number": 1,
    "group-day": -4,
    "net-apart": -4,
    "amount-over": -6,
    "name-other": -8,
    "X4": -9,
    "X6": -9,
    "X3": -12,
    "X7": -14,
    "X8": -16,
    "X1": -24,
    "X2": -24,
    "X5": -32,
}

CALIBRATION: Final[tuple[tuple[int, int], ...]] = (
    (0, 0),
    (4, 1),
    (247, 240),
    (331, 333),
    (531, 550),
    (991, 996),
    (1000, 999),
)
"""From a share to what was observed, both in a thousand; between two of them in proportion."""

WEIGHT_MAX: Final = 120
"""A sum of weights beyond it says no more."""

_QUARTERS = (1_000, 1_189, 1_414, 1_682)
"""A thousand times 2 to the power of 0, 1, 2 and 3 quarters."""


def weight(codes: Iterable[str], *, weights: Mapping[str, int] = WEIGHTS) -> int:
    """What codes weigh together, within WEIGHT_MAX; an unknown one weighs nothing."""
    total = sum(weights.get(code, 0) for code in codes)
    return max(-WEIGHT_MAX, min(WEIGHT_MAX, total))


def _odds(weighs: int) -> int:
    whole, quarters = divmod(weighs + WEIGHT_MAX, 4)
    return _QUARTERS[quarters] << whole


def shares(weighs: Sequence[int], *, unseen: int = 0, unseen_weighs: int = 0) -> list[int]:
    """The share, in a thousand, of each of these answers, of which at most one is right.

    They sum to 1,000 at most; what is missing is that none of them is. `unseen` answers that were
    not looked at count as `unseen_weighs` each.
    """
    odds = [_odds(one) for one in weighs]
    whole = _odds(0) + sum(odds) + unseen * _odds(unseen_weighs)
    return [1_000 * one // whole for one in odds]


def calibrated(found: Sequence[int]) -> list[int]:
    """How likely answers are that have these shares; together still 1,000 at most."""
    observed = [_observed(share) for share in found]
    total = sum(observed)
    return [1_000 * one // total for one in observed] if total > 1_000 else observed


def _observed(share: int) -> int:
    for (low, low_is), (high, high_is) in pairwise(CALIBRATION):
        if share <= high:
            return low_is + (high_is - low_is) * (share - low) // (high - low)
    return CALIBRATION[-1][1]
