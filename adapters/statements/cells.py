"""What a cell of a table says: exact amounts in either decimal style, and dates by pattern.

A reader made here raises `BadCell`, which knows the reason and not the place: whoever reads the row
adds the place with `refused`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Literal, TypeAlias

from adapters.statements.model import Unreadable
from adapters.statements.values import YEAR_MAX, YEAR_MIN, quoted
from domain.errors import BadValue
from domain.money import exponent, parse_minor

DecimalStyle: TypeAlias = Literal["comma", "point"]
"""Which mark stands before the decimals: 1.234,56 or 1,234.56."""

DayOrder: TypeAlias = Literal["day-first", "month-first", "month-first-where-possible"]
"""How a day without a declared pattern is written; the last one where both could be months."""

ReadAmount: TypeAlias = Callable[[str], int]
"""Signed minor units of a cell that is not blank. Raises BadCell."""

ReadAmounts: TypeAlias = Callable[[Sequence[str]], list[int] | None]
"""Signed minor units of a column of cells at once; None if it takes a closer look."""

ReadDay: TypeAlias = Callable[[str], date]
"""The day of a cell that is not blank. Raises BadCell."""

CELL_LENGTH_MAX = 40
"""Characters of an amount or a date that are read at all."""

DAYS_REMEMBERED_MAX = 4_096
"""Texts of days that are remembered: a statement repeats few days many times."""

CENTURY_TURNS_AT = 90
"""A two-digit year from this on is of the nineties; a smaller one of the twenty-first century."""


class BadCell(Exception):  # noqa: N818  (like a refusal: an answer, not an error)
    """The cell cannot be read: `text` and in words why, without a place."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(reason)
        self.text = text
        self.reason = reason

    def refused(self, place: str, name: str) -> Unreadable:
        """The refusal of the file for the column `name` of this cell."""
        return Unreadable(place, f"{name} {quoted(self.text)} {self.reason}")


# Amounts.

_MARKS = {"comma": (",", "."), "point": (".", ",")}
_PLAIN = {
    style: re.compile(
        rf"[-+]?(?:[0-9]{{1,15}}|[0-9]{{1,3}}(?:[{grouping}][0-9]{{3}}){{1,4}})[{mark}][0-9]{{2}}"
    )
    for style, (mark, grouping) in _MARKS.items()
}
_NUMBER = {
    style: re.compile(
        rf"([0-9]{{1,3}}(?:([{grouping} '’])[0-9]{{3}})(?:\2[0-9]{{3}})*|[0-9]*)"
        rf"(?:[{mark}]([0-9]*))?"
    )
    for style, (mark, grouping) in _MARKS.items()
}
_MONEY_SIGNS = {
    "$": None,
    "ARS": "ARS",
    "AR$": "ARS",
    "AR": "ARS",
    "U$S": "USD",
    "US$": "USD",
    "U$D": "USD",
    "USD": "USD",
    "€": "EUR",
    "EUR": "EUR",
    "£": "GBP",
    "GBP": "GBP",
}
_SIGN_OF_MONEY = re.compile(
    "|".join(sorted(map(re.escape, _MONEY_SIGNS), key=len, reverse=True)), re.IGNORECASE
)
_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009\t"), " ") | {ord("−"): "-", ord("–"): "-"}


def currencies_beside(texts: Iterable[str]) -> set[str]:
    """The currencies whose sign stands beside one of the amounts; a bare "$" says none."""
    found = {sign.upper() for text in texts for sign in _SIGN_OF_MONEY.findall(text)}
    return {currency for sign in found if (currency := _MONEY_SIGNS[sign]) is not None}


def amount_reader(
    style: DecimalStyle, currency: str, *, parentheses_are_negative: bool = False
) -> ReadAmount:
    """Reads amounts of one decimal style in one currency, exactly.

    A minus may stand before or after, a sign of the same currency beside it. What is written in the
    other style, or has more decimals than the currency, is refused.
    """
    plain = _PLAIN[style].fullmatch
    mark, grouping = _MARKS[style]
    hundredths = exponent(currency, withdrawn=True) == 2

    def read(text: str) -> int:
        if hundredths:
            if plain(text) is not None:
                return int(text.replace(grouping, "").replace(mark, ""))
            if text[-1:] == "-" and text[0] not in "+-" and plain(text[:-1]) is not None:
                return -int(text[:-1].replace(grouping, "").replace(mark, ""))
        return _amount(text, style, currency, parentheses_are_negative)

    return read


