"""Which partner may read what, as people order it on an embedded store."""

from __future__ import annotations

from collections.abc import Sequence

from application import grants
from application.grants import GrantOrder
from conciliar.composition import Embedded
from conciliar.orders import today
from domain.facts import Recorded
from domain.grant import Grant, GrantFact, evolve

CORRELATION_BYTES = 8


def give(embedded: Embedded, *, partner: str, merchants: Sequence[str]) -> tuple[Recorded, ...]:
    """Let a partner read merchants; empty where it may already. Raises BadValue, GrantRefusal."""
    return grants.give(embedded.facts, partner=partner, merchants=merchants, order=_order(embedded))


def withdraw(
    embedded: Embedded, *, partner: str, merchants: Sequence[str], reason: str
) -> tuple[Recorded, ...]:
    """Close merchants to a partner, all where none is named. Raises BadValue, GrantRefusal."""
    return grants.withdraw(
        embedded.facts,
        partner=partner,
        merchants=merchants,
        reason=reason,
        order=_order(embedded),
    )


def held(embedded: Embedded, partner: str) -> Grant | None:
    """The grant of a partner."""
    return grants.grant_of(embedded.facts, partner)


def all_held(embedded: Embedded) -> tuple[Grant, ...]:
    """Every grant there is or was, by partner; the store is read once."""
    found: dict[str, Grant] = {}
    for recorded in embedded.facts.facts(sealed=True):
        fact = recorded.fact
        if isinstance(fact, GrantFact):
            found[recorded.stream] = evolve(found.get(recorded.stream), fact)
    return tuple(found[stream] for stream in sorted(found))


def _order(embedded: Embedded) -> GrantOrder:
    return GrantOrder(
        actor=embedded.settings.actor,
        business_date=today(embedded),
        correlation_id=f"grant:{embedded.entropy.token_bytes(CORRELATION_BYTES).hex()}",
    )
