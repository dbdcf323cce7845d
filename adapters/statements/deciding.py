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
    currencies_beside,
    day_reader,
    decimal_style_of,
    is_undecided,
)
from adapters.statements.layout import Layout, column_key
from adapters.statements.model import Unreadable
from adapters.statements.preamble import currency_of
from adapters.statements.profiles import Profile
from adapters.statements.table import Row, normalised
from adapters.statements.values import quoted
from domain.money import exponent

Sign: TypeAlias = Literal["amount", "sides", "indicator", "balance"]

FALLBACK_CURRENCY = "ARS"
"""Its exponent counts where nothing says a currency; the entry says none then."""

SAMPLE_ROWS = 500
"""Rows that tell what holds of all."""

BLANK = frozenset({"", "-", "--", "–", "—"})
"""Cells that hold no amount."""

_TWO_DECIMALS = re.compile(r".*[.,][0-9]{2}[-)]?")


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """How each row of the table is read.

    `indicator` is the column of words that tell the sign, if they do. `currency` is what holds
    where no row says one. `two_decimals` are the columns whose amounts all have two, so that one
    with fewer was cut; `filled` those without a blank.
    """

    style: DecimalStyle
    sign: Sign
    indicator: int | None
    currency: str | None
    newest_first: bool
    debits_are_negative: bool
    two_decimals: frozenset[int]
    filled: frozenset[int]


def decide(
    rows: Iterator[Row],
    *,
    layout: Layout,
    profile: Profile,
    currency: str | None,
    default: str | None,
) -> Decisions:
    """Look at the first rows; at more only while the decimal style is open. Raises Unreadable.

    `currency` is what the file says beside its rows; without one it is that of the signs beside
    the amounts, else `default`.
    """
    width = len(layout.header)
    whole = ((line, list(map(str.strip, cells))) for line, cells in rows if len(cells) == width)
    sample = list(islice(whole, SAMPLE_ROWS))
    signs = currencies_beside(cells[at] for _, cells in sample for at in layout.amounts)
    currency = currency or (signs.pop() if len(signs) == 1 else default)
    exact = currency or FALLBACK_CURRENCY
    column = layout.at.get("currency")
    if column is not None:
        said = (currency_of(cells[column]) for _, cells in sample)
        exact = next(filter(None, said), exact)
    style = _style(sample, whole, layout=layout, profile=profile, currency=exact)
    cells = [row[1] for row in sample]
    read = amount_reader(style, exact, parentheses_are_negative=profile.parentheses_are_negative)
    debits_are_negative = _debits_are_negative(cells, read, layout, profile)
    chain = _Chain.of(cells, read, day_reader(profile.date), layout, debits_are_negative)
    sign, indicator = _sign(cells, read, layout, profile)
    if sign == "amount" and profile.sign == "auto":
        if not chain.tells_signs:
            indicator = _likely_indicator(cells, read, layout, profile)
        if indicator is not None:
            sign = "indicator"
        elif chain.is_unsigned():
            sign = "balance"
    return Decisions(
        style=style,
        sign=sign,
        indicator=indicator,
        currency=currency,
        newest_first=chain.runs_backwards(unsigned=sign in {"balance", "indicator"})
        if profile.order == "auto"
        else profile.order == "newest-first",
        debits_are_negative=debits_are_negative,
        two_decimals=frozenset(
            at
            for at in layout.amounts
            if all(_TWO_DECIMALS.fullmatch(each[at]) for each in cells[:-1] if each[at])
        ),
        filled=frozenset(at for at in layout.amounts if all(each[at] for each in cells[:-1])),
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
    # Groups of three and nothing else. The balances may fit one style alone; else the customs of
    # the header's language tell thousands, where the decimals would be more than the currency has.
    fitting: list[DecimalStyle] = [style for style in _STYLES if _fits(sample, style, layout)]
    if len(fitting) == 1:
        return fitting[0]
    line, text = open_cells[0]
    custom: DecimalStyle = "comma" if layout.is_spanish else "point"
    has_grouping = ("." if custom == "comma" else ",") in text
    if has_grouping == (exponent(currency, withdrawn=True) < 3):
        return custom
    raise Unreadable(
        f"line {line}",
        f"amount {quoted(text)} has thousands or decimals; a profile has to say which",
    )


_STYLES: tuple[DecimalStyle, ...] = ("comma", "point")
_OF_THREE_DECIMALS = "KWD"


def _fits(sample: Sequence[Row], style: DecimalStyle, layout: Layout) -> bool:
    """Whether all balances follow from their amounts, read in this style; signs are left out."""
    if "balance" not in layout.at:
        return False
    # A third decimal is read too: that the currency has none is no word of the balances.
    read = amount_reader(style, _OF_THREE_DECIMALS)
    seen = [_seen(cells, read, layout, debits_are_negative=False) for _, cells in sample]
    steps = [
        (abs(above[0] or 0), abs(below[0] or 0), abs(below[1] - above[1]))
        for above, below in pairwise(seen)
        if above[1] is not None and below[1] is not None
    ]
    return bool(steps) and (
        all(step == below for _, below, step in steps)
        or all(step == above for above, _, step in steps)
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
) -> tuple[Sign, int | None]:
    at = layout.at
    if profile.sign != "auto":
        return profile.sign, at.get("indicator")
    if "debit" in at and "credit" in at:
        return "sides", None
    if "indicator" in at and _tells(at["indicator"], cells, read, layout, profile):
        return "indicator", at["indicator"]
    return "amount", None


_LIKELY_INDICATORS = frozenset(
    {"tipo", "tipo mov", "tipo oper", "tipo transaccion", "type", "transaction type", "entry type"}
)
"""Columns that may hold the words for debit and credit, and often hold something else."""


def _likely_indicator(
    cells: Sequence[Sequence[str]], read: ReadAmount, layout: Layout, profile: Profile
) -> int | None:
    """A column that tells debits from credits beside amounts without a sign."""
    at = layout.at["amount"]
    if any((_value(each[at], read) or 0) < 0 for each in cells):
        return None
    likely = (i for i in layout.extras if column_key(layout.header[i]) in _LIKELY_INDICATORS)
    return next((i for i in likely if _tells(i, cells, read, layout, profile)), None)


def _tells(
    column: int,
    cells: Sequence[Sequence[str]],
    read: ReadAmount,
    layout: Layout,
    profile: Profile,
) -> bool:
    """Whether a column has a word for debit or credit beside each amount."""
    words = indicator_words(profile)
    amount = layout.at["amount"]
    said = [each[column] for each in cells if _value(each[amount], read)]
    return bool(said) and all(indicator_key(word) in words for word in said)


def indicator_key(word: str) -> str:
    """A word for debit or credit without case and accents; a bare sign as it is."""
    return word if word in {"+", "-"} else normalised(word)


def indicator_words(profile: Profile) -> dict[str, int]:
    """The sign of each word that a column of debits and credits may hold, normalised."""
    return {indicator_key(word): -1 for word in (*profile.debit_words, "-")} | {
        indicator_key(word): 1 for word in (*profile.credit_words, "+")
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

    @property
    def tells_signs(self) -> bool:
        """Whether each balance follows from its amount as it is signed, and from no other sign."""
        if not self.pairs:
            return False
        if self.days:
            return self.pairs == (self.down if self.days > 0 else self.up)
        return self.down == self.pairs or (self.up == self.pairs and self.down_minus < self.pairs)

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
