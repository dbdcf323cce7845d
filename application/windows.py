"""Which windows are closed (rule E9): of which days payments and statements are known to be in.

A line's rivals are lines of its account and payments of any source, known by its booking day. So
its window is closed once its account's statements and every source of payments have come that far.
What is in a match already is not opened again by a source that was silent before: only facts
contradict a match.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from application.registry import Registry
from domain import feed
from domain.delivery import source_kind
from domain.payment import Cancelled, Expected
from domain.settlement import Settlement

PAYMENTS = "feed:payments:"


class Windows:
    """How far every source has come, as the registry knows it.

    `sources` are all that ever told of a payment, where the registry holds not all payments.
    """

    def __init__(self, registry: Registry, *, sources: Iterable[str] | None = None) -> None:
        self._registry = registry
        known = payment_sources(registry) if sources is None else sources
        days = [self._through(kind="payments", source=source) for source in known]
        self.payments_through = min(days, default=date.min)
        """The day up to which every source of payments has come."""

    def closed(self, settlement: Settlement) -> bool:
        """Whether nothing that could compete for the line is still to come."""
        line = settlement.line
        if settlement.match_id is not None:
            return True
        account = self._through(kind=source_kind(line.source), source=line.account)
        return line.booking_date <= min(self.payments_through, account)

    def _through(self, *, kind: str, source: str) -> date:
        known = self._registry.of(feed.stream_of(kind=kind, source=source), feed.Feed)
        return date.min if known is None else known.through


def payment_sources(registry: Registry) -> set[str]:
    """Every source that has ever told of a payment."""
    return {
        state.registered.source
        for state in registry.states.values()
        if isinstance(state, Expected | Cancelled)
    }


def advanced(registry: Registry, *, after: int) -> bool:
    """Whether a source of payments or an account has come further since that position."""
    return any(registry.positions.get(stream, 0) > after for stream in registry.feed_streams)
