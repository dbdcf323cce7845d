"""One order for all: positions without a gap, each seen once, whoever writes.

The library's own cases do not see a log whose gaps are filled late; these do.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import DataError, IntegrityError, StoredEvent

from adapters.dynamodb import Factory
from adapters.dynamodb.appending import InlineLog, NewCommit
from adapters.dynamodb.calls import BATCH_ROUNDS_MAX, Calls
from adapters.dynamodb.items import (
    BUCKET_POSITIONS,
    PAGE_POSITIONS_MAX,
    CommitRef,
    Page,
    StoredFact,
    encode_page,
    stream_key,
)
from adapters.dynamodb.recorders import DynamoApplicationRecorder
from adapters.dynamodb_refusals import ItemBroken
from adapters.system import Entropy, FixedClock
from application.ports import StoreBusy

NewRecorder = Callable[[], DynamoApplicationRecorder]

WRITERS, FACTS_EACH = 8, 3


@pytest.fixture
def new_recorder(environment: dict[str, str]) -> Generator[NewRecorder]:
    """Recorders on one log, each as another process would have it."""
    factories: list[Factory] = []

    def new() -> DynamoApplicationRecorder:
        factories.append(Factory(environment))
        recorder = factories[-1].application_recorder()
        assert isinstance(recorder, DynamoApplicationRecorder)
        return recorder

    yield new
    for factory in factories:
        factory.close()


def events(
    stream: str | UUID, *versions: int, topic: str = "t", state: bytes = b"state"
) -> list[StoredEvent]:
    return [
        StoredEvent(originator_id=stream, originator_version=version, topic=topic, state=state)
        for version in versions
    ]


def tailed(new_recorder: NewRecorder, *, inserts: int) -> list[int]:
    """The positions that a reader sees who follows while eight processes write."""
    done = Event()
    recorders = [new_recorder() for _ in range(WRITERS)]
    reader = new_recorder()

    def write(writer: int) -> None:
        for insert in range(inserts):
            recorders[writer].insert_events(events(f"s{writer}-{insert}", 1, 2, 3))

    def tail() -> list[int]:
        seen: list[int] = []
        while True:
            ended = done.is_set()  # asked first, so that the last look comes after the last write
            found = reader.select_notifications(
                seen[-1] if seen else None, 100, inclusive_of_start=False
            )
            seen += [notification.id for notification in found]
            if ended and not found:
                return seen

    with ThreadPoolExecutor(max_workers=WRITERS + 1) as threads:
        seen = threads.submit(tail)
        try:
            list(threads.map(write, range(WRITERS)))
        finally:
            done.set()
    return seen.result()


def test_a_tailing_reader_beside_eight_writers_sees_all_in_order(new_recorder: NewRecorder):
    """Each position once, rising, none left out."""
    assert tailed(new_recorder, inserts=3) == list(range(1, WRITERS * 3 * FACTS_EACH + 1))


@pytest.mark.services
def test_a_tailing_reader_beside_eight_busy_writers(new_recorder: NewRecorder):
    """The same for a thousand facts."""
    assert tailed(new_recorder, inserts=40) == list(range(1, WRITERS * 40 * FACTS_EACH + 1))


class CounterThenWrite(InlineLog):
    """The mistake: a position is taken from a counter first, and the page written afterwards."""

    def take(self, count: int) -> int:
        """The first of so many positions."""
        answer: Any = self.reader.calls.client.update_item(
            TableName=self.reader.tables.named("tracking"),
            Key={"pk": {"S": f"{self.reader.tenant}/counter"}},
            UpdateExpression="ADD c :n",
            ExpressionAttributeValues={":n": {"N": str(count)}},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["c"]["N"]) - count + 1

    def write(self, position: int, commit: NewCommit) -> None:
        """The commit and its page, at a position that was taken."""
        page = Page(
            tenant=self.reader.tenant,
            lane=self.reader.lane,
            position=position,
            recorded_at_ms=1,
            commits=(commit.ref,),
        )
        write = self._prepared([commit])
        there = self._write(write, page, beside=(), round_=0)
        assert there is None


def test_the_mistake_of_counting_first_is_caught(new_recorder: NewRecorder):
    """Where a later position is there before an earlier one, no reader passes over the gap."""
    recorder = new_recorder()
    mistaken = CounterThenWrite(recorder.reader, clock=FixedClock(1))

    def commit(stream: str) -> NewCommit:
        return NewCommit(stream_key(recorder.reader.tenant, stream), 1, (StoredFact("t", b""),))

    mistaken.write(mistaken.take(1), commit("first"))
    slow = mistaken.take(1)
    mistaken.write(mistaken.take(1), commit("quick"))
    with pytest.raises(DataError, match="goes on at 3"):
        recorder.select_notifications(1, 10)
    assert recorder.select_notifications(1, 10, inclusive_of_start=False) == []
    mistaken.write(slow, commit("slow"))
    late = recorder.select_notifications(1, 10, inclusive_of_start=False)
    assert [each.originator_id for each in late] == ["slow", "quick"]


# Streams.


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_stale_writer_is_refused_after_a_commit_of_several_events(
    new_recorder: NewRecorder, version: int
):
    """Whoever stands inside of a commit is stale, although no item has that version as its key."""
    here, there = new_recorder(), new_recorder()
    here.insert_events(events("s", 1, 2, 3))
    for recorder in (here, there):
        with pytest.raises(IntegrityError):
            recorder.insert_events(events("s", version))
        with pytest.raises(IntegrityError):
            recorder.insert_events(events("s", version, version + 1, version + 2, version + 3))
    assert there.insert_events(events("s", 4)) == [4]


def test_a_writer_whose_memory_is_stale_is_refused(new_recorder: NewRecorder):
    """What a process remembers of a stream is checked by the write itself."""
    here, there = new_recorder(), new_recorder()
    here.insert_events(events("s", 1))
    there.insert_events(events("s", 2, 3))
    with pytest.raises(IntegrityError):
        here.insert_events(events("s", 2))
    assert here.insert_events(events("s", 4)) == [4]


@pytest.mark.parametrize("versions", [(5,), (2, 3, 7), (0, 1, 3)])
def test_a_gap_is_refused(new_recorder: NewRecorder, versions: tuple[int, ...]):
    """Neither before nor inside of what is written may a version be missing."""
    recorder = new_recorder()
    recorder.insert_events(events("s", 1)) if versions[0] else None
    with pytest.raises(IntegrityError):
        recorder.insert_events(events("s", *versions))
    with pytest.raises(IntegrityError):
        recorder.insert_events(events("empty", 2))


def test_nothing_can_be_put_before_the_beginning(new_recorder: NewRecorder):
    """A stream that began at 1 gets no version 0."""
    recorder = new_recorder()
    recorder.insert_events(events("s", 1, 2))
    with pytest.raises(IntegrityError):
        recorder.insert_events(events("s", 0))


def test_several_streams_are_one_transaction_in_the_given_order(new_recorder: NewRecorder):
    """Positions follow the order of the events, also where streams take turns; all or nothing."""
    recorder = new_recorder()
    given = [*events("a", 1), *events("b", 1), *events("a", 2), *events("b", 2, 3)]
    assert recorder.insert_events(given) == [1, 2, 3, 4, 5]
    found = recorder.select_notifications(1, 10)
    assert [(each.originator_id, each.originator_version) for each in found] == [
        ("a", 1),
        ("b", 1),
        ("a", 2),
        ("b", 2),
        ("b", 3),
    ]
    with pytest.raises(IntegrityError):
        recorder.insert_events([*events("a", 3), *events("b", 3)])
    assert len(recorder.select_events("a")) == 2
    assert recorder.max_notification_id() == 5


def test_texts_and_uuids_are_different_streams(new_recorder: NewRecorder):
    """An id comes back as what it was, and a text that looks like a UUID is a text."""
    recorder = new_recorder()
    uuid = UUID(int=7)
    for stream in (uuid, uuid.hex, str(uuid), "a/b#c", "ñ"):
        recorder.insert_events(events(stream, 1))
        assert recorder.select_events(stream)[0].originator_id == stream
    found = [each.originator_id for each in recorder.select_notifications(1, 10)]
    assert found == [uuid, uuid.hex, str(uuid), "a/b#c", "ñ"]


def test_a_commit_above_350_kb_is_read_as_one(new_recorder: NewRecorder):
    """Pieces of a large commit are one transaction, and reading shows no seam."""
    recorder = new_recorder()
    large = events("s", *range(1, 8), state=b"x" * 100_000)
    assert recorder.insert_events(large) == list(range(1, 8))
    assert recorder.select_events("s") == large
    assert [e.originator_version for e in recorder.select_events("s", gt=2, lte=5)] == [3, 4, 5]
    down = recorder.select_events("s", gt=2, desc=True, limit=2)
    assert [event.originator_version for event in down] == [7, 6]
    assert [each.id for each in recorder.select_notifications(3, 3)] == [3, 4, 5]


@pytest.mark.parametrize(
    "given",
    [
        events("s", 1, state=b"x" * 400_000),
        [event for number in range(100) for event in events(f"s{number}", 1)],
        events("s", *range(1, 42), state=b"x" * 110_000),
        events("s" * 3_000, 1),
        events("s", *range(1, PAGE_POSITIONS_MAX + 2), topic="", state=b""),
    ],
    ids=["fact", "items", "bytes", "key", "positions"],
)
def test_what_does_not_fit_is_refused_before_it_is_sent(
    new_recorder: NewRecorder, given: Sequence[StoredEvent]
):
    """Fault 45: an item, a transaction or a key that is too large; nothing is written."""
    recorder = new_recorder()
    with pytest.raises(DataError):
        recorder.insert_events(given)
    assert recorder.max_notification_id() is None


# The log.


def test_more_commits_than_one_call_fetches(new_recorder: NewRecorder):
    """Notifications are complete and in order, however many items it takes to fetch them."""
    recorder = new_recorder()
    for start in range(0, 240, 60):
        recorder.insert_events(
            [event for n in range(start, start + 60) for event in events(f"s{n}", 1)]
        )
    found = recorder.select_notifications(1, 1_000)
    assert [each.id for each in found] == list(range(1, 241))
    assert [each.id for each in recorder.select_notifications(7, 150, stop=120)] == list(
        range(7, 121)
    )


def test_the_log_goes_on_over_its_buckets(new_recorder: NewRecorder):
    """After millions of positions the end is found, the next page follows, and is read."""
    recorder = new_recorder()
    reader = recorder.reader
    pages = 5 * BUCKET_POSITIONS // PAGE_POSITIONS_MAX - 1
    for number in range(pages):
        page = Page(
            tenant=reader.tenant,
            lane=0,
            position=1 + number * PAGE_POSITIONS_MAX,
            recorded_at_ms=1,
            commits=(CommitRef(f"{reader.tenant}/none", 1, PAGE_POSITIONS_MAX),),
        )
        reader.calls.client.put_item(TableName=reader.tables.named("log"), Item=encode_page(page))
    end = pages * PAGE_POSITIONS_MAX
    assert new_recorder().max_notification_id() == end
    assert new_recorder().insert_events(events("s", 1, 2)) == [end + 1, end + 2]
    found = new_recorder().select_notifications(end + 2, 10)
    assert [(each.id, each.originator_version) for each in found] == [(end + 2, 2)]
    assert new_recorder().max_notification_id() == end + 2


def test_the_first_page_of_a_bucket_may_begin_within_it(new_recorder: NewRecorder):
    """A page lies where its first position lies, and is found by each of its positions."""
    recorder = new_recorder()
    reader = recorder.reader
    start = 1
    while start < BUCKET_POSITIONS:
        count = min(PAGE_POSITIONS_MAX, BUCKET_POSITIONS - start)
        commits = (CommitRef(f"{reader.tenant}/none", 1, count),)
        page = Page(tenant=reader.tenant, lane=0, position=start, recorded_at_ms=1, commits=commits)
        reader.calls.client.put_item(TableName=reader.tables.named("log"), Item=encode_page(page))
        start += count
    assert recorder.insert_events(events("s", 1, 2, 3)) == [
        BUCKET_POSITIONS,
        BUCKET_POSITIONS + 1,
        BUCKET_POSITIONS + 2,
    ]
    assert recorder.insert_events(events("s", 4)) == [BUCKET_POSITIONS + 3]
    found = new_recorder().select_notifications(BUCKET_POSITIONS + 1, 10)
    assert [each.originator_version for each in found] == [2, 3, 4]


def test_a_commit_that_the_log_names_and_nobody_has(new_recorder: NewRecorder):
    """A missing item is a fault with its place, never passed over."""
    recorder = new_recorder()
    recorder.insert_events(events("s", 1))
    recorder.reader.calls.client.delete_item(
        TableName=recorder.reader.tables.named("events"),
        Key={"pk": {"S": f"{recorder.reader.tenant}/s"}, "sk": {"N": "1"}},
    )
    with pytest.raises(DataError, match="not there"):
        recorder.select_notifications(1, 10)


class LeavesOver:
    """A client that answers one item a call."""

    def __init__(self) -> None:
        self.calls = 0

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        self.calls += 1
        ((table, asked),) = RequestItems.items()
        first, *rest = asked["Keys"]
        left = {table: {**asked, "Keys": rest}} if rest else {}
        return {"Responses": {table: [first]}, "UnprocessedKeys": left}


def test_what_is_left_over_is_asked_for_again():
    """A batch that comes in parts is complete in the end, or the store is called busy."""
    client: Any = LeavesOver()
    calls = Calls(client, waiting=FixedClock(0), entropy=Entropy())
    wanted = [{"pk": {"S": str(n)}} for n in range(20)]
    assert list(calls.fetch("t", wanted)) == wanted
    assert client.calls == 20
    with pytest.raises(StoreBusy):
        list(calls.fetch("t", [{"pk": {"S": str(n)}} for n in range(BATCH_ROUNDS_MAX + 1)]))


# Subscriptions.


def test_a_subscription_resumes_where_another_one_ended(new_recorder: NewRecorder):
    """What others recorded comes too; resumed, it neither misses nor repeats anything."""
    here, there = new_recorder(), new_recorder()
    here.insert_events(events("a", 1, 2))
    with here.subscribe(gt=0) as subscription:
        seen = [next(subscription).id, next(subscription).id]
        there.insert_events(events("b", 1))
        seen.append(next(subscription).id)
    there.insert_events(events("b", 2, 3))
    with there.subscribe(gt=seen[-1]) as subscription:
        seen += [next(subscription).id, next(subscription).id]
    assert seen == [1, 2, 3, 4, 5]
    assert here.listeners == there.listeners == set()


def test_a_broken_log_ends_a_subscription_with_its_reason(new_recorder: NewRecorder):
    """A reader that cannot go on says why, and does not wait for ever."""
    recorder = new_recorder()
    recorder.insert_events(events("s", 1))
    broken = {"pk": {"S": f"{recorder.reader.tenant}/00/00000000"}, "sk": {"N": "2"}}
    recorder.reader.calls.client.put_item(
        TableName=recorder.reader.tables.named("log"), Item=broken
    )
    with pytest.raises(DataError) as failed, recorder.subscribe(gt=0) as subscription:
        list(subscription)
    assert isinstance(failed.value.__cause__, ItemBroken)
