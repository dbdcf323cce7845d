"""ISO 20022 bank statements: camt.052, camt.053 and camt.054, versions 01 to 13, as a stream.

The tree of a file is never whole in memory: each TxDtls and Ntry is read when it ends and dropped
when the next one does. What nobody vouches for is bounded: a DOCTYPE is refused, depth, names and
texts have the limits of the parser, and between two entries there are at most `UNREAD_BYTES_MAX`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from adapters.statements.camt_alike import Alike, Read
from adapters.statements.camt_charges import charges_of, child
from adapters.statements.camt_entries import Told, entry_of
from adapters.statements.camt_feed import UNREAD_BYTES_MAX, Feed
from adapters.statements.camt_messages import (
    FORMATS,
    HEAD_BYTES_MAX,
    MESSAGES,
    Message,
    check_version,
    format_of,
    has_doctype,
    message_of,
    refuse_other,
    split_tag,
)
from adapters.statements.camt_shapes import Element, Fields, Shapes
from adapters.statements.camt_statement import OpenStatement
from adapters.statements.camt_words import DETAIL, ENTRY
from adapters.statements.model import Entry, Statement, Unreadable

__all__ = ["FORMATS", "UNREAD_BYTES_MAX", "format_of", "read"]

DETAILS_MAX: Final = 200_000
"""Transactions that one entry may list."""

PATTERN_AFTER: Final = 20
"""Entries of a shape after which a pattern of it is worth making."""

_NOTHING: Final = Fields({}, {}, ())


def read(stream: BinaryIO) -> Iterator[Entry | Statement]:
    """The entries of each statement in file order, then the statement. Raises Unreadable."""
    head = stream.read(HEAD_BYTES_MAX)
    if has_doctype(head):
        raise Unreadable("line 1", "a DOCTYPE is not accepted")
    name = format_of(head)
    if name is not None:
        refuse_other(name)
    head = head.lstrip()  # some banks begin with an empty line
    file = _File(head)
    yield from _told(stream, head, file)
    file.finish(name)


def _told(stream: BinaryIO, chunk: bytes, file: _File) -> Iterator[Entry | Statement]:
    """What the file tells, piece by piece: each ends where an entry does. Raises Unreadable."""
    feed, alike = Feed(), file.alike
    rest, aligned = b"", False
    while chunk:
        ending = alike.ending
        *pieces, rest = (rest + chunk).split(ending)
        for piece in pieces:
            if aligned and (fields := alike.fields(piece)) is not None:
                feed.skip(piece)
                yield file.entry_alike(*fields)
                continue
            yield from file.taken(feed.ends(piece + ending[:-1]))
            before, file.read = file.last, None
            yield from file.taken(feed.ends(ending[-1:]))
            # Only if its last sign makes it an entry, it is none in a comment.
            follows, aligned = aligned, file.last is not before and ending == alike.ending
            if follows and aligned and file.read is not None:
                alike.learn(piece, file.read)
        if not pieces:
            kept = len(ending) - 1  # the ending may be cut in two
            yield from file.taken(feed.ends(rest[:-kept]))
            rest, aligned = rest[-kept:], False
        chunk = stream.read(HEAD_BYTES_MAX)
    yield from file.taken(feed.ends(rest))
    feed.close()


class _File:
    """What is known while the elements of a file end one after the other.

    An element can go as soon as the next of its sort has ended, not before: the parser may still
    write the text that follows it. `last` is the last entry, and `read` what was read of it, if a
    pattern may be worth making of it.
    """

    def __init__(self, head: bytes) -> None:
        self._entries: Final = Shapes(ENTRY, DETAIL)
        self._details: Final = Shapes(DETAIL, DETAIL)
        self._told: list[Told] = []
        self._detail: Element | None = None
        self.alike: Final = Alike(head)
        self.last: Element | None = None
        self.read: Read | None = None
        self._container: Element | None = None
        self._statement: OpenStatement | None = None
        self._entry_tag = ""
        self._statements = 0
        self._names: dict[str, str] = {}

    def taken(self, elements: Iterator[Element]) -> Iterator[Entry | Statement]:
        """What the ends of these elements complete. Raises Unreadable."""
        for element in elements:
            if (told := self.take(element)) is not None:
                yield told

    def take(self, element: Element) -> Entry | Statement | None:
        """What the end of this element completes. Raises Unreadable."""
        tag = str(element.tag)
        name = self._names.get(tag) or self._names.setdefault(tag, split_tag(tag)[1])
        if name == "TxDtls":
            # The last detail of an entry is read together with it; most have only one.
            if self._detail is not None:
                self._tell(self._detail)
            self._detail = element
            return None
        return self._entry(element) if name == "Ntry" else self._close(element)

    def finish(self, name: str | None) -> None:
        """Raises Unreadable if the file, of the message `name`, had no statement."""
        if self._statements:
            return
        for element, message in MESSAGES.items():
            if message.name == name:
                raise Unreadable(f"/Document/{element}", f"holds no {message.container}")
        raise Unreadable("file", f"holds no message of {', '.join(FORMATS)}")

    def _tell(self, element: Element) -> None:
        """Read a TxDtls that others follow, and drop it."""
        number = self._statement.entries + 1 if self._statement is not None else 1
        place = f"Ntry[{number}]/TxDtls[{len(self._told) + 1}]"
        if len(self._told) >= DETAILS_MAX:
            raise Unreadable(place, f"an entry lists more than {DETAILS_MAX} transactions")
        fields, _ = self._details.fields(element)
        amount = child(next(element.iterancestors("{*}Ntry"), None), "Amt")
        currency = None if amount is None else amount.get("Ccy")
        self._told.append(_with_charges(element, fields, currency, place=place))
        _drop(element)

    def _entry(self, element: Element) -> Entry:
        statement = self._statement
        if statement is None or element.getparent() is not self._container:
            statement = self._open(element.getparent())
            self.alike.enter(element)
        place = f"{statement.place}/Ntry[{statement.entries + 1}]"
        if element.tag != self._entry_tag:
            raise Unreadable(place, "is of another namespace than what holds it")
        read = fields, inner = self._entries.fields(element)
        currency = fields.texts.get("amount_currency")
        told = _with_charges(element, fields, currency, place=place)
        details = self._told
        if self._detail is not None:
            details.append(_with_charges(self._detail, inner or _NOTHING, currency, place=place))
            self._told, self._detail = [], None
        if self._entries.met % PATTERN_AFTER == 0 and _is_plain(inner, told, details):
            self.read = read
        if self.last is not None:
            _drop(self.last)
        self.last = element
        return self._add(statement, told, details)

    def entry_alike(self, fields: Fields, inner: Fields | None) -> Entry:
        """The entry that follows the last one and was not parsed. Raises Unreadable."""
        if self._statement is None:
            raise Unreadable("file", "an Ntry stands outside a statement")
        details = () if inner is None else (Told(inner, None),)
        return self._add(self._statement, Told(fields, None), details)

    def _add(self, statement: OpenStatement, told: Told, details: Sequence[Told]) -> Entry:
        place = f"{statement.place}/Ntry[{statement.entries + 1}]"
        try:
            entry, claims = entry_of(told, details, account=statement.account, place=place)
        except Unreadable as refusal:
            below = f"{place}/{refusal.place}" if refusal.place else place
            raise Unreadable(below, refusal.reason) from None
        statement.add(entry, claims)
        return entry

    def _close(self, element: Element) -> Statement | None:
        if element is not self._container and _message_around(element) is None:
            return None  # an element of an envelope that is called so too
        statement = self._open(element)
        if self._detail is not None:
            raise Unreadable(statement.place, "a TxDtls stands outside an Ntry")
        closed = statement.close(element)
        self._container = self._statement = self.last = None
        element.clear(keep_tail=True)
        for before in element.itersiblings(preceding=True):
            if before.tag == element.tag:
                _drop(before)
        return closed

    def _open(self, element: Element | None) -> OpenStatement:
        """The statement of this element, which is begun if it was not."""
        if element is self._container and self._statement is not None:
            return self._statement
        message = None if element is None else _message_around(element)
        if element is None or message is None or self._statement is not None:
            raise Unreadable("file", "an Ntry stands outside a statement, or one in another")
        if not self._statements and element.getroottree().docinfo.internalDTD is not None:
            raise Unreadable("line 1", "a DOCTYPE is not accepted")
        self._statements += 1
        place = f"/{message.name}/{message.container}[{self._statements}]"
        namespace, _ = split_tag(element.tag)
        check_version(namespace, message, place=place)
        self._container = element
        self._statement = OpenStatement(element, place=place)
        self._entry_tag = f"{{{namespace}}}Ntry" if namespace else "Ntry"
        return self._statement


def _with_charges(element: Element, fields: Fields, currency: str | None, *, place: str) -> Told:
    if "Chrgs" not in fields.texts:
        return Told(fields, None)
    return Told(fields, charges_of(element, currency, place=place))


def _is_plain(inner: Fields | None, told: Told, details: Sequence[Told]) -> bool:
    """Whether the fields say all of the entry."""
    if len(details) != (inner is not None):
        return False
    return all(each.charges is None for each in (told, *details))


def _drop(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _message_around(element: Element) -> Message | None:
    """The message that the element is a statement of."""
    parent = element.getparent()
    message = None if parent is None else message_of(split_tag(parent.tag)[1])
    return message if message and message.container == split_tag(element.tag)[1] else None
