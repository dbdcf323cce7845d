"""Rows and lines that are no movements but state something: a balance, the totals of a table."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.statements.cells import BadCell
from adapters.statements.chain import BLANK
from adapters.statements.layout import Layout
from adapters.statements.row_amounts import RowAmounts
from adapters.statements.row_marks import Mark, RowMarks
from adapters.statements.running import Running


class Stated:
    """Takes what rows of one statement state to its sums, which find out whether it agrees."""

    def __init__(self, layout: Layout, marks: RowMarks, amounts: RowAmounts, sums: Running) -> None:
        self._layout = layout
        self._marks = marks
        self._amounts = amounts
        self._sums = sums

    def take(self, mark: Mark, line: int, cells: Sequence[str]) -> None:
        """A row with this mark. Raises Unreadable for an amount that cannot be read."""
        if mark == "totals":
            self._control(line, cells)
        elif mark != "ignored" and (stated := self._balance_of(line, cells)) is not None:
            self._state(mark, line, stated)

    def takes_line(self, line: int, text: str) -> bool:
        """Read a line outside of the table that states a balance. Whether it did."""
        found = self._marks.in_line(text)
        if found is None or (found[0] == "balance" and not self._sums.rows):
            return False  # before the table, the place of a balance says nothing
        try:
            self._state(found[0], line, self._amounts.read(found[1]))
        except BadCell:
            return False
        return True

    def mark_of(self, cells: Sequence[str]) -> Mark | None:
        """The mark of a row that is no movement for sure: without a day, or a balance alone."""
        mark = self._marks.among(cells)
        if mark is not None:
            return mark
        at = self._layout.at
        day = cells[at["booking_date"]]
        only_balance = (
            "balance" in at
            and cells[at["balance"]] not in BLANK
            and all(cells[at[name]] in BLANK for name in _SIDES if name in at)
        )
        if any(map(str.isdigit, day)) and not only_balance:
            return None
        loose = self._marks.loosely(cells)
        return loose if loose != "balance" or only_balance else None

    def _state(self, mark: Mark, line: int, balance: int) -> None:
        if mark == "opening":
            self._sums.state_opening(line, balance)
        elif mark == "closing":
            self._sums.state_closing(line, balance)
        elif mark == "balance":
            self._sums.state_balance(line, balance)

    def _balance_of(self, line: int, cells: Sequence[str]) -> int | None:
        """The balance in a row that states one: in its own column, else as an amount."""
        for name in ("balance", "amount", "credit", "debit"):
            balance = self._cell(line, cells, name)
            if balance is not None:
                return -abs(balance) if name == "debit" else balance
        return None

    def _control(self, line: int, cells: Sequence[str]) -> None:
        at = self._layout.at
        for name in ("debit", "credit") if "debit" in at and "credit" in at else ("amount",):
            stated = self._cell(line, cells, name)
            if stated is not None:
                self._sums.control(line, name, abs(stated) if name == "debit" else stated)
        if balance := self._cell(line, cells, "balance"):  # a 0 there fills the cell
            self._sums.control(line, "balance", balance)

    def _cell(self, line: int, cells: Sequence[str], name: str) -> int | None:
        column = self._layout.at.get(name)
        if column is None or (said := cells[column].strip()) in BLANK:
            return None
        try:
            return self._amounts.read(said)
        except BadCell as bad:
            raise bad.refused(f"line {line}", self._layout.header[column]) from None


_SIDES = ("amount", "debit", "credit")
