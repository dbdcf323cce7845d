"""Which lines a new item could change: the closed set, found by exchanging keys.

Two walks. A **cluster** is what stages 1 and 2 decide together: lines and payments connected by the
ids that lines could show, and lines with the payout groups that they could be about. It is small,
and nothing outside it has a say in it. The second walk connects what clusters leave open, for
class C and for sums: payers, a merchant's amounts, and all payouts of a merchant, since what one
holds back another one may release. What a cluster settles is an end of that walk: a payment that an
id or a payout has taken is no candidate any more, whoever shows its payer.

Without a seal there is no second walk: classes I and G are decided by clusters alone. What remains
is who shows a payment among his candidates: its being taken is part of his record (X8).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping

from domain.matching.filing import DayGroup, Hub, LineIndex
from domain.matching.fits import Fits
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem
from domain.matching.posts import BY_GROUP, OPEN
from domain.matching.standing import Standing

Mates = Callable[[LineItem], list[LineItem]]
"""The lines that a touched line could turn into duplicates, or back."""


class Cluster:
    """Lines and payments connected by ids and payout groups; grows as more is added to it.

    `anew` are lines that may have been read otherwise before: they could have been about any of
    their groups. Of the others `may_be_payout` tells, which no other line has a say in. `fits`
    knows which group a line fits, where nothing about that group is new; without it a line is
    taken to fit all of its day.
    """

    def __init__(
        self,
        lines: LineIndex,
        may_be_payout: Callable[[LineItem], bool],
        fits: Fits | None = None,
        anew: Container[str] = (),
    ) -> None:
        self.lines: dict[str, LineItem] = {}
        self.payments: dict[str, PaymentItem] = {}
        self._index = lines
        self._may_be_payout = may_be_payout
        self._fits = fits
        self._anew = anew
        self._new_lines: list[LineItem] = []
        self._fresh: list[LineItem] = []
        self._new_payments: list[PaymentItem] = []
        self._whole: set[DayGroup] = set()
        self._fitting: dict[DayGroup, Mapping[str, list[LineItem]]] = {}

    def add_lines(self, lines: Iterable[LineItem]) -> None:
        """Put lines in; `grow` finds what is connected with them."""
        for line in lines:
            if line.id not in self.lines:
                self.lines[line.id] = line
                self._new_lines.append(line)
                self._fresh.append(line)

    def fresh(self) -> list[LineItem]:
        """The lines that came in since this was last asked."""
        fresh, self._fresh = self._fresh, list[LineItem]()
        return fresh

    def add_payments(self, payments: Iterable[PaymentItem]) -> None:
        """The same for payments."""
        for payment in payments:
            if payment.id not in self.payments:
                self.payments[payment.id] = payment
                self._new_payments.append(payment)

    def stir(self) -> None:
        """Follow ids from what was touched: stage 1 may find otherwise here than it did.

        So the groups of these payments are not what they were, for no line that could fit them.
        """
        lines = list[LineItem]()
        while self._new_lines or self._new_payments:
            while self._new_lines:
                lines.append(self._new_lines.pop())
                self.add_payments(self._index.payments_shown(lines[-1]))
            while self._new_payments:
                self.add_lines(self._index.lines_showing(self._new_payments.pop()))
        for payment in list(self.payments.values()):
            if payment.grouped:
                for group in self._index.groups_with(payment):
                    self._add_whole(group)
        for line in lines:
            if line.amount > 0:
                self._from_groups_of(line)

    def grow(self) -> None:
        """Follow ids and payout groups until nothing new turns up."""
        while self._new_lines or self._new_payments:
            while self._new_lines:
                line = self._new_lines.pop()
                self.add_payments(self._index.payments_shown(line))
                if line.amount > 0:
                    self._from_groups_of(line)
            while self._new_payments:
                payment = self._new_payments.pop()
                self.add_lines(self._index.lines_showing(payment))
                if payment.grouped:
                    self._from_groups_with(payment)

    def _from_groups_of(self, line: LineItem) -> None:
        if self._fits is None or line.id in self._anew:
            if self._is_payout(line):
                for group in self._index.groups_of(line):
                    self._add_whole(group)
        elif self._may_be_payout(line):
            self.add_payments(self._fits.of(line))

    def _from_groups_with(self, payment: PaymentItem) -> None:
        for group in self._index.groups_with(payment):
            if self._fits is None:
                self._add_whole(group)
            elif group not in self._whole:
                fitting = self._fitting.get(group)
                if fitting is None:
                    fitting = self._fitting[group] = self._fits.on(group)
                some = fitting.get(payment.id, ())
                self.add_lines([line for line in some if self._may_be_payout(line)])

    def _add_whole(self, group: DayGroup) -> None:
        if group not in self._whole:
            self._whole.add(group)
            self.add_payments(self._index.payments_in(group))
            some = [one for one in self._index.payouts_on(group) if one.id not in self.lines]
            self.add_lines([line for line in some if self._is_payout(line)])

    def _is_payout(self, line: LineItem) -> bool:
        return line.id in self._anew or self._may_be_payout(line)


class ClosedSets:
    """Finds closed sets; `standing` knows what clusters settle, `settle` settles them."""

    def __init__(
        self,
        lines: LineIndex,
        payments: PaymentIndex,
        standing: Standing,
        fits: Fits,
        may_be_payout: Callable[[LineItem], bool],
    ) -> None:
        self._lines = lines
        self._payments = payments
        self._standing = standing
        self._fits = fits
        self._may_be_payout = may_be_payout

    def cluster(self, item: str) -> Cluster:
        """The cluster of a line or a payment."""
        found = self._cluster()
        if item in self._lines.by_id:
            found.add_lines([self._lines.by_id[item]])
        else:
            found.add_payments([self._payments.by_id[item]])
        found.grow()
        return found

    def closed_set(
        self,
        touched: Iterable[str],
        mates: Mates,
        *,
        settle: Callable[[Cluster], None] | None = None,
    ) -> Cluster:
        """The lines whose verdict could depend on what was touched, and all that these depend on.

        Whole clusters; where `settle` settles them, whole components of what they leave open too.
        """
        self._lines.file()
        standing, items = self._standing, set(touched)
        others = standing.arrived - items
        if others:
            self._forget(self._touched(others, _alone))
        found = self._touched(items, mates)
        new = [one for one in items if one in self._payments.by_id]
        changed = list(found.payments.values())
        waiting = [line for line in found.lines.values() if standing.was_open(line.id)]
        self._forget(found)
        if settle is not None:
            settle(found)
        # The record of a line names its candidates, and those among them that are taken (X8).
        for payment in new:
            found.add_lines(self._lines.lines_of_parties(self._payments.by_id[payment]))
        for payment in changed:
            for line in self._lines.lines_of_parties(payment):
                if line.id not in found.lines and standing.stage(line.id) in {OPEN, BY_GROUP}:
                    found.add_lines((line,))
        found.grow()
        if settle is not None:
            _Component(found, self._lines, standing).grow(waiting, changed)
        standing.arrived.clear()
        return found

    def _touched(self, items: Iterable[str], mates: Mates) -> Cluster:
        """The clusters of what was touched, as they are now and as they were before."""
        payments = [self._payments.by_id[one] for one in items if one in self._payments.by_id]
        anew = {
            line.id: line for payment in payments for line in self._lines.lines_read_anew(payment)
        }
        found = self._cluster(anew)
        found.add_payments(payments)
        found.add_lines(anew.values())
        for one in items:
            line = self._lines.by_id.get(one)
            if line is not None:
                found.add_lines((line, *mates(line)))
        found.stir()
        found.grow()
        return found

    def _cluster(self, anew: Container[str] = ()) -> Cluster:
        fits = self._fits if self._standing.knows_all else None
        return Cluster(self._lines, self._may_be_payout, fits, anew)

    def _forget(self, found: Cluster) -> None:
        self._standing.forget(found)
        self._fits.forget(found.payments.values())


def _alone(line: LineItem) -> list[LineItem]:
    return [line]


class _Component:
    """What clusters leave open, connected by payers, amounts and the payouts of a merchant."""

    def __init__(self, found: Cluster, lines: LineIndex, standing: Standing) -> None:
        self._found = found
        self._index = lines
        self._standing = standing
        self._lines: list[LineItem] = []
        self._payments: list[PaymentItem] = []
        self._seen: set[str] = set()
        self._hubs: set[Hub] = set()

    def grow(self, lines: Iterable[LineItem], payments: Iterable[PaymentItem]) -> None:
        """Add all that hangs together with what is open, or was: these lines and payments."""
        self._walk_lines(lines)
        self._walk_payments(payments)
        self._walk_open()
        while self._lines or self._payments:
            while self._lines:
                self._from_line(self._lines.pop())
            while self._payments:
                self._from_payment(self._payments.pop())

    def _from_line(self, line: LineItem) -> None:
        shown = self._index.payments_shown(line) + self._index.payments_of_parties(line)
        self._walk_payments([one for one in shown if self._is_open(one)])
        for hub in self._index.hubs_of(line):
            self._from_hub(hub)

    def _from_payment(self, payment: PaymentItem) -> None:
        self._add(self._index.lines_showing(payment))
        self._add(self._index.lines_of_parties(payment))
        if payment.grouped:
            self._from_hub((payment.merchant, payment.currency))

    def _from_hub(self, hub: Hub) -> None:
        if hub not in self._hubs:
            self._hubs.add(hub)
            self._add(self._index.lines_of_hub(hub))

    def _add(self, lines: Iterable[LineItem]) -> None:
        """Those that are open, each with its cluster."""
        known = self._found.lines
        self._found.add_lines([one for one in lines if one.id not in known and self._is_open(one)])
        self._found.grow()
        self._walk_open()

    def _walk_open(self) -> None:
        self._walk_lines([line for line in self._found.fresh() if self._is_open(line)])

    def _walk_lines(self, lines: Iterable[LineItem]) -> None:
        for line in lines:
            if line.id not in self._seen:
                self._seen.add(line.id)
                self._lines.append(line)

    def _walk_payments(self, payments: Iterable[PaymentItem]) -> None:
        for payment in payments:
            if payment.id not in self._seen:
                self._seen.add(payment.id)
                self._payments.append(payment)

    def _is_open(self, item: LineItem | PaymentItem) -> bool:
        return self._standing.stage(item.id) == OPEN
