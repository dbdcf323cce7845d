"""Rows of a table to entries, by a profile: what the readers of CSV, XLSX and JSON Lines share.

A table is read twice: its first rows decide what holds of all of them (`deciding.py`), then the
rows pass once, each an entry, a stated balance or total, a note, or the refusal of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice, repeat

from msgspec.structs import replace

from adapters.statements.accounts import by_account
from adapters.statements.cells import BadCell, day_reader
from adapters.statements.chain import BLANK
from adapters.statements.deciding import Decisions, decide
from adapters.statements.layout import Layout, layout_of
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.preamble import account_in, currency_in
from adapters.statements.profiles import Profile
from adapters.statements.row_amounts import RowAmounts
from adapters.statements.row_marks import RowMarks
from adapters.statements.row_texts import RowColumns, RowTexts, checked_text
from adapters.statements.running import Running
from adapters.statements.stated import Stated
from adapters.statements.table import Row, Table, normalised
from adapters.statements.values import known

ARGENTINE_CURRENCY = "ARS"
"""The currency of a table with Spanish headers that names none."""

BATCH_ROWS = 250
"""Rows that are read at once where they are all plain."""

WAITING_ROWS_MAX = 10_000
"""Rows that wait for a balance which tells their signs."""

_ENDS = {"balance": "a balance behind its last row", "totals": "totals"}
_NO_DAY = BLANK | {"0", "00/00/0000", "00/00/00"}
_WHOLE_AMOUNT = re.compile(r".*[.,][0-9]{2}[-)]?")
_ACCOUNT = re.compile(r"[0-9][0-9/.-]{5,30}[0-9]")
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
    decisions = decide(
        table.rows,
        layout=layout,
        profile=profile,
        currency=layout.currency or currency_in(table.preamble),
        default=profile.currency or (ARGENTINE_CURRENCY if layout.is_spanish else None),
        preamble=table.preamble,
    )
    account = account_in(table.preamble, profile)
    for own, rows in by_account(opened, layout.at.get("account")):
        reading = _Reading(table, layout, profile, decisions)
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
    ) -> None:
        at = layout.at
        self._table = table
        self._layout = layout
        self._profile = profile
        self._width = len(layout.header)
        self._decisions = decisions
        marks = RowMarks(profile.rows)
        self._texts = RowTexts(layout, profile, marks)
        self._amounts = RowAmounts(layout, profile, decisions)
        self._read_day = day_reader(profile.date, order=decisions.day_order)
        self._booking = at["booking_date"]
        self._value = at.get("value_date")
        self._balance = at.get("balance")
        self._reference = at.get("bank_reference")
        self._columns = RowColumns(layout)
        self._has_currencies = "currency" in at
        self._signed_by_balance = decisions.sign == "balance"
        self._currencies: set[str | None] = set()
        self._sums = Running(newest_first=decisions.newest_first)
        self._stated = Stated(layout, marks, self._amounts, self._sums)
        self._older_balance: int | None = None
        self._last: Row = (table.header_line, [])
        self._short: Row | None = None
        self._between: list[str] = []
        self._notes: list[str] = []
        self._note_line = 0
        for line, text in enumerate(table.preamble, start=1):
            self._stated.takes_line(line, text)

    def entries(self, rows: Iterator[Row]) -> Iterator[Entry]:
        """The movements, in file order; a note below one is added to its text."""
        size = BATCH_ROWS
        if self._signed_by_balance:
            size = 1  # each row needs what was learnt of the one before
            if self._decisions.newest_first:
                rows = self._with_older_balance(rows)
        held: Entry | None = None
        while batch := [*islice(rows, size)]:
            if (plain := self._at_once(batch)) is not None:
                if held is not None:
                    yield held
                yield from plain[:-1]
                held = plain[-1]
                continue
            for row in batch:
                self._last = row
                if (entry := self._movement(row)) is not None:
                    if held is not None:
                        yield held
                    held = entry
                elif self._notes:
                    held = self._noted(held)
        if held is not None:
            yield held

    def _noted(self, entry: Entry | None) -> Entry | None:
        """The entry with the notes that stand below it; those above the first one are left out."""
        notes = self._notes.copy()
        self._notes.clear()
        if entry is None:
            return None
        text = " ".join(filter(None, (entry.remittance, *notes)))
        return replace(entry, remittance=checked_text(self._note_line, text))

    def _at_once(self, batch: Sequence[Row]) -> list[Entry] | None:
        """The entries of rows that are all plain movements; None if one takes a closer look."""
        if self._short is not None or self._columns.have_status:
            return None
        self._last = batch[-1]
        lines, rows = zip(*batch, strict=True)
        if {*map(len, rows)} != {self._width}:
            return None
        columns = [*zip(*rows, strict=True)]
        amounts = self._amounts.of_all(columns) if self._amounts.keeps(columns) else None
        others = self._columns.references_at_once(columns)
        said = self._texts.said_at_once(columns)
        days = self._days_at_once(columns[self._booking])
        values = days if self._value is None else self._days_at_once(columns[self._value])
        if amounts is None or said is None or days is None or values is None or None in days:
            return None
        if others is None:
            return None
        balances = None
        if self._balance is not None:
            balances = self._amounts.read_all(columns[self._balance])
            if balances is None or "" in columns[self._balance]:
                return None
        if not self._sums.add_all(amounts, balances, days):
            return None
        self._currencies.add(currency := self._amounts.currency)
        nothing = repeat(None)
        entries = [
            Entry(
                place=f"line {line}",
                amount_minor=amount,
                currency=currency,
                booking_date=day,
                value_date=value,
                end_to_end_id=text.end_to_end_id,
                bank_reference=known(reference),
                coelsa_id=text.coelsa_id,
                references=references,
                remittance=text.remittance,
                counterparty=text.counterparty,
                balance_after_minor=balance,
            )
            for line, amount, day, value, text, reference, references, balance in zip(
                lines,
                amounts,
                days,
                nothing if self._value is None else values,
                said,
                nothing if self._reference is None else columns[self._reference],
                others,
                nothing if balances is None else balances,
                strict=False,
            )
        ]
        if self._columns.have_fields:
            return [*map(self._columns.added, lines, rows, entries)]
        return entries

    def _days_at_once(self, texts: Sequence[str]) -> list[date | None] | None:
        try:
            read = {text: self._read_day(text) if text else None for text in {*texts}}
        except BadCell:
            return None
        return [read[text] for text in texts]

    def _movement(self, row: Row) -> Entry | None:
        line, cells = row
        if len(cells) != self._width:
            return self._short_row(line, cells)
        text = self._texts.said(line, cells)
        if text.mark is not None:
            self._stated.take(text.mark, line, cells)
            return None
        amounts = self._amounts
        if self._has_currencies:
            self._currencies.add(amounts.follow(line, cells))
        value = balance = None
        try:
            day = self._read_day(cells[self._booking])
            if self._value is not None and (said := cells[self._value]) not in _NO_DAY:
                value = day if said == cells[self._booking] else self._read_day(said)
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
        entry = Entry(
            place=f"line {line}",
            amount_minor=amount,
            currency=amounts.currency,
            booking_date=day,
            value_date=value,
            end_to_end_id=text.end_to_end_id,
            bank_reference=None if self._reference is None else known(cells[self._reference]),
            coelsa_id=text.coelsa_id,
            remittance=text.remittance,
            counterparty=text.counterparty,
            balance_after_minor=balance,
        )
        if self._columns.are_there:
            entry = self._columns.added(line, cells, entry)
        if entry.status == "BOOK":
            self._sums.add(line, amount, balance, day)
        return entry

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
        if (mark := self._stated.mark_of(cells)) is not None:
            self._stated.take(mark, line, cells)
            return None
        if [normalised(cell) for cell in cells] == list(self._table.names):
            self._go_on(line)
            return None
        if all(cells[at] in BLANK for at in self._layout.amounts):
            try:
                self._read_day(cells[self._booking])
            except BadCell:
                self._notes.extend(filter(None, cells))
                self._note_line = line
                return None
        raise bad.refused(f"line {line}", self._column_of(cells, bad.text))

    def _column_of(self, cells: Sequence[str], text: str) -> str:
        at = self._layout.at
        for name in ("booking_date", "value_date", "amount", "debit", "credit", "indicator"):
            if name == "value_date" and not text:
                continue  # it may be blank
            if name in at and cells[at[name]] == text:
                return self._layout.header[at[name]]
        return self._layout.header[at["balance"]] if "balance" in at else "amount"

    def _short_row(self, line: int, cells: Sequence[str]) -> None:
        """A line of words below the table is a note; another short row is a row cut short."""
        filled = [cell.strip() for cell in cells if cell.strip()]
        if self._stated.takes_line(line, " ".join(filled)):
            return
        is_note = self._booking <= 1 and _NOTE.match(filled[0]) is not None
        if not is_note or any(self._is_amount(cell) for cell in filled):
            raise self._too_short(line, cells)
        self._between += filled
        if self._short is None:
            self._short = line, list(cells)

    def _go_on(self, line: int) -> None:
        """The header again, on the next page or over the next part of the same account's list.

        Raises Unreadable if a line above it has a number that is not above the first header: that
        of another account.
        """
        before = " ".join(self._table.preamble)
        numbers = (number for text in self._between for number in _ACCOUNT.findall(text))
        other_money = currency_in(self._between) not in {None, self._amounts.currency}
        if other_money or any(number not in before for number in numbers):
            raise Unreadable(f"line {line}", "the header again, below what may be another account")
        self._short = None
        self._between.clear()

    def _is_amount(self, text: str) -> bool:
        try:
            self._amounts.read(text)
        except BadCell:
            return False
        return True

    def _too_short(self, line: int, cells: Sequence[str]) -> Unreadable:
        return Unreadable(f"line {line}", f"{len(cells)} columns, but the header has {self._width}")

    # The end.

    def refuse_cut(self) -> None:
        """Refuse a file that ends inside an amount: with fewer decimals than all, or no minus.

        Or before one: without the balance that stands in all other rows; or in its header, where
        without rows and a line end nothing tells it from one that was cut there.
        """
        line, cells = self._last
        at = self._width - 1
        if not cells:
            raise Unreadable(f"line {line}", "the file ends in its header")
        if len(cells) != self._width or at not in self._decisions.two_decimals:
            return
        said = cells[at].strip()
        is_cut = _WHOLE_AMOUNT.fullmatch(said) is None
        if not said:
            is_cut = at == self._balance and at in self._decisions.filled and self._sums.rows > 1
        if is_cut or self._sums.lost_minus(line):
            raise Unreadable(f"line {line}", "the file ends inside a row")

    def statement(self, account: str | None) -> Statement:
        """The statement that closes the entries."""
        several = len(self._currencies) > 1
        said = self._sums.statement(
            account=account,
            currency=None if several else next(iter(self._currencies), self._amounts.currency),
            one_currency=not several,
        )
        due = self._profile.ends_with
        if due is not None and not self._sums.ends_with(due):
            raise Unreadable(
                f"line {self._last[0]}",
                f"the file ends without {_ENDS[due]}, as its profile demands",
            )
        return replace(said, profile=self._profile.name, profile_hash=self._profile.sha256)
