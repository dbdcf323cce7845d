"""Profiles: what a bank's analyst may declare, what is refused with its line, what a draft says."""

from __future__ import annotations

import io

import pytest

from adapters.statements.model import Entry, Unreadable
from adapters.statements.patterns import bounded_pattern
from adapters.statements.plain_csv import read_by
from adapters.statements.profiles import built_in_profile, load_profile

START = "name: x\ncolumns:\n  booking_date: Dia\n  amount: Valor\n"


def entries(profile: str, text: str) -> list[Entry]:
    read = read_by(io.BytesIO(text.encode()), load_profile(profile.encode()))
    return [each for each in read if isinstance(each, Entry)]


def refused(profile: str | bytes) -> str:
    with pytest.raises(Unreadable) as found:
        load_profile(profile if isinstance(profile, bytes) else profile.encode())
    return f"{found.value.place}: {found.value.reason}"


def test_a_declared_layout_is_read_as_declared():
    """Month first, parentheses, a currency, own columns and own rows that are no movements."""
    profile = START + (
        "  text: Texto\ncurrency: USD\ndate: mm/dd/yyyy\ndecimal: point\nsign: amount\n"
        "parentheses_are_negative: true\nrows:\n  opening: Arranque\n"
        "patterns:\n  end_to_end_id: 'E2E-(?P<id>[A-Z0-9]{1,20})'\n"
    )
    text = "Dia|Texto|Valor\n09/01/2026|Arranque|1.00\n09/13/2026|x E2E-AB1 y|(1,234.50)\n"
    (entry,) = entries(profile, text)
    assert (entry.amount_minor, entry.currency, str(entry.booking_date)) == (
        -123450,
        "USD",
        "2026-09-13",
    )
    assert entry.end_to_end_id == "AB1"


def test_a_word_beside_the_amount_may_be_declared():
    """With words that no other bank uses."""
    profile = START + "  indicator: Lado\nsign: indicator\ndebit_words: sale\ncredit_words: entra\n"
    text = "Dia;Valor;Lado\n1/9/26;1,00;SALE\n1/9/26;2,00;Entra\n"
    assert [entry.amount_minor for entry in entries(profile, text)] == [-100, 200]
    with pytest.raises(Unreadable, match="says neither debit nor credit"):
        entries(profile, "Dia;Valor;Lado\n1/9/26;1,00;otro\n")


def test_amounts_that_could_be_two_need_a_declaration():
    """1,230 under Spanish words is a thousand or one and a bit: only a profile can say."""
    text = "Dia;Valor\n1/9/26;1,230\n"
    with pytest.raises(Unreadable, match="a profile has to say which"):
        entries(START, text)
    assert entries(START + "decimal: comma\n", text)[0].amount_minor == 123
    assert entries(START + "decimal: point\n", text)[0].amount_minor == 123000


@pytest.mark.parametrize(
    "text, expected",
    [
        (START + "colour: red\n", "line 5: colour: Extra inputs"),
        (START + "date: dd/mm\n", "line 5: date: a date pattern names one day"),
        (START + "currency: XXX\n", "line 5: currency: the currency is unknown"),
        (START + "encoding: rot13\n", "line 5: encoding: the encoding is unknown"),
        (START + "sign: balance\n", "line 1: the sign is to come from the balance"),
        (START + "account: '[0-9]+'\n", "line 5: account: '+' repeats without end"),
        (START + "rows:\n  opening: [a, 7]\n", "line 6: rows.opening.1: Input should be a valid"),
        (START + "name: y\n", "line 5: the same key twice"),
        ("name: x\ncolumns:\n  booking_date: a\n", "line 1: columns name neither an amount"),
        ("a: &a [x]\nb: *a\n", "line 2: a profile may not refer"),
        ("name: !!python/name:os.system\n", "line 1: the profile is not YAML"),
        ("a: 2026-99-99\n", "file: the profile is not YAML"),
        ("[" * 1000, "line 1: more than 8 levels"),
        (b"\xff\xfe\x00", "file: the profile is not YAML"),
        ("", "line 1: a profile is a list of keys"),
        ("#" * 70_000, "file: a profile has at most"),
    ],
)
def test_a_bad_profile_is_refused_with_its_line(text: str | bytes, expected: str):
    """An analyst who mistypes is told where; what could harm a reader is told too."""
    assert refused(text).startswith(expected)


@pytest.mark.parametrize(
    "pattern",
    [
        "a*",
        "a{1,}",
        "(a{1,9}){1,9}",
        "(a|ab){2,5}",
        r"(a)\1",
        "a{1,201}",
        "(a?){1,50}",
        "(",
        "a" * 201,
        "[0-9]{0,150}[0-9]{0,150}x",
    ],
)
def test_a_pattern_of_unbounded_work_is_refused(pattern: str):
    """Repeats without end, of repeats, of choices, references back, too many ways."""
    with pytest.raises(ValueError, match=r"pattern|repeat"):
        bounded_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", [r"\b[0-9]{2}-?[0-9]{8}-?[0-9]\b", "(?:ab){3}", "CBU:? ?(?P<id>[0-9]{22})", "[*+]"]
)
def test_a_bounded_pattern_is_taken(pattern: str):
    """What finds a CUIT, a CBU or a COELSA id needs no more."""
    assert bounded_pattern(pattern).pattern == pattern


def test_the_built_in_profiles_are_sound():
    """They pass the same checks, under their own names."""
    for name in ("ar-extract", "csv"):
        assert built_in_profile(name).name == name


def test_a_column_may_be_named_by_signs_alone():
    """A header that says "#" above the days is a header."""
    profile = "name: x\ncurrency: USD\ncolumns:\n  booking_date: '#'\n  amount: Valor\n"
    (entry,) = entries(profile, "#;Valor\n1/9/26;1,00\n")
    assert (entry.amount_minor, entry.currency) == (100, "USD")
