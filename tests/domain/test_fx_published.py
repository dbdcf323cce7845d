"""A day has one rate for ever; publications add the days that had none."""

from datetime import date, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain import fx
from domain.errors import BadValue
from tests.domain.spec import History, given

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
PAIR = {"pair": "USDARS", "scale": 10_000}
FIRST = fx.FxRatesPublished(**PAIR, rates=(fx.DayRate(MONDAY, 11_974_812),))


def rates(*some: tuple[date, int]) -> tuple[fx.DayRate, ...]:
    return tuple(fx.DayRate(day, rate) for day, rate in some)


def test_in_order_of_days():
    """Rates are kept by day, whatever order they come in, and a rate said twice counts once."""
    wanted = rates((TUESDAY, 2), (MONDAY, 1), (TUESDAY, 2))
    (
        given(fx.evolve)
        .when(fx.publish, **PAIR, rates=wanted)
        .then(fx.FxRatesPublished(**PAIR, rates=rates((MONDAY, 1), (TUESDAY, 2))))
    )


def test_only_for_days_that_had_none():
    """Of a table that is published again and longer, only the new days are recorded."""
    wanted = rates((MONDAY, 11_974_812), (TUESDAY, 11_945_370))
    (
        given(fx.evolve, FIRST)
        .when(fx.publish, **PAIR, rates=wanted)
        .then(fx.FxRatesPublished(**PAIR, rates=rates((TUESDAY, 11_945_370))))
    )


def test_not_twice():
    """The same table, and an empty one, is nothing new."""
    given(fx.evolve, FIRST).when(fx.publish, **PAIR, rates=FIRST.rates).then()
    given(fx.evolve).when(fx.publish, **PAIR, rates=()).then()


def test_refused_with_another_rate_for_a_day():
    """Another rate for a known day is refused with both, before any new day is recorded."""
    (
        given(fx.evolve, FIRST)
        .when(fx.publish, **PAIR, rates=rates((TUESDAY, 1), (MONDAY, 11_974_813)))
        .refuses(fx.RatePublishedOtherwise(day=MONDAY, known=11_974_812, other=11_974_813))
    )


def test_refused_when_it_contradicts_itself():
    """Two rates for one day of one publication are refused."""
    (
        given(fx.evolve)
        .when(fx.publish, **PAIR, rates=rates((MONDAY, 1), (MONDAY, 2)))
        .refuses(fx.RatePublishedOtherwise(day=MONDAY, known=1, other=2))
    )


def test_refused_at_another_scale():
    """A table keeps its scale: the same numbers would mean other rates."""
    (
        given(fx.evolve, FIRST)
        .when(fx.publish, pair="USDARS", scale=100, rates=FIRST.rates)
        .refuses(fx.ScaleDiffers(pair="USDARS", known=10_000, other=100))
    )


@pytest.mark.parametrize(
    "rate, reason",
    [(0, "not-positive"), (-1, "not-positive"), (True, "not-an-integer"), ("1", "not-an-integer")],
)
def test_refused_when_a_rate_is_no_positive_integer(rate: int, reason: str):
    """Zero, less, a boolean and a text are no rates, nor scales."""
    (
        given(fx.evolve)
        .when(fx.publish, **PAIR, rates=rates((MONDAY, rate)))
        .refuses(BadValue(field="rates", reason=reason))
    )
    (
        given(fx.evolve)
        .when(fx.publish, pair="USDARS", scale=rate, rates=())
        .refuses(BadValue(field="scale", reason=reason))
    )


def test_refused_beyond_a_hundred_years():
    """A publication has a limit, so that a fact has one."""
    too_many = tuple(fx.DayRate(MONDAY + timedelta(days=n), 1) for n in range(fx.RATES_MAX + 1))
    (
        given(fx.evolve)
        .when(fx.publish, **PAIR, rates=too_many)
        .refuses(BadValue(field="rates", reason="too-large"))
    )


def test_under_a_stream_named_by_its_pair():
    """A pair has one table."""
    assert fx.stream_of(pair="USDARS") == "fx:USDARS"


days = st.integers(0, 5).map(lambda n: MONDAY + timedelta(days=n))
publications = st.lists(st.builds(fx.DayRate, days, st.integers(0, 3)), max_size=4).map(tuple)


@for_all(st.lists(publications, max_size=8))
def test_law_a_day_keeps_the_rate_that_was_first_published(wanted: list[tuple[fx.DayRate, ...]]):
    """Whatever is published later, and no fact tells a day's rate again."""
    history: History[fx.FxTable] = History(fx.evolve)
    known: dict[date, int] = {}
    for some in wanted:
        for fact in history.decide(fx.publish, **PAIR, rates=some) or ():
            assert isinstance(fact, fx.FxRatesPublished)
            told = {each.day: each.rate for each in fact.rates}
            assert not told.keys() & known.keys()
            known |= told
    assert (history.state.rates if history.state else {}) == known
    assert all(rate > 0 for rate in known.values())
