"""What is suggested: a line, the payments it may pay, how likely, what is for and against it."""

from __future__ import annotations

from dataclasses import dataclass

SUGGESTIONS_MAX = 5
"""Suggestions that an item has at most."""

SCORE_PERMILLE_MIN = 5
"""What is less likely than this is not worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A line may pay these payments: one, or several together.

    `score_permille` is in how many of a thousand such cases it was so, measured on data with truth;
    the suggestions of one line sum to 1,000 at most. `rule` is what suggests it, with its version.
    `difference_minor` is the line less what the payments explain of it, None where they are in
    another currency. `reasons` speak for it, `lacks` is what a match would need besides,
    `contradictions` are X1 to X8: words for the codes stand in application/wording.
    """

    line: str
    payments: tuple[str, ...]
    rule: str
    score_permille: int
    difference_minor: int | None
    reasons: tuple[str, ...]
    lacks: tuple[str, ...]
    contradictions: tuple[str, ...]
