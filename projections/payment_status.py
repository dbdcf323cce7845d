"""Payment status: what is expected, what of it arrived, with what, and what went back.

One document a payment, keyed by its stream.

    expected ──▶ partly_allocated ──▶ reconciled      and back, when an allocation is released
    expected ──▶ cancelled
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Literal, TypeAlias, TypedDict, TypeGuard

from domain.facts import Fact, Recorded
from domain.matching.contradictions import DAYS_AFTER_EXPECTED_MAX
from domain.payment import (
    PaymentAllocated,
    PaymentAllocationReleased,
    PaymentCancelled,
    PaymentRegistered,
    PaymentReturnAnnounced,
    PaymentReturned,
    PaymentReturnReleased,
)
from domain.settlement import (
    PROVISIONAL,
    SettlementAllocated,
    SettlementAllocationReleased,
    SettlementFinalised,
)
from projections.document import Document

MODEL = "payment_status"

State: TypeAlias = Literal["expected", "partly_allocated", "reconciled", "cancelled"]

_BREAK_AFTER = timedelta(days=DAYS_AFTER_EXPECTED_MAX)


class Matched(TypedDict):
    """A standing match of the payment: `minor`, in its currency, arrived with `settlements`."""

    match_id: str
    minor: int
    settlements: list[str]


class Returned(TypedDict):
    """`minor` (positive) went back by `settlement`: a reversal, refund or chargeback."""

    match_id: str
    kind: str
    minor: int
    settlement: str


class Announced(TypedDict):
    """`minor` (positive) is said to go back, since a day: no money moved yet by that."""

    announcement_id: str
    minor: int
    reason: str | None
    day: str


class Charged(TypedDict):
    """The residuals of a match whose lowest payment this is; they belong to the match as a whole.

    `amounts` by residual kind, signed as in the match, in the line's `currency`.
    """

    match_id: str
    currency: str
    amounts: dict[str, int]


class PaymentStatus(TypedDict):
    """Days are ISO 8601; `break_day` is the last day on which the money may arrive (rule X7).

    `minor` = `allocated_minor` + `open_minor`, where open is 0 once it is cancelled and nothing was
    allocated. `version` is the last of the payment's own stream, `position` that of the last fact
    of any stream. `reserved_by` is a provisional match that would settle it.
    """

    payment_id: str
    source: str
    merchant: str
    minor: int
    currency: str
    method: str
    created_at: str
    created_day: str
    expected_day: str
    break_day: str
    reference: str | None
    end_to_end_id: str | None
    received_at: str | None
    state: State
    allocated_minor: int
    open_minor: int
    returned_minor: int
    matches: list[Matched]
    returns: list[Returned]
    announced: list[Announced]
    charges: list[Charged]
    reserved_by: str | None
    cancelled_on: str | None
    cancelled_because: str | None
    recorded_at_ms: int
    changed_at_ms: int
    version: int
    position: int


def is_payment_status(document: Document) -> TypeGuard[PaymentStatus]:
    """Whether a document is of this model."""
    return "payment_id" in document


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The payment itself; of a match with residuals, the lowest of its payments.

    All payments of a match that is provisional, when it is posted and when it falls.
    """
    fact = recorded.fact
    if isinstance(fact, SettlementAllocationReleased):
        return fact.freed
    if not isinstance(fact, SettlementAllocated | SettlementFinalised):
        return (recorded.stream,)
    if isinstance(fact, SettlementAllocated) and fact.status == PROVISIONAL:
        return fact.payments
    return (min(_match_of(fact).payments),) if fact.residuals else ()


def apply(document: Document | None, recorded: Recorded, key: str) -> Document | None:
    """The payment's document after the fact."""
    if document is None:
        return _registered(recorded)
    assert is_payment_status(document), "payment_status holds its own documents"
    if recorded.position <= document["position"]:
        return document
    _FOLDS[type(recorded.fact)](document, recorded.fact)
    document["changed_at_ms"] = recorded.recorded_at_ms
    document["position"] = recorded.position
    if recorded.stream == key:
        document["version"] = recorded.version
    return document


def _registered(recorded: Recorded) -> PaymentStatus:
    fact = recorded.fact
    assert isinstance(fact, PaymentRegistered), "the first fact of a payment is its registration"
    return {
        "payment_id": fact.payment_id,
        "source": fact.source,
        "merchant": fact.merchant_id,
        "minor": fact.amount.minor,
        "currency": fact.amount.currency,
        "method": fact.method,
        "created_at": fact.created_at,
        "created_day": fact.local_day.isoformat(),
        "expected_day": fact.expected_value_date.isoformat(),
        "break_day": (fact.expected_value_date + _BREAK_AFTER).isoformat(),
        "reference": fact.reference,
        "end_to_end_id": fact.end_to_end_id,
        "received_at": fact.received_at,
        "state": "expected",
        "allocated_minor": 0,
        "open_minor": fact.amount.minor,
        "returned_minor": 0,
        "matches": [],
        "returns": [],
        "announced": [],
        "charges": [],
        "reserved_by": None,
        "cancelled_on": None,
        "cancelled_because": None,
        "recorded_at_ms": recorded.recorded_at_ms,
        "changed_at_ms": recorded.recorded_at_ms,
        "version": recorded.version,
        "position": recorded.position,
    }


