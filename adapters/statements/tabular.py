"""Rows of a table to entries, by a profile: what the readers of CSV, XLSX and JSON Lines share.

A table is read twice: its first rows decide what holds of all of them (`deciding.py`), then the
rows pass once, each an entry, a stated balance or total, a note, or the refusal of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from adapters.statements.accounts import by_account
from adapters.statements.cells import BadCell, day_reader
from adapters.statements.deciding import BLANK, Decisions, decide
from adapters.statements.layout import Layout, layout_of
from adapters.statements.model import Entry, Statement, Status, Unreadable
from adapters.statements.preamble import account_in, currency_in
from adapters.statements.profiles import Profile
from adapters.statements.row_amounts import FALLBACK_CURRENCY, RowAmounts
from adapters.statements.row_marks import Mark, RowMarks
from adapters.statements.row_texts import RowTexts, checked_text
from adapters.statements.running import Running
from adapters.statements.table import Row, Table, normalised
from adapters.statements.values import is_uetr

ARGENTINE_CURRENCY = "ARS"
"""The currency of a table with Spanish headers that names none."""

WAITING_ROWS_MAX = 10_000
"""Rows that wait for a balance which tells their signs."""

_STATUS: dict[str, Status] = {"BOOK": "BOOK", "PDNG": "PDNG", "INFO": "INFO"}
_TRUE = frozenset({"true", "yes", "si", "1", "x"})
_NO_DAY = BLANK | {"0", "00/00/0000", "00/00/00"}
_WHOLE_AMOUNT = re.compile(r".*[.,][0-9]{2}[-)]?")
_NOTE = re.compile(r"[^\W\d]|[*#(]")


def read_table(
    opened: Callable[[], Table], profile: Profile, *, ends_in_line_end: bool = True
) -> Iterator[Entry | Statement]:
    """The entries and statements of a table that `opened` opens afresh each time.

    If the text does not end with a line end, its last cell is looked at for having been cut.
    Raises Unreadable.
    """
    table = opened()
    layout = layout_of(table.header, profile)
    place = f"line {table.header_line}"
    if not layout.is_complete:
        raise Unreadable(place, "the header names no date, or no amount")
    if layout.doubtful is not None:
        raise Unreadable(place, f"two columns could be the {layout.doubtful.replace('_', ' ')}")
    currency = layout.currency or currency_in(table.preamble) or profile.currency
    if currency is None and layout.is_spanish:
        currency = ARGENTINE_CURRENCY
    decisions = decide(
        table.rows, layout=layout, profile=profile, currency=currency or FALLBACK_CURRENCY
    )
    account = account_in(table.preamble, profile)
    for own, rows in by_account(opened, layout.at.get("account")):
        reading = _Reading(table, layout, profile, decisions, currency)
        yield from reading.entries(rows)
        if not ends_in_line_end:
            reading.refuse_cut()
        yield reading.statement(own or account)


class _Reading:
    """The rows of one statement, on their way."""

    def __init__(
        self,
        table: Table,
        layout: Layout,
        profile: Profile,
        decisions: Decisions,
        currency: str | None,
    ) -> None:
        at = layout.at
        self._table = table
        self._layout = layout
        self._width = len(layout.header)
        self._decisions = decisions
        self._marks = RowMarks(profile.rows)
        self._texts = RowTexts(layout, profile)
        self._amounts = RowAmounts(layout, profile, decisions, currency)
        self._read_day = day_reader(profile.date)
        self._booking = at["booking_date"]
        self._value = at.get("value_date")
        self._balance = at.get("balance")
        self._rare = {name: at[name] for name in ("uetr", "status", "reversal") if name in at}
        self._signed_by_balance = decisions.sign == "balance"
        self._currencies: set[str | None] = set()
        self._sums = Running(newest_first=decisions.newest_first)
        self._older_balance: int | None = None
        self._last: Row = (table.header_line, [])
        self._short: Row | None = None
        self._notes: list[str] = []
        for line, text in enumerate(table.preamble, start=1):
            self._state_in_line(line, text)

    def entries(self, rows: Iterator[Row]) -> Iterator[Entry]:
        """The movements, in file order; a note below one is added to its text."""
        if self._signed_by_balance and self._decisions.newest_first:
            rows = self._with_older_balance(rows)
        held: Entry | None = None
        for row in rows:
            self._last = row
            entry = self._movement(row)
            if entry is not None:
                if held is not None:
                    yield held
                held = entry
            elif self._notes:
                if held is not None:
                    text = " ".join(filter(None, (held.remittance, *self._notes)))
                    held = replace(held, remittance=checked_text(row[0], text))
                self._notes.clear()
        if held is not None:
            yield held

    def _movement(self, row: Row) -> Entry | None:
        line, cells = row
        if len(cells) != self._width:
            return self._short_row(line, cells)
        text = self._texts.text(cells)
        if (mark := self._marks.of(text)) is not None:
            return self._marked(mark, line, cells)
        amounts = self._amounts
        amounts.follow(line, cells)
        value = balance = None
        try:
            day = self._read_day(cells[self._booking])
            if self._value is not None and (said := cells[self._value]) not in _NO_DAY:
                value = self._read_day(said)
            if self._balance is not None and (said := cells[self._balance]) not in BLANK:
                balance = amounts.read(said)
            if self._signed_by_balance:
                amount = amounts.by_balance(cells, self._balance_before(), balance)
            else:
                amount = amounts.of(cells)
        except BadCell as bad:
            return self._no_movement(line, cells, bad)
        if self._short is not None:
            raise self._too_short(*self._short)
        entry = self._texts.entry(
            line,
            cells,
            text,
            amount_minor=amount,
            currency=amounts.currency,
            booking_date=day,
            value_date=value,
            balance_after_minor=balance,
        )
        if self._rare:
            entry = self._with_rare(entry, cells)
        if entry.status == "BOOK":
            self._sums.add(line, amount, balance, day)
        self._currencies.add(amounts.currency)
        return entry

    def _with_rare(self, entry: Entry, cells: Sequence[str]) -> Entry:
        said = {name: cells[at].strip() for name, at in self._rare.items()}
        uetr = said.get("uetr", "")
        return replace(
            entry,
            uetr=uetr.lower() if is_uetr(uetr) else None,
            status=_STATUS.get(said.get("status", ""), "BOOK"),
            reversal=normalised(said.get("reversal", "")) in _TRUE,
        )

    def _balance_before(self) -> int | None:
        return self._older_balance if self._decisions.newest_first else self._sums.expected

    def _with_older_balance(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Rows, each once the next balance below it is known."""
        waiting: list[Row] = []
        for row in rows:
            balance = self._balance_in(row)
            if balance is not None:
                self._older_balance = balance
                yield from waiting
                waiting.clear()
            waiting.append(row)
            if len(waiting) > WAITING_ROWS_MAX:
                raise Unreadable(f"line {waiting[0][0]}", "no balance below it tells its sign")
        self._older_balance = self._sums.opening
        yield from waiting

    def _balance_in(self, row: Row) -> int | None:
        if self._balance is None or len(row[1]) != self._width:
            return None
        try:
            said = row[1][self._balance].strip()
            return None if said in BLANK else self._amounts.read(said)
        except BadCell:
            return None

    # Rows that are no movements.

    def _no_movement(self, line: int, cells: list[str], bad: BadCell) -> Entry | None:
        """Take a row that cannot be read as a movement for what else it may be, or refuse it."""
        stripped = [cell.strip() for cell in cells]
        if stripped != cells:
            return self._movement((line, stripped))
        if (mark := self._marks.among(cells)) is not None:
            return self._marked(mark, line, cells)
        if [normalised(cell) for cell in cells] == list(self._table.names):
            return None  # the header again, on the next page
        if all(cells[at] in BLANK for at in self._layout.amounts):
            try:
                self._read_day(cells[self._booking])
            except BadCell:
                self._notes.extend(filter(None, cells))
                return None
        raise bad.refused(f"line {line}", self._column_of(cells, bad.text))

    def _column_of(self, cells: Sequence[str], text: str) -> str:
        at = self._layout.at
        for name in ("booking_date", "value_date", "amount", "debit", "credit", "indicator"):
            if name in at and cells[at[name]] == text:
                return self._layout.header[at[name]]
        return self._layout.header[at["balance"]] if "balance" in at else "amount"

    def _short_row(self, line: int, cells: Sequence[str]) -> None:
        """A line of words below the table is a note; another short row is a row cut short."""
        filled = [cell.strip() for cell in cells if cell.strip()]
        if self._state_in_line(line, " ".join(filled)):
            return
        is_note = self._booking <= 1 and _NOTE.match(filled[0]) is not None
        if not is_note or any(self._is_amount(cell) for cell in filled):
            raise self._too_short(line, cells)
        if self._short is None:
            self._short = line, list(cells)

    def _is_amount(self, text: str) -> bool:
        try:
            self._amounts.read(text)
        except BadCell:
            return False
        return True

    def _too_short(self, line: int, cells: Sequence[str]) -> Unreadable:
        return Unreadable(f"line {line}", f"{len(cells)} columns, but the header has {self._width}")

    def _marked(self, mark: Mark, line: int, cells: Sequence[str]) -> None:
        if mark == "totals":
            self._control(line, cells)
        elif mark != "ignored" and (stated := self._stated(line, cells)) is not None:
            self._state(mark, line, stated)

    def _state(self, mark: Mark, line: int, balance: int) -> None:
        if mark == "opening":
            self._sums.state_opening(line, balance)
        elif mark == "closing":
            self._sums.state_closing(line, balance)

    def _stated(self, line: int, cells: Sequence[str]) -> int | None:
        """The balance in a row that states one: in its own column, else as an amount."""
        for name in ("balance", "amount", "credit", "debit"):
            balance = self._cell(line, cells, name)
            if balance is not None:
                return -abs(balance) if name == "debit" else balance
        return None

    def _cell(self, line: int, cells: Sequence[str], name: str) -> int | None:
        column = self._layout.at.get(name)
        if column is None or (said := cells[column].strip()) in BLANK:
            return None
        try:
            return self._amounts.read(said)
        except BadCell as bad:
            raise bad.refused(f"line {line}", self._layout.header[column]) from None

    def _control(self, line: int, cells: Sequence[str]) -> None:
        sums = self._sums
        if "debit" in self._layout.at and "credit" in self._layout.at:
            counted = {"debit": sums.debits, "credit": sums.credits}
        else:
            counted = {"amount": sums.credits - sums.debits}
        for name, total in counted.items():
            stated = self._cell(line, cells, name)
            if stated is not None:
                stated = abs(stated) if name == "debit" else stated
                sums.control(line, stated=stated, counted=total, what=f"total {name}")

    def _state_in_line(self, line: int, text: str) -> bool:
        """Read a line outside of the table that states a balance. Whether it did."""
        found = self._marks.in_line(text)
        if found is None:
            return False
        try:
            self._state(found[0], line, self._amounts.read(found[1]))
        except BadCell:
            return False
        return True

    # The end.

    def refuse_cut(self) -> None:
        """Refuse a file that ends inside an amount: with fewer decimals than all, or no minus."""
        line, cells = self._last
        if len(cells) != self._width or self._width - 1 not in self._decisions.two_decimals:
            return
        said = cells[-1].strip()
        if (said and _WHOLE_AMOUNT.fullmatch(said) is None) or self._sums.lost_minus(line):
            raise Unreadable(f"line {line}", "the file ends inside a row")

    def statement(self, account: str | None) -> Statement:
        """The statement that closes the entries."""
        several = len(self._currencies) > 1
        return self._sums.statement(
            account=account,
            currency=None if several else next(iter(self._currencies), self._amounts.currency),
            one_currency=not several,
        )
