"""What a person orders to be taken back, and what follows from it at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from application.lookup import Target
from application.ports import FactStore
from application.reconciling import Outcome, Reconciler
from application.registry import Registry
from application.undoing import Order, Undone, cancel_payment, cancel_settlement, unmatch
from conciliar.asking import target_of
from conciliar.composition import Embedded, holidays, read_rules
from conciliar.refusals import reason_of
from projections.document import local_day_of

CORRELATION_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What was taken back, and what judging again made of it: facts recorded, lines looked at."""

    undone: Undone
    recorded: int
    judged: int


def order_unmatch(embedded: Embedded, typed: str, *, reason: str) -> Ordered:
    """Release a match, and judge again what it had held. Raises LookupRefusal, UndoingRefusal."""
    target = target_of(embedded, typed, among=("match",))
    return _ordered(
        embedded, reason, lambda facts, order: unmatch(facts, match_id=target.id, order=order)
    )


def order_cancel(embedded: Embedded, target: Target, *, reason: str) -> Ordered:
    """Stop expecting a payment, or set a void line aside; then judge again.

    Raises PaymentHasAllocations or SettlementIsMatched while a match stands on it.
    """
    cancel = cancel_payment if target.kind == "payment" else cancel_settlement
    return _ordered(
        embedded, reason, lambda facts, order: cancel(facts, target=target, order=order)
    )


def _ordered(
    embedded: Embedded, reason: str, undo: Callable[[FactStore, Order], Undone]
) -> Ordered:
    actor = embedded.settings.actor
    order = Order(
        actor=actor,
        reason=reason,
        business_date=today(embedded),
        correlation_id=f"order:{embedded.entropy.token_bytes(CORRELATION_BYTES).hex()}",
    )
    undone = undo(embedded.facts, order)
    # Also where nothing is new: an earlier order may have died before its judgement.
    outcome = judged_again(embedded, correlation=order.correlation_id)
    embedded.current_views()
    return Ordered(undone=undone, recorded=outcome.recorded, judged=outcome.judged)


def judged_again(embedded: Embedded, *, correlation: str, known: Registry | None = None) -> Outcome:
    """Judge what changed since the last judgement; `known` is what the caller has loaded."""
    reconciler = Reconciler(
        embedded.facts,
        actor=embedded.settings.actor,
        reason_of=reason_of,
        holidays=holidays(),
        read_rules=read_rules,
    )
    return reconciler.judge_again(correlation=correlation, known=known)


def today(embedded: Embedded) -> date:
    """The local day, by the system's clock."""
    return date.fromisoformat(local_day_of(embedded.clock.now_ms()))
