"""What a run answers in files: the matches that stand, and every item that is open, with why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from domain.matching.proof import EvidenceClass, Proof
from domain.values import value


@value
class ProofRow(Proof):
    """A proof as it is stored, with the amount equation that its fact holds beside it.

    Allocations are settlement id, payment id, minor units of the line and of the payment; residuals
    are kind and signed minor units of the line. Together they sum to the lines' amounts.
    """

    allocations: tuple[tuple[str, str, int, int], ...]
    residuals: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow:
    """A match: ids as the sources gave them, and the proof with its amounts.

    `rule` is "name@version", `status` "final" or "provisional". The first of `settlements` is the
    line on whose stream the match stands.
    """

    payments: tuple[str, ...]
    settlements: tuple[str, ...]
    rule: str
    evidence: EvidenceClass
    status: str
    proof: ProofRow


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRow:
    """A payment, by its id, that could be meant, with what contradicts it (empty: nothing does)."""

    payment: str
    contradictions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionRow:
    """Class S: what may belong together, by ids as the sources gave them. It is never posted.

    Of a settlement `payments` are all that it may pay together; of a payment only itself, of
    `payments_total`. `score_permille` is in how many of a thousand such cases it was so, measured
    on data with truth; `rule` is what suggests it, "name@version". `difference` are the minor units
    by which the settlement exceeds what the payments explain, None across currencies. `reasons`
    speak for it, `lacks` is what a match would need, `contradictions` are X1 to X8.
    """

    settlement: str
    payments: tuple[str, ...]
    payments_total: int
    rule: str
    score_permille: int
    difference: int | None
    reasons: tuple[str, ...]
    lacks: tuple[str, ...]
    contradictions: tuple[str, ...]


Suggested: TypeAlias = Mapping[str, tuple[SuggestionRow, ...]]
"""By stream of an open line or payment: what is suggested for it, the likeliest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRow:
    """An open item: `reason` is one of the glossary's, `rule` what refused to post it.

    `amount` are minor units that are still open; `since` is the day from which the item is open,
    `break_day` the day on which a pending one becomes missing. `candidates` are the first of
    `candidates_total`. `duplicate_of` is the settlement that a duplicate repeats. `suggestions` are
    at most five, the likeliest first.
    """

    kind: Literal["settlement", "payment"]
    id: str
    reason: str
    rule: str | None
    amount: int
    currency: str
    since: date
    break_day: date | None = None
    merchant_id: str | None = None
    duplicate_of: str | None = None
    candidates: tuple[CandidateRow, ...] = ()
    candidates_total: int = 0
    suggestions: tuple[SuggestionRow, ...] = ()
