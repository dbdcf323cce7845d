"""Texts of an XML element by what they mean, for very many elements that are alike.

The entries of one bank differ in their texts and little else. So an element is cut into its texts
and its shape (all the rest), and where each field stands is worked out once a shape, not once an
element: a quarter of the time of visiting every node from Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from lxml import etree

from adapters.statements.values import known

SHAPES_MAX = 500
"""Shapes that are remembered; a file with more of them is read more slowly."""

SHAPE_LENGTH_MAX = 8_000
"""Characters of a shape that is worth remembering."""

Element: TypeAlias = etree._Element  # pyright: ignore[reportPrivateUsage]  (lxml has no public name for it)


class Fields(NamedTuple):
    """What was read: the text of each field, and the texts of each that may repeat."""

    texts: dict[str, str]
    lists: dict[str, list[str]]


_cut = re.compile(r">([^<>]*)</").split
_tags = re.compile(r"<(/?)([^\s<>/]+)([^<>]*?)(/?)>").findall
_currency = re.compile(r"""\sCcy=(?:"([^"]*)"|'([^']*)')""").search


class Vocabulary(NamedTuple):
    """Which texts are wanted, by their path below the element.

    `wrappers` are elements that some versions put around what others give directly; `single`
    fields keep their first text, `repeated` ones all of them. The currency of an amount is field
    `<name>_currency`. An element of `flags` makes a field of that name, wherever it stands.
    """

    single: Mapping[str, str]
    repeated: Mapping[str, str]
    wrappers: frozenset[str]
    flags: frozenset[str]


class _Shape(NamedTuple):
    constants: dict[str, str]
    names: tuple[str, ...]
    texts: Callable[[list[str]], tuple[str, ...]]
    lists: tuple[tuple[str, tuple[int, ...]], ...]


class Shapes:
    """Reads elements by a vocabulary, and remembers the shapes it met."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary: Final = vocabulary
        self._known: Final[dict[str, _Shape]] = {}

    def fields(self, element: Element) -> Fields:
        """The wanted texts of the element, trimmed; none that is empty or says NOTPROVIDED."""
        # What libxml2 writes has no comment and no CDATA, and < and > nowhere but in tags.
        written = etree.tostring(element, encoding="unicode", with_tail=False)
        parts = _cut(written)
        skeleton = "\0".join(parts[::2])  # joined by a sign that XML cannot hold
        shape = self._known.get(skeleton)
        if shape is None:
            shape = _shape_of(parts[::2], self._vocabulary)
            if len(self._known) >= SHAPES_MAX:
                self._known.clear()
            if len(skeleton) <= SHAPE_LENGTH_MAX:
                self._known[skeleton] = shape
        if "&" in written:
            parts = [unescape(part) for part in parts]
        texts = shape.constants.copy()
        for name, text in zip(shape.names, shape.texts(parts), strict=False):
            if (value := known(text)) is not None:
                texts[name] = value
        lists = {
            name: values
            for name, places in shape.lists
            if (values := [value for at in places if (value := known(parts[at])) is not None])
        }
        return Fields(texts, lists)


def _shape_of(pieces: list[str], vocabulary: Vocabulary) -> _Shape:
    constants: dict[str, str] = {}
    single: dict[str, int] = {}
    repeated: dict[str, list[int]] = {}
    path: list[str] = []
    for number, piece in enumerate(pieces):
        # The cuts took "</" from the start of a piece and ">" from its end.
        start, end = "</" if number else "", ">" if number < len(pieces) - 1 else ""
        opened: str | None = None
        for closing, name, attributes, empty in _tags(start + piece + end):
            opened = None
            local = name.rpartition(":")[2]
            if local in vocabulary.flags:
                constants[local] = local
            if closing:
                path.pop()
            elif not empty:
                path.append(local)
                opened = attributes
        if opened is None:
            continue
        below = "/".join(step for step in path[1:] if step not in vocabulary.wrappers)
        if (field := vocabulary.repeated.get(below)) is not None:
            repeated.setdefault(field, []).append(2 * number + 1)
        elif (field := vocabulary.single.get(below)) is not None and field not in single:
            single[field] = 2 * number + 1
            if (currency := _currency(opened)) is not None:
                constants[f"{field}_currency"] = unescape(currency[1] or currency[2] or "").strip()
    return _Shape(
        constants=constants,
        names=tuple(single),
        texts=itemgetter(*single.values(), 0, 0),  # two more, for fewer than two are no tuple
        lists=tuple((field, tuple(places)) for field, places in repeated.items()),
    )
