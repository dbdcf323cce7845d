"""An instant is on one day in Argentina, however it is written."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.calendar import local_day, same_instant
from domain.errors import BadValue

ARGENTINA = timezone(timedelta(hours=-3))

instants = st.datetimes(datetime(1990, 1, 2), datetime(2100, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001  (the strategy adds the zone)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    "text, day",
    [
        ("2026-03-02T06:01:13-03:00", date(2026, 3, 2)),
        ("2026-03-02T23:59:59-03:00", date(2026, 3, 2)),
        ("2026-03-02T00:00:00-03:00", date(2026, 3, 2)),
        ("2026-03-02T02:59:59Z", date(2026, 3, 1)),
        ("2026-03-02T03:00:00Z", date(2026, 3, 2)),
        ("2026-01-01T00:00:00Z", date(2025, 12, 31)),
        ("2026-03-02T23:30:00-04:00", date(2026, 3, 3)),  # the next day here
        ("2026-03-02T01:00:00+14:00", date(2026, 3, 1)),
        ("2026-03-02T02:59:59.999999Z", date(2026, 3, 1)),
        ("2026-03-02T02:59:59,5Z", date(2026, 3, 1)),
        ("2026-03-02T02:59Z", date(2026, 3, 1)),
        ("2026-03-02 02:59:59Z", date(2026, 3, 1)),
        ("2026-03-02T06:01:13-0300", date(2026, 3, 2)),
        ("2026-03-02T06:01:13-03", date(2026, 3, 2)),
        ("2026-03-02T08:29:59+05:30", date(2026, 3, 1)),
        ("2026-03-02T08:30:00+05:30", date(2026, 3, 2)),  # minutes count where the zone has some
        ("2026-03-02T08:29:00+0530", date(2026, 3, 1)),
        ("2024-02-29T12:00:00-03:00", date(2024, 2, 29)),
        ("1990-01-01T00:00:00-03:00", date(1990, 1, 1)),
    ],
)
def test_an_instant_is_moved_to_argentina(text: str, day: date):
    """The offset that an instant carries decides nothing but which instant it is."""
    assert local_day(text) == day


@pytest.mark.parametrize(
    "text, reason",
    [
        ("2026-03-02T06:01:13", "zone-missing"),
        ("2026-03-02T06:01", "zone-missing"),
        ("2026-03-02T06:01:13.5", "zone-missing"),
        ("2026-03-02T24:00:00-03:00", "time"),
        ("2026-03-02T25:00:00-03:00", "time"),
        ("2026-03-02T23:59:60-03:00", "time"),
        ("2026-06-30T23:59:60Z", "time"),
        ("2026-03-02T23:60:00-03:00", "time"),
        ("2026-03-02", "time"),
        ("", "time"),
        ("yesterday", "time"),
        ("02/03/2026 06:01:13-03:00", "time"),
        ("2026-3-2T06:01:13-03:00", "time"),
        ("20260302T060113Z", "time"),
        ("2026-03-02T06:01:13-15:00", "time"),
        ("2026-03-02T06:01:13+03:60", "time"),
        ("2026-03-02T06:01:13 -03:00", "time"),
        ("2026-03-02T06:01:13-03:00 ", "time"),
        ("2026-03-02T06:01:13-03:00\n", "time"),
        ("2026-03-02T06:01:13−03:00", "time"),
        ("２026-03-02T06:01:13-03:00", "time"),
        ("2026-03-02T٠6:01:13-03:00", "time"),
        ("2026-03-02T06:0１:13-03:00", "time"),
        ("2026-03-02T06:01:13." + "1" * 5000 + "Z", "time"),
        ("2026-02-30T06:01:13-03:00", "date"),
        ("2026-02-29T06:01:13-03:00", "date"),
        ("2026-13-01T06:01:13-03:00", "date"),
        ("2026-00-10T06:01:13-03:00", "date"),
        ("0001-01-01T00:00:00Z", "time-range"),
        ("0000-01-01T00:00:00Z", "time-range"),
        ("1989-12-31T23:59:59-03:00", "time-range"),
        ("2101-01-01T00:00:00Z", "time-range"),
        ("9999-12-31T23:59:59Z", "time-range"),
    ],
    ids=lambda value: repr(value[:36]),
)
def test_what_is_no_instant_is_refused(text: str, reason: str):
    """No zone, no such time, no such day, or a year that no payment has: each by its name."""
    for _ in range(2):  # a refusal is no answer to be remembered
        with pytest.raises(BadValue) as refused:
            local_day(text)
        assert refused.value == BadValue(field="created_at", reason=reason)


def test_a_refused_instant_is_quoted_as_it_was_written():
    """Whoever has to find it in a file sees its own minutes and seconds."""
    with pytest.raises(BadValue) as refused:
        local_day("2026-03-02T06:01:00")
    assert refused.value.detail == "2026-03-02T06:01:00"


def test_an_unreadable_time_is_not_quoted():
    """A displaced column may hold a name or an account: only what has the form is shown."""
    with pytest.raises(BadValue) as refused:
        local_day("María Ibáñez")
    assert refused.value.detail is None


@for_all(instants, zones)
def test_law_the_day_is_that_of_the_instant(instant: datetime, zone: timezone):
    """Written in any zone, with or without a fraction, an instant is on its day in Argentina."""
    expected = instant.astimezone(ARGENTINA).date()
    assert local_day(instant.astimezone(zone).isoformat()) == expected
    assert local_day(instant.astimezone(zone).replace(microsecond=0).isoformat()) == expected
    assert local_day(instant.replace(tzinfo=None).isoformat() + "Z") == expected


@for_all(st.text(max_size=40))
def test_law_any_text_is_a_day_or_refused(text: str):
    """No text whatever causes another error than a refusal."""
    with pytest.raises(BadValue):
        local_day(text)


@for_all(instants, zones, zones)
def test_law_one_instant_in_two_zones_is_the_same(
    instant: datetime, one: timezone, other: timezone
):
    """A repeat that comes in the other form is still a repeat."""
    assert same_instant(instant.astimezone(one).isoformat(), instant.astimezone(other).isoformat())


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("2026-03-02T06:01:13-03:00", "2026-03-02T09:01:13Z", True),
        ("2026-03-02T06:01:13.500-03:00", "2026-03-02T09:01:13.5Z", True),
        ("2026-03-02T06:01-03:00", "2026-03-02T09:01:00.000Z", True),
        ("2026-03-02T06:01:13-03:00", "2026-03-02T06:01:13Z", False),
        ("2026-03-02T06:01:13-03:00", "2026-03-02T09:01:14Z", False),
        ("2026-03-02T06:01:13.5Z", "2026-03-02T06:01:13.05Z", False),
    ],
)
def test_instants_are_compared_to_the_last_digit(one: str, other: str, same: bool):
    """Zeros at the end of a fraction and the zone make no difference; everything else does."""
    assert same_instant(one, other) is same


def test_what_is_no_instant_equals_nothing():
    """An unreadable text beside an instant is refused, not called different."""
    with pytest.raises(BadValue):
        same_instant("2026-03-02T06:01:13-03:00", "2026-03-02T06:01:13")
