"""What a person types, and the stream it stands for.

Exact ids go first and cost one read: a stream (`pay:core:P1`), a match (`mat:…:1`), a fact
(`pay:core:P1@2`: its stream). Then the ids that sources use: a payment's id, a delivered row's id,
a merchant's code, a statement's id; in capitals or not, where that leaves one answer. `Aliases` may
know those without reading the facts; without it, and to name what is near, the store is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from application.nearness import NEAR_MAX, near
from application.ports import FactStore
from application.registry import kind_of
from domain.errors import Refusal
from domain.facts import Fact
from domain.merchant import MerchantRegistered
from domain.payment import PaymentRegistered
from domain.settlement import SettlementAllocated, SettlementRecorded, SettlementRepeated
from domain.statement import StatementReceived

Kind = Literal[
    "payment", "settlement", "match", "merchant", "statement", "calendar", "rates", "feed", "rules",
    "judgement", "lanes", "grant",
]  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

PREFIXES: Final[dict[str, Kind]] = {
    "pay": "payment",
    "set": "settlement",
    "mat": "match",
    "mer": "merchant",
    "stm": "statement",
    "cal": "calendar",
    "fx": "rates",
    "feed": "feed",
    "rul": "rules",
    "jdg": "judgement",
    "lanes": "lanes",
    "grt": "grant",
}
"""What stands before the first colon of an id, and what it names."""

TYPED_LENGTH_MAX: Final = 200
"""Characters of an id that are looked up at all."""

Aliases = Callable[[str], Sequence[str]]
"""From an id that a source uses to the streams that bear it; empty where it knows none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an id names. `id` is the stream, or a match's id; `stream` the stream to read.

    A match stands on the stream of its home line.
    """

    kind: Kind
    id: str
    stream: str


def resolve(
    facts: FactStore,
    typed: str,
    *,
    among: Iterable[Kind] = KINDS,
    aliases: Aliases | None = None,
) -> Target:
    """The one thing of the kinds `among` that `typed` names.

    Raises IdUnknown, IdAmbiguous, IdOfOtherKind.
    """
    text = typed.strip()[:TYPED_LENGTH_MAX]
    wanted = frozenset(among)
    exact = _exact(facts, text)
    if exact is not None:
        return _of_kind(text, [exact], wanted)
    known = [target_of(stream) for stream in (aliases(text) if aliases else ())]
    if known:
        return _of_kind(text, known, wanted)
    return _read(facts, text, wanted)


def target_of(text: str) -> Target:
    """What an id in full names, whether it exists or not."""
    kind = PREFIXES[kind_of(text)]
    stream = home_of(text) if kind == "match" else text
    return Target(kind=kind, id=text, stream=stream)


def home_of(match_id: str) -> str:
    """The stream on which a match stands: that of its lowest settlement."""
    return f"set:{match_id.removeprefix('mat:').rpartition(':')[0]}"


def _exact(facts: FactStore, text: str) -> Target | None:
    if kind_of(text) not in PREFIXES:
        return None
    stream, at, version = text.rpartition("@")
    for id_ in (text, stream) if at and version.isdecimal() else (text,):
        if kind_of(id_) in PREFIXES:
            target = target_of(id_)
            if _exists(facts, target):
                return target
    return None


def _exists(facts: FactStore, target: Target) -> bool:
    if target.kind != "match":
        return bool(facts.stream(target.stream, through_version=1))
    return any(
        isinstance(recorded.fact, SettlementAllocated) and recorded.fact.match_id == target.id
        for recorded in facts.stream(target.stream)
    )


def _of_kind(text: str, found: Sequence[Target], wanted: frozenset[Kind]) -> Target:
    fitting = [target for target in found if target.kind in wanted]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        ids = sorted(target.id for target in fitting)
        raise IdAmbiguous(typed=text, candidates=tuple(ids[:NEAR_MAX]), total=len(ids))
    raise IdOfOtherKind(
        typed=text,
        found=tuple(sorted(target.id for target in found)[:NEAR_MAX]),
        wanted=tuple(kind for kind in KINDS if kind in wanted),
    )


# Reading the store: every name in it.


def _read(facts: FactStore, text: str, wanted: frozenset[Kind]) -> Target:
    names = dict.fromkeys(_names(facts))
    for alike in (_same, _same_but_for_capitals):
        found = {target.id: target for name, target in names if alike(name, text)}
        if found:
            return _of_kind(text, list(found.values()), wanted)
    raise IdUnknown(
        typed=text, near=near(text, (n for n, target in names if target.kind in wanted))
    )


def _names(facts: FactStore) -> Iterator[tuple[str, Target]]:
    """Every id in the store with what it names: as sources say it, and in full."""
    for recorded in facts.facts(sealed=True):
        if recorded.version == 1 and kind_of(recorded.stream) in PREFIXES:
            yield recorded.stream, target_of(recorded.stream)
        name = _name_in(recorded.fact)
        if name is not None:
            full = name if isinstance(recorded.fact, SettlementAllocated) else recorded.stream
            yield name, target_of(full)


def _name_in(fact: Fact) -> str | None:
    match fact:
        case PaymentRegistered():
            return fact.payment_id
        case SettlementRecorded() | SettlementRepeated():
            return fact.settlement_id
        case SettlementAllocated():
            return fact.match_id
        case MerchantRegistered():
            return fact.merchant_id
        case StatementReceived():
            return fact.statement_id
        case _:
            return None


def _same(name: str, text: str) -> bool:
    return name == text


def _same_but_for_capitals(name: str, text: str) -> bool:
    return name.casefold() == text.casefold()


# Refusals.
#
#   LookupRefusal
#     IdUnknown · IdAmbiguous · IdOfOtherKind


@dataclass(unsafe_hash=True, kw_only=True)
class LookupRefusal(Refusal):
    """What was `typed` names nothing that could be used."""

    typed: str


@dataclass(unsafe_hash=True, kw_only=True)
class IdUnknown(LookupRefusal):
    """Nothing has this id; `near` are at most NEAR_MAX that look like it."""

    near: tuple[str, ...]


@dataclass(unsafe_hash=True, kw_only=True)
class IdAmbiguous(LookupRefusal):
    """`total` things have this id; `candidates` are the full ids of at most NEAR_MAX."""

    candidates: tuple[str, ...]
    total: int


@dataclass(unsafe_hash=True, kw_only=True)
class IdOfOtherKind(LookupRefusal):
    """The id names something, but none of the kinds `wanted`."""

    found: tuple[str, ...]
    wanted: tuple[Kind, ...]
