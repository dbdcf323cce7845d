"""A table of exchange rates: what was published for each day, and never another rate for it.

    ── publish ──▶ FxTable ── publish more days ──▶ FxTable

Laws
    One day has one rate; another one for it is refused, with both.
    Repeating a publication, or a part of one, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from domain.errors import BadValue, Refusal

RATES_MAX: Final = 36_600
"""Days that one publication may hold: a hundred years."""


@dataclass(frozen=True, slots=True)
class DayRate:
    """The rate of one day, a positive integer: `rate / scale` units of the second currency."""

    day: date
    rate: int


# Facts. Topics and field names are storage format: they only ever gain optional fields or new
# versions.


@dataclass(frozen=True, slots=True, kw_only=True)
class FxRatesPublished:
    """Rates of days that had none yet, in order of days.

    One unit of the first currency of `pair` is rate / `scale` units of the second: for "USDARS",
    10000 and 11776095, a dollar is 1177.6095 pesos.
    """

    TOPIC: ClassVar[str] = "fx.rates_published"
    pair: str
    scale: int
    rates: tuple[DayRate, ...]


FxFact = FxRatesPublished


# State.


@dataclass(frozen=True, slots=True, kw_only=True)
class FxTable:
    """The rates of a pair by day, all at one scale."""

    pair: str
    scale: int
    rates: Mapping[date, int]


def stream_of(*, pair: str) -> str:
    """The table's stream: `fx:USDARS`."""
    return f"fx:{pair}"


def evolve(table: FxTable | None, fact: FxFact) -> FxTable:
    """The table after `fact`. It only remembers: every stored fact is accepted."""
    known: Mapping[date, int] = table.rates if table else {}
    new = {each.day: each.rate for each in fact.rates}
    return FxTable(pair=fact.pair, scale=fact.scale, rates={**known, **new})


# Decisions.


def publish(
    table: FxTable | None, *, pair: str, scale: int, rates: Iterable[DayRate]
) -> tuple[FxFact, ...]:
    """Note the rates of days that had none; what is known already is nothing new.

    Raises `BadValue`: "not-an-integer" or "not-positive" for a rate or scale, "too-large" for more
    than RATES_MAX days.
    """
    _positive(scale, field="scale")
    if table is not None and table.scale != scale:
        raise ScaleDiffers(pair=pair, known=table.scale, other=scale)
    known = dict(table.rates) if table else {}
    new: list[DayRate] = []
    for each in rates:
        _positive(each.rate, field="rates")
        if known.setdefault(each.day, each.rate) != each.rate:
            raise RatePublishedOtherwise(day=each.day, known=known[each.day], other=each.rate)
        if table is None or each.day not in table.rates:
            new.append(each)
    if len(new) > RATES_MAX:
        raise BadValue(field="rates", reason="too-large")
    # A day may stand twice in one publication, with the same rate.
    fresh = tuple(sorted(set(new), key=lambda each: each.day))
    return (FxRatesPublished(pair=pair, scale=scale, rates=fresh),) if fresh else ()


def _positive(value: object, *, field: str) -> None:
    if type(value) is not int:  # a boolean is an int to isinstance
        raise BadValue(field=field, reason="not-an-integer")
    if value <= 0:
        raise BadValue(field=field, reason="not-positive", detail=str(value))


# Refusals.
#
#   FxRefusal
#     ScaleDiffers · RatePublishedOtherwise


@dataclass(unsafe_hash=True)
class FxRefusal(Refusal):
    """A publication of rates that was not taken, and why."""


@dataclass(unsafe_hash=True, kw_only=True)
class ScaleDiffers(FxRefusal):
    """The rates of `pair` are kept at another scale."""

    pair: str
    known: int
    other: int


@dataclass(unsafe_hash=True, kw_only=True)
class RatePublishedOtherwise(FxRefusal):
    """`day` has the rate `known` already, and `other` is another one."""

    day: date
    known: int
    other: int