def column_reader(style: DecimalStyle, currency: str) -> ReadAmounts:
    """Reads a column of amounts at once, at a quarter of the price: minor units, 0 for a blank.

    None if a cell is anything but plain digits with two decimals, perhaps with a minus at one end:
    then `amount_reader` reads them, a cell at a time, to the same amounts.
    """
    mark, grouping = _MARKS[style]
    number = rf"(?:[0-9]{{1,3}}(?:[{grouping}][0-9]{{3}}){{0,4}}|[0-9]{{4,15}})[{mark}][0-9]{{2}}"
    plain = re.compile(rf"(?:{number}-?\n|\n|-{number}\n)*")
    marks = str.maketrans("", "", mark + grouping)
    hundredths = exponent(currency, withdrawn=True) == 2

    def read(cells: Sequence[str]) -> list[int] | None:
        text = "\n".join(cells) + "\n"
        if not hundredths or plain.fullmatch(text) is None:
            return None
        digits = text.translate(marks).split("\n")[:-1]
        if len(digits) != len(cells):
            return None
        if "-\n" in text:
            return [-int(each[:-1]) if each[-1:] == "-" else int(each or 0) for each in digits]
        return (
            [int(each) if each else 0 for each in digits] if "" in digits else [*map(int, digits)]
        )

    return read


def _amount(text: str, style: DecimalStyle, currency: str, parentheses: bool) -> int:  # noqa: FBT001  (private, one caller)
    if len(text) > CELL_LENGTH_MAX:
        raise BadCell(text, "is not a number")
    sign, number = _bare(text, currency, parentheses=parentheses)
    found = _NUMBER[style].fullmatch(number)
    if found is None or number in {"", ",", "."}:
        other: DecimalStyle = "point" if style == "comma" else "comma"
        if number and number not in {",", "."} and _NUMBER[other].fullmatch(number):
            raise BadCell(text, f"has no decimal {style}, but others of the file have")
        raise BadCell(text, "is not a number")
    whole, group, decimals = found.groups()
    if group is not None:
        whole = whole.replace(group, "")
    try:
        return parse_minor(f"{sign}{whole}.{decimals or '0'}", currency, withdrawn=True)
    except BadValue as refusal:
        if refusal.reason == "amount-precision":
            raise BadCell(text, f"has more decimals than {currency} has") from None
        raise BadCell(text, "is not a number that an amount can be") from None


def _bare(text: str, currency: str, *, parentheses: bool) -> tuple[str, str]:
    """The sign and the digits with their marks. Raises BadCell for two signs or another money."""
    number = text.translate(_SPACES).strip()
    minus = False
    if parentheses and number.startswith("(") and number.endswith(")"):
        minus, number = True, number[1:-1].strip()
    marks = _SIGN_OF_MONEY.findall(number)
    if marks:
        if len(marks) > 1 or _MONEY_SIGNS[marks[0].upper()] not in {None, currency}:
            raise BadCell(text, f"is no amount of {currency}")
        before, _, after = number.partition(marks[0])
        number = f"{before.strip()}{after.strip()}"
    signs = [sign for sign in (number[:1], number[1:][-1:]) if sign in {"-", "+"}]
    if len(signs) > 1 or (signs and minus):
        raise BadCell(text, "has two signs")
    if signs:
        minus = signs[0] == "-"
        number = (number[1:] if number[0] in "+-" else number[:-1]).strip()
    return "-" if minus else "", number


def decimal_style_of(texts: Iterable[str]) -> DecimalStyle | None:
    """The style that the first text decides; None if none does.

    Decided by two different marks, a repeated one, or decimals that no group of three could be.
    """
    for text in texts:
        if ("." in text or "," in text) and (style := _style_in(text)) is not None:
            return style
    return None


def _style_in(text: str) -> DecimalStyle | None:
    commas, points = text.count(","), text.count(".")
    if commas and points:
        return "comma" if text.rindex(",") > text.rindex(".") else "point"
    if commas > 1 or points > 1:
        return "point" if commas else "comma"
    before, mark, after = text.partition("," if commas else ".")
    digits = sum(map(str.isdigit, after))
    leading = "".join(filter(str.isdigit, before))
    if digits == 3 and 1 <= len(leading) <= 3 and leading != "0":
        return None
    return "comma" if mark == "," else "point"


