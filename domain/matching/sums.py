"""Stage 5: payouts that hold payments back, and later ones that release them (L1 to L3).

The search looks for the payments that are missing from a payout, or that came on top of it, by
their exact sum inside a derived group; a sum found anywhere else is a suggestion at most (L3). It
goes on after the first solution to the end of its bounds: a second one refuses both.

A unique sum alone is no proof. Near misses tell how likely an accident is: other sums of any size
that was searched, from the same pool, whose gross lies within NEAR_MINOR_MAX of the solution's and
differs from it by a multiple of LATTICE_MINOR. With h of them, (h + 1) / 200 accidental solutions
are to be expected, once for each group that the line could be searched in.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from domain.errors import NoScheduleInForce
from domain.fees import BPS, Schedule, group_net, net, schedule_in_force, total_rate
from domain.matching.group import Group
from domain.matching.items import LineItem, MerchantItem, PaymentItem

POOL_OF_THREE_MAX = 60
POOL_OF_TWO_MAX = 400
SIZE_MAX = 3
"""Payments that a search combines at most: three in a small pool, two in a larger one, else one."""

NEAR_MINOR_MAX = 1_000_000
LATTICE_MINOR = 10_000
ACCIDENTS_OF_ONE_PPM = 5_000
"""1/200 of an accidental solution for each near miss, and one more: it matters in small samples."""

ACCIDENTS_MAX_PPM = 10_000
"""L1 asks for a hundredth of an accidental solution at most; above it is L2."""

SUMS_MAX = 200_000
"""Sums that are looked at for one line at most; then the search is exhausted, and says nothing."""

Kind = Literal["held", "released"]


@dataclass(slots=True)
class Budget:
    """Sums that may still be looked at for a line."""

    left: int = SUMS_MAX

    def spend(self, sums: int) -> None:
        """Count sums; raises Exhausted where there were not so many left."""
        self.left -= sums
        if self.left < 0:
            raise Exhausted


class Exhausted(Exception):  # noqa: N818  (an outcome, which the glossary names so)
    """The budget ended before the search did."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Payments whose absence from a group, or presence beside it, explains a line exactly.

    `group` is what the line then pays, `pool` what was searched in sizes up to `size_max`.
    """

    kind: Kind
    chosen: tuple[PaymentItem, ...]
    group: Group
    pool: tuple[PaymentItem, ...]
    size_max: int

    @property
    def gross(self) -> int:
        """The gross amount of the chosen payments."""
        return sum(payment.amount for payment in self.chosen)


def solutions(
    line: LineItem, group: Group, earlier: Sequence[PaymentItem], budget: Budget
) -> list[Solution]:
    """The sums that explain what the line lacks of its group, or has more; two at most.

    A line below its group lacks some of it; one above it has some of `earlier`, the open earlier
    payments. Raises Exhausted.
    """
    surplus = line.amount - group.net.net
    kind: Kind = "released" if surplus > 0 else "held"
    pool = tuple(earlier) if kind == "released" else group.payments
    if not surplus or not pool:
        return []
    size = size_of(pool, group.merchant)
    found: list[Solution] = []
    for chosen in _Search(line, group, pool, kind).sums(size, budget):
        paid = _paid(group, chosen, kind)
        if paid is not None and paid.net.net == line.amount:
            found.append(Solution(kind, chosen, paid, pool, size))
            if len(found) > 1:
                break
    return found


def size_of(pool: Sequence[PaymentItem], merchant: MerchantItem) -> int:
    """How many payments are combined at most, from so many, at this merchant."""
    size = SIZE_MAX if len(pool) <= POOL_OF_THREE_MAX else 2 if len(pool) <= POOL_OF_TWO_MAX else 1
    return min(size, merchant.terms.max_held)


def near_misses(
    chosen: Sequence[PaymentItem], pool: Sequence[PaymentItem], size_max: int, budget: Budget
) -> int:
    """Other sums of up to `size_max` of the pool that come near that of the chosen ones.

    Counted on gross amounts, on the lattice on which amounts are rounded. Raises Exhausted.
    """
    target, own = sum(one.amount for one in chosen), {one.id for one in chosen}
    ordered = sorted(pool, key=lambda one: (one.amount, one.id))
    amounts = [one.amount for one in ordered]
    low, high = target - NEAR_MINOR_MAX, target + NEAR_MINOR_MAX
    near = 0
    for places, total in _sums_between(amounts, size_max, low, high, budget):
        if not (total - target) % LATTICE_MINOR:
            near += own != {ordered[place].id for place in places}
    return near


def accidents_ppm(near: int, *, searches: int) -> int:
    """Accidental solutions to be expected (λ), in millionths."""
    return (near + 1) * ACCIDENTS_OF_ONE_PPM * searches


@dataclass(slots=True)
class _Search:
    """A search for what a line lacks of its group, or has beside it.

    Each payment has a weight, and a sum of weights within `slack` of the target may be a solution:
    its net rounded by item, where the group is rounded so; else its net unrounded, in units of
    1 / BPS² minor units, since what is rounded together is not the sum of its parts (F1, F3).
    """

    line: LineItem
    group: Group
    pool: Sequence[PaymentItem]
    kind: Kind
    _versions: dict[int, Schedule | None] = field(default_factory=dict[int, Schedule | None])

    def sums(self, size: int, budget: Budget) -> Iterator[tuple[PaymentItem, ...]]:
        by_item = self.group.merchant.terms.fee_rounding == "item"
        if by_item:
            target, slack = self.line.amount - self.group.net.net, 0
        else:
            target, slack = self._unrounded()
        weighed = ((self._weight(payment, by_item=by_item), payment) for payment in self.pool)
        ordered = sorted(
            ((weight, payment.id, payment) for weight, payment in weighed if weight is not None),
            key=lambda one: one[:2],
        )
        target = abs(target)
        weights = [weight for weight, _, _ in ordered]
        for places, _ in _sums_between(weights, size, target - slack, target + slack, budget):
            yield tuple(ordered[place][2] for place in places)

    def _unrounded(self) -> tuple[int, int]:
        kept = sum(
            payment.amount * (BPS * BPS - total_rate(schedule))
            for payment in self.group.payments
            if (schedule := self._schedule(payment)) is not None
        )
        versions = {
            schedule.effective_from: schedule
            for payment in (*self.group.payments, *self.pool)
            if (schedule := self._schedule(payment)) is not None
        }
        # Five roundings err by a half at most, the first also through the VAT on it.
        slack = sum((5 * BPS + one.vat_on_fee_bps) * BPS // 2 + 1 for one in versions.values())
        return self.line.amount * BPS * BPS - kept, slack

    def _weight(self, payment: PaymentItem, *, by_item: bool) -> int | None:
        schedule = self._schedule(payment)
        if schedule is None:
            return None  # a payment before the first schedule has no expected net
        if by_item:
            return net(schedule, payment.amount)
        return payment.amount * (BPS * BPS - total_rate(schedule))

    def _schedule(self, payment: PaymentItem) -> Schedule | None:
        if payment.created not in self._versions:
            try:
                schedule = schedule_in_force(self.group.merchant.terms, payment.created)
            except NoScheduleInForce:
                schedule = None
            self._versions[payment.created] = schedule
        return self._versions[payment.created]


def _sums_between(
    values: Sequence[int], size: int, low: int, high: int, budget: Budget
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Every sum of one to `size` of the sorted values within the bounds, with its places."""
    for count in range(1, size + 1):
        for places in combinations(range(len(values)), count - 1):
            base = sum([values[place] for place in places])
            first = places[-1] + 1 if places else 0
            start = bisect_left(values, low - base, first)
            end = bisect_right(values, high - base, start)
            budget.spend(1 + end - start)
            for last in range(start, end):
                yield (*places, last), base + values[last]


def _paid(group: Group, chosen: Sequence[PaymentItem], kind: Kind) -> Group | None:
    """The group without what is held, or with what is released; None where nothing is left."""
    if kind == "held":
        out = {payment.id for payment in chosen}
        payments = [payment for payment in group.payments if payment.id not in out]
    else:
        payments = [*group.payments, *chosen]
    if not payments:
        return None
    paid = group_net(group.merchant.terms, [(one.amount, one.created) for one in payments])
    ordered = tuple(sorted(payments, key=lambda payment: payment.id))
    return Group(group.merchant, ordered, paid, group.by)
