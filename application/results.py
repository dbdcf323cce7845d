"""What a run answers in files: the matches that stand, and every item that is open, with why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.matching.proof import EvidenceClass, Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow:
    """A match: ids as the sources gave them, and the proof as it is stored.

    `rule` is "name@version", `status` "final" or "provisional". The first of `settlements` is the
    line on whose stream the match stands.
    """

    payments: tuple[str, ...]
    settlements: tuple[str, ...]
    rule: str
    evidence: EvidenceClass
    status: str
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRow:
    """A payment, by its id, that could be meant, with what contradicts it (empty: nothing does)."""

    payment: str
    contradictions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRow:
    """An open item: `reason` is one of the glossary's, `rule` what refused to post it.

    `amount` are minor units that are still open; `since` is the day from which the item is open,
    `break_day` the day on which a pending one becomes missing. `candidates` are the first of
    `candidates_total`. `duplicate_of` is the settlement that a duplicate repeats.
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
