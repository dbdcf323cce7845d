"""The bank's days: business days, published exchange rates, and how both are written.

A day is a proleptic ordinal (`date.toordinal`). Holidays are Argentina's fixed ones, those that go
with Easter, and those that the law moves to a Monday; decreed bridge days are left out, because
calendar.json says what holds for the data beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from adapters.demo_bank.dice import Dice
from domain.calendar import BusinessCalendar

DAYS_BEFORE = 10
"""Days that the calendar and the rates reach back before the first payment."""

DAYS_AFTER = 120
"""Days that they reach past the last payment: payouts, refunds and late money."""

RATE_SCALE = 10_000
RATE_FIRST = 1_180_0000
"""ARS for a USD, with four decimals, on the first day."""

FIXED_HOLIDAYS = (
    *((1, 1), (3, 24), (4, 2), (5, 1), (5, 25), (6, 20), (7, 9), (11, 6), (12, 8), (12, 25)),
)
"""Month and day; 6 November is the bank clerks' own."""

MOVABLE_HOLIDAYS = ((6, 17), (8, 17), (10, 12), (11, 20))
"""Kept on the Monday before a Tuesday or Wednesday, and on the one after a Thursday or Friday."""

EASTER_HOLIDAYS = (-48, -47, -3, -2)
"""Days from Easter Sunday: both days of Carnival, Holy Thursday and Good Friday."""


@dataclass(slots=True, eq=False)
class Timetable:
    """Every day that the data may name, in order; `rates` are half of a table by place."""

    first: int
    holidays: tuple[str, ...]
    business_days: tuple[str, ...]
    calendar: BusinessCalendar
    rates: list[int]
    written: list[str] = field(default_factory=list[str])

    def iso(self, day: int) -> str:
        """The day as 2026-03-02."""
        return self.written[day - self.first]

    def rate(self, day: int) -> int:
        """ARS for a USD, with four decimals, as published for the day."""
        return self.rates[day - self.first]

    def is_business_day(self, day: int) -> bool:
        """Whether banks work."""
        return self.calendar.is_business_day(day)

    def roll(self, day: int) -> int:
        """The first business day on or after `day`."""
        return self.calendar.roll(day)

    def later(self, day: int, business_days: int) -> int:
        """So many business days after `day`, rolled first."""
        return self.calendar.add_business_days(day, business_days)


def timetable(*, first_day: date, days: int, dice: Dice) -> Timetable:
    """The days around a period of `days` days."""
    first = first_day - timedelta(days=DAYS_BEFORE)
    every = [first + timedelta(days=n) for n in range(DAYS_BEFORE + days + DAYS_AFTER)]
    holidays = {day for year in range(first.year, every[-1].year + 1) for day in _holidays(year)}
    business_days = [day for day in every if day.weekday() < 5 and day not in holidays]
    calendar = BusinessCalendar(
        holidays=frozenset(holidays), business_days=frozenset(business_days)
    )
    written = [day.isoformat() for day in every]
    return Timetable(
        first=first.toordinal(),
        holidays=tuple(day.isoformat() for day in sorted(holidays) if first <= day <= every[-1]),
        business_days=tuple(day.isoformat() for day in business_days),
        calendar=calendar,
        rates=list(_rates(dice, [calendar.is_business_day(day.toordinal()) for day in every])),
        written=written,
    )


def _rates(dice: Dice, business: list[bool]) -> Iterator[int]:
    """A rate for each day; it moves on business days, up a little more than down."""
    rate = RATE_FIRST
    for open_today in business:
        if open_today:
            rate += dice.between(-5_0000, 8_0000)
        yield rate


def _holidays(year: int) -> Iterator[date]:
    yield from (date(year, month, day) for month, day in FIXED_HOLIDAYS)
    yield from (_moved(date(year, month, day)) for month, day in MOVABLE_HOLIDAYS)
    yield from (_easter(year) + timedelta(days=days) for days in EASTER_HOLIDAYS)


def _moved(day: date) -> date:
    shift = {1: -1, 2: -2, 3: 4, 4: 3}.get(day.weekday(), 0)
    return day + timedelta(days=shift)


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, 1900 to 2099 (Gauss)."""
    moon = (19 * (year % 19) + 24) % 30
    sunday = (2 * (year % 4) + 4 * (year % 7) + 6 * moon + 5) % 7
    days = moon + sunday
    if days == 35 or (days == 34 and moon == 28 and year % 19 > 10):
        days -= 7
    return date(year, 3, 22) + timedelta(days=days)
