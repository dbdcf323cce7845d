"""A grant: which merchants a partner may read. Everything that it does not name stays closed.

    ── give ──▶ Grant ── give more, withdraw ──▶ Grant

Laws
    A partner may read the merchants that were given and not withdrawn since, and no other.
    Repeating a decision changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from domain.errors import BadValue, Refusal

MERCHANTS_MAX: Final = 1_000
"""Merchants of one partner: each of its questions names all of them."""

TEXT_LENGTH_MAX: Final = 100
"""Characters of a partner's name, and of a merchant's id."""

# Facts. Topics and field names are storage format: they only ever gain optional fields or new
# versions.


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantGiven:
    """The partner may read these merchants as well; none of them was granted before. Sorted."""

    TOPIC: ClassVar[str] = "grant.given"
    partner: str
    merchants: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantWithdrawn:
    """The partner may not read these merchants any more; all of them were granted. Sorted."""

    TOPIC: ClassVar[str] = "grant.withdrawn"
    partner: str
    merchants: tuple[str, ...]
    reason: str


GrantFact = GrantGiven | GrantWithdrawn


# State.


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The merchants that a partner may read now."""

    partner: str
    merchants: frozenset[str]


def stream_of(*, partner: str) -> str:
    """The grant's stream: `grt:acme-pay`."""
    return f"grt:{partner}"


def evolve(grant: Grant | None, fact: GrantFact) -> Grant:
    """The grant after `fact`. It only remembers: every stored fact is accepted."""
    held = grant.merchants if grant else frozenset[str]()
    named = frozenset(fact.merchants)
    merchants = held | named if isinstance(fact, GrantGiven) else held - named
    return Grant(partner=fact.partner, merchants=merchants)


# Decisions.


def give(grant: Grant | None, *, partner: str, merchants: Iterable[str]) -> tuple[GrantFact, ...]:
    """Let a partner read merchants; those that it may read already are nothing new.

    Raises `BadValue`: "empty", "too-long" or "unprintable" for a text; GrantTooLarge.
    """
    _check(partner, field="partner")
    named = frozenset(merchants)
    for each in named:
        _check(each, field="merchants")
    held = grant.merchants if grant else frozenset[str]()
    new = named - held
    if len(held | new) > MERCHANTS_MAX:
        raise GrantTooLarge(partner=partner, merchants=len(held | new), most=MERCHANTS_MAX)
    return (GrantGiven(partner=partner, merchants=tuple(sorted(new))),) if new else ()


def withdraw(
    grant: Grant | None, *, merchants: Iterable[str], reason: str
) -> tuple[GrantFact, ...]:
    """Close merchants to the partner; what it may not read anyway is nothing new.

    Raises GrantUnknown for a partner that never had a grant, BadValue for an empty reason.
    """
    if grant is None:
        raise GrantUnknown
    if not reason.strip():
        raise BadValue(field="reason", reason="empty")
    gone = grant.merchants & frozenset(merchants)
    if not gone:
        return ()
    return (GrantWithdrawn(partner=grant.partner, merchants=tuple(sorted(gone)), reason=reason),)


def _check(text: str, *, field: str) -> None:
    if not text.strip():  # nobody's payments have an empty merchant, and nobody gets those
        raise BadValue(field=field, reason="empty")
    if len(text) > TEXT_LENGTH_MAX:
        raise BadValue(field=field, reason="too-long")
    if not text.isprintable():
        raise BadValue(field=field, reason="unprintable")


# Refusals.
#
#   GrantRefusal
#     GrantUnknown · GrantTooLarge


@dataclass(unsafe_hash=True)
class GrantRefusal(Refusal):
    """A decision about a grant that was not taken, and why."""


@dataclass(unsafe_hash=True, kw_only=True)
class GrantUnknown(GrantRefusal):
    """Nothing was ever granted to the partner."""


@dataclass(unsafe_hash=True, kw_only=True)
class GrantTooLarge(GrantRefusal):
    """The partner would have `merchants`, which is more than `most`."""

    partner: str
    merchants: int
    most: int
