"""Aliases: from the ids that sources use, repeats included, to our streams.

A delivered row stands under `settlement:<row id>`. A payment's stream follows from its source and
its own id, so of payments only the sources are kept, under SOURCES_KEY. One id may name items of
several sources.
"""

from __future__ import annotations

from typing import TypedDict, TypeGuard

from domain.facts import Fact, Recorded
from domain.payment import PaymentRegistered
from domain.settlement import SettlementRecorded, SettlementRepeated
from projections.document import Document

MODEL = "alias"

READS: frozenset[type[Fact]] = frozenset(
    (PaymentRegistered, SettlementRecorded, SettlementRepeated)
)
BEGINS: frozenset[type[Fact]] = frozenset()

SOURCES_KEY = "sources"


class Alias(TypedDict):
    """What the key stands for, sorted: streams, or sources of payments under SOURCES_KEY."""

    names: list[str]


def is_alias(document: Document) -> TypeGuard[Alias]:
    """Whether a document is of this model."""
    return "names" in document


def settlement_key(row_id: str) -> str:
    """Where the alias of a delivered row's id stands."""
    return f"settlement:{row_id}"


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The id of the delivered row, or the sources of payments."""
    fact = recorded.fact
    if isinstance(fact, PaymentRegistered):
        return (SOURCES_KEY,)
    assert isinstance(fact, SettlementRecorded | SettlementRepeated)
    return (settlement_key(fact.settlement_id),)


def apply(document: Document | None, recorded: Recorded, key: str) -> Document | None:
    """The alias, with what the fact names in it."""
    del key
    fact = recorded.fact
    name = fact.source if isinstance(fact, PaymentRegistered) else recorded.stream
    if document is None:
        return {"names": [name]}
    assert is_alias(document), "alias holds its own documents"
    if name not in document["names"]:
        document["names"] = sorted((*document["names"], name))
    return document
