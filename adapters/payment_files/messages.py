"""Messages of ISO 20022 in a stream: one part of a message at a time, and never more than one.

A file holds one message or several, plain or inside any envelope, under any prefix or none. No
DOCTYPE is accepted, no entity is resolved, nothing is fetched; depth, size and number are bounded.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO, Final, TypeAlias

from lxml import etree

from adapters.payment_files.model import Kind
from adapters.statements.model import Unreadable

DEPTH_MAX: Final = 64
"""Elements inside each other."""

ELEMENTS_MAX: Final = 5_000
"""Elements of one part of a message: a transaction has a hundred."""

NAMES_MAX: Final = 4_096
"""Names of elements that are remembered."""

VALUE_LENGTH_MAX: Final = 2_000
"""Characters of a value; a longer one is refused where it is asked for."""

VERSIONS: Final[dict[str, range]] = {
    "pacs.008": range(1, 14),
    "pacs.002": range(1, 16),
    "pacs.004": range(1, 15),
}
"""Versions of each message that are read."""

Element: TypeAlias = etree._Element  # pyright: ignore[reportPrivateUsage]  (lxml has no other name)

_ROOTS: Final[dict[str, Kind]] = {
    "FIToFICstmrCdtTrf": "pacs.008",
    "FIToFIPmtStsRpt": "pacs.002",
    "PmtStsRpt": "pacs.002",
    "PmtRtr": "pacs.004",
}
_OTHERS: Final = {
    "FICdtTrf": "pacs.009",
    "FinInstnCdtTrf": "pacs.009",
    "FIToFICstmrDrctDbt": "pacs.003",
    "FIToFIPmtRvsl": "pacs.007",
    "FIDrctDbt": "pacs.010",
    "FIToFIPmtStsReq": "pacs.028",
    "CstmrCdtTrfInitn": "pain.001",
    "CstmrPmtStsRpt": "pain.002",
    "CstmrDrctDbtInitn": "pain.008",
    "BkToCstmrAcctRpt": "camt.052",
    "BkToCstmrStmt": "camt.053",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
    "FIToFIPmtCxlReq": "camt.056",
    "RsltnOfInvstgtn": "camt.029",
}
_NAME = re.compile(r"((?:pacs|pain|camt|acmt|admi|head)\.[0-9]{3})\.[0-9]{3}\.([0-9]{2})")
_SHOWN = re.compile(r"[A-Za-z0-9._:-]{1,40}")
STATEMENTS = frozenset(("camt.052", "camt.053", "camt.054"))


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value, without white space around it, and the currency beside it."""

    text: str
    currency: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """A child of a message, by the paths of its values below it: "PmtId/EndToEndId"."""

    name: str
    values: dict[str, list[Leaf]]

    def leaf(self, *paths: str) -> Leaf | None:
        """The first value at the first of these paths that has one and is not empty."""
        for path in paths:
            for leaf in self.values.get(path, ()):
                if leaf.text:
                    return leaf
        return None

    def text(self, *paths: str) -> str | None:
        """The same as text."""
        leaf = self.leaf(*paths)
        return None if leaf is None else leaf.text

    def texts(self, *paths: str) -> list[str]:
        """All texts at these paths that are not empty."""
        return [leaf.text for path in paths for leaf in self.values.get(path, ()) if leaf.text]


@dataclass(frozen=True, slots=True)
class Message:
    """Where a message begins; `number` counts from 1. Its parts follow."""

    kind: Kind
    number: int


@dataclass(frozen=True, slots=True)
class End:
    """Where a message ends."""


def parts(stream: BinaryIO) -> Iterator[Message | Part | End]:
    """Each message's beginning, its parts in file order, its end. Raises Unreadable."""
    walk = _Walk()
    try:
        events = etree.iterparse(
            stream,
            events=("start", "end"),
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        for event, element in events:
            yield from walk.started(element) if event == "start" else walk.ended(element)
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"line {error.lineno or 1}", _words(error)) from None
    except (LookupError, ValueError):  # an encoding that nobody knows, or bytes that are none of it
        raise Unreadable("file", "malformed XML: encoding") from None
    if not walk.messages:
        raise Unreadable("file", "holds no message about payments")


