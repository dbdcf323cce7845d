"""The whole service in one thread under one seed: whatever can go wrong goes wrong, in any order.

    messages ─▶ workers (intake, matching, posting) ─▶ table ─▶ records ─▶ sequencers ─▶ pages
                                                        ▲                                 │
    sweep: judge again, gap scan ───────────────────────┘            projectors ◀─────────┘

Above the ports it is the code of production. Every call to a port is a point at which others act
meanwhile, or the process dies (`Faults.dies`). A step is one such act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final

from adapters.system import FixedClock
from application.batch import InputRefused
from application.ports import StoreBusy, VersionConflict, WriteUnknown
from application.projecting import Projector
from application.sequencing.announcing import SLICE_MS, Announcer
from application.sequencing.gap_scan import LATE_MS, GapScan
from application.sequencing.lanes import Lanes
from application.sequencing.model import BrokenStream, Pointer, Stored
from application.sequencing.sequencer import Sequencer, Steps
from tests.projections.memory_views import MemoryViews
from tests.service.tiny import Remembered, Row, reconcile, reconciler, state_of
from tests.simulation.checks import Broken, Safety, demand
from tests.simulation.store import Client, Network, Table
from tests.simulation.views import Handle
from tests.simulation.world import Message, made_rows, messages

LANES: Final = Lanes(0, 1)
NOON_MS: Final = 1_772_463_600_000

WORKERS, SEQUENCERS, PROJECTORS = 2, 3, 2
DELIVERIES_MAX: Final = 5
"""Deliveries of a message that cannot be read, before it is parked."""

DEPTH_MAX: Final = 2
"""Processes that may be stopped amid their work while yet another one acts."""

DRAIN_MAX: Final = 5_000
"""Steps in which a healthy service must come to rest."""


class Died(BaseException):
    """A process ended; nothing of it is left but what it wrote."""


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Of a thousand chances each; `others` is how often somebody else acts at a call."""

    lost_request: int = 30
    lost_answer: int = 30
    throttled: int = 30
    dies: int = 15
    others: int = 300
    twice: int = 150
    dropped: int = 15
    phantom: int = 3


NONE = Faults(
    lost_request=0, lost_answer=0, throttled=0, dies=0, others=0, twice=0, dropped=0, phantom=0
)

MakeSequencer = Callable[[Table], Sequencer]


def sound_sequencer(table: Table) -> Sequencer:
    return Sequencer(lanes=LANES, commits=table.commits, pages=table.pages, marks=table.marks)


@dataclass
class Running:
    """Steps of a sequencer or a scan, and the records to be delivered again if it dies."""

    steps: Steps[object]
    records: list[Stored]


