"""Settlement overview: each line as it was delivered, what it settles, and why it is open.

One document a line, keyed by its stream; lines of a match that stands elsewhere learn of it from
the match itself. A line in a provisional match is open, for the reason "provisional".

    open ──▶ matched ──▶ open        open ──▶ duplicate ──▶ open        open ──▶ cancelled
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, TypedDict, TypeGuard

from domain.facts import Fact, Recorded
from domain.settlement import (
    PROVISIONAL,
    SettlementAllocated,
    SettlementAllocationReleased,
    SettlementCancelled,
    SettlementContradictionDetected,
    SettlementDuplicateCleared,
    SettlementFinalised,
    SettlementJoined,
    SettlementLeftOpen,
    SettlementMarkedDuplicate,
    SettlementRecorded,
    SettlementRepeated,
)
from projections.document import Document, local_day_of

MODEL = "settlement_overview"

State: TypeAlias = Literal["open", "matched", "duplicate", "cancelled"]
What: TypeAlias = Literal["recorded", "matched", "released", "duplicate", "cleared", "cancelled"]


class Happening(TypedDict):
    """A change of the line's state, on the local day it was recorded, and the match it is about."""

    day: str
    what: What
    match_id: str | None


class Posting(TypedDict):
    """What a match put into the books for this line; kept when the match is released.

    The parts that settle payments, those that go back (negative), and the match's residuals by
    kind, which are booked with the line the match stands on. `shared` says that the residuals may
    belong to other lines of the match as well.
    """

    match_id: str
    settled_minor: int
    returned_minor: int
    residuals: dict[str, int]
    shared: bool


class CandidateShown(TypedDict):
    """A payment that could be meant, and what speaks against it."""

    payment: str
    contradictions: list[str]


class Contradicted(TypedDict):
    """A later fact spoke against a match of this line."""

    match_id: str
    reason: str
    against: list[str]


class SettlementOverview(TypedDict):
    """`minor` is signed: + credits our account. Days are ISO 8601; age counts from `booking_day`.

    `rows` are the ids under which the entry was delivered, repeats included. `reason`, `open_rule`
    and candidates say why it is open; None while nothing was judged.
    """

    rows: list[str]
    source: str
    account: str
    minor: int
    currency: str
    booking_day: str
    value_day: str
    bank_entry_id: str | None
    reference: str | None
    end_to_end_id: str | None
    merchant: str | None
    statement_id: str | None
    reversal: bool
    received_at: str | None
    state: State
    match_id: str | None
    rule: str | None
    evidence: str | None
    status: str | None
    reason: str | None
    open_rule: str | None
    candidates: list[CandidateShown]
    candidates_total: int
    duplicate_of: str | None
    duplicate_rule: str | None
    cancelled_on: str | None
    cancelled_because: str | None
    contradictions: list[Contradicted]
    postings: list[Posting]
    happenings: list[Happening]
    recorded_at_ms: int
    changed_at_ms: int
    version: int
    position: int


def is_settlement_overview(document: Document) -> TypeGuard[SettlementOverview]:
    """Whether a document is of this model."""
    return "booking_day" in document


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The line itself; of a match, all its lines."""
    fact = recorded.fact
    if not isinstance(fact, SettlementAllocated | SettlementFinalised):
        return (recorded.stream,)
    return tuple(dict.fromkeys((recorded.stream, *[one.settlement for one in fact.allocations])))


def apply(document: Document | None, recorded: Recorded, key: str) -> Document | None:
    """The line's document after the fact."""
    if document is None:
        return _recorded(recorded)
    assert is_settlement_overview(document), "settlement_overview holds its own documents"
    if recorded.position <= document["position"]:
        return document
    _FOLDS[type(recorded.fact)](document, recorded, key)
    document["changed_at_ms"] = recorded.recorded_at_ms
    document["position"] = recorded.position
    if recorded.stream == key:
        document["version"] = recorded.version
    return document


def _recorded(recorded: Recorded) -> SettlementOverview:
    fact = recorded.fact
    assert isinstance(fact, SettlementRecorded), "the first fact of a settlement is its recording"
    recorded_day = local_day_of(recorded.recorded_at_ms)
    return {
        "rows": [fact.settlement_id],
        "source": fact.source,
        "account": fact.account,
        "minor": fact.amount.minor,
        "currency": fact.amount.currency,
        "booking_day": fact.booking_date.isoformat(),
        "value_day": fact.value_date.isoformat(),
        "bank_entry_id": fact.bank_entry_id,
        "reference": fact.reference,
        "end_to_end_id": fact.end_to_end_id,
        "merchant": fact.merchant_id,
        "statement_id": fact.statement_id,
        "reversal": fact.reversal,
        "received_at": fact.received_at,
        "state": "open",
        "match_id": None,
        "rule": None,
        "evidence": None,
        "status": None,
        "reason": None,
        "open_rule": None,
        "candidates": [],
        "candidates_total": 0,
        "duplicate_of": None,
        "duplicate_rule": None,
        "cancelled_on": None,
        "cancelled_because": None,
        "contradictions": [],
        "postings": [],
        "happenings": [{"day": recorded_day, "what": "recorded", "match_id": None}],
        "recorded_at_ms": recorded.recorded_at_ms,
        "changed_at_ms": recorded.recorded_at_ms,
        "version": recorded.version,
        "position": recorded.position,
    }


def _repeated(document: SettlementOverview, recorded: Recorded, key: str) -> None:
    del key
    fact = recorded.fact
    assert isinstance(fact, SettlementRepeated)
    document["rows"].append(fact.settlement_id)


