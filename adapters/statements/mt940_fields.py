"""The fields of an MT940 or MT942 file, in order: tag, text and line, without any envelope.

What stands around the messages (SWIFT blocks, banner lines, control characters) is left out here.
A line inside a field that looks like another field is told from a folded time of day ("T13" and, on
the next line, ":12:11") by what stands before it. Sources: SWIFT's category 9 field specifications,
and what banks make of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from adapters.statements.model import Unreadable

LINE_BYTES_MAX: Final = 1 << 16
"""Bytes of a line; a longer one is refused before more of it is read."""

FIELD_LINES_MAX: Final = 100
"""Lines of one field; a standard one has at most six."""

END: Final = "-"
"""The tag under which the end of a message is told."""

_TAGS: Final = r"20|21|25P?|28C?|34F|13D?|60[FM]?|61|62[FM]?|6[45]F?|86|90[CD]|NS"
_TAG: Final = re.compile(rf"\s*:({_TAGS}) ?:(.*)", re.DOTALL)
_IN_BLOCK: Final = re.compile(r"\s*\{.*\{4:\s*(:.*)", re.DOTALL)
_LIKE_A_TAG: Final = re.compile(r"\s*:([0-9A-Za-z]{2,3}):")
_UNMARKED: Final = {"60": "60F", "62": "62F"}
"""Balances of banks that leave out whether they are of a page: of a whole statement."""

_OPENINGS: Final = frozenset({"60F", "60M"})
_BALANCED: Final = frozenset({"20", "62F", "62M"})
_TEXTS: Final = frozenset({"61", "86", "NS"})
_BANNER_TAGS: Final = frozenset({"940", "942"})
_LIKE_A_FIELD: Final = re.compile(
    r".{0,5}(?:[0-9]{6}(?:[0-9]{4})?R?[CD][A-Z]?[0-9]{1,15},[0-9]{0,3}[NFS][A-Z0-9]{3}"
    r"|(?<=:)[CD][0-9]{6}[A-Z]{3}[0-9]{1,15},)"
)
_LIKE_A_ROW: Final = re.compile(r"(?:[^;,\t]*+[;,\t]){3}")
_HOUR: Final = re.compile(r"(?:.*[^0-9])?[0-2]?[0-9]\s*", re.DOTALL)
_MINUTES: Final = re.compile(r"\s*:[0-5][0-9]:[0-5]?[0-9](?![0-9])")
_END: Final = re.compile(r"\s*-(?:[}å].*|\s*)", re.DOTALL)
_END_OF_BLOCK: Final = re.compile(r"-\}\s*(?:\{5:.*)?\Z", re.DOTALL)
_ENDS_IN_TEXT: Final = re.compile(r"\s*-\}.*", re.DOTALL)
_AFTER_ALL: Final = re.compile(r"[\s\xad-]*+(?:X{1,9}|\}.*|\{[5S]:.*|\W{0,80})\s*", re.DOTALL)
"""What banks leave behind the last message: a dash, XXX, the end of a SWIFT block, a trailer."""

_CONTROL: Final = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f]+")


class Field(NamedTuple):
    """One field: its tag without colons, its lines, and the line of the file on which it starts."""

    tag: str
    line: int
    lines: list[str]

    @property
    def place(self) -> str:
        """Where it stands, as a refusal names it."""
        return f"line {self.line}"


def fields(stream: BinaryIO) -> Iterator[Field]:
    """The fields of a file, and an `END` for each end of a message.

    Text that belongs to no field is left out where it stands before a message. Raises Unreadable
    for a line that is too long or holds NUL, for an unknown field inside a message, for a message
    in a SWIFT block that the file does not close, and for other content behind the last message.
    """
    state = _State()
    left_over = -1  # the line of a text that was left out after the last field, 0 for none
    for number, line in _lines(stream):
        blocked = _IN_BLOCK.match(line)
        if line.lstrip().startswith("{") and "{4:" in line:
            state.block = number
        text = blocked[1] if blocked else line
        found = _TAG.match(text)
        if found is not None and not (state.open and _is_folded_time(text, state.open)):
            yield from state.closed()
            left_over = 0
            end = _END_OF_BLOCK.search(found[2])
            tag = _UNMARKED.get(found[1], found[1])
            state.begin(Field(tag, number, [found[2][: end.start()] if end else found[2]]))
            if end is not None:
                yield from state.ended(number)
        elif _END.fullmatch(text) and state.may_end(text):
            yield from state.ended(number, closes_block="}" in text)
        elif state.open is not None and state.open.tag in _OPENINGS and text.strip() == END:
            continue
        else:
            if state.open is not None:
                _continue(state.open, text, number)
            else:
                _demand_no_field(text, number)
            if (state.open is None or state.open.tag not in _TEXTS) and not left_over:
                left_over = 0 if _AFTER_ALL.fullmatch(text) else number
    yield from state.closed()
    if left_over > 0:
        raise Unreadable(
            f"line {left_over}", "text after the last field that belongs to no message"
        )
    if state.block is not None:
        raise Unreadable(
            f"line {state.block}", "the file ends inside the message that starts here: no '-}'"
        )


class _State:
    """The field that is being read, and whether a SWIFT block is open since some line."""

    def __init__(self) -> None:
        self.open: Field | None = None
        self.block: int | None = None
        self.inside = False
        self.balanced = True

    def begin(self, field: Field) -> None:
        self.open = field
        self.inside = True
        if field.tag in _OPENINGS:
            self.balanced = False
        elif field.tag in _BALANCED:
            self.balanced = True

    def closed(self) -> Iterator[Field]:
        if self.open is not None:
            yield self.open
            self.open = None

    def may_end(self, text: str) -> bool:
        """A lone dash ends nothing while the closing balance is still to come."""
        return self.balanced or _ENDS_IN_TEXT.fullmatch(text) is not None

    def ended(self, line: int, *, closes_block: bool = True) -> Iterator[Field]:
        yield from self.closed()
        if self.inside:
            yield Field(END, line, [])
        self.inside = False
        if closes_block:
            self.block = None


def _lines(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """Numbered lines without their ends, whichever of LF, CR LF, CR or @@ the ends are."""
    number = 0
    while raw := stream.readline(LINE_BYTES_MAX + 1):
        if len(raw) > LINE_BYTES_MAX:
            raise Unreadable(f"line {number + 1}", f"has more than {LINE_BYTES_MAX} bytes")
        if number == 0:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        body = raw.rstrip(b"\r\n")
        if b"@@:" in body:
            body = body.replace(b"@@", b"\r")
        for part in body.split(b"\r"):
            number += 1
            if b"\0" in part:
                raise Unreadable(f"line {number}", "holds NUL: this is no text of single bytes")
            text = _decoded(part)
            yield number, text if text.isprintable() else _CONTROL.sub("", text)


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _continue(field: Field, text: str, number: int) -> None:
    if not text:
        return
    if field.tag not in _TEXTS:
        _demand_no_field(text, number)
    elif _LIKE_A_FIELD.match(text):
        raise Unreadable(
            f"line {number}", "text looks like a line or a balance whose tag is damaged"
        )
    if len(field.lines) >= FIELD_LINES_MAX:
        raise Unreadable(f"line {number}", f"field :{field.tag}: has too many lines")
    field.lines.append(text)


def _is_folded_time(text: str, field: Field) -> bool:
    return (
        field.tag in {"86", "NS"}
        and _MINUTES.match(text) is not None
        and _HOUR.fullmatch(field.lines[-1]) is not None
    )


def _demand_no_field(text: str, number: int) -> None:
    like = _LIKE_A_TAG.match(text)
    unknown = like is not None and like[1] not in _BANNER_TAGS
    if unknown or ":61:" in text or ":20:" in text or _LIKE_A_FIELD.match(text):
        raise Unreadable(f"line {number}", "text that belongs to no field looks like one")
    if _LIKE_A_ROW.match(text):
        raise Unreadable(f"line {number}", "a row of a table, which belongs to no field here")
