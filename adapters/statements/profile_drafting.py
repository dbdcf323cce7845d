"""Drafts a profile from a file, for an analyst to correct, and shows what it reads by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

import yaml

from adapters.statements import extract, plain_csv
from adapters.statements.deciding import decide
from adapters.statements.layout import layout_of
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.plain_csv import read_by
from adapters.statements.profiles import built_in_profile, load_profile
from adapters.statements.table import Table, encoding_of, open_table

SHOWN_ENTRIES = 10
"""Entries that are shown of a file."""

COLUMNS_LEAST = 3
"""Columns that make a line look like the header of a table whose words nobody knows."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A profile as YAML text; `entries` are the first that it reads, or `refusal` says why none."""

    text: str
    entries: tuple[Entry | Statement, ...]
    refusal: Unreadable | None


def draft_profile(stream: BinaryIO, *, name: str) -> Draft:
    """A profile for the table in a file. Raises Unreadable where no line looks like a header.

    Names that are known say what they are; of a header of others the first three columns are taken
    for day, text and amount, which the analyst has to correct.
    """
    table = _table(stream)
    known = built_in_profile("ar-extract" if extract.recognises(table.header) else "csv")
    layout = layout_of(table.header, known)
    drafted: dict[str, object] = {
        "name": name,
        "format": known.format,
        "header": [name for name in table.header if name],
        "separator": table.separator,
        "currency": layout.currency or known.currency,
    }
    columns: dict[str, object] = dict(
        zip(("booking_date", "text", "amount"), table.header, strict=False)
    )
    if layout.is_complete:
        decided = decide(
            table.rows,
            layout=layout,
            profile=known,
            currency=layout.currency,
            default=known.currency,
        )
        drafted |= {
            "decimal": decided.style,
            "sign": decided.sign,
            "order": "newest-first" if decided.newest_first else "oldest-first",
        }
        columns = {field: table.header[at] for field, at in layout.at.items()}
        columns["text"] = [table.header[at] for at in layout.texts]
    drafted["columns"] = {field: said for field, said in columns.items() if said}
    marks = known.rows.model_dump()
    drafted["rows"] = {kind: list(words) for kind, words in marks.items() if words}
    written = {key: value for key, value in drafted.items() if value is not None}
    dump = yaml.safe_dump(written, allow_unicode=True, sort_keys=False)  # pyright: ignore[reportUnknownMemberType]  (its stubs leave a width open)
    return shown(stream, _HEAD + dump)


def _table(stream: BinaryIO) -> Table:
    """The table under a header that is known, else under the first line that looks like one."""
    encoding = encoding_of(stream)
    try:
        return open_table(stream, is_header=_recognised, encoding=encoding, short_rows=True)
    except Unreadable as refusal:
        if refusal.place != "file":
            raise
    return open_table(stream, is_header=_looks_like_one, encoding=encoding, short_rows=True)


_HEAD = """\
# Drafted from a file: check each line, above all the columns, the date and the sign.
# date: dd/mm/yyyy     write it down if the day does not come first
"""


def shown(stream: BinaryIO, text: str) -> Draft:
    """What a profile reads of a file: its first entries. A refusal is shown, not raised."""
    try:
        profile = load_profile(text.encode())
        entries = tuple(islice(read_by(stream, profile), SHOWN_ENTRIES))
    except Unreadable as refusal:
        return Draft(text=text, entries=(), refusal=refusal)
    return Draft(text=text, entries=entries, refusal=None)


def _recognised(header: Sequence[str]) -> bool:
    return extract.recognises(header) or plain_csv.recognises(header)


def _looks_like_one(header: Sequence[str]) -> bool:
    """Enough names, all of them words."""
    return len(header) >= COLUMNS_LEAST and all(
        name and not any(map(str.isdigit, name)) for name in header
    )
