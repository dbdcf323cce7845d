"""A small bank with something of everything that the page shows."""

from __future__ import annotations

from datetime import date, timedelta

from handlers.page.content import Content, content
from tests.domain.controls import MONDAY, TUESDAY
from tests.projections.test_documents import views_of
from tests.projections.world import World

AS_OF = TUESDAY + timedelta(days=30)


def busy_world() -> World:
    """Matches of three classes, a duplicate, a return, and open items of several reasons."""
    world = World()
    paid = world.register(1, 100_000)
    world.match([world.deliver(2, 100_000)], [paid], rule="identity@1")
    world.take_back(world.deliver(4, -30_000, day=TUESDAY), paid)
    group = [world.register(n, 10_000) for n in (2, 3)]
    world.match([world.deliver(6, 19_500, day=TUESDAY)], group, rule="payout@1", evidence="G")
    world.match([world.deliver(3, 700)], [world.register(4, 700)], rule="payer@1", evidence="C")
    world.mark_duplicate(world.deliver(8, 50, day=TUESDAY), of="set:bank:017:1:E4")
    world.leave_open(world.deliver(10, 1_234_567), reason="ambiguous", candidates=(paid,))
    world.leave_open(world.deliver(12, 5, currency="USD"), reason="unexpected")
    world.register(5, 42)
    return world


def shown(world: World, *, as_of: date = AS_OF) -> Content:
    """What the page of a world shows."""
    return content(views_of(world), as_of=as_of)


__all__ = ["AS_OF", "MONDAY", "TUESDAY", "busy_world", "shown"]
