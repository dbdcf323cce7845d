"""Grants: the merchants that each partner may read now, one document a partner."""

from __future__ import annotations

from typing import TypedDict, TypeGuard

from domain.facts import Fact, Recorded
from domain.grant import GrantGiven, GrantWithdrawn
from projections.document import Document

MODEL = "grants"

READS: frozenset[type[Fact]] = frozenset((GrantGiven, GrantWithdrawn))
BEGINS: frozenset[type[Fact]] = frozenset()


class GrantHeld(TypedDict):
    """The merchants of a partner, sorted; none where all were withdrawn."""

    merchants: list[str]


def is_grant(document: Document) -> TypeGuard[GrantHeld]:
    """Whether it is one of this model's documents, which the caller took from it."""
    return "merchants" in document


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The partner."""
    fact = recorded.fact
    assert isinstance(fact, GrantGiven | GrantWithdrawn)
    return (fact.partner,)


def apply(document: Document | None, recorded: Recorded, key: str) -> Document | None:
    """The merchants after the fact; a fact it has seen changes nothing."""
    del key
    fact = recorded.fact
    assert isinstance(fact, GrantGiven | GrantWithdrawn)
    assert document is None or is_grant(document), "grants holds its own documents"
    held = set(document["merchants"]) if document else set[str]()
    named = set(fact.merchants)
    merchants = held | named if isinstance(fact, GrantGiven) else held - named
    return {"merchants": sorted(merchants)}
