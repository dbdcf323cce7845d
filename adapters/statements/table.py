"""Delimited text as a stream of rows: encoding, line ends, separator, header search, row widths.

Every reader of a CSV kind stands on this. A line or a row without end, NUL, unknown bytes and open
quotes are refused in bounded memory. What a cell says is read by `cells.py`.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import BinaryIO, TypeAlias

from adapters.statements.model import Unreadable

BLOCK_BYTES = 1 << 16
"""Bytes that are decoded at a time."""

LINE_LENGTH_MAX = 1 << 16
"""Characters of a line; a longer one is refused before as many again have been read."""

HEADER_LINES_MAX = 200
"""Lines in which a header is looked for."""

ROW_BLOCKS_MAX = 8
"""Blocks that one row may take; a quote that never ends would take all."""

HEADER_HEIGHT_MAX = 5
"""Lines that one header may take, by line breaks inside its quotes."""

SEPARATORS = ";,|\t"

Row: TypeAlias = tuple[int, list[str]]
"""The line on which a row starts, from 1, and its cells."""

Split: TypeAlias = Callable[[Iterable[str], str, int], Iterator[Row]]
"""Rows of lines at a separator; the number is that of the lines before. A blank line may be a row
without cells. `split_strictly` unless a format has its own way.
"""


@dataclass(kw_only=True)
class Table:
    """A table inside a text file, open at its first row.

    `header` is as written, `names` is normalised; `preamble` are the lines before the header, which
    stands on line `header_line`. `rows` yields each row that holds anything; a row has the width
    of the header, unless short rows were asked for.
    """

    header: tuple[str, ...]
    names: tuple[str, ...]
    header_line: int
    preamble: tuple[str, ...]
    separator: str
    rows: Iterator[Row] = field(repr=False)


def open_table(
    stream: BinaryIO,
    *,
    is_header: Callable[[Sequence[str]], bool],
    separators: str = SEPARATORS,
    encoding: str | None = None,
    short_rows: bool = False,
    split: Split | None = None,
) -> Table:
    """The table whose header is the first line that `is_header` knows by its normalised names.

    The separator is the one of `separators` that yields it, and most columns. With `short_rows` the
    caller judges rows of fewer cells. Raises Unreadable, also while rows are read.
    """
    progress = _Progress()
    text = lines(stream, encoding or encoding_of(stream), progress=progress)
    head = list(islice(text, HEADER_LINES_MAX + HEADER_HEIGHT_MAX))
    found = find_header(head, is_header=is_header, separators=separators)
    if found is None:
        raise Unreadable("file", "no line is a header that is known, so nothing tells the columns")
    at, height, separator, cells = found
    before = at + height
    rest = (split or split_strictly)(chain(head[before:], text), separator, before)
    return Table(
        header=tuple(cells),
        names=tuple(map(normalised, cells)),
        header_line=at + 1,
        preamble=tuple(line.rstrip("\n") for line in head[:at]),
        separator=separator,
        rows=_checked(rest, width=len(cells), short_rows=short_rows, progress=progress),
    )


def find_header(
    head: Sequence[str], *, is_header: Callable[[Sequence[str]], bool], separators: str = SEPARATORS
) -> tuple[int, int, str, list[str]] | None:
    """Index and height in lines of the first header among the lines, its separator and its cells.

    Empty names at its end are left out. None if there is none.
    """
    if head and (declared := re.fullmatch(r'"?sep=(.)"?\n?', head[0])) is not None:
        separators = declared[1]
    for at in range(min(len(head), HEADER_LINES_MAX)):
        height = _height(head, at)
        best: tuple[int, int, str, list[str]] | None = None
        for separator in separators:
            cells = _cells_of(head[at : at + height], separator)
            if is_header([normalised(cell) for cell in cells]) and (
                best is None or len(cells) > len(best[3])
            ):
                best = at, height, separator, cells
        if best is not None:
            return best
    return None


def _height(head: Sequence[str], at: int) -> int:
    """How many lines from `at` on belong together by an open quote; 1 if the quote never ends."""
    quotes = 0
    for height in range(1, HEADER_HEIGHT_MAX + 1):
        if at + height > len(head):
            break
        quotes += head[at + height - 1].count('"')
        if quotes % 2 == 0:
            return height
    return 1


def _cells_of(header: Sequence[str], separator: str) -> list[str]:
    try:
        cells = [" ".join(cell.split()) for cell in next(csv.reader(header, delimiter=separator))]
    except (csv.Error, StopIteration):
        return []
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _checked(
    rows: Iterator[Row], *, width: int, short_rows: bool, progress: _Progress
) -> Iterator[Row]:
    beyond: int | None = None  # blank cells behind the last column, by separators that end a row
    for row in rows:
        line, cells = row
        progress.line = line
        if (count := len(cells)) != width:
            if not any(map(str.strip, cells)):
                continue
            if any(map(str.strip, cells[width:])) or (count < width and not short_rows):
                raise Unreadable(f"line {line}", f"{count} columns, but the header has {width}")
            del cells[width:]
        if not short_rows and count - width != beyond:
            if beyond is not None:
                raise Unreadable(
                    f"line {line}", f"{count} columns, but the rows before have {width + beyond}"
                )
            beyond = count - width
        yield row


def split_strictly(text: Iterable[str], separator: str, before: int) -> Iterator[Row]:
    """Rows by RFC 4180: quotes hold separators and line breaks; a quote inside is doubled.

    Raises Unreadable for quotes that do not end, or that end amid a field.
    """
    reader = csv.reader(text, delimiter=separator, strict=True)
    line = before + 1
    try:
        for cells in reader:
            yield line, cells
            line = before + reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(f"line {line}", _why(error)) from None


def _why(error: csv.Error) -> str:
    said = str(error)
    if "unexpected end" in said:
        return "a quoted field does not end"
    if "expected after" in said:
        return "a quoted field goes on after its closing quote"
    if "field larger" in said:
        return f"a field of more than {csv.field_size_limit()} characters"
    return "the row cannot be split into fields"


def normalised(name: str) -> str:
    """A column name without case, accents and punctuation: "Nº_Comprobante" is "n comprobante"."""
    plain = unicodedata.normalize("NFKD", name.replace("º", " ").replace("ª", " ").casefold())
    letters = (sign for sign in plain if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in letters).split())


# Bytes to lines.

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(stream: BinaryIO) -> str:
    """What the byte order mark says; else UTF-8 if the whole file is; else Windows-1252."""
    stream.seek(0)
    start = stream.read(4)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        block = start
        while block:
            decoder.decode(block)
            block = stream.read(BLOCK_BYTES)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


@dataclass
class _Progress:
    """The line of the row that was read last; 0 while no row has been asked for."""

    line: int = 0


def lines(stream: BinaryIO, encoding: str, *, progress: _Progress | None = None) -> Iterator[str]:
    """The lines of the whole text, each ending in a line feed except perhaps the last.

    All forms of line end become a line feed; a Ctrl-Z at the end is left out. Raises Unreadable for
    bytes that the encoding does not know, for NUL and for a line without end.
    """
    return chain.from_iterable(_blocks(stream, encoding, progress or _Progress()))


def _blocks(stream: BinaryIO, encoding: str, progress: _Progress) -> Iterator[io.StringIO]:
    """Runs of whole lines: iterating a StringIO costs a tenth of a generator of lines."""
    stream.seek(0)
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    line, rest, block = 1, "", b"-"
    row_line, row_blocks = 0, 0
    while block:
        block = stream.read(BLOCK_BYTES)
        text = rest + _decoded(decoder, block, line=line, encoding=encoding)
        if "\0" in text:
            at = line + text.count("\n", 0, text.index("\0"))
            raise Unreadable(f"line {at}", "a NUL character")
        end = text.rfind("\n") + 1
        rest = text[end:]
        yield io.StringIO(text[:end], newline="\n")
        line += text.count("\n")
        if len(rest) > LINE_LENGTH_MAX:
            raise Unreadable(f"line {line}", f"more than {LINE_LENGTH_MAX} characters")
        row_blocks = row_blocks + 1 if row_line == progress.line and row_line else 0
        row_line = progress.line
        if row_blocks > ROW_BLOCKS_MAX:
            raise Unreadable(f"line {row_line} or the next", "a quoted field does not end")
    yield io.StringIO(rest.rstrip("\x1a"), newline="\n")


def _decoded(
    decoder: io.IncrementalNewlineDecoder, block: bytes, *, line: int, encoding: str
) -> str:
    try:
        return decoder.decode(block, final=not block)
    except UnicodeDecodeError as error:
        at = line + error.object.count(b"\n", 0, error.start)
        raise Unreadable(f"line {at}", f"bytes that are no text in {encoding}") from None
    except UnicodeError:  # UTF-16 without its mark
        raise Unreadable(f"line {line}", f"bytes that are no text in {encoding}") from None


def ends_in_line_end(stream: BinaryIO) -> bool:
    """Whether the last line of the text has its end, in any encoding; so has an empty text."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - 4))
    return stream.read().rstrip(b"\0\x1a")[-1:] in {b"", b"\n", b"\r"}
