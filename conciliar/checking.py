"""Matches of a run checked once more, from its files alone: `reconcile --check`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from adapters.match_checker.checking import Checker, sample
from adapters.match_checker.reading import read, rows
from conciliar.composition import holidays
from conciliar.running import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A match that does not hold, and why."""

    settlements: tuple[str, ...]
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How many of how many matches were checked.

    `elsewhere` matches have items of other folders in the store: this folder cannot tell of them.
    """

    checked: int
    matches: int
    elsewhere: int
    failing: tuple[Failing, ...]

    @property
    def holds(self) -> bool:
        """Whether every match that was checked holds."""
        return not self.failing


def check(folder: Path, out: Path, *, most: int | None, progress: Progress) -> Checked:
    """Check `out`/matches.jsonl against `folder`: all, or a sample that is always the same."""
    data, matches = read(folder), rows(out / "matches.jsonl")
    known = [
        match
        for match in matches
        if data["settlements"].keys() >= {*match["settlements"]}
        and data["payments"].keys() >= {*match["payments"]}
    ]
    asked = sample(known, most)
    checker = Checker(data, known, closed=holidays())
    failing: list[Failing] = []
    for done, match in enumerate(asked):
        if reason := checker.fault(match):
            lines = tuple(match["settlements"])
            failing.append(Failing(settlements=lines, rule=match["rule"], reason=reason))
        progress("check", done + 1, len(asked))
    return Checked(
        checked=len(asked),
        matches=len(matches),
        elsewhere=len(matches) - len(known),
        failing=tuple(failing),
    )
