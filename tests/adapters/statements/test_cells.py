"""Cells: exact amounts in two decimal styles, and days by pattern."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.statements.cells import (
    BadCell,
    DecimalStyle,
    amount_reader,
    column_reader,
    day_reader,
    decimal_style_of,
    is_undecided,
)


@pytest.mark.parametrize(
    "style, text, minor",
    [
        ("comma", "1.234,56", 123456),
        ("comma", "12.239,29-", -1223929),
        ("comma", "-$ 1.234,56", -123456),
        ("comma", "$ -5", -500),
        ("comma", "ARS 5,1", 510),
        ("comma", "1 234,50", 123450),
        ("comma", "−3,00", -300),
        ("comma", "1.234", 123400),
        ("comma", "5,100", 510),
        ("comma", ",5", 50),
        ("comma", " 0,00 -", 0),
        ("point", "1,234.56", 123456),
        ("point", "1'234.5", 123450),
        ("point", "+1234", 123400),
        ("point", "-.5", -50),
    ],
)
def test_an_amount_is_read_exactly(style: DecimalStyle, text: str, minor: int):
    """A sign at either end, a sign of the currency, thousands grouped or not."""
    assert amount_reader(style, "ARS")(text) == minor


@pytest.mark.parametrize(
    "text, reason",
    [
        ("1234.56", "has no decimal comma"),
        ("1,234", "more decimals"),
        ("12.34,5", "not a number"),
        ("-1,00-", "two signs"),
        ("--1,00", "not a number"),
        ("USD 5,00", "no amount of ARS"),
        ("(1,00)", "not a number"),
        ("", "not a number"),
        ("-", "not a number"),
        (",", "not a number"),
        ("٣,00", "not a number"),
        ("1_0,00", "not a number"),
        ("9" * 18 + ",00", "not a number that"),
        ("9" * 50, "not a number"),
        ("1e5", "not a number"),
    ],
)
def test_what_is_no_amount_of_the_style_is_refused(text: str, reason: str):
    """Another style, more decimals, other digits and two signs each have their reason."""
    with pytest.raises(BadCell, match=reason):
        amount_reader("comma", "ARS")(text)


def test_parentheses_are_negative_only_if_that_is_declared():
    """A profile may say so; nothing else does."""
    assert amount_reader("comma", "ARS", parentheses_are_negative=True)("(1,50)") == -150


def test_the_exponent_is_the_currencys():
    """A yen has no decimals, a dinar three."""
    assert (amount_reader("point", "JPY")("1,234"), amount_reader("point", "KWD")("1.234")) == (
        1234,
        1234,
    )


@given(
    st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20),
    st.sampled_from(["comma", "point"]),
    st.sampled_from(["leading", "trailing"]),
    st.booleans(),
)
def test_a_column_is_read_as_its_cells_are(
    amounts: list[int], style: DecimalStyle, minus: str, grouped: bool
):
    """What is read at once, and what is read cell by cell, are the amounts that were written."""
    texts = [written(amount, style, minus=minus, grouped=grouped) for amount in amounts]
    read = amount_reader(style, "ARS")
    assert [read(text) for text in texts] == amounts
    assert column_reader(style, "ARS")(texts) == amounts


def written(minor: int, style: DecimalStyle, *, minus: str, grouped: bool) -> str:
    whole = f"{abs(minor) // 100:{',' if grouped else ''}}"
    text = f"{whole}.{abs(minor) % 100:02}"
    if style == "comma":
        text = text.translate(str.maketrans(",.", ".,"))
    if minor >= 0:
        return text
    return f"-{text}" if minus == "leading" else f"{text}-"


@given(st.lists(st.text("0123456789.,- \n$", max_size=8), min_size=1, max_size=4))
def test_a_column_at_once_never_reads_what_a_cell_does_not(texts: list[str]):
    """The fast way either gives the amounts of the slow way, blanks as 0, or leaves it to it."""
    at_once = column_reader("comma", "ARS")(texts)
    if at_once is not None:
        read = amount_reader("comma", "ARS")
        assert at_once == [read(text) if text else 0 for text in texts]


@pytest.mark.parametrize(
    "text, style",
    [
        ("1.234,56", "comma"),
        ("1,234.56", "point"),
        ("1.234.567", "comma"),
        ("12,5", "comma"),
        ("0.500", "point"),
        ("1234.500", "point"),
        ("1.234", None),
        ("1234", None),
    ],
)
def test_the_style_is_decided_only_by_what_decides_it(text: str, style: DecimalStyle | None):
    """Three digits behind a single mark could be thousands or decimals."""
    assert decimal_style_of([text]) == style
    assert is_undecided(text) == (text == "1.234")


@pytest.mark.parametrize(
    "text", ["05/10/26", "5/10/2026", "05.10.2026 14:30", "2026-10-05", "20261005", "5-oct-26"]
)
def test_a_day_is_read_day_first(text: str):
    """In each of the usual forms, also with a time behind it."""
    assert day_reader()(text) == date(2026, 10, 5)


@pytest.mark.parametrize(
    "text",
    ["31/02/2026", "10/13/2026", "05/10", "05/10-2026", "45932", "", "05/10/1889", "٠٥/10/2026"],
)
def test_what_is_no_day_is_refused(text: str):
    """An impossible day, month first, no year, a serial number, foreign digits."""
    with pytest.raises(BadCell):
        day_reader()(text)


@pytest.mark.parametrize(
    "pattern, text",
    [("mm/dd/yyyy", "10/05/2026"), ("ddmmyyyy", "05102026"), ("dd-mmm-yy", "05-Oct-26")],
)
def test_a_declared_pattern_decides(pattern: str, text: str):
    """Month first, without separators, with a name."""
    assert day_reader(pattern)(text) == date(2026, 10, 5)


@pytest.mark.parametrize("pattern", ["dd/mm", "ddd/mm/yyyy", "dd/dd/yyyy", ""])
def test_a_pattern_without_day_month_or_year_is_none(pattern: str):
    """Each stands in it once."""
    with pytest.raises(ValueError, match="date pattern"):
        day_reader(pattern)
