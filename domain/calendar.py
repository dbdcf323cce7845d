"""Business days, value days and local days of Argentina.

Inside, a day is an integer, the proleptic ordinal of `date.toordinal`; dates stand at the edges
only. Which days are business days is declared data: nothing here knows a holiday.

Laws
    A rolled day is a business day, is never earlier, and rolling it again changes nothing.
    Adding n and then m business days adds n + m.
    Two ways of writing one instant are on one local day.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, TypeVar

from domain.errors import BadValue, NoBusinessDay

Key = TypeVar("Key")

ROLL_DAYS_MAX: Final = 366
"""Days that are looked at for the next business day."""

SETTLEMENT_DELAY_BD_MAX: Final = 366
"""Business days that a merchant's settlement may take."""

MEMO_ENTRIES_MAX: Final = 200_000
"""Answers that a calendar remembers of each kind before it starts afresh."""

PAYOUT_WEEKDAYS: Final = {
    "daily": None,
    "weekly:mon": 0,
    "weekly:tue": 1,
    "weekly:wed": 2,
    "weekly:thu": 3,
    "weekly:fri": 4,
    "weekly:sat": 5,
    "weekly:sun": 6,
}
"""Payout schedules, and the weekday (Monday is 0) on which each pays; None pays every day."""

_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarOverride:
    """One bank's word on one day, above every table: decrees come late. `reason` names them."""

    day: date
    business: bool
    reason: str


class BusinessCalendar:
    """Which days are business days. It never changes, but for remembering its answers.

    What is said of a day, the first of these that speaks: an override; the declared table
    `business_days`, for every day from its first to its last; else it is a business day unless
    Saturday, Sunday, or in `holidays` or `fallback_holidays`.

    Raises `BadValue` "calendar-override-contradiction" when two overrides of one day differ.
    """

    __slots__ = (
        "_added",
        "_declared",
        "_fallback",
        "_first",
        "_holidays",
        "_last",
        "_overrides",
        "_rolled",
        "_value_days",
    )

    def __init__(
        self,
        *,
        holidays: frozenset[date] = frozenset(),
        business_days: frozenset[date] = frozenset(),
        fallback_holidays: Container[date] = frozenset(),
        overrides: Iterable[CalendarOverride] = (),
    ) -> None:
        self._declared = frozenset(each.toordinal() for each in business_days)
        self._first = min(self._declared, default=0)
        self._last = max(self._declared, default=-1)
        self._holidays = frozenset(each.toordinal() for each in holidays)
        self._fallback = fallback_holidays
        self._overrides = _by_day(overrides)
        self._rolled: dict[int, int] = {}
        self._added: dict[tuple[int, int], int] = {}
        self._value_days: dict[tuple[int, int, str], int] = {}

    def is_business_day(self, day: int) -> bool:
        """Whether banks work on `day`."""
        override = self._overrides.get(day)
        if override is not None:
            return override.business
        if self._first <= day <= self._last:
            return day in self._declared
        if _weekday(day) >= _SATURDAY or day in self._holidays:
            return False
        return date.fromordinal(day) not in self._fallback

    def roll(self, day: int) -> int:
        """The first business day on or after `day`.

        Raises `NoBusinessDay` when there is none within a year.
        """
        known = self._rolled.get(day)
        return self._roll(day) if known is None else known

    def _roll(self, day: int) -> int:
        for later in range(day, day + ROLL_DAYS_MAX):
            if self.is_business_day(later):
                _remember(self._rolled, day, later)
                return later
        raise NoBusinessDay(day=day)

    def add_business_days(self, day: int, n: int) -> int:
        """The n-th business day after `day` rolled; n = 0 is `day` rolled.

        Raises `NoBusinessDay` as `roll` does, `BadValue` "business-days" when n is not 0 to 366.
        """
        known = self._added.get((day, n))
        return self._add_business_days(day, n) if known is None else known

    def _add_business_days(self, day: int, n: int) -> int:
        if not 0 <= n <= SETTLEMENT_DELAY_BD_MAX:
            raise BadValue(field="settlement_delay_bd", reason="business-days")
        reached = self.roll(day)
        for _ in range(n):
            reached = self.roll(reached + 1)
        _remember(self._added, (day, n), reached)
        return reached

    def value_day(self, local_day: int, *, settlement_delay_bd: int, payout_schedule: str) -> int:
        """The day on which a payment of `local_day` is paid out: a business day.

        The local day rolled, plus the delay in business days; with "weekly:fri" (or another day of
        the week) then the next Friday, that day included, rolled. Raises `BadValue`
        "payout-schedule-unknown", and whatever `add_business_days` does.
        """
        known = self._value_days.get((local_day, settlement_delay_bd, payout_schedule))
        if known is not None:
            return known
        return self._value_day(local_day, settlement_delay_bd, payout_schedule)

    def _value_day(self, local_day: int, delay_bd: int, schedule: str) -> int:
        payout_weekday = PAYOUT_WEEKDAYS[checked_payout_schedule(schedule)]
        day = self.add_business_days(local_day, delay_bd)
        if payout_weekday is not None:
            day = self.roll(day + (payout_weekday - _weekday(day)) % 7)
        _remember(self._value_days, (local_day, delay_bd, schedule), day)
        return day


