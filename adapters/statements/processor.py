"""What files of payment processors share: columns by name, amounts, Argentine days, groups.

A file is read twice: once to learn how its amounts are written and whether the rows of a statement
stand together, once for its entries. So memory does not grow with a file in its usual order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from adapters.statements.cells import (
    BadCell,
    DecimalStyle,
    ReadAmount,
    amount_reader,
    decimal_style_of,
    is_undecided,
)
from adapters.statements.layouts import Layout, columns_of
from adapters.statements.model import (
    NAME_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    Charge,
    Entry,
    Statement,
    Unreadable,
)
from adapters.statements.source import is_workbook
from adapters.statements.stamps import argentine_day
from adapters.statements.table import Row, Split, Table, ends_in_line_end, open_table
from adapters.statements.values import known, quoted
from domain.errors import BadValue
from domain.money import exponent

if TYPE_CHECKING:
    from adapters.statements.xlsx_cells import Workbook

GROUPS_MAX = 100_000
"""Statements in a file."""

HELD_LENGTH_MAX = 32_000_000
"""Characters of rows that are held where the rows of a statement do not stand together."""

Key: TypeAlias = str | None
"""What the rows of one statement have in common."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """A file opened at its first row, with what was learnt of it before."""

    layout: Layout
    columns: Mapping[str, int]
    header: tuple[str, ...]
    header_line: int
    style: DecimalStyle | None
    currency: str | None
    together: bool
    ends_in_line_end: bool
    rows: Iterator[Row] = field(repr=False)

    def records(self) -> Iterator[Record]:
        """The rows, in file order. Raises Unreadable for a file that ends inside an amount.

        Or in its header: without rows and a line end nothing tells it from one that was cut there.
        """
        record = None
        for line, cells in self.rows:
            record = Record(self, line, cells)
            yield record
        if self.ends_in_line_end:
            return
        if record is None:
            raise Unreadable(f"line {self.header_line}", "the file ends in its header")
        record.refuse_cut()

    def grouped(self) -> Iterator[tuple[Key, Iterator[Record]]]:
        """The rows of each statement, in file order; statements in the order in which they begin.

        Raises Unreadable where rows are scattered over a file that is too long to be held.
        """
        at = next(self.columns[name] for name in self.layout.groups if name in self.columns)
        last: Key = None

        def key(record: Record) -> Key:
            nonlocal last
            if not self.layout.is_total(record.cells):
                last = known(record.cells[at])
            return last

        if self.together:
            yield from groupby(self.records(), key)
            return
        held: dict[Key, list[Record]] = {}
        length = 0
        for record in self.records():
            length += sum(map(len, record.cells)) + len(record.cells)
            if length > HELD_LENGTH_MAX:
                raise Unreadable(
                    record.place, "rows of a statement do not stand together in a file this long"
                )
            held.setdefault(key(record), []).append(record)
        for group, records in held.items():
            yield group, iter(records)


class Record:
    """One row, its cells by column name."""

    __slots__ = ("cells", "line", "report")

    def __init__(self, report: Report, line: int, cells: list[str]) -> None:
        self.report = report
        self.line = line
        self.cells = cells

    @property
    def place(self) -> str:
        """Where the row stands."""
        return f"line {self.line}"

    def text(self, *names: str) -> str | None:
        """The first of the columns that says something; None if none does or is there."""
        for name in names:
            at = self.report.columns.get(name)
            if at is not None and (found := known(self.cells[at])) is not None:
                return found
        return None

    def free_text(self, name: str, *, longest: int = TEXT_LENGTH_MAX) -> str | None:
        """A column of free text. Raises Unreadable if it is too long."""
        found = self.text(name)
        if found is not None and len(found) > longest:
            raise Unreadable(self.place, f"{name} has more than {longest} characters")
        return found

    def name(self, name: str) -> str | None:
        """A column that holds a name. Raises Unreadable if it is too long."""
        return self.free_text(name, longest=NAME_LENGTH_MAX)

    def currency(self, *names: str) -> str | None:
        """A currency, in capitals."""
        found = self.text(*names)
        return None if found is None else found.upper()

    def amount(self, name: str, currency: str) -> int | None:
        """An amount in minor units; None for an empty cell or no such column.

        Raises Unreadable.
        """
        at = self.report.columns.get(name)
        if at is None or not (written := self.cells[at].strip()):
            return None
        style = self.report.style
        if style is None:
            # Nothing in the file has decimals that could be no thousands.
            style = "point"
            if is_undecided(written) and not ("." in written and _decimals(currency) == 3):
                if "." not in written or not self.report.layout.is_spanish:
                    raise Unreadable(
                        self.place, f"{name} {quoted(written)} may be thousands or decimals"
                    )
                style = "comma"
        try:
            return _reader(style, currency)(written)
        except BadCell as bad:
            raise bad.refused(self.place, name) from None
        except BadValue:
            raise Unreadable(self.place, f"currency {quoted(currency)} is unknown") from None

    def refuse_cut(self) -> None:
        """Refuse the row if it ends in an amount of fewer decimals than all others that it has."""
        if self.report.style is None:
            return
        mark = "," if self.report.style == "comma" else "."
        columns, layout = self.report.columns, self.report.layout
        written = {at: self.cells[at] for name, at in columns.items() if layout.is_amount(name)}
        decimals = {
            at: sum(map(str.isdigit, text.partition(mark)[2]))
            for at, text in written.items()
            if text.strip()
        }
        last = decimals.pop(len(self.cells) - 1, None)
        others = {*decimals.values()}
        if last is not None and len(others) == 1 and last < max(others):
            raise Unreadable(self.place, "the file ends inside a row")

    def due_amount(self, name: str, currency: str) -> int:
        """An amount that must be there. Raises Unreadable."""
        found = self.amount(name, currency)
        if found is None:
            raise Unreadable(self.place, f"{name} is empty")
        return found

    def credit_less_debit(self, credit: str, debit: str, currency: str) -> int | None:
        """What two columns, of which at most one is not zero, do to the account; None if empty.

        Raises Unreadable, also for a sign in either.
        """
        plus, minus = self.amount(credit, currency), self.amount(debit, currency)
        if plus is None and minus is None:
            return None
        if (plus or 0) < 0 or (minus or 0) < 0:
            raise Unreadable(self.place, f"{credit} and {debit} have no sign, but one is negative")
        if plus and minus:
            raise Unreadable(self.place, f"{credit} and {debit} are both not zero")
        return (plus or 0) - (minus or 0)

    def argentine_day(self, *names: str, offset_minutes: int | None) -> date | None:
        """The day in Argentina of the first column that says a time. See `argentine_day`."""
        found = self.text(*names)
        if found is None:
            return None
        return argentine_day(found, place=self.place, offset_minutes=offset_minutes)

    def day_as_written(self, *names: str) -> date | None:
        """The day of the first column that says one, whatever time stands beside it."""
        found = self.text(*names)
        return (
            None if found is None else argentine_day(found, place=self.place, offset_minutes=None)
        )

    def references(self, **columns: str) -> tuple[tuple[str, str], ...]:
        """(name, text) for each column that says something."""
        found = ((name, self.text(column)) for name, column in columns.items())
        return tuple((name, text) for name, text in found if text is not None)


def open_report(stream: BinaryIO, layout: Layout, *, split: Split | None = None) -> Report:
    """The file at its first row, a text or a workbook.

    Raises Unreadable: no such header, a column missing or twice.
    """
    book = _workbook(stream)

    def opened() -> Table:
        if book is not None:
            from adapters.statements.sheet import open_sheet

            return open_sheet(book, layout.recognises)
        return open_table(stream, is_header=layout.recognises, split=split)

    table = opened()
    columns = columns_of(table, layout)
    style, currency, together = _survey(table, layout, columns)
    return Report(
        layout=layout,
        columns=columns,
        header=table.header,
        header_line=table.header_line,
        style=style,
        currency=currency,
        together=together,
        ends_in_line_end=book is not None or ends_in_line_end(stream),
        rows=opened().rows,
    )


def _workbook(stream: BinaryIO) -> Workbook | None:
    if not is_workbook(stream):
        return None
    from adapters.statements.xlsx_cells import Workbook  # what reads XML is seldom needed here

    return Workbook(stream)


_WELL_FORMED = re.compile(
    r"[^0-9.,]*(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]*)?"
    r"|[0-9]*[.,][0-9]+)[^0-9.,]*"
)
"""An amount that may tell the style; other figures are refused where they are read."""


def _survey(
    table: Table, layout: Layout, columns: Mapping[str, int]
) -> tuple[DecimalStyle | None, str | None, bool]:
    """How amounts are written, the first currency, and whether statements stand together."""
    amounts = [at for name, at in columns.items() if layout.is_amount(name)]
    group = next((columns[name] for name in layout.groups if name in columns), None)
    money = None if layout.currency is None else columns.get(layout.currency)
    style: DecimalStyle | None = None
    currency: str | None = None
    together, seen, last = True, set[Key](), None
    for line, cells in table.rows:
        if style is None:
            style = decimal_style_of(
                cells[at] for at in amounts if _WELL_FORMED.fullmatch(cells[at])
            )
        if money is not None and currency is None and (code := known(cells[money])):
            currency = code.upper()
        if group is None:
            if style is not None and (money is None or currency is not None):
                break
            continue
        if layout.is_total(cells):
            continue
        if (key := known(cells[group])) != last or not seen:
            together = together and key not in seen
            seen.add(key)
            last = key
            if len(seen) > GROUPS_MAX:
                raise Unreadable(f"line {line}", f"more than {GROUPS_MAX} statements in a file")
    return style, currency, together


@lru_cache(maxsize=64)
def _reader(style: DecimalStyle, currency: str) -> ReadAmount:
    return amount_reader(style, currency)


def _decimals(currency: str) -> int | None:
    try:
        return exponent(currency, withdrawn=True)
    except BadValue:
        return None


# Charges and sums.


def charges_of(
    *, gross: int | None, net: int, parts: Iterable[tuple[str, int | None, str]]
) -> tuple[Charge, ...]:
    """Charges of (kind, amount, source text) that are not zero, and what they leave unexplained.

    Law: where a gross amount is stated, gross + Σ charges = net.
    """
    charges = [
        Charge(kind=kind, amount_minor=amount, source_text=source)
        for kind, amount, source in parts
        if amount
    ]
    if gross is not None:
        rest = net - gross - sum(charge.amount_minor for charge in charges)
        if rest:
            charges.append(Charge(kind="UNEXPLAINED", amount_minor=rest))
    return tuple(charges)


@dataclass
class Tally:
    """What the entries of a statement have in common, as they pass by."""

    sums: dict[str, int] = field(default_factory=dict[str, int])
    accounts: set[str | None] = field(default_factory=set[str | None])
    first_day: date | None = None
    last_day: date | None = None
    last_place: str = "file"

    def add(self, entry: Entry, *, account: str | None = None) -> None:
        """Counts one more entry in."""
        currency = entry.currency or ""
        self.sums[currency] = self.sums.get(currency, 0) + entry.amount_minor
        self.accounts.add(account)
        self.last_place = entry.place
        day = entry.booking_date
        if day is not None:
            self.first_day = day if self.first_day is None else min(self.first_day, day)
            self.last_day = day if self.last_day is None else max(self.last_day, day)

    @property
    def currency(self) -> str | None:
        """The only currency, None if there are several or none."""
        return next(iter(self.sums)) or None if len(self.sums) == 1 else None

    def statement(
        self, statement_id: str | None, *, controls_match: bool | None, disagreement: str | None
    ) -> Statement:
        """The statement of the entries, which states no balance."""
        return Statement(
            place=self.last_place,
            statement_id=statement_id,
            account=next(iter(self.accounts)) if len(self.accounts) == 1 else None,
            currency=self.currency,
            opening_minor=None,
            closing_minor=None,
            balance_closes=None,
            controls_match=controls_match,
            disagreement=disagreement,
            first_day=self.first_day,
            last_day=self.last_day,
            completeness="not-stated" if controls_match is None else "stated",
        )
