"""Which days are business days, and on which of them money is paid."""

from datetime import date, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.calendar import (
    MEMO_ENTRIES_MAX,
    PAYOUT_WEEKDAYS,
    BusinessCalendar,
    CalendarOverride,
    checked_payout_schedule,
)
from domain.errors import BadValue, NoBusinessDay

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 3, 20 + n) for n in range(4))
TUESDAY_24 = date(2026, 3, 24)  # with Monday 23, a bridge day, a long weekend of four days
WEDNESDAY = date(2026, 3, 25)

days = st.dates(date(2025, 12, 1), date(2027, 2, 1))
some_days = st.frozensets(days, max_size=12)

overrides = st.dictionaries(days, st.booleans(), max_size=12).map(
    lambda by_day: [
        CalendarOverride(day=day, business=business, reason="decree")
        for day, business in by_day.items()
    ]
)


@st.composite
def calendars(draw: st.DrawFn) -> BusinessCalendar:
    table = draw(some_days)
    return BusinessCalendar(
        holidays=draw(some_days),
        business_days=table,
        fallback_holidays=draw(some_days),
        overrides=draw(overrides),
    )


def march() -> BusinessCalendar:
    return BusinessCalendar(holidays=frozenset((MONDAY, TUESDAY_24)))


def value_date(
    calendar: BusinessCalendar, day: date, *, delay_bd: int, schedule: str = "daily"
) -> date:
    ordinal = calendar.value_day(
        day.toordinal(), settlement_delay_bd=delay_bd, payout_schedule=schedule
    )
    return date.fromordinal(ordinal)


@pytest.mark.parametrize(
    "day, business",
    [(FRIDAY, True), (SATURDAY, False), (SUNDAY, False), (MONDAY, False), (WEDNESDAY, True)],
)
def test_weekends_and_holidays_are_none(day: date, business: bool):
    """Without a table, Monday to Friday work unless there is a holiday."""
    assert march().is_business_day(day.toordinal()) is business


def test_a_fallback_holiday_is_a_holiday_too():
    """What the declared calendar does not cover, the general one does."""
    calendar = BusinessCalendar(fallback_holidays=frozenset((WEDNESDAY,)))
    assert not calendar.is_business_day(WEDNESDAY.toordinal())


def test_the_declared_table_wins_within_its_dates():
    """Between its first and last day, the table alone says which days are business days."""
    calendar = BusinessCalendar(
        holidays=frozenset((MONDAY,)),
        business_days=frozenset((SATURDAY, MONDAY, WEDNESDAY)),
        fallback_holidays=frozenset((MONDAY, WEDNESDAY)),
    )
    said = [calendar.is_business_day(FRIDAY.toordinal() + n) for n in range(7)]
    #       Fri (outside), Sat, Sun, Mon, Tue (not in the table), Wed, Thu (outside)
    assert said == [True, True, False, True, False, True, True]


def test_an_override_beats_everything():
    """A decree of the day stands above the table, the holidays and the weekend."""
    calendar = BusinessCalendar(
        holidays=frozenset((MONDAY,)),
        business_days=frozenset((FRIDAY, WEDNESDAY)),
        overrides=(
            CalendarOverride(day=FRIDAY, business=False, reason="bank holiday by decree"),
            CalendarOverride(day=SUNDAY, business=True, reason="elections: banks open"),
        ),
    )
    said = [calendar.is_business_day(FRIDAY.toordinal() + n) for n in range(4)]
    assert said == [False, False, True, False]


def test_two_overrides_of_one_day_must_agree():
    """A repeat is nothing new; a contradiction is refused, with its day."""
    yes = CalendarOverride(day=MONDAY, business=True, reason="decree 1")
    BusinessCalendar(overrides=(yes, yes))
    with pytest.raises(BadValue) as refused:
        BusinessCalendar(
            overrides=(yes, CalendarOverride(day=MONDAY, business=False, reason="decree 2"))
        )
    assert refused.value == BadValue(field="overrides", reason="calendar-override-contradiction")
    assert refused.value.detail == "2026-03-23"


def test_a_day_rolls_over_a_long_weekend():
    """Saturday before two holidays becomes Wednesday; a business day stays."""
    assert march().roll(SATURDAY.toordinal()) == WEDNESDAY.toordinal()
    assert march().roll(FRIDAY.toordinal()) == FRIDAY.toordinal()


@pytest.mark.parametrize(
    "day, delay_bd, expected",
    [
        (FRIDAY, 0, FRIDAY),
        (FRIDAY, 1, WEDNESDAY),
        (SATURDAY, 0, WEDNESDAY),
        (SATURDAY, 1, date(2026, 3, 26)),  # rolled first, then one business day
        (FRIDAY, 2, date(2026, 3, 26)),
        (FRIDAY, 8, date(2026, 4, 3)),
    ],
)
def test_business_days_are_counted_from_the_rolled_day(day: date, delay_bd: int, expected: date):
    """Rolling comes first: what is sold on Saturday counts from the next business day."""
    assert value_date(march(), day, delay_bd=delay_bd) == expected


