"""Texts of an XML element by what they mean, for very many elements that are alike.

The entries of one bank differ in their texts and little else. So an element is cut into its texts
and its shape (all the rest), and where each field stands is worked out once a shape, not once an
element: a quarter of the time of visiting every node from Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import unescape
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from lxml import etree

from adapters.statements.values import all_known, known

SHAPES_MAX = 500
"""Shapes that are remembered; a file with more of them is read more slowly."""

SHAPE_LENGTH_MAX = 8_000
"""Characters of a shape that is worth remembering."""

Element: TypeAlias = etree._Element  # pyright: ignore[reportPrivateUsage]  (lxml has no public name for it)


class Fields(NamedTuple):
    """What was read: the text of each field, the texts of each that may repeat.

    `references` are the names of those fields that are references.
    """

    texts: dict[str, str]
    lists: dict[str, list[str]]
    references: tuple[str, ...]


_NO_LISTS: Final[dict[str, list[str]]] = {}

cut: Final = re.compile(r">([^<>]*)</").split
"""A written element into what lies around its texts, and every second one a text."""

_tags = re.compile(r"<(/?)([^\s<>/]+)([^<>]*?)(/?)>").findall
_currency = re.compile(r"""\sCcy=(?:"([^"]*)"|'([^']*)')""").search


class Vocabulary(NamedTuple):
    """Which texts are wanted, by their path below the element.

    `wrappers` are elements that some versions put around what others give directly; `single`
    fields keep their first text, `repeated` ones all of them; where a field of `once` has two
    elements of the same path, its name is the text of field `twice`. The currency of an amount is
    field `<name>_currency`. An element of `flags` makes a field of that name, wherever it stands.
    `inner` is an element below this one that has a vocabulary of its own.
    """

    single: Mapping[str, str]
    repeated: Mapping[str, str]
    once: frozenset[str]
    references: frozenset[str]
    wrappers: frozenset[str]
    flags: frozenset[str]
    inner: str = ""


class Section(NamedTuple):
    """Where the fields of a vocabulary stand among the texts of an element of one shape."""

    constants: dict[str, str]
    names: tuple[str, ...]
    texts: Callable[[Sequence[str]], tuple[str, ...]]
    lists: tuple[tuple[str, tuple[int, ...]], ...]
    references: tuple[str, ...]

    def read(self, told: Sequence[str]) -> Fields:
        """The fields of an element that has these texts. None is empty."""
        values = [text.strip() for text in self.texts(told)]
        texts = dict(zip(self.names, values, strict=False))
        if not all_known(values):
            texts = {name: text for name, text in texts.items() if known(text) is not None}
        texts.update(self.constants)
        if not self.lists:
            return Fields(texts, _NO_LISTS, self.references)
        lists = {
            name: found
            for name, places in self.lists
            if (found := [value for at in places if (value := known(told[at])) is not None])
        }
        return Fields(texts, lists, self.references)


class _Shape:
    """An element without its texts, and how often it was met."""

    __slots__ = ("inner", "met", "outer")

    def __init__(self, outer: Section, inner: Section | None) -> None:
        self.outer: Final = outer
        self.inner: Final = inner
        self.met = 0


class Shapes:
    """Reads elements by a vocabulary, and remembers the shapes it met.

    `met` is how often the shape of the last one was.
    """

    def __init__(self, outer: Vocabulary, inner: Vocabulary) -> None:
        self._outer: Final = outer
        self._inner: Final = inner
        self._known: Final[dict[str, _Shape]] = {}
        self.met = 0

    def fields(self, element: Element) -> tuple[Fields, Fields | None]:
        """The wanted texts of the element, trimmed, and those of the inner one, if it is there.

        None is empty or says NOTPROVIDED.
        """
        # What libxml2 writes has no comment and no CDATA, and < and > nowhere but in tags.
        written = etree.tostring(element, encoding="unicode", with_tail=False)
        parts = cut(written)
        skeleton = "\0".join(parts[::2])  # joined by a sign that XML cannot hold
        shape = self._known.get(skeleton)
        if shape is None:
            shape = _Shape(*shape_of(parts[::2], self._outer, self._inner))
            if len(self._known) >= SHAPES_MAX:
                self._known.clear()
            if len(skeleton) <= SHAPE_LENGTH_MAX:
                self._known[skeleton] = shape
        shape.met += 1
        self.met = shape.met
        texts = parts[1::2] or [""]
        if "&" in written:
            texts = [unescape(text) for text in texts]
        inner = shape.inner
        return shape.outer.read(texts), None if inner is None else inner.read(texts)


class _Draft:
    """A section while its shape is worked out."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._constants: dict[str, str] = {}
        self._single: dict[str, int] = {}
        self._paths: set[str] = set()
        self._repeated: dict[str, list[int]] = {}

    def enter(self, local: str) -> None:
        if local in self._vocabulary.flags:
            self._constants[local] = local

    def text(self, path: list[str], attributes: str, at: int) -> None:
        words = self._vocabulary
        below = "/".join(step for step in path if step not in words.wrappers)
        if (field := words.repeated.get(below)) is not None:
            self._repeated.setdefault(field, []).append(at)
        elif (field := words.single.get(below)) is None:
            return
        elif field in self._single:
            if field in words.once and below in self._paths:
                self._constants["twice"] = field
        else:
            self._single[field] = at
            self._paths.add(below)
            if (currency := _currency(attributes)) is not None:
                told = unescape(currency[1] or currency[2] or "").strip()
                self._constants[f"{field}_currency"] = told

    def section(self) -> Section:
        return Section(
            constants=self._constants,
            names=tuple(self._single),
            # Two texts more, because fewer than two would be no tuple.
            texts=itemgetter(*self._single.values(), 0, 0),
            lists=tuple((field, tuple(places)) for field, places in self._repeated.items()),
            references=tuple(n for n in self._single if n in self._vocabulary.references),
        )


def shape_of(
    pieces: list[str], outer: Vocabulary, inner: Vocabulary
) -> tuple[Section, Section | None]:
    """Where the fields stand in an element that was cut into these pieces, and in its inner one."""
    drafts = [_Draft(outer)]
    path: list[str] = []
    inside = 0  # how deep the inner element stands, while it is open
    for number, piece in enumerate(pieces):
        # The cuts took "</" from the start of a piece and ">" from its end.
        start, end = "</" if number else "", ">" if number < len(pieces) - 1 else ""
        opened: str | None = None
        for closing, name, attributes, empty in _tags(start + piece + end):
            opened = None
            local = name.rpartition(":")[2]
            if closing:
                path.pop()
                inside = inside if inside <= len(path) else 0
                continue
            drafts[-1 if inside else 0].enter(local)
            if not empty:
                path.append(local)
                opened = attributes
                if local == outer.inner and not inside and len(drafts) == 1:
                    inside = len(path)
                    drafts.append(_Draft(inner))
        if opened is not None:
            drafts[-1 if inside else 0].text(path[inside or 1 :], opened, number)
    return drafts[0].section(), drafts[1].section() if len(drafts) > 1 else None
