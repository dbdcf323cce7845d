"""Stage 5 over all lines together: what is held and released, provisionally or for good.

First the payouts below their groups: what each of them holds back lies inside its group. Then those
above: what they release is searched among open earlier payments that no other sum has reserved, in
rounds, since a payout that finds its explanation leaves fewer open payments to the others. Within a
round all lines are judged together (E1), so neither the order of the input nor that of the days
decides.

What one payout holds and others release, exactly and completely, corroborates both: such matches
are final. Any other one is provisional (L2): it reserves its payments against other sums,
and eliminates nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from domain.matching.claims import Claim, unrivalled
from domain.matching.evidence import Shown
from domain.matching.group import Group
from domain.matching.identity import Work
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem
from domain.matching.payouts import Payouts
from domain.matching.proof import POOL_INLINE_MAX, SumSearch
from domain.matching.proving import hash_of
from domain.matching.sums import (
    Budget,
    Exhausted,
    Kind,
    Solution,
    accidents_ppm,
    near_misses,
    solutions,
)

RULES: dict[Kind, str] = {"held": "payout-held@2", "released": "payout-released@2"}
Refused = Literal["several", "exhausted", "expired"]

PROVISIONAL_DAYS_MAX = 90
"""Calendar days after its value date for which a line may stay in a provisional match."""


def expires(value_date: int) -> int:
    """The last day on which a provisional match of a line of that value date may stand."""
    return value_date + PROVISIONAL_DAYS_MAX


@dataclass(frozen=True, slots=True)
class SumFound:
    """A line, what explains it, and the record of the search."""

    work: Work
    solution: Solution
    search: SumSearch

    @property
    def chosen(self) -> frozenset[str]:
        """The payments that are held back, or released."""
        return frozenset(self.search.chosen)

    @property
    def is_final(self) -> bool:
        """Whether something else than the sum itself says so."""
        return bool(self.search.corroborated_by)

    def claim(self) -> Claim:
        """What the line then pays."""
        group = self.solution.group
        return Claim(
            works=(self.work,),
            payments=group.payments,
            rule=RULES[self.solution.kind],
            group=group,
            sums=self.search,
        )


@dataclass(slots=True)
class _Searched:
    """What the searches for one line came to, one for each group that it may be about."""

    found: list[Solution] = field(default_factory=list[Solution])
    searches: int = 0
    exhausted: bool = False


class Holding:
    """One judgement of stage 5, as of the day `through`, to which both sides are complete.

    `refused` says why a line that was searched found nothing sure.
    """

    def __init__(
        self, index: PaymentIndex, taken: Container[str], *, through: int | None = None
    ) -> None:
        self._through = through
        self._payouts = Payouts(index, taken)
        self._held: set[str] = set()
        self._reserved: set[str] = set()
        self.refused: dict[str, Refused] = {}

    def decide(self, works: Iterable[Work]) -> list[SumFound]:
        """The sums that explain a line each, in the order of the lines."""
        waiting = list(works)
        decided = self._round(waiting, "held")
        while True:
            settled = {one.work.line.id for one in decided}
            waiting = [work for work in waiting if work.line.id not in settled]
            found = self._round(waiting, "released")
            if not found:
                break
            decided += found
        decided.sort(key=lambda one: one.work.line.id)
        return [one for one in corroborated(decided) if self._may_stand(one)]

    def _may_stand(self, one: SumFound) -> bool:
        line = one.work.line
        if one.is_final or self._through is None or self._through <= expires(line.value):
            return True
        self.refused[line.id] = "expired"
        return False

    def _round(self, works: Sequence[Work], kind: Kind) -> list[SumFound]:
        """The lines whose only explanation nobody contests, among all that are asked together."""
        sums: dict[str, SumFound] = {}
        claims: list[Claim] = []
        rivals: list[Claim] = []
        for work in works:
            found, searched = self._of_line(work, kind)
            if found is not None:
                sums[work.line.id] = found
                claims.append(found.claim())
            rivals += [_contender(work, solution) for solution in searched]
        alone = [sums[claim.works[0].line.id] for claim in unrivalled(claims, rivals)]
        for one in alone:
            self._reserved |= _ids(one.solution.group.payments)
            if kind == "held":
                self._held |= one.chosen
        return alone

    def _of_line(self, work: Work, kind: Kind) -> tuple[SumFound | None, list[Solution]]:
        """The one explanation of a line; or, where it is not the only one, all that were found."""
        budget = Budget()
        searched = self._searched(work.line, work.shown, kind, budget)
        if not searched.exhausted and len(searched.found) == 1:
            solution = searched.found[0]
            try:
                near = near_misses(solution.chosen, solution.pool, solution.size_max, budget)
            except Exhausted:
                searched.exhausted = True
            else:
                self.refused.pop(work.line.id, None)
                if self._is_free(solution.group):
                    return SumFound(work, solution, _record(solution, searched, near)), []
        if searched.exhausted:
            self.refused[work.line.id] = "exhausted"
        elif searched.found:
            self.refused[work.line.id] = "several"
        return None, searched.found

    def _searched(self, line: LineItem, shown: Shown, kind: Kind, budget: Budget) -> _Searched:
        searched = _Searched()
        known: set[frozenset[str]] = set()
        paid: dict[frozenset[str], Solution] = {}
        for group in self._payouts.candidates(line, shown):
            payments = _ids(group.payments)
            if payments in known or (line.amount > group.net.net) != (kind == "released"):
                continue
            known.add(payments)
            searched.searches += 1
            earlier: Sequence[PaymentItem] = ()
            if kind == "released":
                earlier = self._payouts.earlier(
                    line, group, held=self._held, reserved=self._reserved
                )
            try:
                for one in solutions(line, group, earlier, budget):
                    if not self._payouts.is_contradicted(line, shown, one.group):
                        paid.setdefault(_ids(one.group.payments), one)
            except Exhausted:
                searched.exhausted = True
        searched.found = list(paid.values())
        return searched

    def _is_free(self, group: Group) -> bool:
        return self._reserved.isdisjoint(payment.id for payment in group.payments)


def _ids(payments: Iterable[PaymentItem]) -> frozenset[str]:
    return frozenset(payment.id for payment in payments)


def _contender(work: Work, solution: Solution) -> Claim:
    """What stands against others, though it cannot post."""
    return Claim(
        works=(work,), payments=solution.group.payments, rule=RULES[solution.kind], may_post=False
    )


def _record(solution: Solution, searched: _Searched, near: int) -> SumSearch:
    ids = sorted(payment.id for payment in solution.pool)
    return SumSearch(
        pool=len(ids),
        size_max=solution.size_max,
        solutions=1,
        near_misses=near,
        lambda_ppm=accidents_ppm(near, searches=searched.searches),
        searches=searched.searches,
        chosen=tuple(sorted(payment.id for payment in solution.chosen)),
        pool_ids=tuple(ids) if len(ids) <= POOL_INLINE_MAX else (),
        pool_hash=hash_of(ids),
    )


def corroborated(found: Sequence[SumFound]) -> list[SumFound]:
    """The same, each with the lines that confirm it.

    Payouts that hold and payouts that release hang together by the payments they name. They confirm
    each other where all that is held among them is released, once each, and nothing else is.
    """
    naming: defaultdict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(found):
        for payment in one.chosen:
            naming[payment].append(at)
    across = [{at for payment in one.chosen for at in naming[payment]} for one in found]
    sure = [all(_is_passed_on(naming[payment], found) for payment in one.chosen) for one in found]
    return [
        _confirmed(one, [found[other] for other in sorted(across[at] - {at})])
        if all(sure[other] for other in _connected(at, across))
        else one
        for at, one in enumerate(found)
    ]


def _is_passed_on(naming: Sequence[int], found: Sequence[SumFound]) -> bool:
    return sorted(found[at].solution.kind for at in naming) == ["held", "released"]


def _confirmed(one: SumFound, by: Sequence[SumFound]) -> SumFound:
    lines = tuple(sorted(other.work.line.id for other in by))
    return replace(one, search=replace(one.search, corroborated_by=lines))


def _connected(start: int, across: Sequence[set[int]]) -> set[int]:
    reached, new = {start}, [start]
    while new:
        for other in across[new.pop()] - reached:
            reached.add(other)
            new.append(other)
    return reached
