"""Rows of the first worksheet of an XLSX file as text, streamed, and exactly as they are shown.

A spreadsheet stores a number as the decimal text of a double. Its value is what the program that
wrote it shows: at most 15 significant digits. So the text is brought to 15 digits in decimal
arithmetic, never through a float: "1234.5599999999999" is 1234.56, and what still has more decimals
than its currency is refused later. Formulas count by the value stored beside them.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Context, Decimal, InvalidOperation
from struct import error as StructError  # noqa: N812  (the library writes it small)
from typing import IO, BinaryIO
from zlib import error as ZlibError  # noqa: N812  (the library writes it small)

from lxml import etree

from adapters.statements.model import Unreadable
from adapters.statements.table import Row

UNPACKED_BYTES_MAX = 500_000_000
"""Bytes of all parts together, unpacked."""

RATIO_MAX = 200
"""How many times smaller a part may be packed; sheets of one repeated row reach a hundred."""

MEMBERS_MAX = 1_000
SHARED_TEXT_MAX = 64_000_000
"""Characters of the texts that cells share: they are held."""

ELEMENT_BYTES_MAX = 8_000_000
"""Bytes of one row or one text, as XML."""

DAYS_MAX = 200_000
"""Days after the epoch of a day that is read: some five hundred years."""

COLUMNS_MAX = 500
CELL_LENGTH_MAX = 32_767
"""Characters of a cell: what a spreadsheet itself allows."""

_PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_FIFTEEN = Context(prec=15)
_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,3})?")
_BUILT_IN_DATES = frozenset({14, 15, 16, 17, 22})
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")


class Workbook:
    """An XLSX file: the rows of its first sheet. Raises Unreadable for what is none, or a bomb."""

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0)
        try:
            self._archive = zipfile.ZipFile(stream)
            members = self._archive.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, StructError):
            raise Unreadable("file", "no readable XLSX file") from None
        if (
            len(members) > MEMBERS_MAX
            or sum(each.file_size for each in members) > UNPACKED_BYTES_MAX
        ):
            raise Unreadable("file", "an unsafe archive: too many parts, or too large")
        for each in members:
            if each.file_size > RATIO_MAX * max(each.compress_size, 1_000):
                raise Unreadable("file", f"an unsafe archive: packed more than {RATIO_MAX} times")
            if each.flag_bits & 1 or each.compress_type not in _PACKINGS:
                raise Unreadable("file", "an archive that is encrypted, or packed in a rare way")
        self._names = {each.filename for each in members}
        self._epoch = date(1899, 12, 30)
        self._sheet = self._first_sheet()
        self._shared = self._shared_texts()
        self._dates = self._date_styles()

    def _parts(self, name: str, *tags: str) -> Iterator[etree._Element]:  # pyright: ignore[reportPrivateUsage]  (lxml has no other name for it)
        """The elements of these local names in a part; each is emptied after its turn."""
        if name not in self._names:
            return
        try:
            with self._archive.open(name) as packed:
                part = _Bounded(packed)
                parsed = etree.iterparse(
                    part,
                    events=("end",),
                    tag=[f"{{*}}{tag}" for tag in tags],
                    resolve_entities=False,
                    no_network=True,
                    huge_tree=False,
                )
                for _, element in parsed:
                    if part.is_first and element.getroottree().docinfo.doctype:
                        raise Unreadable(name, "a DOCTYPE")
                    part.start_again()
                    yield element
                    element.clear()
                    parent = element.getparent()
                    while parent is not None and element.getprevious() is not None:
                        del parent[0]
        except (
            etree.XMLSyntaxError,
            zipfile.BadZipFile,
            ZlibError,
            EOFError,
            OSError,
            RuntimeError,
            ValueError,
            StructError,
        ):
            raise Unreadable(name, "this part of the XLSX file cannot be read") from None

    def _first_sheet(self) -> str:
        first = None
        for element in self._parts("xl/workbook.xml", "workbookPr", "sheet"):
            if str(element.tag).endswith("}workbookPr") and element.get("date1904") in {
                "1",
                "true",
            }:
                self._epoch = date(1904, 1, 1)
            if str(element.tag).endswith("}sheet") and first is None:
                first = next((value for key, value in element.items() if key.endswith("}id")), None)
        for element in self._parts("xl/_rels/workbook.xml.rels", "Relationship"):
            if element.get("Id") == first and first is not None:
                target = (element.get("Target") or "").lstrip("/")
                return target if target.startswith("xl/") else f"xl/{target}"
        raise Unreadable("file", "the XLSX file has no worksheet")

    def _shared_texts(self) -> list[str]:
        texts: list[str] = []
        length = 0
        for element in self._parts("xl/sharedStrings.xml", "si"):
            texts.append(_text_of(element))
            length += len(texts[-1])
            if length > SHARED_TEXT_MAX:
                raise Unreadable("file", f"more than {SHARED_TEXT_MAX} characters of text")
        return texts

    def _date_styles(self) -> frozenset[int]:
        """The cell styles that show a number as a day."""
        declared: set[int] = set()
        for element in self._parts("xl/styles.xml", "numFmt"):
            code = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", element.get("formatCode") or "").lower()
            if "y" in code or ("d" in code and "m" in code):
                declared.add(_whole(element.get("numFmtId")))
        formats = [
            _whole(each.get("numFmtId"))
            for element in self._parts("xl/styles.xml", "cellXfs")
            for each in element
        ]
        return frozenset(
            style for style, number in enumerate(formats) if number in _BUILT_IN_DATES | declared
        )

    def rows(self) -> Iterator[Row]:
        """Each row with its number in the sheet, and its cells as text; blank cells are empty."""
        for number, element in enumerate(self._parts(self._sheet, "row"), start=1):
            line = (
                int(said)
                if (said := element.get("r") or "").isdecimal() and len(said) < 9
                else number
            )
            cells: list[str] = []
            for cell in element:
                at = _column(cell.get("r")) if cell.get("r") else len(cells)
                if at >= COLUMNS_MAX:
                    raise Unreadable(f"line {line}", f"more than {COLUMNS_MAX} columns")
                cells.extend([""] * (at + 1 - len(cells)))
                cells[at] = self._cell(line, cell)
            yield line, cells

    def _cell(self, line: int, cell: etree._Element) -> str:  # pyright: ignore[reportPrivateUsage]  (lxml has no other name for it)
        kind = cell.get("t")
        if kind == "inlineStr":
            return _text_of(cell)
        value = next((each.text or "" for each in cell if str(each.tag).endswith("}v")), "")
        if len(value) > CELL_LENGTH_MAX:
            raise Unreadable(f"line {line}", f"a cell of more than {CELL_LENGTH_MAX} characters")
        if kind == "s":
            if not value.isdecimal() or len(value) > 9 or int(value) >= len(self._shared):
                raise Unreadable(f"line {line}", "a cell refers to a text that is not there")
            return self._shared[int(value)]
        if kind in {"str", "d"}:
            return value
        if kind == "b":
            return "true" if value == "1" else "false"
        if kind == "e":
            raise Unreadable(f"line {line}", "a cell holds an error value")
        return self._number(line, value, cell.get("s") or "0") if value else ""

    def _number(self, line: int, text: str, style: str) -> str:
        if _NUMBER.fullmatch(text) is None:
            raise Unreadable(f"line {line}", "a number cell holds no number")
        try:
            number = _FIFTEEN.create_decimal(Decimal(text))
        except InvalidOperation:
            raise Unreadable(f"line {line}", "a number cell holds no number") from None
        if style.isdecimal() and len(style) < 9 and int(style) in self._dates:
            if not 0 < number < DAYS_MAX:
                raise Unreadable(f"line {line}", "a day that no calendar has")
            return _moment(self._epoch, number)
        if text.isdecimal():
            return text  # an id may have more digits than fifteen
        plain = f"{number:f}"
        if len(plain) > 40:
            raise Unreadable(f"line {line}", "a number of more than 40 digits")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain


class _Bounded:
    """A part of the archive, read no further than `ELEMENT_BYTES_MAX` for one element."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part = part
        self._left = ELEMENT_BYTES_MAX
        self.is_first = True

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises Unreadable where an element takes too many."""
        block = self._part.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise Unreadable("file", f"a row or a text of more than {ELEMENT_BYTES_MAX} bytes")
        return block

    def start_again(self) -> None:
        """An element is complete: the next one has all its bytes before it."""
        self._left = ELEMENT_BYTES_MAX
        self.is_first = False


def _moment(epoch: date, days: Decimal) -> str:
    """The day, and the time of day if there is one, to the second."""
    seconds = round(days * 86_400)
    day = epoch + timedelta(days=seconds // 86_400)
    if not (rest := seconds % 86_400):
        return day.isoformat()
    return f"{day.isoformat()} {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"


def _whole(text: str | None) -> int:
    """A number of a style; -1 for none."""
    return (
        int(text)
        if text is not None and text.isascii() and text.isdecimal() and len(text) < 9
        else -1
    )


def _column(reference: str | None) -> int:
    """The index of the column of a cell such as "AB12"."""
    found = _REFERENCE.fullmatch(reference or "")
    if found is None:
        raise Unreadable("file", "a cell of the XLSX file stands nowhere")
    index = 0
    for letter in found[1]:
        index = index * 26 + ord(letter) - 64
    return index - 1


def _text_of(element: etree._Element) -> str:  # pyright: ignore[reportPrivateUsage]  (lxml has no other name for it)
    """The runs of a text, without phonetic hints."""
    pieces = (
        each.text or ""
        for each in element.iter("{*}t")
        if (parent := each.getparent()) is None or not str(parent.tag).endswith("}rPh")
    )
    return "".join(pieces)[:CELL_LENGTH_MAX]
