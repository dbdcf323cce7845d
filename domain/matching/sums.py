"""Stage 5: payouts that hold payments back, and later ones that release them.

Bounded sums inside a derived group (rule L1).

The search looks for the payments that are missing from a payout, or that came on top of it, by
their exact sum. A unique sum alone is no proof: it posts only where few others come near. Near
misses are sums of the same sizes from the same pool that lie within NEAR_MINOR_MAX of the target
and differ from it by a multiple of LATTICE_MINOR; with h of them about (h + 1) / 200 accidental
solutions are to be expected, and a match asks for a hundredth at most.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from domain.errors import NoScheduleInForce
from domain.fees import gross_candidates, group_net, net, schedule_in_force
from domain.matching.group import Group
from domain.matching.items import LineItem, PaymentItem
from domain.matching.proof import SumSearch

POOL_OF_THREE_MAX = 60
POOL_OF_TWO_MAX = 400
SIZE_MAX = 3
"""Payments that a search combines at most: three in a small pool, two in a larger one, else one."""

NEAR_MINOR_MAX = 1_000_000
LATTICE_MINOR = 10_000
NEAR_MISSES_MAX = 1
"""(1 + 1) / 200 = 0.01 accidental solutions expected."""


@dataclass(frozen=True, slots=True)
class Found:
    """The group that a line pays, without what is held back or with what is released."""

    group: Group
    rule: str
    search: SumSearch


def held_back(line: LineItem, group: Group) -> Found | None:
    """The payments of the group that the line leaves out, if exactly one small set explains it."""
    pool = group.payments
    found = _search(pool, [-rest for rest in _surplus(line, group)], group)
    if found is None:
        return None
    chosen, search = found
    kept = tuple(payment for payment in pool if payment not in chosen)
    return _paid(line, group, kept, "payout-held@1", search)


def released(line: LineItem, group: Group, earlier: Sequence[PaymentItem]) -> Found | None:
    """The earlier payments that the line pays on top, if exactly one small set explains it."""
    found = _search(earlier, _surplus(line, group), group)
    if found is None:
        return None
    chosen, search = found
    return _paid(line, group, (*group.payments, *chosen), "payout-released@1", search)


def _surplus(line: LineItem, group: Group) -> list[int]:
    """By how much the line exceeds its group.

    In nets where they are rounded by item, else in gross amounts.
    """
    if group.merchant.terms.fee_rounding == "item":
        return [line.amount - group.net.net]
    versions = group.schedules
    if len(versions) != 1:
        return []  # a sub-total for each version cannot be told from one net
    schedule = schedule_in_force(group.merchant.terms, group.payments[0].created)
    gross = sum(payment.amount for payment in group.payments)
    return [candidate - gross for candidate in gross_candidates(schedule, line.amount)]


def _search(
    pool: Sequence[PaymentItem], targets: Sequence[int], group: Group
) -> tuple[tuple[PaymentItem, ...], SumSearch] | None:
    wanted = [target for target in targets if target > 0]
    size = min(_size_max(len(pool)), group.merchant.terms.max_held)
    if not wanted or not pool or size < 1:
        return None
    values = ((_value(payment, group), at) for at, payment in enumerate(pool))
    ordered = sorted((value, at) for value, at in values if value is not None)
    low, high = min(wanted) - NEAR_MINOR_MAX, max(wanted) + NEAR_MINOR_MAX
    solutions: list[tuple[int, ...]] = []
    near = 0
    for places, total in _sums_between([value for value, _ in ordered], size, low, high):
        for target in wanted:
            distance = total - target
            if distance == 0:
                solutions.append(places)
            elif distance % LATTICE_MINOR == 0 and abs(distance) <= NEAR_MINOR_MAX:
                near += 1
    if len(solutions) != 1 or near > NEAR_MISSES_MAX:
        return None
    search = SumSearch(pool=len(pool), size_max=size, solutions=1, near_misses=near)
    return tuple(pool[ordered[place][1]] for place in solutions[0]), search


def _sums_between(
    values: Sequence[int], size: int, low: int, high: int
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Every sum of one to `size` of the sorted values within the bounds, with its places."""
    for count in range(1, size + 1):
        for places in combinations(range(len(values)), count - 1):
            base = sum([values[place] for place in places])
            first = places[-1] + 1 if places else 0
            start = bisect_left(values, low - base, first)
            for last in range(start, bisect_right(values, high - base, first)):
                yield (*places, last), base + values[last]


def _size_max(pool: int) -> int:
    if pool <= POOL_OF_THREE_MAX:
        return SIZE_MAX
    return 2 if pool <= POOL_OF_TWO_MAX else 1


def _value(payment: PaymentItem, group: Group) -> int | None:
    terms = group.merchant.terms
    if terms.fee_rounding != "item":
        return payment.amount
    try:
        return net(schedule_in_force(terms, payment.created), payment.amount)
    except NoScheduleInForce:
        return None  # a payment before the first schedule has no expected net


def _paid(
    line: LineItem,
    group: Group,
    payments: tuple[PaymentItem, ...],
    rule: str,
    search: SumSearch,
) -> Found | None:
    """The group of these payments, if its net is the line to the centavo."""
    if not payments:
        return None
    terms = group.merchant.terms
    try:
        paid = group_net(terms, [(payment.amount, payment.created) for payment in payments])
    except NoScheduleInForce:
        return None
    if paid.net != line.amount:
        return None
    ordered = tuple(sorted(payments, key=lambda payment: payment.id))
    return Found(Group(group.merchant, ordered, paid, group.by), rule, search)
