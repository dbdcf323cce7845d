"""Counts, amounts, shares and days, as people of a language read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from application.rates import Share
from application.wording.phrases import Language
from domain.money import Money, exponent, format_money, half_up

MINUS = "−"
NOTHING = "–"

_MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "es": ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
}
_MAGNITUDES = ((1_000_000_000, {"en": "bn", "es": "mil M"}), (1_000_000, {"en": "M", "es": "M"}))


@dataclass(frozen=True, slots=True)
class Numbers:
    """Formats of one language: 1,234.56 and 92.7 % in English, 1.234,56 and 92,7 % in Spanish."""

    language: Language

    def count(self, number: int) -> str:
        """1,234,567."""
        grouped = f"{abs(number):,}"
        grouped = grouped.replace(",", ".") if self.language == "es" else grouped
        return (MINUS if number < 0 else "") + grouped

    def amount(self, minor: int, currency: str) -> str:
        """1,234.56, without its currency, which the column names."""
        text = format_money(Money(minor, currency), language=self.language)
        return text.partition(" ")[2].replace("-", MINUS)

    def money(self, minor: int, currency: str) -> str:
        """ARS 1,234.56."""
        return f"{currency} {self.amount(minor, currency)}"

    def short(self, minor: int, currency: str) -> str:
        """About how much: 596.6 M, 12.1 bn; whole units below a million."""
        units = half_up(abs(minor), 10 ** exponent(currency, withdrawn=True))
        sign = MINUS if minor < 0 else ""
        for size, name in _MAGNITUDES:
            if units >= size:
                return f"{sign}{self._tenths(half_up(units * 10, size))} {name[self.language]}"
        return sign + self.count(units)

    def percent(self, share: Share) -> str:
        """92.7 %, rounded half up, but never up to all or down to nothing."""
        if not share.whole:
            return NOTHING
        tenths = half_up(share.part * 1_000, share.whole)
        if 0 < share.part < share.whole:
            tenths = min(max(tenths, 1), 999)
        return f"{self._tenths(tenths)} %"

    def day(self, day: date) -> str:
        """2 Mar."""
        return f"{day.day} {_MONTHS[self.language][day.month - 1]}"

    def date(self, day: date) -> str:
        """2 Mar 2026."""
        return f"{self.day(day)} {day.year}"

    def _tenths(self, tenths: int) -> str:
        mark = "," if self.language == "es" else "."
        return f"{self.count(tenths // 10)}{mark}{tenths % 10}"
