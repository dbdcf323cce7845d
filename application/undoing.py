"""What a person takes back: a match, a payment that is no longer expected, a line that is void.

Each reads only the streams it is about and writes all of its facts at once, or none. Asked again,
it records nothing and says what had been recorded. The caller then has the components judged again
(`Reconciler.judge_again`): what a person undid is not proposed again, and what it had kept apart
may now find its pair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.lookup import Target, home_of
from application.ports import Commit, FactStore, VersionConflict
from application.posting import release_match
from application.registry import Registry
from domain import payment, settlement
from domain.errors import BadValue, Refusal
from domain.facts import Context, Fact, Recorded
from domain.payment import PaymentCancelled
from domain.settlement import (
    ReleaseCause,
    SettlementAllocated,
    SettlementAllocationReleased,
    SettlementCancelled,
    SettlementFinalised,
)

ATTEMPTS_MAX: Final = 5
"""Times that an undoing is decided afresh because somebody else wrote to its streams meanwhile."""

REASON_LENGTH_MAX: Final = 500
"""Characters of a person's reason; it is stored as it is and shown to everybody in the tenant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who wants it, why, and on which business day; `correlation_id` names the run it is part of.

    Raises BadValue: a blank or too long reason, a blank actor.
    """

    actor: str
    reason: str
    business_date: date
    correlation_id: str
    authority: str = "operator"

    def __post_init__(self) -> None:
        for name, text in (("actor", self.actor), ("reason", self.reason)):
            if not text.strip():
                raise BadValue(field=name, reason="missing")
            if len(text) > REASON_LENGTH_MAX:
                raise BadValue(field=name, reason="too-large")

    def context(self, command_id: str) -> Context:
        """The envelope's part that says on whose word."""
        return Context(
            command_id=command_id,
            correlation_id=self.correlation_id,
            actor=self.actor,
            authority=self.authority,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What was taken back: the match, payment or line `id`, and the streams that it concerns.

    `recorded` are the new facts. When the same had been asked before, it is empty, and `earlier` is
    the id of the fact that said so.
    """

    id: str
    streams: tuple[str, ...]
    recorded: tuple[Recorded, ...]
    earlier: str | None = None

    @property
    def is_new(self) -> bool:
        """Whether anything was recorded."""
        return bool(self.recorded)


# A match.


def unmatch(facts: FactStore, *, match_id: str, order: Order) -> Undone:
    """Release a match from all its lines and payments, on a person's word.

    Raises MatchUnknown; MatchIsReleased when something else than a person ended it before.
    """
    return _again(lambda: _unmatch(facts, match_id, order))


def _unmatch(facts: FactStore, match_id: str, order: Order) -> Undone:
    home = facts.stream(home_of(match_id))
    posted = posted_in(home, match_id=match_id)
    if posted is None:
        raise MatchUnknown(match_id=match_id)
    match = posted[1]
    streams = (*match.settlements, *match.payments)
    released = released_by(home, match_id=match_id)
    if released is not None:
        return _released_before(match_id, streams, *released)
    registry = Registry()
    for some in facts.streams(streams).values():
        registry.apply_all(some)
    commits = release_match(
        registry,
        match,
        reason=order.reason.strip(),
        cause="person",
        context=order.context(f"unmatch:{match_id}"),
    )
    # The release is of the day on which a person decided it, not of the line's.
    dated = [_dated(commit, order.business_date) for commit in commits]
    return Undone(id=match_id, streams=streams, recorded=facts.append(dated))


def posted_in(
    home: Sequence[Recorded], *, match_id: str
) -> tuple[Recorded, SettlementAllocated] | None:
    """The match, and the fact of its home line that says so: where it became final, the later."""
    found: tuple[Recorded, SettlementAllocated] | None = None
    for recorded in home:
        fact = recorded.fact
        match = fact.match if isinstance(fact, SettlementFinalised) else fact
        if isinstance(match, SettlementAllocated) and match.match_id == match_id:
            found = recorded, match
    return found


def released_by(
    home: Sequence[Recorded], *, match_id: str
) -> tuple[Recorded, SettlementAllocationReleased] | None:
    """The fact among those of its home line that ended the match, if one did."""
    for recorded in home:
        fact = recorded.fact
        if isinstance(fact, SettlementAllocationReleased) and fact.match_id == match_id:
            return recorded, fact
    return None


def _released_before(
    match_id: str, streams: tuple[str, ...], recorded: Recorded, fact: SettlementAllocationReleased
) -> Undone:
    if fact.cause == "person":
        return Undone(id=match_id, streams=streams, recorded=(), earlier=recorded.fact_id)
    raise MatchIsReleased(match_id=match_id, by=recorded.fact_id, cause=fact.cause)


def _dated(commit: Commit, day: date) -> Commit:
    return Commit(
        stream=commit.stream,
        expected_version=commit.expected_version,
        business_time=day.isoformat(),
        context=commit.context,
        facts=commit.facts,
    )


# A payment, a line.


def cancel_payment(facts: FactStore, *, target: Target, order: Order) -> Undone:
    """Stop expecting a payment.

    Raises PaymentUnknown, and PaymentHasAllocations (with the matches) while a match stands on it.
    """

    def decide(registry: Registry) -> tuple[Fact, ...]:
        return payment.cancel(
            registry.payment(target.stream),
            reason=order.reason.strip(),
            business_date=order.business_date,
        )

    return _again(lambda: _cancel(facts, target.stream, order, decide, PaymentCancelled))


def cancel_settlement(facts: FactStore, *, target: Target, order: Order) -> Undone:
    """Set aside a line that its source declared void: it settles nothing any more.

    Raises SettlementUnknown, and SettlementIsMatched (with the match) while it is in one.
    """

    def decide(registry: Registry) -> tuple[Fact, ...]:
        return settlement.cancel(
            registry.settlement(target.stream),
            reason=order.reason.strip(),
            business_date=order.business_date,
        )

    return _again(lambda: _cancel(facts, target.stream, order, decide, SettlementCancelled))


def _cancel(
    facts: FactStore,
    stream: str,
    order: Order,
    decide: Callable[[Registry], tuple[Fact, ...]],
    kind: type[PaymentCancelled] | type[SettlementCancelled],
) -> Undone:
    known, registry = facts.stream(stream), Registry()
    registry.apply_all(known)
    decided = decide(registry)
    if not decided:
        earlier = next(one.fact_id for one in known if isinstance(one.fact, kind))
        return Undone(id=stream, streams=(stream,), recorded=(), earlier=earlier)
    commit = registry.commit(
        stream,
        decided,
        business_time=order.business_date.isoformat(),
        context=order.context(f"cancel:{stream}"),
    )
    return Undone(id=stream, streams=(stream,), recorded=facts.append([commit]))


def _again(attempt: Callable[[], Undone]) -> Undone:
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return attempt()
        except VersionConflict:
            continue  # decided afresh, on what the other writer recorded
    return attempt()


# Refusals.
#
#   UndoingRefusal
#     MatchUnknown · MatchIsReleased


@dataclass(unsafe_hash=True, kw_only=True)
class UndoingRefusal(Refusal):
    """A match that cannot be undone."""

    match_id: str


@dataclass(unsafe_hash=True, kw_only=True)
class MatchUnknown(UndoingRefusal):
    """No match ever had this id."""


@dataclass(unsafe_hash=True, kw_only=True)
class MatchIsReleased(UndoingRefusal):
    """The match had ended already, by the fact `by`; its pairs are not barred by it."""

    by: str
    cause: ReleaseCause
