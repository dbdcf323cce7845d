"""What is wrong with a row or a document, before it is known where that stands; and what is odd."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from application.batch import WARNINGS_MAX, InputWarning
from domain.errors import BadValue, Refusal


@dataclass(unsafe_hash=True)
class Unusable(Refusal):
    """The text at hand cannot be accepted, and why, in words that hold nothing personal.

    `place` is set where it is known better than by the line: a JSON path, or a line of a document.
    """

    reason: str
    place: str | None = None


def words_of(refusal: BadValue) -> str:
    """The reason of a refused value: "currency-unknown (XXX)"."""
    return refusal.reason if refusal.detail is None else f"{refusal.reason} ({refusal.detail})"


@dataclass(slots=True)
class Flags:
    """What was accepted and has to be looked at: the first WARNINGS_MAX of them, and how many."""

    warnings: list[InputWarning] = field(default_factory=list[InputWarning])
    total: int = 0

    def extend(self, others: Iterable[InputWarning], *, total: int) -> None:
        """Note `total` things at once, of which these are the first."""
        self.total += total
        self.warnings += others
        del self.warnings[WARNINGS_MAX:]

    def add(self, *, file: str, place: str, name: str, kind: str) -> None:
        """Note something about the field `name`."""
        self.total += 1
        if len(self.warnings) < WARNINGS_MAX:
            self.warnings.append(InputWarning(file=file, place=place, field=name, kind=kind))
