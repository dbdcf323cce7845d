"""Payouts that do not come to the sum of their sales: payments held back, or no reason at all.

At most one payout of a merchant and method holds back or differs. So the truth of each stays
provable: held sums have one solution, and unexplained differences have none.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.demo_bank.books import Books
from adapters.demo_bank.items import Payment
from adapters.demo_bank.merchants import Merchant
from domain.fees import net, schedule_in_force

HOLD_PERCENT_A_PAYOUT, HOLD_PERCENT_MAX = 4, 60
"""How likely it is that one of a merchant's payouts holds payments back: more with each payout."""

HOLD_NEVER_RELEASED_PERCENT = 25
HOLD_TRIES_MAX = 10
RELEASE_DAYS_MAX = 12
"""Held money comes within the window of its payment (X7)."""

SUM_TOLERANCE = 3
"""Centavos within which two sums are not told apart: net is not strictly monotone."""

ADJUSTED_PERCENT_A_PAYOUT, ADJUSTED_PERCENT_MAX = 3, 30
"""The same for one that differs by an amount which nothing explains."""


@dataclass(slots=True, eq=False, kw_only=True)
class Payout:
    """One payout in the making: its payments, and what is odd about it."""

    merchant: Merchant
    method: str
    value_day: int
    payments: list[Payment]
    oddity: str = ""
    adjustment: int = 0


def make_irregular(books: Books, payouts: list[Payout]) -> None:
    """Hold payments back from one of a merchant's payouts (in order of value day), or adjust one.

    Merchants with two groupings or two schedules are left alone: they test something else.
    """
    merchant = payouts[0].merchant
    if merchant.stamps_utc or merchant.changes_terms:
        return
    if books.dice.percent(min(HOLD_PERCENT_MAX, HOLD_PERCENT_A_PAYOUT * len(payouts))):
        _hold_back(books, payouts)
    elif books.dice.percent(min(ADJUSTED_PERCENT_MAX, ADJUSTED_PERCENT_A_PAYOUT * len(payouts))):
        _adjust(books, books.dice.pick(payouts))


# Held and released.


def _hold_back(books: Books, payouts: list[Payout]) -> None:
    """Take one to three payments out of a payout, and most times into a later one."""
    place = books.dice.below(len(payouts))
    payout = payouts[place]
    held = _held(books, payout) if len(payout.payments) > 2 else []
    if not held:
        return
    payout.payments = [payment for payment in payout.payments if payment not in held]
    payout.oddity = "batch_hold"
    last_day = payout.value_day + RELEASE_DAYS_MAX
    later = [other for other in payouts[place + 1 :] if other.value_day <= last_day][:3]
    if not later or books.dice.percent(HOLD_NEVER_RELEASED_PERCENT):
        for payment in held:
            books.unpaid("batch_missing", payment)
        return
    release = books.dice.pick(later)
    release.payments = release.payments + held
    release.oddity = "batch_release"


def _held(books: Books, payout: Payout) -> list[Payment]:
    """Payments of the payout whose sum no others of it reach; none when luck does not find them."""
    payments = payout.payments
    values = sorted(_searched(payout.merchant, payment) for payment in payments)
    most = 3 if 6 < len(payments) <= 60 else 1
    for _ in range(HOLD_TRIES_MAX):
        held = books.dice.sample(payments, books.dice.between(1, most))
        target = sum(_searched(payout.merchant, payment) for payment in held)
        if solutions(values, target, sizes=_sizes(len(payments))) == 1:
            return held
    return []


def _searched(merchant: Merchant, payment: Payment) -> int:
    """What a search adds up: nets where each is rounded, gross amounts where the sum is."""
    if merchant.terms.fee_rounding == "batch":
        return payment.amount
    return net(schedule_in_force(merchant.terms, payment.day), payment.amount)


def _sizes(pool: int) -> range:
    """Sizes of the subsets that an engine searches in a pool (section 7 of the matching rules)."""
    return range(1, (3 if pool <= 60 else 2 if pool <= 400 else 1) + 1)


def solutions(values: Sequence[int], target: int, *, sizes: range) -> int:
    """How many subsets of `values` (in rising order), of the sizes given, sum to about `target`."""
    return sum(_subsets(values, target, size, 0) for size in sizes)


def _subsets(values: Sequence[int], target: int, size: int, start: int) -> int:
    if size == 1:
        low, high = target - SUM_TOLERANCE, target + SUM_TOLERANCE
        return bisect_right(values, high, start) - bisect_left(values, low, start)
    return sum(
        _subsets(values, target - values[first], size - 1, first + 1)
        for first in range(start, len(values) - size + 1)
    )


# Adjusted.


def _adjust(books: Books, payout: Payout) -> None:
    """Let the payout differ by an amount that nothing explains; people must look at it.

    What is missing is less than any payment of the payout brings, and what is too much meets no
    open payment: no search can explain it.
    """
    smallest = min(_searched(payout.merchant, payment) for payment in payout.payments)
    payout.oddity = "batch_adjusted"
    if books.dice.percent(67):
        payout.adjustment = -books.dice.pick((1, 100, books.dice.between(100, smallest // 2)))
    else:
        payout.adjustment = books.dice.pick((1, books.dice.between(100, 5_000_000)))
