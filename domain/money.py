"""Money: an integer of minor units and an ISO 4217 currency. No float anywhere.

Inside, an amount is trusted and cheap: `Money(minor, currency)` checks nothing. At the edge,
`Money.of`, `checked_minor`, `checked_currency` and `parse_minor` read what came from outside and
refuse with `BadValue`.

Law: what `format_decimal` writes, `parse_minor` reads back to the same minor units.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from domain.errors import BadValue, CurrencyMismatch

AMOUNT_DIGITS_MAX: Final = 18
"""Digits of an amount in minor units: it fits a signed 64-bit integer."""

TEXT_LENGTH_MAX: Final = 40
"""Characters of a written amount that are read at all; padding zeros of fixed-width files fit."""

_QUOTABLE = re.compile(r"[-+0-9.,eE]{1,20}|[A-Za-z]{1,4}")
"""What looks like an amount or a currency: nothing else is quoted, for columns may be displaced."""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact, signed amount: `minor` units (centavos) of an ISO 4217 `currency`.

    The constructor trusts its arguments; values from outside go through `Money.of`.
    """

    minor: int
    currency: str

    @classmethod
    def of(cls, minor: object, currency: object) -> Money:
        """The amount of values from outside.

        Raises `BadValue` as `checked_minor` and `checked_currency` do.
        """
        return cls(checked_minor(minor), checked_currency(currency))

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{self.currency} {format_decimal(self)}"


def half_up(n: int, d: int) -> int:
    """`n / d` rounded to the nearest integer, halves away from zero; `d` is positive.

    For n ≥ 0 this is (2n + d) // (2d), as fees and taxes are rounded; a negative n is rounded by
    its size and keeps its sign, so that what is taken back is what was taken: half_up(-n, d) =
    -half_up(n, d).
    """
    if d <= 0:
        raise ValueError("the divisor of a rounding is positive")
    return (2 * n + d) // (2 * d) if n >= 0 else -((d - 2 * n) // (2 * d))


# Reading what comes from outside.


def checked_minor(value: object, *, field: str = "amount") -> int:
    """`value` as an amount of minor units: an integer of at most 18 digits, of either sign.

    Raises `BadValue`: "not-an-integer" (a float, a text, a boolean …) or "amount-pattern" (too many
    digits).
    """
    if type(value) is not int:  # a boolean is an int to isinstance
        raise BadValue(field=field, reason="not-an-integer", detail=_shown(value))
    if not -(10**AMOUNT_DIGITS_MAX) < value < 10**AMOUNT_DIGITS_MAX:
        raise BadValue(field=field, reason="amount-pattern", detail="more than 18 digits")
    return value


def checked_currency(value: object, *, field: str = "currency") -> str:
    """`value` if it is an active ISO 4217 code, in capitals as the standard writes it.

    Raises `BadValue` "currency-unknown": also for `ars` (no case folding) and for codes that are no
    money (XXX, XAU).
    """
    if isinstance(value, str) and value in EXPONENTS:
        return value
    raise BadValue(field=field, reason="currency-unknown", detail=_shown(value))


def exponent(currency: str, *, withdrawn: bool = False) -> int:
    """Decimal digits of the currency's minor unit: 2 for ARS, 0 for JPY.

    With `withdrawn`, also of currencies that ended and still stand in old statements. Raises
    `BadValue` "currency-unknown".
    """
    digits = EXPONENTS.get(currency)
    if digits is None and withdrawn:
        digits = WITHDRAWN_EXPONENTS.get(currency)
    if digits is None:
        raise BadValue(field="currency", reason="currency-unknown", detail=_shown(currency))
    return digits


_DECIMAL = re.compile(r"([+-]?)(?=\.?[0-9])([0-9]*)\.?([0-9]*)")


def parse_minor(
    text: object, currency: str, *, field: str = "amount", withdrawn: bool = False
) -> int:
    """Minor units of a decimal text, exactly: "1234.5" of ARS is 123450, "18.150" is 1815.

    The form is that of XML Schema's decimal (a sign, digits, a point), in ASCII, without blanks or
    separators of thousands; a format with a decimal comma translates first. Raises `BadValue`:
    "amount-not-a-string"; "amount-pattern" for another form or more than 18 digits;
    "amount-precision" for a digit beyond the currency's exponent that is not 0; "currency-unknown".
    """
    digits = exponent(currency, withdrawn=withdrawn)
    if not isinstance(text, str):
        raise BadValue(field=field, reason="amount-not-a-string", detail=_shown(text))
    read = _DECIMAL.fullmatch(text) if len(text) <= TEXT_LENGTH_MAX else None
    if read is None:
        raise BadValue(field=field, reason="amount-pattern", detail=_shown(text))
    sign, whole, fraction = read.groups()
    if fraction[digits:].strip("0"):
        raise BadValue(field=field, reason="amount-precision", detail=_shown(text))
    minor = int(whole + fraction[:digits].ljust(digits, "0") or "0")
    return checked_minor(-minor if sign == "-" else minor, field=field)


def _shown(value: object) -> str:
    """An offending amount or currency as it may be quoted: the value itself, or what it is."""
    if isinstance(value, str):
        return value if _QUOTABLE.fullmatch(value) else f"{len(value)} characters"
    return type(value).__name__


# Writing.


def format_decimal(money: Money) -> str:
    """The amount for machines and for every language: "-1234.56".

    As many decimals as the currency has.
    """
    whole, fraction = _parts(money)
    return f"{_sign(money)}{whole}.{fraction}" if fraction else f"{_sign(money)}{whole}"


def format_money(money: Money, *, language: Literal["es", "en"] = "es") -> str:
    """The amount for people: "ARS 1.234,56" in Spanish, "ARS 1,234.56" in English.

    A minus stands before the digits.
    """
    whole, fraction = _parts(money)
    grouped = f"{int(whole):,}"
    if language == "es":
        grouped = grouped.replace(",", ".")
    decimals = f"{',' if language == 'es' else '.'}{fraction}" if fraction else ""
    return f"{money.currency} {_sign(money)}{grouped}{decimals}"


def _parts(money: Money) -> tuple[str, str]:
    digits = exponent(money.currency, withdrawn=True)
    text = str(abs(money.minor)).rjust(digits + 1, "0")
    cut = len(text) - digits
    return text[:cut], text[cut:]


def _sign(money: Money) -> str:
    return "-" if money.minor < 0 else ""


# ISO 4217, list one, as published on 1 January 2026. Codes without a minor unit (metals, tests,
# "no currency") are no money and stay out.

_EXPONENT_0: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_EXPONENT_2: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
    GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
    MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
    PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
    TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
"""
_EXPONENT_3: Final = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENT_4: Final = "CLF UYW"
_WITHDRAWN_2: Final = """
    ANG ATS BGN CUC DEM EEK FIM FRF HRK IEP LTL LVL MRO NLG ROL SIT SKK SLL STD VEF ZMK ZWL
"""


def _each(codes: str, digits: int) -> dict[str, int]:
    return dict.fromkeys(codes.split(), digits)


EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    _each(_EXPONENT_0, 0) | _each(_EXPONENT_2, 2) | _each(_EXPONENT_3, 3) | _each(_EXPONENT_4, 4)
)
"""Decimal digits of the minor unit, by active ISO 4217 currency."""

WITHDRAWN_EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(_each(_WITHDRAWN_2, 2))
"""The same for currencies that ended (list three) and had hundredths.

Read in old statements only.
"""
