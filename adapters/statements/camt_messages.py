"""Which ISO 20022 message a file holds: told by the names of its elements and their namespaces.

A message may be the root, or stand in any envelope, under any prefix, a default namespace or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, Literal, NamedTuple

from lxml import etree

from adapters.statements.model import Unreadable

FORMATS: Final = ("camt.052", "camt.053", "camt.054")
"""The messages that are read here."""

VERSION_MIN, VERSION_MAX = 1, 13
"""Versions of each of them that are read."""

HEAD_BYTES_MAX = 65_536
"""How much of a file is looked at to learn which message it holds."""


class Message(NamedTuple):
    """A message that tells movements: its name and the element that holds one statement."""

    name: str
    container: str


MESSAGES: Final = {
    "BkToCstmrAcctRpt": Message("camt.052", "Rpt"),
    "BkToCstmrStmt": Message("camt.053", "Stmt"),
    "BkToCstmrDbtCdtNtfctn": Message("camt.054", "Ntfctn"),
}
"""By the name of its element; the first version appends V01 to it."""

_OTHERS: Final = {
    "FIToFICstmrCdtTrf": "pacs.008",
    "FIToFIPmtStsRpt": "pacs.002",
    "PmtRtr": "pacs.004",
    "FICdtTrf": "pacs.009",
    "FinInstnCdtTrf": "pacs.009",
    "FIToFIPmtRvsl": "pacs.007",
    "FIToFICstmrDrctDbt": "pacs.003",
    "FIDrctDbt": "pacs.010",
    "CstmrCdtTrfInitn": "pain.001",
    "CstmrPmtStsRpt": "pain.002",
    "CstmrPmtRvsl": "pain.007",
    "CstmrDrctDbtInitn": "pain.008",
    "GetAcct": "camt.003",
    "RtrAcct": "camt.004",
    "RsltnOfInvstgtn": "camt.029",
    "CstmrPmtCxlReq": "camt.055",
    "FIToFIPmtCxlReq": "camt.056",
    "NtfctnToRcv": "camt.057",
    "AcctRptgReq": "camt.060",
    "BkSvcsBllgStmt": "camt.086",
}
"""Messages that are refused by name, for files that leave the namespace out."""

_PAYMENTS: Final = frozenset({"pacs.002", "pacs.004", "pacs.008", "pacs.009"})
_ENVELOPES: Final = frozenset({"head", "nvlp"})
_NAMED = re.compile(r"(?<![a-z])([a-z]{4})\.([0-9]{3})\.[0-9]{3}\.[0-9]{2}")
_VERSIONED = re.compile(r"(camt\.05[234])\.001\.([0-9]+)(?![0-9])")
_HARMLESS = re.compile(r"[A-Za-z0-9:/._$%#-]{1,100}")
_DOCTYPE = re.compile(
    rb"(?>\s|\xef\xbb\xbf|\xff\xfe|\xfe\xff|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL
)
"""Atomic throughout, so that no prolog makes it look twice at anything."""

_SUPPORTED = f"supported are {', '.join(FORMATS)}, 001.{VERSION_MIN:02d} to 001.{VERSION_MAX:02d}"


def split_tag(tag: object) -> tuple[str | None, str]:
    """Namespace and local name of an element's tag; nothing for what is no element."""
    if not isinstance(tag, str):
        return None, ""
    if tag[0] != "{":
        return None, tag
    namespace, _, local = tag[1:].partition("}")
    return namespace, local


def message_of(local: str) -> Message | None:
    """The message whose element has this local name, if it is one that is read here."""
    return MESSAGES.get(local.removesuffix("V01"))


def format_of(head: bytes) -> str | None:
    """The message of a file that begins so: "camt.053", "pacs.008"; None if none shows.

    A message that is not read here is named too, so that `read` can refuse it by name.
    """
    by_namespace: str | None = None
    for namespace, local in _first_names(head[:HEAD_BYTES_MAX]):
        if (message := message_of(local)) is not None:
            return message.name
        if local in _OTHERS:
            return _OTHERS[local]
        named = _NAMED.search(namespace or "")
        if named is None or named[1] in _ENVELOPES:
            continue
        name = f"{named[1]}.{named[2]}"
        if name not in FORMATS:
            return name
        by_namespace = by_namespace or name
    return by_namespace


def has_doctype(head: bytes) -> bool:
    """Whether a DOCTYPE stands before the first element, in any encoding that XML files have."""
    # Without zeros, UTF-16 and UTF-32 show their ASCII signs.
    return _DOCTYPE.match(head[:HEAD_BYTES_MAX].replace(b"\0", b"")) is not None


def check_version(namespace: str | None, message: Message, *, place: str) -> None:
    """Raises Unreadable unless there is no namespace, or the message's in a known version."""
    if not namespace:
        return
    read = _VERSIONED.search(namespace)
    if read is None:
        shown = f"'{namespace}'" if _HARMLESS.fullmatch(namespace) else "of unusual form"
        raise Unreadable(place, f"namespace {shown} is an unsupported version; {_SUPPORTED}")
    name, version = read.groups()
    if name != message.name:
        raise Unreadable(place, f"the namespace is of {name}, the element of {message.name}")
    if len(version) != 2 or not VERSION_MIN <= int(version) <= VERSION_MAX:
        found = f"{name}.001.{version[:4]}"
        raise Unreadable(place, f"{found} is an unsupported version; {_SUPPORTED}")


def refuse_other(name: str) -> None:
    """Raises Unreadable for a message of this name, if it is none that is read here."""
    if name in _PAYMENTS:
        why = "is a payment message, not a statement: conciliar payment import reads it"
        raise Unreadable("Document", f"{name} {why}")
    if name not in FORMATS:
        raise Unreadable("Document", f"{name} is not a statement; {_SUPPORTED}")


def parser_of(
    event: Literal["start", "end"], *, tags: tuple[str, ...] | None = None
) -> etree.XMLPullParser:
    """A parser for files that nobody vouches for.

    It expands nothing, fetches nothing and bounds depth (256), names and texts (libxml2's limits).
    Comments and instructions vanish, so that a text is whole where one stood in it.
    """
    return etree.XMLPullParser(
        events=(event,),
        tag=tags,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _first_names(head: bytes) -> Iterator[tuple[str | None, str]]:
    if has_doctype(head):
        return
    parser = parser_of("start")
    with suppress(etree.XMLSyntaxError):  # what stood before a fault is told all the same
        parser.feed(head.lstrip())
    for _, element in parser.read_events():
        yield split_tag(element.tag)
