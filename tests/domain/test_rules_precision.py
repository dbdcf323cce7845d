"""A false rate is told by exact bounds, which are never on the unsafe side."""

from fractions import Fraction
from math import comb

from hypothesis import given
from hypothesis import strategies as st

from domain.rules.precision import MILLION, false_rate, lower_ppm, support_needed, upper_ppm

COUNTS = st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def at_most(x: int, n: int, ppm: int) -> Fraction:
    """The probability of at most x of n, in fractions: slow and exact."""
    p = Fraction(ppm, MILLION)
    return sum((comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(x + 1)), Fraction(0))


@given(COUNTS)
def test_upper_bound_is_the_first_rate_that_is_improbable(counts):
    """At the bound x or fewer are improbable; one part a million below it they are not, or just."""
    x, n = counts
    upper = upper_ppm(false=x, of=n)
    if x == n:
        assert upper == MILLION
    else:
        assert at_most(x, n, upper) <= Fraction(1, 20)
        assert at_most(x, n, upper - 2) > Fraction(1, 20)


@given(COUNTS)
def test_lower_bound_is_the_last_rate_that_is_improbable(counts):
    """At the bound x or more are improbable; above it they are not."""
    x, n = counts
    lower = lower_ppm(false=x, of=n)
    if x == 0:
        assert lower == 0
    else:
        assert 1 - at_most(x - 1, n, lower) <= Fraction(1, 20)
        assert 1 - at_most(x - 1, n, lower + 2) > Fraction(1, 20)


def test_published_values():
    """The rule of three, and values that tables of the binomial distribution print."""
    assert upper_ppm(false=0, of=300) == 9_937
    assert (lower_ppm(false=1, of=10), upper_ppm(false=1, of=10)) == (5_116, 394_164)
    assert upper_ppm(false=0, of=0) == MILLION
    assert upper_ppm(false=0, of=3_470_000) == 1


def test_of_a_million_matches_within_their_limits():
    """Large counts are as exact, and ordered: the rate lies between its bounds."""
    rate = false_rate(false=1_000, of=1_000_000)
    assert (rate.lower_ppm, rate.upper_ppm) == (948, 1_054)


@given(st.integers(50, MILLION))
def test_support_needed_is_the_least_that_suffices(max_ppm):
    """With one match less, no false one is not yet enough."""
    needed = support_needed(max_ppm=max_ppm)
    assert upper_ppm(false=0, of=needed) <= max_ppm
    assert needed == 1 or upper_ppm(false=0, of=needed - 1) > max_ppm
