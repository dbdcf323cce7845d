"""The values of a query, as text from outside: each is read to one form, or refused by name."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from application.query_conditions import Value
from application.query_fields import Field
from application.query_refusals import InvalidParameter
from domain.errors import BadValue
from domain.money import AMOUNT_DIGITS_MAX, checked_currency

TEXT_LENGTH_MAX = 200
"""Characters of a value."""

YEAR_MIN, YEAR_MAX = 1900, 9998
"""Outside of them a day is a slip, and a time zone could lead out of the calendar."""

_MINOR = re.compile(r"0|-?[1-9][0-9]{0,17}")
_COUNT = re.compile(r"0|[1-9][0-9]{0,17}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)


def read_value(field: Field, text: str, *, name: str) -> Value:
    """The value of a field, in the form that rows hold; `name` is the parameter.

    Raises InvalidParameter.
    """
    if not text or len(text) > TEXT_LENGTH_MAX:
        raise InvalidParameter(name=name, reason="empty" if not text else "too-long")
    match field.kind:
        case "id" | "word" | "shown":
            return _word(field, text, name)
        case "day":
            return read_day(text, name=name).isoformat()
        case "instant":
            return _instant(text, name)
        case "amount":
            return _number(_MINOR, text, name, f"not-{AMOUNT_DIGITS_MAX}-digits-of-minor-units")
        case "count":
            return _number(_COUNT, text, name, "not-a-count")
        case "flag":
            return int(read_flag(text, name=name))


def read_flag(text: str, *, name: str) -> bool:
    """True or false, as JSON writes them. Raises InvalidParameter."""
    if text not in {"true", "false"}:
        raise InvalidParameter(name=name, reason="neither-true-nor-false")
    return text == "true"


def read_day(text: str, *, name: str) -> date:
    """A day, as 2026-11-05. Raises InvalidParameter."""
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            if YEAR_MIN <= day.year <= YEAR_MAX:
                return day
    except ValueError:
        pass
    raise InvalidParameter(name=name, reason="not-a-day")


def _word(field: Field, text: str, name: str) -> str:
    if not text.isprintable():
        raise InvalidParameter(name=name, reason="unprintable")
    if field.name == "currency":
        try:
            return checked_currency(text)
        except BadValue as refused:
            raise InvalidParameter(name=name, reason=refused.reason) from refused
    return text


def _instant(text: str, name: str) -> str:
    try:
        if _INSTANT.fullmatch(text):
            at = datetime.fromisoformat(text)
            if YEAR_MIN <= at.year <= YEAR_MAX:
                plain = at.astimezone(UTC).isoformat(timespec="milliseconds")
                return plain.removesuffix("+00:00") + "Z"
    except ValueError:
        pass
    raise InvalidParameter(name=name, reason="not-an-instant")


def _number(form: re.Pattern[str], text: str, name: str, reason: str) -> int:
    if not form.fullmatch(text):
        raise InvalidParameter(name=name, reason=reason)
    return int(text)
