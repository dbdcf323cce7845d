"""Payments whose line shows no id of theirs: the payer, the merchant, or nothing at all.

Each function makes one case of its class; the names are those of the labelled data.
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.demo_bank.books import Books, whole_text
from adapters.demo_bank.items import Line, Payment
from adapters.demo_bank.merchants import Merchant
from adapters.demo_bank.scenes import Case, day_of_part, parts_of
from adapters.demo_bank.shown import BY_ACCOUNT, BY_TAX_ID, MERCHANT_ALONE, PAYER, Shown
from adapters.demo_bank.texts import transfer_number

PAYER_AND_MERCHANT = Shown(account=100, tax_id=100, merchant=100, end_to_end=0, name=0)


def noref_account(books: Books, merchant: Merchant) -> None:
    """No reference; the payer's account, the amount and the day (class C)."""
    _without_reference(books, merchant, "noref_account", BY_ACCOUNT)


def noref_cuit(books: Books, merchant: Merchant) -> None:
    """No reference; the payer's tax id, the amount and the day (class C)."""
    _without_reference(books, merchant, "noref_cuit", BY_TAX_ID)


def amount_date_merchant(books: Books, merchant: Merchant) -> None:
    """Only the merchant, the amount and the day: the weakest evidence that may post."""
    payment = books.expect(merchant)
    line = books.credit(
        payment, value_day=payment.expected_day, text="CREDITO VARIOS", shown=MERCHANT_ALONE
    )
    books.match("amount_date_merchant", [payment], [line], weak=True)


def split_noref(books: Books, merchant: Merchant) -> None:
    """Parts under the payer's id, who has no other open payment (stage 3)."""
    payment = books.expect(merchant, payer=books.registry.payer())
    lines = [
        books.credit(
            payment,
            amount=part,
            value_day=day_of_part(books, payment, n),
            text="PAGO PARCIAL",
            shown=PAYER,
        )
        for n, part in enumerate(parts_of(books, payment.amount))
    ]
    books.match("split_noref", [payment], lines)


def twin_genuine(books: Books, merchant: Merchant) -> None:
    """One payer paid the same amount twice on a day; either line is either payment's (E3)."""
    payments = _alike(books, merchant, count=2, one_payer=True)
    lines = [_received(books, payment, PAYER_AND_MERCHANT) for payment in payments]
    books.match("twin_genuine", payments, lines, pairing="any_bijection")


def ambiguous(books: Books, merchant: Merchant) -> None:
    """Fewer lines than payments that they fit alike: nothing decides (E5)."""
    payments = _alike(books, merchant, count=books.dice.between(2, 4), one_payer=False)
    paid = books.dice.between(1, len(payments) - 1)
    lines = [_received(books, payment, MERCHANT_ALONE) for payment in payments[:paid]]
    books.ambiguous("ambiguous", payments, lines)


def ambiguous_balanced(books: Books, merchant: Merchant) -> None:
    """As many lines as payments of different payers: the set is settled, no pair is (E4)."""
    payments = _alike(books, merchant, count=books.dice.between(2, 4), one_payer=False)
    lines = [_received(books, payment, MERCHANT_ALONE) for payment in payments]
    books.ambiguous("ambiguous_balanced", payments, lines)


def missing(books: Books, merchant: Merchant) -> None:
    """Money that never came."""
    books.unpaid("missing", books.expect(merchant))


def decoy(books: Books, merchant: Merchant) -> None:
    """The same merchant, amount and day, but another payer under a reference that nobody has."""
    payment = books.expect(merchant)
    stranger = books.registry.payer()
    reference = books.next_reference(merchant)
    line = books.credit(
        payment, value_day=payment.expected_day, reference=reference, shown=PAYER_AND_MERCHANT
    )
    line.counterparty_account, line.counterparty_tax_id = stranger.account, stranger.tax_id
    line.text = whole_text(f"TRANSF {reference} CUIT {stranger.tax_id}")
    books.refused("decoy", [payment], line)


UNIDENTIFIED: Mapping[str, Case] = {
    case.__name__: case
    for case in (
        noref_account,
        noref_cuit,
        amount_date_merchant,
        split_noref,
        twin_genuine,
        ambiguous,
        ambiguous_balanced,
        missing,
        decoy,
    )
}
"""Classes of payments without an id on their line, by name."""


def _without_reference(books: Books, merchant: Merchant, noise_class: str, shown: Shown) -> None:
    payment = books.expect(merchant, payer=books.registry.payer())
    line = books.credit(payment, text=transfer_number(books.dice), shown=shown)
    books.match(noise_class, [payment], [line], weak=True)


def _alike(books: Books, merchant: Merchant, *, count: int, one_payer: bool) -> list[Payment]:
    """Payments alike in merchant, amount, currency and day, without any id."""
    amount, day, payer = books.draw_amount(), books.draw_day(), books.registry.payer()
    method = books.dice.pick(("transfer", "debin", "wallet"))
    payments: list[Payment] = []
    for _ in range(count):
        payer = payer if one_payer else books.registry.payer()
        payment = books.expect(merchant, payer=payer, amount=amount, day=day, method=method)
        payment.reference = payment.end_to_end_id = None
        payments.append(payment)
    return payments


def _received(books: Books, payment: Payment, shown: Shown) -> Line:
    day = payment.expected_day
    return books.credit(payment, value_day=day, text="TRANSFERENCIA RECIBIDA", shown=shown)
