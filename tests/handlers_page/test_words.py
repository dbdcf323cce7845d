"""Both languages say everything, and write numbers as their readers do."""

from __future__ import annotations

from string import Formatter

import pytest

from application.rates import Share
from handlers.page.numbers import Numbers
from handlers.page.words import WORDS


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_languages_have_the_same_texts_with_the_same_names():
    """No text is missing in either, and none asks for what the other does not get."""
    assert WORDS["en"].keys() == WORDS["es"].keys()
    for name, text in WORDS["en"].items():
        assert names_in(text) == names_in(WORDS["es"][name]), name


@pytest.mark.parametrize(
    "minor,en,es",
    [
        (0, "0", "0"),
        (-12_345, "−123", "−123"),
        (99_999_949, "999,999", "999.999"),
        (100_000_000, "1.0 M", "1,0 M"),
        (123_456_789_000, "1.2 bn", "1,2 mil M"),
    ],
)
def test_large_amounts_are_shortened(minor: int, en: str, es: str):
    """Millions and thousands of millions with a tenth, whole units below."""
    assert Numbers("en").short(minor, "ARS") == en
    assert Numbers("es").short(minor, "ARS") == es


@pytest.mark.parametrize(
    "part,whole,text",
    [(0, 0, "–"), (0, 9, "0.0 %"), (9, 9, "100.0 %"), (1, 100_000, "0.1 %"), (1, 8, "12.5 %")],
)
def test_shares_never_round_up_to_all_or_down_to_nothing(part: int, whole: int, text: str):
    """100 % means all, 0 % means none."""
    assert Numbers("en").percent(Share(part, whole)) == text
    if whole:
        assert Numbers("en").percent(Share(99_999, 100_000)) == "99.9 %"


def test_amounts_are_exact_to_the_last_digit():
    """Grouped, with the decimals of the currency, and a minus that lines up."""
    assert Numbers("en").amount(-123_456_789, "ARS") == "−1,234,567.89"
    assert Numbers("es").amount(123_456_789, "CLP") == "123.456.789"
