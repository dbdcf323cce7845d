"""Lines that look like a payment's money and are forbidden to settle it.

Each function makes one case of its class; every payment stays unpaid and every line an orphan
unless the truth says otherwise. An engine that matches any of them has guessed.
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.demo_bank.books import Books
from adapters.demo_bank.merchants import Merchant
from adapters.demo_bank.people import spoilt_tax_id
from adapters.demo_bank.scenes import (
    Case,
    credited,
    expect_dollars,
    refunds_of,
    two_orders,
    with_shared_reference,
    with_smaller_neighbour,
)
from adapters.demo_bank.shown import MERCHANT, NOBODY, PAYER, WITHOUT_ID, Shown
from adapters.demo_bank.texts import mistyped, remittance, transfer_number
from domain.money import half_up

PAYER_NAMED = Shown(account=100, tax_id=100, merchant=0, end_to_end=0)

WINDOW_DAYS = 12
"""Calendar days after the expected value date in which money may still arrive (X7)."""


def reference_of_another(books: Books, merchant: Merchant) -> None:
    """The payer of one payment, the reference of another of its amount: two identities (E6)."""
    payment = books.expect(merchant, payer=books.registry.payer())
    owner = books.expect(
        merchant, payer=books.registry.payer(), amount=payment.amount, day=payment.day
    )
    text = remittance(books, payment, owner.reference)
    line = books.credit(payment, reference=owner.reference, text=text, shown=PAYER_NAMED)
    books.refused("reference_of_another", [payment, owner], line)


def typo_owned(books: Books, merchant: Merchant) -> None:
    """What could be a typo of the payer's reference is a reference of another payment (R4, E6)."""
    payment = books.expect(merchant, payer=books.registry.payer())
    owner = books.expect(
        merchant,
        payer=books.registry.payer(),
        amount=payment.amount,
        day=payment.day,
        reference=mistyped(books, payment.reference or ""),
    )
    line = books.credit(payment, reference=owner.reference, shown=PAYER_NAMED)
    books.refused("typo_owned", [payment, owner], line)


def typo_without_payer(books: Books, merchant: Merchant) -> None:
    """One wrong digit and only the merchant beside it: not forgiven (R4, X5)."""
    payment = books.expect(merchant)
    typo = mistyped(books, payment.reference or "")
    line = books.credit(payment, reference=typo, shown=MERCHANT)
    books.refused("typo_without_payer", [payment], line)


def refuted_merchant_only(books: Books, merchant: Merchant) -> None:
    """A reference whose owner is too small, and only the merchant beside it: never enough (R5)."""
    payment, owner = with_smaller_neighbour(books, merchant)
    line = books.credit(payment, reference=owner.reference, shown=MERCHANT)
    books.refused("refuted_merchant_only", [payment, owner], line)


def unknown_reference(books: Books, merchant: Merchant) -> None:
    """A reference that nobody has contradicts the payer's payment too (R5, X5)."""
    payment = books.expect(merchant, payer=books.registry.payer())
    line = books.credit(payment, reference=books.dice.hexadecimal(20), shown=PAYER_NAMED)
    books.refused("unknown_reference", [payment], line)


def two_identities(books: Books, merchant: Merchant) -> None:
    """The reference of one order and the end-to-end id of the other, alike but for these (X5)."""
    first, second = two_orders(books, merchant)
    second.amount = first.amount
    line = books.credit(first, reference=first.reference, shown=PAYER)
    line.end_to_end_id = second.end_to_end_id
    books.refused("two_identities", [first, second], line)


def other_merchant(books: Books, merchant: Merchant) -> None:
    """The payment's reference and amount, but the line names another merchant (X3, E6)."""
    payment = books.expect(merchant)
    line = books.credit(payment, reference=payment.reference, shown=NOBODY)
    line.merchant_id = books.other_merchant(merchant).merchant_id
    books.refused("other_merchant", [payment], line)


def other_payer(books: Books, merchant: Merchant) -> None:
    """The payment's reference and amount, but another payer's ids (X4, E6)."""
    payment = books.expect(merchant)
    stranger = books.registry.payer()
    line = books.credit(payment, reference=payment.reference, shown=NOBODY)
    if books.dice.percent(50):
        line.counterparty_account = stranger.account
    else:
        line.counterparty_tax_id = stranger.tax_id
    books.refused("other_payer", [payment], line)


