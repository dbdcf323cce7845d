"""What was declared of a day stays so; later declarations add days, and a bank's word is above."""

from datetime import date, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain import business_calendar as c
from domain.calendar import BusinessCalendar
from domain.errors import BadValue
from tests.domain.spec import History, fold, given

FRIDAY, SATURDAY, SUNDAY = date(2026, 3, 20), date(2026, 3, 21), date(2026, 3, 22)
MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 23), date(2026, 3, 24), date(2026, 3, 25)
THURSDAY, NEXT_FRIDAY = date(2026, 3, 26), date(2026, 3, 27)

WEEK = c.CalendarDeclared(
    first_day=FRIDAY,
    last_day=WEDNESDAY,
    holidays=(MONDAY, TUESDAY),
    business_days=(FRIDAY, WEDNESDAY),
)
OVERRIDE = c.CalendarOverrideSet(day=WEDNESDAY, business=False, reason="Decreto 1/2026")


def calendar_of(*facts: c.BusinessCalendarFact) -> BusinessCalendar:
    return c.business_calendar(fold(c.evolve, facts))


def works(calendar: BusinessCalendar, *days: date) -> list[bool]:
    return [calendar.is_business_day(day.toordinal()) for day in days]


def test_from_the_first_to_the_last_business_day():
    """Lists in any order, with repetitions, are one declaration over the days that they span."""
    (
        given(c.evolve)
        .when(
            c.declare,
            holidays=(TUESDAY, MONDAY, MONDAY),
            business_days=(WEDNESDAY, FRIDAY),
        )
        .then(WEEK)
    )


def test_not_twice_nor_in_part():
    """The same declaration, and any part of it, is nothing new."""
    known = given(c.evolve, WEEK)
    known.when(c.declare, holidays=WEEK.holidays, business_days=WEEK.business_days).then()
    known.when(c.declare, holidays=(TUESDAY,), business_days=()).then()
    known.when(c.declare, holidays=(), business_days=(WEDNESDAY,)).then()
    known.when(c.declare, holidays=(), business_days=()).then()


def test_further_than_before():
    """A later declaration may reach further than the first."""
    further = c.CalendarDeclared(
        first_day=WEDNESDAY,
        last_day=NEXT_FRIDAY,
        holidays=(),
        business_days=(WEDNESDAY, THURSDAY, NEXT_FRIDAY),
    )
    (
        given(c.evolve, WEEK)
        .when(c.declare, holidays=(), business_days=further.business_days)
        .then(further)
    )


@pytest.mark.parametrize(
    "holidays, business_days, day, business",
    [
        ((WEDNESDAY,), (), WEDNESDAY, True),
        ((), (MONDAY,), MONDAY, False),
        ((), (FRIDAY, TUESDAY, WEDNESDAY), TUESDAY, False),
        ((), (WEDNESDAY - timedelta(days=9), THURSDAY), FRIDAY, True),
    ],
)
def test_refused_when_a_day_was_declared_otherwise(
    holidays: tuple[date, ...], business_days: tuple[date, ...], day: date, business: bool
):
    """The first day that was of another nature is named, also one that is only left out."""
    (
        given(c.evolve, WEEK)
        .when(c.declare, holidays=holidays, business_days=business_days)
        .refuses(c.DayDeclaredOtherwise(day=day, business=business))
    )


def test_refused_when_it_contradicts_itself():
    """A day cannot be a holiday and a business day of one declaration."""
    (
        given(c.evolve)
        .when(c.declare, holidays=(FRIDAY,), business_days=(FRIDAY,))
        .refuses(c.DayDeclaredOtherwise(day=FRIDAY, business=False))
    )


@pytest.mark.parametrize(
    "first, last",
    [
        (WEDNESDAY, NEXT_FRIDAY),
        (FRIDAY, MONDAY),
        (FRIDAY, FRIDAY + timedelta(days=c.DECLARED_DAYS_MAX)),
    ],
)
def test_refused_outside_of_its_own_days(first: date, last: date):
    """A business day before the first day or after the last, or a range without end, is refused."""
    (
        given(c.evolve)
        .when(
            c.declare,
            holidays=(),
            business_days=(FRIDAY, WEDNESDAY),
            first_day=first,
            last_day=last,
        )
        .refuses(BadValue(field="business_days", reason="calendar-range"))
    )


def test_refused_with_one_end_only():
    """A range without business days needs both its ends, or none."""
    (
        given(c.evolve)
        .when(c.declare, holidays=(MONDAY,), business_days=(), first_day=FRIDAY)
        .refuses(BadValue(field="business_days", reason="calendar-range"))
    )


