"""What holds of all rows of a table and that its first rows tell: style, sign, direction of time.

What the rows leave open is refused, or is what the profile says; nothing is taken for likely.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, pairwise
from typing import Literal, TypeAlias

from adapters.statements.cells import (
    DayOrder,
    DecimalStyle,
    ReadAmount,
    amount_reader,
    currencies_beside,
    day_reader,
    decimal_style_of,
    is_undecided,
)
from adapters.statements.chain import Chain, Seen, days_in, seen_in, value_of
from adapters.statements.day_order import day_order
from adapters.statements.directions import (
    indicator_key,
    likely_indicator,
    refuse_unknown_words,
    said_beside,
    words_in,
    words_of,
)
from adapters.statements.layout import Layout
from adapters.statements.model import Unreadable
from adapters.statements.preamble import currency_of
from adapters.statements.profiles import Profile
from adapters.statements.table import Row
from adapters.statements.values import quoted
from domain.money import exponent

Sign: TypeAlias = Literal["amount", "sides", "indicator", "balance"]

FALLBACK_CURRENCY = "ARS"
"""Its exponent counts where nothing says a currency; the entry says none then."""

SAMPLE_ROWS = 500
"""Rows that tell what holds of all."""

_TWO_DECIMALS = re.compile(r".*[.,][0-9]{2}[-)]?")


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """How each row of the table is read.

    `indicator` is the column whose `words` tell the sign, if they do. `currency` is what holds
    where no row says one. `two_decimals` are the columns whose amounts all have two, so that one
    with fewer was cut; `filled` those without a blank.
    """

    style: DecimalStyle
    sign: Sign
    indicator: int | None
    words: Mapping[str, int]
    currency: str | None
    newest_first: bool
    debits_are_negative: bool
    day_order: DayOrder
    two_decimals: frozenset[int]
    filled: frozenset[int]


def decide(
    rows: Iterator[Row],
    *,
    layout: Layout,
    profile: Profile,
    currency: str | None,
    default: str | None,
    unknown_words: bool = False,
    preamble: Sequence[str] = (),
) -> Decisions:
    """Look at the first rows; at more only while the decimal style is open. Raises Unreadable.

    `currency` is what the file says beside its rows; without one it is that of the signs beside
    the amounts, else `default`; `preamble` are the lines above them. Amounts without a sign beside
    unknown words that may tell it are refused, unless `unknown_words` takes them for credits.
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
    seen = [seen_in(each, read, layout, debits_are_negative=debits_are_negative) for each in cells]
    order = _day_order(cells, layout, profile, preamble)
    chain = Chain.of(seen, days := days_in(cells, day_reader(profile.date, order=order), layout))
    sign, indicator, words = _sign(cells, read, layout, profile)
    if sign == "amount" and profile.sign == "auto":
        if not chain.has_minus:
            indicator = likely_indicator(cells, read, layout, words)
        if indicator is not None:
            words = words_in(indicator, cells, read, layout, words)
            if chain.tells_signs and not _agree(indicator, cells, words, seen, days):
                indicator = None
        if indicator is not None:
            sign = "indicator"
        elif not (profile.format == "csv" and chain.holds) and chain.is_unsigned():
            sign = "balance"  # plain tables, like our own, are signed unless they cannot be
        elif not (chain.has_minus or chain.pairs or unknown_words):
            refuse_unknown_words(sample, read, layout, words)
    return Decisions(
        style=style,
        sign=sign,
        indicator=indicator,
        words=words | _blank_beside_signs(cells, indicator),
        currency=currency,
        newest_first=chain.runs_backwards(unsigned=sign in {"balance", "indicator"})
        if profile.order == "auto"
        else profile.order == "newest-first",
        debits_are_negative=debits_are_negative,
        day_order=order,
        two_decimals=frozenset(
            at
            for at in layout.amounts
            if all(_TWO_DECIMALS.fullmatch(each[at]) for each in cells[:-1] if each[at])
        ),
        filled=frozenset(at for at in layout.amounts if all(each[at] for each in cells[:-1])),
    )


def _day_order(
    cells: Sequence[Sequence[str]], layout: Layout, profile: Profile, preamble: Sequence[str]
) -> DayOrder:
    if profile.date is not None:
        return "day-first"
    return day_order((each[layout.at["booking_date"]] for each in cells), preamble)


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
    seen = [seen_in(cells, read, layout) for _, cells in sample]
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


def _debits_are_negative(
    cells: Sequence[Sequence[str]], read: ReadAmount, layout: Layout, profile: Profile
) -> bool:
    if profile.debits_are_negative is not None:
        return profile.debits_are_negative
    if "debit" not in layout.at:
        return False
    at = layout.at["debit"]
    debits = (value_of(each[at], read) for each in cells)
    return next((debit < 0 for debit in debits if debit), False)


def _sign(
    cells: Sequence[Sequence[str]], read: ReadAmount, layout: Layout, profile: Profile
) -> tuple[Sign, int | None, dict[str, int]]:
    """What tells the sign by profile or header, the column of words, and their signs."""
    at, words = layout.at, words_of(profile)
    if profile.sign != "auto":
        return profile.sign, at.get("indicator"), words
    if "debit" in at and "credit" in at:
        return "sides", None, words
    if "indicator" in at:
        said = said_beside(at["indicator"], cells, read, layout)
        if said and words.keys() >= {*said}:
            return "indicator", at["indicator"], words
    return "amount", None, words


def _agree(
    indicator: int,
    cells: Sequence[Sequence[str]],
    words: Mapping[str, int],
    seen: Sequence[Seen],
    days: Sequence[date],
) -> bool:
    """Whether all balances follow from the amounts as these words sign them."""
    said = [words.get(indicator_key(each[indicator]), 1) for each in cells]
    signed = [
        (amount and amount * by, balance) for (amount, balance), by in zip(seen, said, strict=True)
    ]
    return Chain.of(signed, days).tells_signs


def _blank_beside_signs(cells: Sequence[Sequence[str]], indicator: int | None) -> dict[str, int]:
    """A blank is a plus where nothing but a minus stands in the column."""
    if indicator is not None and {each[indicator] for each in cells} == {"-", ""}:
        return {"": 1}
    return {}
