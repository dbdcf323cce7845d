"""How often a rule is wrong, as far as it is known: exact binomial bounds (Clopper and Pearson).

`upper_ppm(false=x, of=n)` is the largest false rate at which x false ones or fewer in n are not yet
improbable (5 %); `lower_ppm` the smallest at which x or more are not. Nothing seen is never rate 0:
0 of 300 is "up to 9,937 ppm".

No float is used. Probabilities are kept as whole numbers of PRECISION_BITS bits with an exponent,
and every rounding goes to the safe side: an upper bound is never too low, a lower one never too
high. Bounds are whole parts a million, rounded outwards, and never more than one beside the exact
ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MILLION: Final = 1_000_000
PRECISION_BITS: Final = 160
ODDS_AGAINST: Final = 20
"""A bound of 95 %: one in twenty."""

OF_MAX: Final = 100_000_000
"""Matches of one rule version that are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseRate:
    """`false` of `of` were false; the bounds in parts a million, of 95 % each on its own side."""

    false: int
    of: int
    lower_ppm: int
    upper_ppm: int


def false_rate(*, false: int, of: int) -> FalseRate:
    """The rate with its bounds; of nothing, everything is possible."""
    return FalseRate(
        false=false,
        of=of,
        lower_ppm=lower_ppm(false=false, of=of),
        upper_ppm=upper_ppm(false=false, of=of),
    )


def upper_ppm(*, false: int, of: int) -> int:
    """The upper bound in parts a million, rounded up."""
    _demand(false, of)
    if false == of:
        return MILLION
    low, high = 0, MILLION  # at `high` the rate is improbable, at `low` it is not
    while high - low > 1:
        rate = (low + high) // 2
        if _is_at_most(_at_most(false, of, rate, up=True), 1, ODDS_AGAINST):
            high = rate
        else:
            low = rate
    return high


def lower_ppm(*, false: int, of: int) -> int:
    """The lower bound in parts a million, rounded down."""
    _demand(false, of)
    if false == 0:
        return 0
    low, high = 0, MILLION
    while high - low > 1:
        rate = (low + high) // 2
        # `false` or more are improbable where fewer are nearly certain.
        if _is_at_least(_at_most(false - 1, of, rate, up=False), ODDS_AGAINST - 1, ODDS_AGAINST):
            low = rate
        else:
            high = rate
    return low


def support_needed(*, max_ppm: int) -> int:
    """The matches after which none being false keeps the upper bound within `max_ppm`."""
    low, high = 0, 1
    while upper_ppm(false=0, of=high) > max_ppm and high < OF_MAX:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if upper_ppm(false=0, of=middle) > max_ppm:
            low = middle
        else:
            high = middle
    return high


def _demand(false: int, of: int) -> None:
    assert 0 <= false <= of <= OF_MAX, "false ones are some of all"


Scaled = tuple[int, int]
"""A number as (m, e): m × 2**e, m of PRECISION_BITS bits at most."""


def _rounded(number: int, exponent: int, *, up: bool) -> Scaled:
    shift = number.bit_length() - PRECISION_BITS
    if shift <= 0:
        return number, exponent
    kept = number >> shift
    if up and kept << shift != number:
        kept += 1
    return kept, exponent + shift


def _times(one: Scaled, other: Scaled, *, up: bool) -> Scaled:
    return _rounded(one[0] * other[0], one[1] + other[1], up=up)


def _ratio(numerator: int, denominator: int, *, up: bool) -> Scaled:
    scaled = numerator << (PRECISION_BITS + denominator.bit_length())
    quotient, rest = divmod(scaled, denominator)
    if up and rest:
        quotient += 1
    return _rounded(quotient, -PRECISION_BITS - denominator.bit_length(), up=up)


def _power(base: Scaled, exponent: int, *, up: bool) -> Scaled:
    result: Scaled = (1, 0)
    while exponent:
        if exponent & 1:
            result = _times(result, base, up=up)
        base = _times(base, base, up=up)
        exponent >>= 1
    return result


def _plus(one: Scaled, other: Scaled, *, up: bool) -> Scaled:
    if one[1] < other[1]:
        one, other = other, one
    shift = one[1] - other[1]
    if shift > 4 * PRECISION_BITS:  # the smaller one is lost in the rounding
        return _rounded((one[0] << 1) + (1 if up and other[0] else 0), one[1] - 1, up=up)
    return _rounded((one[0] << shift) + other[0], other[1], up=up)


def _at_most(x: int, n: int, rate: int, *, up: bool) -> Scaled:
    """P(at most x of n) at a rate in parts a million, between 0 and all; rounded as `up` says."""
    term = _power(_ratio(MILLION - rate, MILLION, up=up), n, up=up)
    odds = _ratio(rate, MILLION - rate, up=up)
    total = term
    for i in range(x):
        step = _times(odds, _ratio(n - i, i + 1, up=up), up=up)
        term = _times(term, step, up=up)
        total = _plus(total, term, up=up)
    return total


def _is_at_most(value: Scaled, numerator: int, denominator: int) -> bool:
    number, exponent = value[0] * denominator, value[1]
    if exponent >= 0:
        return number << min(exponent, PRECISION_BITS) <= numerator
    return number <= numerator << -exponent


def _is_at_least(value: Scaled, numerator: int, denominator: int) -> bool:
    number, exponent = value[0] * denominator, value[1]
    if exponent >= 0:
        return number << min(exponent, PRECISION_BITS) >= numerator
    return number >= numerator << -exponent
