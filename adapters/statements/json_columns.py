"""Rows whose JSON cells are not valid CSV: quotes inside are not doubled, or there are none at all.

Mercado Pago writes `,"[{"entity":"caba","amount":"-1.00"}]",` and `,[{entity:caba,amount:-1.00}],`
beside proper fields. A usual lax reader cuts such a cell at its commas and displaces every column
after it without a word. Here a cell that begins with a bracket ends where its brackets close, and
whoever opens the table still counts the columns of each row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from adapters.statements.model import Unreadable
from adapters.statements.table import Row

ROW_LENGTH_MAX = 1 << 18
"""Characters of a row, over all lines that its quotes join."""

ROW_LINES_MAX = 200
"""Lines of a row: each further one costs a look at the whole row."""

OBJECTS_LENGTH_MAX = 1 << 14
"""Characters of a cell in which objects are looked for."""

OPEN_BRACKETS_MAX = 20
"""Cells of a row that may begin with a bracket that never closes: each costs a look at the rest."""

_OBJECT = re.compile(r"\{([^{}]*)\}")
_PAIR = re.compile(
    r"""(?<![A-Za-z0-9_])([A-Za-z_][A-Za-z0-9_]*)\\?["']?\s*:\s*
        (?:\\?"((?:[^"\\]|\\[^"])*)\\?"|'([^']*)'|([^,"'{}\[\]]*))""",
    re.VERBOSE,
)
_BRACKETS = re.compile(r"[\[\]{}]")


def split_laxly(text: Iterable[str], separator: str, before: int) -> Iterator[Row]:
    """Rows of lines, `before` of which stood earlier: RFC 4180, but a quote inside may stand alone.

    Raises Unreadable for quotes that do not end.
    """
    lines = iter(text)
    number = before
    for line in lines:
        number += 1
        first = number
        row = line.rstrip("\n")
        if '"' not in row and "[" not in row and "{" not in row:
            if row:
                yield first, row.split(separator)
            continue
        while (cells := _cells(row, separator, first)) is None:
            further = next(lines, None)
            if (
                further is None
                or number - first >= ROW_LINES_MAX
                or len(row) + len(further) > ROW_LENGTH_MAX
            ):
                raise Unreadable(f"line {first}", "a quoted field does not end")
            number += 1
            row += "\n" + further.rstrip("\n")
        yield first, cells


def objects_in(text: str) -> list[dict[str, str]]:
    """The flat objects of a JSON cell, values as text, whether keys and values are quoted or not.

    Nothing is raised for what is no object, or for a cell that is too long: it is left out. No
    number is computed.
    """
    if len(text) > OBJECTS_LENGTH_MAX:
        return []
    return [
        {
            pair[1]: next((value for value in pair.groups()[1:] if value is not None), "").strip()
            for pair in _PAIR.finditer(found[1])
        }
        for found in _OBJECT.finditer(text)
    ]


def _cells(row: str, separator: str, line: int) -> list[str] | None:
    """The cells of a row; None while the quotes of its last cell are open."""
    cells: list[str] = []
    at, unclosed = 0, 0
    while True:
        sign = row[at : at + 1]
        if sign == '"':
            quoted = _quoted(row, at + 1, separator)
            if quoted is None:
                return None
            cell, end = quoted
        elif sign in ("[", "{"):
            end = _closing(row, at, separator)
            if end < 0:
                unclosed += 1
                if unclosed > OPEN_BRACKETS_MAX:
                    raise Unreadable(f"line {line}", "brackets open that do not close")
                end = _before(separator, row, at)
            cell = row[at:end]
        else:
            end = _before(separator, row, at)
            cell = row[at:end]
        cells.append(cell)
        if end >= len(row):
            return cells
        at = end + 1


def _before(separator: str, row: str, at: int) -> int:
    end = row.find(separator, at)
    return len(row) if end < 0 else end


def _quoted(row: str, start: int, separator: str) -> tuple[str, int] | None:
    """A quoted cell's text and where it ends, behind its quote; None if that is not in the row.

    It ends at a quote before a separator or the end. Doubled quotes are one, until a quote stands
    alone: from there on the text is taken as it is, and if it is JSON its brackets must be closed.
    """
    is_json = row[start : start + 1] in ("[", "{")
    alone = False
    depth, counted = 0, start
    at = row.find('"', start)
    while at >= 0:
        after = row[at + 1 : at + 2]
        if not after or after == separator:
            if not (alone and is_json):
                break
            depth += _depth(row, counted, at)
            counted = at
            if depth <= 0:
                break
            at = row.find('"', at + 1)
        elif after == '"' and not alone:
            at = row.find('"', at + 2)
        else:
            alone = True
            at = row.find('"', at + 1)
    if at < 0:
        return None
    cell = row[start:at]
    return (cell if alone else cell.replace('""', '"')), at + 1


def _depth(row: str, start: int, end: int) -> int:
    """How many more brackets open than close in a part of the row."""
    opened = row.count("[", start, end) + row.count("{", start, end)
    return opened - row.count("]", start, end) - row.count("}", start, end)


def _closing(row: str, start: int, separator: str) -> int:
    """Where brackets that open here have closed, before a separator or the end; -1 if nowhere."""
    depth = 0
    for found in _BRACKETS.finditer(row, start):
        depth += 1 if found[0] in "[{" else -1
        if depth == 0 and row[found.end() : found.end() + 1] in ("", separator):
            return found.end()
    return -1
