"""Payments credited one by one that rules of their own prove: rare in public data, seen in life.

Each function makes one case: the payments, the lines, and a truth that follows from the rule cited.
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.demo_bank.books import Books
from adapters.demo_bank.merchants import Merchant, invoice_style
from adapters.demo_bank.people import hyphenated
from adapters.demo_bank.scenes import (
    Case,
    credited,
    expect_dollars,
    refunds_of,
    two_orders,
    with_shared_reference,
    with_smaller_neighbour,
)
from adapters.demo_bank.shown import END_TO_END, NOBODY, PAYER, WITHOUT_ID, Shown
from adapters.demo_bank.texts import remittance, transfer_number, transposed

KNOWN_MERCHANT = Shown(account=50, tax_id=50, merchant=100, end_to_end=0)
CAREFUL_PAYER = Shown(account=100, tax_id=100, merchant=30, end_to_end=0)


def two_references(books: Books, merchant: Merchant) -> None:
    """One transfer pays two orders: both references, exactly their sum (stage 2a)."""
    first, second = two_orders(books, merchant)
    line = books.credit(
        first,
        amount=first.amount + second.amount,
        text=f"PAGO {first.reference} {second.reference}",
        shown=WITHOUT_ID,
    )
    books.match("two_references", [first, second], [line])


def two_references_one_paid(books: Books, merchant: Merchant) -> None:
    """Two references, the amount of the first; the second is refuted and stays open (2a, R5)."""
    first, second = two_orders(books, merchant)
    second.amount = first.amount // 2
    line = books.credit(first, text=f"PAGO {first.reference} {second.reference}", shown=WITHOUT_ID)
    books.match("two_references_one_paid", [first], [line])
    books.unpaid("two_references_one_paid", second)


def partial_refund(books: Books, merchant: Merchant) -> None:
    """Credited, then given back in one or two parts, within the payment's amount (stage 6)."""
    payment, credit = credited(books, merchant)
    parts = [payment.amount // share for share in books.dice.pick(((2,), (3, 4), (2, 2)))]
    refunds = refunds_of(books, payment, credit, parts)
    books.match("partial_refund", [payment], [credit, *refunds], kind="reversal")


def text_account(books: Books, merchant: Merchant) -> None:
    """The payer's account stands in the text only, as a token of its own (class C)."""
    payment = books.expect(merchant, payer=books.registry.payer())
    text = f"TRANSF DESDE {payment.payer.account} VARIOS"
    line = books.credit(payment, text=text, shown=NOBODY)
    books.match("text_account", [payment], [line], weak=True)


def text_cuit(books: Books, merchant: Merchant) -> None:
    """The payer's tax id stands in the text only, with hyphens or without (class C)."""
    payment = books.expect(merchant, payer=books.registry.payer())
    tax_id = payment.payer.tax_id
    written = hyphenated(tax_id) if books.dice.percent(50) else tax_id
    line = books.credit(payment, text=f"CR TRANSF CUIT {written} VAR", shown=NOBODY)
    books.match("text_cuit", [payment], [line], weak=True)


def typo_transposed(books: Books, merchant: Merchant) -> None:
    """Two neighbouring digits of the reference are exchanged; the payer's id forgives it (R4)."""
    payment = books.expect(merchant, payer=books.registry.payer())
    typo = transposed(books, payment.reference or "")
    while typo is None:
        payment.reference = books.next_reference(merchant)
        typo = transposed(books, payment.reference)
    line = books.credit(payment, reference=typo, shown=CAREFUL_PAYER)
    books.match("typo_transposed", [payment], [line], weak=True)


def refuted_reference(books: Books, merchant: Merchant) -> None:
    """The payer repeated the reference of another, smaller order; the payer's id decides (R5).

    The owner of the reference has a line of its own, which its reference identifies.
    """
    payment, owner = with_smaller_neighbour(books, merchant)
    line = books.credit(payment, reference=owner.reference, shown=PAYER)
    own = books.credit(owner, reference=owner.reference, text=remittance(books, owner))
    books.match("refuted_reference", [payment], [line], weak=True)
    books.match("refuted_reference", [owner], [own])


def shared_reference(books: Books, merchant: Merchant) -> None:
    """Two merchants gave one reference; each line names its merchant and fits in amount (R6)."""
    payments = with_shared_reference(books, merchant)
    payments[1].amount = payments[0].amount // 2
    for payment in payments:
        reference = payment.reference
        line = books.credit(payment, reference=reference, shown=KNOWN_MERCHANT)
        books.match("shared_reference", [payment], [line])


def nested_reference(books: Books, merchant: Merchant) -> None:
    """A reference lies inside a longer one of the same amount: the longer hit hides it (R2)."""
    reference = books.next_reference(merchant, style=invoice_style)
    inner = reference.removeprefix("FAC-")
    books.claim(inner)
    payment = books.expect(merchant, reference=reference)
    nested = books.expect(merchant, reference=inner, amount=payment.amount, day=payment.day)
    line = books.credit(payment, text=f"TRANSF {reference} VARIOS", shown=WITHOUT_ID)
    own = books.credit(nested, reference=inner, text=f"PAGO {inner}", shown=WITHOUT_ID)
    books.match("nested_reference", [payment], [line])
    books.match("nested_reference", [nested], [own])


def unknown_reference_e2e(books: Books, merchant: Merchant) -> None:
    """A reference that nobody has contradicts every payment but the one whose id is shown (R5)."""
    payment = books.expect(merchant)
    line = books.credit(payment, reference=books.dice.hexadecimal(20), shown=END_TO_END)
    books.match("unknown_reference_e2e", [payment], [line])


def foreign_exact(books: Books, merchant: Merchant) -> None:
    """A payment in USD credited in USD, under its reference."""
    payment = expect_dollars(books, merchant)
    line = books.credit(payment, reference=payment.reference, text=remittance(books, payment))
    line.currency = "USD"
    books.match("foreign_exact", [payment], [line])


def registered_late(books: Books, merchant: Merchant) -> None:
    """The money is there days before the payment is registered; the reference waits (E10)."""
    payment = books.expect(merchant)
    line = books.credit(payment, reference=payment.reference, text=remittance(books, payment))
    payment.paid_first = line
    books.match("registered_late", [payment], [line])


def weekend_value(books: Books, merchant: Merchant) -> None:
    """An instant transfer, valued on its own day though banks are closed; booked when they open.

    In a period without such a day it is credited on the day itself.
    """
    closed = [
        day
        for day in range(books.first_day, books.first_day + books.days)
        if not books.timetable.is_business_day(day)
    ]
    payment = books.expect(
        merchant,
        payer=books.registry.payer(),
        day=books.dice.pick(closed) if closed else books.draw_day(),
    )
    line = books.credit(
        payment, value_day=payment.day, text=transfer_number(books.dice), shown=PAYER
    )
    books.match("weekend_value", [payment], [line], weak=True)


PROOFS: Mapping[str, Case] = {
    case.__name__: case
    for case in (
        *(two_references, two_references_one_paid, partial_refund, text_account, text_cuit),
        *(typo_transposed, refuted_reference, shared_reference, nested_reference),
        *(unknown_reference_e2e, foreign_exact, registered_late, weekend_value),
    )
}
"""Noise classes of our own that end in matches, by name."""
