"""What is open, how old it is, and whom it needs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from application.ageing import AgeGroup, bucket_of
from application.reports import open_items, streams_of, summary
from tests.domain.controls import MONDAY
from tests.projections.test_documents import views_of
from tests.projections.world import ACCOUNTS, World


@pytest.mark.parametrize(
    "age,bucket",
    [(-1, "not due"), (0, "0-1"), (1, "0-1"), (2, "2-5"), (5, "2-5"), (6, "6-12"), (12, "6-12")],
)
def test_ages_fall_into_groups(age: int, bucket: str):
    """The groups end where they say."""
    assert bucket_of(age) == bucket
    assert bucket_of(13) == "over 12"


def test_a_payment_is_pending_until_its_break_day_is_over():
    """Its age counts from the day it was due; after the break day it is missing."""
    world = World()
    world.register(1, 100)
    views = views_of(world)
    seen = {
        day: [
            (item.age_days, item.bucket, item.reason) for item in open_items(views, as_of=day).items
        ]
        for day in (MONDAY, date(2026, 3, 15), date(2026, 3, 16))
    }
    assert list(seen.values()) == [
        [(-1, "not due", "pending")],
        [(12, "6-12", "pending")],
        [(13, "over 12", "missing")],
    ]


def test_what_was_not_there_on_the_day_is_not_shown():
    """Items that came into the world after the day are no part of it."""
    world = World()
    world.register(1, 100)
    world.deliver(1, 100)
    assert open_items(views_of(world), as_of=MONDAY - timedelta(days=1)).items == ()


def test_open_items_are_narrowed_and_grouped():
    """Filters combine, the oldest comes first, and groups count sizes whatever the sign."""
    world = World()
    world.register(1, 100)
    world.deliver(1, -30, day=MONDAY)
    late = world.deliver(3, 70, day=MONDAY - timedelta(days=1))
    other = world.deliver(2, 5)
    world.leave_open(other, reason="unexpected")
    views = views_of(world)
    found = open_items(views, as_of=MONDAY, kind="line", account=ACCOUNTS[1])
    assert found.items[0].item == late
    assert found.groups == (
        AgeGroup(kind="line", currency="ARS", bucket="0-1", count=2, minor=100),
    )
    (unexpected,) = open_items(views, as_of=MONDAY, reason="unexpected").items
    assert (unexpected.item, unexpected.needs_a_person) == (other, True)


@pytest.mark.parametrize("reason", ["unsealed", "provisional"])
def test_what_may_still_be_settled_by_what_comes_waits_for_no_person(reason: str):
    """A line whose window is open, or whose sum may be confirmed, is open and no exception."""
    world = World()
    world.leave_open(world.deliver(2, 5), reason=reason)
    (found,) = open_items(views_of(world), as_of=MONDAY, reason=reason).items
    assert not found.needs_a_person


def test_an_id_of_a_source_leads_to_its_streams():
    """A payment's id and a delivered row's are found, repeats included; unknown ones are not."""
    world = World()
    paid, line = world.register(1, 100), world.deliver(1, 100)
    world.deliver(1, 100, copy=1)
    views = views_of(world)
    assert streams_of(views, source_id="P1") == (paid,)
    assert streams_of(views, source_id="S1'") == (line,)
    assert streams_of(views, source_id="P9") == ()


def test_the_summary_counts_what_needs_a_person():
    """Items open for a reason and missing ones need somebody; contradictions count apart."""
    world = World()
    paid, line = world.register(1, 100), world.deliver(1, 100)
    world.register(2, 50)
    world.leave_open(world.deliver(2, 7), reason="unexpected")
    match = world.match([line], [paid])
    assert match is not None
    world.contradict(match)
    seen = summary(views_of(world), as_of=date(2026, 3, 16))
    assert (seen.needs_a_person.part, seen.needs_a_person.whole) == (2, 4)
    assert (seen.missing, seen.contradictions, seen.books_close) == (1, 1, True)
    assert (seen.auto_of_matchable.ppm, seen.auto_of_all.ppm) == (1_000_000, 500_000)
    assert seen.reasons["line", "unexpected"] == 1


def test_the_summary_of_nothing_is_nothing():
    """An empty store has no rates, no items and no accounts."""
    seen = summary(views_of(World()), as_of=MONDAY)
    assert (seen.position, seen.rates, seen.books, seen.auto_of_all.ppm) == (0, (), (), None)
    assert seen.books_close
