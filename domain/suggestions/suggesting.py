"""The likeliest payments for each open line, and the likeliest lines for each payment.

A pure function of the open items, the settled payments that their ids name, and reference data.
Nothing here is posted, stored as a fact, or asked by what decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.matching.evidence import read
from domain.matching.identity import Work, identify
from domain.matching.items import LineItem
from domain.suggestions.evidence import Considered, of_payment
from domain.suggestions.groups import Together
from domain.suggestions.likeness import said_by
from domain.suggestions.model import SCORE_PERMILLE_MIN, SUGGESTIONS_MAX, Suggestion
from domain.suggestions.pool import Pool
from domain.suggestions.weights import RULE, calibrated, shares, weight

RIVAL_PERCENT = 50
"""A suggestion has rivals, and lacks being the only one, where another is half as likely."""

UNSEEN = ("one", "amount-round")
"""What is known of payments of equal amount that are too many to be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """At most SUGGESTIONS_MAX by line, and by payment, the likeliest first, then by id."""

    of_line: Mapping[str, tuple[Suggestion, ...]]
    of_payment: Mapping[str, tuple[Suggestion, ...]]


class Suggester:
    """Suggests out of one pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._together = Together(pool)

    def consider(self, line: LineItem) -> tuple[list[Considered], int]:
        """Everything worth a look for a line, by ids; and how many more like it there are."""
        pool = self._pool
        work = Work(line=line, shown=read(line, pool.index))
        identify(work, pool.index, pool.settled)
        said = said_by(line)
        singles, unseen = pool.singles(line, work.shown, said)
        found: dict[tuple[str, ...], Considered] = {}
        for one in singles:
            _keep(found, of_payment(work, one, pool, said))
        for several in self._together.considered(work):
            if not pool.is_barred(line, several.payments):
                _keep(found, several)
        return [found[key] for key in sorted(found)], unseen

    def suggest(self, line: LineItem) -> tuple[Suggestion, ...]:
        """Everything with a likelihood worth a look, the likeliest first, then by id."""
        considered, unseen = self.consider(line)
        scores = likelihoods([one.codes for one in considered], unseen=unseen)
        ranked = sorted(
            ((score, one) for score, one in zip(scores, considered, strict=True)),
            key=lambda each: (-each[0], each[1].key),
        )
        worth = [each for each in ranked if each[0] >= SCORE_PERMILLE_MIN]
        best = [score for score, _ in worth[:2]]
        return tuple(
            # The rival of the best is the second, that of all others the best.
            _suggestion(line, one, score, max([*best[:place], *best[place + 1 :]], default=0))
            for place, (score, one) in enumerate(worth)
        )


def likelihoods(answers: Sequence[Sequence[str]], *, unseen: int = 0) -> list[int]:
    """How likely each answer is, in a thousand, of which at most one is right; by their codes."""
    weighs = [weight(codes) for codes in answers]
    return calibrated(shares(weighs, unseen=unseen, unseen_weighs=weight(UNSEEN)))


def _keep(found: dict[tuple[str, ...], Considered], one: Considered) -> None:
    """Of two ways to the same payments the weightier stays."""
    other = found.get(one.key)
    if other is None or weight(one.codes) > weight(other.codes):
        found[one.key] = one


def _suggestion(line: LineItem, one: Considered, score: int, rival: int) -> Suggestion:
    rivalled = 100 * rival >= RIVAL_PERCENT * score
    return Suggestion(
        line=line.id,
        payments=one.key,
        rule=RULE,
        score_permille=score,
        difference_minor=one.difference_minor,
        reasons=one.reasons,
        lacks=(*one.lacks, "only-one") if rivalled else one.lacks,
        contradictions=one.contradictions,
    )


def suggestions(
    pool: Pool, lines: Iterable[LineItem], progress: Callable[[int], None] | None = None
) -> Suggestions:
    """The suggestions for these open lines, and what they mean for payments."""
    suggester = Suggester(pool)
    of_line: dict[str, tuple[Suggestion, ...]] = {}
    of_payment: defaultdict[str, list[Suggestion]] = defaultdict(list)
    for at, line in enumerate(sorted(lines, key=lambda each: each.id)):
        found = suggester.suggest(line)
        if found:
            of_line[line.id] = found[:SUGGESTIONS_MAX]
        for one in found:
            for payment in one.payments:
                of_payment[payment].append(one)
        if progress and not at % 1_000:
            progress(at)
    return Suggestions(
        of_line=of_line,
        of_payment={
            payment: tuple(sorted(some, key=_rank)[:SUGGESTIONS_MAX])
            for payment, some in sorted(of_payment.items())
        },
    )


def _rank(one: Suggestion) -> tuple[int, str, tuple[str, ...]]:
    return -one.score_permille, one.line, one.payments
