"""What a field takes beyond its type: days, instants, ids, and which oddities are only flagged."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from unicodedata import category

from adapters.data_folder.faults import Unusable, words_of
from domain.calendar import YEAR_MAX, YEAR_MIN, local_day
from domain.errors import BadValue
from domain.identity import (
    CUIT_LENGTH,
    cbu_fault,
    cuit_fault,
    is_valid_cbu,
    is_valid_cuit,
    looks_like_cvu,
    normalise_account,
    normalise_tax_id,
)
from domain.money import checked_currency

ID_LENGTH_MAX = 140
"""Characters of an id, an account or a reference."""

TEXT_LENGTH_MAX = 2_000
"""Characters of free text."""

MEMO_ENTRIES_MAX = 1 << 16
"""Days, accounts and tax ids that are remembered by how they are written; they repeat a lot."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SOURCE = re.compile(r"[a-z][a-z0-9_-]*:[^:]+")


def day_of(text: str, *, name: str) -> date:
    """The day written as "2026-03-02", from 1990 to 2100. Raises Unusable."""
    try:
        return checked_day(text)
    except BadValue as refusal:
        raise Unusable(f"{name}: {words_of(refusal)}") from None


@lru_cache(maxsize=MEMO_ENTRIES_MAX)
def checked_day(text: str) -> date:
    """The same day. Raises BadValue: "date" or "date-range"."""
    if not _DAY.fullmatch(text):
        raise BadValue(field="day", reason="date")  # never quoted: a column may be displaced
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadValue(field="day", reason="date", detail=text) from None
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        raise BadValue(field="day", reason="date-range", detail=text)
    return day


def local_day_of(text: str, *, name: str) -> date:
    """The day at −03:00 of an instant with its zone. Raises Unusable."""
    try:
        return local_day(text)
    except BadValue as refusal:
        raise Unusable(f"{name}: {words_of(refusal)}") from None


def currency_of(text: str) -> str:
    """An active ISO 4217 code. Raises Unusable."""
    try:
        return checked_currency(text)
    except BadValue as refusal:
        raise Unusable(f"currency: {words_of(refusal)}") from None


def said(text: str | None) -> str | None:
    """The text as it is; None where there is nothing but blanks in it, which says nothing."""
    return None if text is None or not text or text.isspace() else text


def demand_source(text: str) -> None:
    """Raises Unusable unless the text is a kind and a name, as "bank:017"."""
    if not _SOURCE.fullmatch(text):
        raise Unusable('source: source-format (not "kind:name")')


def demand_account(text: str) -> None:
    """Raises Unusable for an account of ours with a colon: ids are joined with it."""
    if ":" in text:
        raise Unusable("account: unsafe-text (a colon)")


def demand_shown(text: str | None, *, name: str) -> None:
    """Raises Unusable for a key with anything that a screen does not show."""
    if text is not None and not text.isprintable():
        raise Unusable(f"{name}: {_unprintable(text)}")


def demand_no_control(text: str | None, *, name: str) -> None:
    """Raises Unusable for a reference, account or tax id with a control character."""
    if text is not None and not text.isprintable() and _unprintable(text) == "control-character":
        raise Unusable(f"{name}: control-character")


def demand_no_nul(text: str | None, *, name: str) -> None:
    """Raises Unusable for a NUL in free text, where line breaks and tabs may stand."""
    if text is not None and "\0" in text:
        raise Unusable(f"{name}: control-character")


def _unprintable(text: str) -> str:
    return "control-character" if any(category(c) == "Cc" for c in text) else "unsafe-text"


@lru_cache(maxsize=MEMO_ENTRIES_MAX)
def account_oddity(text: str) -> str | None:
    """What is odd about an account: "cbu-length", "cbu-format", "cbu-check-digit", or the like.

    A CVU, whose check digits are no rule, has "cvu-check-digit". None where nothing is.
    """
    if is_valid_cbu(text):  # nearly all of them, and at the speed that these are read
        return None
    digits = normalise_account(text)
    fault = cbu_fault(digits)
    if fault is None:
        return None
    if fault == "length":
        return "cbu-length"
    if fault == "digits":
        return "cbu-format"
    return "cvu-check-digit" if looks_like_cvu(digits) else "cbu-check-digit"


@lru_cache(maxsize=MEMO_ENTRIES_MAX)
def tax_id_oddity(text: str) -> str | None:
    """What is odd about a tax id: "cuit-" and "length", "format", "prefix" or "check-digit"."""
    if is_valid_cuit(text):
        return None
    digits = normalise_tax_id(text)
    fault = "length" if len(digits) != CUIT_LENGTH else cuit_fault(digits)
    if fault is None:
        return None
    return "cuit-format" if fault == "digits" else f"cuit-{fault}"
