"""Stage 8: why a line stays open, said with its candidates and what speaks against each.

Reasons: ambiguous (more than one possibility), contradicted (an id leads to a payment that
something else rules out), amount_break (the right payment, another amount), search_exhausted (the
budget of a sum ended first: no statement either way), unsealed (what it shows is no identity, and
a rival may still come), unexpected (nothing leads anywhere). Rules name what refused:
docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from domain.matching.amounts import explain
from domain.matching.composite import payer_payments
from domain.matching.contradictions import AMOUNT
from domain.matching.holding import Refused
from domain.matching.identity import Edge, Work
from domain.matching.index import PaymentIndex, unique
from domain.matching.items import PaymentItem
from domain.matching.payouts import Payouts
from domain.matching.proving import against, candidates_of, hash_of
from domain.settlement import LEFT_OPEN_CANDIDATES_MAX, Candidate, SettlementLeftOpen

AMBIGUOUS, CONTRADICTED = "ambiguous", "contradicted"
AMOUNT_BREAK, UNEXPECTED = "amount_break", "unexpected"
SEARCH_EXHAUSTED, UNSEALED = "search_exhausted", "unsealed"


class Residue:
    """Says why lines stay open, once everything that could be posted is."""

    def __init__(
        self,
        index: PaymentIndex,
        taken: Container[str],
        sums: Mapping[str, Refused],
        *,
        sealed: bool,
    ) -> None:
        """`sums` are the lines that sums were searched for, and found nothing sure.

        Without `sealed` no window is closed, whatever lines say.
        """
        self._sealed = sealed
        self._index = index
        self._taken = taken
        self._sums = sums
        self._payouts = Payouts(index, taken)

    def verdict(self, work: Work) -> SettlementLeftOpen:
        """The reason why an open line is open."""
        if work.line.amount <= 0:
            return self._of_negative(work)
        if work.several:
            return self._left_open(AMBIGUOUS, "2a", work, candidates_of(work, self._index))
        if work.composite and not (work.whole or work.line.sealed):
            return self._unsealed(work)
        if work.whole or work.composite:
            rule = "E7" if work.whole else _ambiguity(work.composite)
            payments = unique(edge.payment for edge in (*work.whole, *work.composite))
            return self._left_open(AMBIGUOUS, rule, work, payments)
        if work.part_of:
            return self._left_open(AMOUNT_BREAK, "2b", work, work.part_of)
        owners = work.shown.owners()
        if owners:
            return self._of_owners(work, owners)
        if not (self._sealed and work.line.sealed):
            return self._unsealed(work)
        groups = list(self._payouts.candidates(work.line, work.shown))
        if groups:
            fitting = self._payouts.fitting(work.line, work.shown)
            payments = unique(payment for group in groups for payment in group.payments)
            reason, rule = (AMBIGUOUS, "E1") if fitting else self._of_sums(work)
            return self._left_open(reason, rule, work, payments)
        return self._of_composite(work)

    def _unsealed(self, work: Work) -> SettlementLeftOpen:
        """Its candidates as of now; what is still to come may add to them (E9)."""
        payments = unique(
            [*(edge.payment for edge in work.composite), *candidates_of(work, self._index)]
        )
        return self._left_open(UNSEALED, "E9", work, payments)

    def _of_sums(self, work: Work) -> tuple[str, str]:
        match self._sums.get(work.line.id):
            case "exhausted":
                return SEARCH_EXHAUSTED, "5"
            case "several":
                return AMBIGUOUS, "L2"
            case "expired":
                return AMOUNT_BREAK, "L2"
            case None:
                return AMOUNT_BREAK, "2c"

    def _of_owners(self, work: Work, owners: list[PaymentItem]) -> SettlementLeftOpen:
        """An id leads to payments, and none of them can be it."""
        codes = [against(work, owner, self._index, self._taken) for owner in owners]
        if any(set(some) == {AMOUNT} for some in codes):
            return self._left_open(AMOUNT_BREAK, "X6", work, owners)
        agrees = any(
            explain(work.line, owner, self._index, identity=True, payer=True) for owner in owners
        )
        return self._left_open(CONTRADICTED, "E6" if agrees else "R5", work, owners)

    def _of_composite(self, work: Work) -> SettlementLeftOpen:
        candidates = candidates_of(work, self._index)
        if candidates:
            return self._left_open(CONTRADICTED, "C", work, candidates)
        payments = payer_payments(work.shown, self._index)
        of_payer = [payment for payment in payments if payment.id not in self._taken]
        if of_payer:
            return self._left_open(AMOUNT_BREAK, "X6", work, of_payer)
        return self._left_open(UNEXPECTED, "8", work, ())

    def _of_negative(self, work: Work) -> SettlementLeftOpen:
        candidates = candidates_of(work, self._index)
        if not candidates:
            return self._left_open(UNEXPECTED, "6", work, ())
        clean = [payment for payment in candidates if not against(work, payment, self._index, ())]
        if len(clean) > 1:
            return self._left_open(AMBIGUOUS, "6", work, candidates)
        return self._left_open(AMOUNT_BREAK if clean else CONTRADICTED, "6", work, candidates)

    def _left_open(
        self, reason: str, rule: str, work: Work, payments: Sequence[PaymentItem]
    ) -> SettlementLeftOpen:
        ordered = sorted(payments, key=lambda payment: payment.id)
        shown = tuple(
            Candidate(
                payment=payment.id,
                contradictions=against(work, payment, self._index, self._taken),
            )
            for payment in ordered[:LEFT_OPEN_CANDIDATES_MAX]
        )
        return SettlementLeftOpen(
            reason=reason,
            rule=rule,
            candidates=shown,
            candidates_total=len(ordered),
            candidates_hash=hash_of(payment.id for payment in ordered),
        )


def _ambiguity(edges: Sequence[Edge]) -> str:
    return "E5" if len({edge.payment.id for edge in edges}) > 1 else "E1"
