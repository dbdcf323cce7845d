"""What one field of an MT940 says: a line (:61:), a balance (:60F:), a control (:90D:)."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from string import ascii_letters
from typing import Final, Literal, NamedTuple, TypeAlias

from adapters.statements.model import Unreadable
from adapters.statements.mt940_fields import Field
from adapters.statements.values import day_of_parts, known, minor_of, quoted

Mark: TypeAlias = Literal["C", "D", "RC", "RD", "EC", "ED"]
"""Credit, debit, the reversal of either, and (MT942) either one that is only expected."""

MARKS: Final[dict[str, Mark]] = {
    "C": "C",
    "D": "D",
    "RC": "RC",
    "RD": "RD",
    "EC": "EC",
    "ED": "ED",
}

SIGNS: Final[dict[Mark, int]] = {"C": 1, "D": -1, "RC": -1, "RD": 1, "EC": 1, "ED": -1}

EXPECTED: Final = frozenset({"EC", "ED"})
"""Marks of what is announced and moves no balance."""

CENTURY_TURNS_AT: Final = 80
"""A year from this on is of the twentieth century."""

_DATES: Final = re.compile(r"\s*([0-9]{6})([0-9]{4}| {4})?\s*")
_MARK: Final = re.compile(r"([RE]?[CD]|[cd])([A-Za-z]?)\s*(?=[0-9,.])")
_KNOWN_MARK: Final = re.compile(r"[RE]?[CD][A-Z]?(?![a-z])|[cd](?![A-Za-z])")
_FOLDED: Final = re.compile(r"\s*[0-9]{6}(?:[0-9]{4}| {4})?[RE]?[CD][A-Z]?\s*")
_AMOUNT: Final = re.compile(r"[0-9.,]*")
_TYPE: Final = re.compile(r"(?!NONREF)[A-Z][A-Za-z0-9 ]{3}")
_BALANCE: Final = re.compile(r"([CDcd])([0-9]{6})([A-Za-z]{3})?([^A-Za-z]*)")
_SUM: Final = re.compile(r"([0-9]{1,9})\s*([A-Z]{3})([^A-Za-z]*)")
_FLOOR: Final = re.compile(r"([A-Z]{3})([CD])?([0-9.,]*)")
_TIME: Final = re.compile(r"[0-9]{6}(?:[01][0-9]|2[0-3])[0-5][0-9]")
_PADDED: Final = re.compile(r"\s{2,}")

_MARKERS: Final = frozenset({"EREF", "EREF+", "KREF", "KREF+", "MARF", "PREF", "IREF"})
"""What stands for a reference where it is given in :86:."""


class Amounts:
    """Reads amounts of one file: all with a decimal comma or, at a few banks, all with a point."""

    def __init__(self) -> None:
        self._mark: str | None = None

    def minor(self, text: str, currency: str, *, place: str) -> int:
        """Minor units of "1234,5". Raises Unreadable, also for a mark that others do not have."""
        marks = [sign for sign in text if sign in ",."]
        if len(marks) > 1 or not any(map(str.isdigit, text)):
            raise Unreadable(place, f"amount {quoted(text)} is not a number")
        if marks:
            if self._mark not in {None, marks[0]}:
                raise Unreadable(
                    place, f"amount {quoted(text)} has another decimal mark than others"
                )
            self._mark = marks[0]
        return minor_of(text.replace(",", "."), currency, place=place)


class Line(NamedTuple):
    """A statement line; `customer` is sub-field 7, `supplementary` what follows the references."""

    value_date: date
    booking_date: date
    mark: Mark
    amount_minor: int
    type: str | None
    customer: str | None
    bank: str | None
    supplementary: list[str]

    @property
    def signed_minor(self) -> int:
        """The amount with the sign of what it does to the account."""
        return SIGNS[self.mark] * self.amount_minor


class Balance(NamedTuple):
    """A balance as stated, signed; `currency` is None where the field leaves it out."""

    day: date
    currency: str
    minor: int


def line_of(field: Field, currency: str, amounts: Amounts) -> Line:
    """The statement line of a :61:. Raises Unreadable, naming the part that cannot be read."""
    place = field.place
    text, *supplementary = field.lines
    if supplementary and _FOLDED.fullmatch(text):
        text, supplementary = text.rstrip() + supplementary[0], supplementary[1:]
    dates = _DATES.match(text)
    if dates is None:
        raise Unreadable(place, f"value date {quoted(text[:6])} is not six digits")
    value_date = _day(dates[1], place=place, name="value date")
    booking_date = value_date
    if dates[2] is not None and dates[2].strip():
        booking_date = _entry_date(dates[2], value_date, place=place)
    mark = _MARK.match(text, dates.end())
    if mark is None:
        raise _unmarked(text[dates.end() :], place=place)
    amount = _AMOUNT.match(text, mark.end())
    assert amount is not None  # it matches nothing, too
    rest = text[amount.end() :].lstrip()
    kind = _TYPE.match(rest)
    if kind is None and rest and not rest.startswith(("//", "NONREF")):
        raise Unreadable(place, f"after the amount {quoted(amount[0])} no transaction type follows")
    customer, slashes, bank = rest[4 if kind else 0 :].partition("//")
    if not slashes:
        customer, *beside = _PADDED.split(customer.lstrip(), maxsplit=1)
    else:
        bank, *beside = _PADDED.split(bank.lstrip(), maxsplit=1)
    own = known(customer)
    return Line(
        value_date=value_date,
        booking_date=booking_date,
        mark=MARKS[mark[1].upper()],
        amount_minor=amounts.minor(amount[0], currency, place=place),
        type=kind[0].strip() if kind else None,
        customer=None if own in _MARKERS else own,
        bank=known(bank),
        supplementary=[each for each in (*beside, *supplementary) if each.strip()],
    )


def _unmarked(text: str, *, place: str) -> Unreadable:
    """Why no mark and amount stand here."""
    mark = _KNOWN_MARK.match(text)
    if mark is None:
        letters = text[: len(text) - len(text.lstrip(ascii_letters))]
        return Unreadable(place, f"mark {quoted(letters or text[:2])} is none of C, D, RC and RD")
    amount = re.split(r"[A-Za-z]", text[mark.end() :], maxsplit=1)[0]
    return Unreadable(place, f"amount {quoted(amount)} is not a number")


def _entry_date(text: str, value_date: date, *, place: str) -> date:
    """MMDD in the year in which it is nearest to the value date."""
    month, day = int(text[:2]), int(text[2:])
    found: list[date] = []
    for year in (value_date.year - 1, value_date.year, value_date.year + 1):
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue  # no such day in this year
    if not found:
        raise Unreadable(place, f"entry date {quoted(text)} is not a day of the calendar")
    return min(found, key=lambda each: abs(each - value_date))


def _day(text: str, *, place: str, name: str) -> date:
    """The day of YYMMDD. 30 February, which banks use, is the last of that month."""
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    year += 1900 if year >= CENTURY_TURNS_AT else 2000
    if (month, day) == (2, 30):
        day = monthrange(year, month)[1]
    return day_of_parts(year, month, day, place=place, name=name, text=text)


def balance_of(field: Field, currency: str | None, amounts: Amounts) -> Balance:
    """The balance of a :60F: or :62F:; `currency` stands in where the field has none.

    Raises Unreadable, naming the part that cannot be read.
    """
    place, text = field.place, field.lines[0].strip()
    found = _BALANCE.fullmatch(text)
    if found is None:
        raise Unreadable(place, f"balance of :{field.tag}: is not a mark, a date and an amount")
    mark, day, stated, amount = found.groups()
    own = stated or currency
    if own is None:
        raise Unreadable(place, f"balance of :{field.tag}: has no currency")
    minor = amounts.minor(amount, own, place=place)
    return Balance(
        day=_day(day, place=place, name="date of the balance"),
        currency=own,
        minor=minor if mark in "Cc" else -minor,
    )


def sum_of(field: Field, amounts: Amounts) -> tuple[int, str, int]:
    """Number, currency and sum of a :90D: or :90C:. Raises Unreadable."""
    found = _SUM.fullmatch(field.lines[0].strip())
    if found is None:
        raise Unreadable(
            field.place, f"control :{field.tag}: is not a number, a currency, an amount"
        )
    count, currency, amount = found.groups()
    return int(count), currency, amounts.minor(amount, currency, place=field.place)


def floor_currency_of(field: Field) -> str:
    """The currency of a :34F:, the only thing of a floor limit that counts here.

    Raises Unreadable.
    """
    found = _FLOOR.fullmatch(field.lines[0].strip())
    if found is None:
        raise Unreadable(field.place, "floor limit :34F: is not a currency and an amount")
    return found[1]


def day_of_time(field: Field) -> date:
    """The day of a :13D: (YYMMDDhhmm and an offset). Raises Unreadable."""
    text = field.lines[0].strip()
    if _TIME.match(text) is None:
        raise Unreadable(field.place, f"time :{field.tag}: {quoted(text[:15])} is none")
    return _day(text[:6], place=field.place, name="date of the report")
