"""Which payouts fit which groups, remembered from one judgement to the next.

A line takes part in stage 2c only where its amount is the net of a group of its merchant and value
day. The nets of a day are few and change only with the group's payments, and with what stage 1
takes of them: so most lines are told by their amount that no group of their day is theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable

from domain.matching.evidence import Shown
from domain.matching.filing import DayGroup, LineIndex
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem
from domain.matching.payouts import Payouts


class Fits:
    """Groups by day, of the payments that are not `taken` by stage 1."""

    def __init__(
        self,
        lines: LineIndex,
        index: PaymentIndex,
        taken: Container[str],
        read: Callable[[LineItem], Shown],
    ) -> None:
        self._lines = lines
        self._read = read
        self._payouts = Payouts(index, taken)
        self._nets: dict[DayGroup, frozenset[int]] = {}

    def of(self, line: LineItem) -> list[PaymentItem]:
        """The payments of all groups that are to the centavo what the line pays."""
        if not any(line.amount in self._nets_of(group) for group in self._lines.groups_of(line)):
            return []
        fitting = self._payouts.fitting(line, self._read(line))
        return [payment for group in fitting for payment in group.payments]

    def on(self, group: DayGroup) -> dict[str, list[LineItem]]:
        """The lines that could fit a group of that day, by the payments that they would pay."""
        nets = self._nets_of(group)
        found: defaultdict[str, list[LineItem]] = defaultdict(list)
        for line in self._lines.payouts_on(group):
            if line.amount in nets:
                for payment in self.of(line):
                    found[payment.id].append(line)
        return found

    def forget(self, payments: Iterable[PaymentItem]) -> None:
        """The groups of these payments are no longer what they were."""
        for payment in payments:
            if payment.grouped:
                for group in self._lines.groups_with(payment):
                    if self._nets.pop(group, None) is not None:
                        self._payouts.forget(group)

    def clear(self) -> None:
        """Nothing is as it was."""
        self._nets.clear()
        self._payouts.forget(None)

    def _nets_of(self, group: DayGroup) -> frozenset[int]:
        nets = self._nets.get(group)
        if nets is None:
            nets = self._nets[group] = self._payouts.nets(group)
        return nets
