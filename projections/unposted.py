"""Unposted lines: those that are not open, and stand in the books otherwise than in the statement.

A duplicate is in the statement and not in the books, and so is a line that its source withdrew. A
line of a match whose residuals stand with another of its lines is in the books with another amount:
`minor` is then what the books lack (or have too much, if negative).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, TypedDict, TypeGuard

from projections import settlement_overview
from projections.document import Choice, Document
from projections.settlement_overview import Posting, SettlementOverview, is_settlement_overview

MODEL = "unposted"

Kind: TypeAlias = Literal["duplicate", "cancelled", "carried"]


class Unposted(TypedDict):
    """`because`: the line it repeats, why it was withdrawn, or the match with the residual."""

    kind: Kind
    account: str
    currency: str
    booking_day: str
    minor: int
    because: str


def is_unposted(document: Document) -> TypeGuard[Unposted]:
    """Whether a document is of this model."""
    return "because" in document


def posted_minor(posting: Posting) -> int:
    """What a posting puts into the books."""
    residuals = posting["residuals"]
    return posting["settled_minor"] + posting["returned_minor"] + sum(residuals.values())


def carried_minor(document: SettlementOverview, match_id: str) -> int:
    """What the residuals of a shared match carry from this line to its others; else 0."""
    return sum(
        document["minor"] - posted_minor(posting)
        for posting in document["postings"]
        if posting["shared"] and posting["match_id"] == match_id
    )


def _line_key(key: str, document: Document) -> str | None:
    assert is_settlement_overview(document)
    return None if _difference(document) is None else key


def _difference(document: SettlementOverview) -> tuple[Kind, int, str] | None:
    match document["state"]:
        case "open":
            return None
        case "duplicate":
            return "duplicate", document["minor"], document["duplicate_of"] or ""
        case "cancelled":
            return "cancelled", document["minor"], document["cancelled_because"] or ""
        case "matched":
            match_id = document["match_id"] or ""
            carried = carried_minor(document, match_id)
            return ("carried", carried, match_id) if carried else None


def _of_line(key: str, document: Document) -> Unposted:
    del key
    assert is_settlement_overview(document)
    difference = _difference(document)
    assert difference is not None, "only lines with a difference are chosen"
    kind, minor, because = difference
    return {
        "kind": kind,
        "account": document["account"],
        "currency": document["currency"],
        "booking_day": document["booking_day"],
        "minor": minor,
        "because": because,
    }


SOURCES: Mapping[str, Choice] = {settlement_overview.MODEL: Choice(_line_key, _of_line)}
