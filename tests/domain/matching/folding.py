"""Many judgements of an engine that learns items one by one, folded into one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from domain.matching.items import ReferenceData
from domain.matching.verdicts import DuplicateFound, Judgement, MatchFound
from tests.domain.matching.table import Item, admit, matcher

Key = tuple[tuple[str, ...], tuple[str, ...], str, str]
"""Lines, payments, rule and status of a match."""


def decided(judgement: Judgement) -> tuple[list[Key], dict[str, str], dict[str, str]]:
    """Matches, what repeats what, and why the rest is open."""
    return (
        sorted(map(_decision, judgement.matches)),
        {name: one.rule for name, one in judgement.duplicates.items()},
        {name: f"{one.reason} {one.rule}" for name, one in judgement.left_open.items()},
    )


def _decision(found: MatchFound) -> Key:
    return (*found.key, found.rule, found.status)


class Folded:
    """The verdicts of many judgements: the last one on a line holds."""

    def __init__(self) -> None:
        self.matches: dict[str, MatchFound] = {}
        self.duplicates: dict[str, DuplicateFound] = {}

    def fold(self, judgement: Judgement) -> None:
        for name in judgement.lines:
            self.duplicates.pop(name, None)
            gone = self.matches.pop(name, None)
            if gone is not None:
                # A match disappears as a whole, or its lines would disagree about it.
                assert {one.id for one in gone.lines} <= judgement.lines
        for found in judgement.matches:
            self.matches |= {one.id: found for one in found.lines}
        self.duplicates |= judgement.duplicates

    def decided(self) -> tuple[list[Key], Mapping[str, str]]:
        matches = sorted({_decision(found) for found in self.matches.values()})
        return matches, {name: one.rule for name, one in self.duplicates.items()}


def item_by_item(
    items: Iterable[Item],
    *,
    reference: ReferenceData | None = None,
    seal: str | None = "now",
    known: Sequence[Item] = (),
) -> Folded:
    """Each item is made known, then judged with what it touches; `known` are judged first."""
    engine, folded = matcher(known, reference=reference), Folded()
    if known:
        folded.fold(engine.judge(seal=seal))
    for item in items:
        admit(engine, item)
        folded.fold(engine.judge(seal=seal, touched=[item.id]))
    return folded
