"""The first worksheet of an XLSX file as a table, as `table.py` makes one of a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from adapters.statements.model import Unreadable
from adapters.statements.table import HEADER_LINES_MAX, Row, Table, normalised
from adapters.statements.xlsx_cells import Workbook


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
