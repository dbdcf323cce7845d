"""What stands in a field of a BAI2 record: amounts, days, type codes, funds types, references."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from adapters.statements.bai2_records import Record
from adapters.statements.model import NAME_LENGTH_MAX, TEXT_LENGTH_MAX, Status, Unreadable
from adapters.statements.values import day_of_parts, known, quoted
from domain.errors import BadValue
from domain.money import exponent

CENTURY_TURNS_AT: Final = 80
"""A two-digit year from here on is of the 20th century."""

DISTRIBUTIONS_MAX: Final = 100
"""Days over which the funds of one amount may be distributed."""

_AMOUNT: Final = re.compile(r"[-+]?[0-9]{1,18}")
_COUNT: Final = re.compile(r"[0-9]{1,9}")
_TYPE: Final = re.compile(r"[0-9]{3}")
_DAY: Final = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})")
_TIME: Final = re.compile(r"(?:[0-9]{1,4}|[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")
_PLAIN_FUNDS: Final = frozenset({"", "Z", "0", "1", "2"})


class Fields:
    """The fields of a 16, one after the other, and then its text.

    Each 88 begins a new field. Banks leave out empty references before the text of an 88: words
    with blanks between them are no reference there, but text.
    """

    def __init__(self, record: Record) -> None:
        self.place = record.place
        self._parts = record.parts
        self._part = 0
        self._rest: str | None = record.parts[0]

    def next(self) -> str:
        """The next field; empty past the last one."""
        if self._rest is None:
            if self._part + 1 >= len(self._parts):
                return ""
            self._part += 1
            self._rest = self._parts[self._part]
        text, comma, rest = self._rest.partition(",")
        self._rest = rest if comma else None
        return " ".join(text.split())

    def reference(self) -> str | None:
        """The next field as a reference."""
        if self._rest is None and self._part + 1 < len(self._parts):
            first = self._parts[self._part + 1].partition(",")[0]
            if len(first.split()) > 1:
                return None
        text = known(self.next())
        if text is not None and len(text) > NAME_LENGTH_MAX:
            raise Unreadable(self.place, f"a reference of {len(text)} characters")
        return text

    def text(self) -> str | None:
        """All that is left, in one line."""
        left = [] if self._rest is None else [self._rest]
        text = " ".join(" ".join([*left, *self._parts[self._part + 1 :]]).split())
        if len(text) > TEXT_LENGTH_MAX:
            raise Unreadable(self.place, f"a text of {len(text)} characters")
        return text or None


def value_date_of(parts: Fields) -> date | None:
    """The value date that the funds type of a 16 gives; whatever it brings with it is taken."""
    funds = parts.next()
    if funds in _PLAIN_FUNDS:
        return None
    if funds == "V":
        text, time = parts.next(), parts.next()
        if _TIME.fullmatch(time) is None:
            raise Unreadable(parts.place, f"time {quoted(time)} is not a time")
        return day_of(text, place=parts.place, name="value date") if text else None
    for _ in range(_distributed(funds, parts.next, place=parts.place)):
        amount_of(parts.next(), place=parts.place)
    return None


def _distributed(funds: str, first: Callable[[], str], *, place: str) -> int:
    """How many fields with amounts follow funds type S or D. Raises Unreadable for another one."""
    if funds == "S":
        return 3
    if funds == "D":
        days = count_of(first(), place=place)
        if days > DISTRIBUTIONS_MAX:
            raise Unreadable(place, f"funds distributed over more than {DISTRIBUTIONS_MAX} days")
        return 2 * days
    raise Unreadable(place, f"funds type {quoted(funds)} is unknown")


def summaries_of(record: Record) -> Iterator[tuple[str, int | None]]:
    """Type code and amount of each status and summary of an 03. Raises Unreadable."""
    rest = iter(record.fields()[2:])

    def following() -> str:
        return next(rest, "")

    for code in rest:
        if not code:
            continue
        if _TYPE.fullmatch(code) is None:
            raise Unreadable(record.place, f"type code {quoted(code)} is not three digits")
        amount = amount_of(following(), place=record.place)
        following()  # the number of items
        funds = following()
        if funds == "V":
            following()
            following()
        elif funds not in _PLAIN_FUNDS:
            for _ in range(_distributed(funds, following, place=record.place)):
                amount_of(following(), place=record.place)
        yield code, amount


def signed_amount(code: str, text: str, *, place: str) -> tuple[int, Status]:
    """The amount with the sign of its type code. Raises Unreadable."""
    if _TYPE.fullmatch(code) is None:
        raise Unreadable(place, f"type code {quoted(code)} is not three digits")
    amount = amount_of(text, place=place)
    if code == "890":  # for information: an amount in it moves nothing
        return amount or 0, "INFO"
    if amount is None:
        raise Unreadable(place, "the amount is missing")
    sign = _sign(int(code))
    if sign is None:
        raise Unreadable(place, f"type code '{code}' is neither a credit nor a debit")
    if text.startswith("-") and amount:
        if sign > 0:
            raise Unreadable(place, f"amount '{text}' is negative, and type code '{code}' a credit")
        return amount, "BOOK"
    return sign * amount, "BOOK"


def _sign(code: int) -> int | None:
    if 100 <= code <= 399 or code in {706, 708, 827, 829} or 720 <= code <= 759:
        return 1
    if 400 <= code <= 699 or code == 828 or 760 <= code <= 799:
        return -1
    if 920 <= code <= 959:  # of the bank's own making
        return 1
    return -1 if 960 <= code <= 999 else None


def amount_of(text: str, *, place: str) -> int | None:
    """The minor units as printed; None for an empty text. Raises Unreadable."""
    if not text:
        return None
    if _AMOUNT.fullmatch(text) is None:
        raise Unreadable(place, f"amount {quoted(text)} is not a whole number of minor units")
    return int(text)


def count_of(text: str, *, place: str) -> int:
    """The number. Raises Unreadable."""
    if _COUNT.fullmatch(text) is None:
        raise Unreadable(place, f"number {quoted(text)} is not a number")
    return int(text)


def day_of(text: str, *, place: str, name: str) -> date:
    """The day of YYMMDD. Raises Unreadable."""
    found = _DAY.fullmatch(text)
    if found is None:
        raise Unreadable(place, f"{name} {quoted(text)} is not a date")
    year, month, day = map(int, found.groups())
    year += 1900 if year >= CENTURY_TURNS_AT else 2000
    return day_of_parts(year, month, day, place=place, name=name, text=text)


@lru_cache(maxsize=64)
def _is_currency(code: str) -> bool:
    try:
        exponent(code, withdrawn=True)
    except BadValue:
        return False
    return True


def currency_of(text: str, *, place: str) -> str | None:
    """The code as printed; None for an empty text. Raises Unreadable for one that is unknown."""
    if text and not _is_currency(text):
        raise Unreadable(place, f"currency {quoted(text)} is unknown")
    return text or None
