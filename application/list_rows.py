"""From documents to the rows of lists: the same rows and words whatever keeps them.

An adapter gives the documents of some keys and a way to others; it gets rows, and what each is
found under.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from application.query_conditions import found_under
from application.query_fields import FIELDS
from projections import matches
from projections.document import Document
from projections.listed import (
    MODELS,
    Listed,
    candidates_asked,
    listed,
    match_asked,
)
from projections.matches import is_match
from projections.resources import NOBODYS, Resource

RESOURCES: Final[Mapping[str, Resource]] = {model: resource for resource, model in MODELS.items()}
"""The resource that shows a model."""


class Documents(Protocol):
    """What rows have to know of other documents."""

    def documents(self, model: str, keys: Iterable[str]) -> Mapping[str, Document]:
        """The documents that exist under these keys."""
        ...

    def merchants(self, payments: Iterable[str]) -> Mapping[str, str]:
        """Whose payments they are, of those that exist."""
        ...


def rows(
    resource: Resource, documents: Mapping[str, Document], others: Documents
) -> dict[str, Listed]:
    """The rows of these documents of the resource's model, by key; some have none."""
    known = _related(resource, documents, others)
    made = ((key, listed(resource, key, each, known)) for key, each in documents.items())
    return {key: row for key, row in made if row is not None}


def found_words(row: Listed, resource: Resource) -> tuple[tuple[str, ...], ...]:
    """What a row is found under, each once: the words of its texts as runs, and their wholes."""
    runs: dict[tuple[str, ...], None] = {}
    for each in FIELDS[resource].values():
        text = row.body.get(each.name) if each.found else None
        if isinstance(text, str):
            runs.update(dict.fromkeys(found_under(text)))
    return tuple(runs)


def recorded_ms(document: Document) -> int:
    """When a document last changed, in recorded time; 0 where it does not say."""
    at_ms = document.get("changed_at_ms") or document.get("recorded_at_ms")
    return at_ms if isinstance(at_ms, int) else 0


@dataclass(frozen=True, kw_only=True)
class _Related:
    """Whose payments are whose, and which payments a match has."""

    payments: Mapping[str, tuple[str, ...]]
    merchants: Mapping[str, str] = field(default_factory=dict[str, str])

    def merchant_of(self, payment: str) -> str:
        return self.merchants.get(payment, NOBODYS)

    def payments_of(self, match_id: str) -> tuple[str, ...]:
        return self.payments.get(match_id, ())


def _related(resource: Resource, documents: Mapping[str, Document], others: Documents) -> _Related:
    asked = (match_asked(resource, key, each) for key, each in documents.items())
    named = sorted({match_id for match_id in asked if match_id is not None})
    payments: dict[str, tuple[str, ...]] = {}
    for match_id, match in others.documents(matches.MODEL, named).items() if named else ():
        assert is_match(match)
        payments[match_id] = tuple(match["payments"])
    wanted = {payment for some in payments.values() for payment in some}
    wanted.update(one for each in documents.values() for one in candidates_asked(each))
    if not wanted:
        return _Related(payments=payments)
    return _Related(payments=payments, merchants=others.merchants(sorted(wanted)))
