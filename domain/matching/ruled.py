"""What a configured rule says of one edge, for judging and proving it (domain/rules makes it)."""

from __future__ import annotations

from dataclasses import dataclass

from domain.matching.proof import Eliminated, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """The rule behind an edge: its `name` in full, and what it rests on.

    Without `may_post` the edge stands against others all the same (E1, E2). `twins`: sets of twins
    may post by it (E3). `eliminated` are the payments that its keys reached and something rules
    out.
    """

    name: str
    may_post: bool
    twins: bool
    evidence: tuple[Evidence, ...]
    eliminated: tuple[Eliminated, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """What a rule that only suggests would have matched; nothing follows from it by itself.

    `difference` is the line's amount less the payment's, in minor units.
    """

    rule: str
    line: str
    payment: str
    difference: int