@dataclass
class Service(Network):
    """One small bank from its first message to its rest."""

    random: Random
    faults: Faults = field(default_factory=Faults)
    make_sequencer: MakeSequencer = sound_sequencer
    read_back: bool = True
    gate: bool = True
    payments: int = 4
    poison: int = 1
    table: Table = field(default_factory=Table)
    views: MemoryViews = field(default_factory=MemoryViews)
    parked: list[Message] = field(default_factory=list[Message])
    broken: dict[str, BrokenStream] = field(default_factory=dict[str, BrokenStream])
    lost: int = 0
    found: int = 0
    steps: int = 0
    trace: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.clock = FixedClock(NOON_MS)
        self.rows: list[Row] = made_rows(self.random, payments=self.payments)
        self.queue = messages(self.random, self.rows, poison=self.poison)
        self.busy_workers = self.depth = self.writers = self.phantoms = 0
        self.sequencers: list[Running | None] = [None] * SEQUENCERS
        self.instances = [self.make_sequencer(self.table) for _ in range(SEQUENCERS)]
        self.scan: Running | None = None
        self.projecting: set[int] = set()
        self.projectors = [self.projector() for _ in range(PROJECTORS)]
        self.safety = Safety(self.table, self.views)

    # The world.

    def chance(self, of_a_thousand: int) -> bool:
        return of_a_thousand > 0 and self.random.random() * 1_000 < of_a_thousand

    def send(self) -> bool:
        return not self.chance(self.faults.lost_request)

    def answer(self) -> bool:
        return not self.chance(self.faults.lost_answer)

    def throttled(self, streams: Iterable[str]) -> bool:
        return self.chance(self.faults.throttled)

    def meanwhile(self, point: str) -> None:
        if self.chance(self.faults.dies):
            raise Died(point)
        if self.depth < DEPTH_MAX and self.chance(self.faults.others):
            self.depth += 1
            try:
                for _ in range(1 + int(self.random.random() * 6)):
                    self.step()
            finally:
                self.depth -= 1

    def refused(self, write_id: int) -> None:
        demand(
            all(row.write_id != write_id for row in self.table.written),
            "a conflict was reported for a write of our own",
        )

    def client(self) -> Client:
        self.writers += 1
        announcer = Announcer(
            self.table.announcements, clock=self.clock, writer=f"w-{self.writers}"
        )
        return Client(self.table, self, announcer, self.clock.now_ms, read_back=self.read_back)

    def projector(self) -> Projector:
        handle = Handle(self.views, self.meanwhile, gate=self.gate)
        return Projector(facts=self.client(), views=handle, chunk_facts=7)

    # Steps.

    def step(self) -> None:
        """Somebody acts; then everything that always holds is looked at."""
        self.steps += 1
        self.clock.start_ms += int(self.random.random() * 2_000)
        drawn = self.random.random()
        if drawn < 0.70:
            self.sequence(int(self.random.random() * SEQUENCERS))
        elif drawn < 0.85:
            self.look_for_gaps()
        elif drawn < 0.93:
            self.project(int(self.random.random() * PROJECTORS))
        elif drawn < 0.98:
            self.work()
        elif drawn < 0.985:
            self.sweep()
        else:
            self.clock.start_ms += SLICE_MS // 3
        self.safety.look()

    def work(self) -> None:
        """A worker takes a message; it stays in the queue until it is done."""
        waiting = [one for one in self.queue if one not in self.parked]
        if not waiting or self.busy_workers >= WORKERS:
            return
        message = waiting[int(self.random.random() * min(4, len(waiting)))]
        message.deliveries += 1
        self.said(f"message {message.number}")
        self.busy_workers += 1
        try:
            self.handled(message)
        except (Died, StoreBusy, WriteUnknown, VersionConflict) as failed:
            self.said(f"message {message.number}: {type(failed).__name__}")
        finally:
            self.busy_workers -= 1

    def handled(self, message: Message) -> None:
        before = len(self.table.written)
        try:
            if message.poisoned:
                raise InputRefused(file="body", place="line 1", reason="no JSON")
            reconciler(self.client()).run(message.batch())
        except InputRefused as refused:
            demand(message.poisoned, f"message {message.number}: {refused}")
            if message.deliveries >= DELIVERIES_MAX and message in self.queue:
                self.queue.remove(message)
                self.parked.append(message)
            return
        self.safety.acknowledged += self.table.written[before:]
        if message in self.queue and not self.chance(self.faults.twice):
            self.queue.remove(message)

    def sweep(self) -> None:
        """Whatever was recorded and not judged, because its worker died, is judged."""
        with suppress(Died, StoreBusy, WriteUnknown, VersionConflict):
            reconciler(self.client()).judge_again(correlation="sweep")

    def sequence(self, number: int) -> None:
        running = self.sequencers[number]
        if running is None:
            records = self.delivered()
            if records:
                self.sequencers[number] = Running(self.instances[number].steps(records), records)
            return
        if self.chance(self.faults.dies):
            self.table.records[:0] = running.records
            self.sequencers[number] = None
            self.instances[number] = self.make_sequencer(self.table)
            return
        if not self.advanced(running):
            self.sequencers[number] = None

    def advanced(self, running: Running) -> bool:
        """Take a step; False at the end."""
        try:
            self.said(str(next(running.steps)))
        except StopIteration as end:
            broken = getattr(end.value, "broken", ())
            self.broken |= {one.stream: one for one in broken}
            self.found += len(getattr(end.value, "lost", ()))
            return False
        return True

    def delivered(self) -> list[Stored]:
        """The next records: some twice, some never, in any order within a stretch."""
        size = 1 + int(self.random.random() * 6)
        records, self.table.records = self.table.records[:size], self.table.records[size:]
        found: list[Stored] = []
        for record in records:
            real = (record.pointer.stream, record.pointer.first) in self.table.rows
            if real and self.chance(self.faults.dropped):
                self.lost += 1
                continue
            found.append(record)
            if self.chance(self.faults.twice):
                self.table.records.append(record)
        if self.chance(self.faults.phantom):
            self.phantoms += 1
            found.append(Stored(Pointer(f"pay:ghost:{self.phantoms}", 2, 1), NOON_MS))
        self.random.shuffle(found)
        return found

    def look_for_gaps(self) -> None:
        if self.scan is None:
            if self.random.random() < 0.05:
                now_ms = self.clock.now_ms()
                scan = GapScan(
                    sequencer=self.make_sequencer(self.table),
                    announcements=self.table.announcements,
                    commits=self.table.commits,
                    marks=self.table.marks,
                )
                self.scan = Running(scan.steps(now_ms=now_ms), [])
        elif self.chance(self.faults.dies) or not self.advanced(self.scan):
            self.scan = None

    def project(self, number: int) -> None:
        if number in self.projecting:
            return
        self.projecting.add(number)
        try:
            self.projectors[number].catch_up()
        except Died:
            self.projectors[number] = self.projector()
        except VersionConflict:
            self.said(f"projector {number} was too slow")
        finally:
            self.projecting.discard(number)

    def said(self, what: str) -> None:
        self.trace.append(what)

    # Its end.

    def come_to_rest(self) -> None:
        """Heal everything, deliver everything: it must end, and be as if nothing had happened."""
        self.faults = NONE
        for _ in range(DRAIN_MAX):
            if self.rested():
                break
            self.drained()
        else:
            raise Broken("it does not come to rest")
        self.safety.look()
        self.safety.kept()
        self.demand_the_end()

    def drained(self) -> None:
        self.work()
        for number in range(SEQUENCERS):
            while self.table.records or self.sequencers[number]:
                self.sequence(number)
        if not self.queue:
            self.clock.start_ms += LATE_MS + 1
            self.sweep()
            while self.scan is None:
                self.look_for_gaps()
            while self.scan is not None:
                self.look_for_gaps()
        self.project(0)

    def rested(self) -> bool:
        """Nothing is in flight, everything has its position, and judging again finds nothing."""
        if self.queue or self.table.records or any(self.sequencers):
            return False
        if sum(self.table.versions.values()) != self.client().head():
            return False
        before = len(self.table.written)
        self.sweep()
        return len(self.table.written) == before

    def demand_the_end(self) -> None:
        demand(all(one.poisoned for one in self.parked), "something good was parked")
        demand(len(self.parked) == self.poison, "poison is not parked")
        demand(len(self.broken) == self.phantoms, "phantoms are not parked")
        once = reconcile(Remembered(), self.rows)
        kept = self.safety.registry
        demand(state_of(kept) == state_of(once.registry), "it ended otherwise than one batch")
        self.projectors[0].catch_up()
        anew = MemoryViews()
        Projector(facts=self.client(), views=anew).catch_up()
        demand(self.views.digest() == anew.digest(), "read models are not those of a replay")


def lived(seed: int, *, steps: int, **changes: object) -> Service:
    """A service from this seed, after so many steps and its rest. Raises Broken."""
    service = Service(random=Random(seed), **changes)  # pyright: ignore[reportArgumentType]  (fields)
    while service.steps < steps:
        service.step()
    service.come_to_rest()
    return service
