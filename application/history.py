"""What happened to anything, step by step, and what it was known to be at any instant.

Replaying the facts of a stream gives its state after each of them; the facts of its matches that
stand on other streams are told beside them. Business time (when it was so) and recorded time (when
the store learnt it) are kept apart throughout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import TypeAlias, TypeGuard

from application.explaining import line_status
from application.lookup import Target, home_of
from application.ports import FactStore
from application.registry import EVOLVES, kind_of
from application.wording import changes, phrases
from application.wording.phrases import LANGUAGES, Language
from domain import statement
from domain.facts import Fact, Recorded, personal_fields
from domain.money import Money
from domain.payment import Cancelled, Expected
from domain.settlement import (
    PROVISIONAL,
    Settlement,
    SettlementAllocated,
    SettlementAllocationReleased,
    SettlementContradictionDetected,
    SettlementFinalised,
)

Plain: TypeAlias = "str | int | bool | list[Plain] | dict[str, Plain] | None"
"""A value as JSON knows it; amounts are {minor, currency}, days ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What something was known to be at a moment: its status in one word, and its figures.

    `version` is that of the last fact that was known. `open` is what is still expected of a
    payment, `returned` what went back. `reason` says why a line is open, what a duplicate repeats,
    why something was cancelled, or by which rule a match stands, fell or is contradicted.
    """

    status: str
    version: int
    amount: Money | None = None
    open: Money | None = None
    returned: Money | None = None
    matches: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One fact, what it changed, and what the target was after it.

    `effective` is business time, `recorded_at_ms` recorded time (milliseconds since 1970 UTC).
    `of_target` is False for a fact of a match that stands on another stream. `fields` leaves out
    what is personal, unless it was asked for.
    """

    fact_id: str
    stream: str
    topic: str
    version: int
    position: int
    effective: str
    recorded_at_ms: int
    actor: str
    authority: str
    command_id: str
    correlation_id: str
    cause: str | None
    sources: tuple[str, ...]
    of_target: bool
    change: Mapping[Language, str]
    fields: Mapping[str, Plain]
    after: Standing


def history(facts: FactStore, target: Target, *, personal: bool = False) -> tuple[Step, ...]:
    """Every step of the target, in the order in which the store learnt of them; empty if unknown.

    With `personal`, the fields about people are shown too.
    """
    own = _own(target, facts.stream(target.stream))
    others = _of_matches(facts, target, own)
    replay = _Replay(target)
    steps: list[Step] = []
    for recorded in sorted((*own, *others), key=_turn):
        after = replay.after(recorded)
        if after is not None:
            steps.append(_step(recorded, target, after, personal=personal))
    return tuple(steps)


def _turn(recorded: Recorded) -> tuple[int, int]:
    """By position; by time where a stream alone does not tell positions (ports.FactStore)."""
    return recorded.position, recorded.recorded_at_ms


def state_at(
    facts: FactStore,
    target: Target,
    *,
    known_at_ms: int | None = None,
    position: int | None = None,
) -> Standing | None:
    """What the target was known to be at an instant of recorded time, or at a position.

    Both may be given: the earlier counts. None where nothing was known of it yet.
    """
    replay = _Replay(target)
    found: Standing | None = None
    for recorded in _own(target, facts.stream(target.stream)):
        if known_at_ms is not None and recorded.recorded_at_ms > known_at_ms:
            break
        if position is not None and recorded.position > position:
            break
        found = replay.after(recorded)
    return found


def _step(recorded: Recorded, target: Target, after: Standing, *, personal: bool) -> Step:
    context = recorded.context
    return Step(
        fact_id=recorded.fact_id,
        stream=recorded.stream,
        topic=recorded.fact.TOPIC,
        version=recorded.version,
        position=recorded.position,
        effective=recorded.business_time,
        recorded_at_ms=recorded.recorded_at_ms,
        actor=context.actor,
        authority=context.authority,
        command_id=context.command_id,
        correlation_id=context.correlation_id,
        cause=context.causation_id,
        sources=context.sources,
        of_target=recorded.stream == target.stream,
        change={
            language: changes.change(recorded.fact, phrases.of(language)) for language in LANGUAGES
        },
        fields=fields_of(recorded.fact, personal=personal),
        after=after,
    )


# Which facts concern the target.


def _own(target: Target, known: Sequence[Recorded]) -> list[Recorded]:
    if target.kind != "match":
        return list(known)
    return [recorded for recorded in known if _match_of(recorded.fact) == target.id]


