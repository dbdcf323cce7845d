"""The fact store in stream numbering: the port's promises, and what only it has to promise.

The contract is that of the embedded store and of inline numbering, on a store whose writer lets a
sequencer go on after each append. What differs says so, with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock
from typing import Any, ClassVar

import pytest

from adapters.dynamodb.calls import Calls, new_client
from adapters.dynamodb.facts import DynamoFactStore, Numbering
from adapters.dynamodb.tables import Tables
from adapters.dynamodb.tenant_log import TenantLog
from adapters.system import Entropy, FixedClock
from application.consistency import still_waiting, token_of
from application.ports import (
    NO_POSITION_YET,
    AppendTooLarge,
    Clock,
    Commit,
    FactStore,
    VersionConflict,
)
from application.projecting import Projector
from application.sequencing.announcing import slice_of
from application.sequencing.gap_scan import LATE_MS, SCAN_MARK
from application.sequencing.model import LaneClosed, Stored
from application.sequencing.sequencer import run
from domain.facts import Recorded
from tests.adapters.contract_facts import (
    FACTS_EACH,
    INSERTS,
    NOW_MS,
    WRITERS,
    FactStoreContract,
    tailed,
)
from tests.adapters.contract_samples import (
    NAMELESS,
    OTHER,
    REGISTERED,
    STREAM,
    allocated,
    commit,
)
from tests.fixtures.aws_faults import LOST_ANSWER, faulty
from tests.projections.memory_views import MemoryViews

OpenStore = Callable[..., DynamoFactStore]


class Sequenced(DynamoFactStore):
    """A store beside which a sequencer hears of each append at once."""

    sequencers: TenantLog
    turn: ClassVar = Lock()

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        answered = super().append(commits)
        with self.turn:
            self.sequencers.sequencer().ingest(records_of(self.sequencers, commits))
        return answered


def records_of(log: TenantLog, commits: Sequence[Commit]) -> list[Stored]:
    """What the table's stream tells of these commits."""
    return [
        log.commits.commits(each.stream, first=each.expected_version + 1)[0]
        for each in commits
        if each.facts
    ]


@pytest.fixture
def open_store(environment: dict[str, str], tables: Tables, tenant: str) -> Generator[OpenStore]:
    """Opens the test's one store, as often as wanted: each time as another process would."""
    opened: list[DynamoFactStore] = []

    def open_one(
        clock: Clock | None = None,
        *,
        kind: type[DynamoFactStore] = DynamoFactStore,
        numbering: Numbering = "stream",
    ) -> DynamoFactStore:
        clock = clock or FixedClock(NOW_MS)
        calls = Calls(new_client(), waiting=FixedClock(0), entropy=Entropy())
        given: Any = {"tables": tables, "tenant": tenant, "clock": clock}
        store = kind(calls, **given, master_key=b"k" * 32, entropy=Entropy(), numbering=numbering)
        if isinstance(store, Sequenced):
            store.sequencers = log_of(store)
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore) -> DynamoFactStore:
    return open_store()


def log_of(store: DynamoFactStore) -> TenantLog:
    reader = store.reader
    clock = FixedClock(NOW_MS)
    return TenantLog(reader.calls, tables=reader.tables, tenant=reader.tenant, clock=clock)


@pytest.fixture
def log(store: DynamoFactStore) -> TenantLog:
    """The tenant's log, whose scan has been at work until now."""
    made = log_of(store)
    made.marks.raise_to({SCAN_MARK: slice_of(NOW_MS) - 2})
    return made


def number(log: TenantLog, *commits: Commit) -> None:
    """Let the sequencer hear of these commits."""
    log.sequencer().ingest(records_of(log, commits))


class TestStreamFactStore(FactStoreContract):
    """The contract, in stream numbering."""

    @pytest.fixture
    def store_of(self, open_store: OpenStore) -> Callable[[Clock], FactStore]:
        return lambda clock: open_store(clock, kind=Sequenced)

    def test_a_fact_comes_back_as_it_went_in(self, store: FactStore):
        """The same but for its position.

        The writer puts one item and is done, so neither the answer nor the stream can know it.
        """
        (recorded,) = store.append([commit(REGISTERED)])
        assert (recorded.stream, recorded.version) == (STREAM, 1)
        assert recorded.position == NO_POSITION_YET
        assert store.stream(STREAM) == (recorded,)
        assert tuple(store.facts()) == (replace(recorded, position=1),)

    def test_versions_count_in_the_stream_and_positions_in_the_store(self, store: FactStore):
        """The same; positions are those of the log, for the answer has none."""
        first = store.append([commit(REGISTERED, allocated(1)), commit(NAMELESS, stream=OTHER)])
        second = store.append([commit(allocated(2), expected=2)])
        assert [fact.fact_id for fact in first] == [f"{STREAM}@1", f"{STREAM}@2", f"{OTHER}@1"]
        assert second[0].version == 3
        assert store.head() == 4
        found = list(store.facts())
        assert [one.position for one in found] == [1, 2, 3, 4]
        assert [one.fact_id for one in found] == [one.fact_id for one in (*first, *second)]

    def test_a_tailing_reader_misses_nothing(self, store: FactStore):
        """The same with fewer facts, for each is another round of the sequencer."""
        inserts = INSERTS // 5
        last = WRITERS * inserts * FACTS_EACH
        assert tailed(store, inserts=inserts) == list(range(1, last + 1))


