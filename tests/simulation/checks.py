"""What holds after every step: looked at as far as something changed since the last look."""

from __future__ import annotations

from dataclasses import dataclass, field

from application.registry import Registry
from application.sequencing.model import Page
from domain.payment import Expected
from domain.settlement import Settlement
from tests.projections.memory_views import MemoryViews
from tests.simulation.store import LANE, Row, Table


class Broken(AssertionError):  # noqa: N818  (it is a finding)
    """A law of the service does not hold."""


@dataclass
class Safety:
    """The laws, and how far they were looked at."""

    table: Table
    views: MemoryViews
    registry: Registry = field(default_factory=Registry)
    acknowledged: list[Row] = field(default_factory=list[Row])
    _rows: int = 0
    _pages: int = 0
    _versions: dict[str, int] = field(default_factory=dict[str, int])
    _numbered: dict[str, int] = field(default_factory=dict[str, int])
    _position: int = 0
    _viewed: int = 0

    def look(self) -> None:
        """Raises Broken."""
        if len(self.table.written) > self._rows:
            new = self.table.written[self._rows :]
            self._rows += len(new)
            self._facts(new)
        pages = self.table.pages.by_lane.get(LANE, ())
        for page in pages[self._pages :]:
            self._page(page)
        self._pages = len(pages)
        viewed = self.views.position()
        demand(self._viewed <= viewed <= self._position, f"read models stand at {viewed}")
        self._viewed = viewed

    def _facts(self, new: list[Row]) -> None:
        """Versions have no gap; amounts are never exceeded, and no line is matched twice."""
        for row in new:
            stream, first = row.pointer.stream, row.pointer.first
            demand(self._versions.get(stream, 0) + 1 == first, f"version {first} of {stream}")
            self._versions[stream] = row.pointer.last
            for fact in row.commit.facts:
                self.registry.evolve(stream, fact)
        for stream in {row.pointer.stream for row in new}:
            state = self.registry.states[stream]
            if isinstance(state, Expected):
                amount = state.registered.amount.minor
                paid = sum(one.amount.minor for one in state.allocations.values())
                gone = sum(one.amount.minor for one in state.returns.values())
                demand(0 <= paid <= amount, f"{paid} of {amount} allocated of {stream}")
                demand(0 <= gone <= amount, f"{gone} of {amount} returned of {stream}")
            elif isinstance(state, Settlement) and state.match_id is not None:
                match = self.registry.matches.get(state.match_id)
                demand(match is not None and stream in match.settlements, f"match of {stream}")

    def _page(self, page: Page) -> None:
        """Each fact has one position, behind the one before it, and lies in the table."""
        demand(page.position == self._position + 1, f"a page at position {page.position}")
        for pointer in page.pointers:
            known = self._numbered.get(pointer.stream, 0)
            demand(known + 1 == pointer.first, f"{pointer} numbered after version {known}")
            self._numbered[pointer.stream] = pointer.last
            row = self.table.rows.get((pointer.stream, pointer.first))
            demand(row is not None and row.pointer == pointer, f"{pointer} is not in the table")
        self._position = page.next_position - 1

    def kept(self) -> None:
        """All that was acknowledged is there, as it was; all that is there has its position."""
        for row in self.acknowledged:
            there = self.table.rows.get((row.pointer.stream, row.pointer.first))
            demand(there is not None and there.commit == row.commit, f"{row.pointer} is gone")
        demand(self._numbered == self.table.versions, "something has no position")


def demand(holds: bool, what: str) -> None:
    if not holds:
        raise Broken(what)