class _Walk:
    """Where the parser stands: outside of messages, in one, or in one part of it."""

    def __init__(self) -> None:
        self.messages = 0
        self._depth = 0
        self._message_depth = 0
        self._elements = 0

    def started(self, element: Element) -> Iterator[Message]:
        self._depth += 1
        self._elements += 1
        if self._depth == 1 and element.getroottree().docinfo.internalDTD is not None:
            raise Unreadable("line 1", "DOCTYPE")
        if self._depth > DEPTH_MAX:
            raise Unreadable(_line(element), f"more than {DEPTH_MAX} elements inside each other")
        if self._elements > ELEMENTS_MAX:
            raise Unreadable(_line(element), f"an element of more than {ELEMENTS_MAX} elements")
        if not self._message_depth:
            kind = self._kind(element)
            if kind is not None:
                self.messages += 1
                self._message_depth = self._depth
                yield Message(kind, self.messages)

    def _kind(self, element: Element) -> Kind | None:
        """The message that begins here. Raises Unreadable for one that is not read."""
        name, space = _local(element), etree.QName(element).namespace or ""
        if name == "Document":
            _demand_known(_NAME.search(space), element)
            return None
        found = _NAME.fullmatch(name)
        other = found[1] if found else _OTHERS.get(name)
        kind = _ROOTS.get(name) or _OF_NAME.get(other or "")
        if kind is not None:
            _demand_known(found or _NAME.search(space), element)
        elif other is not None:
            raise Unreadable(_line(element), _not_read(other))
        elif _is_in_document(element):
            shown = name if _SHOWN.fullmatch(name) else "of another name"
            raise Unreadable(_line(element), f"the message {shown} is not read here")
        return kind

    def ended(self, element: Element) -> Iterator[Part | End]:
        depth, self._depth = self._depth, self._depth - 1
        if self._message_depth:
            if depth == self._message_depth + 1:
                yield Part(_local(element), _values(element))
                self._drop(element)
            elif depth == self._message_depth:
                self._message_depth = 0
                yield End()
                self._drop(element)
        else:
            self._drop(element)

    def _drop(self, element: Element) -> None:
        """Keep nothing of what was read."""
        self._elements = 0
        element.clear()
        parent = element.getparent()
        if parent is not None:
            for before in list(parent)[:-1]:
                parent.remove(before)


def _demand_known(found: re.Match[str] | None, element: Element) -> None:
    if found is None:
        return  # no namespace, or one of a scheme's own: the elements decide
    kind, version = found[1], int(found[2])
    if kind not in VERSIONS:
        raise Unreadable(_line(element), _not_read(kind))
    if version not in VERSIONS[kind]:
        known = VERSIONS[kind]
        reason = f"unsupported version {found[0]} (read are {known[0]:02} to {known[-1]:02})"
        raise Unreadable(_line(element), reason)


_OF_NAME: Final[dict[str, Kind]] = {kind: kind for kind in _ROOTS.values()}


def _not_read(name: str) -> str:
    if name in STATEMENTS:
        return f"{name} is a statement: `conciliar statement import` reads it"
    return f"{name} is not read here: only pacs.008, pacs.002 and pacs.004 are"


def _is_in_document(element: Element) -> bool:
    parent = element.getparent()
    return parent is not None and _local(parent) == "Document"


def _values(element: Element) -> dict[str, list[Leaf]]:
    """Values by path; once through everything below the element."""
    found: defaultdict[str, list[Leaf]] = defaultdict(list)
    waiting = [(child, _local(child)) for child in reversed(element)]
    while waiting:
        node, path = waiting.pop()
        if len(node):
            waiting += [(child, f"{path}/{_local(child)}") for child in reversed(node)]
            continue
        text = (node.text or "").strip()
        if len(text) > VALUE_LENGTH_MAX:
            text = text[: VALUE_LENGTH_MAX + 1]  # too long for whoever asks; not kept whole
        found[path].append(Leaf(text, node.get("Ccy")))
    if not len(element):
        found[""].append(Leaf((element.text or "").strip()[: VALUE_LENGTH_MAX + 1], None))
    return dict(found)


def _local(element: Element) -> str:
    # Entities that are not resolved are nodes without a name.
    tag: object = element.tag
    return _without_space(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=NAMES_MAX)
def _without_space(tag: str) -> str:
    return tag.rpartition("}")[2]


def _line(element: Element) -> str:
    return f"line {element.sourceline or 1}"


def _words(error: etree.XMLSyntaxError) -> str:
    said = (error.msg or "").partition(", line")[0]
    # What the parser quotes are names and bytes; a value could only be in what it does not know.
    return (
        f"malformed XML: {' '.join(said.split())[:100]}" if said.isprintable() else "malformed XML"
    )
