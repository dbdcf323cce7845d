"""Whether the day or the month comes first in the days of a table, where no profile says it.

Argentine banks write the day first, and so it is read. Some exports of theirs write the month
first, and those of one bank only where both readings are days of the calendar (3 May is 05/03, 30
May is 30/05). The rows themselves, or the period above the header, have to prove that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from adapters.statements.cells import BadCell, DayOrder, day_reader

DISTINCT_LEAST = 3
"""Different days of which an order can be seen; of two, either order is one."""

PROVING_LEAST = 2
PROVING_SHARE = 4
"""Days above 12 where the month should be: so many different ones, one of so many rows."""

LINE_LENGTH_MAX = 1_000
"""Characters of a line above the header that are looked at."""

_NUMERIC = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-](?:[0-9]{4}|[0-9]{2})(?![0-9])")
_OTHERS: tuple[DayOrder, ...] = ("month-first", "month-first-where-possible")


def day_order(cells: Iterable[str], preamble: Sequence[str]) -> DayOrder:
    """The order of the days in these cells of a column, under these lines."""
    found = [(cell, match) for cell in cells if (match := _NUMERIC.match(cell)) is not None]
    said = [cell for cell, _ in found]
    usual = _days(said, "day-first")
    others: dict[DayOrder, tuple[date, ...]] = {}
    for order in _OTHERS:
        if (days := _days(said, order)) is not None and days != usual:
            others[order] = days
    if usual is None:
        high = [cell for cell, match in found if int(match[2]) > 12]
        is_proven = len({*high}) >= PROVING_LEAST and len(high) * PROVING_SHARE >= len(said)
        return "month-first" if is_proven and "month-first" in others else "day-first"
    if (period := _period(preamble)) is not None:
        fits = {days for days in others.values() if _are_within(days, period)}
        if len(fits) == 1 and not _are_within(usual, period):
            return next(order for order, days in others.items() if days in fits)
        return "day-first"
    if len({*usual}) < DISTINCT_LEAST or _is_ordered(usual):
        return "day-first"
    for order, days in others.items():
        if _is_ordered(days) and _span(days) < _span(usual):
            return order
    return "day-first"


def _days(cells: Sequence[str], order: DayOrder) -> tuple[date, ...] | None:
    """The days that the cells are in this order; None if one is none."""
    read = day_reader(order=order)
    try:
        return tuple(map(read, cells))
    except BadCell:
        return None


def _is_ordered(days: Sequence[date]) -> bool:
    """Whether the days rise, or fall, from the first to the last."""
    pairs = [*pairwise(days)]
    return all(a <= b for a, b in pairs) or all(a >= b for a, b in pairs)


def _span(days: Sequence[date]) -> int:
    return (max(days) - min(days)).days


def _are_within(days: Sequence[date], period: tuple[date, ...]) -> bool:
    return all(period[0] <= day <= period[1] for day in days)


def _period(preamble: Sequence[str]) -> tuple[date, ...] | None:
    """The two days, in order, that a line above the header states."""
    for line in preamble:
        said = [found[0] for found in _NUMERIC.finditer(line[:LINE_LENGTH_MAX])]
        for order in ("day-first", "month-first"):
            period = _days(said, order) if len(said) == 2 else None
            if period is not None and period[0] <= period[1]:
                return period
    return None
