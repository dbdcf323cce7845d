"""What the engine answers: matches, duplicates, and why the rest stays open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.matching.items import LineItem, PaymentItem
from domain.matching.proof import EvidenceClass, MatchStatus, Proof
from domain.matching.ruled import Suggested
from domain.settlement import Allocation, Residual, SettlementLeftOpen
from domain.values import value

RETURN_RULES = ("reversal@1", "refund@1", "chargeback@1")
"""Rules whose matches take money back from a payment instead of settling it."""


@value
class MatchFound:
    """A match that nothing contradicts; `lines` are sorted by id, the first is its home."""

    rule: str
    evidence: EvidenceClass
    lines: tuple[LineItem, ...]
    payments: tuple[PaymentItem, ...]
    allocations: tuple[Allocation, ...]
    residuals: tuple[Residual, ...]
    proof: Proof
    status: MatchStatus = "final"

    @property
    def key(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What was decided, without why: the ids of lines and payments.

        Equal keys are the same decision.
        """
        lines = tuple(sorted([line.id for line in self.lines]))
        return lines, tuple(sorted([payment.id for payment in self.payments]))


@dataclass(frozen=True, slots=True)
class DuplicateFound:
    """The line repeats the line `of`, by this rule."""

    of: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict on a closed set of lines.

    Each is in one match, or a duplicate, or open for a reason. `suggested` is what configured rules
    that only suggest say of open lines.
    """

    matches: tuple[MatchFound, ...]
    duplicates: Mapping[str, DuplicateFound]
    left_open: Mapping[str, SettlementLeftOpen]
    lines: frozenset[str]
    suggested: tuple[Suggested, ...] = ()
