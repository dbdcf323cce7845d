"""SWIFT MT940 (statement) and MT942 (report during the day): a statement for each :20:.

    :20: :25: [:28C:]  :60F:  (:61: [supplementary] :86:*)*  :62F:  [:64: :65: :86:]   MT940
    :20: :25: [:28C:]  :34F:+ [:13D:]  (:61: … :86:*)*  [:90D: :90C:]                  MT942

Source: SWIFT's category 9 message definitions, and the files of banks that take liberties with them
(`mt940_fields`, `mt940_narrative`). The sign is that of what the line does to the account: RC, the
reversal of a credit, is a debit. The year of an entry date is the one nearest to the value date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from io import SEEK_END
from typing import BinaryIO, Final, Literal, TypeAlias

from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.mt940_entries import entry_of
from adapters.statements.mt940_fields import END, Field, fields
from adapters.statements.mt940_lines import (
    EXPECTED,
    Amounts,
    Balance,
    Mark,
    balance_of,
    day_of_time,
    floor_currency_of,
    line_of,
    sum_of,
)
from domain.money import Money, format_decimal

Format: TypeAlias = Literal["mt940", "mt942"]

FORMATS: Final = ("mt940", "mt942")

_OPENINGS, _CLOSINGS = ("60F", "60M"), ("62F", "62M")
_AVAILABLE: Final = frozenset({"64", "64F", "65", "65F"})
_HEADER: Final = frozenset({"21", "25", "25P", "28", "28C", "34F", "13", "13D"})
_TEXTS: Final = frozenset({"86", "NS"})
_COUNTED: Final[dict[str, tuple[tuple[Mark, ...], ...]]] = {
    "90D": (("D", "RC"), ("D", "RD"), ("D", "RC", "ED"), ("D", "RD", "ED")),
    "90C": (("C", "RD"), ("C", "RC"), ("C", "RD", "EC"), ("C", "RC", "EC")),
}
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_START: Final = rb"(?m)^(?:\xef\xbb\xbf)?[\x00-\x09\x0b-\x20]*+(?:\{1:[^\n]{0,300}\{4:)?"
_KIND: Final = re.compile(_START + rb":(?:(60[FM]?)|(34F)):")
_ANY: Final = re.compile(_START + rb":(?:20|25P?|28C?|34F|6[024][FM]?|61|86|90[CD]|NS):")


def format_in(head: bytes) -> Format | None:
    """Which of both a file is that begins so; None for neither. A fragment counts as MT940.

    Where a file holds both, the first statement decides.
    """
    head = head.replace(b"\r", b"\n").replace(b"@@", b"\n")
    if _ANY.search(head) is None:
        return None
    kind = _KIND.search(head)
    return "mt942" if kind is not None and kind[2] else "mt940"


def read(stream: BinaryIO) -> Iterator[Entry | Statement]:
    """The entries and statements of an MT940 or MT942 file, or of both in one.

    Raises Unreadable for a fragment and for a file that ends inside a statement.
    """
    amounts, ends = Amounts(), _Ends()
    message: _Message | None = None
    last: Field | None = None
    for last in fields(stream):
        if last.tag == "20":
            if message is not None:
                yield from message.finished(last.place)
            message = _Message(last, amounts, ends)
        elif message is None:
            raise Unreadable(last.place, f"field :{last.tag}: without a field :20: before it")
        else:
            yield from message.take(last)
            if last.tag == END:
                message = None
    if message is not None and last is not None:
        if last.tag in _CLOSINGS and message.lacks_digits(last) and not _ends_a_line(stream):
            raise Unreadable(last.place, "the file is cut off in its closing balance")
        yield from message.finished(last.place)
        if ends.open is not None and not _ends_a_line(stream):
            raise Unreadable(last.place, f"{message.name} ends inside a line")
    if last is None:
        raise Unreadable("file", "no field :20:, so no statement begins")


@dataclass
class _Ends:
    """How the reports of a file end: some banks state neither a total nor a dash, and never do.

    A report without either is whole where no other of the file has one, and its last line has a
    text if all lines before it had: else the file was cut at the end of a line.
    """

    marked: bool = False
    open: str | None = None
    lines: int = 0
    texts: int = 0

    def take(self, *, marked: bool, place: str, name: str, has_text: bool | None) -> None:
        """The end of a report; `has_text` is None without a line. Raises Unreadable."""
        self.marked |= marked
        if not marked:
            self.open = self.open or name
            if has_text is False and self.texts and self.texts + 1 == self.lines:
                raise Unreadable(place, f"{name} ends in a line without a text :86:")
        if self.marked and self.open:
            raise Unreadable(
                place, f"{self.open} ends without a total :90D:, :90C: or a dash, others have one"
            )


@dataclass
class _Message:
    """One message while it is read: what its header said, and the line that is not yet whole."""

    start: Field
    amounts: Amounts
    ends: _Ends
    account: str | None = None
    number: str = ""
    time: str = ""
    day: date | None = None
    currency: str | None = None
    floor: bool = False
    opening: Balance | None = None
    closing: Balance | None = None
    last_page: bool = True
    moved_minor: int = 0
    tallies: dict[Mark, tuple[int, int]] = field(default_factory=dict[Mark, tuple[int, int]])
    controls: list[Field] = field(default_factory=list[Field])
    pending: list[Field] = field(default_factory=list[Field])
    has_text: bool | None = None

    @property
    def name(self) -> str:
        """What a refusal calls it."""
        return f"the statement that begins on {self.start.place}"

    def take(self, each: Field) -> Iterator[Entry | Statement]:
        """Take the next field, and yield the entry that it ends, or the statement."""
        tag = each.tag
        if tag in _TEXTS or (tag == "25" and self.pending):
            if self.pending:  # else it speaks of the account, not of a line
                self.pending.append(each)
            return
        yield from self._entry()
        if tag == END:
            yield self._statement(each.place, ended=True)
        elif tag in _HEADER:
            self._take_header(each)
        elif tag == "61":
            self._take_line(each)
        elif tag in _OPENINGS:
            self._take_opening(each)
        elif tag in _CLOSINGS:
            self._take_closing(each)
        elif tag in {"90D", "90C"}:
            self.controls.append(each)
        elif tag in _AVAILABLE:
            balance_of(each, self.currency, self.amounts)  # told by nobody, but it has to be one

    def finished(self, place: str) -> Iterator[Entry | Statement]:
        """What is left when another message or the end of the file comes without an end of this."""
        yield from self._entry()
        yield self._statement(place, ended=False)

    def lacks_digits(self, last: Field) -> bool:
        """Whether the closing balance is the beginning of the one that the lines make."""
        if self.opening is None or self.currency is None or self.closing is None:
            return False
        made = self.opening.minor + self.moved_minor
        told = re.split("[A-Za-z]", last.lines[0].strip())[-1].replace(",", ".")
        whole = format_decimal(Money(abs(made), self.currency))
        return made != self.closing.minor and whole.startswith(told)

    def _take_header(self, each: Field) -> None:
        if self.opening is not None or self.tallies:
            raise Unreadable(each.place, f"field :{each.tag}: stands behind its place")
        text = each.lines[0].strip()
        if each.tag == "34F":
            self.currency = floor_currency_of(each)
            self.floor = True
        elif each.tag.startswith("25"):
            if self.account is not None:
                raise Unreadable(each.place, "a second field :25:, so the account is not known")
            self.account = text
        elif each.tag.startswith("28"):
            self.number = text
        elif each.tag.startswith("13"):
            self.time = text
            self.day = day_of_time(each)

    def _take_line(self, each: Field) -> None:
        if self.currency is None:
            raise Unreadable(each.place, "field :61: before any :60F: or :34F:")
        if self.closing is not None:
            raise Unreadable(each.place, "field :61: after the closing balance :62F:")
        self.pending = [each]

    def _take_opening(self, each: Field) -> None:
        if self.opening is not None or self.tallies:
            raise Unreadable(each.place, "a second opening balance without a :20: before it")
        self.opening = balance_of(each, self.currency, self.amounts)
        self.currency = self.opening.currency

    def _take_closing(self, each: Field) -> None:
        if self.closing is not None:
            raise Unreadable(each.place, "a second closing balance without a :20: before it")
        if self.opening is None:
            raise Unreadable(each.place, "closing balance without an opening balance :60F:")
        self.closing = balance_of(each, self.currency, self.amounts)
        self.last_page = each.tag == "62F"

    def _entry(self) -> Iterator[Entry]:
        """The pending line, now that all its texts are there."""
        if not self.pending:
            return
        first, *texts = self.pending
        self.pending = []
        self.has_text = bool(texts)
        self.ends.lines += 1
        self.ends.texts += self.has_text
        assert self.currency is not None  # _take_line demands it
        line = line_of(first, self.currency, self.amounts)
        count, total = self.tallies.get(line.mark, (0, 0))
        self.tallies[line.mark] = (count + 1, total + line.amount_minor)
        if line.mark not in EXPECTED:
            self.moved_minor += line.signed_minor
        yield entry_of(line, texts, currency=self.currency, place=first.place)

    def _statement(self, place: str, *, ended: bool) -> Statement:
        self._demand_whole(place, ended=ended)
        opening, closing = self.opening, self.closing
        closing_minor = None
        if closing is not None and closing.currency == self.currency:
            closing_minor = closing.minor
        differences: list[str] = []
        closes: bool | None = None
        if opening is not None and closing_minor is not None:
            computed = opening.minor + self.moved_minor
            closes = computed == closing_minor
            if not closes:
                differences.append(
                    f"opening balance {opening.minor} and movements {self.moved_minor} do not make"
                    f" the closing balance {closing_minor} (minor units)"
                )
        match = self._controls_match(differences)
        number, page = _numbered(self.number)
        day = closing.day if closing is not None else self.day
        return Statement(
            place=self.start.place,
            statement_id=self._id(day),
            account=self.account,
            currency=self.currency,
            opening_minor=opening.minor if opening is not None else None,
            closing_minor=closing_minor,
            balance_closes=closes,
            controls_match=match,
            disagreement="; ".join(differences) or None,
            sequence=number,
            page=page,
            last_page=self.last_page,
            last_day=day,
            completeness="stated" if closing or ended or self.controls else "not-stated",
        )

    def _id(self, day: date | None) -> str:
        """Banks repeat :20: and :28C:, so the day is part of the id; of a report, its time."""
        reference = self.start.lines[0].strip()
        stated = self.time if self.opening is None else day and day.isoformat()
        return "/".join(filter(None, (reference, self.number, stated)))

    def _demand_whole(self, place: str, *, ended: bool) -> None:
        start = self.name
        if self.account is None or not self.account:
            raise Unreadable(place, f"{start} has no account :25:")
        if self.opening is None and not self.floor:
            raise Unreadable(place, f"{start} has no opening balance :60F: and no :34F:")
        if self.opening is not None and self.closing is None:
            raise Unreadable(place, f"{start} ends without a closing balance :62F:")
        if self.opening is None:
            marked = ended or bool(self.controls)
            self.ends.take(marked=marked, place=place, name=start, has_text=self.has_text)

    def _controls_match(self, differences: list[str]) -> bool | None:
        """Whether :90D: and :90C: agree with the lines, whichever way reversals are counted."""
        for control in self.controls:
            count, currency, minor = sum_of(control, self.amounts)
            ways = [self._total(marks) for marks in _COUNTED[control.tag]]
            if currency != self.currency or (count, minor) not in ways:
                differences.append(
                    f":{control.tag}: states {count} lines of {minor} in all, there are"
                    f" {ways[0][0]} of {ways[0][1]} (minor units)"
                )
        return not any(each.startswith(":90") for each in differences) if self.controls else None

    def _total(self, marks: tuple[Mark, ...]) -> tuple[int, int]:
        tallies = [self.tallies.get(mark, (0, 0)) for mark in marks]
        return sum(count for count, _ in tallies), sum(minor for _, minor in tallies)


def _ends_a_line(stream: BinaryIO) -> bool:
    """Whether the last byte of a file ends its last line."""
    stream.seek(-1, SEEK_END)
    return stream.read(1) in b"\r\n"


def _numbered(text: str) -> tuple[str | None, int | None]:
    """Number and page of "00235/001"; None for what is not a number or 0."""
    number, _, page = (part.strip() for part in text.partition("/"))
    if not _NUMBER.fullmatch(number) or not int(number):
        return None, None
    return str(int(number)), int(page) if _NUMBER.fullmatch(page) and int(page) else None
