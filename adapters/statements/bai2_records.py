"""The records of a BAI2 file: `code,field,field,…/`, with the 88 records that continue them.

A record stands on a line of its own, or after the `/` and blanks of another one. Its text may hold
`/`, commas and line ends: a line that begins with no record code goes on with the record before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from adapters.statements.model import Unreadable
from adapters.statements.table import encoding_of, lines

RECORD_LENGTH_MAX: Final = 1 << 17
"""Characters of a record with its continuations; a longer one is refused."""

_AFTER: Final = {"": "01", "01": "02", "02": "03 98", "03": "16 49", "16": "16 49"} | {
    "49": "03 98",
    "98": "02 99",
    "99": "01",
}
"""Which records may follow one."""

_CODE: Final = re.compile(r"(01|02|03|16|49|88|98|99)[ \t]*,")
_OTHER_CODE: Final = re.compile(r"[0-9]{2}[ \t]*,")
_LIKE_A_RECORD: Final = re.compile(r"[0-9]{2},[ \t]*[0-9]{3},[ \t]*[-+]?[0-9]+,")
_INSIDE: Final = re.compile(r"/[ \t]*(?=(?:01|02|03|16|49|88|98|99),)")
_INSIDE_TEXT: Final = re.compile(
    r"/[ \t]+(?=(?:16,[0-9]{3},[-+]?[0-9]*,|88,|03,|49,[-+]?[0-9]*,[0-9]*|98,[-+]?[0-9]*,))"
)
"""Where another record begins on the same line. Inside a text it has to look like one."""


@dataclass(slots=True)
class Record:
    """A record: its code, the line on which it begins, and what stands in it.

    `parts` are the fields of the record and of each 88 after it, without code and final `/`.
    `physical` counts the records it is made of; `ended` is whether the last one had its `/`.
    """

    code: str
    line: int
    parts: list[str] = field(default_factory=list[str])
    physical: int = 1
    ended: bool = False
    length: int = 0

    @property
    def place(self) -> str:
        """Where it stands, for a refusal."""
        return f"line {self.line}"

    def fields(self) -> list[str]:
        """All fields, those of continuations after those of the record."""
        return [each.strip() for part in self.parts for each in part.split(",")]

    def begin(self, text: str) -> None:
        """One more physical record."""
        self._measure(text)
        self.ended = text.endswith("/")
        self.parts.append(text.removesuffix("/"))

    def go_on(self, text: str) -> None:
        """One more line of the last physical record."""
        self._measure(text)
        if self.ended:  # the sign was a part of the text
            self.parts[-1] += "/"
        self.ended = text.endswith("/")
        self.parts[-1] += f"\n{text.removesuffix('/')}"

    def _measure(self, text: str) -> None:
        self.length += len(text)
        if self.length > RECORD_LENGTH_MAX:
            raise Unreadable(self.place, f"a record of more than {RECORD_LENGTH_MAX} characters")


def records(stream: BinaryIO) -> Iterator[Record]:
    """The records of a file with their continuations. Raises Unreadable."""
    now: Record | None = None
    for line, text in _pieces(stream):
        found = _CODE.match(text)
        if found is None:
            if now is None:
                raise Unreadable(f"line {line}", "not a record 01, with which BAI2 begins")
            _check_text(now, line, text)
            now.go_on(text)
            continue
        body = text[found.end() :]
        if found[1] != "88":
            if now is not None:
                yield now
            now = Record(found[1], line)
        elif now is None:
            raise Unreadable(f"line {line}", "a record 88 that continues nothing")
        else:
            now.physical += 1
        now.begin(body)
    if now is None:
        raise Unreadable("file", "no record")
    yield now


def _check_text(now: Record, line: int, text: str) -> None:
    """Raises Unreadable for what is no text that goes on, but a damaged record."""
    if _LIKE_A_RECORD.match(text) or (now.ended and _OTHER_CODE.match(text)):
        raise Unreadable(f"line {line}", f"record code '{text[:2]}' is unknown")
    if now.code != "16":
        raise Unreadable(f"line {line}", f"no record, and nothing that a record {now.code} holds")


def _pieces(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """What may be a record, or text that goes on, with its line."""
    in_text = False
    for line, raw in enumerate(lines(stream, encoding_of(stream)), start=1):
        rest = raw.strip()
        while rest:
            found = _CODE.match(rest)
            if found is not None and found[1] != "88":
                in_text = found[1] == "16"
            next_one = (_INSIDE_TEXT if in_text else _INSIDE).search(rest)
            end = len(rest) if next_one is None else next_one.start() + 1
            yield line, rest[:end].rstrip()
            rest = rest[end:].lstrip()


def records_in_order(stream: BinaryIO) -> Iterator[Record]:
    """The records of a complete file. Raises Unreadable for one that is out of place or missing."""
    last = ""
    for record in records(stream):
        if record.code not in _AFTER[last].split():
            _refuse_order(record, last)
        last = record.code
        yield record
        if last == "99" and not record.ended and not "".join(record.fields()[2:]):
            raise Unreadable(record.place, "the file is cut off in its record 99")
    if last != "99":
        raise Unreadable("file", f"cut off: it ends with a record {last} and not with a 99")


def _refuse_order(record: Record, last: str) -> None:
    due = " or ".join(_AFTER[last].split())
    after = f"after a record {last}" if last not in {"", "99"} else "at the beginning"
    raise Unreadable(record.place, f"a record {record.code} {after}, where {due} is due")
