"""Match rates and daily positions."""

from __future__ import annotations

from datetime import timedelta

from application.rates import Counted, Share
from application.reports import daily_position, match_rates
from tests.domain.controls import MONDAY, TUESDAY
from tests.projections.test_documents import views_of
from tests.projections.world import World


def test_both_rates_say_what_they_leave_out():
    """Duplicates, withdrawn and unexpected lines could not be matched; of all lines they count."""
    world = World()
    one, two, three = (world.register(n, 100) for n in (1, 2, 3))
    world.match([world.deliver(1, 100)], [one])
    world.match([world.deliver(2, 100)], [two], evidence="D")
    world.match([world.deliver(3, 100)], [three], evidence="G", status="provisional")
    world.leave_open(world.deliver(4, 1), reason="ambiguous")
    world.leave_open(world.deliver(5, 2), reason="unexpected")
    world.mark_duplicate(world.deliver(6, 3), of="set:bank:017:1:E1")
    world.cancel_line(world.deliver(7, 4))
    world.deliver(8, -5)
    (rates,) = match_rates(views_of(world))
    assert rates.lines == Counted(count=8, minor=315)
    assert rates.of_matchable == Share(1, 5)
    assert rates.of_all == Share(1, 8)
    assert rates.by_people == Share(3, 8)
    assert rates.unjudged == Counted(count=1, minor=5)
    assert rates.open_by_reason == {
        "ambiguous": Counted(count=1, minor=1),
        "unexpected": Counted(count=1, minor=2),
    }
    assert rates.by_class["D"] == Counted(count=1, minor=100)


def test_a_rule_is_judged_by_what_it_made_and_lost():
    """Released matches leave the standing ones, and are remembered against their rule."""
    world = World()
    paid, line = world.register(1, 100), world.deliver(1, 100)
    match = world.match([line], [paid], rule="payer@1")
    assert match is not None
    world.release(match, contradicted=True)
    world.match([line], [paid], rule="identity@1")
    (rates,) = match_rates(views_of(world))
    made = {rule.rule: (rule.lines.count, rule.payments) for rule in rates.by_rule}
    assert made == {"identity@1": (1, 1), "payer@1": (0, 0)}
    lost = {rule.rule: (rule.matches_made, rule.matches_released) for rule in rates.by_rule}
    assert lost == {"identity@1": (1, 0), "payer@1": (1, 1)}
    assert (rates.matches, rates.released, rates.contradicted) == (2, 1, 1)
    assert rates.payments_reconciled == Share(1, 1)


def test_a_position_counts_on_the_day_the_payment_was_due():
    """Whenever the money came, it counts on the day its payment was due; the parts sum up."""
    world = World()
    one, two, three = world.register(1, 100), world.register(3, 60), world.register(5, 40)
    late = MONDAY + timedelta(days=4)
    world.match([world.deliver(1, 97, day=late)], [one])
    world.match([world.deliver(2, 20, day=late)], [two])
    world.take_back(world.deliver(3, -30, day=late), one, kind="refund")
    world.cancel(three)
    views = views_of(world)
    (position,) = daily_position(views, first=TUESDAY, last=TUESDAY)
    assert (position.day, position.currency, position.merchant) == (TUESDAY, "ARS", "M2|x")
    assert position.expected == Counted(count=3, minor=200)
    assert (position.settled_count, position.settled_minor) == (0, 117)
    assert (position.open_count, position.open_minor) == (2, 43)
    assert position.cancelled == Counted(count=1, minor=40)
    assert position.returned == Counted(count=1, minor=30)
    assert position.returns == {"refund": Counted(count=1, minor=30)}
    assert daily_position(views, first=MONDAY, last=MONDAY) == ()


def test_charges_count_with_the_merchant_whose_match_it_was():
    """Residuals of a match stand beside the payments they were taken from."""
    world = World()
    paid = world.register(2, 100)
    world.match([world.deliver(1, 103)], [paid])
    views = views_of(world)
    (position,) = daily_position(views, first=MONDAY, last=TUESDAY, merchant="M1", currency="ARS")
    assert position.charges == {"ACQ_FEE": 3}
    assert daily_position(views, first=MONDAY, last=TUESDAY, merchant="M3") == ()
