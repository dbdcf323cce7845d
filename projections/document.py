"""What a read model is made of: documents, and three ways to keep them.

    Projection   facts → documents             folded: a document and a fact give the document
    Selection    documents → documents         chosen: a document gives one other document, or none
    Total        documents → sums              added up: a document gives named amounts by key

A document holds text, whole numbers, booleans, None, lists and objects; no fractions, and nothing
personal.

Ownership: `apply` owns the document it is given and may change and return it. Whoever calls it
hands over a document that nobody else holds, and keeps none of its own. Selections and totals only
read.

Law: documents after a fact depend on the facts up to it alone, not on how they were cut into
chunks, nor on a fact coming twice. A selection or a total is a function of the documents that
stand: it is exact because it is never kept by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeAlias, TypeGuard

from domain.facts import Fact, Recorded

Document: TypeAlias = Mapping[str, object]

Amounts: TypeAlias = tuple[str, Mapping[str, int]]
"""Key of a total's document, and what is added to the amounts in it, by name."""


class Projection(Protocol):
    """Folds facts into documents of one model."""

    @property
    def MODEL(self) -> str:  # noqa: N802  (a module's constant)
        """Its name in the view store."""
        ...

    @property
    def READS(self) -> frozenset[type[Fact]]:  # noqa: N802
        """The kinds of facts that it looks at."""
        ...

    @property
    def BEGINS(self) -> frozenset[type[Fact]]:  # noqa: N802
        """The kinds of facts that begin a document: none is there before, and more will follow."""
        ...

    def keys(self, recorded: Recorded) -> tuple[str, ...]:
        """The documents that the fact touches, each once; said from the fact alone."""
        ...

    def apply(self, document: Document | None, recorded: Recorded, key: str) -> Document | None:
        """The document under `key` after the fact; a fact it has seen changes nothing."""
        ...


class Selection(Protocol):
    """Chooses, from documents of other models, those of its own."""

    @property
    def MODEL(self) -> str:  # noqa: N802
        """Its name in the view store."""
        ...

    @property
    def SOURCES(self) -> Mapping[str, Choice]:  # noqa: N802
        """For each model it reads: how a document is chosen, and what it then gives."""
        ...


class Total(Protocol):
    """Adds up documents of other models."""

    @property
    def MODEL(self) -> str:  # noqa: N802
        """Its name in the view store."""
        ...

    @property
    def SOURCES(self) -> Mapping[str, Added]:  # noqa: N802
        """For each model it reads: key and document → what the document adds."""
        ...

    def heading(self, key: str) -> dict[str, str]:
        """What the key says, for the document."""
        ...


class Choice(NamedTuple):
    """`key` answers, for a key and its document, the selection's own key; None: not chosen.

    `document` makes the selection's document of a chosen one.
    """

    key: Callable[[str, Document], str | None]
    document: Callable[[str, Document], Document]


Added: TypeAlias = Callable[[str, Document], Iterable[Amounts]]


# Totals: `amounts` holds what is not zero, by name, so that the way to a sum leaves no trace in it.


def with_added(
    document: Document | None, heading: Mapping[str, str], added: Mapping[str, int]
) -> Document | None:
    """A total's document with amounts added; None when nothing is left in it."""
    amounts = dict(amounts_of(document))
    for name, amount in added.items():
        amounts[name] = amounts.get(name, 0) + amount
    kept = {name: amounts[name] for name in sorted(amounts) if amounts[name]}
    return {**heading, "amounts": kept} if kept else None


def amounts_of(document: Document | None) -> Mapping[str, int]:
    """The amounts of a total's document, by name; those that are zero are not there."""
    if document is None:
        return {}
    amounts = document["amounts"]
    assert _are_amounts(amounts), "a total's document holds amounts by name"
    return amounts


def _are_amounts(value: object) -> TypeGuard[dict[str, int]]:
    return isinstance(value, dict)


# Days

_DAY_MS = 86_400_000
_LOCAL_OFFSET_MS = -3 * 3_600_000
_EPOCH = date(1970, 1, 1).toordinal()


def local_day_of(recorded_at_ms: int) -> str:
    """The local day (−03:00, ISO 8601) of an instant in milliseconds since 1970 UTC."""
    return _iso((recorded_at_ms + _LOCAL_OFFSET_MS) // _DAY_MS)


@lru_cache(maxsize=1024)
def _iso(days: int) -> str:
    return date.fromordinal(_EPOCH + days).isoformat()
