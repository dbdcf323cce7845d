"""What every stored fact carries besides itself, and how its fields are classed.

A fact is an immutable dataclass with a `TOPIC`: its name in storage, for ever. It is recorded
inside an envelope (`Recorded`) that says where it stands (stream, version, position), when
(business time and recorded time, kept apart), on whose word (`Context`), and a nonce that lets a
commitment to the fact be published without giving it away.

Field classes are declared on the fact: a field of type `PersonalText` is personal data and is
stored sealed; every other field is public inside the tenant. Secrets are never facts.
"""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from functools import cache
from typing import Annotated, ClassVar, Protocol, get_type_hints

from domain.values import value


class FieldClass(Enum):
    """How a field of a fact may be stored and shown."""

    PUBLIC = "public"  # inside the tenant: ids, amounts, dates, references
    PERSONAL = "personal"  # of a person or a party: stored sealed under the stream's data key
    SECRET = "secret"  # noqa: S105  (a class name; a secret is never part of a fact)


PersonalText = Annotated[str | None, FieldClass.PERSONAL]
"""Text about a person or party: sealed in storage; None where unknown or shredded."""


def fields_differing(known: object, other: object, *, kind: type) -> tuple[str, ...]:
    """Fields of `kind`, a kind of fact, in which `other` contradicts what is known.

    A personal field that is known as None contradicts nothing: it may have been shredded, and what
    was told once may be told again.
    """
    differing = (name for name in _names(kind) if getattr(known, name) != getattr(other, name))
    return tuple(
        name
        for name in differing
        if getattr(known, name) is not None or name not in personal_fields(kind)
    )


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def personal_fields(kind: type) -> frozenset[str]:
    """The names of a kind's personal fields."""
    hints = get_type_hints(kind, include_extras=True)
    return frozenset(
        name
        for name in _names(kind)
        if FieldClass.PERSONAL in getattr(hints[name], "__metadata__", ())
    )


class Fact(Protocol):
    """Anything that can be recorded: an immutable dataclass whose `TOPIC` names its stored form."""

    TOPIC: ClassVar[str]


@value
class Context:
    """Why a fact was recorded: the command, its ancestry, and on whose authority.

    `sources` are SHA-256 hashes (hex) of the messages or files the fact was read from.
    """

    command_id: str
    correlation_id: str
    causation_id: str | None = None
    actor: str
    authority: str
    sources: tuple[str, ...] = ()


@value
class Recorded:
    """A fact in its envelope. `position` is its place in the store's one total order, from 1.

    `version` counts from 1 within the stream; `business_time` is an ISO 8601 date or instant of the
    thing itself, `recorded_at_ms` milliseconds since 1970 UTC, never falling along a store.
    """

    stream: str
    version: int
    position: int
    business_time: str
    recorded_at_ms: int
    context: Context
    nonce: bytes
    fact: Fact

    @property
    def fact_id(self) -> str:
        """The fact's name for ever: `<stream>@<version>`."""
        return f"{self.stream}@{self.version}"
