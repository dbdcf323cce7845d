"""What stages 1 and 2 made of every item, remembered from one judgement to the next.

What identity and groups decide depends on few items: those connected by ids and by payout groups,
a cluster (closure.py). So a cluster is settled once, by whoever asks first, and again only when
something new joins it. An item is OPEN, settled BY_ID or BY_GROUP, or REPEATED: a line that repeats
another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from domain.matching.items import LineItem, PaymentItem
from domain.matching.posts import BY_ID, OPEN


class Items(Protocol):
    """The items of whole clusters, by id."""

    lines: dict[str, LineItem]
    payments: dict[str, PaymentItem]


class Standing:
    """Stages by item id; `settle` settles the cluster of an item and remembers it here."""

    def __init__(self, settle: Callable[[str], None]) -> None:
        self._settle = settle
        self._stages: dict[str, int] = {}
        self._is_whole = False
        self._unknown: set[str] = set()
        self.arrived: set[str] = set()
        """What became known since closed sets were last asked for."""

    def stage(self, item: str) -> int:
        """What stages 1 and 2 make of an item, as of all that is known now."""
        known = self._stages.get(item)
        if known is not None:
            return known
        if self._is_whole and item not in self._unknown:
            return OPEN
        self._settle(item)
        return self._stages.get(item, OPEN)

    @property
    def knows_all(self) -> bool:
        """Whether every cluster has been settled, but for what is new."""
        return self._is_whole and not self._unknown

    def was_open(self, item: str) -> bool:
        """Whether a line may have been open before it was forgotten: unknown ones may have been."""
        known = self._stages.get(item)
        if known is not None:
            return known == OPEN
        return not (self._is_whole and item in self.arrived)

    def was_settled_by_id(self, item: str) -> bool:
        """Whether a line or payment is known to have been settled by stage 1."""
        return self._stages.get(item) == BY_ID

    def arrive(self, item: str) -> None:
        """An item is new: nothing is known of it, and what is known of its cluster is old."""
        if self._is_whole:
            self.arrived.add(item)

    def forget(self, cluster: Items) -> None:
        """These clusters have to be settled again."""
        for items in (cluster.lines, cluster.payments):
            for item in items:
                self._stages.pop(item, None)
            if self._is_whole:
                self._unknown.update(items)

    def remember(self, cluster: Items, settled: Mapping[str, int]) -> None:
        """What was made of clusters: whatever is not among the settled is open."""
        for items in (cluster.lines, cluster.payments):
            self._unknown.difference_update(items)
            for item in items:
                stage = settled.get(item, OPEN)
                if stage != OPEN or not self._is_whole:
                    self._stages[item] = stage
                else:
                    self._stages.pop(item, None)

    def remember_everything(self, settled: Mapping[str, int]) -> None:
        """All there is was judged: whatever is not among the settled is open."""
        self._stages = dict(settled)
        self._is_whole = True
        self._unknown.clear()
        self.arrived.clear()

    def forget_everything(self) -> None:
        """Every cluster has to be settled again, when somebody asks."""
        self._stages.clear()
        self._is_whole = False
        self._unknown.clear()
        self.arrived.clear()


class SettledById:
    """The payments that stage 1 settles, where all of that is known."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def __contains__(self, payment: object) -> bool:
        return isinstance(payment, str) and self._standing.was_settled_by_id(payment)
