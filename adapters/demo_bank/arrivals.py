"""When things arrive: payments seconds after they are made, lines with their statement a day later.

Ids are given in order of arrival, so that they tell nothing about what belongs together.
"""

from __future__ import annotations

from adapters.demo_bank.books import Books
from adapters.demo_bank.items import SECONDS_PER_DAY, Delivery, Payment

STATEMENT_HOUR = 6
"""Of the day after booking: statements arrive in the two hours that follow."""

TWICE_PERCENT = 1
"""Statements that are delivered a second time, under new ids (U2); always at least one."""


def deliver_some_twice(books: Books) -> None:
    """Deliver whole statements again, one to three days later, with new ids for every entry."""
    dice = books.dice
    deliveries = sorted({line.delivery for line in books.lines})
    count = min(len(deliveries), max(1, len(deliveries) * TWICE_PERCENT // 100))
    twice = {delivery: dice.between(1, 3) for delivery in dice.sample(deliveries, count)}
    group_of = {line: group for group in books.groups for line in group.lines}
    for line in tuple(books.lines):
        delay_days = twice.get(line.delivery)
        if delay_days is not None:
            copy = books.again(line)
            copy.delay_days = delay_days
            copy.bank_entry_id = books.next_entry_id()
            group_of[line].copies.append((copy, line))


def arrive(books: Books) -> None:
    """Set when each item is received, bring all into that order, and number them."""
    _receive_lines(books)
    for payment in books.payments:
        payment.received = _received(books, payment)
    chance = books.dice.order  # what arrives together stands in random order
    books.payments.sort(key=lambda payment: (payment.received, chance()))
    books.lines.sort(key=lambda line: (line.received, chance()))
    books.groups.sort(key=lambda _: chance())
    for number, payment in enumerate(books.payments):
        payment.payment_id = f"P{number:09d}"
    for number, line in enumerate(books.lines):
        line.settlement_id = f"S{number:09d}"


def _received(books: Books, payment: Payment) -> int:
    made = payment.day * SECONDS_PER_DAY + payment.second
    if payment.paid_first is not None:
        made = payment.paid_first.received + books.dice.between(6, 72) * 3_600
    return made + books.dice.between(2, 20)


def _receive_lines(books: Books) -> None:
    """A statement and its lines arrive at one moment; statements are numbered in that order."""
    arrivals: dict[Delivery, int] = {}
    for delivery in sorted({line.delivery for line in books.lines}):
        _, _, booking_day, delay_days = delivery
        midnight = (booking_day + 1 + delay_days) * SECONDS_PER_DAY
        arrivals[delivery] = midnight + STATEMENT_HOUR * 3_600 + books.dice.below(7_200)
    in_order = sorted(arrivals, key=lambda delivery: (arrivals[delivery], delivery))
    numbers = {delivery: f"ST{number:06d}" for number, delivery in enumerate(in_order)}
    for line in books.lines:
        line.received = arrivals[line.delivery]
        line.statement_id = numbers[line.delivery]
