"""From a seed to a bank's days: people, merchants, payments, lines, and the truth about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from adapters.demo_bank.arrivals import arrive, deliver_some_twice
from adapters.demo_bank.books import Books
from adapters.demo_bank.catalogue import CASES
from adapters.demo_bank.days import timetable
from adapters.demo_bank.dice import Dice, Weighted
from adapters.demo_bank.items import Line
from adapters.demo_bank.merchants import (
    MERCHANTS_MAX,
    MERCHANTS_MIN,
    PAYMENTS_PER_MERCHANT,
    merchants,
)
from adapters.demo_bank.oracle import mark_accidents
from adapters.demo_bank.payouts import sell_and_pay_out
from adapters.demo_bank.people import Registry
from adapters.demo_bank.rows import DemoBank
from adapters.demo_bank.shares import WHOLE, Shares
from adapters.demo_bank.tables import tables

FILLER = "exact"
LARGEST_CASE = 4
"""Payments that one case may make."""

ACCOUNTS = 12
PAYERS_MIN = 50
DAYS_MAX = 366
PAYMENTS_MAX = 5_000_000

CHARGES = ("COMISION MANTENIMIENTO", "IMP LEY 25413", "IVA 21%")
INTEREST, UNKNOWN_MONEY = "INTERESES", "TRANSFERENCIA RECIBIDA"


def generate(
    *, payments: int, days: int, seed: str, first_day: date, shares: Shares | None = None
) -> DemoBank:
    """A bank with `payments` payments made on `days` days from `first_day` on, and their lines.

    Equal arguments give equal tables, on every supported Python. `shares` are the rates of the
    noise classes, by default all of them. Raises `ValueError` when a number is not 1 to 5,000,000
    payments or 1 to 366 days, or when `shares` name a class that does not exist.
    """
    shares = shares or Shares()
    if not 1 <= payments <= PAYMENTS_MAX or not 1 <= days <= DAYS_MAX:
        raise ValueError(f"{payments} payments on {days} days are not 1 to the limit of each")
    if unknown := shares.direct.keys() - CASES.keys():
        raise ValueError(f"no such noise class: {', '.join(sorted(unknown))}")
    books = _opened(payments, days, seed, first_day)
    sell_and_pay_out(books, payments * shares.payouts // WHOLE)
    _credit_one_by_one(books, payments, shares.direct)
    for _ in range(payments * shares.orphans // WHOLE):
        _orphan(books)
    mark_accidents(books)
    deliver_some_twice(books)
    arrive(books)
    return tables(books)


def _opened(payments: int, days: int, seed: str, first_day: date) -> Books:
    """Books with merchants, payers and accounts, and nothing written yet."""
    dice = Dice(f"{seed}/{payments}/{days}/{first_day.isoformat()}")
    registry = Registry(dice)
    count = min(MERCHANTS_MAX, max(MERCHANTS_MIN, payments // PAYMENTS_PER_MERCHANT))
    shops = merchants(count=count, dice=dice, registry=registry, first_day=first_day, days=days)
    return Books(
        dice=dice,
        timetable=timetable(first_day=first_day, days=days, dice=dice),
        registry=registry,
        first_day=first_day.toordinal(),
        days=days,
        merchants=shops,
        # The larger a shop, the rarer: sales fall with the rank.
        crowd=Weighted(shops, [1_000_000 // (shop.number + 3) for shop in shops]),
        payers=[registry.payer() for _ in range(max(PAYERS_MIN, payments // 3))],
        accounts=[registry.bank_account() for _ in range(ACCOUNTS)],
    )


def _credit_one_by_one(books: Books, payments: int, shares: Mapping[str, int]) -> None:
    """Fill the books up to `payments`, each class in its share and at least once."""
    direct = payments - len(books.payments)
    whole = max(1, sum(shares.values()))
    for name, share in shares.items():
        if name == FILLER:
            continue
        for _ in range(-(-direct * share // whole)):
            if len(books.payments) >= payments - LARGEST_CASE:
                break
            CASES[name](books, books.draw_merchant())
    while len(books.payments) < payments:
        CASES[FILLER](books, books.draw_merchant())


def _orphan(books: Books) -> None:
    """A line that pays for nothing: the bank's charges, interest, or money nobody expects."""
    dice = books.dice
    what = dice.pick((*CHARGES, INTEREST, UNKNOWN_MONEY))
    amount = books.draw_amount()
    day = books.timetable.roll(books.draw_day())
    line = Line(
        source="bank:011",
        account=dice.pick(books.accounts),
        amount=-(amount // 50) if what in CHARGES else amount,
        currency="ARS",
        booking_day=day,
        value_day=day,
        bank_entry_id=books.next_entry_id(),
        text=f"{what} {dice.digits(6)}",
    )
    if what == UNKNOWN_MONEY and dice.percent(60):
        stranger = books.registry.payer()
        line.counterparty_account, line.counterparty_tax_id = stranger.account, stranger.tax_id
    books.lines.append(line)
    books.orphan("orphan", line)
