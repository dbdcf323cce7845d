"""A feed's watermark rises, and never falls."""

from datetime import date, timedelta

from hypothesis import given as for_all
from hypothesis import strategies as st

from domain import feed as f
from tests.domain.spec import History, fold, given

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
THROUGH_TUESDAY = f.FeedWatermarkAdvanced(through=TUESDAY)


def test_advances():
    """The first watermark and every later one is recorded."""
    given(f.evolve).when(f.advance, through=TUESDAY).then(THROUGH_TUESDAY)
    monday = f.FeedWatermarkAdvanced(through=MONDAY)
    given(f.evolve, monday).when(f.advance, through=TUESDAY).then(THROUGH_TUESDAY)


def test_stays_where_it_is():
    """The same day again, or a day that was passed, is nothing new."""
    given(f.evolve, THROUGH_TUESDAY).when(f.advance, through=TUESDAY).then()
    given(f.evolve, THROUGH_TUESDAY).when(f.advance, through=MONDAY).then()


def test_stands_under_a_stream_named_by_kind_and_source():
    """Payments of a source and days of an account are feeds of their own."""
    assert f.stream_of(kind="payments", source="core") == "feed:payments:core"
    assert f.stream_of(kind="bank", source="285") == "feed:bank:285"


days = st.integers(0, 30).map(lambda n: MONDAY + timedelta(days=n))


@for_all(st.lists(days, min_size=1))
def test_law_is_the_highest_day_that_was_ever_said(said: list[date]):
    """In whatever order days are said, each fact is above the one before it."""
    history: History[f.Feed] = History(f.evolve)
    for day in said:
        history.decide(f.advance, through=day)
    assert history.state == f.Feed(through=max(said))
    told = [fact.through for fact in history.facts if isinstance(fact, f.FeedWatermarkAdvanced)]
    assert told == sorted(set(told))


@for_all(
    st.lists(days, min_size=1).map(lambda some: [f.FeedWatermarkAdvanced(through=d) for d in some])
)
def test_law_does_not_depend_on_the_order_of_its_facts(facts: list[f.FeedWatermarkAdvanced]):
    """Facts that were stored, in whatever order, lead to the highest of them."""
    assert fold(f.evolve, facts) == f.Feed(through=max(fact.through for fact in facts))
