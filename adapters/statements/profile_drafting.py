"""Drafts a profile from a file, for an analyst to correct, and shows what a profile reads of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import yaml

from adapters.statements.deciding import Decisions, decide
from adapters.statements.detection import BY_PROFILE, read
from adapters.statements.directions import indicator_key, words_of
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.preamble import account_in, currency_in
from adapters.statements.profile_guessing import (
    MONTH_FIRST,
    holds_amounts,
    month_first,
    two_words,
)
from adapters.statements.profile_sheet import Sheet, sheet_in
from adapters.statements.profiles import Profile
from adapters.statements.row_marks import RowMarks
from adapters.statements.source import members
from adapters.statements.tabular import ARGENTINE_CURRENCY

SHOWN_ENTRIES = 10
"""Entries that are shown of a file."""

SHOWN_STATEMENTS = 10
"""Statements that are shown of a file."""

LINE_WIDTH = 60
"""Characters of a line of a draft; its last word may stand beyond, and fit into a terminal."""


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
        sheet = sheet_in(member)
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


def _known_as(stream: BinaryIO) -> str | None:
    try:
        return read(stream)[0]
    except Unreadable:
        return None


# What a draft says.


def _decided(sheet: Sheet) -> tuple[str | None, Decisions | None, list[str]]:
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
                unknown_words=True,
            )
        except Unreadable as refusal:
            open_ones.append(f"decimal: {refusal.reason}: comma or point")
        else:
            told = decided.currency
    if told is None and "currency" not in layout.at:
        told = ARGENTINE_CURRENCY if layout.is_spanish else None
        open_ones.append(_about_currency(told))
    return told, decided, open_ones


def _amounts(sheet: Sheet, decided: Decisions | None) -> dict[str, object]:
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
        **_words(sheet, decided),
        "order": "newest-first" if decided.newest_first else "oldest-first",
    }


def _words(sheet: Sheet, decided: Decisions) -> dict[str, object]:
    """The words for debit and credit that nobody knows without the other one of the column."""
    if decided.indicator is None:
        return {}
    said = {indicator_key(cell): cell for cell in sheet.cells(decided.indicator) if cell}
    known = words_of(sheet.profile)
    if all(known.get(word) == decided.words.get(word) for word in said):
        return {}
    return {
        f"{side}_words": [cell for word, cell in said.items() if decided.words.get(word) == sign]
        for side, sign in (("debit", -1), ("credit", 1))
    }


def _columns(sheet: Sheet, decided: Decisions | None) -> dict[str, object]:
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


def _about_days(sheet: Sheet) -> Iterator[str]:
    cells = sheet.cells(sheet.layout.at["booking_date"])
    if sheet.profile.date in MONTH_FIRST:
        yield "date: the month was taken to come first, as not all days are days otherwise"
    if sheet.layout.is_spanish or sheet.profile.date is not None:
        return
    if (other := month_first(cells)) is not None:
        yield f"date: the day was taken to come first; if the month does, write date: {other}"


def _about_columns(sheet: Sheet, decided: Decisions | None) -> Iterator[str]:
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
    if (line := _unmarked(sheet)) is not None:
        yield (
            f"rows: line {line} has no amount; if it states a balance, name the words that it"
            " begins with under opening, closing or balance"
        )
    others = [header[at] for at in layout.extras]
    if decided is not None and decided.indicator is not None:
        others = [name for name in others if name != header[decided.indicator]]
    if others:
        yield f"columns: kept beside each entry, under no field: {', '.join(others)}"
    if "account" not in layout.at and account_in(sheet.table.preamble, sheet.profile) is None:
        yield "account: the file names none: import it with --account"


def _unmarked(sheet: Sheet) -> int | None:
    """The line of the first row with words and no amount that no mark tells of."""
    marks = RowMarks(sheet.profile.rows)
    texts = sheet.layout.texts
    for line, row in sheet.rows:
        words = [row[at] for at in texts if row[at]]
        if words and not sheet.moves(row) and marks.among(words) is None:
            return line
    return None


def _sides(sheet: Sheet) -> str:
    """Words for a column that may tell them."""
    header, layout = sheet.table.header, sheet.layout
    moving = [row for _, row in sheet.rows if sheet.moves(row)]
    said = {at: two_words([row[at] for row in moving]) for at in (*layout.extras, *layout.texts)}
    at = next((at for at, words in said.items() if words), None)
    if at is None:
        return "; if some are not, which column tells?"
    one, two = said[at]
    return (
        f"; if {header[at]} tells, write sign: indicator, columns.indicator: {header[at]},"
        f" and debit_words and credit_words for {one} and {two}"
    )
