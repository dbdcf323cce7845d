"""The projector keeps up, whoever else does, and stops where transactions stop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sqlite_views import SqliteViewStore
from application.ports import VersionConflict
from application.projecting import TRANSACTION_FACTS_MAX, Projector, ViewsAheadOfFacts, chunks
from domain.facts import Recorded
from projections.catalogue import MODELS
from tests.projections.memory_facts import MemoryFacts
from tests.projections.memory_views import MemoryViews
from tests.projections.world import World


def a_world() -> World:
    world = World()
    world.match([world.deliver(1, 60), world.deliver(2, 40)], [world.register(1, 100)])
    return world


def test_it_applies_what_is_new_and_says_how_much():
    """Only facts after the kept position are applied; a second run has nothing to do."""
    world, views = a_world(), MemoryViews()
    projector = Projector(facts=world.facts, views=views)
    assert projector.catch_up() == 6
    assert projector.catch_up() == 0
    world.register(2, 5)
    assert projector.catch_up() == 1
    assert views.position() == 7


def test_it_tells_how_far_it_is():
    """After each chunk the position and the end are told."""
    told: list[tuple[int, int]] = []
    projector = Projector(facts=a_world().facts, views=MemoryViews(), chunk_facts=2)
    projector.catch_up(lambda position, head: told.append((position, head)))
    assert told == [(2, 6), (6, 6)]


def test_a_transaction_is_not_cut():
    """A chunk is prolonged to the end of the transaction that it would cut."""
    facts = a_world().facts.recorded
    assert [len(chunk) for chunk in chunks(facts, size=1)] == [1, 1, 1, 3]
    assert [len(chunk) for chunk in chunks(facts, size=4)] == [6]


def test_an_endless_transaction_is_cut():
    """Beyond its limit, a transaction is cut after all: memory has an end."""
    world = World()
    world.register(1, 1)
    same = world.facts.recorded * (TRANSACTION_FACTS_MAX + 5)
    assert [len(chunk) for chunk in chunks(same, size=1)] == [TRANSACTION_FACTS_MAX + 1, 4]


def test_the_embedded_store_ends_at_the_same_bytes(tmp_path: Path):
    """In SQLite as in memory: the same documents, and the same digest whatever the chunks."""
    world, memory = a_world(), MemoryViews()
    Projector(facts=world.facts, views=memory).catch_up()
    digests: set[str] = set()
    for chunk_facts in (1, 1000):
        folder = tmp_path / str(chunk_facts)
        folder.mkdir()
        with SqliteViewStore.open(folder) as views:
            Projector(facts=world.facts, views=views, chunk_facts=chunk_facts).catch_up()
            digests.add(views.digest())
            for model in MODELS:
                assert list(views.all(model)) == list(memory.all(model))
    assert len(digests) == 1


class Rival(MemoryFacts):
    """Facts that somebody else applies to the same views while we read them."""

    def __init__(self, world: World, views: MemoryViews) -> None:
        super().__init__()
        self.recorded = world.facts.recorded
        self._views = views
        self.times = 1

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        if self.times:
            self.times -= 1
            Projector(facts=self, views=self._views, chunk_facts=2).catch_up()
        return super().facts(after=after, sealed=sealed)


def test_it_goes_on_from_where_somebody_else_got():
    """A projector that is overtaken applies nothing twice, and ends at the same bytes."""
    world, views, alone = a_world(), MemoryViews(), MemoryViews()
    Projector(facts=world.facts, views=alone).catch_up()
    assert Projector(facts=Rival(world, views), views=views).catch_up() == 0
    assert views.digest() == alone.digest()


class Beaten(MemoryViews):
    """Views whose position others move each time."""

    def begin(self, **_: object) -> None:
        raise VersionConflict(stream="views", expected_version=0)


def test_it_gives_up_after_so_many_defeats():
    """Somebody who is always faster ends in a refusal, not in a loop."""
    with pytest.raises(VersionConflict):
        Projector(facts=a_world().facts, views=Beaten()).catch_up()


def test_views_of_other_facts_are_refused_and_can_be_rebuilt():
    """Read models that are ahead of the facts belong to others; rebuilding makes them ours."""
    world, views = a_world(), MemoryViews()
    views.apply(after=0, position=99, documents={"alias": {"x": {"names": []}}})
    projector = Projector(facts=world.facts, views=views)
    with pytest.raises(ViewsAheadOfFacts) as refused:
        projector.catch_up()
    assert refused.value == ViewsAheadOfFacts(position=99, head=6)
    assert projector.rebuild() == 6
    assert views.get_many("alias", ("x",)) == {}