def other_currency(books: Books, merchant: Merchant) -> None:
    """The payment's reference and figure, in another currency (X1)."""
    payment = books.expect(merchant)
    text = remittance(books, payment)
    line = books.credit(payment, reference=payment.reference, text=text)
    line.currency = "USD"
    books.refused("other_currency", [payment], line)


def fx_off(books: Books, merchant: Merchant) -> None:
    """A payment in USD under its reference, two centavos and more off both rates (X6)."""
    payment = expect_dollars(books, merchant)
    day = payment.expected_day
    rate = max(books.timetable.rate(day), books.timetable.rate(day - 1))
    amount = half_up(payment.amount * rate, 10_000) + books.dice.between(2, 500)
    line = books.credit(
        payment, amount=amount, value_day=day, reference=payment.reference, shown=PAYER
    )
    books.refused("fx_off", [payment], line)


def early_without_id(books: Books, merchant: Merchant) -> None:
    """Valued a day before the payment was made, without an id: not its money (X7)."""
    payment = books.expect(merchant, payer=books.registry.payer())
    line = books.credit(
        payment,
        value_day=payment.day - 1,
        text=transfer_number(books.dice),
        shown=PAYER_NAMED,
    )
    books.refused("early_without_id", [payment], line)


def too_late(books: Books, merchant: Merchant) -> None:
    """The payment's reference, days after its window closed (X7, E6)."""
    payment = books.expect(merchant)
    line = books.credit(
        payment,
        value_day=payment.expected_day + WINDOW_DAYS + books.dice.between(1, 8),
        reference=payment.reference,
        shown=WITHOUT_ID,
    )
    books.refused("too_late", [payment], line)


def text_cuit_invalid(books: Books, merchant: Merchant) -> None:
    """A tax id in the text with a wrong check digit is no id (section 2)."""
    payment = books.expect(merchant, payer=books.registry.payer())
    text = f"CR TRANSF CUIT {spoilt_tax_id(payment.payer.tax_id)} VAR"
    line = books.credit(payment, text=text, shown=NOBODY)
    books.refused("text_cuit_invalid", [payment], line)


def text_two_cuits(books: Books, merchant: Merchant) -> None:
    """Two tax ids in the text: neither is used (section 2)."""
    payment = books.expect(merchant, payer=books.registry.payer())
    other = books.registry.payer().tax_id
    text = f"CR TRANSF {payment.payer.tax_id} POR CTA DE {other}"
    line = books.credit(payment, text=text, shown=NOBODY)
    books.refused("text_two_cuits", [payment], line)


def two_references_wrong_sum(books: Books, merchant: Merchant) -> None:
    """Two references, and an amount that is neither their sum nor one of them (stage 2a)."""
    first, second = two_orders(books, merchant)
    line = books.credit(
        first,
        amount=first.amount + second.amount + books.dice.between(100, 10_000),
        text=f"PAGO {first.reference} {second.reference}",
        shown=WITHOUT_ID,
    )
    books.refused("two_references_wrong_sum", [first, second], line)


def shared_reference_ambiguous(books: Books, merchant: Merchant) -> None:
    """One reference at two merchants, one amount, and a line that names neither (R6, E5)."""
    payments = list(with_shared_reference(books, merchant))
    line = books.credit(payments[0], reference=payments[0].reference, shown=NOBODY)
    books.ambiguous("shared_reference_ambiguous", payments, [line])


def refund_exceeds(books: Books, merchant: Merchant) -> None:
    """Two refunds of three fifths each: the second exceeds the payment and is refused (stage 6)."""
    payment, credit = credited(books, merchant)
    first, second = refunds_of(books, payment, credit, [payment.amount * 3 // 5] * 2)
    books.match("refund_exceeds", [payment], [credit, first], kind="reversal")
    books.orphan("refund_exceeds_line", second)


REFUSALS: Mapping[str, Case] = {
    case.__name__: case
    for case in (
        *(reference_of_another, typo_owned, typo_without_payer, refuted_merchant_only),
        *(unknown_reference, two_identities, other_merchant, other_payer, other_currency, fx_off),
        *(early_without_id, too_late, text_cuit_invalid, text_two_cuits),
        *(two_references_wrong_sum, shared_reference_ambiguous, refund_exceeds),
    )
}
"""Noise classes of our own that must be left open, by name."""