def _allocated(document: SettlementOverview, recorded: Recorded, key: str) -> None:
    fact = recorded.fact
    assert isinstance(fact, SettlementAllocated)
    document["rule"], document["evidence"] = fact.rule, fact.evidence
    document["status"] = fact.status
    if fact.status == PROVISIONAL:  # it settles nothing yet: nothing goes into the books
        document["match_id"] = fact.match_id
        document["reason"], document["open_rule"] = PROVISIONAL, fact.rule
        document["candidates"], document["candidates_total"] = [], 0
        return
    document["postings"].append(_posting(fact, key, is_home=recorded.stream == key))
    _matched(document, recorded, fact.match_id)


def _finalised(document: SettlementOverview, recorded: Recorded, key: str) -> None:
    fact = recorded.fact
    assert isinstance(fact, SettlementFinalised)
    match = fact.match
    document["rule"], document["evidence"] = match.rule, match.evidence
    if document["status"] == PROVISIONAL:
        document["postings"].append(_posting(match, key, is_home=recorded.stream == key))
        document["match_id"] = None
        _matched(document, recorded, match.match_id)
    document["status"] = match.status


def _posting(match: SettlementAllocated, key: str, *, is_home: bool) -> Posting:
    amounts = [one.amount.minor for one in match.allocations if one.settlement == key]
    residuals: dict[str, int] = {}
    for residual in match.residuals if is_home else ():
        residuals[residual.kind] = residuals.get(residual.kind, 0) + residual.amount.minor
    return {
        "match_id": match.match_id,
        "settled_minor": sum(amount for amount in amounts if amount > 0),
        "returned_minor": sum(amount for amount in amounts if amount < 0),
        "residuals": residuals,
        "shared": bool(match.residuals) and len(match.settlements) > 1,
    }


def _joined(document: SettlementOverview, recorded: Recorded, key: str) -> None:
    del key
    fact = recorded.fact
    assert isinstance(fact, SettlementJoined)
    _matched(document, recorded, fact.match_id)


def _matched(document: SettlementOverview, recorded: Recorded, match_id: str) -> None:
    if document["match_id"] == match_id:
        return  # a line hears of its match twice: from the match, and by joining it
    document["state"], document["match_id"] = "matched", match_id
    _explain(document, None)
    _note(document, recorded, "matched", match_id)


def _released(document: SettlementOverview, recorded: Recorded, key: str) -> None:
    del key
    fact = recorded.fact
    assert isinstance(fact, SettlementAllocationReleased)
    was_provisional = document["status"] == PROVISIONAL
    document["state"], document["match_id"] = "open", None
    document["rule"] = document["evidence"] = document["status"] = None
    if was_provisional:
        _explain(document, None)
    else:
        _note(document, recorded, "released", fact.match_id)


def _duplicate(document: SettlementOverview, recorded: Recorded, key: str) -> None:
    del key
    fact = recorded.fact
    assert isinstance(fact, SettlementMarkedDuplicate)
    known = document["state"] == "duplicate"
    document["state"] = "duplicate"
    document["duplicate_of"], document["duplicate_rule"] = fact.of, fact.rule
    _explain(document, None)
    if not known:  # it may turn out to repeat another line than first thought
        _note(document, recorded, "duplicate", None)


def _cleared(document: SettlementOverview, recorded: Recorded, key: str) -> None:
    del key
    document["state"] = "open"
    document["duplicate_of"] = document["duplicate_rule"] = None
    _note(document, recorded, "cleared", None)


def _cancelled(document: SettlementOverview, recorded: Recorded, key: str) -> None:
    fact = recorded.fact
    assert isinstance(fact, SettlementCancelled)
    if document["state"] == "duplicate":
        _cleared(document, recorded, key)
    document["state"] = "cancelled"
    document["cancelled_on"] = fact.business_date.isoformat()
    document["cancelled_because"] = fact.reason
    _explain(document, None)
    _note(document, recorded, "cancelled", None)


def _left_open(document: SettlementOverview, recorded: Recorded, key: str) -> None:
    del key
    fact = recorded.fact
    assert isinstance(fact, SettlementLeftOpen)
    _explain(document, fact)


def _contradicted(document: SettlementOverview, recorded: Recorded, key: str) -> None:
    del key
    fact = recorded.fact
    assert isinstance(fact, SettlementContradictionDetected)
    contradicted: Contradicted = {
        "match_id": fact.match_id,
        "reason": fact.reason,
        "against": list(fact.against),
    }
    document["contradictions"].append(contradicted)


def _explain(document: SettlementOverview, verdict: SettlementLeftOpen | None) -> None:
    document["reason"] = verdict.reason if verdict else None
    document["open_rule"] = verdict.rule if verdict else None
    document["candidates_total"] = verdict.candidates_total if verdict else 0
    document["candidates"] = [
        {"payment": one.payment, "contradictions": list(one.contradictions)}
        for one in (verdict.candidates if verdict else ())
    ]


def _note(
    document: SettlementOverview, recorded: Recorded, what: What, match_id: str | None
) -> None:
    day = local_day_of(recorded.recorded_at_ms)
    document["happenings"].append({"day": day, "what": what, "match_id": match_id})


_FOLDS: dict[type[Fact], Callable[[SettlementOverview, Recorded, str], None]] = {
    SettlementRepeated: _repeated,
    SettlementAllocated: _allocated,
    SettlementFinalised: _finalised,
    SettlementJoined: _joined,
    SettlementAllocationReleased: _released,
    SettlementMarkedDuplicate: _duplicate,
    SettlementDuplicateCleared: _cleared,
    SettlementCancelled: _cancelled,
    SettlementLeftOpen: _left_open,
    SettlementContradictionDetected: _contradicted,
}

READS: frozenset[type[Fact]] = frozenset((SettlementRecorded, *_FOLDS))
BEGINS: frozenset[type[Fact]] = frozenset((SettlementRecorded,))
