"""What lists show: payments, settlements, matches, exceptions and statements, a row for each.

A row is a function of the documents that stand: its own, and of those it points to only which
payments a match has and whose they are. Amounts are objects of text, so that no reader makes a
fraction of one; instants are UTC to the millisecond, so that they sort as text.

`merchants` are all whom a row concerns. A partner may read a row when each of them is the
partner's, and there is one: a payout of several merchants is nobody's but the bank's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, Protocol, TypeAlias

from domain.money import exponent
from domain.settlement import PROVISIONAL
from projections import matches, open_items, payment_status, settlement_overview, statements
from projections.document import Document
from projections.matches import is_match
from projections.open_items import PENDING, is_open_item
from projections.payment_status import is_payment_status
from projections.resources import NAMES, Resource
from projections.settlement_overview import CandidateShown, is_settlement_overview
from projections.statements import is_statement

MODELS: Final[Mapping[Resource, str]] = {
    "payments": payment_status.MODEL,
    "settlements": settlement_overview.MODEL,
    "matches": matches.MODEL,
    "exceptions": open_items.MODEL,
    "statements": statements.MODEL,
}
"""The model whose documents a resource shows, one row each."""

MISSING: Final = "missing"
SHOWN_MAX: Final = 200
"""Allocations, items and candidates that a row names; their true number stands beside them."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A row: `id`, what is shown of it, whom it concerns (sorted)."""

    id: str
    body: Mapping[str, object]
    merchants: tuple[str, ...]


class Related(Protocol):
    """What a row has to know of other documents."""

    def merchant_of(self, payment: str) -> str:
        """Whose payment it is; NOBODYS where there is none."""
        ...

    def payments_of(self, match_id: str) -> tuple[str, ...]:
        """The payments of a match; empty where there is none."""
        ...


def id_of(resource: Resource, key: str) -> str:
    """The id of the row that the document under `key` gives."""
    if resource != "exceptions":
        return key
    return f"exc:{key.removeprefix('contradiction:')}"


def match_asked(resource: Resource, key: str, document: Document) -> str | None:
    """The match whose payments the row has to know."""
    if resource == "settlements" and is_settlement_overview(document):
        return document["match_id"]
    if resource == "exceptions" and key.startswith("contradiction:"):
        return key.removeprefix("contradiction:")
    return key if resource == "matches" else None


def candidates_asked(document: Document) -> tuple[str, ...]:
    """Payments that the document names as candidates."""
    if is_settlement_overview(document) or is_open_item(document):
        return tuple(one["payment"] for one in document["candidates"])
    return ()


def listed(resource: Resource, key: str, document: Document, related: Related) -> Listed | None:
    """The row of a document; None where it is in no list, as what is merely pending."""
    made = _ROWS[resource](key, document, related)
    if made is None:
        return None
    body, merchants = made
    id_ = id_of(resource, key)
    shown = {"object": NAMES[resource], "id": id_, **body}
    return Listed(id=id_, body=shown, merchants=tuple(sorted(set(merchants))))


def instant(at_ms: int) -> str:
    """Milliseconds since 1970 as UTC text of one width, which sorts as time does."""
    at = _EPOCH + timedelta(milliseconds=at_ms)
    return at.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def amount(minor: int, currency: str) -> dict[str, object]:
    """An amount as it is shown: minor units as text, currency, and its decimals."""
    return {
        "minor": str(minor),
        "currency": currency,
        "exponent": exponent(currency, withdrawn=True),
    }


Row: TypeAlias = tuple[dict[str, object], Iterable[str]]


def _payment(key: str, document: Document, related: Related) -> Row:
    del key, related
    assert is_payment_status(document)
    currency = document["currency"]
    lines = {line for match in document["matches"] for line in match["settlements"]}
    lines |= {returned["settlement"] for returned in document["returns"]}
    body: dict[str, object] = {
        "version": document["version"],
        "state": document["state"],
        "payment_id": document["payment_id"],
        "source": document["source"],
        "merchant_id": document["merchant"],
        "rail": document["method"],
        "currency": currency,
        "amount": amount(document["minor"], currency),
        "allocated": amount(document["allocated_minor"], currency),
        "open": amount(document["open_minor"], currency),
        "returned": amount(document["returned_minor"], currency),
        "reference": document["reference"],
        "end_to_end_id": document["end_to_end_id"],
        "initiated_at": document["created_at"],
        "initiated_on": document["created_day"],
        "value_date": document["expected_day"],
        "break_day": document["break_day"],
        "match_ids": [match["match_id"] for match in document["matches"]],
        "settlement_ids": sorted(lines),
        "reserved_by": document["reserved_by"],
        "cancelled_on": document["cancelled_on"],
        "cancelled_because": document["cancelled_because"],
        "recorded_at": instant(document["recorded_at_ms"]),
        "changed_at": instant(document["changed_at_ms"]),
        "position": str(document["position"]),
    }
    return body, (document["merchant"],)


