"""Amounts add up exactly, within one currency, and rounding is half-up."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.errors import BadValue, CurrencyMismatch
from domain.money import (
    EXPONENTS,
    WITHDRAWN_EXPONENTS,
    Money,
    checked_currency,
    checked_minor,
    exponent,
    half_up,
)

amounts = st.integers(-(10**18) + 1, 10**18 - 1)


def ars(minor: int) -> Money:
    return Money(minor, "ARS")


@for_all(amounts, amounts)
def test_law_sums_and_differences_are_those_of_the_integers(one: int, other: int):
    """Adding and subtracting amounts is adding and subtracting minor units."""
    assert ars(one) + ars(other) == ars(one + other)
    assert ars(one) - ars(other) == ars(one - other)
    assert -ars(one) == ars(-one)
    assert ars(one) + ars(other) - ars(other) == ars(one)


def test_two_currencies_never_meet_in_a_sum():
    """Adding or subtracting across currencies is refused, with both of them."""
    refusal = CurrencyMismatch(left="ARS", right="USD")
    with pytest.raises(CurrencyMismatch) as adding:
        _ = ars(1) + Money(1, "USD")
    with pytest.raises(CurrencyMismatch) as subtracting:
        _ = ars(1) - Money(1, "USD")
    assert adding.value == refusal
    assert subtracting.value == refusal


def test_a_zero_of_another_currency_is_no_exception():
    """Nothing of another currency still has that currency."""
    with pytest.raises(CurrencyMismatch):
        _ = ars(1) + Money(0, "USD")


def test_the_edge_reads_an_integer_and_a_known_currency():
    """Values from outside become money when they are an integer and a currency."""
    assert Money.of(-1, "JPY") == Money(-1, "JPY")
    assert Money.of(0, "ARS") == ars(0)


@pytest.mark.parametrize("value", [1.0, 12.5, float("nan"), "1", True, False, None, b"1", [1]])
def test_what_is_no_integer_is_refused(value: object):
    """A float, a text, a boolean or nothing is no amount, even where Python would take it."""
    with pytest.raises(BadValue) as refused:
        Money.of(value, "ARS")
    assert refused.value == BadValue(field="amount", reason="not-an-integer")


@pytest.mark.parametrize(
    "value", [10**18, -(10**18), 2**63, 10**200_000], ids=["19", "-19", "2^63", "200001 digits"]
)
def test_more_than_18_digits_are_refused(value: int):
    """An amount that no ledger column could hold is refused, whatever its size."""
    with pytest.raises(BadValue) as refused:
        checked_minor(value)
    assert refused.value == BadValue(field="amount", reason="amount-pattern")


def test_18_digits_are_an_amount():
    """The largest amounts of either sign are accepted."""
    assert checked_minor(10**18 - 1) == 10**18 - 1
    assert checked_minor(1 - 10**18) == 1 - 10**18


@pytest.mark.parametrize(
    "value", ["ars", "Ars", " ARS", "ARS ", "XXX", "XTS", "XAU", "DEM", "ZZZ", "", "AR", 32, None]
)
def test_what_is_no_active_currency_is_refused(value: object):
    """Case is not folded, blanks are not trimmed, metals and ended currencies are no money."""
    with pytest.raises(BadValue) as refused:
        checked_currency(value)
    assert refused.value == BadValue(field="currency", reason="currency-unknown")


def test_a_displaced_column_is_not_quoted_as_a_currency():
    """A name or an account number in the currency's place does not reach a refusal."""
    for value in ("María Ibáñez", "0112895815788194455041", "ARS\nARS"):
        with pytest.raises(BadValue) as refused:
            checked_currency(value)
        assert value not in str(refused.value)
        assert "\n" not in (refused.value.detail or "")


@pytest.mark.parametrize(
    "currency, digits",
    [
        *((code, 2) for code in ("ARS", "USD", "EUR", "BRL", "UYU", "VES", "XCG", "ZWG", "CHE")),
        *((code, 0) for code in ("JPY", "CLP", "PYG", "KRW", "UYI")),
        *((code, 3) for code in ("BHD", "KWD", "TND", "IQD", "JOD", "LYD", "OMR")),
        *((code, 4) for code in ("CLF", "UYW")),
    ],
)
def test_the_exponent_is_that_of_the_standard(currency: str, digits: int):
    """Each currency has the minor unit that ISO 4217 gives it."""
    assert exponent(currency) == digits


def test_the_table_holds_list_one_of_the_standard():
    """ISO 4217's list of 1 January 2026: 165 codes with a minor unit, of three capitals each."""
    assert len(EXPONENTS) == 165
    assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in EXPONENTS)
    assert {digits: list(EXPONENTS.values()).count(digits) for digits in (0, 2, 3, 4)} == {
        0: 17,
        2: 139,
        3: 7,
        4: 2,
    }
    assert not EXPONENTS.keys() & WITHDRAWN_EXPONENTS.keys()


def test_an_ended_currency_is_read_only_where_asked_for():
    """Old statements are in marks; nothing new is."""
    assert exponent("DEM", withdrawn=True) == 2
    with pytest.raises(BadValue):
        exponent("DEM")
    with pytest.raises(BadValue):
        exponent("ZZZ", withdrawn=True)


@for_all(st.integers(0, 10**24), st.integers(1, 10**9))
def test_law_rounding_is_half_up(n: int, d: int):
    """The rounded value is the floor of n/d + 1/2, and (2n + d) // (2d)."""
    assert half_up(n, d) == floor(Fraction(n, d) + Fraction(1, 2)) == (2 * n + d) // (2 * d)


@for_all(st.integers(0, 10**24), st.integers(1, 10**9))
def test_law_rounding_is_the_same_below_zero(n: int, d: int):
    """What is given back is what was taken."""
    assert half_up(-n, d) == -half_up(n, d)


@pytest.mark.parametrize(
    "n, d, rounded",
    [(0, 2, 0), (1, 2, 1), (-1, 2, -1), (3, 2, 2), (-3, 2, -2), (1, 3, 0), (5, 10, 1)],
)
def test_a_half_rounds_away_from_zero(n: int, d: int, rounded: int):
    """Halves go to the larger amount, on either side of zero."""
    assert half_up(n, d) == rounded


@pytest.mark.parametrize("d", [0, -1])
def test_a_divisor_that_is_not_positive_is_a_fault_of_the_code(d: int):
    """Nobody outside chooses divisors, so this is no refusal."""
    with pytest.raises(ValueError, match="positive"):
        half_up(1, d)
