"""Payments whose line shows an id: the reference, whole or maimed, or the end-to-end id.

Each function makes one case of its class: the payment, the lines, and the truth. The rules cited
are those of the matching engine; the names are those of the labelled data.
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.demo_bank.books import Books, whole_text
from adapters.demo_bank.items import Payment
from adapters.demo_bank.merchants import LONG_STYLES, Merchant
from adapters.demo_bank.scenes import Case, day_of_part, expect_dollars, parts_of
from adapters.demo_bank.shown import (
    BY_ACCOUNT,
    BY_TAX_ID,
    CUT_REFERENCE_LENGTH,
    CUT_TEXT_LENGTH,
    END_TO_END,
    MERCHANT,
    WITHOUT_ID,
    Shown,
)
from adapters.demo_bank.texts import mangled, mistyped, remittance, without_zeros
from domain.money import half_up

CARELESS_PAYER = Shown(account=80, tax_id=100, merchant=30, end_to_end=0)
FOREIGN_PAYER = Shown(account=100, tax_id=100, merchant=50, end_to_end=0)
OFTEN_WITH_ID = Shown(account=50, tax_id=50, merchant=30, end_to_end=40)


def exact(books: Books, merchant: Merchant) -> None:
    """Reference, amount and day are as expected (class I)."""
    payment = books.expect(merchant)
    text = remittance(books, payment)
    line = books.credit(payment, reference=payment.reference, text=text, shown=OFTEN_WITH_ID)
    books.match("exact", [payment], [line])


def ref_embedded(books: Books, merchant: Merchant) -> None:
    """The reference stands in the text only."""
    payment = books.expect(merchant)
    line = books.credit(payment, text=remittance(books, payment))
    books.match("ref_embedded", [payment], [line])


def ref_trunc16(books: Books, merchant: Merchant) -> None:
    """The reference field holds 16 characters and no more: no identity, class C decides (R3)."""
    payment = _with_long_reference(books, merchant)
    line = books.credit(
        payment,
        reference=(payment.reference or "")[:CUT_REFERENCE_LENGTH],
        shown=_some_evidence(books),
    )
    books.match("ref_trunc16", [payment], [line], weak=True)


def ref_trunc35(books: Books, merchant: Merchant) -> None:
    """The text holds 35 characters and no more, perhaps with the whole reference (R3, X5)."""
    payment = books.expect(merchant, payer=books.registry.payer())
    line = books.credit(payment, shown=_some_evidence(books))
    line.text = remittance(books, payment)[:CUT_TEXT_LENGTH]
    books.match("ref_trunc35", [payment], [line], weak=True)


def ref_zeros(books: Books, merchant: Merchant) -> None:
    """The reference lost its leading zeros (R1)."""
    payment = books.expect(merchant)
    _credited_under(books, payment, without_zeros(payment.reference or ""), "ref_zeros")


def ref_mangled(books: Books, merchant: Merchant) -> None:
    """The reference has other separators, other case, no accents (R1)."""
    payment = books.expect(merchant)
    _credited_under(books, payment, mangled(books.dice, payment.reference or ""), "ref_mangled")


def ref_typo(books: Books, merchant: Merchant) -> None:
    """One digit of the reference is wrong; the payer's id forgives it (R4)."""
    payment = books.expect(merchant, payer=books.registry.payer())
    typo = mistyped(books, payment.reference or "")
    text = remittance(books, payment, typo)
    line = books.credit(payment, reference=typo, text=text, shown=CARELESS_PAYER)
    books.match("ref_typo", [payment], [line], weak=True)


def e2e_only(books: Books, merchant: Merchant) -> None:
    """Nothing but the end-to-end id says which payment this is."""
    payment = books.expect(merchant)
    line = books.credit(payment, text="TRANSFERENCIA RECIBIDA", shown=END_TO_END)
    books.match("e2e_only", [payment], [line])


def rounding(books: Books, merchant: Merchant) -> None:
    """One or two centavos off, under the payment's reference (X6)."""
    payment = books.expect(merchant)
    amount = payment.amount + books.dice.pick((-2, -1, 1, 2))
    line = books.credit(
        payment,
        amount=amount,
        reference=payment.reference if books.dice.percent(60) else None,
        text=remittance(books, payment),
    )
    books.match("rounding", [payment], [line])


