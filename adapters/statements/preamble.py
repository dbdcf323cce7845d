"""What a table's file says before its header: the account and the currency."""

from __future__ import annotations

import re
from collections.abc import Iterable

from adapters.statements.patterns import bounded_pattern
from adapters.statements.profiles import Profile
from adapters.statements.table import normalised
from domain.errors import BadValue
from domain.money import exponent

LINE_LENGTH_MAX = 1_000
"""Characters of a line before the header that are looked at."""

_WORDS = {
    "$": "ARS",
    "ar$": "ARS",
    "pesos": "ARS",
    "peso": "ARS",
    "peso argentino": "ARS",
    "pesos argentinos": "ARS",
    "u$s": "USD",
    "us$": "USD",
    "dolar": "USD",
    "dolares": "USD",
    "dolar estadounidense": "USD",
    "dolares estadounidenses": "USD",
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
}
_SAID = re.compile(
    r"(?:^|[;,|\t]) *\"?(?:moneda|divisa|currency)\"? *[:;,|\t ] *\"?([^;,|\t\"]{1,24})"
    r"|\b(?:cuenta|caja|extracto|cta|c\.?a|c\.?c)\b[^;:]{0,60}?"
    r"(?: en (pesos|d[oó]lares|euros)\b|[ (](u\$s|us\$|usd|eur)(?![\w$]))",
    re.IGNORECASE,
)


def account_in(lines: Iterable[str], profile: Profile) -> str | None:
    """The account that the profile's pattern finds before the header."""
    if profile.account is None:
        return None
    pattern = bounded_pattern(profile.account)
    for line in lines:
        if (found := pattern.search(line[:LINE_LENGTH_MAX])) is not None:
            return (found["id"] if "id" in pattern.groupindex else found[0]).strip()
    return None


def currency_in(lines: Iterable[str]) -> str | None:
    """The currency of the account that a line says: "Moneda: USD", "Caja de ahorro en pesos"."""
    for line in lines:
        if (said := _SAID.search(line[:LINE_LENGTH_MAX])) is not None:
            currency = currency_of((said[1] or said[2] or said[3].upper()).strip())
            if currency is not None:
                return currency
    return None


def currency_of(text: str) -> str | None:
    """The currency code of a code, a sign or an Argentine word; None for what is none."""
    try:
        exponent(text, withdrawn=True)
    except BadValue:
        word = text.casefold().rstrip(".")
        return _WORDS.get(word) or _WORDS.get(normalised(word))
    return text
