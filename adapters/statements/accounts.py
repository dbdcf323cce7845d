"""The rows of a table with an account column, an account at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from adapters.statements.model import Unreadable
from adapters.statements.table import Row, Table

HELD_CHARACTERS_MAX = 16_000_000
"""Characters of a table that are held while rows of several accounts stand mixed."""


def by_account(
    opened: Callable[[], Table], column: int | None
) -> Iterator[tuple[str | None, Iterator[Row]]]:
    """Each account with its rows; the rows of None where no column names one.

    A row without an account belongs to the one before it. Rows that stand together pass as a
    stream; mixed ones are held, and refused past `HELD_CHARACTERS_MAX`.
    """
    rows = opened().rows
    if column is None:
        yield None, rows
        return
    together = _stand_together(rows, column)
    if together is None:
        yield None, iter(())
    elif together:
        for account, own in groupby(opened().rows, _Account(column)):
            yield account, (row for row in own)
    else:
        held: dict[str | None, list[Row]] = {}
        account_of, length = _Account(column), 0
        for row in opened().rows:
            length += sum(map(len, row[1])) + len(row[1])
            if length > HELD_CHARACTERS_MAX:
                raise Unreadable(
                    f"line {row[0]}", "rows of several accounts are mixed in a file this long"
                )
            held.setdefault(account_of(row), []).append(row)
        for account, own in held.items():
            yield account, iter(own)


class _Account:
    """The account of each row in file order."""

    def __init__(self, column: int) -> None:
        self._column = column
        self._last: str | None = None

    def __call__(self, row: Row) -> str | None:
        cells = row[1]
        if len(cells) > self._column and (said := cells[self._column].strip()):
            self._last = said
        return self._last


def _stand_together(rows: Iterator[Row], column: int) -> bool | None:
    """Whether no account comes back after another one; None for a table without rows."""
    account_of, seen = _Account(column), set[str | None]()
    last: tuple[str | None] | None = None
    for row in rows:
        account = (account_of(row),)
        if account != last:
            if account[0] in seen:
                return False
            seen.add(account[0])
            last = account
    return None if last is None else True