# What is written and has no position yet.


def test_what_nobody_numbered_is_in_its_stream_and_not_in_the_order_of_all(
    store: DynamoFactStore, log: TenantLog
):
    """It is read where a decision needs it, and by no reader of the log until it has its place."""
    new = commit(REGISTERED, allocated(1))
    answered = store.append([new])
    assert store.stream(STREAM) == answered
    assert [one.position for one in answered] == [NO_POSITION_YET] * 2
    assert (store.head(), list(store.facts())) == (0, [])
    assert tuple(store.written()) == answered
    number(log, new)
    assert (store.head(), [one.position for one in store.facts()]) == (2, [1, 2])
    assert list(store.written()) == list(store.facts())


def test_all_that_is_written_is_read_once_and_in_the_order_of_its_stream(
    store: DynamoFactStore, log: TenantLog
):
    """First what is numbered, then what waits, of streams new and old."""
    first = [commit(REGISTERED), commit(NAMELESS, stream=OTHER)]
    store.append(first)
    number(log, *first)
    store.append([commit(allocated(1), allocated(2), expected=1)])
    store.append([commit(REGISTERED, stream="pay:core:P3")])
    store.append([commit(allocated(3), expected=3)])
    found = [(one.fact_id, one.position == NO_POSITION_YET) for one in store.written()]
    assert found[:2] == [(f"{STREAM}@1", False), (f"{OTHER}@1", False)]
    assert sorted(found[2:]) == [
        *((f"{STREAM}@{version}", True) for version in (2, 3, 4)),
        ("pay:core:P3@1", True),
    ]
    mine = [each for each, _ in found if each.startswith(STREAM)]
    assert mine == [f"{STREAM}@{version}" for version in (1, 2, 3, 4)]
    assert [one.fact for one in store.written(sealed=True)].count(REGISTERED) == 0


def test_half_of_an_append_is_never_read(store: DynamoFactStore, log: TenantLog):
    """An append that happens between two of our looks is left out, with all that rests on it."""
    store.append([commit(REGISTERED)])
    store.append([commit(NAMELESS, stream=OTHER)])
    store.append([commit(allocated(1), expected=1), commit(allocated(1), stream=OTHER, expected=1)])
    store.append([commit(allocated(2), stream=OTHER, expected=2)])
    seen = log.waiting([OTHER], known={})  # as if the other stream had been looked at before
    assert [(one.key.partition("/")[2], one.version) for one in seen] == [(OTHER, 1)]
    assert len(log.waiting([STREAM, OTHER], known={})) == 5


def test_what_is_numbered_while_it_is_read_is_read_once(store: DynamoFactStore, log: TenantLog):
    """A sequencer at work between the two parts of a reading makes nothing come twice or never."""
    new = commit(REGISTERED)
    store.append([new])
    reading = store.written()
    number(log, new)
    assert [one.fact_id for one in reading] == [f"{STREAM}@1"]


def test_a_scan_that_was_at_work_hides_nothing(store: DynamoFactStore, log: TenantLog):
    """What the scan has dealt with has its position; what came since is announced."""
    store.append([commit(REGISTERED)])
    later = NOW_MS + LATE_MS
    assert len(log.gap_scan().scan(now_ms=later).lost) == 1
    assert [one.position for one in store.written()] == [1]
    store.append([commit(allocated(1), expected=1)])
    assert [one.version for one in store.written()] == [1, 2]


# Following.


def test_a_reader_goes_on_where_it_stood(open_store: OpenStore, log: TenantLog):
    """Read models take each fact once and in order, however often the reader begins again."""
    writer, views = open_store(kind=Sequenced), MemoryViews()
    for number_ in range(4):
        writer.append([commit(REGISTERED, stream=f"pay:core:{number_}")])
        assert Projector(facts=open_store(), views=views).catch_up() == 1
    anew = MemoryViews()
    Projector(facts=open_store(), views=anew).catch_up()
    assert views.digest() == anew.digest()