@pytest.mark.parametrize(
    "day, delay_bd, schedule, expected",
    [
        (FRIDAY, 0, "weekly:fri", FRIDAY),  # a Friday pays on itself
        (FRIDAY, 1, "weekly:fri", date(2026, 3, 27)),
        (SATURDAY, 0, "weekly:fri", date(2026, 3, 27)),
        (FRIDAY, 0, "weekly:mon", WEDNESDAY),  # Monday 23 is a holiday: rolled
        (FRIDAY, 0, "weekly:sat", WEDNESDAY),
        (FRIDAY, 0, "weekly:thu", date(2026, 3, 26)),
        (FRIDAY, 0, "weekly:wed", WEDNESDAY),
        (FRIDAY, 0, "weekly:tue", WEDNESDAY),
        (FRIDAY, 0, "weekly:sun", WEDNESDAY),
    ],
)
def test_a_weekly_payout_waits_for_its_weekday(
    day: date, delay_bd: int, schedule: str, expected: date
):
    """The next payout day on or after the delay, rolled where it is no business day."""
    assert value_date(march(), day, delay_bd=delay_bd, schedule=schedule) == expected


@pytest.mark.parametrize("value", ["weekly", "weekly:FRI", "monthly", "", "weekly:vie", None, 5])
def test_an_unknown_payout_schedule_is_refused(value: object):
    """A schedule that nobody defined has no value day."""
    refusal = BadValue(field="payout_schedule", reason="payout-schedule-unknown")
    with pytest.raises(BadValue) as refused:
        checked_payout_schedule(value)
    assert refused.value == refusal
    with pytest.raises(BadValue) as refused:
        march().value_day(1, settlement_delay_bd=0, payout_schedule=str(value))
    assert refused.value == refusal


@pytest.mark.parametrize("n", [-1, 367, 10**9])
def test_a_delay_out_of_bounds_is_refused(n: int):
    """Business days are counted forward, and for a year at most."""
    with pytest.raises(BadValue) as refused:
        march().add_business_days(FRIDAY.toordinal(), n)
    assert refused.value == BadValue(field="settlement_delay_bd", reason="business-days")


def test_a_table_that_closes_a_year_is_refused_not_searched_for_ever():
    """Where no business day comes within a year, the calendar is at fault and says so."""
    calendar = BusinessCalendar(business_days=frozenset((FRIDAY, FRIDAY + timedelta(days=1000))))
    day = (FRIDAY + timedelta(days=1)).toordinal()
    with pytest.raises(NoBusinessDay) as refused:
        calendar.roll(day)
    assert refused.value == NoBusinessDay(day=day)


def test_a_calendar_never_remembers_without_limit():
    """However many days are asked for, the answers kept stay bounded, and stay right."""
    calendar = BusinessCalendar()
    for day in range(700_000, 700_000 + MEMO_ENTRIES_MAX + 10):
        calendar.roll(day)
    assert calendar.roll(SATURDAY.toordinal()) == MONDAY.toordinal()
    remembered = calendar._rolled  # no other way to see it
    assert len(remembered) <= MEMO_ENTRIES_MAX


@for_all(days)
def test_law_the_weekday_is_that_of_the_date(day: date):
    """Without tables, the days of the week alone decide."""
    assert BusinessCalendar().is_business_day(day.toordinal()) is (day.weekday() < 5)


@for_all(calendars(), days)
def test_law_a_rolled_day_is_the_next_business_day(calendar: BusinessCalendar, day: date):
    """It is a business day, none lies before it, and rolling it again changes nothing."""
    ordinal = day.toordinal()
    try:
        rolled = calendar.roll(ordinal)
    except NoBusinessDay:
        assert not any(calendar.is_business_day(ordinal + n) for n in range(366))
        return
    assert calendar.is_business_day(rolled)
    assert not any(calendar.is_business_day(each) for each in range(ordinal, rolled))
    assert calendar.roll(rolled) == rolled


@for_all(st.frozensets(days, max_size=40), days, st.integers(0, 40), st.integers(0, 40))
def test_law_business_days_add_up(holidays: frozenset[date], day: date, n: int, m: int):
    """Adding n and then m is adding n + m."""
    calendar, start = BusinessCalendar(holidays=holidays), day.toordinal()
    assert calendar.add_business_days(
        calendar.add_business_days(start, n), m
    ) == calendar.add_business_days(start, n + m)


@for_all(
    st.frozensets(days, max_size=40),
    days,
    st.integers(0, 20),
    st.sampled_from(sorted(PAYOUT_WEEKDAYS)),
)
def test_law_a_value_day_is_a_business_day_and_never_early(
    holidays: frozenset[date], day: date, delay_bd: int, schedule: str
):
    """Money is paid on a business day, not before its delay, and never falls back in time."""
    calendar = BusinessCalendar(holidays=holidays)
    paid = calendar.value_day(
        day.toordinal(), settlement_delay_bd=delay_bd, payout_schedule=schedule
    )
    next_day = calendar.value_day(
        day.toordinal() + 1, settlement_delay_bd=delay_bd, payout_schedule=schedule
    )
    assert calendar.is_business_day(paid)
    assert calendar.add_business_days(day.toordinal(), delay_bd) <= paid <= next_day


@for_all(calendars(), st.lists(days, max_size=5), days, st.integers(0, 5))
def test_law_an_answer_does_not_depend_on_what_was_asked_before(
    calendar: BusinessCalendar, asked: list[date], day: date, delay_bd: int
):
    """Remembered answers are the computed ones."""

    def answer() -> int | None:
        try:
            return calendar.value_day(
                day.toordinal(), settlement_delay_bd=delay_bd, payout_schedule="weekly:fri"
            )
        except NoBusinessDay:
            return None

    first = answer()
    for each in asked:
        calendar.is_business_day(each.toordinal())
    assert answer() == first
