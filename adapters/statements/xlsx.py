"""Movements in the first worksheet of an XLSX file: as an account extract or as a plain table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from adapters.statements import extract, plain_csv
from adapters.statements.layout import layout_of
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.profiles import Profile, built_in_profile
from adapters.statements.table import HEADER_LINES_MAX, Row, Table, normalised
from adapters.statements.tabular import read_table
from adapters.statements.xlsx_cells import Workbook

FORMATS = ("ar-extract", "csv")
"""What it is called: by its header, as the same table in CSV would be."""


def recognises(header: Sequence[str]) -> bool:
    """Whether a row is the header of movements."""
    return extract.recognises(header) or plain_csv.recognises(header)


def format_of(stream: BinaryIO) -> str:
    """Which of `FORMATS` the first worksheet is. Raises Unreadable."""
    table = open_sheet(Workbook(stream), recognises)
    return "ar-extract" if extract.recognises(table.names) else "csv"


def read(stream: BinaryIO, profile: Profile | None = None) -> Iterator[Entry | Statement]:
    """The entries of the first worksheet and its statement, by a profile or by its header.

    Raises Unreadable.
    """
    book = Workbook(stream)
    if profile is None:
        names = open_sheet(book, recognises).names
        chosen = built_in_profile("ar-extract" if extract.recognises(names) else "csv")
        is_header = recognises
    else:
        chosen, is_header = profile, _known_to(profile)
    return read_table(lambda: open_sheet(book, is_header), chosen)


def _known_to(profile: Profile) -> Callable[[Sequence[str]], bool]:
    return lambda names: profile.knows(frozenset(names)) and layout_of(names, profile).is_complete


def open_sheet(book: Workbook, is_header: Callable[[Sequence[str]], bool]) -> Table:
    """The table below the first row that `is_header` knows. Raises Unreadable."""
    rows = book.rows()
    preamble: list[str] = []
    for line, cells in islice(rows, HEADER_LINES_MAX):
        header = [" ".join(cell.split()) for cell in cells]
        while header and not header[-1]:
            header.pop()
        if is_header([normalised(name) for name in header]):
            return Table(
                header=tuple(header),
                names=tuple(map(normalised, header)),
                header_line=line,
                preamble=tuple(preamble),
                separator="",
                rows=_full(rows, len(header)),
            )
        preamble.append("; ".join(filter(None, cells)))
    raise Unreadable("file", "no row is a header that is known, so nothing tells the columns")


def _full(rows: Iterator[Row], width: int) -> Iterator[Row]:
    """Rows of the header's width: a worksheet leaves out what is blank at the end."""
    for line, cells in rows:
        if any(map(str.strip, cells)):
            if any(map(str.strip, cells[width:])):
                raise Unreadable(f"row {line}", f"cells beyond the {width} columns of the header")
            yield line, (cells + [""] * (width - len(cells)))[:width]
