"""Stage 3 (class C): payer id, or else merchant, with exact amount and date window (R3, R4).

Card and QR payments are never candidates: the index does not file them by
payer or by merchant and amount.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable

from domain.matching.amounts import explain
from domain.matching.contradictions import contradictions, shows_payer
from domain.matching.evidence import Shown
from domain.matching.identity import Edge, Work
from domain.matching.index import PaymentIndex, unique
from domain.matching.items import LineItem, PaymentItem


def payer_payments(shown: Shown, index: PaymentIndex) -> list[PaymentItem]:
    """The payments, open or not, whose payer the line shows."""
    found: list[PaymentItem] = []
    for one in shown.accounts:
        found += index.by_account(one.value)
    for one in shown.tax_ids:
        found += index.by_tax_id(one.value)
    return unique(found) if len(found) > 1 else found


def merchant_payments(line: LineItem, shown: Shown, index: PaymentIndex) -> list[PaymentItem]:
    """The payments, open or not, of a merchant that the line names, with just its amount."""
    if not shown.accounts and not shown.tax_ids:
        if line.merchant is None:
            return []
        return list(index.by_merchant_amount(line.merchant, line.currency, line.amount))
    codes: set[str] = set() if line.merchant is None else {line.merchant}
    for one in shown.accounts:
        codes.update(index.merchants_by_account.get(one.value, ()))
    for one in shown.tax_ids:
        codes.update(index.merchants_by_tax_id.get(one.value, ()))
    found: list[PaymentItem] = []
    for code in sorted(codes):
        found += index.by_merchant_amount(code, line.currency, line.amount)
    return found


def payer_edges(work: Work, index: PaymentIndex, taken: Container[str]) -> list[Edge]:
    """What payer id and amount say the line could pay."""
    line, shown = work.line, work.shown
    edges: list[Edge] = []
    for payment in payer_payments(shown, index):
        if payment.id in taken:
            continue
        same_currency = payment.currency == line.currency
        if same_currency and payment.amount != line.amount:
            continue
        explanation = explain(line, payment, index, identity=False, payer=True)
        if explanation is not None and not contradictions(
            line, shown, payment, index, identity=False, forgive_typo=same_currency
        ):
            edges.append(Edge(line, payment, explanation, "payer"))
    return edges


def merchant_edges(work: Work, index: PaymentIndex, taken: Container[str]) -> list[Edge]:
    """What merchant and amount say the line could pay.

    Never for a line whose reference is refuted (R5).
    """
    line, shown = work.line, work.shown
    if shown.refuted:
        return []
    edges: list[Edge] = []
    for payment in merchant_payments(line, shown, index):
        if payment.id in taken or shows_payer(shown, payment):
            continue
        if not contradictions(line, shown, payment, index, identity=False):
            explanation = explain(line, payment, index, identity=False, payer=False)
            if explanation is not None:
                edges.append(Edge(line, payment, explanation, "merchant"))
    return edges


def parts_by_payer(
    works: Iterable[Work], index: PaymentIndex, taken: Container[str]
) -> list[tuple[PaymentItem, list[Work]]]:
    """Several lines of a payer that sum exactly to the only open payment this payer has.

    `works` are lines that no payment explains whole: such a line is no part.
    """
    parts: defaultdict[str, list[Work]] = defaultdict(list)
    payments: dict[str, PaymentItem] = {}
    for work in works:
        payment = _only_open_payment(work, index, taken)
        if payment is not None:
            parts[payment.id].append(work)
            payments[payment.id] = payment
    return [
        (payments[payment_id], some)
        for payment_id, some in parts.items()
        if len(some) > 1 and sum(w.line.amount for w in some) == payments[payment_id].amount
    ]


def _only_open_payment(
    work: Work, index: PaymentIndex, taken: Container[str]
) -> PaymentItem | None:
    line, shown = work.line, work.shown
    possible = [
        payment
        for payment in payer_payments(shown, index)
        if payment.id not in taken
        and payment.currency == line.currency
        and not contradictions(line, shown, payment, index, identity=False)
    ]
    if len(possible) != 1 or not 0 < line.amount < possible[0].amount:
        return None
    return possible[0]
