"""Matches: what each match settles, with which residuals, by which rule, and whether it stands.

One document a match, keyed by its id. The proof stays in the fact that `fact_id` names: the one
that made it final, where it was provisional before.
"""

from __future__ import annotations

from typing import Literal, TypedDict, TypeGuard

from domain.facts import Fact, Recorded
from domain.settlement import (
    SettlementAllocated,
    SettlementAllocationReleased,
    SettlementContradictionDetected,
    SettlementFinalised,
)
from projections.document import Document, local_day_of

MODEL = "matches"


class AllocationShown(TypedDict):
    """`minor` of the line settles `payment_minor` of the payment, each in its own currency."""

    settlement: str
    payment: str
    minor: int
    payment_minor: int
    payment_currency: str


class ResidualShown(TypedDict):
    """A named difference, signed, in the lines' currency."""

    kind: str
    minor: int


class Objection(TypedDict):
    """A later fact that spoke against the match, recorded on the local `day`."""

    day: str
    reason: str
    against: list[str]


class Match(TypedDict):
    """`minor` is allocations plus residuals, in `currency`; `home` is the stream it stands on."""

    match_id: str
    home: str
    settlements: list[str]
    payments: list[str]
    minor: int
    currency: str
    allocations: list[AllocationShown]
    residuals: list[ResidualShown]
    rule: str
    evidence: str
    status: str
    state: Literal["active", "released"]
    released_because: str | None
    released_cause: str | None
    released_at_ms: int | None
    contradictions: list[Objection]
    fact_id: str
    recorded_at_ms: int
    position: int


def is_match(document: Document) -> TypeGuard[Match]:
    """Whether a document is of this model."""
    return "allocations" in document


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The match that the fact speaks of."""
    fact = recorded.fact
    assert isinstance(
        fact,
        SettlementAllocated
        | SettlementFinalised
        | SettlementAllocationReleased
        | SettlementContradictionDetected,
    )
    return (fact.match_id,)


def apply(document: Document | None, recorded: Recorded, key: str) -> Document | None:
    """The match's document after the fact."""
    del key
    fact = recorded.fact
    if document is None:
        assert isinstance(fact, SettlementAllocated), "the first fact of a match posts it"
        return _posted(fact, recorded)
    assert is_match(document), "matches holds its own documents"
    if recorded.position <= document["position"]:
        return document
    document["position"] = recorded.position
    if isinstance(fact, SettlementContradictionDetected):
        day = local_day_of(recorded.recorded_at_ms)
        objection: Objection = {"day": day, "reason": fact.reason, "against": list(fact.against)}
        document["contradictions"].append(objection)
    elif isinstance(fact, SettlementFinalised):
        final = _posted(fact.match, recorded)
        final["contradictions"] = document["contradictions"]
        final["recorded_at_ms"] = document["recorded_at_ms"]  # when it was posted
        return final
    elif isinstance(fact, SettlementAllocationReleased) and document["state"] == "active":
        document["state"] = "released"  # each line leaves; the first to leave ends the match
        document["released_because"], document["released_cause"] = fact.reason, fact.cause
        document["released_at_ms"] = recorded.recorded_at_ms
    return document


def _posted(fact: SettlementAllocated, recorded: Recorded) -> Match:
    explained = sum(one.amount.minor for one in fact.allocations)
    explained += sum(one.amount.minor for one in fact.residuals)
    return {
        "match_id": fact.match_id,
        "home": recorded.stream,
        "settlements": list(fact.settlements),
        "payments": list(fact.payments),
        "minor": explained,
        "currency": fact.allocations[0].amount.currency,
        "allocations": [
            {
                "settlement": one.settlement,
                "payment": one.payment,
                "minor": one.amount.minor,
                "payment_minor": one.payment_amount.minor,
                "payment_currency": one.payment_amount.currency,
            }
            for one in fact.allocations
        ],
        "residuals": [{"kind": one.kind, "minor": one.amount.minor} for one in fact.residuals],
        "rule": fact.rule,
        "evidence": fact.evidence,
        "status": fact.status,
        "state": "active",
        "released_because": None,
        "released_cause": None,
        "released_at_ms": None,
        "contradictions": [],
        "fact_id": recorded.fact_id,
        "recorded_at_ms": recorded.recorded_at_ms,
        "position": recorded.position,
    }


READS: frozenset[type[Fact]] = frozenset(
    (
        SettlementAllocated,
        SettlementFinalised,
        SettlementAllocationReleased,
        SettlementContradictionDetected,
    )
)
BEGINS: frozenset[type[Fact]] = frozenset()