def checked_payout_schedule(value: object, *, field: str = "payout_schedule") -> str:
    """`value` if it is "daily" or "weekly:" and an English weekday of three letters.

    Raises `BadValue` "payout-schedule-unknown".
    """
    if isinstance(value, str) and value in PAYOUT_WEEKDAYS:
        return value
    raise BadValue(field=field, reason="payout-schedule-unknown")


def _weekday(day: int) -> int:
    return (day + 6) % 7  # ordinal 1 was a Monday


def _by_day(overrides: Iterable[CalendarOverride]) -> dict[int, CalendarOverride]:
    known: dict[int, CalendarOverride] = {}
    for each in overrides:
        if known.setdefault(each.day.toordinal(), each).business != each.business:
            raise BadValue(
                field="overrides",
                reason="calendar-override-contradiction",
                detail=each.day.isoformat(),
            )
    return known


def _remember(memo: dict[Key, int], key: Key, day: int) -> None:
    # Days come from outside, so a memory of them needs a limit; real traffic never meets it.
    if len(memo) >= MEMO_ENTRIES_MAX:
        memo.clear()
    memo[key] = day


# Instants.

YEAR_MIN: Final = 1990
YEAR_MAX: Final = 2100
"""Years that an instant may be written in. The edge, which has a clock, narrows the future."""

LOCAL_OFFSET_MINUTES: Final = -180
"""America/Argentina/Buenos_Aires: UTC-3, without daylight saving."""

_MINUTES_AND_SECONDS: Final = frozenset(f":{m:02}:{s:02}" for m in range(60) for s in range(60))
_WHOLE_HOURS: Final = ("Z", ":00")


def local_day(created_at: str) -> date:
    """The day in Argentina (UTC-3) of an ISO 8601 instant such as "2026-03-02T06:01:13-03:00".

    The zone is "Z" or an offset; seconds may be left out or have a fraction. Raises `BadValue` with
    field "created_at": "zone-missing"; "time" for an unreadable one, for 24:00 and for a 60th
    second; "date" for a day that no calendar has; "time-range" for a year outside 1990 to 2100.
    """
    if created_at[13:19] in _MINUTES_AND_SECONDS and created_at.endswith(_WHOLE_HOURS):
        # Where the zone is of whole hours, minutes and seconds never move a day: all instants of
        # an hour share one remembered answer.
        try:
            return _local_day_of_hour(created_at[:13], created_at[19:])
        except BadValue:  # refused once more below, to be quoted as it was written
            return _local_day(created_at)
    return _local_day(created_at)


@lru_cache(maxsize=1 << 16)
def _local_day_of_hour(date_and_hour: str, rest: str) -> date:
    return _local_day(f"{date_and_hour}:00:00{rest}")


def _local_day(text: str) -> date:
    minutes, _ = _read(text)
    return date.fromordinal((minutes + LOCAL_OFFSET_MINUTES) // (24 * 60))


def same_instant(one: str, other: str) -> bool:
    """Whether two texts are one instant, written in whatever zones.

    Raises `BadValue` as `local_day` does.
    """
    return one == other or _read(one) == _read(other)


@lru_cache(maxsize=1 << 16)  # lines of one delivery were received at one instant
def sortable_instant(text: str) -> str:
    """The instant as a text that sorts by time, in whatever zone it was written.

    Raises `BadValue` as `local_day` does.
    """
    minutes, seconds = _read(text)
    return f"{minutes:010d}:{seconds}"


_INSTANT = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"[T ](?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
    r"(?::(?P<second>[0-5][0-9])(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?P<zone>Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?"
)


def _read(text: str) -> tuple[int, str]:
    """The instant in UTC: minutes since day 0, and the seconds as written without final zeros."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise _unreadable("time")
    if found["zone"] is None:
        raise _unreadable("zone-missing", text)
    if not YEAR_MIN <= int(found["year"]) <= YEAR_MAX:
        raise _unreadable("time-range", text)
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"])).toordinal()
    except ValueError:
        raise _unreadable("date", text) from None
    minutes = (day * 24 + int(found["hour"])) * 60 + int(found["minute"])
    seconds = f"{found['second'] or '00'}.{(found['fraction'] or '').rstrip('0')}"
    return minutes - _offset_minutes(found["zone"]), seconds


def _offset_minutes(zone: str) -> int:
    if zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[3:].lstrip(":") or 0)
    return -minutes if zone[0] == "-" else minutes


def _unreadable(reason: str, text: str | None = None) -> BadValue:
    # Only what has the form of an instant is quoted: a displaced column may hold anything.
    return BadValue(field="created_at", reason=reason, detail=text)
