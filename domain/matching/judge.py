"""The stages, in order, over a closed set of lines: what is posted, what repeats, what stays open.

A set of lines is closed when no line outside it could compete for a payment that one inside could
pay (closure.py finds it; all lines together are closed). The verdict is a pure function of the
items and the reference data: the order of the input plays no part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from domain.matching import returns
from domain.matching.allocations import (
    allocation_of,
    by_line,
    by_payment,
    charges_of,
    residuals_of,
)
from domain.matching.amounts import Explanation
from domain.matching.claims import Claim, of_edge, of_parts, still_open, twins, unrivalled
from domain.matching.composite import merchant_edges, parts_by_payer, payer_edges
from domain.matching.declared import listed_payments, names_payments
from domain.matching.evidence import Shown
from domain.matching.group import Group
from domain.matching.holding import Holding, Refused
from domain.matching.identity import Edge, Work, identify
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem
from domain.matching.payouts import Payouts
from domain.matching.proof import EvidenceClass, MatchStatus, SumSearch
from domain.matching.proving import prove
from domain.matching.residue import Residue
from domain.matching.rule_stage import add_edges, restore, rules_of
from domain.matching.verdicts import DuplicateFound, Judgement, MatchFound
from domain.rules.book import RuleBook
from domain.settlement import Allocation, Residual, SettlementLeftOpen

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

Progress = Callable[[int], None]
Found = Callable[[Sequence[MatchFound]], None]
"""Told the matches of a stage: no later stage takes one of them back."""


class Judge:
    """One judgement: made for a set of lines, used once."""

    def __init__(
        self,
        index: PaymentIndex,
        shown: Callable[[LineItem], Shown],
        duplicates: Mapping[str, DuplicateFound],
        *,
        seal: str | None,
        through: int | None = None,
        found: Found | None = None,
        rules: RuleBook | None = None,
    ) -> None:
        self._through = through
        self._found = found
        self._rules = rules or RuleBook()
        self._told = 0
        self._index = index
        self._shown = shown
        self._duplicates = duplicates
        self._seal = seal
        self._taken: set[str] = set()
        self._matches: list[MatchFound] = []
        self._works: list[Work] = []
        self._by_identity: list[Claim] = []
        self._unsure: Mapping[str, Refused] = {}

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
        later = (self._composite, self._sums) if self._seal is not None else ()
        for stage in (self._identity, self._groups, *later, self._returns):
            stage()
            self._tell()
        return Judgement(
            matches=tuple(self._matches),
            duplicates=repeated,
            left_open=self._residue(),
            lines=judged,
            suggested=self._rules.suggestions(self._open(), self._index, self._taken),
        )

    def _tell(self) -> None:
        if self._found and self._told < len(self._matches):
            self._found(self._matches[self._told :])
        self._told = len(self._matches)

    # Stages 1 and 2

    def _identity(self) -> None:
        """What shows an id of the payment, whole, listed or in parts, judged together.

        Whole lines post first.
        """
        self._by_identity = self._identity_claims()
        alone = unrivalled(self._by_identity)
        self._post_claims([claim for claim in alone if claim.edge is not None])

    def _groups(self) -> None:
        sets = [claim for claim in unrivalled(self._by_identity) if claim.edge is None]
        payouts = [*self._declared_claims(), *self._payout_claims()]
        # Lines that refused each other over a payment still want it.
        refused = still_open(self._by_identity, but=sets)
        self._post_claims(unrivalled([*sets, *payouts], refused))

    def _identity_claims(self) -> list[Claim]:
        claims: list[Claim] = []
        for work in self._open():
            claims += [of_edge(work, edge) for edge in work.whole]
            if work.listed:
                claims.append(Claim(works=(work,), payments=tuple(work.listed), rule="list@1"))
        claims += [
            Claim(works=tuple(works), payments=(payment,), rule="parts@1", may_post=sure)
            for payment, works, sure in self._parts()
        ]
        return claims

    def _parts(self) -> list[tuple[PaymentItem, list[Work], bool]]:
        """2b: lines that show one reference and sum exactly to its payment.

        Sure where none of them could be a part of another payment.
        """
        by_payment: defaultdict[str, list[Work]] = defaultdict(list)
        unsure: set[str] = set()
        for work in self._open():
            if work.whole:
                continue
            for payment in work.part_of:
                by_payment[payment.id].append(work)
            if len(work.part_of) > 1:
                unsure.update(payment.id for payment in work.part_of)
        payments = self._index.by_id
        return [
            (payments[payment_id], works, payment_id not in unsure)
            for payment_id, works in by_payment.items()
            if len(works) > 1
            and sum(work.line.amount for work in works) == payments[payment_id].amount
        ]

    def _declared_claims(self) -> list[Claim]:
        """What a document's own member list says, where the whole list holds."""
        claims: list[Claim] = []
        for work in self._open():
            listed = listed_payments(work.line, work.shown, self._index, self._taken)
            if listed:
                claims.append(Claim(works=(work,), payments=tuple(listed), rule=DECLARED))
        return claims

    def _payout_claims(self) -> list[Claim]:
        payouts = Payouts(self._index, self._taken)
        claims: list[Claim] = []
        for work in self._open():
            shown = work.shown
            if work.line.amount > 0 and not (shown.active or shown.end_to_end or self._named(work)):
                claims += [
                    Claim(works=(work,), payments=group.payments, rule="payout@1", group=group)
                    for group in payouts.fitting(work.line, shown)
                ]
        return claims

    # Stage 3

    def _composite(self) -> None:
        for work in self._open():
            if work.shown.hits:  # R5 again: who was consumed meanwhile explains nothing any more
                identify(work, self._index, self._taken)
        self._by_identity = self._identity_claims()
        works = [work for work in self._open() if work.line.amount > 0 and not work.several]
        for work in works:
            work.composite = payer_edges(work, self._index, self._taken)
        parts = self._parts_by_payer(works)
        self._judge_composite(parts)
        for work in works:
            if work.open:
                work.composite = payer_edges(work, self._index, self._taken)
                work.composite += merchant_edges(work, self._index, self._taken)
        # A payer with one open payment less may have parts now; refused parts stand against them.
        again = [*(claim for claim in parts if claim.is_open), *self._parts_by_payer(works)]
        parts = list({tuple(claim.items): claim for claim in again}.values())
        self._judge_composite(parts)
        for stage in self._rules.sub_stages:
            before = add_edges(works, self._rules, stage, self._index, self._taken)
            self._judge_composite([claim for claim in parts if claim.is_open])
            restore(before)

    def _judge_composite(self, parts: Sequence[Claim]) -> None:
        """Composite edges, and all that identity left open.

        These count, and post only if they became unrivalled.
        """
        claims: dict[tuple[str, ...], Claim] = {}
        for work in self._open():
            for edge in work.composite:
                claims[edge.line.id, edge.payment.id] = of_edge(work, edge)
        for claim in self._by_identity:
            if claim.is_open and not any(payment.id in self._taken for payment in claim.payments):
                claims[tuple(claim.items)] = claim
        edges = [claim for claim in claims.values() if claim.edge is not None]
        sets = [claim for claim in claims.values() if claim.edge is None]
        together = twins(edges, [*sets, *parts])
        self._post_claims(unrivalled([*edges, *sets, *parts]))
        for pairs in together:
            self._post_twins(pairs)

    def _parts_by_payer(self, works: Sequence[Work]) -> list[Claim]:
        index, taken = self._index, self._taken
        some = [
            work
            for work in works
            if work.open
            and (work.shown.accounts or work.shown.tax_ids)
            and not (work.composite or work.whole or merchant_edges(work, index, taken))
        ]
        return [of_parts(payment, parts) for payment, parts in parts_by_payer(some, index, taken)]

    # Stage 5

    def _sums(self) -> None:
        """Held and released payments: final where other payouts confirm them, else provisional."""
        works = [w for w in self._open() if w.line.amount > 0 and w.line.sealed]
        works = [w for w in works if not (w.composite or w.whole)]
        works = [w for w in works if not (w.shown.active or w.shown.end_to_end or self._named(w))]
        holding = Holding(self._index, self._taken, through=self._through)
        for one in holding.decide(works):
            claim = one.claim()
            status: MatchStatus = "final" if one.is_final else "provisional"
            self._post_payout(claim, one.solution.group, status=status)
            if one.is_final:
                self._taken.update(payment.id for payment in claim.payments)
        self._unsure = holding.refused

    # Stage 6

    def _returns(self) -> None:
        works = [work for work in self._open() if work.line.amount < 0]
        for work, payment in returns.linked(works, self._index):
            self._post([work], [payment], returns.rule_of(work.line), "I", by_line([work], payment))

    # Stage 8

    def _residue(self) -> dict[str, SettlementLeftOpen]:
        residue = Residue(self._index, self._taken, self._unsure)
        return {work.line.id: residue.verdict(work) for work in self._open()}

    # Posting

    def _open(self) -> list[Work]:
        return [work for work in self._works if work.open]

    def _post_claims(self, claims: Sequence[Claim]) -> None:
        """Post claims that were judged together: none of them sees what another one takes."""
        for claim in claims:
            if claim.edge is not None:
                self._post_edge(claim, claim.edge)
            elif claim.group is not None:
                self._post_payout(claim, claim.group)
            else:
                self._post_set(claim)
        self._taken.update(payment.id for claim in claims for payment in claim.payments)

    def _post_edge(self, claim: Claim, edge: Edge) -> None:
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

    def _named(self, work: Work) -> bool:
        return names_payments(work.line, self._index)

    def _post_set(self, claim: Claim) -> None:
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

    def _post_payout(self, claim: Claim, group: Group, *, status: MatchStatus = "final") -> None:
        line = claim.works[0].line
        residuals = charges_of(group.net.charges, line.currency)
        allocations = by_payment(line, claim.payments)
        self._post(
            claim.works,
            claim.payments,
            claim.rule,
            "G",
            allocations,
            residuals=residuals,
            group=group,
            sums=claim.sums,
            status=status,
        )

    def _post_twins(self, pairs: Sequence[Claim]) -> None:
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
        self._matches.append(
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
        for work in works:
            work.open = False
