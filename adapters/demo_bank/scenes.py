"""Scenes that several noise classes begin with: some payments, perhaps with a line or two."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from adapters.demo_bank.books import Books
from adapters.demo_bank.items import Line, Payment
from adapters.demo_bank.merchants import Merchant
from adapters.demo_bank.shown import WITHOUT_ID
from adapters.demo_bank.texts import remittance

Case = Callable[[Books, Merchant], None]
"""Makes one case of a noise class: its payments, its lines, and the truth about them."""

PART_UNIT = 100
"""Parts of a payment are whole pesos, but for the last."""


def expect_dollars(books: Books, merchant: Merchant) -> Payment:
    """A payment in USD of a payer who has no other."""
    amount = max(5_00, books.draw_amount() // 1_000)
    return books.expect(merchant, payer=books.registry.payer(), amount=amount, currency="USD")


def two_orders(books: Books, merchant: Merchant) -> tuple[Payment, Payment]:
    """Two payments of one payer at one merchant on one day."""
    payer, day = books.registry.payer(), books.draw_day()
    first = books.expect(merchant, payer=payer, day=day)
    return first, books.expect(merchant, payer=payer, day=day)


def credited(books: Books, merchant: Merchant) -> tuple[Payment, Line]:
    """A payment and the line that credits it under its reference."""
    payment = books.expect(merchant)
    text = remittance(books, payment)
    line = books.credit(payment, reference=payment.reference, text=text, shown=WITHOUT_ID)
    return payment, line


def refunds_of(books: Books, payment: Payment, credit: Line, amounts: list[int]) -> list[Line]:
    """Lines that give `amounts` back under the payment's reference, at least a day apart."""
    day, refunds = credit.booking_day, list[Line]()
    for amount in amounts:
        day = books.timetable.later(day, books.dice.between(1, 3))
        text = f"DEVOLUCION PARCIAL {payment.reference}"
        refunds.append(books.give_back(credit, amount=amount, day=day, text=text))
    return refunds


def with_smaller_neighbour(books: Books, merchant: Merchant) -> tuple[Payment, Payment]:
    """A payment, and one of another payer at the same merchant that is too small to explain it."""
    payment = books.expect(merchant, payer=books.registry.payer())
    neighbour = books.expect(
        merchant, payer=books.registry.payer(), amount=payment.amount // 2, day=payment.day
    )
    return payment, neighbour


def with_shared_reference(books: Books, merchant: Merchant) -> tuple[Payment, Payment]:
    """Payments of one amount, day and reference, at two merchants and of two payers."""
    first = books.expect(merchant, payer=books.registry.payer())
    second = books.expect(
        books.other_merchant(merchant),
        payer=books.registry.payer(),
        amount=first.amount,
        day=first.day,
        reference=first.reference,
    )
    return first, second


def parts_of(books: Books, amount: int) -> list[int]:
    """Two to four parts of `amount`, none of them nothing."""
    count = books.dice.between(2, 4)
    units = amount // PART_UNIT
    cuts = {books.dice.between(1, units - 1) for _ in range(count - 1)}
    bounds = [0, *sorted(cut * PART_UNIT for cut in cuts), amount]
    return [end - start for start, end in pairwise(bounds)]


def day_of_part(books: Books, payment: Payment, n: int) -> int:
    """The value day of the n-th part: with the first, or n business days later."""
    return books.timetable.later(payment.expected_day, n if books.dice.percent(50) else 0)