def _settlement(key: str, document: Document, related: Related) -> Row:
    del key
    assert is_settlement_overview(document)
    match_id = document["match_id"]
    payments = related.payments_of(match_id) if match_id else ()
    own = (document["merchant"],) if document["merchant"] else ()
    body: dict[str, object] = {
        "version": document["version"],
        "state": document["state"],
        "direction": "debit" if document["minor"] < 0 else "credit",
        "rows": document["rows"],
        "source": document["source"],
        "account": document["account"],
        "merchant_id": document["merchant"],
        "statement_id": document["statement_id"],
        "currency": document["currency"],
        "amount": amount(document["minor"], document["currency"]),
        "reference": document["reference"],
        "end_to_end_id": document["end_to_end_id"],
        "bank_entry_id": document["bank_entry_id"],
        "booking_date": document["booking_day"],
        "value_date": document["value_day"],
        "reversal": document["reversal"],
        "match_id": match_id,
        "payments": list(islice(payments, SHOWN_MAX)),
        "rule": document["rule"],
        "evidence": document["evidence"],
        "reason": document["reason"] if document["state"] == "open" else None,
        "candidates": _candidates(document["candidates"], document["candidates_total"], related),
        "duplicate_of": document["duplicate_of"],
        "cancelled_on": document["cancelled_on"],
        "cancelled_because": document["cancelled_because"],
        "recorded_at": instant(document["recorded_at_ms"]),
        "changed_at": instant(document["changed_at_ms"]),
        "position": str(document["position"]),
    }
    return body, (*own, *map(related.merchant_of, payments))


def _match(key: str, document: Document, related: Related) -> Row:
    assert is_match(document)
    currency, released = document["currency"], document["released_at_ms"]
    body: dict[str, object] = {
        "state": document["state"],
        "status": document["status"],
        "evidence": document["evidence"],
        "rule": document["rule"],
        "currency": currency,
        "amount": amount(document["minor"], currency),
        "payments": document["payments"][:SHOWN_MAX],
        "payments_total": len(document["payments"]),
        "settlements": document["settlements"][:SHOWN_MAX],
        "settlements_total": len(document["settlements"]),
        "allocations": [
            {
                "payment_id": one["payment"],
                "settlement_id": one["settlement"],
                "amount": amount(one["minor"], currency),
                "payment_amount": amount(one["payment_minor"], one["payment_currency"]),
            }
            for one in document["allocations"][:SHOWN_MAX]
        ],
        "residuals": [
            {"kind": one["kind"], "amount": amount(one["minor"], currency)}
            for one in document["residuals"]
        ],
        "contradictions": document["contradictions"],
        "released_because": document["released_because"],
        "released_at": None if released is None else instant(released),
        "fact_id": document["fact_id"],
        "recorded_at": instant(document["recorded_at_ms"]),
        "position": str(document["position"]),
    }
    return body, map(related.merchant_of, related.payments_of(key))


def _exception(key: str, document: Document, related: Related) -> Row | None:
    assert is_open_item(document)
    is_payment = document["kind"] == "payment"
    reason = MISSING if is_payment and document["reason"] == PENDING else document["reason"]
    if reason in {PENDING, PROVISIONAL}:  # nothing is wrong with them yet
        return None
    body: dict[str, object] = {
        "kind": document["kind"],
        "reason": reason,
        "item": document["item"],
        "merchant_id": document["merchant"],
        "account": document["account"],
        "currency": document["currency"],
        "open": amount(document["minor"], document["currency"]),
        "since": document["since"],
        "due": document["due"],
        "break_day": document["break_day"],
        "rule": document["rule"],
        "candidates": _candidates(document["candidates"], document["candidates_total"], related),
    }
    if document["kind"] == "contradiction":
        return body, map(related.merchant_of, related.payments_of(document["item"]))
    assert key == document["item"], "an item's own key"
    return body, (document["merchant"],) if document["merchant"] else ()


def _candidates(found: list[CandidateShown], total: int, related: Related) -> dict[str, object]:
    shown = [
        {
            "payment_id": one["payment"],
            "merchant_id": related.merchant_of(one["payment"]),
            "contradictions": one["contradictions"],
        }
        for one in found[:SHOWN_MAX]
    ]
    return {"count": total, "shown": shown}


def _statement(key: str, document: Document, related: Related) -> Row:
    del key, related
    assert is_statement(document)
    content = document["content"]
    currency = content["currency"] if content else None

    def stated(minor: int | None) -> dict[str, object] | None:
        return None if minor is None or currency is None else amount(minor, currency)

    body: dict[str, object] = {
        "version": document["version"],
        "state": document["state"],
        "statement_id": document["statement_id"],
        "source_kind": document["source_kind"],
        "account": document["account"],
        "currency": currency,
        "first_day": content["first_day"] if content else None,
        "last_day": content["last_day"] if content else None,
        "lines": content["lines"] if content else None,
        "credits": stated(content["credit_minor"]) if content else None,
        "debits": stated(content["debit_minor"]) if content else None,
        "opening": stated(content["opening_minor"]) if content else None,
        "closing": stated(content["closing_minor"]) if content else None,
        "refused_place": document["refused_place"],
        "refused_because": document["refused_because"],
        "recorded_at": instant(document["recorded_at_ms"]),
        "position": str(document["position"]),
    }
    return body, ()


_ROWS: Final[Mapping[Resource, Callable[[str, Document, Related], Row | None]]] = {
    "payments": _payment,
    "settlements": _settlement,
    "matches": _match,
    "exceptions": _exception,
    "statements": _statement,
}