def _of_matches(facts: FactStore, target: Target, own: Sequence[Recorded]) -> list[Recorded]:
    """What happened to the target's matches on their homes; to a match, on all its items."""
    if target.kind == "match":
        posted = [one.fact for one in own if isinstance(one.fact, SettlementAllocated)]
        items = {item for fact in posted for item in (*fact.settlements, *fact.payments)}
        matches = {target.id}
    else:
        matches = {id_ for one in own if (id_ := _match_of(one.fact)) is not None}
        items = {home_of(match_id) for match_id in matches}
    found = facts.streams(items - {target.stream})
    return [one for some in found.values() for one in some if _match_of(one.fact) in matches]


def _match_of(fact: Fact) -> str | None:
    match_id = getattr(fact, "match_id", None)
    return match_id if isinstance(match_id, str) else None


# What the target was after each of them.


class _Replay:
    """Folds the facts of the target's own stream; others leave it as it is."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._state: object = None
        self._standing: Standing | None = None

    def after(self, recorded: Recorded) -> Standing | None:
        if recorded.stream == self._target.stream:
            if self._target.kind == "match":
                self._standing = _match_standing(recorded, self._standing)
            else:
                self._state = EVOLVES[kind_of(recorded.stream)](self._state, recorded.fact)
                self._standing = standing_of(self._state, version=recorded.version)
        return self._standing


def _match_standing(recorded: Recorded, before: Standing | None) -> Standing | None:
    fact, version = recorded.fact, recorded.version
    match fact:
        case SettlementAllocated():
            amounts = [allocation.amount for allocation in fact.allocations]
            total = sum(amounts[1:], amounts[0])
            status = "provisional" if fact.status == PROVISIONAL else "stands"
            return Standing(status=status, version=version, amount=total, reason=fact.rule)
        case SettlementFinalised():
            return _moved(before, "stands", version, fact.rule)
        case SettlementContradictionDetected():
            return _moved(before, "contradicted", version, fact.reason)
        case SettlementAllocationReleased():
            return _moved(before, "released", version, fact.reason)
        case _:
            return before


def _moved(before: Standing | None, status: str, version: int, reason: str) -> Standing:
    amount = None if before is None else before.amount
    return Standing(status=status, version=version, amount=amount, reason=reason)


def standing_of(state: object, *, version: int) -> Standing:
    """A state in one word, with its figures."""
    match state:
        case Expected() | Cancelled():
            return _payment_standing(state, version)
        case Settlement():
            return _line_standing(state, version)
        case statement.Received():
            return Standing(status="received", version=version)
        case statement.Verified():
            return Standing(status="verified", version=version)
        case statement.Sealed():
            return Standing(status="sealed", version=version)
        case statement.Refused():
            return Standing(status="refused", version=version, reason=state.refusal.reason)
        case _:
            return Standing(status="known", version=version)


def _payment_standing(state: Expected | Cancelled, version: int) -> Standing:
    amount = state.registered.amount
    if isinstance(state, Cancelled):
        return Standing(status="cancelled", version=version, amount=amount, reason=state.reason)
    status = (
        "settled"
        if state.open_minor <= 0
        else "partly_settled"
        if state.allocations
        else "expected"
    )
    return Standing(
        status=status,
        version=version,
        amount=amount,
        open=Money(state.open_minor, amount.currency),
        returned=Money(state.returned_minor, amount.currency),
        matches=(*state.allocations, *state.returns),
    )


def _line_standing(state: Settlement, version: int) -> Standing:
    verdict, cancelled = state.left_open, state.cancelled
    reason = state.duplicate_of
    if verdict is not None:
        reason = verdict.reason
    elif cancelled is not None:
        reason = cancelled.reason
    return Standing(
        status=line_status(state),
        version=version,
        amount=state.line.amount,
        matches=() if state.match_id is None else (state.match_id,),
        reason=reason,
    )


# A fact's fields.


def fields_of(fact: Fact, *, personal: bool = False) -> dict[str, Plain]:
    """The fields of a fact as plain values; those about people only where asked for."""
    assert is_dataclass(fact)
    hidden = frozenset[str]() if personal else personal_fields(type(fact))
    return _plain_fields(fact, hidden=hidden)


def plain(value: object) -> Plain:
    """A value of a fact as JSON knows it."""
    match value:
        case None | str() | bool() | int():
            return value
        case date():
            return value.isoformat()
        case _ if _is_tuple(value):
            return [plain(one) for one in value]
        case _ if is_dataclass(value):
            return _plain_fields(value, hidden=frozenset())
        case _:
            return str(value)


def _plain_fields(value: object, *, hidden: frozenset[str]) -> dict[str, Plain]:
    assert is_dataclass(value)
    return {
        field.name: plain(getattr(value, field.name))
        for field in fields(value)
        if field.name not in hidden
    }


def _is_tuple(value: object) -> TypeGuard[tuple[object, ...]]:
    return isinstance(value, tuple)
