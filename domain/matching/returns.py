"""Stage 6: negative lines that show the complete reference of a payment.

Reversals, refunds and chargebacks, whole or in part.

Per payment in booking order, as long as the running total stays within the payment's amount; what
exceeds it is an exception. Lines of one booking day have no order among themselves: they are linked
together or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby

from domain.matching.contradictions import contradictions
from domain.matching.identity import Work
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem


def rule_of(line: LineItem) -> str:
    """What a negative line is: an acquirer's chargeback, a reversal, or else a refund."""
    if line.kind == "acquirer":
        return "chargeback@1"
    return "reversal@1" if line.reversal else "refund@1"


def returned_payment(work: Work, index: PaymentIndex) -> list[PaymentItem]:
    """The payments that a negative line could take money back from; only one is a link."""
    line, shown = work.line, work.shown
    return [
        payment
        for payment in shown.owners()
        if line.currency == payment.currency
        and -line.amount <= payment.amount
        and not contradictions(line, shown, payment, index, identity=True)
    ]


def linked(works: Iterable[Work], index: PaymentIndex) -> list[tuple[Work, PaymentItem]]:
    """The negative lines that are linked, each to its payment."""
    by_payment: defaultdict[str, list[Work]] = defaultdict(list)
    payments: Mapping[str, PaymentItem] = index.by_id
    for work in works:
        possible = returned_payment(work, index)
        if len(possible) == 1:
            by_payment[possible[0].id].append(work)
    return [
        (work, payments[payment_id])
        for payment_id, some in by_payment.items()
        for work in _within(some, payments[payment_id].amount)
    ]


def _within(works: list[Work], amount: int) -> list[Work]:
    kept: list[Work] = []
    total = 0
    ordered = sorted(works, key=lambda work: (work.line.booking, work.line.id))
    for _, day in groupby(ordered, key=lambda work: work.line.booking):
        some = list(day)
        sum_of_day = sum(-work.line.amount for work in some)
        if total + sum_of_day <= amount:
            total += sum_of_day
            kept += some
    return kept