def is_undecided(text: str) -> bool:
    """Whether the text is another amount in each style: 1.234 is a thousand or one and a bit."""
    return ("." in text or "," in text) and _style_in(text) is None


# Days.

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "ene jan enero january",
            "feb febrero february",
            "mar marzo march",
            "abr apr abril april",
            "may mayo",
            "jun junio june",
            "jul julio july",
            "ago aug agosto august",
            "sep set sept septiembre setiembre september",
            "oct octubre october",
            "nov noviembre november",
            "dic dec diciembre december",
        ),
        start=1,
    )
    for name in names.split()
}
_TIME = r"(?:(?:[ T]+|, ?)[0-9]{1,2}[:.][0-9Z:.,+ apmhrs-]{2,24})?"
_UNDECLARED = re.compile(
    r"(?:(?P<d>[0-9]{1,2})(?P<s>[/.-])(?P<m>[0-9]{1,2})(?P=s)(?P<y>[0-9]{4}|[0-9]{2})"
    r"|(?P<y2>[0-9]{4})(?P<s2>[/.-]?)(?P<m2>[0-9]{2})(?P=s2)(?P<d2>[0-9]{2})"
    r"|(?P<d3>[0-9]{1,2})(?P<s3>[ /.-])(?P<m3>[a-z]{3,10})\.?(?P=s3)(?P<y3>[0-9]{4}|[0-9]{2}))"
    + _TIME,
    re.IGNORECASE,
)
_PARTS = {
    "d": "(?P<d>[0-9]{1,2})",
    "dd": "(?P<d>[0-9]{2})",
    "m": "(?P<m>[0-9]{1,2})",
    "mm": "(?P<m>[0-9]{2})",
    "mmm": r"(?P<m>[a-z]{3,10})\.?",
    "yy": "(?P<y>[0-9]{2})",
    "yyyy": "(?P<y>[0-9]{4})",
}


def day_reader(pattern: str | None = None, *, order: DayOrder = "day-first") -> ReadDay:
    """Reads days of a `pattern`: d, dd, m, mm, mmm (a name), yy, yyyy and what stands between.

    Without a pattern: in this `order`, else year first with four digits. A time of day after it is
    left out: dates of banks count as written. Raises ValueError for a pattern that is none.
    """
    form = _UNDECLARED if pattern is None else _compiled(pattern)
    remembered: dict[str, date] = {}

    def read(text: str) -> date:
        day = remembered.get(text)
        if day is None:
            day = _day(text, form, order)
            if len(remembered) >= DAYS_REMEMBERED_MAX:
                remembered.clear()
            remembered[text] = day
        return day

    return read


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"d+|m+|y+|[^dmy]+", pattern.lower())
    if sorted(part[0] for part in parts if part in _PARTS) != ["d", "m", "y"]:
        raise ValueError(f"a date pattern names one day, one month and one year: {pattern[:40]!r}")
    if any(part[0] in "dmy" and part not in _PARTS for part in parts):
        raise ValueError(f"a date pattern knows d, dd, m, mm, mmm, yy and yyyy: {pattern[:40]!r}")
    return re.compile(
        "".join(_PARTS.get(part) or re.escape(part) for part in parts) + _TIME, re.IGNORECASE
    )


def _day(text: str, form: re.Pattern[str], order: DayOrder) -> date:
    found = form.fullmatch(text.strip()) if len(text) <= CELL_LENGTH_MAX else None
    if found is None:
        raise BadCell(text, "is not a date")
    named = {name[0]: part for name, part in found.groupdict().items() if part is not None}
    if order != "day-first" and found.groupdict().get("s") is not None:
        first, second = int(named["d"]), int(named["m"])
        if order == "month-first" or (first <= 12 and second <= 12):
            named["d"], named["m"] = named["m"], named["d"]
    month = named["m"]
    number = int(month) if month.isdigit() else _MONTHS.get(month.lower())
    if number is None:
        raise BadCell(text, "is not a date")
    year = int(named["y"])
    if len(named["y"]) == 2:
        year += 1900 if year >= CENTURY_TURNS_AT else 2000
    try:
        day = date(year, number, int(named["d"]))
    except ValueError:
        raise BadCell(text, "is not a day of the calendar") from None
    if not YEAR_MIN <= year <= YEAR_MAX:
        raise BadCell(text, f"is not between {YEAR_MIN} and {YEAR_MAX}")
    return day
