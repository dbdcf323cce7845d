"""The sub-stages of configured rules: their edges stand beside all that was left open before."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from domain.matching.identity import Edge, Work
from domain.matching.index import PaymentIndex
from domain.matching.ruled import Ruled
from domain.rules.book import RuleBook

Before = list[tuple[Work, list[Edge]]]
"""Lines with the edges that the built-in rules had found."""


def add_edges(
    works: Sequence[Work], rules: RuleBook, stage: int, index: PaymentIndex, taken: Container[str]
) -> Before:
    """Put the edges of the sub-stages up to this one beside those of the built-in rules."""
    before: Before = []
    for work in works:
        if work.open:
            built_in = [edge for edge in work.composite if edge.ruled is None]
            before.append((work, built_in))
            work.composite = [*built_in, *rules.edges(stage, work, index, taken)]
    return before


def restore(before: Before) -> None:
    """Where no rule could have posted, a line is open for the reason it had without rules."""
    for work, built_in in before:
        if not any(edge.ruled and edge.ruled.may_post for edge in work.composite):
            work.composite = built_in


def rules_of(edges: Iterable[Edge]) -> list[Ruled]:
    """What configured rules say of the edges."""
    return [edge.ruled for edge in edges if edge.ruled is not None]
