"""The bytes of a file into the parser, and out of it the elements that matter as they end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from adapters.statements.camt_messages import MESSAGES, parser_of
from adapters.statements.camt_shapes import Element
from adapters.statements.model import Unreadable

UNREAD_BYTES_MAX: Final = 2 * 1024 * 1024
"""Bytes of a file without the end of an entry, a detail or a statement; more of them is none."""

CONTAINERS: Final = frozenset(message.container for message in MESSAGES.values())

_TAGS: Final = tuple(f"{{*}}{name}" for name in ("Ntry", "TxDtls", *sorted(CONTAINERS)))


class Feed:
    """A parser that bounds what it keeps, and says where a file stops to be XML."""

    def __init__(self) -> None:
        self._parser: Final = parser_of("end", tags=_TAGS)
        self._unread = 0
        self._lines = 0
        self._fault: Unreadable | None = None

    def ends(self, data: bytes) -> Iterator[Element]:
        """The elements that end in these bytes, which follow those before. Raises Unreadable."""
        if not data:
            return
        try:
            self._parser.feed(data)
        except etree.XMLSyntaxError as fault:
            raise self._unreadable(fault) from None
        except (LookupError, UnicodeError):
            raise Unreadable("line 1", "the encoding is unknown") from None
        if self._fault is None and len(noted := self._parser.feed_error_log):
            self._note(noted)
        self._unread += len(data)
        for _, element in self._parser.read_events():
            self._unread = 0
            yield element
        if self._unread > UNREAD_BYTES_MAX:
            raise Unreadable("file", f"{UNREAD_BYTES_MAX} bytes without an entry")

    def skip(self, data: bytes) -> None:
        """Leave out these bytes, which are known to be elements that are whole."""
        self._unread = 0
        self._lines += data.count(b"\n")

    def close(self) -> None:
        """Raises Unreadable if the document is not at its end."""
        try:
            self._parser.close()
        except etree.XMLSyntaxError as fault:
            raise self._unreadable(fault) from None
        except (LookupError, UnicodeError):
            raise Unreadable("line 1", "the encoding is unknown") from None

    def _note(self, log: etree._ListErrorLog) -> None:  # pyright: ignore[reportPrivateUsage]  (lxml has no public name for it)
        """Keep the first fault: the parser may go on after it, and refuse the document later."""
        for each in log:
            if self._fault is None and each.level > etree.ErrorLevels.WARNING:
                self._fault = self._refusal(each.line, each.type_name)

    def _unreadable(self, fault: etree.XMLSyntaxError) -> Unreadable:
        self._note(self._parser.feed_error_log)
        last = fault.error_log.last_error if fault.error_log else None
        code = last.type_name if last is not None else ""
        return self._fault or self._refusal(fault.lineno or 1, code)

    def _refusal(self, line: int, code: str) -> Unreadable:
        """The fault in the words of its code: its message may quote."""
        words = code.removeprefix("ERR_").replace("_", " ").lower() or "not well-formed"
        place = f"line {line + self._lines}"
        return Unreadable(place, f"not well-formed XML, or cut off: {words}")