def fx(books: Books, merchant: Merchant) -> None:
    """A payment in USD credited in ARS, at the rate of its value day or the day before (X6)."""
    dice, payment = books.dice, expect_dollars(books, merchant)
    rate = books.timetable.rate(payment.expected_day - dice.below(2))
    amount = half_up(payment.amount * rate, 10_000) + dice.pick((0, 0, 0, -1, 1))
    line = books.credit(payment, amount=amount, value_day=payment.expected_day, shown=WITHOUT_ID)
    if dice.percent(80):
        line.reference, line.text = payment.reference, whole_text(remittance(books, payment))
    else:
        line.text = "ORDEN DE PAGO EXTERIOR"
        books.identify(line, payment, FOREIGN_PAYER)
    books.match("fx", [payment], [line])


def tz_shift(books: Books, merchant: Merchant) -> None:
    """A day early or late, under the reference: a day early is allowed to class I only (X7)."""
    payment = books.expect(merchant)
    shifted = payment.expected_day + books.dice.pick((-1, 1))
    _credited_on(books, payment, shifted, "tz_shift")


def late(books: Books, merchant: Merchant) -> None:
    """Two to five business days late, under the reference (X7)."""
    payment = books.expect(merchant)
    day = books.timetable.later(payment.expected_day, books.dice.between(2, 5))
    _credited_on(books, payment, day, "late")


def split(books: Books, merchant: Merchant) -> None:
    """Two to four parts under one reference, exactly the payment in sum (stage 2b)."""
    payment = books.expect(merchant)
    parts = parts_of(books, payment.amount)
    lines = [
        books.credit(
            payment,
            amount=part,
            value_day=day_of_part(books, payment, n),
            reference=payment.reference,
            text=f"{remittance(books, payment)} {n + 1}/{len(parts)}",
        )
        for n, part in enumerate(parts)
    ]
    books.match("split", [payment], lines)


def reversal(books: Books, merchant: Merchant) -> None:
    """Credited and given back in full some days later (stage 6)."""
    payment = books.expect(merchant)
    reference = payment.reference or ""
    line = books.credit(payment, reference=reference, text=remittance(books, payment))
    back = books.give_back(
        line,
        amount=payment.amount,
        day=books.timetable.later(line.booking_day, books.dice.between(1, 5)),
        reference=reference if books.dice.percent(60) else None,
        text=f"DEVOLUCION {reference}",
    )
    back.end_to_end_id = line.end_to_end_id
    books.match("reversal", [payment], [line, back], kind="reversal")


def dup_line(books: Books, merchant: Merchant) -> None:
    """The same entry stands twice in the statement, under one id (U1)."""
    _credited_twice(books, merchant, "dup_line", new_id=False)


def dup_line_noid(books: Books, merchant: Merchant) -> None:
    """The same entry stands twice in the statement, under two ids (U3)."""
    _credited_twice(books, merchant, "dup_line_noid", new_id=True)


IDENTIFIED: Mapping[str, Case] = {
    case.__name__: case
    for case in (
        exact,
        ref_embedded,
        ref_trunc16,
        ref_trunc35,
        ref_zeros,
        ref_mangled,
        ref_typo,
        e2e_only,
        rounding,
        fx,
        tz_shift,
        late,
        split,
        reversal,
        dup_line,
        dup_line_noid,
    )
}
"""Classes of payments with an id on their line, by name."""


def _with_long_reference(books: Books, merchant: Merchant) -> Payment:
    style = merchant.style if merchant.style in LONG_STYLES else books.dice.pick(LONG_STYLES)
    reference = books.next_reference(merchant, style=style)
    return books.expect(merchant, payer=books.registry.payer(), reference=reference)


def _some_evidence(books: Books) -> Shown:
    """The payer's account, its tax id, or at least the merchant."""
    return books.dice.pick((BY_ACCOUNT, BY_ACCOUNT, BY_TAX_ID, MERCHANT))


def _credited_under(books: Books, payment: Payment, reference: str, noise_class: str) -> None:
    line = books.credit(
        payment,
        reference=reference if books.dice.percent(55) else None,
        text=remittance(books, payment, reference),
    )
    books.match(noise_class, [payment], [line])


def _credited_on(books: Books, payment: Payment, day: int, noise_class: str) -> None:
    line = books.credit(
        payment,
        value_day=day,
        reference=payment.reference if books.dice.percent(70) else None,
        text=remittance(books, payment),
    )
    books.match(noise_class, [payment], [line])


def _credited_twice(books: Books, merchant: Merchant, noise_class: str, *, new_id: bool) -> None:
    payment = books.expect(merchant)
    text = remittance(books, payment)
    line = books.credit(payment, reference=payment.reference, text=text)
    copy = books.again(line)
    if new_id:
        copy.bank_entry_id = books.next_entry_id()
    books.match(noise_class, [payment], [line, copy], pairing="any_one", kind="duplicate")
