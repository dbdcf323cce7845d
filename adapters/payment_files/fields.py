"""Fields of a command, each read strictly or refused by a machine name; nothing is coerced.

A reader of a field takes a JSON value and raises BadValue. Commands come from systems that can be
corrected, so what a bank's file is only flagged for is refused here: a wrong check digit, a
character that no screen shows, a card number in free text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias, get_args

from adapters.data_folder.cards import masked
from adapters.data_folder.values import ID_LENGTH_MAX, checked_day
from adapters.payment_files.json_text import Json, Number
from adapters.statements.model import NAME_LENGTH_MAX
from adapters.statements.values import is_iban, is_uetr
from application.payment_orders import Original
from domain.calendar import LOCAL_OFFSET_MINUTES, local_day
from domain.errors import BadValue
from domain.identity import Cuit, normalise_account, parse_account
from domain.money import AMOUNT_DIGITS_MAX, EXPONENTS, Money
from domain.payment import Method

COMMAND_ID_LENGTH_MAX: Final = 64
FUTURE_MINUTES_MAX: Final = 5
"""Minutes that a sender's clock may be ahead of ours."""

YEAR_DAYS: Final = 365
"""Days into the future that a date may lie at all."""

Read: TypeAlias = Callable[[Json], object]

_COMMAND_ID = re.compile(rf"[A-Za-z0-9._:-]{{1,{COMMAND_ID_LENGTH_MAX}}}")
_MINOR = re.compile(rf"0|-?[1-9][0-9]{{0,{AMOUNT_DIGITS_MAX - 1}}}")
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_STATUS = re.compile(r"[A-Z]{4}")
_METHODS: Final[tuple[str, ...]] = get_args(Method)


def bad(code: str) -> BadValue:
    """A refusal of the field at hand."""
    return BadValue(field="", reason=code)


def text(value: Json, *, most: int = ID_LENGTH_MAX) -> str:
    """A text that is not blank. Raises BadValue: "wrong-type", "too-long", "missing"."""
    if not isinstance(value, str) or isinstance(value, Number):
        raise bad("wrong-type")
    if len(value) > most:
        raise bad("too-long")
    if "\0" in value:
        raise bad("control-character")
    if not value or value.isspace():
        raise bad("missing")
    return value


def identifier(value: Json) -> str:
    """An id, compared as it is written: nothing invisible, nothing that looks like something else.

    Letters are Latin ones, digits those of ASCII.
    """
    read = text(value)
    if read.isascii() and read.isprintable():
        return read
    if any(unicodedata.category(sign) == "Cc" for sign in read):
        raise bad("control-character")
    if any(sign.isdigit() and not sign.isascii() and sign not in "ºª¹²³" for sign in read):
        raise bad("non-ascii-digits")
    if not read.isprintable() or not all(map(_is_plain, read)):
        raise bad("unsafe-text")
    return read


def _is_plain(sign: str) -> bool:
    return sign.isascii() or not sign.isalpha() or _is_latin(sign)


def _is_latin(sign: str) -> bool:
    name = unicodedata.name(sign, "")
    return name.startswith("LATIN ") or sign in "ºª"


def command_id(value: Json) -> str:
    """The id of a command: what an Idempotency-Key may be."""
    if _COMMAND_ID.fullmatch(identifier(value)) is None:
        raise bad("too-long" if len(str(value)) > COMMAND_ID_LENGTH_MAX else "unsafe-text")
    return str(value)


def source(value: Json) -> str:
    """The name of a system."""
    return identifier(value)


def name(value: Json) -> str:
    """The name of a party, kept as it is written."""
    return _without_card(text(value, most=NAME_LENGTH_MAX))


def reason(value: Json) -> str:
    """Why, in a person's words; shown to everybody."""
    return _without_card(text(value, most=500))


def _without_card(read: str) -> str:
    if masked(read, known=()) != read:
        raise bad("card-number-in-text")
    return read


def method(value: Json) -> str:
    """How the payment is made."""
    if text(value) not in _METHODS:
        raise bad("method-unknown")
    return str(value)


def status(value: Json) -> str:
    """A status of ISO 20022: four capitals."""
    if _STATUS.fullmatch(text(value)) is None:
        raise bad("status-format")
    return str(value)


def account(value: Json) -> str:
    """A CBU, CVU or IBAN, without blanks."""
    read = text(value)
    plain = normalise_account(read)
    return plain if is_iban(plain) else parse_account(read).digits


