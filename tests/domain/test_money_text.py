"""A decimal text is read exactly or refused, and what is written is read back."""

from contextlib import suppress

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.errors import BadValue
from domain.money import EXPONENTS, Money, format_decimal, format_money, parse_minor

money = st.builds(Money, st.integers(-(10**18) + 1, 10**18 - 1), st.sampled_from(sorted(EXPONENTS)))


@pytest.mark.parametrize(
    "text, currency, minor",
    [
        ("0", "ARS", 0),
        ("-0.00", "ARS", 0),
        ("1", "ARS", 100),
        ("1234.5", "ARS", 123450),
        ("1234.56", "ARS", 123456),
        ("-1234.56", "ARS", -123456),
        ("+1.00", "ARS", 100),
        (".5", "ARS", 50),
        ("9.", "ARS", 900),
        ("18.150", "EUR", 1815),
        ("5442.09000", "ARS", 544209),
        ("000000012.00", "ARS", 1200),
        ("150", "CLP", 150),
        ("150.0", "CLP", 150),
        ("1.234", "KWD", 1234),
        ("1.2345", "CLF", 12345),
        ("9999999999999999.99", "ARS", 10**18 - 1),
        ("00000000000000000000000000000000001.00", "ARS", 100),
    ],
)
def test_a_decimal_is_read_to_the_minor_unit(text: str, currency: str, minor: int):
    """Zeros in front and zeros beyond the exponent change nothing."""
    assert parse_minor(text, currency) == minor


@pytest.mark.parametrize(
    "text, currency", [("10.005", "ARS"), ("0.001", "USD"), ("1.5", "JPY"), ("1.00001", "CLF")]
)
def test_a_digit_beyond_the_exponent_is_refused(text: str, currency: str):
    """A fraction of the smallest unit is neither rounded nor cut."""
    with pytest.raises(BadValue) as refused:
        parse_minor(text, currency)
    assert refused.value == BadValue(field="amount", reason="amount-precision")
    assert refused.value.detail == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ".",
            "-",
            "+",
            "-.",
            "1.234,56",
            "1,5",
            "1 000",
            "1_000",
            " 1",
            "1 ",
            "1\n",
            "--1",
            "1-",
        ),
        *("12..34", "1.2.3", "1e5", "1E5", "NaN", "Infinity", "-Infinity", "0x10", "ARS 1", "$1"),
        *("１２", "١٢", "1²", "½", "1\u00a0000", "\u22121", "10000000000000000.00", "9" * 19),
        "9" * 200_000,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_another_form_is_refused(text: str):
    """Commas, blanks, exponents, words, other digits, and amounts of more than 18 digits."""
    with pytest.raises(BadValue) as refused:
        parse_minor(text, "ARS")
    assert refused.value == BadValue(field="amount", reason="amount-pattern")


@pytest.mark.parametrize("value", [1, 1.5, True, None, b"1.00"])
def test_what_is_no_text_is_refused(value: object):
    """A number that is not written as text may have been a float on its way."""
    with pytest.raises(BadValue) as refused:
        parse_minor(value, "ARS", field="gross")
    assert refused.value == BadValue(field="gross", reason="amount-not-a-string")


def test_an_unknown_currency_is_refused_before_the_amount():
    """Without an exponent there is no amount."""
    with pytest.raises(BadValue) as refused:
        parse_minor("1.00", "ars")
    assert refused.value == BadValue(field="currency", reason="currency-unknown")


def test_an_ended_currency_is_read_where_asked_for():
    """Statements of the last century are in marks and guilders."""
    assert parse_minor("12.50", "DEM", withdrawn=True) == 1250


@for_all(st.text(max_size=50))
def test_law_any_text_is_read_or_refused(text: str):
    """No text whatever causes another error than a refusal."""
    with suppress(BadValue):
        assert isinstance(parse_minor(text, "ARS"), int)


@for_all(money)
def test_law_what_is_written_is_read_back(amount: Money):
    """The plain decimal form loses nothing, in any currency."""
    assert parse_minor(format_decimal(amount), amount.currency) == amount.minor


@for_all(money)
def test_law_both_languages_write_the_same_digits(amount: Money):
    """Spanish and English differ in separators only."""
    spanish, english = format_money(amount), format_money(amount, language="en")
    assert spanish.translate(str.maketrans(".,", ",.")) == english
    assert english.replace(",", "") == f"{amount.currency} {format_decimal(amount)}" == str(amount)


@pytest.mark.parametrize(
    "amount, plain, spanish",
    [
        (Money(123456, "ARS"), "1234.56", "ARS 1.234,56"),
        (Money(-123456, "ARS"), "-1234.56", "ARS -1.234,56"),
        (Money(5, "ARS"), "0.05", "ARS 0,05"),
        (Money(-5, "ARS"), "-0.05", "ARS -0,05"),
        (Money(0, "ARS"), "0.00", "ARS 0,00"),
        (Money(1234567890, "ARS"), "12345678.90", "ARS 12.345.678,90"),
        (Money(1500, "JPY"), "1500", "JPY 1.500"),
        (Money(0, "CLP"), "0", "CLP 0"),
        (Money(1, "KWD"), "0.001", "KWD 0,001"),
        (Money(1250, "DEM"), "12.50", "DEM 12,50"),
    ],
)
def test_an_amount_is_written_with_the_decimals_of_its_currency(
    amount: Money, plain: str, spanish: str
):
    """As many decimals as the currency has, and a minus before the digits."""
    assert format_decimal(amount) == plain
    assert format_money(amount) == spanish