def test_sequencers_that_race_with_writers_number_everything_once(open_store: OpenStore):
    """Each of several writers has a sequencer of its own; positions have no gap in the end."""
    stores = [open_store() for _ in range(4)]
    logs = [log_of(store) for store in stores]

    def write(number_: int) -> None:
        for version in range(3):
            new = commit(allocated(version), stream=f"pay:core:{number_}", expected=version)
            stores[number_].append([new])
            number(logs[number_], new)

    with ThreadPoolExecutor(max_workers=4) as writers:
        list(writers.map(write, range(4)))
    found = list(open_store().facts())
    assert [one.position for one in found] == list(range(1, 13))
    for number_ in range(4):
        own = [one.version for one in found if one.stream == f"pay:core:{number_}"]
        assert own == [1, 2, 3]


# What a write answers.


def test_a_token_tells_when_a_write_shows(store: DynamoFactStore, log: TenantLog):
    """Before it has a position one waits; then one waits for that position, and then no more."""
    new = [commit(REGISTERED), commit(NAMELESS, stream=OTHER)]
    token = token_of(store.append(new))
    assert token is not None
    assert still_waiting(token, through=0, facts=store) == token
    number(log, *new)
    known = still_waiting(token, through=1, facts=store)
    assert known not in (None, token)
    other = commit(REGISTERED, stream="pay:core:P3")
    store.append([other])
    number(log, other)
    assert still_waiting(known, through=1, facts=store) == known
    assert still_waiting(known, through=2, facts=store) is None


def test_an_answer_that_was_lost_is_the_facts_that_are_stored(store: DynamoFactStore):
    """What append answers after a lost answer is what everybody reads, nonces and all."""
    with faulty(store.reader.calls.client) as faults:
        faults.only, faults.key, faults.plan = "PutItem", STREAM, [LOST_ANSWER, "", LOST_ANSWER]
        answered = store.append([commit(REGISTERED, allocated(1))])
    assert store.stream(STREAM) == answered


# Its limits.


def test_a_stream_s_time_never_falls_among_processes(open_store: OpenStore):
    """A process whose clock is behind records a stream's next fact at the time of the last one.

    Along the log the time may fall from one stream to another: nobody looks at both.
    """
    open_store(FixedClock(NOW_MS)).append([commit(REGISTERED)])
    behind = open_store(FixedClock(NOW_MS - 5_000))
    (late,) = behind.append([commit(allocated(1), expected=1)])
    (other,) = behind.append([commit(NAMELESS, stream=OTHER)])
    assert late.recorded_at_ms == NOW_MS
    assert other.recorded_at_ms == NOW_MS - 5_000


@pytest.mark.usefixtures("log")
def test_a_hundred_commits_are_one_append(store: DynamoFactStore):
    """As many as the store says it takes; one more is refused and nothing is written."""

    def commits(count: int) -> list[Commit]:
        return [commit(allocated(n), stream=f"pay:core:{count}-{n}") for n in range(count)]

    most = store.commits_max
    store.append(commits(most))
    with pytest.raises(AppendTooLarge, match=f"{most + 1} items"):
        store.append(commits(most + 1))
    assert len(list(store.written())) == most


def test_a_log_of_several_lanes_is_not_read_as_one_order(store: DynamoFactStore, log: TenantLog):
    """Where a lane was closed the log goes on elsewhere: said, and not taken for its end."""
    new = commit(REGISTERED)
    store.append([new])
    number(log, new)
    run(log.sequencer().close(0))
    for read in (store.head, store.facts, store.written):
        with pytest.raises(LaneClosed):
            read()


def test_a_store_that_was_numbered_inline_goes_on_in_stream_numbering(
    open_store: OpenStore, log: TenantLog
):
    """What has its position keeps it, though no mark says so and records of it come late."""
    inline = open_store(numbering="inline")
    old = [commit(REGISTERED, allocated(1)), commit(NAMELESS, stream=OTHER)]
    inline.append(old)
    store = open_store()
    new = commit(allocated(2), expected=2)
    store.append([new])
    number(log, new)
    assert log.sequencer().ingest(records_of(log, old)).commits == 0
    found = [(one.position, one.fact_id) for one in store.facts()]
    assert found == [
        (1, f"{STREAM}@1"),
        (2, f"{STREAM}@2"),
        (3, f"{OTHER}@1"),
        (4, f"{STREAM}@3"),
    ]
    assert [one.position for one in store.written()] == [1, 2, 3, 4]


def test_a_stale_writer_is_refused(open_store: OpenStore):
    """A writer that believes an old end of the stream is refused by the write itself."""
    here, there = open_store(), open_store()
    here.append([commit(REGISTERED, allocated(1))])
    assert [one.version for one in there.stream(STREAM)] == [1, 2]
    there.append([commit(allocated(2), expected=2)])
    with pytest.raises(VersionConflict):
        here.append([commit(allocated(3), expected=2)])
