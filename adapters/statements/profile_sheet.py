"""The table that a profile is drafted of: under names that are known, or its cells explain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import BinaryIO, TypeAlias

from adapters.statements import extract, jsonl, plain_csv
from adapters.statements.chain import BLANK
from adapters.statements.detection import dress_of
from adapters.statements.layout import Layout, layout_of
from adapters.statements.model import Unreadable
from adapters.statements.profile_guessing import balance_beside, day_pattern, guessed, letters_in
from adapters.statements.profiles import Columns, Profile, built_in_profile
from adapters.statements.sheet import open_sheet
from adapters.statements.table import Row, Table, encoding_of, open_table
from adapters.statements.xlsx_cells import Workbook

SAMPLE_ROWS = 500
"""Rows that a draft is made from."""

HEADERS_TRIED = 30
"""Lines that are taken for a header of unknown names, until one has days and amounts below it."""

COLUMNS_LEAST = 2
"""Columns of a table."""

_Open: TypeAlias = Callable[[Callable[[Sequence[str]], bool]], Table]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table with its first rows; `columns` of the known profile, or guessed by the cells."""

    table: Table
    rows: tuple[Row, ...]
    profile: Profile
    is_known: bool

    @cached_property
    def layout(self) -> Layout:
        """Where the fields stand in it."""
        return layout_of(self.table.header, self.profile)

    def cells(self, at: int) -> list[str]:
        """The cells of a column."""
        return [row[at] for _, row in self.rows]

    def moves(self, row: Sequence[str]) -> bool:
        """Whether a row has an amount."""
        at = self.layout.at
        return any(
            row[at[name]] not in BLANK for name in ("amount", "debit", "credit") if name in at
        )


def sheet_in(stream: BinaryIO) -> Sheet:
    """The table under a header that is known, else under a line with days and amounts below it."""
    open_by = _opener(stream)
    try:
        table = open_by(_recognised)
    except Unreadable as refusal:
        if refusal.place != "file":
            raise
        return _guessed(open_by)
    known = built_in_profile("ar-extract" if extract.recognises(table.header) else "csv")
    layout = layout_of(table.header, known)
    if not layout.is_complete:  # the keys of JSON Lines, which were not asked for
        return _guessed(open_by)
    rows = tuple(_sample(table))
    found: dict[str, int | None] = {}
    if not layout.texts:
        found["text"] = _wordy(rows, layout)
    if "balance" not in layout.at:
        found["balance"] = _balance(rows, layout)
    columns = {name: (table.header[at],) for name, at in found.items() if at is not None}
    profile = known.model_copy(update={"columns": known.columns.model_copy(update=columns)})
    return _dated(Sheet(table=table, rows=rows, profile=profile, is_known=True))


def _dated(sheet: Sheet) -> Sheet:
    """The same with the pattern of its days, if one is needed."""
    at = sheet.layout.at["booking_date"]
    pattern = day_pattern([row[at] for _, row in sheet.rows if sheet.moves(row)])
    return replace(sheet, profile=sheet.profile.model_copy(update={"date": pattern or None}))


def _wordy(rows: Sequence[Row], layout: Layout) -> int | None:
    """The column of most letters among those that the profile does not name."""
    letters = {at: letters_in([row[at] for _, row in rows]) for at in layout.extras}
    return max(letters, key=lambda at: letters[at]) if any(letters.values()) else None


def _balance(rows: Sequence[Row], layout: Layout) -> int | None:
    """The column of a balance among those that the profile does not name."""
    if "amount" not in layout.at:
        return None
    columns = {at: [row[at] for _, row in rows] for at in layout.extras}
    return balance_beside([row[layout.at["amount"]] for _, row in rows], columns)


def _opener(stream: BinaryIO) -> _Open:
    dress = dress_of(stream)
    if dress == "xlsx":
        book = Workbook(stream)
        return lambda is_header: open_sheet(book, is_header)
    encoding = encoding_of(stream)
    if dress == "jsonl":
        return lambda _: jsonl.open_lines(stream, encoding)
    return lambda is_header: open_table(
        stream, is_header=is_header, encoding=encoding, short_rows=True
    )


def _recognised(header: Sequence[str]) -> bool:
    return extract.recognises(header) or plain_csv.recognises(header)


def _sample(table: Table) -> Iterator[Row]:
    width = len(table.header)
    for line, cells in islice(table.rows, SAMPLE_ROWS):
        if len(cells) == width:
            yield line, [cell.strip() for cell in cells]


def _guessed(open_by: _Open) -> Sheet:
    tried: set[tuple[str, ...]] = set()

    def may_be(names: Sequence[str]) -> bool:
        """Whether these are names of columns, none of them a number or a day."""
        named = [name for name in names if name]
        return (
            len(named) >= COLUMNS_LEAST
            and all(any(map(str.isalpha, name)) for name in named)
            and tuple(names) not in tried
        )

    for _ in range(HEADERS_TRIED):
        try:
            table = open_by(may_be)
        except Unreadable as refusal:
            if tried and refusal.place == "file":
                break
            raise
        if table.names in tried:
            break
        tried.add(table.names)
        try:
            rows = tuple(_sample(table))
        except Unreadable:  # rows of another width: it was no header of theirs
            continue
        fields = (
            guessed(table.header, [*zip(*(row for _, row in rows), strict=True)]) if rows else None
        )
        if fields is not None:
            return _guessed_sheet(table, rows, fields)
    raise Unreadable("file", "no line is a header with days and amounts in the columns below it")


def _guessed_sheet(table: Table, rows: tuple[Row, ...], fields: dict[str, int]) -> Sheet:
    columns = Columns(**{field: (table.header[at],) for field, at in fields.items()})
    profile = built_in_profile("csv").model_copy(update={"columns": columns})
    return _dated(Sheet(table=table, rows=rows, profile=profile, is_known=False))
