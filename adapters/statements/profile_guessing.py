"""What the columns of a table hold whose names nobody knows, by what their cells look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from adapters.statements.cells import BadCell, amount_reader, day_reader, decimal_style_of
from adapters.statements.chain import BLANK, value_of
from adapters.statements.directions import WORD_LENGTH_MAX
from adapters.statements.table import normalised
from domain.errors import BadValue
from domain.money import exponent

Column: TypeAlias = Sequence[str]
"""The cells of one column, stripped."""

MONTH_FIRST = ("m/d/yyyy", "m/d/yy", "m-d-yyyy", "m-d-yy", "m.d.yyyy", "m.d.yy")
OTHER_DAYS = (*MONTH_FIRST, "yyyy/m/d", "yyyy-m-d")
"""Patterns of days that are not read without a profile."""

_ANY_CURRENCY = "KWD"
"""Three decimals: how many an amount may have is not asked here."""


def day_pattern(cells: Column) -> str | None:
    """How a column of days is to be read; "" if no pattern is needed, None if it holds no days."""
    said = [cell for cell in cells if cell not in BLANK]
    if not said:
        return None
    return next((each for each in ("", *OTHER_DAYS) if _are_days(said, each)), None)


def month_first(cells: Column) -> str | None:
    """The pattern by which the same cells are days too, with the month first."""
    said = [cell for cell in cells if cell not in BLANK]
    return next((each for each in MONTH_FIRST if said and _are_days(said, each)), None)


def _are_days(cells: Column, pattern: str) -> bool:
    read = day_reader(pattern or None)
    try:
        for cell in cells:
            read(cell)
    except BadCell:
        return False
    return True


def guessed(header: Sequence[str], columns: Sequence[Column]) -> dict[str, int] | None:
    """The columns of day, value date, text, amount or sides, balance and currency, by their field.

    None if no column holds days or none holds amounts.
    """
    usable = [at for at, name in enumerate(header) if normalised(name) and {*columns[at]} - BLANK]
    days = [at for at in usable if day_pattern(columns[at]) is not None]
    money = {
        at: values
        for at in usable
        if at not in days and (values := _values(columns[at])) is not None
    }
    if not days or not money:
        return None
    found = {"booking_date": days[0]} | _amounts(money)
    if len(days) > 1:
        found["value_date"] = days[1]
    others = [at for at in usable if at not in {*days, *money}]
    currency = next((at for at in others if all(map(is_currency, columns[at]))), None)
    if currency is not None:
        found["currency"] = currency
    letters = {at: letters_in(columns[at]) for at in others if at != currency}
    if any(letters.values()):
        found["text"] = max(letters, key=lambda at: letters[at])
    return found


def balance_beside(amounts: Column, columns: Mapping[int, Column]) -> int | None:
    """The column of balances that follow from these amounts, whatever their signs."""
    moved = [abs(value or 0) for value in _values(amounts) or ()]
    if not moved:
        return None
    for at, cells in columns.items():
        balances = _values(cells)
        if balances is not None and _follows(balances, moved, signed=False):
            return at
    return None


def letters_in(cells: Column) -> int:
    """How much of a text a column is."""
    return sum(map(str.isalpha, "".join(cells)))


def holds_amounts(cells: Column) -> bool:
    """Whether a column holds amounts and nothing else."""
    return _values(cells) is not None


def is_currency(code: str) -> bool:
    """Whether a cell is the code of a currency."""
    try:
        exponent(code, withdrawn=True)
    except BadValue:
        return False
    return True


def _values(cells: Column) -> list[int | None] | None:
    """The amounts of a column; None if it holds something else, as numbers without decimals do."""
    if not any("." in cell or "," in cell for cell in cells):
        return None
    style = decimal_style_of(cells) or "comma"
    read = amount_reader(style, _ANY_CURRENCY, parentheses_are_negative=True)
    values = [value_of(cell, read) for cell in cells]
    is_amounts = all((v is None) == (c in BLANK) for v, c in zip(values, cells, strict=True))
    return values if is_amounts else None


def _amounts(money: dict[int, list[int | None]]) -> dict[str, int]:
    """Which columns of amounts are what: as a running balance proves it, else the first ones."""
    for balance in reversed(money):
        others = [at for at in money if at != balance]
        for amount in others:
            if _follows(money[balance], [abs(v or 0) for v in money[amount]], signed=False):
                return {"amount": amount, "balance": balance}
        for debit in others:
            for credit in others:
                moved = [
                    abs(c or 0) - abs(d or 0)
                    for d, c in zip(money[debit], money[credit], strict=True)
                ]
                if debit != credit and _follows(money[balance], moved, signed=True):
                    return {"debit": debit, "credit": credit, "balance": balance}
    first, *others = money
    for other in others:
        pairs = zip(money[first], money[other], strict=True)
        if all((one is None) != (two is None) for one, two in pairs):
            return {"debit": first, "credit": other}
    return {"amount": first}


def _follows(balances: list[int | None], moved: list[int], *, signed: bool) -> bool:
    """Whether each balance differs from the next by what moved, down the table or up it."""
    steps: list[tuple[int, int, int]] = []
    for (above, before), (below, after) in pairwise(zip(balances, moved, strict=True)):
        if above is None or below is None:
            return False
        steps.append((below - above, before, after))
    if len(steps) < 2:
        return False
    if signed:
        return all(d == after for d, _, after in steps) or all(-d == b for d, b, _ in steps)
    return all(abs(d) == after for d, _, after in steps) or all(abs(d) == b for d, b, _ in steps)


def two_words(cells: Column) -> list[str]:
    """The two short words, if a column holds them and nothing else, as one of two sides would."""
    words = sorted({*cells})
    are_words = all(word.isalpha() and len(word) <= WORD_LENGTH_MAX for word in words)
    return words if len(words) == 2 and are_words else []
