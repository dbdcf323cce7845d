"""Which merchants a partner may read: ordered by people, asked for by every question of a partner.

Today's grant judges, whatever time is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.ports import FactStore, VersionConflict
from application.registry import Registry
from domain import grant
from domain.facts import Context, Recorded
from domain.grant import Grant, GrantFact

ATTEMPTS_MAX: Final = 5
"""Times that an order is decided afresh because somebody else wrote to the stream meanwhile."""

Decide = Callable[[Grant | None], tuple[GrantFact, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantsOfFacts:
    """Grants read from their facts: what was just recorded counts at once."""

    facts: FactStore

    def merchants_of(self, partner: str) -> frozenset[str]:
        """As the port says."""
        held = grant_of(self.facts, partner)
        return held.merchants if held else frozenset[str]()


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantOrder:
    """Who orders it, and on which business day; `correlation_id` names the run it is part of."""

    actor: str
    business_date: date
    correlation_id: str
    authority: str = "administrator"


def grant_of(facts: FactStore, partner: str) -> Grant | None:
    """The grant of a partner as it stands."""
    stream = grant.stream_of(partner=partner)
    registry = Registry()
    registry.apply_all(facts.stream(stream))
    return registry.of(stream, Grant)


def give(
    facts: FactStore, *, partner: str, merchants: Sequence[str], order: GrantOrder
) -> tuple[Recorded, ...]:
    """Let a partner read merchants. Raises BadValue, GrantRefusal."""
    command = f"give:{partner}:{order.correlation_id}"
    return _ordered(
        facts,
        partner,
        command,
        order,
        lambda held: grant.give(held, partner=partner, merchants=merchants),
    )


def withdraw(
    facts: FactStore, *, partner: str, merchants: Sequence[str], reason: str, order: GrantOrder
) -> tuple[Recorded, ...]:
    """Close merchants to a partner; all it has where none is named. Raises GrantRefusal."""
    command = f"withdraw:{partner}:{order.correlation_id}"

    def decide(held: Grant | None) -> tuple[GrantFact, ...]:
        named = merchants or (held.merchants if held else ())
        return grant.withdraw(held, merchants=named, reason=reason)

    return _ordered(facts, partner, command, order, decide)


def _ordered(
    facts: FactStore, partner: str, command: str, order: GrantOrder, decide: Decide
) -> tuple[Recorded, ...]:
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return _decided(facts, partner, command, order, decide)
        except VersionConflict:
            continue
    return _decided(facts, partner, command, order, decide)


def _decided(
    facts: FactStore, partner: str, command: str, order: GrantOrder, decide: Decide
) -> tuple[Recorded, ...]:
    stream = grant.stream_of(partner=partner)
    registry = Registry()
    registry.apply_all(facts.stream(stream))
    new = decide(registry.of(stream, Grant))
    if not new:
        return ()
    context = Context(
        command_id=command,
        correlation_id=order.correlation_id,
        actor=order.actor,
        authority=order.authority,
    )
    commit = registry.commit(
        stream, new, business_time=order.business_date.isoformat(), context=context
    )
    return facts.append([commit])
