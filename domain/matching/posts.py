"""Posting inside one judgement: from claims to matches with their proofs, and what they take.

Claims that were judged together are posted together: none of them sees what another one takes.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from domain.matching.allocations import (
    allocation_of,
    by_line,
    by_payment,
    charges_of,
    residuals_of,
)
from domain.matching.amounts import Explanation
from domain.matching.claims import Claim
from domain.matching.group import Group
from domain.matching.identity import Edge, Work
from domain.matching.index import PaymentIndex
from domain.matching.items import PaymentItem
from domain.matching.proof import EvidenceClass, MatchStatus, SumSearch
from domain.matching.proving import prove
from domain.matching.rule_stage import rules_of
from domain.matching.verdicts import MatchFound
from domain.settlement import Allocation, Residual

IDENTITY_RULES = {
    "exact": "identity@1",
    "rounding": "identity-rounding@1",
    "fx": "identity-fx@1",
    "net": "identity-net@1",
    "stated": "identity-stated@1",
}

DECLARED = "declared@1"
SET_EVIDENCE: Mapping[str, EvidenceClass] = {"parts-by-payer@1": "C", DECLARED: "G"}
"""Evidence classes of sets, by rule; of all others identity."""


OPEN, BY_ID, BY_GROUP, REPEATED = 0, 1, 2, 3
"""What stages 1 and 2 make of an item: nothing, settled by stage 1 or 2, or it repeats another."""


class Taken(set[str]):
    """Payments that are taken: here, or `outside`, by an earlier stage than the one at work.

    `outside` answers for payments that are not `inside` what is judged: the stage that took them,
    or nought.
    """

    def __init__(self, outside: Callable[[str], int], inside: Container[str] = ()) -> None:
        super().__init__()
        self._outside = outside
        self._inside = inside
        self.seen = 0
        """The last stage whose results count by now."""

    def __contains__(self, payment: object) -> bool:
        if super().__contains__(payment):
            return True
        if not self.seen or not isinstance(payment, str) or payment in self._inside:
            return False
        return 0 < self._outside(payment) <= self.seen


class Posts:
    """The matches of one judgement, in the order in which they were posted.

    `settled` are the lines and payments that stages 1 and 2 settled, with the stage. Without
    `proofs` nothing but that is kept.
    """

    def __init__(
        self, index: PaymentIndex, taken: set[str], *, seal: str | None, proofs: bool
    ) -> None:
        self.matches: list[MatchFound] = []
        self.settled: dict[str, int] = {}
        self.stage = 0
        self._index = index
        self._taken = taken
        self._seal = seal
        self._proofs = proofs

    def claims(self, claims: Sequence[Claim]) -> None:
        """Post claims that were judged together."""
        for claim in claims:
            if claim.edge is not None:
                self._edge(claim, claim.edge)
            elif claim.group is not None:
                self.payout(claim, claim.group)
            else:
                self._set(claim)
        self._taken.update([payment.id for claim in claims for payment in claim.payments])

    def _edge(self, claim: Claim, edge: Edge) -> None:
        explanation = edge.explanation
        if edge.ruled is not None:
            rule, evidence = edge.ruled.name, "C"
        elif edge.by == "identity":
            rule, evidence = IDENTITY_RULES[explanation.how], "I"
        else:
            fx = "-fx" if explanation.how == "fx" else ""
            rule, evidence = f"{edge.by}{fx}@1", "C"
        self._post(
            claim.works,
            claim.payments,
            rule,
            evidence,
            (allocation_of(edge),),
            residuals=residuals_of(edge),
            explanation=explanation,
            edges=(edge,),
        )

    def _set(self, claim: Claim) -> None:
        line, residuals = claim.works[0].line, ()
        if claim.rule in {"list@1", DECLARED}:
            allocations = by_payment(line, claim.payments)
        else:
            allocations = by_line(claim.works, claim.payments[0])
        if claim.rule == DECLARED and line.breakdown is not None:
            residuals = charges_of(line.breakdown.charges, line.currency)
        evidence = SET_EVIDENCE.get(claim.rule, "I")
        self._post(
            claim.works, claim.payments, claim.rule, evidence, allocations, residuals=residuals
        )

    def payout(self, claim: Claim, group: Group, *, status: MatchStatus = "final") -> None:
        """Post a payout, found by its group or by a sum; what it takes the caller says."""
        line = claim.works[0].line
        self._post(
            claim.works,
            claim.payments,
            claim.rule,
            "G",
            by_payment(line, claim.payments),
            residuals=charges_of(group.net.charges, line.currency),
            group=group,
            sums=claim.sums,
            status=status,
        )

    def twins(self, pairs: Sequence[Claim]) -> None:
        """Post a set of twins as one match."""
        edges = [pair.edge for pair in pairs if pair.edge is not None]
        self._post(
            [pair.works[0] for pair in pairs],
            [edge.payment for edge in edges],
            min((edge.ruled.name for edge in edges if edge.ruled), default="twins@1"),
            "C",
            tuple(allocation_of(edge) for edge in edges),
            residuals=tuple(residual for edge in edges for residual in residuals_of(edge)),
            edges=edges,
        )
        self._taken.update(edge.payment.id for edge in edges)

    def returned(self, work: Work, payment: PaymentItem, rule: str) -> None:
        """Post a line that takes money back from a payment."""
        self._post([work], [payment], rule, "I", by_line([work], payment))

    def _post(
        self,
        works: Sequence[Work],
        payments: Sequence[PaymentItem],
        rule: str,
        evidence: EvidenceClass,
        allocations: tuple[Allocation, ...],
        *,
        residuals: tuple[Residual, ...] = (),
        explanation: Explanation | None = None,
        group: Group | None = None,
        sums: SumSearch | None = None,
        edges: Sequence[Edge] = (),
        status: MatchStatus = "final",
    ) -> None:
        self._settle(works, payments)
        if not self._proofs:
            return
        proof = prove(
            works,
            payments,
            self._index,
            self._taken,
            seal=self._seal if evidence == "C" or sums is not None else None,
            identity=evidence == "I",
            explanation=explanation,
            group=group,
            sums=sums,
            ruled=rules_of(edges),
        )
        self.matches.append(
            MatchFound(
                rule=rule,
                evidence=evidence,
                status=status,
                lines=tuple(work.line for work in works),
                payments=tuple(payments),
                allocations=allocations,
                residuals=residuals,
                proof=proof,
            )
        )

    def _settle(self, works: Iterable[Work], payments: Iterable[PaymentItem]) -> None:
        stage = self.stage
        for work in works:
            work.open = False
        if stage <= BY_GROUP:
            self.settled.update([(work.line.id, stage) for work in works])
            self.settled.update([(payment.id, stage) for payment in payments])
