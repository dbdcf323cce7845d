"""One fault at a time on the whole service, each with the outcome that docs/faults.md lists.

SAME is what `come_to_rest` demands of every bank: facts that lead to the state of one undisturbed
batch, read models that equal a replay, everything numbered once, everything acknowledged there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

import pytest

from application.ports import StoreBusy, VersionConflict
from application.projecting import Projector
from application.sequencing.model import Pointer, Stored
from tests.projections.memory_views import MemoryViews
from tests.service.tiny import reconciler
from tests.simulation.service import NONE, NOON_MS, PROJECTORS, Died, Faults, Service
from tests.simulation.world import Message

SEEDS = range(3)


@dataclass
class Planned(Service):
    """A bank in which nothing happens by chance: `dies_at` counts the deaths left at a point."""

    faults: Faults = NONE
    poison: int = 0
    dies_at: dict[str, int] = field(default_factory=dict[str, int])
    at: dict[str, Callable[[], None]] = field(default_factory=dict[str, Callable[[], None]])
    busy: bool = False
    records_of: Callable[[list[Stored]], list[Stored]] = list

    def meanwhile(self, point: str) -> None:
        act = self.at.pop(point, None)
        if act is not None:
            act()
        if self.dies_at.get(point, 0) > 0:
            self.dies_at[point] -= 1
            raise Died(point)

    def throttled(self, streams: Iterable[str]) -> bool:
        return self.busy

    def delivered(self) -> list[Stored]:
        records, self.table.records = self.records_of(self.table.records), []
        return records


def planned(seed: int, **changes: object) -> Planned:
    return Planned(random=Random(seed), **changes)  # pyright: ignore[reportArgumentType]  (fields)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("point", ["before_append", "after_append"])
@pytest.mark.parametrize("deaths", [1, 4])
def test_killed_around_an_append_ends_the_same(seed: int, point: str, deaths: int):
    """Faults 9, 10, 11, 15: the message comes again, and finds what had been written. SAME."""
    service = planned(seed, dies_at={point: deaths})
    service.come_to_rest()
    assert service.dies_at[point] == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_message_that_comes_twice_changes_nothing(seed: int):
    """Fault 12: each message is delivered once more after all of them. SAME."""
    service = planned(seed)
    service.queue += [Message(100 + one.number, one.rows) for one in service.queue]
    service.come_to_rest()


@pytest.mark.parametrize("seed", SEEDS)
def test_poison_is_parked_and_all_others_go_on(seed: int):
    """Faults 14, 16: what cannot be read is set aside after five deliveries. PARKED."""
    service = planned(seed, poison=3)
    service.come_to_rest()
    assert [message.deliveries for message in service.parked] == [5, 5, 5]


def test_a_store_that_is_busy_for_ever_refuses_and_writes_nothing():
    """Fault 6: refused by name, no part is written; once it has time, SAME. REFUSED."""
    service = planned(0, busy=True)
    with pytest.raises(StoreBusy):
        reconciler(service.client()).run(service.queue[0].batch())
    assert service.table.written == []
    service.busy = False
    service.come_to_rest()


@pytest.mark.parametrize("seed", SEEDS)
def test_two_workers_on_one_message_conflict_and_end_the_same(seed: int):
    """Fault 8: who is too late is refused, comes again, and finds it done. SAME."""
    service = planned(seed)
    first = service.queue[0]
    service.at["before_append"] = lambda: service.handled(first)
    with pytest.raises(VersionConflict):
        reconciler(service.client()).run(first.batch())
    service.come_to_rest()


# Stream and sequencer.


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "records_of",
    [
        pytest.param(lambda records: records * 3, id="17-twice"),
        pytest.param(lambda records: records[::-1], id="18-in-any-order"),
        pytest.param(lambda records: records[::2] + records[1::2], id="22-side-by-side"),
    ],
)
def test_records_may_come_twice_and_in_any_order(
    seed: int, records_of: Callable[[list[Stored]], list[Stored]]
):
    """Faults 17, 18, 22: each commit has one position all the same. SAME."""
    planned(seed, records_of=records_of).come_to_rest()


@pytest.mark.parametrize("seed", SEEDS)
def test_sequencers_beside_each_other_end_the_same(seed: int):
    """Fault 22: three sequencers take turns at every call. SAME."""
    service = Service(random=Random(seed), faults=Faults(others=900, dies=0), poison=0)
    while service.steps < 400:
        service.step()
    service.come_to_rest()


def test_a_record_of_what_is_not_stored_is_named_and_its_neighbours_go_on():
    """Fault 19: the stream is parked by name, all others are numbered. PARKED."""
    ghost = Stored(Pointer("pay:ghost", 2, 1), NOON_MS)
    service = planned(0, records_of=lambda records: [ghost, *records])
    service.phantoms = 1
    service.come_to_rest()
    assert service.broken["pay:ghost"].version == 1


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kept", [0, 1], ids=["20-all-trimmed", "21-begun-late"])
def test_records_that_never_come_are_found_by_the_scan(seed: int, kept: int):
    """Faults 20, 21: each find is an alarm, and everything is numbered after it. ALARM, SAME."""
    service = planned(seed, records_of=lambda records: records[len(records) - kept :])
    service.come_to_rest()
    assert service.found > 0


def test_nothing_is_found_where_nothing_was_lost():
    """The alarm of faults 20 and 21 is silent while records come."""
    service = planned(0)
    service.come_to_rest()
    assert service.found == 0


# Projections.


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("point", ["before_project", "after_project"])
def test_a_projector_that_dies_around_its_write_ends_the_same(seed: int, point: str):
    """Fault 25: written with the answer lost, or not written: the next one goes on. SAME."""
    planned(seed, dies_at={point: 2}).come_to_rest()


@pytest.mark.parametrize("seed", SEEDS)
def test_an_older_write_after_a_newer_one_is_refused(seed: int):
    """Fault 27: a projector that was overtaken is refused by the gate and reads again. SAME."""
    service = planned(seed)
    overtaken: list[int] = []

    def overtake() -> None:
        overtaken.append(service.views.position())
        service.project(PROJECTORS - 1)

    service.at["before_project"] = overtake
    service.come_to_rest()
    assert overtaken == [0]


def test_a_projector_with_a_bug_is_seen_by_the_difference_and_rebuilt():
    """Fault 29: digests differ from those of a replay; made anew they are equal. ALARM, SAME."""
    service = planned(0)
    service.come_to_rest()
    key, document = next(service.views.all("payment_status"))
    at = service.views.position()
    wrong = {"payment_status": {key: {**document, "state": "wrong"}}}
    service.views.apply(after=at, position=at, documents=wrong)
    anew = MemoryViews()
    Projector(facts=service.client(), views=anew).catch_up()
    assert service.views.digest() != anew.digest()
    service.projectors[0].rebuild()
    assert service.views.digest() == anew.digest()
