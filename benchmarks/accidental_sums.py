"""How often a sum explains a payout by accident: every explanation that is found here is false.

    python -m benchmarks.accidental_sums [SEED]

A payout pays its whole group, less something that has nothing to do with any of its payments. Then
stage 5 searches the group for payments that were held back, as it does in the engine, and whatever
it finds is an accident. Tried are three kinds of amounts (AMOUNTS), two of differences
(DIFFERENCES) and pools of several sizes (POOLS). Counted are the payouts that one sum explains, of
these the ones that λ lets through, and of those the ones whose gross is a multiple of 100 pesos, is
none, or has centavos. Limits are exact (Clopper and Pearson), 95 %, one-sided, a million.

Only payouts below their group: a surplus is searched in the same way, among fewer payments.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from random import Random
from typing import Literal, get_args

from rich.console import Console
from rich.progress import track
from rich.table import Table

from domain.fees import MerchantTerms, Schedule, group_net, net
from domain.matching.group import Group
from domain.matching.items import LineItem, MerchantItem, PaymentItem
from domain.matching.sums import (
    ACCIDENTS_MAX_PPM,
    LATTICE_MINOR,
    Budget,
    Exhausted,
    Solution,
    accidents_ppm,
    near_misses,
    size_of,
    solutions,
)
from domain.rules.precision import upper_ppm

TRIES_A_POOL = 100
"""Differences of each kind that a pool is tried with: to list its sums costs more than to try.

One that is drawn twice is tried once, for it would be the same accident, and the limits hold for
independent ones.
"""

POOLS = {(3, 12): 3_000, (13, 30): 750, (31, 60): 150, (61, 150): 200, (151, 400): 50}
"""Payments in a group, from and to, and how many such groups. Above 60 only two are combined."""

MINOR = 100
WIDTH = 130
DAY = date(2026, 3, 2).toordinal()
SCHEDULE = Schedule(date(2026, 1, 1), 80, 2100, 150, 50, 0)
WHOLE_SLACK_MINOR = 20
"""Rounded together, a net differs from the sum of its parts by less than this."""

Seen = Literal["payouts", "one sum", "λ ≤ .01", "on 100", "off 100", "centavos"]
COUNTED: tuple[Seen, ...] = get_args(Seen)
BOUNDED: tuple[Seen, ...] = ("λ ≤ .01", "off 100")


# Amounts and differences, in minor units.


def labelled(dice: Random) -> int:
    """As in the labelled data: 40 % are multiples of 100 pesos, the others have any centavos."""
    pesos = _pesos(dice)
    return (
        pesos // 100 * 100 * MINOR if dice.random() < 0.4 else pesos * MINOR + dice.randrange(100)
    )


def whole_pesos(dice: Random) -> int:
    """Whole pesos, 40 % of them multiples of 100."""
    pesos = _pesos(dice)
    return (pesos // 100 * 100 if dice.random() < 0.4 else pesos) * MINOR


def prices(dice: Random) -> int:
    """One to three things of a shop, whose prices end in 99, 90, 50 or 00 pesos, or in 99.99."""
    endings = (0, 50_00, 90_00, 99_00, 99_99)
    return sum(
        _pesos(dice) // 300 * LATTICE_MINOR + dice.choice(endings)
        for _ in range(dice.randint(1, 3))
    )


def _pesos(dice: Random) -> int:
    return min(int(dice.lognormvariate(9.6, 1.2)) + 100, 9_000_000)


Amounts = Callable[[Random], int]
AMOUNTS: dict[str, Amounts] = {"labelled": labelled, "whole pesos": whole_pesos, "prices": prices}


def unexplained(amounts: Amounts, dice: Random) -> int:
    """As the labelled data make them: fixed, at random, or the tenth of an amount."""
    return dice.choice((amounts(dice) // 10, 850_000, dice.randrange(100, 5_000_000)))


def like_a_payment(amounts: Amounts, dice: Random) -> int:
    """An amount like a payment's, gross or net: a chargeback that the payout was docked for."""
    amount = amounts(dice)
    return dice.choice((amount, net(SCHEDULE, amount)))


DIFFERENCES = {"unexplained": unexplained, "like a payment": like_a_payment}


# Payouts.


@dataclass(frozen=True, slots=True)
class Pool:
    """A group with nothing missing, and the nets of all sums that a search of it looks at."""

    group: Group
    nets: Sequence[int]

    def may_lack(self, difference: int) -> bool:
        """Whether any sum comes near enough for the search to be worth its time."""
        at = bisect_left(self.nets, difference - WHOLE_SLACK_MINOR)
        return at < len(self.nets) and self.nets[at] <= difference + WHOLE_SLACK_MINOR