def _allocated(document: PaymentStatus, fact: Fact) -> None:
    assert isinstance(fact, PaymentAllocated)
    matched: Matched = {
        "match_id": fact.match_id,
        "minor": fact.amount.minor,
        "settlements": list(fact.settlements),
    }
    document["matches"].append(matched)
    document["reserved_by"] = None  # a final match overrides any that is not
    _move(document, fact.amount.minor)


def _released(document: PaymentStatus, fact: Fact) -> None:
    assert isinstance(fact, PaymentAllocationReleased)
    gone = [one for one in document["matches"] if one["match_id"] == fact.match_id]
    document["matches"] = [one for one in document["matches"] if one["match_id"] != fact.match_id]
    _discharge(document, fact.match_id)
    _move(document, -sum(one["minor"] for one in gone))


def _returned(document: PaymentStatus, fact: Fact) -> None:
    assert isinstance(fact, PaymentReturned)
    returned: Returned = {
        "match_id": fact.match_id,
        "kind": fact.kind,
        "minor": fact.amount.minor,
        "settlement": fact.settlement,
    }
    document["returns"].append(returned)
    document["returned_minor"] += fact.amount.minor


def _announced(document: PaymentStatus, fact: Fact) -> None:
    assert isinstance(fact, PaymentReturnAnnounced)
    announced: Announced = {
        "announcement_id": fact.announcement_id,
        "minor": fact.amount.minor,
        "reason": fact.reason,
        "day": fact.business_date.isoformat(),
    }
    document["announced"].append(announced)


def _return_released(document: PaymentStatus, fact: Fact) -> None:
    assert isinstance(fact, PaymentReturnReleased)
    document["returns"] = [one for one in document["returns"] if one["match_id"] != fact.match_id]
    document["returned_minor"] = sum(one["minor"] for one in document["returns"])
    _discharge(document, fact.match_id)


def _cancelled(document: PaymentStatus, fact: Fact) -> None:
    assert isinstance(fact, PaymentCancelled)
    document["state"] = "cancelled"
    document["open_minor"] = 0
    document["cancelled_on"] = fact.business_date.isoformat()
    document["cancelled_because"] = fact.reason


def _match_of(fact: SettlementAllocated | SettlementFinalised) -> SettlementAllocated:
    return fact.match if isinstance(fact, SettlementFinalised) else fact


def _charged(document: PaymentStatus, fact: Fact) -> None:
    assert isinstance(fact, SettlementAllocated | SettlementFinalised)
    if isinstance(fact, SettlementAllocated) and fact.status == PROVISIONAL:
        document["reserved_by"] = fact.match_id
        return
    amounts: dict[str, int] = {}
    for residual in fact.residuals:
        amounts[residual.kind] = amounts.get(residual.kind, 0) + residual.amount.minor
    charged: Charged = {
        "match_id": fact.match_id,
        "currency": fact.residuals[0].amount.currency,
        "amounts": amounts,
    }
    _discharge(document, fact.match_id)  # it may have been final already, by another rule
    document["charges"].append(charged)


def _freed(document: PaymentStatus, fact: Fact) -> None:
    assert isinstance(fact, SettlementAllocationReleased)
    if document["reserved_by"] == fact.match_id:
        document["reserved_by"] = None


def _move(document: PaymentStatus, minor: int) -> None:
    document["allocated_minor"] += minor
    document["open_minor"] -= minor
    if document["open_minor"] == 0:
        document["state"] = "reconciled"
    else:
        document["state"] = "partly_allocated" if document["allocated_minor"] else "expected"


def _discharge(document: PaymentStatus, match_id: str) -> None:
    if document["charges"]:
        document["charges"] = [one for one in document["charges"] if one["match_id"] != match_id]


_FOLDS: dict[type[Fact], Callable[[PaymentStatus, Fact], None]] = {
    PaymentAllocated: _allocated,
    PaymentAllocationReleased: _released,
    PaymentReturnAnnounced: _announced,
    PaymentReturned: _returned,
    PaymentReturnReleased: _return_released,
    PaymentCancelled: _cancelled,
    SettlementAllocated: _charged,
    SettlementFinalised: _charged,
    SettlementAllocationReleased: _freed,
}

READS: frozenset[type[Fact]] = frozenset((PaymentRegistered, *_FOLDS))
BEGINS: frozenset[type[Fact]] = frozenset((PaymentRegistered,))
