"""Values that every format shares: identifiers, amounts and dates as text, read or refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from adapters.statements.model import Unreadable
from domain.errors import BadValue
from domain.money import parse_minor

YEAR_MIN, YEAR_MAX = 1990, 2100
"""Years that a date of a statement may have."""

_NOTHING = frozenset({"", "NOTPROVIDED", "NONREF", "NOTAVAILABLE", "NOREF"})
_RUN = re.compile(r"[A-Z0-9](?<!\w\w)[A-Z0-9]{21}(?!\w)")
"""22 capitals and digits that are a word; the search skips to the first such sign at once."""

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_UETR = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_QUOTABLE = re.compile(r"[-+0-9.,:/TZ ]{1,32}|[A-Za-z]{1,4}")


def known(text: str | None) -> str | None:
    """The text without white space around it; None for one that says that there is none."""
    if text is None:
        return None
    text = text.strip()
    return None if text in _NOTHING else text


def all_known(texts: Iterable[str]) -> bool:
    """Whether each of these texts, which have no white space around them, says something."""
    return _NOTHING.isdisjoint(texts)


def coelsa_id_in(texts: Iterable[str | None]) -> str | None:
    """The first COELSA id in the texts: 22 capitals and digits, some of both, that are no IBAN."""
    for text in texts:
        if text is None or len(text) < 22:
            continue
        for found in _RUN.findall(text):
            if not (found.isdigit() or found.isalpha() or is_iban(found)):
                return found
    return None


def is_iban(text: str) -> bool:
    """Whether the text is an IBAN, by form and check digits (ISO 13616)."""
    if _IBAN.fullmatch(text) is None:
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def is_uetr(text: str) -> bool:
    """Whether the text has the form of a UETR: a UUID, version 4."""
    return _UETR.fullmatch(text) is not None


def day_of(text: str, *, place: str, name: str = "date") -> date:
    """The day of "2026-11-20", or of a date-time that starts so, as written.

    Raises Unreadable.
    """
    read = _DAY.match(text)
    if read is None:
        raise Unreadable(place, f"{name} {quoted(text)} is not a date")
    return day_of_parts(*map(int, read.groups()), place=place, name=name, text=text)


def day_of_parts(year: int, month: int, day: int, *, place: str, name: str, text: str) -> date:
    """The day of these numbers. Raises Unreadable for one that is none, quoting `text`."""
    try:
        found = date(year, month, day)
    except ValueError:
        raise Unreadable(place, f"{name} {quoted(text)} is not a day of the calendar") from None
    if not YEAR_MIN <= year <= YEAR_MAX:
        raise Unreadable(place, f"{name} {quoted(text)} is not between {YEAR_MIN} and {YEAR_MAX}")
    return found


def minor_of(text: str, currency: str, *, place: str, name: str = "amount") -> int:
    """Minor units of a decimal text with a point: "1234.50" of ARS is 123450.

    Currencies that ended are known too. Raises Unreadable.
    """
    try:
        return parse_minor(text, currency, withdrawn=True)
    except BadValue as refusal:
        if refusal.reason == "currency-unknown":
            raise Unreadable(place, f"currency {quoted(currency)} is unknown") from None
        why = {
            "amount-precision": f"has more decimals than {currency} has",
            "amount-pattern": "is not a number",
        }.get(refusal.reason, refusal.reason)
        raise Unreadable(place, f"{name} {quoted(text)} {why}") from None


def quoted(text: str) -> str:
    """An offending amount, date or code as it may be shown; of anything else its length only."""
    if not text.strip():
        return "(blank)"
    return f"'{text}'" if _QUOTABLE.fullmatch(text) else f"of {len(text)} characters"
