"""Payments that a line may pay together: payout groups, sums inside and beside them, lists.

Everything here is class S: the engine has posted what is exact and unrivalled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from domain.errors import NoScheduleInForce
from domain.fees import gross_candidates, group_net, net, schedule_in_force
from domain.matching.contradictions import DAYS_AFTER_EXPECTED_MAX
from domain.matching.group import Group
from domain.matching.identity import Work
from domain.matching.index import unique
from domain.matching.items import LineItem, PaymentItem
from domain.matching.payouts import Payouts
from domain.suggestions.evidence import Considered, of_several
from domain.suggestions.pool import Pool
from domain.suggestions.sums import exact_sums

DAYS_BESIDE = 4
"""Calendar days before and after a payout's value day whose groups are looked at too."""

GROUPS_MAX = 20
"""Groups that are looked at for one line."""

PAYER_POOL_MAX = 30
"""Open payments of one payer that are summed."""

Payments = tuple[PaymentItem, ...]


class Together:
    """What lines may pay together; groups are computed once for all lines."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._payouts = Payouts(pool.index, pool.settled)

    def considered(self, work: Work) -> Iterator[Considered]:
        """Every set of payments that is worth a look, each with what speaks for and against it."""
        if work.line.amount <= 0:
            return
        yield from self._listed(work)
        yield from self._of_payer(work)
        if work.shown.owners():
            return
        for group, day in islice(self._groups(work), GROUPS_MAX):
            codes = ("group",) if day == 0 else ("group", "group-day")
            if len(group.payments) > 1 or group.net.net == work.line.amount:
                yield of_several(work, group.payments, self._pool, codes=codes, net=group.net.net)
            if day == 0 and group.net.net != work.line.amount:
                yield from self._sums(work, group)

    def _listed(self, work: Work) -> Iterator[Considered]:
        """Several references: those payments, whatever their sum."""
        owners = work.shown.owners()
        if len(work.shown.hits) > 1 and len(owners) > 1:
            payments = _ordered(owners)
            total = sum(payment.amount for payment in payments)
            yield of_several(work, payments, self._pool, codes=("listed",), net=total)

    def _of_payer(self, work: Work) -> Iterator[Considered]:
        """Two or three open payments of the payer that sum to the line."""
        line = work.line
        some = [
            payment
            for payment in self._pool.of_payer(work.shown)
            if payment.currency == line.currency and payment.created <= line.value
        ][:PAYER_POOL_MAX]
        amounts = [payment.amount for payment in some]
        for places in exact_sums(amounts, line.amount, size_min=2):
            payments = _ordered([some[place] for place in places])
            yield of_several(
                work,
                payments,
                self._pool,
                codes=("payer", *_sum("sum-payer", places)),
                net=line.amount,
            )

    # Payouts

    def _groups(self, work: Work) -> Iterator[tuple[Group, int]]:
        """The groups of the line's value day, then those of days around it."""
        days = sorted(range(-DAYS_BESIDE, DAYS_BESIDE + 1), key=lambda day: (abs(day), day))
        roll = self._pool.index.reference.calendar.roll
        seen: set[int] = set()
        for beside in days:
            day = roll(work.line.value + beside)
            if day in seen:
                continue
            seen.add(day)
            line = work.line if beside == 0 else replace(work.line, value=day)
            for group in self._payouts.candidates(line, work.shown):
                yield group, beside

    def _sums(self, work: Work, group: Group) -> Iterator[Considered]:
        """The group without payments held back, or with some that were held before."""
        line = work.line
        for surplus in _surplus(line, group):
            pool = group.payments if surplus < 0 else tuple(self._earlier(line, group))
            values = [_value(payment, group) for payment in pool]
            most = min(3, group.merchant.terms.max_held)
            for places in exact_sums(values, abs(surplus), size_max=most):
                chosen = [pool[place] for place in places]
                code = "sum-held" if surplus < 0 else "sum-released"
                payments = (
                    tuple(payment for payment in pool if payment not in chosen)
                    if surplus < 0
                    else _ordered([*group.payments, *chosen])
                )
                if payments and _net(group, payments) == line.amount:
                    yield of_several(
                        work, payments, self._pool, codes=_sum(code, places), net=line.amount
                    )

    def _earlier(self, line: LineItem, group: Group) -> Iterator[PaymentItem]:
        """Open payments of earlier value days that the line may still pay."""
        methods = {payment.method for payment in group.payments}
        first = min(payment.expected for payment in group.payments)
        for payment in self._pool.index.grouped(group.merchant.code, line.currency):
            if (
                payment.method in methods
                and payment.id not in self._pool.settled
                and payment not in group.payments
                and payment.expected < first
                and line.value <= payment.expected + DAYS_AFTER_EXPECTED_MAX
            ):
                yield payment


def _sum(code: str, places: tuple[int, ...]) -> tuple[str, ...]:
    return code, f"sum-of-{len(places)}"


def _ordered(payments: list[PaymentItem]) -> Payments:
    return tuple(sorted(unique(payments), key=lambda payment: payment.id))


def _surplus(line: LineItem, group: Group) -> list[int]:
    """By how much the line exceeds its group: in nets where they are rounded by item, or gross."""
    if group.merchant.terms.fee_rounding == "item":
        return [line.amount - group.net.net]
    if len(group.schedules) != 1:
        return []  # a sub-total for each version cannot be told from one net
    schedule = schedule_in_force(group.merchant.terms, group.payments[0].created)
    gross = sum(payment.amount for payment in group.payments)
    return [candidate - gross for candidate in gross_candidates(schedule, line.amount)]


def _value(payment: PaymentItem, group: Group) -> int:
    terms = group.merchant.terms
    if terms.fee_rounding != "item":
        return payment.amount
    try:
        return net(schedule_in_force(terms, payment.created), payment.amount)
    except NoScheduleInForce:
        return 0  # a payment before the first schedule has no expected net: no sum holds it


def _net(group: Group, payments: Payments) -> int | None:
    terms = group.merchant.terms
    try:
        return group_net(terms, [(payment.amount, payment.created) for payment in payments]).net
    except NoScheduleInForce:
        return None
