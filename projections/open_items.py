"""Open items: what is still expected, what settles nothing yet, what a person has to look at.

Chosen from payments, lines and matches, under these keys: a payment's stream, a line's stream,
`contradiction:<match id>`. What is past its break day is said when it is asked for, with a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict, TypeGuard

from domain.settlement import PROVISIONAL
from projections import matches, payment_status, settlement_overview
from projections.document import Choice, Document
from projections.matches import is_match
from projections.payment_status import is_payment_status
from projections.settlement_overview import CandidateShown, is_settlement_overview

MODEL = "open_items"

PENDING, CONTRADICTED = "pending", "contradicted"


class OpenItem(TypedDict):
    """`minor` is what is open, signed for lines, in `currency`.

    `since` is the day from which it exists: a payment's local day, a line's booking day, the day a
    contradiction was recorded. `due` is the day from which its age counts: a payment's expected
    day, else `since`. `break_day` is a payment's only. `reason` is "pending" for payments and for
    lines that nothing was judged about, "provisional" for both where such a match names them.
    """

    kind: Literal["payment", "line", "contradiction"]
    item: str
    minor: int
    currency: str
    since: str
    due: str
    break_day: str | None
    reason: str
    rule: str | None
    merchant: str | None
    account: str | None
    candidates: list[CandidateShown]
    candidates_total: int


def is_open_item(document: Document) -> TypeGuard[OpenItem]:
    """Whether a document is of this model."""
    return "break_day" in document and "kind" in document


def _payment_key(key: str, document: Document) -> str | None:
    assert is_payment_status(document)
    return key if document["open_minor"] > 0 else None


def _of_payment(key: str, document: Document) -> OpenItem:
    assert is_payment_status(document)
    return {
        "kind": "payment",
        "item": key,
        "minor": document["open_minor"],
        "currency": document["currency"],
        "since": document["created_day"],
        "due": document["expected_day"],
        "break_day": document["break_day"],
        "reason": PROVISIONAL if document["reserved_by"] else PENDING,
        "rule": None,
        "merchant": document["merchant"],
        "account": None,
        "candidates": [],
        "candidates_total": 0,
    }


def _line_key(key: str, document: Document) -> str | None:
    assert is_settlement_overview(document)
    return key if document["state"] == "open" else None


def _of_line(key: str, document: Document) -> OpenItem:
    assert is_settlement_overview(document)
    return {
        "kind": "line",
        "item": key,
        "minor": document["minor"],
        "currency": document["currency"],
        "since": document["booking_day"],
        "due": document["booking_day"],
        "break_day": None,
        "reason": document["reason"] or PENDING,
        "rule": document["open_rule"],
        "merchant": document["merchant"],
        "account": document["account"],
        "candidates": document["candidates"],
        "candidates_total": document["candidates_total"],
    }


def _match_key(key: str, document: Document) -> str | None:
    # It stays until a person closes it, even when the items are matched anew.
    assert is_match(document)
    return f"contradiction:{key}" if document["contradictions"] else None


def _of_match(key: str, document: Document) -> OpenItem:
    assert is_match(document)
    first = document["contradictions"][0]
    return {
        "kind": "contradiction",
        "item": key,
        "minor": document["minor"],
        "currency": document["currency"],
        "since": first["day"],
        "due": first["day"],
        "break_day": None,
        "reason": CONTRADICTED,
        "rule": first["reason"],
        "merchant": None,
        "account": None,
        "candidates": [],
        "candidates_total": 0,
    }


SOURCES: Mapping[str, Choice] = {
    payment_status.MODEL: Choice(_payment_key, _of_payment),
    settlement_overview.MODEL: Choice(_line_key, _of_line),
    matches.MODEL: Choice(_match_key, _of_match),
}
