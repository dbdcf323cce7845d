"""Sequencers that compete: one thread, one seed, a call to the outside at a time.

Records come in a shuffled order, some of them twice; a sequencer may die before any call, lose a
call or its answer, or stop for a long time while its batch is delivered to another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from application.sequencing.lanes import Lanes
from application.sequencing.model import Pointer, Stored
from application.sequencing.ports import CommitReader, LogPages, Marks
from application.sequencing.reading import LogReader, Numbered, Place
from application.sequencing.sequencer import Ingested, Sequencer, Steps
from tests.sequencing.memory import Faults, MemoryCommits, MemoryLogPages, MemoryMarks

COMPETITORS = 4
STALLS_MAX = 8
ONE_LANE = Lanes(0, 1)


class Lost(Exception):  # noqa: N818  (the network is as it is)
    """A call, or its answer, was lost."""


class Disorder(AssertionError):  # noqa: N818  (it is a finding)
    """What the log holds is not what was written."""


@dataclass(frozen=True, kw_only=True)
class Odds:
    """Of a thousand."""

    twice: int = 250
    dies: int = 60
    loses: int = 30
    stalls: int = 10


@dataclass
class World:
    """What is stored, and where it may be lost."""

    random: Random
    odds: Odds
    commits: MemoryCommits = field(init=False)
    pages: MemoryLogPages = field(init=False)
    marks: MemoryMarks = field(init=False)

    def __post_init__(self) -> None:
        faults = Faults(before=self.lose, after=self.lose)
        self.commits = MemoryCommits(faults)
        self.pages = MemoryLogPages(faults)
        self.marks = MemoryMarks(faults)

    def lose(self, call: str) -> None:
        if self.odds.loses and self.chance(self.odds.loses):
            raise Lost(call)

    def chance(self, of_a_thousand: int) -> bool:
        return self.random.random() * 1_000 < of_a_thousand

    def write(self, *, streams: int, commits: int) -> list[Stored]:
        """Commits of one to three facts, some of them written together, as they are stored."""
        versions = [0] * streams
        written: list[Stored] = []
        while len(written) < commits:
            together: list[Pointer] = []
            for _ in range(1 if self.chance(700) else 3):
                at = int(self.random.random() * streams)
                facts = 1 + int(self.random.random() * 3)
                together.append(Pointer(f"pay:core:{at}", versions[at] + 1, facts))
                versions[at] += facts
            unit = tuple(together) if len(together) > 1 else ()
            written += self.store([Stored(one, 1 + len(written), unit) for one in together])
        return written

    def store(self, unit: list[Stored]) -> list[Stored]:
        """Commits of one write; as their records will tell of them."""
        assert all(self.commits.put(commit) for commit in unit)
        return unit


Make = Callable[[Lanes, CommitReader, LogPages, Marks], Sequencer]


def sequencer(lanes: Lanes, commits: CommitReader, pages: LogPages, marks: Marks) -> Sequencer:
    return Sequencer(lanes=lanes, commits=commits, pages=pages, marks=marks)


@dataclass
class _Competitor:
    batch: list[Stored]
    steps: Steps[Ingested]
    instance: Sequencer


def compete(
    seed: int,
    *,
    make: Make = sequencer,
    lanes: Lanes = ONE_LANE,
    commits: int = 40,
    streams: int = 7,
    odds: Odds | None = None,
    world: World | None = None,
) -> World:
    """Four sequencers number all commits of a world; raises Disorder where it went wrong."""
    world = world or World(Random(seed), odds or Odds())
    random = world.random
    written = world.write(streams=streams, commits=commits)
    queue = batches(world, written)
    running: list[_Competitor] = []
    idle = [make(lanes, world.commits, world.pages, world.marks) for _ in range(COMPETITORS)]
    tailing = Tailing(LogReader(world.pages, (lanes,)), Place())
    stalls = STALLS_MAX
    while queue or running:
        if queue and (idle or not running):
            instance = idle.pop() if idle else make(lanes, world.commits, world.pages, world.marks)
            batch = queue.pop(0)
            running.append(_Competitor(batch, instance.steps(batch), instance))
            continue
        one = running[int(random.random() * len(running))]
        if stalls and world.chance(world.odds.stalls):
            stalls -= 1
            queue.append(one.batch)  # delivered to somebody else, while this one still believes
        if world.chance(world.odds.dies):
            running.remove(one)
            queue.insert(0, one.batch)
            idle.append(make(lanes, world.commits, world.pages, world.marks))
            continue
        try:
            next(one.steps)
        except Lost:
            running.remove(one)
            queue.append(one.batch)
            idle.append(one.instance)
        except StopIteration as end:
            running.remove(one)
            idle.append(one.instance)
            _demand(not end.value.broken, f"broken: {end.value.broken}")
        tailing.look()
    whole = [(one.lane, one.position, one.pointer) for one in log_of(world, lanes)]
    followed = sorted((one.lane, one.position, one.pointer) for one in tailing.seen)
    _demand(followed == whole, "a reader that followed saw something else")
    demand_order(world, lanes, written)
    return world


def batches(world: World, written: Sequence[Stored]) -> list[list[Stored]]:
    """The records of the commits: some twice, neighbours shuffled, in batches of any size."""
    feed = [commit for commit in written for _ in range(1 + world.chance(world.odds.twice))]
    shuffled: list[Stored] = []
    while feed:
        some, feed = feed[:12], feed[12:]
        world.random.shuffle(some)
        shuffled += some
    cut: list[list[Stored]] = []
    while shuffled:
        size = 1 + int(world.random.random() * 9)
        cut.append(shuffled[:size])
        shuffled = shuffled[size:]
    return cut


@dataclass
class Tailing:
    """A reader that follows the log from wherever it has come to."""

    reader: LogReader
    place: Place
    seen: list[Numbered] = field(default_factory=list[Numbered])

    def look(self) -> None:
        new = list(self.reader.read(self.place))
        if new:
            self.seen += new
            self.place = new[-1].place


def log_of(world: World, lanes: Lanes) -> list[Numbered]:
    """The log as somebody reads it who begins now, by its places, lane after lane."""
    return list(LogReader(world.pages, (lanes,)).read(Place()))


def demand_order(world: World, lanes: Lanes, written: Sequence[Stored]) -> None:
    """Each commit once; positions and versions without a gap; writes whole, in each lane."""
    reader = LogReader(world.pages, (lanes,))
    versions: dict[str, int] = {}
    positions: dict[int, int] = {}
    seen: list[Pointer] = []
    for one in reader.read(Place()):
        number, pointer = one.lane, one.pointer
        _demand(one.position == positions.get(number, 0) + 1, f"position {one.position}")
        positions[number] = one.last_position
        _demand(pointer.first == versions.get(pointer.stream, 0) + 1, f"version of {pointer}")
        versions[pointer.stream] = pointer.last
        _demand(lanes.of(pointer.stream) == one.lane, f"lane of {pointer.stream}")
        seen.append(pointer)
    _demand(
        sorted(seen) == sorted(one.pointer for one in written),
        "something is missing, or there twice",
    )
    place = {pointer: number for number, pointer in enumerate(seen)}
    for one in written:
        lane = lanes.of(one.pointer.stream)
        places = sorted(place[each] for each in one.together if lanes.of(each.stream) == lane)
        whole = not places or places[-1] - places[0] == len(places) - 1
        _demand(whole, f"{one.together} is torn")


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise Disorder(what)
