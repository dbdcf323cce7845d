"""Statements: what each one says of itself, and how far it came.

One document a statement, keyed by its stream; a refused file that no statement could be read in has
a document too.
"""

from __future__ import annotations

from typing import Literal, TypedDict, TypeGuard

from domain.delivery import StatementContent
from domain.facts import Fact, Recorded
from domain.statement import (
    StatementExtended,
    StatementReceived,
    StatementRefused,
    StatementSealed,
    StatementVerified,
)
from projections.document import Document

MODEL = "statements"

READS: frozenset[type[Fact]] = frozenset(
    (StatementReceived, StatementExtended, StatementVerified, StatementSealed, StatementRefused)
)
BEGINS: frozenset[type[Fact]] = frozenset()


class Content(TypedDict):
    """All rows that are known, summed up; a balance is None where the statement states none.

    The last three are known of imported files alone.
    """

    first_day: str
    last_day: str
    lines: int
    credit_minor: int
    debit_minor: int
    currency: str | None
    opening_minor: int | None
    closing_minor: int | None
    completeness: str | None
    profile: str | None
    profile_hash: str | None


class Statement(TypedDict):
    """`content` is None while only a refusal is known; `sealed` is the content last sealed."""

    statement_id: str | None
    source_kind: str | None
    account: str | None
    content: Content | None
    sealed: Content | None
    state: Literal["received", "verified", "sealed", "refused"]
    refused_place: str | None
    refused_because: str | None
    recorded_at_ms: int
    version: int
    position: int


def is_statement(document: Document) -> TypeGuard[Statement]:
    """Whether a document is of this model."""
    return "source_kind" in document


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The statement itself."""
    return (recorded.stream,)


def apply(document: Document | None, recorded: Recorded, key: str) -> Document | None:
    """The statement's document after the fact."""
    del key
    if document is None:
        document = _unknown(recorded)
    assert is_statement(document), "statements holds its own documents"
    if recorded.position <= document["position"]:
        return document
    document["position"], document["version"] = recorded.position, recorded.version
    _remember(document, recorded.fact)
    return document


def _unknown(recorded: Recorded) -> Statement:
    return {
        "statement_id": None,
        "source_kind": None,
        "account": None,
        "content": None,
        "sealed": None,
        "state": "received",
        "refused_place": None,
        "refused_because": None,
        "recorded_at_ms": recorded.recorded_at_ms,
        "version": 0,
        "position": 0,
    }


def _remember(document: Statement, fact: Fact) -> None:
    if isinstance(fact, StatementContent):
        document["state"], document["content"] = "received", _content(fact)
    if isinstance(fact, StatementReceived):
        document["statement_id"], document["account"] = fact.statement_id, fact.account
        document["source_kind"], document["sealed"] = fact.source_kind, None
    elif isinstance(fact, StatementVerified):
        document["state"] = "verified"
    elif isinstance(fact, StatementSealed):
        document["state"], document["sealed"] = "sealed", document["content"]
    elif isinstance(fact, StatementRefused):
        # A refused extension leaves the statement as it was sealed.
        document["state"] = "refused" if document["sealed"] is None else "sealed"
        document["content"] = document["sealed"]
        document["refused_place"], document["refused_because"] = fact.place, fact.reason


def _content(content: StatementContent) -> Content:
    return {
        "first_day": content.first_day.isoformat(),
        "last_day": content.last_day.isoformat(),
        "lines": content.lines,
        "credit_minor": content.credit_minor,
        "debit_minor": content.debit_minor,
        "currency": content.currency,
        "opening_minor": content.opening_minor,
        "closing_minor": content.closing_minor,
        "completeness": content.completeness,
        "profile": content.profile,
        "profile_hash": content.profile_hash,
    }
