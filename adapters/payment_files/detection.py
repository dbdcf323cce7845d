"""Which format a file of payments has, by its first bytes; its name says nothing."""

from __future__ import annotations

from typing import Final, Literal, get_args

from adapters.statements.model import Unreadable

PaymentFormat = Literal["pacs", "json", "csv"]
FORMATS: Final[tuple[PaymentFormat, ...]] = get_args(PaymentFormat)

HEAD_BYTES: Final = 4_096
"""Bytes that are looked at."""

_UTF_8, _UTF_16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
_OTHERS: Final = {
    b"\x1f\x8b": "gzip: unpack it first",
    b"PK\x03\x04": "a zip archive or a workbook: unpack it, or save it as CSV",
    b"%PDF": "a PDF",
    b"{1:": "a SWIFT MT message: statements go to `conciliar statement import`",
    b":20:": "a SWIFT MT message: statements go to `conciliar statement import`",
    b"01,": "BAI2: statements go to `conciliar statement import`",
}
"""What is recognised and not read here, and what to do instead."""


def detect(head: bytes) -> PaymentFormat:
    """The format of a file that begins with these bytes. Raises Unreadable."""
    if not head.strip():
        raise Unreadable("file", "empty")
    for begins, what in _OTHERS.items():
        if head.startswith(begins):
            raise Unreadable("file", what)
    marked = head.startswith(_UTF_16)
    text = (head.replace(b"\0", b"")[2:] if marked else head.removeprefix(_UTF_8)).lstrip()
    if text.startswith(b"<"):
        return "pacs"
    if text.startswith((b"{", b"[", b'"{')):
        return "json"
    if b"\0" in head:
        raise Unreadable("file", "none of pacs, JSON Lines and CSV")
    return "csv"