def pool_of(amounts: Sequence[int], *, rounding: Literal["item", "batch"] = "item") -> Pool:
    """The pool of a merchant with these payments."""
    terms = MerchantTerms(
        schedules=(SCHEDULE,),
        fee_rounding=rounding,
        settlement_delay_bd=1,
        payout_per_method=False,
        payout_schedule="daily",
        max_held=3,
        timezone="-03:00",
    )
    merchant = MerchantItem(code="M", payout_account=None, tax_id=None, terms=terms)
    payments = tuple(_payment(f"P{at:04d}", amount) for at, amount in enumerate(amounts))
    whole = group_net(terms, [(one.amount, one.created) for one in payments])
    parts = [net(SCHEDULE, amount) for amount in amounts]
    sizes = range(1, size_of(payments, merchant) + 1)
    nets = sorted(sum(some) for size in sizes for some in combinations(parts, size))
    return Pool(Group(merchant, payments, whole, "expected value date"), nets)


def accident(pool: Pool, difference: int) -> tuple[Solution, int] | None:
    """The only sum that explains the difference, and its λ in millionths; None where none does."""
    amount = pool.group.net.net - difference
    if amount <= 0 or not pool.may_lack(difference):
        return None
    budget = Budget()
    try:
        found = solutions(_line(amount), pool.group, (), budget)
        if len(found) != 1:
            return None
        near = near_misses(found[0].chosen, found[0].pool, found[0].size_max, budget)
    except Exhausted:
        return None
    return found[0], accidents_ppm(near, searches=1)


def _payment(name: str, amount: int) -> PaymentItem:
    return PaymentItem(
        id=name,
        version=1,
        merchant="M",
        amount=amount,
        currency="ARS",
        created=DAY,
        expected=DAY + 1,
        method="card",
        reference=None,
        end_to_end_id=None,
        account=None,
        tax_id=None,
    )


def _line(amount: int) -> LineItem:
    return LineItem(
        id="L",
        version=1,
        settlement_id="L",
        source="acquirer:A",
        account="1",
        amount=amount,
        currency="ARS",
        booking=DAY + 1,
        value=DAY + 1,
        reference=None,
        end_to_end_id=None,
        text="LIQUIDACION VENTAS",
        counterparty_name=None,
        counterparty_account=None,
        counterparty_tax_id=None,
        reversal=False,
        merchant="M",
        statement=None,
        received_at=None,
    )


# Counting.


def count(
    amounts: Amounts, sizes: tuple[int, int], dice: Random, *, pools: int
) -> dict[str, Counter[Seen]]:
    """What was seen of each kind of difference in so many pools of these sizes."""
    seen: dict[str, Counter[Seen]] = {name: Counter() for name in DIFFERENCES}
    for _ in range(pools):
        some = [amounts(dice) for _ in range(dice.randint(*sizes))]
        pool = pool_of(some, rounding=dice.choice(("item", "batch")))
        for name, difference in DIFFERENCES.items():
            tries = {difference(amounts, dice): None for _ in range(TRIES_A_POOL)}
            for each in tries:
                seen[name].update(seen_of(accident(pool, each)))
    return seen


def seen_of(found: tuple[Solution, int] | None) -> Iterator[Seen]:
    """What a payout counts as, given the accident that explains it."""
    yield "payouts"
    if found is None:
        return
    yield "one sum"
    solution, lambda_ppm = found
    if lambda_ppm > ACCIDENTS_MAX_PPM:
        return
    yield "λ ≤ .01"
    yield "off 100" if solution.gross % LATTICE_MINOR else "on 100"
    if solution.gross % MINOR:
        yield "centavos"


def main() -> None:
    """Print a row for each kind of amounts, differences and pools."""
    dice = Random(sys.argv[1] if len(sys.argv) > 1 else "1")
    table = Table(title="Payouts explained by accident")
    for heading in ("amounts", "difference", "pool"):
        table.add_column(heading, no_wrap=True)
    for heading in (*COUNTED, *(f"{one} at most" for one in BOUNDED)):
        table.add_column(heading, justify="right")
    cases = [(name, sizes) for name in AMOUNTS for sizes in POOLS]
    for name, sizes in track(cases, description="trying", transient=True):
        counted = count(AMOUNTS[name], sizes, dice, pools=POOLS[sizes])
        for difference, seen in counted.items():
            limits = (upper_ppm(false=seen[one], of=seen["payouts"]) for one in BOUNDED)
            figures = (f"{one:,}" for one in (*(seen[one] for one in COUNTED), *limits))
            table.add_row(name, difference, "{} to {}".format(*sizes), *figures)
    Console(width=WIDTH).print(table)


if __name__ == "__main__":
    main()
