"""The stages, in order, over a closed set of lines: what is posted, what repeats, what stays open.

A set of lines is closed when no line outside it could compete for a payment that one inside could
pay (closure.py finds it; all lines together are closed). The verdict is a pure function of the
items and the reference data: the order of the input plays no part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from domain.matching import returns
from domain.matching.claims import Claim, of_edge, of_parts, still_open, twins, unrivalled
from domain.matching.composite import merchant_edges, parts_by_payer, payer_edges
from domain.matching.declared import listed_payments, names_payments
from domain.matching.evidence import Shown
from domain.matching.holding import Holding, Refused
from domain.matching.identity import Work, identify
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem
from domain.matching.payouts import Payouts
from domain.matching.posts import BY_GROUP, BY_ID, DECLARED, Posts, Taken
from domain.matching.proof import MatchStatus
from domain.matching.residue import Residue
from domain.matching.rule_stage import add_edges, restore
from domain.matching.verdicts import DuplicateFound, Judgement, MatchFound
from domain.rules.book import RuleBook
from domain.settlement import SettlementLeftOpen

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
        taken: Taken | None = None,
        proofs: bool = True,
    ) -> None:
        """`taken` knows what is taken outside of what is judged; without it that is everything."""
        self._through = through
        self._found = found
        self._rules = rules or RuleBook()
        self._told = 0
        self._index = index
        self._shown = shown
        self._duplicates = duplicates
        self._seal = seal
        self._outside = taken
        self._taken: set[str] = set() if taken is None else taken
        self._posts = Posts(index, self._taken, seal=seal, proofs=proofs)
        self._judged: frozenset[str] = frozenset()
        self._works: list[Work] = []
        self._by_identity: list[Claim] = []
        self._unsure: Mapping[str, Refused] = {}

    def judge(self, lines: Iterable[LineItem], progress: Progress | None = None) -> Judgement:
        """Judge the lines; without a seal class C is not decided and its lines stay open."""
        repeated = self._begin(lines, progress)
        self._stages(self._identity, self._groups)
        return self._verdict(repeated)

    def _verdict(self, repeated: Mapping[str, DuplicateFound]) -> Judgement:
        later = (self._composite, self._sums) if self._seal is not None else ()
        self._stages(*later, self._returns, first=BY_GROUP + 1)
        return Judgement(
            matches=tuple(self._posts.matches),
            duplicates=repeated,
            left_open=self._residue(),
            lines=self._judged,
            suggested=self._rules.suggestions(self._open(), self._index, self._taken),
        )

    def settle(self, lines: Iterable[LineItem]) -> tuple[MatchFound, ...]:
        """Stages 1 and 2 alone: their matches; `settled` says what they settled."""
        self._begin(lines, None)
        self._stages(self._identity, self._groups)
        return tuple(self._posts.matches)

    def rest(self, lines: Iterable[LineItem]) -> Judgement:
        """The verdict on lines that stages 1 and 2 left open; what these took is taken."""
        return self._verdict(self._begin(lines, None))

    @property
    def settled(self) -> Mapping[str, int]:
        """The lines and payments that stages 1 and 2 settled, with the stage."""
        return self._posts.settled

    def _begin(
        self, lines: Iterable[LineItem], progress: Progress | None
    ) -> dict[str, DuplicateFound]:
        """Put all lines on the bench that repeat no other one; those that do are answered."""
        ordered = sorted(lines, key=lambda line: line.id)
        self._judged = frozenset([line.id for line in ordered])
        known = self._duplicates
        repeated = {line.id: known[line.id] for line in ordered if line.id in known}
        for at, line in enumerate(ordered):
            if line.id not in repeated and line.repeats is None:
                work = Work(line=line, shown=self._shown(line))
                identify(work, self._index, ())
                self._works.append(work)
            if progress and not at % 1000:
                progress(at)
        return repeated

    def _stages(self, *stages: Callable[[], None], first: int = BY_ID) -> None:
        for number, stage in enumerate(stages, start=first):
            self._posts.stage = number
            if self._outside is not None:
                self._outside.seen = min(number - 1, BY_GROUP)
            stage()
            self._tell()

    def _tell(self) -> None:
        matches = self._posts.matches
        if self._found and self._told < len(matches):
            self._found(matches[self._told :])
        self._told = len(matches)

    # Stages 1 and 2

    def _identity(self) -> None:
        """What shows an id of the payment, whole, listed or in parts, judged together.

        Whole lines post first.
        """
        self._by_identity = self._identity_claims()
        alone = unrivalled(self._by_identity)
        self._posts.claims([claim for claim in alone if claim.edge is not None])

    def _groups(self) -> None:
        sets = [claim for claim in unrivalled(self._by_identity) if claim.edge is None]
        payouts = [*self._declared_claims(), *self._payout_claims()]
        # Lines that refused each other over a payment still want it.
        refused = still_open(self._by_identity, but=sets)
        self._posts.claims(unrivalled([*sets, *payouts], refused))

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
        self._posts.claims(unrivalled([*edges, *sets, *parts]))
        for pairs in together:
            self._posts.twins(pairs)

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
            self._posts.payout(claim, one.solution.group, status=status)
            if one.is_final:
                self._taken.update(payment.id for payment in claim.payments)
        self._unsure = holding.refused

    # Stage 6

    def _returns(self) -> None:
        works = [work for work in self._open() if work.line.amount < 0]
        for work, payment in returns.linked(works, self._index):
            self._posts.returned(work, payment, returns.rule_of(work.line))

    # Stage 8

    def _residue(self) -> dict[str, SettlementLeftOpen]:
        residue = Residue(self._index, self._taken, self._unsure, sealed=self._seal is not None)
        return {work.line.id: residue.verdict(work) for work in self._open()}

    def _open(self) -> list[Work]:
        return [work for work in self._works if work.open]

    def _named(self, work: Work) -> bool:
        return names_payments(work.line, self._index)