def test_of_nothing_but_holidays():
    """Holidays without a table hold for themselves; other days are judged by their weekday."""
    (
        given(c.evolve)
        .when(c.declare, holidays=(MONDAY,), business_days=())
        .then(
            c.CalendarDeclared(first_day=None, last_day=None, holidays=(MONDAY,), business_days=())
        )
    )


def test_overridden_by_a_banks_word():
    """An override stands above the declaration; the same word again is nothing new."""
    word = {"day": WEDNESDAY, "business": False}
    given(c.evolve, WEEK).when(c.set_override, **word, reason="Decreto 1/2026").then(OVERRIDE)
    given(c.evolve, WEEK, OVERRIDE).when(c.set_override, **word, reason="again").then()
    given(c.evolve).when(c.set_override, **word, reason="Decreto 1/2026").then(OVERRIDE)
    assert works(calendar_of(WEEK, OVERRIDE), FRIDAY, WEDNESDAY) == [True, False]


def test_refused_against_an_override():
    """Two overrides of one day do not contradict each other; the first reason is shown."""
    (
        given(c.evolve, OVERRIDE)
        .when(c.set_override, day=WEDNESDAY, business=True, reason="x")
        .refuses(c.DayOverriddenOtherwise(day=WEDNESDAY, business=False, reason="Decreto 1/2026"))
    )


def test_as_a_calendar_to_compute_with():
    """Declared days are as declared; beyond them weekdays work unless a fallback says otherwise."""
    state = fold(c.evolve, (WEEK,))
    calendar = c.business_calendar(state, fallback_holidays=frozenset((MONDAY, NEXT_FRIDAY)))
    days = (FRIDAY, SATURDAY, SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, NEXT_FRIDAY)
    expected = [True, False, False, False, False, True, True, False]
    assert works(calendar, *days) == expected


def test_as_a_calendar_when_nothing_was_declared():
    """Without any declaration the fallback and the weekday judge alone."""
    calendar = c.business_calendar(None, fallback_holidays=frozenset((MONDAY,)))
    assert works(calendar, FRIDAY, SATURDAY, MONDAY, TUESDAY) == [True, False, False, True]


def test_as_a_calendar_with_working_days_between_two_declarations():
    """Days that no declaration speaks of are not closed because others lie around them."""
    later = c.CalendarDeclared(
        first_day=date(2026, 4, 6),
        last_day=date(2026, 4, 6),
        holidays=(),
        business_days=(date(2026, 4, 6),),
    )
    good_friday = date(2026, 4, 3)
    calendar = c.business_calendar(
        fold(c.evolve, (WEEK, later)), fallback_holidays=frozenset((good_friday,))
    )
    between = (THURSDAY, date(2026, 3, 28), good_friday, date(2026, 4, 6))
    assert works(calendar, *between) == [True, False, False, True]


def test_as_a_calendar_that_is_closed_at_the_ends_of_what_was_declared():
    """A weekday that was declared, and not as a business day, is closed, wherever it lies."""
    closed_monday = c.CalendarDeclared(
        first_day=MONDAY, last_day=WEDNESDAY, holidays=(), business_days=(TUESDAY,)
    )
    assert works(calendar_of(closed_monday), MONDAY, TUESDAY, WEDNESDAY) == [False, True, False]


def test_under_a_stream_named_by_its_country():
    """A calendar is named, so that a store may hold several."""
    assert c.stream_of(name="AR") == "cal:AR"


days = st.integers(0, 12).map(lambda n: FRIDAY + timedelta(days=n))
declarations = st.fixed_dictionaries(
    {
        "holidays": st.lists(days, max_size=3).map(tuple),
        "business_days": st.lists(days, max_size=5).map(tuple),
    }
)


@for_all(st.lists(declarations, max_size=6))
def test_law_a_day_keeps_the_nature_that_it_was_first_declared_with(
    wanted: list[dict[str, tuple[date, ...]]],
):
    """Whatever is declared later, and the computed calendar says of each day what was declared."""
    history: History[c.DeclaredCalendar] = History(c.evolve)
    known: dict[date, bool] = {}
    for arguments in wanted:
        history.decide(c.declare, **arguments)
        if history.state is not None:
            assert known.items() <= history.state.declared.items()
            known = dict(history.state.declared)
    calendar = c.business_calendar(history.state)
    assert works(calendar, *known) == list(known.values())
