"""A calendar: which days were declared business days and holidays, and a bank's word above it.

    ── declare ──▶ DeclaredCalendar ── declare more, set_override ──▶ DeclaredCalendar

The day arithmetic is in domain/calendar.py; this is where its data comes from.

Laws
    What was declared of a day stays so; a later declaration only adds days.
    An override stays so too.
    Repeating a decision, or a part of one, changes nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Final, assert_never

from domain.calendar import BusinessCalendar, CalendarOverride
from domain.errors import BadValue, Refusal

DECLARED_DAYS_MAX: Final = 36_600
"""Days from the first to the last of a declaration: a hundred years."""


# Facts. Topics and field names are storage format: they only ever gain optional fields or new
# versions.


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDeclared:
    """From `first_day` to `last_day` banks work on `business_days` and on no other day.

    `holidays` may also lie outside of these days; both lists are sorted. A declaration of nothing
    but holidays has neither first nor last day.
    """

    TOPIC: ClassVar[str] = "calendar.declared"
    first_day: date | None
    last_day: date | None
    holidays: tuple[date, ...]
    business_days: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarOverrideSet:
    """One bank's word on a day, above every declaration; `reason` names the decree."""

    TOPIC: ClassVar[str] = "calendar.override_set"
    day: date
    business: bool
    reason: str


BusinessCalendarFact = CalendarDeclared | CalendarOverrideSet


# State.


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredCalendar:
    """What was said of each day: whether it is a business day, and the overrides above that."""

    declared: Mapping[date, bool]
    overrides: Mapping[date, CalendarOverride]


_NOTHING_SAID: Final = DeclaredCalendar(declared={}, overrides={})


def stream_of(*, name: str) -> str:
    """The calendar's stream: `cal:AR`."""
    return f"cal:{name}"


def evolve(calendar: DeclaredCalendar | None, fact: BusinessCalendarFact) -> DeclaredCalendar:
    """The calendar after `fact`. It only remembers: every stored fact is accepted."""
    state = calendar or _NOTHING_SAID
    match fact:
        case CalendarDeclared():
            return replace(state, declared={**state.declared, **_said_of_days(fact)})
        case CalendarOverrideSet():
            override = CalendarOverride(day=fact.day, business=fact.business, reason=fact.reason)
            return replace(state, overrides={**state.overrides, fact.day: override})
        case _:
            assert_never(fact)


def _said_of_days(fact: CalendarDeclared) -> dict[date, bool]:
    """Every day of the declaration: whether it is a business day."""
    said = dict.fromkeys(_days(fact.first_day, fact.last_day), False)
    said |= dict.fromkeys(fact.holidays, False)
    return said | dict.fromkeys(fact.business_days, True)


def _days(first: date | None, last: date | None) -> list[date]:
    if first is None or last is None:
        return []
    return [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]


def business_calendar(
    calendar: DeclaredCalendar | None, *, fallback_holidays: Container[date] = frozenset()
) -> BusinessCalendar:
    """The calendar to compute with; `fallback_holidays` hold where nothing was declared."""
    state = calendar or _NOTHING_SAID
    business = frozenset(day for day, works in state.declared.items() if works)
    closed = frozenset(state.declared) - business
    elsewhere = BusinessCalendar(holidays=closed, fallback_holidays=fallback_holidays)
    # Between two declarations lie days that neither speaks of, and a table has no gaps.
    gaps = frozenset(
        day
        for day in _days(min(business, default=None), max(business, default=None))
        if day not in state.declared and elsewhere.is_business_day(day.toordinal())
    )
    return BusinessCalendar(
        holidays=closed,
        business_days=business | gaps,
        fallback_holidays=fallback_holidays,
        overrides=state.overrides.values(),
    )


# Decisions.


def declare(
    calendar: DeclaredCalendar | None,
    *,
    holidays: Iterable[date],
    business_days: Iterable[date],
    first_day: date | None = None,
    last_day: date | None = None,
) -> tuple[BusinessCalendarFact, ...]:
    """Declare days; what is all known already is nothing new.

    Without `first_day` or `last_day` the declaration reaches from its first to its last business
    day. Raises `BadValue` "calendar-range" when a business day lies outside of these, or they are
    too far apart.
    """
    business = sorted(set(business_days))
    fact = CalendarDeclared(
        first_day=first_day or min(business, default=None),
        last_day=last_day or max(business, default=None),
        holidays=tuple(sorted(set(holidays))),
        business_days=tuple(business),
    )
    _check_range(fact)
    said = _said_of_days(fact)
    _refuse_contradiction(dict.fromkeys(fact.holidays, False), said)
    known: Mapping[date, bool] = calendar.declared if calendar else {}
    _refuse_contradiction(known, said)
    return () if said.keys() <= known.keys() else (fact,)


def _check_range(fact: CalendarDeclared) -> None:
    first, last, days = fact.first_day, fact.last_day, fact.business_days
    if (first is None) != (last is None):
        raise BadValue(field="business_days", reason="calendar-range")
    if first is None or last is None:
        return
    outside = bool(days) and (days[0] < first or days[-1] > last)
    if outside or not 0 <= (last - first).days < DECLARED_DAYS_MAX:
        raise BadValue(field="business_days", reason="calendar-range", detail=f"{first} {last}")


def _refuse_contradiction(known: Mapping[date, bool], said: Mapping[date, bool]) -> None:
    for day in sorted(said):
        business = known.get(day)
        if business is not None and business != said[day]:
            raise DayDeclaredOtherwise(day=day, business=business)


def set_override(
    calendar: DeclaredCalendar | None, *, day: date, business: bool, reason: str
) -> tuple[BusinessCalendarFact, ...]:
    """Set a bank's word on one day; the same word again is nothing new, whatever its reason."""
    known = calendar.overrides.get(day) if calendar else None
    if known is None:
        return (CalendarOverrideSet(day=day, business=business, reason=reason),)
    if known.business != business:
        raise DayOverriddenOtherwise(day=day, business=known.business, reason=known.reason)
    return ()


# Refusals.
#
#   BusinessCalendarRefusal
#     DayDeclaredOtherwise · DayOverriddenOtherwise


@dataclass(unsafe_hash=True)
class BusinessCalendarRefusal(Refusal):
    """A decision about a calendar that was not taken, and why."""


@dataclass(unsafe_hash=True, kw_only=True)
class DayDeclaredOtherwise(BusinessCalendarRefusal):
    """`day` was declared before, as a business day or not (`business`): now as the other."""

    day: date
    business: bool


@dataclass(unsafe_hash=True, kw_only=True)
class DayOverriddenOtherwise(BusinessCalendarRefusal):
    """`day` has an override already, to the contrary."""

    day: date
    business: bool
    reason: str
