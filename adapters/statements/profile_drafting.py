"""Drafts a profile from a file, for an analyst to correct, and shows what a profile reads of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, TypeAlias

import yaml

from adapters.statements import extract, jsonl, plain_csv, xlsx
from adapters.statements.deciding import Decisions, decide
from adapters.statements.detection import BY_PROFILE, dress_of, read
from adapters.statements.layout import Layout, layout_of
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.preamble import account_in, currency_in
from adapters.statements.profile_guessing import (
    day_pattern,
    guessed,
    holds_amounts,
    letters_in,
    month_first,
    two_words,
)
from adapters.statements.profiles import Columns, Profile, built_in_profile
from adapters.statements.source import members
from adapters.statements.table import Row, Table, encoding_of, open_table
from adapters.statements.tabular import ARGENTINE_CURRENCY
from adapters.statements.xlsx_cells import Workbook

SHOWN_ENTRIES = 10
"""Entries that are shown of a file."""

SHOWN_STATEMENTS = 10
"""Statements that are shown of a file."""

SAMPLE_ROWS = 500
"""Rows that a draft is made from."""

HEADERS_TRIED = 30
"""Lines that are taken for a header of unknown names, until one has days and amounts below it."""

COLUMNS_LEAST = 2
"""Columns of a table."""

LINE_WIDTH = 60
"""Characters of a line of a draft; its last word may stand beyond, and fit into a terminal."""

_Open: TypeAlias = Callable[[Callable[[Sequence[str]], bool]], Table]


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a profile reads of a file: the first entries, how many there are, the first statements.

    With a `refusal` they are those before it.
    """

    entries: tuple[Entry, ...]
    count: int
    statements: tuple[Statement, ...]
    refusal: Unreadable | None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A profile as YAML text; `questions` are what the file does not tell, each about a key.

    `known_as` is the format by which the file is read without a profile, if it is.
    """

    text: str
    known_as: str | None
    questions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """A table with its first rows; `columns` of the known profile, or guessed by the cells."""

    table: Table
    rows: tuple[Row, ...]
    profile: Profile
    is_known: bool

    @property
    def layout(self) -> Layout:
        return layout_of(self.table.header, self.profile)

    def cells(self, at: int) -> list[str]:
        """The cells of a column."""
        return [row[at] for _, row in self.rows]


def read_by(stream: BinaryIO, profile: Profile) -> Read:
    """What a profile reads of a file, which may be packed. A refusal is told, not raised."""
    entries: list[Entry] = []
    statements: list[Statement] = []
    count, refusal = 0, None
    try:
        for each in read(stream, profile=profile)[1]:
            if isinstance(each, Entry):
                count += 1
                if len(entries) < SHOWN_ENTRIES:
                    entries.append(each)
            elif len(statements) < SHOWN_STATEMENTS:
                statements.append(each)
    except Unreadable as found:
        refusal = found
    return Read(entries=tuple(entries), count=count, statements=tuple(statements), refusal=refusal)


def draft_profile(stream: BinaryIO, *, name: str) -> Draft:
    """A profile for the table in a file, which may be packed.

    Names that are known say what their columns are; others are known by their cells, as far as
    these tell. Raises Unreadable where there is no table, or nothing looks like its header.
    """
    found = members(stream)
    member = next(found).stream
    known_as = _known_as(member)
    try:
        sheet = _sheet(member)
    except Unreadable:
        if known_as is None or known_as in BY_PROFILE:
            raise
        raise Unreadable("file", f"it is {known_as}, which is read without a profile") from None
    table = sheet.table
    told, decided, open_ones = _decided(sheet)
    written = {
        "name": name,
        "format": sheet.profile.format,
        "header": [name for name in table.header if name],
        "separator": table.separator or None,
        "currency": told,
        "date": sheet.profile.date,
        **_amounts(sheet, decided),
        "columns": _columns(sheet, decided),
        "rows": {k: list(words) for k, words in sheet.profile.rows.model_dump().items() if words},
    }
    questions = (*_about_columns(sheet, decided), *_about_days(sheet), *open_ones)
    return Draft(text=_text(written, questions), questions=questions, known_as=known_as)


def _text(written: dict[str, object], questions: Sequence[str]) -> str:
    head = "# Drafted from a file: check each line before it is used.\n"
    asked = "".join(f"# ? {question}\n" for question in questions)
    body = (_dumped(key, said) for key, said in written.items() if said not in (None, {}))
    return head + asked + "".join(body)


def _dumped(key: str, value: object) -> str:
    """A key of the profile: each column on a line of its own, lists of words on one or few."""
    return yaml.safe_dump(  # pyright: ignore[reportUnknownMemberType]  (its stubs leave a type open)
        {key: value},
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None if key in {"header", "rows"} else False,
        width=LINE_WIDTH,
    )


# The table.


def _known_as(stream: BinaryIO) -> str | None:
    try:
        return read(stream)[0]
    except Unreadable:
        return None


def _sheet(stream: BinaryIO) -> _Sheet:
    """The table under a header that is known, else under a line with days and amounts below it."""
    open_by = _opener(stream)
    try:
        table = open_by(_recognised)
    except Unreadable as refusal:
        if refusal.place != "file":
            raise
        return _guessed(open_by)
    known = built_in_profile("ar-extract" if extract.recognises(table.header) else "csv")
    rows = tuple(_sample(table))
    if not layout_of(table.header, known).is_complete:  # the keys of JSON Lines, which are no words
        return _guessed(open_by)
    layout = layout_of(table.header, known)
    changed: dict[str, object] = {
        "date": day_pattern([row[layout.at["booking_date"]] for _, row in rows]) or None
    }
    if not layout.texts and (at := _wordy(rows, layout)) is not None:
        changed["columns"] = known.columns.model_copy(update={"text": (table.header[at],)})
    profile = known.model_copy(update=changed)
    return _Sheet(table=table, rows=rows, profile=profile, is_known=True)


def _wordy(rows: Sequence[Row], layout: Layout) -> int | None:
    """The column of most letters among those that the profile does not name."""
    letters = {at: letters_in([row[at] for _, row in rows]) for at in layout.extras}
    return max(letters, key=lambda at: letters[at]) if any(letters.values()) else None


def _opener(stream: BinaryIO) -> _Open:
    dress = dress_of(stream)
    if dress == "xlsx":
        book = Workbook(stream)
        return lambda is_header: xlsx.open_sheet(book, is_header)
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


def _guessed(open_by: _Open) -> _Sheet:
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


def _guessed_sheet(table: Table, rows: tuple[Row, ...], fields: dict[str, int]) -> _Sheet:
    columns = Columns(**{field: (table.header[at],) for field, at in fields.items()})
    date = day_pattern([row[fields["booking_date"]] for _, row in rows])
    base = built_in_profile("csv")
    return _Sheet(
        table=table,
        rows=rows,
        profile=base.model_copy(update={"columns": columns, "date": date or None}),
        is_known=False,
    )


# What a draft says.


def _decided(sheet: _Sheet) -> tuple[str | None, Decisions | None, list[str]]:
    """The currency, what the rows decide, and what is left open by both."""
    layout = sheet.layout
    told = layout.currency or currency_in(sheet.table.preamble)
    decided: Decisions | None = None
    open_ones: list[str] = []
    if not sheet.rows:
        open_ones.append("decimal: there are no rows to tell how amounts are written")
    else:
        try:
            decided = decide(
                iter(sheet.rows),
                layout=layout,
                profile=sheet.profile,
                currency=told,
                default=None,
            )
        except Unreadable as refusal:
            open_ones.append(f"decimal: {refusal.reason}: comma or point")
        else:
            told = decided.currency
    if told is None and "currency" not in layout.at:
        told = ARGENTINE_CURRENCY if layout.is_spanish else None
        open_ones.append(_about_currency(told))
    return told, decided, open_ones


def _amounts(sheet: _Sheet, decided: Decisions | None) -> dict[str, object]:
    """How amounts are read; nothing of what is open."""
    if decided is None:
        return {}
    in_parentheses = any(
        cell.startswith("(") for at in sheet.layout.amounts for cell in sheet.cells(at)
    )
    return {
        "decimal": decided.style,
        "parentheses_are_negative": True if in_parentheses else None,
        "sign": decided.sign,
        "order": "newest-first" if decided.newest_first else "oldest-first",
    }


def _columns(sheet: _Sheet, decided: Decisions | None) -> dict[str, object]:
    header, layout = sheet.table.header, sheet.layout
    columns: dict[str, object] = {field: header[at] for field, at in layout.at.items()}
    if decided is not None and decided.indicator is not None:
        columns["indicator"] = header[decided.indicator]
    texts = [header[at] for at in layout.texts]
    if texts:
        columns["text"] = texts[0] if len(texts) == 1 else texts
    return columns


# What it asks.


def _about_currency(default: str | None) -> str:
    if default is None:
        return "currency: nothing in the file tells it, and entries without one are set aside"
    return f"currency: nothing in the file tells it; {default} was taken, as its words are Spanish"


def _about_days(sheet: _Sheet) -> Iterator[str]:
    cells = sheet.cells(sheet.layout.at["booking_date"])
    if sheet.layout.is_spanish or sheet.profile.date is not None:
        return
    if (other := month_first(cells)) is not None:
        yield f"date: the day was taken to come first; if the month does, write date: {other}"


def _about_columns(sheet: _Sheet, decided: Decisions | None) -> Iterator[str]:
    layout, header = sheet.layout, sheet.table.header
    if not sheet.is_known:
        yield "columns: their names are not known; they were told by what their cells look like"
        if "debit" in layout.at and "balance" not in layout.at:
            names = f"{header[layout.at['debit']]} and {header[layout.at['credit']]}"
            yield f"columns: no balance tells which of {names} is the debit"
        others = [
            header[at] for at in layout.extras if header[at] and holds_amounts(sheet.cells(at))
        ]
        if others and "amount" in layout.at:
            took = header[layout.at["amount"]]
            yield f"columns.amount: {took} was taken; there are amounts in {', '.join(others)} too"
    if not layout.texts:
        yield "columns.text: no column was taken for it"
    if decided is not None and decided.sign == "amount":
        cells = sheet.cells(layout.at["amount"])
        if not any(set(cell) & set("-−–(") for cell in cells):
            yield f"sign: no amount is negative, so all are credits{_sides(sheet)}"
    others = [header[at] for at in layout.extras]
    if decided is not None and decided.indicator is not None:
        others = [name for name in others if name != header[decided.indicator]]
    if others:
        yield f"columns: kept beside each entry, under no field: {', '.join(others)}"
    if "account" not in layout.at and account_in(sheet.table.preamble, sheet.profile) is None:
        yield "account: the file names none: import it with --account"


def _sides(sheet: _Sheet) -> str:
    """Words for a column that may tell them."""
    header, layout = sheet.table.header, sheet.layout
    at = next((at for at in (*layout.extras, *layout.texts) if two_words(sheet.cells(at))), None)
    if at is None:
        return "; if some are not, which column tells?"
    one, two = two_words(sheet.cells(at))
    return (
        f"; if {header[at]} tells, write sign: indicator, columns.indicator: {header[at]},"
        f" and debit_words and credit_words for {one} and {two}"
    )
