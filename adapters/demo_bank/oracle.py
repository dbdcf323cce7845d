"""Accidents: a stranger that fits a line of weak evidence as well as the payment that it pays.

The generator knows which payment a line belongs to; an engine knows only what the line shows. Where
that fits a second open payment, or a second open line fits the payment, the rules forbid to choose
(E1), and an engine that settles the rival first may choose: the truth becomes neutral.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from adapters.demo_bank.books import Books
from adapters.demo_bank.items import Group, Line, Payment
from adapters.demo_bank.shown import CUT_TEXT_LENGTH

ACCIDENT = "ambiguous_accidental"
WINDOW_DAYS = 12
GROUP_METHODS = ("card", "qr")


def mark_accidents(books: Books) -> None:
    """Make each weak group neutral that a rival fits."""
    payments: defaultdict[tuple[str, int], list[Payment]] = defaultdict(list)
    for payment in books.payments:
        if payment.method not in GROUP_METHODS:
            payments[payment.currency, payment.amount].append(payment)
    lines: defaultdict[tuple[str, int], list[tuple[Line, Payment | None]]] = defaultdict(list)
    for line, owner in _open_lines(books.groups):
        lines[line.currency, line.amount].append((line, owner))
    for group in books.groups:
        if not group.weak:
            continue
        paid, line = group.payments[0], group.lines[0]
        place = line.currency, line.amount
        rival_payment = any(
            rival is not paid and _fits(line, paid, rival) for rival in payments[place]
        )
        rival_line = any(
            other is not line and _fits(other, owner, paid) for other, owner in lines[place]
        )
        if rival_payment or rival_line:
            group.label, group.noise_class = "neutral", ACCIDENT


def _open_lines(groups: Iterable[Group]) -> Iterable[tuple[Line, Payment | None]]:
    """Lines that no identity settles, each with the payment whose ids it may show."""
    for group in groups:
        if group.weak or group.label != "match":
            owner = group.payments[0] if group.payments else None
            yield from ((line, owner) for line in group.lines)


def _fits(line: Line, owner: Payment | None, payment: Payment) -> bool:
    """Whether nothing that the line shows contradicts `payment`, and something speaks for it."""
    return (
        payment.day <= line.value_day <= payment.expected_day + WINDOW_DAYS
        and line.merchant_id in (None, payment.merchant.merchant_id)
        and line.counterparty_account in (None, payment.payer.account)
        and line.counterparty_tax_id in (None, payment.payer.tax_id)
        and line.end_to_end_id in (None, payment.end_to_end_id)
        and (payment.reference or "").startswith(_visible_reference(line, owner))
        and _speaks_for(line, payment)
    )


def _speaks_for(line: Line, payment: Payment) -> bool:
    """The line shows the payer or the merchant, in a field or in the text."""
    return (
        line.merchant_id is not None
        or line.counterparty_account is not None
        or line.counterparty_tax_id is not None
        or payment.payer.account in (line.text or "")
        or payment.payer.tax_id in (line.text or "").replace("-", "")
    )


def _visible_reference(line: Line, owner: Payment | None) -> str:
    """What a rival's reference must begin with: the field, or what a cut text leaves of one."""
    if line.reference is not None:
        return line.reference
    text, reference = line.text or "", (owner and owner.reference) or ""
    if reference and reference in text:
        return reference
    if len(text) == CUT_TEXT_LENGTH:
        for length in range(len(reference), 0, -1):
            if text.endswith(reference[:length]):
                return reference[:length]
    return ""
