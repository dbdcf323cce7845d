"""Refusals: the answers to input that cannot be read and to decisions that were not taken.

    Refusal                 base of every expected answer that is not a result
    ├── BadValue            a value from outside that cannot be read, or is not what its field takes
    ├── CurrencyMismatch    two amounts that meet are not of one currency
    ├── NoBusinessDay       the calendar knows no business day where one is needed
    ├── NoScheduleInForce   a merchant's terms begin after the day that is to be priced
    └── …                   each aggregate adds a branch of its own, drawn in its own module

A refusal carries data, never prose: the edge finds the words. Whatever is not a `Refusal` means a
change of code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from dataclasses import field as attribute
from typing import TypeVar

R = TypeVar("R", bound="Refusal")


@dataclass(unsafe_hash=True)  # not frozen: Python itself writes to an exception that travels
class Refusal(Exception):  # noqa: N818  (a refusal is an answer, not an error)
    """Something was refused, and why. Refusals compare by content and survive being pickled."""

    def __str__(self) -> str:
        return repr(self)

    def __reduce__(self) -> tuple[Callable[..., Refusal], tuple[type[Refusal], dict[str, object]]]:
        return _rebuilt, (
            type(self),
            {each.name: getattr(self, each.name) for each in fields(self)},
        )


def _rebuilt(kind: type[R], values: dict[str, object]) -> R:
    # An exception is rebuilt from positional arguments by default; a refusal has only named ones.
    return kind(**values)


@dataclass(unsafe_hash=True, kw_only=True)
class BadValue(Refusal):
    """The value of `field` cannot be accepted.

    `reason` is a machine name such as "cuit-check-digit". `detail` may be shown to anybody: the
    offending value where such a value is never personal (an amount, a currency, a time), or the
    place inside it; None for account numbers, tax ids and names. It is no part of equality.
    """

    field: str
    reason: str
    detail: str | None = attribute(default=None, compare=False)


@dataclass(unsafe_hash=True, kw_only=True)
class CurrencyMismatch(Refusal):
    """Amounts of the currencies `left` and `right` were to be added, subtracted or compared."""

    left: str
    right: str


@dataclass(unsafe_hash=True, kw_only=True)
class NoBusinessDay(Refusal):
    """From `day` (proleptic ordinal) on, the calendar has no business day within its search."""

    day: int


@dataclass(unsafe_hash=True, kw_only=True)
class NoScheduleInForce(Refusal):
    """No schedule of the terms was in force on `day` (proleptic ordinal)."""

    day: int
