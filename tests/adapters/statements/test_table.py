"""Delimited text: encoding, separator, header, widths, and what is refused in bounded memory."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.statements.model import Unreadable
from adapters.statements.table import (
    LINE_LENGTH_MAX,
    Table,
    ends_in_line_end,
    normalised,
    open_table,
)


def is_header(names: Sequence[str]) -> bool:
    return "fecha" in names and "importe" in names


def opened(content: str | bytes, **options: object) -> Table:
    data = content.encode() if isinstance(content, str) else content
    return open_table(io.BytesIO(data), is_header=is_header, **options)  # pyright: ignore[reportArgumentType]


def refused(content: str | bytes, **options: object) -> Unreadable:
    with pytest.raises(Unreadable) as found:
        list(opened(content, **options).rows)
    return found.value


@pytest.mark.parametrize("separator", [";", ",", "|", "\t"])
def test_the_separator_is_the_one_that_yields_the_header(separator: str):
    """A title full of other separators above the header misleads nobody."""
    lines = ["Banco; a, b | c\td", separator.join(("Fecha", "Importe")), separator.join("12")]
    table = opened("\n".join(lines))
    assert (table.separator, table.header_line, list(table.rows)) == (
        separator,
        2,
        [(3, ["1", "2"])],
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_encoding_is_found(encoding: str):
    """With a mark or without one, an ñ stays an ñ."""
    table = opened("Año\nFecha;Importe\nñandú;1\n".encode(encoding))
    assert (table.preamble, list(table.rows)) == (("Año",), [(3, ["ñandú", "1"])])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_form_of_line_end_counts_as_one_line(end: str):
    """Lines are numbered alike; a line break in quotes counts, and is kept."""
    table = opened(end.join(["Fecha;Importe", '"a', 'b";1', "", "c;2", ""]))
    assert list(table.rows) == [(2, ["a\nb", "1"]), (5, ["c", "2"])]


def test_names_are_compared_without_case_accents_and_punctuation():
    """A number sign, a degree sign and an underscore make no difference."""
    spellings = ("Nº Comprobante", "n°_COMPROBANTE", " N. Comprobante:")
    assert {normalised(name) for name in spellings} == {"n comprobante"}


def test_a_row_of_another_width_is_refused_with_its_line():
    """Too many and too few columns are both named; empty cells at the end are no columns."""
    assert refused("Fecha;Importe\n1;2\n3\n") == Unreadable(
        "line 3", "1 columns, but the header has 2"
    )
    assert refused("Fecha;Importe\n1;2;3\n") == Unreadable(
        "line 2", "3 columns, but the header has 2"
    )
    assert list(opened("Fecha;Importe;;\n1;2;\n;;;;\n3;4;\n").rows)[1] == (4, ["3", "4"])


def test_a_row_with_more_separators_than_the_others_is_refused():
    """A separator that nobody quoted moves cells into other columns: an empty last one hides it."""
    text = "Fecha;Importe\n1;2;\n3;4;;\n"
    assert refused(text) == Unreadable("line 3", "4 columns, but the rows before have 3")


def test_short_rows_are_given_to_who_asks_for_them():
    """A reader that knows notes judges short rows itself."""
    assert list(opened("Fecha;Importe\nnota\n", short_rows=True).rows) == [(2, ["nota"])]


def test_nul_and_unknown_bytes_are_refused_with_their_line():
    """NUL is no text, nor is a byte that Windows-1252 leaves open, nor half of UTF-16."""
    assert refused("Fecha;Importe\n1;\0\n") == Unreadable("line 2", "a NUL character")
    assert refused(b"Fecha;Importe\n1;2\n\x81;2\n").place == "line 3"
    assert refused(b"\xff\xfeF\0e\0c").reason.startswith(("bytes that are no text", "no line is"))


def test_quotes_that_do_not_end_are_refused_with_the_line_of_their_start():
    """An open quote swallows the rest of a file: the row is named in which it stands."""
    assert refused('Fecha;Importe\n1;2\n3;"4\n5;6\n') == Unreadable(
        "line 3", "a quoted field does not end"
    )
    assert refused('Fecha;Importe\n"1"2;3\n').reason.startswith("a quoted field goes on")


class Endless(io.RawIOBase):
    """A stream of a gigabyte that holds nothing, and counts how much of it was read."""

    def __init__(self, start: bytes, again: bytes) -> None:
        self.start, self.again, self.at, self.read_bytes = start, again, 0, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        assert 0 < size <= 1 << 20, "a reader asks for blocks"
        self.read_bytes += size
        piece = (self.start[self.at :] + self.again * (size // len(self.again) + 1))[:size]
        self.at += size
        return piece if self.at < 1 << 30 else b""


@pytest.mark.parametrize("again", [b"x", b'"a\n";'], ids=["line", "row"])
def test_a_line_or_row_without_end_is_refused_early(again: bytes):
    """A gigabyte without an end of its line or its row is refused within a few blocks."""
    stream = Endless(b"Fecha;Importe\n1;2\n", again)
    with pytest.raises(Unreadable):
        list(open_table(stream, is_header=is_header, encoding="utf-8").rows)  # pyright: ignore[reportArgumentType]
    assert stream.read_bytes < 40 * LINE_LENGTH_MAX


def test_a_file_without_a_header_is_refused():
    """Nothing tells the columns of a table without a known header, nor of an empty file."""
    for content in ("", "a;b\n1;2\n", "x" * 10_000):
        assert refused(content).place == "file"


def test_the_end_of_the_last_line_is_seen():
    """Also in UTF-16, and before a Ctrl-Z."""
    ended = {b"", b"a\n", b"a\r\n", b"a\n\x1a", "a\n".encode("utf-16-le")}
    assert all(ends_in_line_end(io.BytesIO(data)) for data in ended)
    assert not any(ends_in_line_end(io.BytesIO(data)) for data in (b"a", "a".encode("utf-16")))


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS).filter(lambda row: "".join(row).strip()), max_size=8))
def test_what_csv_writes_is_read_back(rows: list[tuple[str, str]]):
    """Quotes, separators and line breaks inside fields come back as they were."""
    text = "Fecha;Importe\n" + "".join(
        ";".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows
    )
    assert [tuple(cells) for _, cells in opened(text).rows] == rows
