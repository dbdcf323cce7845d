"""Entries that differ in nothing but their texts from one that the parser has read.

A bank writes the same elements into each entry. What the parser found well-formed once stays so
with other texts in it, as long as these hold no markup and no sign that XML forbids. So a form that
was met often becomes a pattern, and entries of that form are read by it and not parsed again: a
third of the time. Whatever fits no pattern goes to the parser, and so does the first entry of a
statement and the first after anything that is not an entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from adapters.statements.camt_shapes import Element, Fields, Section, cut, shape_of
from adapters.statements.camt_words import DETAIL, ENTRY

PATTERNS_MAX: Final = 32
"""Patterns that are kept; each entry is tried with all of them at worst."""

LEARNT_MAX: Final = 64
"""Patterns that are made for one file: each takes as long as reading a hundred entries."""

PATTERN_LENGTH_MAX: Final = 4_000
"""Characters of an entry that is worth a pattern."""

_ENCODINGS: Final = {b"utf-8": "utf-8", b"utf8": "utf-8", b"iso-8859-1": "latin-1"}
"""Encodings that Python and libxml2 read alike, in which an ASCII sign is one byte and no other."""

_DECLARED = re.compile(
    rb"(\xef\xbb\xbf)?(?:<[^?]|<\?xml\s+version\s*=\s*[\"'][0-9.]+[\"']"
    rb"(?:\s+encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'])?\s*(?:\?|standalone))"
)

_BLANKS: Final = b" \t\r\n"

_TEXT = r"([^<>&\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]++)"
"""A text that stands for itself: no markup, reference or sign that XML forbids or translates.

It is not empty: an empty element is another shape, in which another field may be the first.
"""


Read: TypeAlias = tuple[Fields, Fields | None]
"""What was read of an entry, and of its detail if it has one."""


class _Pattern(NamedTuple):
    match: Callable[[str], re.Match[str] | None]
    outer: Section
    inner: Section | None


class Alike:
    """The patterns of the entries that stand in statements of the same namespaces.

    `head` are the first bytes of the file, `ending` those that end an entry.
    """

    def __init__(self, head: bytes) -> None:
        self.ending = b"</Ntry>"
        self._encoding: Final = _encoding_of(head)
        self._namespaces: dict[str | None, str] = {}
        self._start = ""
        self._patterns: list[_Pattern] = []
        self._learnt = 0

    def fields(self, piece: bytes) -> Read | None:
        """What `Shapes.fields` would say of the entry that `piece` and the ending are.

        It follows directly after another entry of its statement. None if only the parser can tell.
        """
        patterns = self._patterns
        if not patterns or (written := self._decoded(piece)) is None:
            return None
        for number, pattern in enumerate(patterns):
            if (found := pattern.match(written)) is not None:
                if number:
                    patterns.insert(0, patterns.pop(number))
                texts = found.groups()
                inner = pattern.inner
                return pattern.outer.read(texts), None if inner is None else inner.read(texts)
        return None

    def enter(self, entry: Element) -> None:
        """Take over prefix and namespaces of an entry, which is the first of its statement."""
        tag = f"{entry.prefix}:Ntry" if entry.prefix else "Ntry"
        namespaces = {} if (holder := entry.getparent()) is None else holder.nsmap
        if (tag, namespaces) != (self._start, self._namespaces):
            self._start, self._namespaces = tag, namespaces
            self.ending = f"</{tag}>".encode()
            self._patterns.clear()

    def learn(self, piece: bytes, read: Read) -> None:
        """Make a pattern of an entry, if it says by that what was read of it.

        The parser has found that `piece` and the ending lie between the end of one entry and that
        of the next.
        """
        written = self._decoded(piece)
        if written is None or self._learnt >= LEARNT_MAX or not self._is_one_entry(written):
            return
        self._learnt += 1
        pattern = _pattern_of(written, self.ending.decode())
        found = pattern.match(written)
        if found is None:
            return
        texts, inner = found.groups(), pattern.inner
        if read == (pattern.outer.read(texts), None if inner is None else inner.read(texts)):
            self._patterns.insert(0, pattern)
            del self._patterns[PATTERNS_MAX:]

    def _decoded(self, piece: bytes) -> str | None:
        if self._encoding is None:
            return None
        try:
            return piece.lstrip(_BLANKS).decode(self._encoding)
        except UnicodeDecodeError:
            return None

    def _is_one_entry(self, written: str) -> bool:
        if len(written) > PATTERN_LENGTH_MAX:
            return False
        # A sign > in a text or an attribute would be taken for the end of a tag.
        if "<!" in written or "<?" in written or "&" in written:
            return False
        opened = re.findall(rf"<{re.escape(self._start)}[\s/>]", written)
        return (
            len(opened) == 1
            and written.startswith(opened[0])
            and written.count("<") == written.count(">")
        )


def _pattern_of(written: str, ending: str) -> _Pattern:
    parts = cut(written + ending)
    pieces, texts = parts[::2], parts[1::2]
    pattern = ""
    for piece, text in zip(pieces, texts, strict=False):
        pattern += re.escape(piece + ">") + (_TEXT if text else "()") + "</"
    pattern = (pattern + re.escape(pieces[-1])).removesuffix(re.escape(ending))
    return _Pattern(re.compile(pattern).fullmatch, *shape_of(pieces, ENTRY, DETAIL))


def _encoding_of(head: bytes) -> str | None:
    """The encoding in which Python can read what the parser reads; None if that is not sure."""
    declared = _DECLARED.match(head)
    if declared is None:
        return None
    mark, name = declared.groups()
    encoding = _ENCODINGS.get((name or b"utf-8").lower())
    return None if mark and encoding != "utf-8" else encoding
