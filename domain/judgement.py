"""How far matching has come: everything recorded up to a position was judged, under which seal.

A run that dies between its facts and this one leaves them unjudged; the next run judges them again
and comes to the same end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

STREAM = "jdg:core"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementCompleted:
    """All facts up to position `through` were judged.

    `seal` says what closed the windows of class C (None: nothing did).
    """

    TOPIC: ClassVar[str] = "judgement.completed"
    through: int
    seal: str | None


JudgementFact = JudgementCompleted


@dataclass(frozen=True, slots=True)
class Judged:
    """The last position that was judged, and under which seal."""

    through: int
    seal: str | None


def evolve(judged: Judged | None, fact: JudgementFact) -> Judged:
    """The state after `fact`."""
    del judged  # the last judgement is all that counts
    return Judged(fact.through, fact.seal)


def complete(judged: Judged | None, *, through: int, seal: str | None) -> tuple[JudgementFact, ...]:
    """Note that everything up to `through` was judged; the same again, or less, is nothing new."""
    if judged is not None and through <= judged.through and seal == judged.seal:
        return ()
    return (JudgementCompleted(through=through, seal=seal),)