def tax_id(value: Json) -> str:
    """A CUIT or CUIL, without hyphens."""
    return Cuit.parse(text(value)).digits


def uetr(value: Json) -> str:
    """A UETR, in small letters."""
    if not is_uetr(text(value)):
        raise bad("uetr-format")
    return str(value).lower()


class Days:
    """Days and instants, as they look from the present."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._today = (now + timedelta(minutes=LOCAL_OFFSET_MINUTES)).date()

    def instant(self, value: Json) -> str:
        """An instant with its zone, not in the future; as it was written."""
        read = text(value)
        local_day(read)
        ahead = datetime.fromisoformat(read) - self._now
        if ahead > timedelta(days=YEAR_DAYS):
            raise bad("time-range")
        if ahead > timedelta(minutes=FUTURE_MINUTES_MAX):
            raise bad("date-in-future")
        return read

    def value_date(self, value: Json) -> date:
        """A day of money: it may lie a year ahead."""
        day = self._day(value)
        if (day - self._today).days > YEAR_DAYS:
            raise bad("time-range")
        return day

    def business_date(self, value: Json) -> date:
        """A day on which something happened."""
        day = self.value_date(value)
        if day > self._today:
            raise bad("date-in-future")
        return day

    def _day(self, value: Json) -> date:
        try:
            return checked_day(text(value))
        except BadValue as refusal:
            raise bad({"date-range": "time-range"}.get(refusal.reason, refusal.reason)) from None


# Values with fields of their own: their faults have pointers below the field.


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults below one field: where, as the rest of a pointer, and a machine name."""

    parts: tuple[tuple[str, str], ...]


def amount(value: Json) -> Money | Faults:
    """A positive amount: {"minor": "1050", "currency": "ARS"}, and the exponent if it is right."""
    if isinstance(value, Number):
        raise bad("amount-not-a-string")
    if not isinstance(value, dict):
        raise bad("wrong-type")
    faults = tuple(_amount_faults(value))
    if faults:
        return Faults(faults)
    return Money(int(str(value["minor"])), str(value["currency"]))


def _amount_faults(value: dict[str, Json]) -> Iterator[tuple[str, str]]:
    yield from ((f"/{key}", "unknown-field") for key in value if key not in _AMOUNT)
    currency, minor, exponent = (value.get(key) for key in ("currency", "minor", "exponent"))
    if "currency" not in value:
        yield "/currency", "missing"
    elif not isinstance(currency, str) or isinstance(currency, Number):
        yield "/currency", "wrong-type"
    elif currency not in EXPONENTS:
        yield "/currency", "currency-unknown"
    if "minor" not in value:
        yield "/minor", "missing"
    elif (code := _minor_fault(minor)) is not None:
        yield "/minor", code
    if exponent is None:
        return
    if not isinstance(exponent, Number) or _INTEGER.fullmatch(exponent) is None:
        yield "/exponent", "not-an-integer"
    elif isinstance(currency, str) and str(EXPONENTS.get(currency, exponent)) != exponent:
        yield "/exponent", "exponent"


_AMOUNT = frozenset(("minor", "currency", "exponent"))


def _minor_fault(minor: Json) -> str | None:
    if isinstance(minor, Number):
        return "amount-not-a-string"
    if not isinstance(minor, str):
        return "wrong-type"
    if any(sign.isdigit() and not sign.isascii() for sign in minor):
        return "non-ascii-digits"
    if _MINOR.fullmatch(minor) is None:
        return "amount-pattern"
    if minor.startswith("-"):
        return "amount-sign"
    return "amount-zero" if minor == "0" else None


def original(value: Json) -> Original | Faults:
    """The ids of a payment that somebody else has; at least one of them."""
    if not isinstance(value, dict):
        raise bad("wrong-type")
    found: dict[str, str] = {}
    faults = [(f"/{key}", "unknown-field") for key in value if key not in _ORIGINAL]
    for key, read in _ORIGINAL.items():
        try:
            if value.get(key) is not None:
                found[key] = read(value[key])
        except BadValue as refusal:
            faults.append((f"/{key}", refusal.reason))
    if faults:
        return Faults(tuple(faults))
    if not found:
        raise bad("missing")
    return Original(**found)


_ORIGINAL: Final[dict[str, Callable[[Json], str]]] = {
    "uetr": uetr,
    "tx_id": identifier,
    "end_to_end_id": identifier,
}
