"""Which format a statement file has, by its first bytes and never by its name; and its reader.

What is not read is refused by name. Readers are imported when they are first needed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias

from adapters.statements.model import Entry, Reader, Statement, Unreadable
from adapters.statements.source import is_workbook, members

if TYPE_CHECKING:
    from adapters.statements.profiles import Profile

HEAD_BYTES: Final = 1 << 16
"""Bytes that are looked at."""

COLUMNS_MAX: Final = 300
"""Columns of a line that may be the header of a table."""

Records: TypeAlias = Iterator[Entry | Statement]
Recognises: TypeAlias = Callable[[Sequence[str]], bool]

READERS: Final = {
    "camt.052": "camt",
    "camt.053": "camt",
    "camt.054": "camt",
    "mt940": "mt940",
    "mt942": "mt940",
    "bai2": "bai2",
    "mp-release": "mercado_pago",
    "mp-settlement": "mercado_pago",
    "stripe-payout": "stripe",
    "adyen-sdr": "adyen",
    "ar-card": "card_liquidation",
    "ar-extract": "extract",
    "csv": "plain_csv",
    "jsonl": "jsonl",
    "xlsx": "xlsx",
}
"""The formats that are read, and the module that reads each. A table in JSON Lines or in a workbook
is told as what it holds.
"""

TABLES: Final = ("mp-release", "stripe-payout", "adyen-sdr", "ar-card", "ar-extract", "csv")
"""The tables that a header may be of; those with the fewest likenesses first."""

BY_PROFILE: Final = ("csv", "ar-extract", "jsonl", "xlsx")
"""The formats that may be read by a profile."""

_VERSION: Final = re.compile(r"\.[0-9]{3}(?:\.[0-9]{1,2})?")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BINARY: Final = {
    b"%PDF": "pdf is not read: ask the bank for another format",
    b"\xd0\xcf\x11\xe0": "xls is not read: save the workbook as XLSX or CSV",
    b"{\\rtf": "rtf is not read",
    b"\x89PNG": "png is not read: it is an image",
    b"\xff\xd8\xff": "jpeg is not read: it is an image",
    b"7z\xbc\xaf": "7z is not read: pack the file as zip or gzip",
    b"Rar!": "rar is not read: pack the file as zip or gzip",
    b"BZh": "bzip2 is not read: pack the file as zip or gzip",
    b"\xfd7zXZ": "xz is not read: pack the file as zip or gzip",
    b"\x28\xb5\x2f\xfd": "zstd is not read: pack the file as zip or gzip",
    b"-----BEGIN PGP": "pgp is not read: decrypt the file first",
    b"OFXHEADER": "ofx is not read: ask the bank for another format",
    b"!Type:": "qif is not read: ask the bank for another format",
    b"!Account": "qif is not read: ask the bank for another format",
    b"!Option:": "qif is not read: ask the bank for another format",
}
"""What is refused by name, by its first bytes."""

_OFX: Final = re.compile(rb"(?:<\?(?!OFX)[^>]{0,200}>\s*)?<\??OFX\b")
_JSON_ARRAY: Final = re.compile(rb"\[\s{0,100}[\[{]")
_HTML: Final = re.compile(rb"<(?:!DOCTYPE\s+html|html|head|body|table|meta|style)\b", re.IGNORECASE)
_ELEMENT: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,40}:)?([A-Za-z_][\w.-]{0,40})")
_BAI2: Final = re.compile(rb"(?:01|02|03|16|49|88|98|99)[ \t]*,[^\r\n]*[/,]")
_SWIFT: Final = re.compile(rb"\{1:[^{}]{0,40}\}\s*\{2:[IO]([0-9]{3})")
_STATEMENT_TYPES: Final = frozenset({b"940", b"941", b"942", b"950"})


def format_named(name: str) -> str:
    """The format of this name, which may have a version: "camt.053.001.08".

    Raises Unreadable for a format that is not read.
    """
    plain = name[:8] if name.startswith("camt.") and _VERSION.fullmatch(name[8:]) else name
    if plain not in READERS:
        raise Unreadable("format", f"this one is not read; those that are: {', '.join(READERS)}")
    return plain


def read(
    stream: BinaryIO, *, form: str | None = None, profile: Profile | None = None
) -> tuple[str, Records]:
    """The format of a file, which may be packed, and its records; those of all members of a zip.

    `form` names a format and goes before what the content says; with a `profile` it is one of
    BY_PROFILE. Raises Unreadable, also while records are read.
    """
    form = None if form is None else format_named(form)
    found = members(stream)
    first = next(found)
    with _placed(first.name):
        name, records = _opened(first.stream, form, profile)

    def all_records() -> Records:
        with _placed(first.name):
            yield from records
        for each in found:
            with _placed(each.name):
                own_name, own_records = _opened(each.stream, form, profile)
                if own_name != name:
                    raise Unreadable("file", f"it is {own_name}, and the first member is {name}")
                yield from own_records

    return name, all_records()


def detect(stream: BinaryIO) -> str:
    """The format of a file that is not packed, one of READERS. Raises Unreadable for any other."""
    head, text = _head(stream)
    if is_workbook(stream):
        return "xlsx"
    if text.startswith(b"<"):
        return _message(head, text)
    if b"\0" in head and not head.startswith(_UTF_16):
        line = head.count(b"\n", 0, head.index(b"\0")) + 1
        seen = "binary data" if line == 1 else "a NUL character"
        raise Unreadable(f"line {line}", f"unknown format: {seen}, which no text has")
    found = ("bai2" if _BAI2.match(text) else None) or _swift(head) or _table(head)
    if found is None:
        words = "text without a header that is known: a day, and an amount or debit and credit"
        raise Unreadable("file", f"unknown format: {words}")
    return found


def dress_of(stream: BinaryIO) -> str:
    """What a table is dressed in that a profile describes: "csv", "jsonl" or "xlsx".

    Whether it is that table, its reader finds out. Raises Unreadable for what no profile describes.
    """
    head, text = _head(stream)
    if is_workbook(stream):
        return "xlsx"
    found = _message(head, text) if text.startswith(b"<") else _swift(head)
    if found is not None:
        raise Unreadable("file", f"it is {found}, which is read without a profile")
    return "jsonl" if text.startswith(b"{") else "csv"


def _head(stream: BinaryIO) -> tuple[bytes, bytes]:
    """The first bytes, and what they are plainly. Raises Unreadable for what is nothing we read."""
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    text = _plain(head)
    if not text:
        raise Unreadable("file", "the file is empty")
    for sign, what in _BINARY.items():
        if text.startswith(sign):
            raise Unreadable("file", f"unknown format: {what}")
    if _JSON_ARRAY.match(text):
        raise Unreadable("line 1", "unknown format: a JSON array is not read, but an object a line")
    return head, text


@contextmanager
def _placed(name: str | None) -> Generator[None]:
    """What is refused inside is refused in this member."""
    try:
        yield
    except Unreadable as refusal:
        if name is None:
            raise
        place = name if refusal.place == "file" else f"{name}, {refusal.place}"
        raise Unreadable(place, refusal.reason) from None


def _opened(stream: BinaryIO, form: str | None, profile: Profile | None) -> tuple[str, Records]:
    """The format of one file, as it is told, and its records."""
    if profile is not None:
        return _opened_by(stream, form, profile)
    reader = detect(stream) if form is None else _chosen(stream, form)
    stream.seek(0)
    name = _told(stream, reader)
    if form not in {None, reader, name}:
        raise Unreadable("file", f"it is {name}, not {form}")
    stream.seek(0)
    if reader == "xlsx" and name not in BY_PROFILE:
        reader = name  # which reads a workbook as it does a text
    read_it: Reader = import_module(f"adapters.statements.{READERS[reader]}").read
    return name, read_it(stream)


def _opened_by(stream: BinaryIO, form: str | None, profile: Profile) -> tuple[str, Records]:
    dress = dress_of(stream)
    if form not in {None, dress, profile.format}:
        raise Unreadable("file", f"it is {dress}, not {form}")
    return profile.format, records_by(stream, profile, dress=dress)


def records_by(stream: BinaryIO, profile: Profile, *, dress: str) -> Records:
    """The records of a table by a profile; `dress` is what `dress_of` said of the file."""
    from adapters.statements import jsonl, plain_csv, xlsx

    stream.seek(0)
    readers = {"csv": plain_csv.read_by, "jsonl": jsonl.read, "xlsx": xlsx.read}
    return readers[dress](stream, profile)


def _told(stream: BinaryIO, reader: str) -> str:
    if reader == "xlsx":
        from adapters.statements.sheet import open_sheet
        from adapters.statements.xlsx_cells import Workbook

        recognised = _recognised()
        table = open_sheet(Workbook(stream), lambda names: recognised(names) is not None)
        return recognised(table.header) or "csv"
    return "csv" if reader == "jsonl" else reader


def _chosen(stream: BinaryIO, form: str) -> str:
    """What reads a file as this format: its own reader, or that of the dress a table is in.

    A reader of several formats tells them apart itself, so it is not told another one.
    """
    try:
        found = detect(stream)
    except Unreadable:
        return form
    if found in {"jsonl", "xlsx"} and form in {"csv", "ar-extract"}:
        return found
    if READERS[found] == READERS[form] and found != form:
        raise Unreadable("file", f"it is {found}, not {form}")
    return form


# What bytes say.


def _plain(head: bytes) -> bytes:
    """The head without byte order mark, white space before the first sign, and zeros of UTF-16."""
    if head.startswith(_UTF_16) or head[:2] in {b"<\0", b"\0<"}:
        head = head.removeprefix(_UTF_16[0]).removeprefix(_UTF_16[1]).replace(b"\0", b"")
    return head.removeprefix(codecs.BOM_UTF8).lstrip()


def _message(head: bytes, text: bytes) -> str:
    """The format of what begins like XML. Raises Unreadable for all but statements."""
    if _HTML.match(text):
        doctype = ", and no DOCTYPE is accepted" if text[:9].upper() == b"<!DOCTYPE" else ""
        raise Unreadable(
            "line 1", f"unknown format: html is not read{doctype}: ask the bank for another format"
        )
    if _OFX.match(text):
        raise Unreadable("line 1", f"unknown format: {_BINARY[b'OFXHEADER']}")
    from adapters.statements import camt_messages

    if camt_messages.has_doctype(head):
        raise Unreadable("line 1", "a DOCTYPE is not accepted")
    name = camt_messages.format_of(head)
    if name is not None:
        camt_messages.refuse_other(name)
        return name
    root = _ELEMENT.search(text)
    seen = "without an element" if root is None else f"of the element '{root[1].decode('ascii')}'"
    raise Unreadable("line 1", f"unknown format: XML {seen}, without a message that is known")


def _swift(head: bytes) -> str | None:
    """MT940 or MT942, or None for neither. Raises Unreadable for another SWIFT message."""
    kind = _SWIFT.search(head, 0, 1_000)
    if kind is not None and kind[1] not in _STATEMENT_TYPES:
        raise Unreadable("line 1", f"mt{kind[1].decode()} is not a statement")
    from adapters.statements import mt940

    return mt940.format_in(head)


def _table(head: bytes) -> str | None:
    """The format of a table, by the words of its header or the keys of its first line."""
    from adapters.statements.table import find_header

    lines = _lines(head)
    if (first := next(filter(str.strip, lines), "")).lstrip().startswith("{"):
        from adapters.statements import jsonl

        return "jsonl" if jsonl.recognises(jsonl.keys_of(first)) else None
    of = _recognised()
    found = find_header(lines, is_header=lambda names: of(names) is not None)
    return None if found is None else of(found[3])


def _recognised() -> Callable[[Sequence[str]], str | None]:
    """Tells the format of a table by its header, as written or normalised; None for none."""
    from adapters.statements.table import normalised

    known = {name: _recognises(name) for name in TABLES}

    def of(header: Sequence[str]) -> str | None:
        names = [normalised(cell) for cell in header]
        if not 1 < len(names) <= COLUMNS_MAX:
            return None
        name = next((name for name, recognises in known.items() if recognises(names)), None)
        if name == "mp-release":
            from adapters.statements import mercado_pago

            return mercado_pago.format_of(header)
        return name

    return of


def _recognises(name: str) -> Recognises:
    recognises: Recognises = import_module(f"adapters.statements.{READERS[name]}").recognises
    return recognises


def _lines(head: bytes) -> list[str]:
    """The whole lines of the head; what cannot be decoded is left to the reader to refuse."""
    encoding = "utf-16" if head.startswith(_UTF_16) else "utf-8-sig"
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(head)
    except UnicodeDecodeError:
        text = head.decode("cp1252", errors="replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if len(head) == HEAD_BYTES else lines
