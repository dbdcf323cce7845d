"""How balances follow from amounts down a table or up it: the direction of time, and signs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TypeAlias

from adapters.statements.cells import BadCell, ReadAmount, ReadDay
from adapters.statements.layout import Layout
from adapters.statements.model import Unreadable

BLANK = frozenset({"", "-", "--", "–", "—"})
"""Cells that hold no amount."""

Seen: TypeAlias = tuple[int | None, int | None]
"""Amount and balance of a row, as far as they can be read."""


def value_of(text: str, read: ReadAmount) -> int | None:
    """The amount of a cell; None for a blank and for what cannot be read."""
    try:
        return None if text in BLANK else read(text)
    except BadCell:
        return None


@dataclass(frozen=True, kw_only=True)
class Chain:
    """How often a balance follows from the row above or from the row below, by each sign."""

    pairs: int
    down: int
    down_minus: int
    up: int
    up_minus: int
    has_minus: bool
    days: int
    """1 if days grow down the file, -1 if up, 0 if neither is told."""

    @classmethod
    def of(cls, seen: Sequence[Seen], days: Sequence[date]) -> Chain:
        """The chain of rows, and the days that they say."""
        linked = [
            (above[0], above[1], below[0], below[1])
            for above, below in pairwise(seen)
            if above[1] is not None and below[1] is not None
        ]
        return cls(
            pairs=len(linked),
            down=sum(b is not None and p + b == q for _, p, b, q in linked),
            down_minus=sum(bool(b) and p - b == q for _, p, b, q in linked),
            up=sum(a is not None and q + a == p for a, p, _, q in linked),
            up_minus=sum(bool(a) and q - a == p for a, p, _, q in linked),
            has_minus=any(amount is not None and amount < 0 for amount, _ in seen),
            days=(days[-1] > days[0]) - (days[-1] < days[0]) if days else 0,
        )

    @property
    def tells_signs(self) -> bool:
        """Whether each balance follows from its amount as it is signed, and from no other sign."""
        if not self.pairs:
            return False
        if self.days:
            return self.pairs == (self.down if self.days > 0 else self.up)
        return self.down == self.pairs or (self.up == self.pairs and self.down_minus < self.pairs)

    @property
    def holds(self) -> bool:
        """Whether each balance follows from its amount as it is signed, in either direction."""
        return self.pairs in {self.down, self.up}

    def is_unsigned(self) -> bool:
        """Whether amounts carry no sign, so that only the balance tells it. Raises Unreadable."""
        minus = (self.down_minus if self.days >= 0 else 0) + (
            self.up_minus if self.days <= 0 else 0
        )
        if self.has_minus or not minus:
            return False
        if self.down == self.pairs and self.days >= 0:
            return False
        backwards = self.up == self.pairs and self.days <= 0
        if backwards and self.down_minus == self.pairs and not self.days:
            raise Unreadable("file", "nothing tells whether the amounts are debits or credits")
        return not backwards

    def runs_backwards(self, *, unsigned: bool) -> bool:
        """Whether the newest row stands first: by the balances, else by the days."""
        down, up = self.down, self.up
        if unsigned:
            down, up = down + self.down_minus, up + self.up_minus
        return up > down if up != down else self.days < 0


def seen_in(
    cells: Sequence[str], read: ReadAmount, layout: Layout, *, debits_are_negative: bool = False
) -> Seen:
    """Amount and balance of a row; the amount by its own sign, or that of its side."""
    at = layout.at
    balance = value_of(cells[at["balance"]], read) if "balance" in at else None
    if "debit" in at and "credit" in at:
        debit, credit = (value_of(cells[at[side]], read) for side in ("debit", "credit"))
        if debit is None and credit is None:
            return None, balance
        return (credit or 0) + (debit or 0) * (1 if debits_are_negative else -1), balance
    return value_of(cells[at["amount"]], read), balance


def days_in(rows: Sequence[Sequence[str]], read_day: ReadDay, layout: Layout) -> list[date]:
    """The days of rows, as far as they can be read."""
    days: list[date] = []
    for cells in rows:
        with suppress(BadCell):
            days.append(read_day(cells[layout.at["booking_date"]]))
    return days
