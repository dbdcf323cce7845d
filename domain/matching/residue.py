"""Stage 8: why a line stays open, said with its candidates and what speaks against each.

Reasons: ambiguous (more than one possibility), contradicted (an id leads to a payment that something else rules out), amount_break (the
right payment, another amount), unexpected (nothing leads anywhere). Rules name what refused: docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from domain.matching.amounts import explain
from domain.matching.composite import payer_payments
from domain.matching.contradictions import AMOUNT
from domain.matching.identity import Edge, Work
from domain.matching.index import PaymentIndex, unique
from domain.matching.items import PaymentItem
from domain.matching.payouts import Payouts
from domain.matching.proving import against, candidates_of, hash_of
from domain.settlement import LEFT_OPEN_CANDIDATES_MAX, Candidate, SettlementLeftOpen

AMBIGUOUS, CONTRADICTION = "ambiguous", "contradicted"
AMOUNT_BREAK, UNEXPECTED = "amount_break", "unexpected"


def verdict(
    work: Work, index: PaymentIndex, taken: Container[str], payouts: Payouts
) -> SettlementLeftOpen:
    """The reason why an open line is open."""
    if work.line.amount <= 0:
        return _negative(work, index, taken)
    if work.several:
        return _left_open(AMBIGUOUS, "2a", work, candidates_of(work, index), index, taken)
    if work.whole or work.composite:
        edges = [*work.whole, *work.composite]
        rule = "E7" if work.whole else _ambiguity(work.composite)
        payments = unique(edge.payment for edge in edges)
        return _left_open(AMBIGUOUS, rule, work, payments, index, taken)
    if work.part_of:
        return _left_open(AMOUNT_BREAK, "2b", work, work.part_of, index, taken)
    shown = work.shown
    owners = shown.owners()
    if owners:
        return _of_owners(work, owners, index, taken)
    groups = list(payouts.candidates(work.line, shown))
    if groups:
        fitting = len(payouts.fitting(work.line, shown))
        payments = unique(payment for group in groups for payment in group.payments)
        reason, rule = (AMBIGUOUS, "E1") if fitting else (AMOUNT_BREAK, "2c")
        return _left_open(reason, rule, work, payments, index, taken)
    return _of_composite(work, index, taken)


def _ambiguity(edges: Sequence[Edge]) -> str:
    return "E5" if len({edge.payment.id for edge in edges}) > 1 else "E1"


def _of_owners(
    work: Work, owners: list[PaymentItem], index: PaymentIndex, taken: Container[str]
) -> SettlementLeftOpen:
    """An id leads to payments, and none of them can be it."""
    codes = [against(work, owner, index, taken) for owner in owners]
    if any(set(some) == {AMOUNT} for some in codes):
        return _left_open(AMOUNT_BREAK, "X6", work, owners, index, taken)
    agrees = any(
        explain(work.line, owner, index, identity=True, payer=True) for owner in owners
    )
    rule = "E6" if agrees else "R5"
    return _left_open(CONTRADICTION, rule, work, owners, index, taken)


def _of_composite(
    work: Work, index: PaymentIndex, taken: Container[str]
) -> SettlementLeftOpen:
    candidates = candidates_of(work, index)
    if candidates:
        return _left_open(CONTRADICTION, "C", work, candidates, index, taken)
    of_payer = [p for p in payer_payments(work.shown, index) if p.id not in taken]
    if of_payer:
        return _left_open(AMOUNT_BREAK, "X6", work, of_payer, index, taken)
    return _left_open(UNEXPECTED, "8", work, (), index, taken)


def _negative(work: Work, index: PaymentIndex, taken: Container[str]) -> SettlementLeftOpen:
    candidates = candidates_of(work, index)
    if not candidates:
        return _left_open(UNEXPECTED, "6", work, (), index, taken)
    clean = [p for p in candidates if not _speaks_against_return(work, p, index)]
    if len(clean) > 1:
        return _left_open(AMBIGUOUS, "6", work, candidates, index, taken)
    reason = AMOUNT_BREAK if clean else CONTRADICTION
    return _left_open(reason, "6", work, candidates, index, taken)


def _speaks_against_return(work: Work, payment: PaymentItem, index: PaymentIndex) -> bool:
    return bool(against(work, payment, index, ()))


def _left_open(
    reason: str,
    rule: str,
    work: Work,
    payments: Sequence[PaymentItem],
    index: PaymentIndex,
    taken: Container[str],
) -> SettlementLeftOpen:
    ordered = sorted(payments, key=lambda payment: payment.id)
    shown = tuple(
        Candidate(payment=payment.id, contradictions=against(work, payment, index, taken))
        for payment in ordered[:LEFT_OPEN_CANDIDATES_MAX]
    )
    return SettlementLeftOpen(
        reason=reason,
        rule=rule,
        candidates=shown,
        candidates_total=len(ordered),
        candidates_hash=hash_of(payment.id for payment in ordered),
    )
