"""What the routes read from: queries and grants of one tenant, a clock, and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Protocol

from application.access import Caller, Grants
from application.queries import Queries, Scope
from application.rate_limits import RateLimits
from handlers.http.problems import RETRY_S, Problem
from projections.document import local_day_of

WAIT_MS_MAX: Final = 2_000
"""Milliseconds that a reader waits for what was just written."""

WAIT_STEP_MS: Final = 50


class Timing(Protocol):
    """What time it is, and waiting."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...

    def pause_ms(self, ms: int) -> None:
        """Wait, in milliseconds."""
        ...


class Recollection(Protocol):
    """What is told of one thing's past and reasons, where the facts are at hand."""

    def facts(self, id_: str) -> Mapping[str, object]:
        """Every fact about it, in order. Raises ItemUnknown."""
        ...

    def explanation(self, id_: str) -> Mapping[str, object]:
        """Why it is what it is, in sentences. Raises ItemUnknown."""
        ...


@dataclass(frozen=True, kw_only=True)
class Served:
    """What the routes read from. Without `recollection`, facts are read elsewhere."""

    queries: Queries
    grants: Grants
    timing: Timing
    document: Callable[[], str]
    limits: RateLimits = field(default_factory=RateLimits)
    recollection: Recollection | None = None

    @property
    def today(self) -> date:
        """The local day."""
        return date.fromisoformat(local_day_of(self.timing.now_ms()))

    def scope(self, caller: Caller) -> Scope:
        """The scope of a caller: a partner's merchants are those of the grant as it is now."""
        granted = frozenset[str]()
        if caller.role == "partner":
            granted = self.grants.merchants_of(caller.partner or "")
        return Scope(
            tenant=caller.tenant, caller=caller.subject, role=caller.role, merchants=granted
        )

    def wait_for(self, position: int) -> None:
        """Wait until lists have come to a position. Raises Problem when that takes too long."""
        for _ in range(WAIT_MS_MAX // WAIT_STEP_MS):
            if self.queries.store.position() >= position:
                return
            self.timing.pause_ms(WAIT_STEP_MS)
        if self.queries.store.position() < position:
            detail = f"lists have not come to position {position} yet"
            raise Problem("projection-behind", detail, headers={"Retry-After": str(RETRY_S)})
