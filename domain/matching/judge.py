"""The stages, in order, over a closed set of lines: what is posted, what repeats, what stays open.

A set of lines is closed when no line outside it could compete for a payment that one inside could pay (closure.py finds it; all lines
together are closed). The verdict is a pure function of the items and the reference data: the order of the input plays no part.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from domain.matching import returns
from domain.matching.amounts import Explanation
from domain.matching.composite import (
    isolated,
    merchant_edges,
    parts_by_payer,
    payer_edges,
    twins,
)
from domain.matching.evidence import Shown
from domain.matching.identity import Edge, Work, identify
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem
from domain.matching.payouts import Group, Payouts
from domain.matching.proof import EvidenceClass
from domain.matching.proving import prove
from domain.matching.residue import verdict
from domain.matching.verdicts import DuplicateFound, Judgement, MatchFound
from domain.money import Money
from domain.settlement import Allocation, Residual, SettlementLeftOpen

IDENTITY_RULES = {
    "exact": "identity@1",
    "rounding": "identity-rounding@1",
    "fx": "identity-fx@1",
    "net": "identity-net@1",
}

Progress = Callable[[int], None]


class Judge:
    """One judgement: made for a set of lines, used once."""

    def __init__(
        self,
        index: PaymentIndex,
        shown: Callable[[LineItem], Shown],
        duplicates: Mapping[str, DuplicateFound],
        *,
        seal: str | None,
    ) -> None:
        self._index = index
        self._shown = shown
        self._duplicates = duplicates
        self._seal = seal
        self._taken: set[str] = set()
        self._matches: list[MatchFound] = []
        self._works: list[Work] = []

    def judge(self, lines: Iterable[LineItem], progress: Progress | None = None) -> Judgement:
        """Judge the lines; without a seal class C is not decided and its lines stay open."""
        ordered = sorted(lines, key=lambda line: line.id)
        judged = frozenset(line.id for line in ordered)
        repeated = {
            line.id: self._duplicates[line.id] for line in ordered if line.id in self._duplicates
        }
        for at, line in enumerate(ordered):
            if line.id not in repeated and line.repeats is None:
                work = Work(line=line, shown=self._shown(line))
                identify(work, self._index, self._taken)
                self._works.append(work)
            if progress and not at % 1000:
                progress(at)
        self._identity()
        self._groups()
        if self._seal is not None:
            self._composite()
        self._returns()
        return Judgement(
            matches=tuple(self._matches),
            duplicates=repeated,
            left_open=self._residue(),
            lines=judged,
        )

    # Stage 1

    def _identity(self) -> None:
        edges = [edge for work in self._works for edge in work.whole]
        in_parts = {payment.id for payment, _ in self._parts()}
        self._post_edges([e for e in isolated(edges) if e.payment.id not in in_parts])

    # Stage 2

    def _groups(self) -> None:
        payouts = Payouts(self._index, self._taken)
        found: list[tuple[list[Work], Sequence[PaymentItem], Group | None]] = []
        for work in self._open():
            if work.listed and not any(p.id in self._taken for p in work.listed):
                found.append(([work], work.listed, None))
            elif not (work.shown.active or work.shown.end_to_end) and work.line.amount > 0:
                groups = payouts.fitting(work.line, work.shown)
                work.payout_tried = bool(groups)
                found += [([work], group.payments, group) for group in groups]
        found += [(works, [payment], None) for payment, works in self._parts()]
        claims = Counter(item for works, some, _ in found for item in _items(works, some))
        for works, payments, group in found:
            if all(claims[item] == 1 for item in _items(works, payments)):
                self._post_group(works, payments, group)

    def _parts(self) -> list[tuple[PaymentItem, list[Work]]]:
        """2b: lines that show one reference and sum exactly to its payment, each of them owned by that payment alone."""
        by_payment: defaultdict[str, list[Work]] = defaultdict(list)
        unsure: set[str] = set()
        for work in self._open():
            if work.whole:
                continue
            by_payment_id = [payment.id for payment in work.part_of]
            for payment_id in by_payment_id:
                by_payment[payment_id].append(work)
            if len(by_payment_id) > 1:
                unsure.update(by_payment_id)
        payments = self._index.by_id
        return [
            (payments[payment_id], works)
            for payment_id, works in by_payment.items()
            if payment_id not in self._taken
            and payment_id not in unsure
            and len(works) > 1
            and sum(work.line.amount for work in works) == payments[payment_id].amount
        ]

    # Stage 3

    def _composite(self) -> None:
        self._collect(payer_edges)
        edges = self._composite_edges()
        self._post_edges(isolated(edges))
        self._post_twins(edges)
        self._parts_by_payer({edge.payment.id for edge in edges})
        self._collect(lambda *about: [*payer_edges(*about), *merchant_edges(*about)])
        edges = self._composite_edges()
        self._post_edges(isolated(edges))
        self._post_twins(edges)

    def _collect(
        self, edges_of: Callable[[Work, PaymentIndex, set[str]], list[Edge]]
    ) -> None:
        for work in self._open():
            if work.line.amount > 0 and not work.several:
                work.composite = edges_of(work, self._index, self._taken)

    def _composite_edges(self) -> list[Edge]:
        """The edges of this sub-stage; identity edges that stage 1 left open count too."""
        edges: dict[tuple[str, str], Edge] = {}
        for work in self._open():
            for edge in (*work.composite, *work.whole):
                if edge.payment.id not in self._taken:
                    edges[edge.line.id, edge.payment.id] = edge
        return list(edges.values())

    def _parts_by_payer(self, contested: set[str]) -> None:
        index, taken = self._index, self._taken
        works = [
            work
            for work in self._open()
            if work.line.amount > 0
            and (work.shown.accounts or work.shown.tax_ids)
            and not (work.composite or work.whole or work.several)
            and not merchant_edges(work, index, taken)
        ]
        for payment, some in parts_by_payer(works, index, taken, contested):
            self._post(some, [payment], "parts-by-payer@1", "C", _by_line(some, payment))

    # Stage 6

    def _returns(self) -> None:
        works = [work for work in self._open() if work.line.amount < 0]
        for work, payment in returns.linked(works, self._index):
            self._post([work], [payment], returns.rule_of(work.line), "I", _by_line([work], payment))

    # Stage 8

    def _residue(self) -> dict[str, SettlementLeftOpen]:
        payouts = Payouts(self._index, self._taken)
        return {
            work.line.id: verdict(work, self._index, self._taken, payouts)
            for work in self._open()
        }

    # Posting

    def _open(self) -> list[Work]:
        return [work for work in self._works if work.open]

    def _post_edges(self, edges: Sequence[Edge]) -> None:
        works = {work.line.id: work for work in self._works} if edges else {}
        for edge in edges:
            self._post_edge(edge, works[edge.line.id])
        self._taken.update(edge.payment.id for edge in edges)

    def _post_edge(self, edge: Edge, work: Work) -> None:
        explanation = edge.explanation
        if edge.by == "identity":
            rule, evidence = IDENTITY_RULES[explanation.how], "I"
        else:
            fx = "-fx" if explanation.how == "fx" else ""
            rule, evidence = f"{edge.by}{fx}@1", "C"
        line, payment = edge.line, edge.payment
        allocation = Allocation(
            settlement=line.id,
            payment=payment.id,
            amount=Money(explanation.allocated, line.currency),
            payment_amount=Money(payment.amount, payment.currency),
        )
        self._post(
            [work], [payment], rule, evidence, (allocation,), explanation=explanation, taking=False
        )

    def _post_twins(self, edges: Sequence[Edge]) -> None:
        works = {work.line.id: work for work in self._works} if edges else {}
        for pairs in twins(edges):
            some = [works[edge.line.id] for edge in pairs]
            if not all(work.open for work in some):
                continue
            allocations = tuple(
                allocation
                for edge in pairs
                for allocation in _by_line([works[edge.line.id]], edge.payment)
            )
            self._post(some, [edge.payment for edge in pairs], "twins@1", "C", allocations)

    def _post_group(
        self, works: list[Work], payments: Sequence[PaymentItem], group: Group | None
    ) -> None:
        line = works[0].line
        if len(works) > 1:
            self._post(works, payments, "parts@1", "I", _by_line(works, payments[0]))
            return
        allocations = tuple(
            Allocation(
                settlement=line.id,
                payment=payment.id,
                amount=Money(payment.amount, payment.currency),
                payment_amount=Money(payment.amount, payment.currency),
            )
            for payment in payments
        )
        if group is None:
            self._post(works, payments, "list@1", "I", allocations)
            return
        residuals = tuple(
            Residual(kind=charge.kind, amount=Money(charge.amount_minor, line.currency))
            for charge in group.net.charges
        )
        self._post(works, payments, "payout@1", "G", allocations, residuals=residuals, group=group)

    def _post(
        self,
        works: Sequence[Work],
        payments: Sequence[PaymentItem],
        rule: str,
        evidence: EvidenceClass,
        allocations: tuple[Allocation, ...],
        *,
        explanation: Explanation | None = None,
        residuals: tuple[Residual, ...] = (),
        group: Group | None = None,
        taking: bool = True,
    ) -> None:
        if explanation is not None:
            currency = works[0].line.currency
            residuals = tuple(
                Residual(kind=kind, amount=Money(amount, currency))
                for kind, amount in explanation.residuals
            )
        proof = prove(
            works,
            payments,
            self._index,
            self._taken,
            seal=self._seal if evidence == "C" else None,
            identity=evidence == "I",
            explanation=explanation,
            group=group,
        )
        self._matches.append(
            MatchFound(
                rule=rule,
                evidence=evidence,
                lines=tuple(work.line for work in works),
                payments=tuple(payments),
                allocations=allocations,
                residuals=residuals,
                proof=proof,
            )
        )
        for work in works:
            work.open = False
        if taking and works[0].line.amount > 0:
            self._taken.update(payment.id for payment in payments)


def _items(works: Sequence[Work], payments: Sequence[PaymentItem]) -> list[str]:
    return [*(work.line.id for work in works), *(payment.id for payment in payments)]


def _by_line(works: Sequence[Work], payment: PaymentItem) -> tuple[Allocation, ...]:
    return tuple(
        Allocation(
            settlement=work.line.id,
            payment=payment.id,
            amount=Money(work.line.amount, work.line.currency),
            payment_amount=Money(work.line.amount, payment.currency),
        )
        for work in works
    )
