"""What holds of all rows of a table and that its first rows tell: style, sign, direction of time.

What the rows leave open is refused, or is what the profile says; nothing is taken for likely.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, pairwise
from typing import Literal, TypeAlias

from adapters.statements.cells import (
    BadCell,
    DecimalStyle,
    ReadAmount,
    ReadDay,
    amount_reader,
    day_reader,
    decimal_style_of,
    is_undecided,
)
from adapters.statements.layout import Layout
from adapters.statements.model import Unreadable
from adapters.statements.preamble import currency_of
from adapters.statements.profiles import Profile
from adapters.statements.table import Row, normalised
from adapters.statements.values import quoted
from domain.money import exponent

Sign: TypeAlias = Literal["amount", "sides", "indicator", "balance"]

SAMPLE_ROWS = 500
"""Rows that tell what holds of all."""

BLANK = frozenset({"", "-", "--", "–", "—"})
"""Cells that hold no amount."""

_TWO_DECIMALS = re.compile(r".*[.,][0-9]{2}[-)]?")


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """How each row of the table is read.

    `two_decimals` are the columns whose amounts all have two, so that one with fewer was cut.
    """

    style: DecimalStyle
    sign: Sign
    newest_first: bool
    debits_are_negative: bool
    two_decimals: frozenset[int]


def decide(rows: Iterator[Row], *, layout: Layout, profile: Profile, currency: str) -> Decisions:
    """Look at the first rows; at more only while the decimal style is open. Raises Unreadable."""
    width = len(layout.header)
    whole = ((line, list(map(str.strip, cells))) for line, cells in rows if len(cells) == width)
    sample = list(islice(whole, SAMPLE_ROWS))
    column = layout.at.get("currency")
    if column is not None:
        said = (currency_of(cells[column]) for _, cells in sample)
        currency = next(filter(None, said), currency)
    style = _style(sample, whole, layout=layout, profile=profile, currency=currency)
    cells = [row[1] for row in sample]
    read = amount_reader(style, currency, parentheses_are_negative=profile.parentheses_are_negative)
    debits_are_negative = _debits_are_negative(cells, read, layout, profile)
    sign = _sign(cells, read, layout, profile)
    chain = _Chain.of(cells, read, day_reader(profile.date), layout, debits_are_negative)
    if sign == "amount" and profile.sign == "auto" and profile.format == "ar-extract":
        sign = "balance" if chain.is_unsigned() else sign
    return Decisions(
        style=style,
        sign=sign,
        newest_first=chain.runs_backwards(unsigned=sign in {"balance", "indicator"})
        if profile.order == "auto"
        else profile.order == "newest-first",
        debits_are_negative=debits_are_negative,
        two_decimals=frozenset(
            at
            for at in layout.amounts
            if all(_TWO_DECIMALS.fullmatch(each[at]) for each in cells[:-1] if each[at])
        ),
    )


# The decimal style.


def _style(
    sample: Sequence[Row],
    rest: Iterator[Row],
    *,
    layout: Layout,
    profile: Profile,
    currency: str,
) -> DecimalStyle:
    if profile.decimal != "auto":
        return profile.decimal
    columns = layout.amounts
    decided = decimal_style_of(cells[at] for _, cells in sample for at in columns)
    if decided is not None:
        return decided
    open_cells = [
        (line, cells[at]) for line, cells in sample for at in columns if is_undecided(cells[at])
    ]
    decided = decimal_style_of(_texts(rest, columns, open_cells))
    if decided is not None:
        return decided
    if not open_cells:
        return "point"
    # Groups of three and nothing else: a third decimal that is not 0 would fit no hundredth.
    for _, text in open_cells if exponent(currency, withdrawn=True) < 3 else ():
        digits = text.rstrip("-) ")
        if not digits.endswith("0"):
            return "comma" if "." in text else "point"
    line, text = open_cells[0]
    if profile.format == "ar-extract" and "." in text:
        return "comma"
    raise Unreadable(
        f"line {line}",
        f"amount {quoted(text)} has thousands or decimals; a profile has to say which",
    )


def _texts(
    rest: Iterable[Row], columns: Sequence[int], open_cells: list[tuple[int, str]]
) -> Iterator[str]:
    for line, cells in rest:
        for at in columns:
            if not open_cells and is_undecided(cells[at]):
                open_cells.append((line, cells[at]))
            yield cells[at]


# The sign.


def _value(text: str, read: ReadAmount) -> int | None:
    try:
        return None if text in BLANK else read(text)
    except BadCell:
        return None


def _debits_are_negative(
    cells: Sequence[Sequence[str]], read: ReadAmount, layout: Layout, profile: Profile
) -> bool:
    if profile.debits_are_negative is not None:
        return profile.debits_are_negative
    if "debit" not in layout.at:
        return False
    at = layout.at["debit"]
    debits = (_value(each[at], read) for each in cells)
    return next((debit < 0 for debit in debits if debit), False)


def _sign(
    cells: Sequence[Sequence[str]], read: ReadAmount, layout: Layout, profile: Profile
) -> Sign:
    if profile.sign != "auto":
        return profile.sign
    at = layout.at
    if "debit" in at and "credit" in at:
        return "sides"
    if "indicator" in at:
        words = indicator_words(profile)
        said = [each[at["indicator"]] for each in cells if _value(each[at["amount"]], read)]
        if said and all(normalised(word) in words for word in said):
            return "indicator"
    return "amount"


def indicator_words(profile: Profile) -> dict[str, int]:
    """The sign of each word that a column of debits and credits may hold, normalised."""
    return {normalised(word): -1 for word in profile.debit_words} | {
        normalised(word): 1 for word in profile.credit_words
    }


# The direction of time.


@dataclass(frozen=True, kw_only=True)
class _Chain:
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
    def of(
        cls,
        cells: Sequence[Sequence[str]],
        read: ReadAmount,
        read_day: ReadDay,
        layout: Layout,
        debits_are_negative: bool,  # noqa: FBT001  (private, one caller)
    ) -> _Chain:
        """The chain of the first rows."""
        seen = [_seen(each, read, layout, debits_are_negative) for each in cells]
        linked = [
            (above[0], above[1], below[0], below[1])
            for above, below in pairwise(seen)
            if above[1] is not None and below[1] is not None
        ]
        days = [day for each in cells if (day := _day(each, read_day, layout)) is not None]
        return cls(
            pairs=len(linked),
            down=sum(b is not None and p + b == q for _, p, b, q in linked),
            down_minus=sum(bool(b) and p - b == q for _, p, b, q in linked),
            up=sum(a is not None and q + a == p for a, p, _, q in linked),
            up_minus=sum(bool(a) and q - a == p for a, p, _, q in linked),
            has_minus=any(amount is not None and amount < 0 for amount, _ in seen),
            days=(days[-1] > days[0]) - (days[-1] < days[0]) if days else 0,
        )

    def is_unsigned(self) -> bool:
        """Whether amounts carry no sign, so that only the balance tells it. Raises Unreadable."""
        if self.has_minus or not self.down_minus + self.up_minus:
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


def _seen(
    cells: Sequence[str],
    read: ReadAmount,
    layout: Layout,
    debits_are_negative: bool,  # noqa: FBT001  (private, one caller)
) -> tuple[int | None, int | None]:
    """Amount and balance of a row, as far as they can be read."""
    at = layout.at
    balance = _value(cells[at["balance"]], read) if "balance" in at else None
    if "debit" in at and "credit" in at:
        debit, credit = (_value(cells[at[side]], read) for side in ("debit", "credit"))
        if debit is None and credit is None:
            return None, balance
        return (credit or 0) + (debit or 0) * (1 if debits_are_negative else -1), balance
    return _value(cells[at["amount"]], read), balance


def _day(cells: Sequence[str], read_day: ReadDay, layout: Layout) -> date | None:
    try:
        return read_day(cells[layout.at["booking_date"]])
    except BadCell:
        return None
