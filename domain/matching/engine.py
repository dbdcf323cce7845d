"""The matching engine: takes items one at a time or a whole backlog, and says what follows.

    engine = Matcher(reference)
    engine.admit_payment(…); engine.admit_line(…)
    engine.judge(seal="…")                  everything
    engine.judge(touched=[…], seal=None)    only what the new items could change

The two give the same verdict on the lines that both judge: a line's verdict depends on the items of
its closed set alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from domain.matching.closure import ClosedSets, Cluster
from domain.matching.deliveries import Deliveries
from domain.matching.evidence import Shown, read
from domain.matching.filing import READ, LineIndex
from domain.matching.fits import Fits
from domain.matching.identity import Work, identify
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem, ReferenceData
from domain.matching.judge import Found, Judge, Progress
from domain.matching.parts import Part, PartSettled, clusters, components, parts_of
from domain.matching.posts import OPEN, REPEATED, Taken
from domain.matching.standing import SettledById, Standing
from domain.matching.verdicts import DuplicateFound, Judgement
from domain.rules.book import RuleBook


class Matcher:
    """All items that are known, and the verdict on them; `rules` are the configured ones, if any.

    A book of rules files items too: it belongs to one engine.
    """

    def __init__(self, reference: ReferenceData, *, rules: RuleBook | None = None) -> None:
        self.payments = PaymentIndex(reference)
        self._rules = rules or RuleBook()
        self.lines = LineIndex(self.payments, self._rules)
        self._deliveries = Deliveries()
        self._readings: dict[str, Shown] = {}
        self._standing = Standing(self._settle)
        by_id = SettledById(self._standing)
        self._fits = Fits(self.lines, self.payments, by_id, self._read_once)
        self._closed_sets = ClosedSets(
            self.lines, self.payments, self._standing, self._fits, self._may_be_payout
        )

    def admit_payment(self, payment: PaymentItem) -> None:
        """Know a payment from now on. Admitting an id again is an error of the caller."""
        self.payments.add(payment)
        self._rules.admit_payment(payment)
        self._standing.arrive(payment.id)

    def admit_line(self, line: LineItem) -> None:
        """Know a line from now on."""
        self.lines.add(line)
        self._deliveries.admit(line)
        self._standing.arrive(line.id)

    def bar(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Never propose these pairs (line, payment) again: a person undid them."""
        self.payments.barred.update(pairs)
        self._standing.forget_everything()
        self._fits.clear()

    def judge(
        self,
        *,
        seal: str | None,
        through: int | None = None,
        touched: Iterable[str] | None = None,
        progress: Progress | None = None,
        found: Found | None = None,
    ) -> Judgement:
        """The verdict on all lines, or on those that the `touched` items could change.

        `seal` names what closed the windows of class C (E9); None leaves class C and sums
        undecided, which makes the verdict on one arriving line a matter of its own ids and groups.
        `through` is the day it speaks of, on which old provisional matches no longer stand; without
        it they do. `found` is told matches as soon as they are certain; all of them are in the
        judgement too.
        """
        if touched is None:
            cluster = None
            lines = self.lines.all()
            duplicates = self._deliveries.duplicates(lines, self._shows_payment_id)
        else:
            composite = seal is not None or not self._rules.is_empty
            settle = self._settle_cluster if composite else None
            mates = self._deliveries.mates()
            cluster = self._closed_sets.closed_set(touched, mates, settle=settle)
            lines = list(cluster.lines.values())
            duplicates = self._deliveries.duplicates_among(lines, self._shows_payment_id)
        judge = Judge(
            self.payments,
            self._read if cluster is None else self._read_once,
            duplicates,
            seal=seal,
            through=through,
            found=found,
            rules=self._rules,
            taken=None if cluster is None else self._taken(cluster),
        )
        judgement = judge.judge(lines, progress)
        self._remember(cluster, lines, duplicates, judge.settled)
        self._readings.clear()
        return judgement

    def parts(self, *, lines_max: int) -> list[Part]:
        """All lines in parts of about `lines_max`, each to be settled apart by `settle_part`."""
        lines = self.lines.all()
        duplicates = self._deliveries.duplicates(lines, self._shows_payment_id)
        found = clusters(lines, self._read, self.payments)
        return parts_of(found, duplicates, lines_max=lines_max)

    def settle_part(self, part: Part) -> PartSettled:
        """What identity and groups make of a part's lines: the same as in one judgement of all."""
        judge = Judge(self.payments, self._read, part.duplicates, seal=None)
        matches = judge.settle(part.lines)
        return PartSettled(matches=matches, stages=judge.settled)

    def parts_left(
        self, parts: Sequence[Part], stages: Mapping[str, int], *, lines_max: int
    ) -> list[Part]:
        """The lines that are not settled, in parts anew; `stages` are those of all parts."""
        left = [line for part in parts for line in part.lines if line.id not in stages]
        duplicates = {name: one for part in parts for name, one in part.duplicates.items()}
        found = components(left, self._read, self.payments, self._rules, stages)
        return parts_of(found, duplicates, lines_max=lines_max)

    def judge_part(self, part: Part, stages: Mapping[str, int], *, seal: str | None) -> Judgement:
        """The verdict on a part of what was left: the same as in one judgement of all."""
        taken = Taken(lambda payment: stages.get(payment, OPEN), ())
        judge = Judge(
            self.payments, self._read, part.duplicates, seal=seal, rules=self._rules, taken=taken
        )
        return judge.rest(part.lines)

    # Clusters

    def _settle(self, item: str) -> None:
        self._settle_cluster(self._closed_sets.cluster(item))

    def _settle_cluster(self, cluster: Cluster) -> None:
        """Stages 1 and 2 over a whole cluster, or several."""
        lines = list(cluster.lines.values())
        duplicates = self._deliveries.duplicates_among(lines, self._shows_payment_id)
        taken = self._taken(cluster)
        judge = Judge(self.payments, self._read, duplicates, seal=None, taken=taken, proofs=False)
        judge.settle(lines)
        self._remember(cluster, lines, duplicates, judge.settled)

    def _taken(self, cluster: Cluster) -> Taken:
        return Taken(self._standing.stage, cluster.payments)

    def _remember(
        self,
        cluster: Cluster | None,
        lines: Iterable[LineItem],
        duplicates: Mapping[str, DuplicateFound],
        settled: Mapping[str, int],
    ) -> None:
        repeated = {one.id: REPEATED for one in lines if one.id in duplicates or one.repeats}
        stages = {**settled, **repeated} if repeated else settled
        if cluster is None:
            self._deliveries.all_judged()
            self._standing.remember_everything(stages)
            self._fits.clear()
        else:
            self._standing.remember(cluster, stages)

    def _may_be_payout(self, line: LineItem) -> bool:
        """Whether a line shows no id that counts: only then it may be a payout of a group."""
        if line.amount <= 0 or self._standing.was_settled_by_id(line.id):
            return False
        work = Work(line=line, shown=self._read_once(line))
        identify(work, self.payments, ())
        return not (work.shown.active or work.shown.end_to_end)

    def _read(self, line: LineItem) -> Shown:
        self.lines.note(READ, line.id)
        return read(line, self.payments)

    def _read_once(self, line: LineItem) -> Shown:
        """Read a line that is asked for again within a judgement of few."""
        shown = self._readings.get(line.id)
        if shown is None:
            shown = self._readings[line.id] = self._read(line)
        return shown

    def _shows_payment_id(self, line: LineItem) -> bool:
        shown = self._read(line)
        return bool(shown.end_to_end or shown.hits)
