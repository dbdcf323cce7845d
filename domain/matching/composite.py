"""Stage 3 (class C): payer id, or else merchant, with exact amount and date window, unique on both sides (E1, E3, E5, R3, R4).

Edges of all lines are collected first and judged together. Card and QR payments are never candidates: the index does not file them by
payer or by merchant and amount.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence

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
    """The payments, open or not, of a merchant that the line names, with exactly the line's amount."""
    codes: set[str] = set()
    if line.merchant is not None:
        codes.add(line.merchant)
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
    """What merchant and amount say the line could pay; never for a line whose reference is refuted (R5)."""
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


def isolated(edges: Sequence[Edge]) -> list[Edge]:
    """E1: the edges that are the only one at both ends."""
    lines, payments = _degrees(edges)
    return [
        edge
        for edge in edges
        if len(lines[edge.line.id]) == 1 and len(payments[edge.payment.id]) == 1
    ]


def _degrees(edges: Iterable[Edge]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    lines: defaultdict[str, set[str]] = defaultdict(set)
    payments: defaultdict[str, set[str]] = defaultdict(set)
    for edge in edges:
        lines[edge.line.id].add(edge.payment.id)
        payments[edge.payment.id].add(edge.line.id)
    return lines, payments


def twins(edges: Sequence[Edge]) -> list[list[Edge]]:
    """E3: sets of n payments alike without ids, and exactly n lines that fit all of them and nothing else.

    Answered as one edge a pair of a bijection: every assignment has the same consequences.
    """
    lines, payments = _degrees(edges)
    by_pair = {(edge.line.id, edge.payment.id): edge for edge in edges}
    found: list[list[Edge]] = []
    seen: set[str] = set()
    for edge in edges:
        start = edge.payment
        if start.id in seen or len(payments[start.id]) < 2 or not _without_ids(start):
            continue
        some_lines = payments[start.id]
        some = set().union(*(lines[line] for line in some_lines))
        seen |= some
        if len(some) != len(some_lines):
            continue
        complete = all(payments[payment] == some_lines for payment in some)
        pairs = list(zip(sorted(some_lines), sorted(some), strict=True))
        if complete and all(
            _alike(by_pair[line, payment].payment, start) for line, payment in pairs
        ):
            found.append([by_pair[pair] for pair in pairs])
    return found


def _without_ids(payment: PaymentItem) -> bool:
    return payment.reference is None and payment.end_to_end_id is None


def _alike(one: PaymentItem, other: PaymentItem) -> bool:
    return _without_ids(one) and _likeness(one) == _likeness(other)


def _likeness(payment: PaymentItem) -> tuple[object, ...]:
    return (
        payment.merchant,
        payment.account,
        payment.tax_id,
        payment.amount,
        payment.currency,
        payment.created,
        payment.expected,
    )


def parts_by_payer(
    works: Iterable[Work], index: PaymentIndex, taken: Container[str], contested: Container[str]
) -> list[tuple[PaymentItem, list[Work]]]:
    """Several lines of a payer that sum exactly to the only open payment this payer has.

    A line that any payment explains whole is no part; `contested` are payments that some line explains whole.
    """
    parts: defaultdict[str, list[Work]] = defaultdict(list)
    payments: dict[str, PaymentItem] = {}
    for work in works:
        payment = _only_open_payment(work, index, taken)
        if payment is not None and payment.id not in contested:
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
