"""Rows and lines of a table that are no movements: balances, totals, notes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

from adapters.statements.profiles import Marks
from adapters.statements.table import normalised

Mark: TypeAlias = Literal["opening", "closing", "balance", "totals", "ignored"]

_BEGINNING = 4
"""Characters of a text that are looked at before it is read at all."""

_AFTER = re.compile(
    r"(?: (?:al?|del?|dia|cuenta|periodo|mes|extracto|movimientos?|debitos?|creditos?|general|en|y"
    r"|ars|pesos|usd|u s|of|the|period|on|as|[0-9]{1,4}"
    r"|ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic))*"
)
"""What may follow the words of a mark: a day, a period; anything else makes it a movement."""

_AMOUNT = re.compile(
    r"[-−(]?\s*(?:(?<![A-Za-z])(?:ARS|USD|EUR|U\$S|US\$|AR\$|[$€])\s*)?"
    r"[-−]?[0-9][0-9., ]*[-−)]?\s*$"
)

_LOOSELY: dict[str, Mark] = {
    "saldo": "balance",
    "saldos": "balance",
    "sdo": "balance",
    "transporte": "balance",
    "balance": "balance",
    "total": "totals",
    "totales": "totals",
    "totals": "totals",
    "suma": "totals",
    "sumas": "totals",
    "subtotal": "ignored",
    "subtotales": "ignored",
}
"""What the first word of a text says in a row that is no movement for other reasons."""


class RowMarks:
    """Knows the texts with which a row begins that is no movement."""

    def __init__(self, marks: Marks) -> None:
        kinds: dict[Mark, tuple[str, ...]] = {
            "opening": marks.opening,
            "closing": marks.closing,
            "balance": marks.balance,
            "totals": marks.totals,
            "ignored": marks.ignored,
        }
        words: dict[str, Mark] = {
            normalised(word): kind for kind, names in kinds.items() for word in names
        }
        self._words = dict(sorted(words.items(), key=lambda word: -len(word[0])))
        self._beginnings = frozenset(word[:_BEGINNING] for word in words)

    def of(self, text: str) -> Mark | None:
        """The mark that the text is; None for one that is none."""
        if text[:_BEGINNING].casefold() not in self._beginnings:
            return None
        plain = normalised(text[:100])
        for word, kind in self._words.items():
            if plain.startswith(word) and _AFTER.fullmatch(plain, len(word)) is not None:
                return kind
        return None

    def among(self, texts: Iterable[str]) -> Mark | None:
        """The mark that one of the texts is."""
        return next((mark for text in texts if (mark := self.of(text.strip())) is not None), None)

    def loosely(self, texts: Iterable[str]) -> Mark | None:
        """What one of the texts is by its first word, if it is known that none is a movement."""
        words = (normalised(text[:100]).split() for text in texts if text[:1].isalpha())
        return next((_LOOSELY[said[0]] for said in words if said and said[0] in _LOOSELY), None)

    def in_line(self, line: str) -> tuple[Mark, str] | None:
        """The mark and the amount of a line such as "Saldo inicial: $ 1.234,56"."""
        found = _AMOUNT.search(line.strip().strip('";,|\t ')[-60:])
        if found is None:
            return None
        mark = self.of(line[: line.rfind(found[0].strip())].strip('"; ,|\t:$').split(";")[0])
        return None if mark is None else (mark, found[0].strip())
