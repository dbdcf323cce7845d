"""Lost requests, lost answers, throttling and conflicts: what is written, and what we say of it.

The numbers of faults are those of docs/dynamodb.md.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from eventsourcing.persistence import (
    DataError,
    IntegrityError,
    OperationalError,
    StoredEvent,
    Tracking,
)

from adapters.dynamodb.appending import Appender, End, InlineLog, NewCommit
from adapters.dynamodb.calls import ABSENT, ATTEMPTS_MAX, Calls, new_client
from adapters.dynamodb.items import StoredFact, key_of, stream_key
from adapters.dynamodb.reading import Reader
from adapters.dynamodb.recorders import (
    DynamoAggregateRecorder,
    DynamoApplicationRecorder,
    DynamoProcessRecorder,
)
from adapters.dynamodb.tables import Tables
from adapters.system import Entropy, FixedClock
from application.ports import StoreBusy, StoreUnusable, VersionConflict, WriteUnknown
from tests.fixtures.aws_faults import (
    CONFLICT,
    LOST_ANSWER,
    LOST_REQUEST,
    SERVER_FAULT,
    THROTTLED,
    Faults,
    faulty,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW_MS = 1_794_835_230_000


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW_MS)


@pytest.fixture
def reader(
    environment: dict[str, str], tables: Tables, tenant: str, clock: FixedClock
) -> Generator[Reader]:
    client = new_client()
    yield Reader(Calls(client, waiting=clock, entropy=Entropy()), tables=tables, tenant=tenant)
    client.close()


@pytest.fixture
def faults(reader: Reader) -> Generator[Faults]:
    with faulty(reader.calls.client) as made:
        yield made


@pytest.fixture(params=[Appender, InlineLog], ids=["stream", "inline"])
def appender(request: pytest.FixtureRequest, reader: Reader, clock: FixedClock) -> Appender:
    """The writer of each way to number: one put, or one transaction."""
    return request.param(reader, clock=clock)


@pytest.fixture
def inline(reader: Reader, clock: FixedClock) -> InlineLog:
    return InlineLog(reader, clock=clock)


def commit(reader: Reader, version: int, *, state: bytes = b"{}", stream: str = "s") -> NewCommit:
    return NewCommit(stream_key(reader.tenant, stream), version, (StoredFact("t", state),))


def stored(reader: Reader, stream: str = "s") -> list[tuple[int, bytes]]:
    """Versions and states of a stream as it lies in the table."""
    commits = reader.commits(stream_key(reader.tenant, stream))
    return [(each.version, each.facts[0].state) for each in commits]


def numbered(reader: Reader) -> list[int]:
    return [page.position for page in reader.pages(1)]


# The hooks bite.


def test_a_lost_answer_is_a_write_that_happened(bare: DynamoDBClient, tables: Tables, tenant: str):
    """Without our hands, botocore calls our own write a conflict: the reason for all of this."""
    put: Any = {
        "TableName": tables.named("snapshots"),
        "Item": key_of(f"{tenant}/s", 1),
        "ConditionExpression": ABSENT,
    }
    with faulty(bare) as faults:
        faults.plan = [LOST_REQUEST]
        with pytest.raises(ConnectionClosedError):
            bare.put_item(**put)
        faults.plan = [LOST_ANSWER]
        with pytest.raises(ConnectionClosedError):
            bare.put_item(**put)
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            bare.put_item(**put)
        faults.plan = [THROTTLED]
        with pytest.raises(ClientError, match=THROTTLED):
            bare.put_item(**put)
    assert faults.calls == [
        "PutItem lost request",
        "PutItem lost answer",
        "PutItem",
        "PutItem ProvisionedThroughputExceededException",
    ]


# Written, although something was lost.


@pytest.mark.parametrize("fault", [LOST_REQUEST, LOST_ANSWER, THROTTLED, SERVER_FAULT])
@pytest.mark.parametrize("times", [1, 2, ATTEMPTS_MAX - 1])
def test_what_is_lost_on_the_way_is_written_once(
    appender: Appender, reader: Reader, faults: Faults, fault: str, times: int
):
    """Faults 1, 2, 3 and 5: some attempts fail, one is answered, the fact is there once."""
    appender.append([commit(reader, 1)])
    faults.only = "PutItem" if type(appender) is Appender else "TransactWriteItems"
    faults.plan = [fault] * times
    faults.calls.clear()
    appender.append([commit(reader, 2)])
    assert len(faults.calls) == times + 1
    assert [version for version, _ in stored(reader)] == [1, 2]
    assert numbered(reader) == ([] if type(appender) is Appender else [1, 2])


def test_every_answer_is_lost_and_the_fact_is_there(
    appender: Appender, reader: Reader, faults: Faults
):
    """Fault 2 to its end: no attempt is answered, and what is read back is our own."""
    faults.plan = [LOST_ANSWER] * ATTEMPTS_MAX
    faults.only = "PutItem" if type(appender) is Appender else "TransactWriteItems"
    appender.append([commit(reader, 1)])
    assert len(faults.calls) == ATTEMPTS_MAX
    assert stored(reader) == [(1, b"{}")]


def test_the_token_has_expired(inline: InlineLog, reader: Reader, faults: Faults):
    """Fault 4: without the token's help, our own write is known by its write id."""

    def forget(params: dict[str, Any], **_: Any) -> None:
        params["ClientRequestToken"] += "!"  # each attempt under another one

    hooks: Any = reader.calls.client.meta.events
    hooks.register("before-parameter-build.dynamodb.TransactWriteItems", forget)
    faults.plan = ["", LOST_ANSWER, LOST_ANSWER]  # the first call asks for the stream's end
    faults.only = ""
    appended = inline.append([commit(reader, 1)])
    assert appended.position == 1
    assert (stored(reader), numbered(reader)) == ([(1, b"{}")], [1])


def test_a_transaction_in_conflict_is_tried_again(
    inline: InlineLog, reader: Reader, faults: Faults
):
    """Fault 7: somebody else's transaction was at it; after a pause it is our turn."""
    faults.only = "TransactWriteItems"
    faults.plan = [CONFLICT, CONFLICT]
    inline.append([commit(reader, 1)])
    assert len(faults.calls) == 3
    assert numbered(reader) == [1]


def test_pauses_grow_and_are_drawn(reader: Reader, clock: FixedClock, faults: Faults):
    """Time passes between attempts, and two writers do not wait for the same time."""
    appender = Appender(reader, clock=clock)
    faults.only, faults.then_always = "PutItem", THROTTLED
    waited: list[int] = []
    for number in range(3):
        before = clock.start_ms
        with pytest.raises(StoreBusy):
            appender.append([commit(reader, 1, stream=f"s{number}")])
        waited.append(clock.start_ms - before)
    assert len(set(waited)) > 1
    assert all(ATTEMPTS_MAX - 1 <= each <= 2_000 for each in waited)


# Not written, or nobody knows.


def test_a_store_that_is_busy_to_the_end_wrote_nothing(
    appender: Appender, reader: Reader, faults: Faults
):
    """Fault 6: throttled each time; it is said so, and no part of it is there."""
    faults.plan = [""]  # the question for the stream's end
    faults.then_always = THROTTLED
    with pytest.raises(StoreBusy) as busy:
        appender.append([commit(reader, 1), commit(reader, 1, stream="other")])
    assert busy.value.reason == THROTTLED
    faults.then_always = ""
    assert stored(reader) == stored(reader, "other") == []


def test_one_busy_tenant_holds_up_no_other(
    reader: Reader, faults: Faults, clock: FixedClock, new_tenant: Callable[[], str]
):
    """Fault 46: a hot partition refuses its own tenant; the others do not notice."""
    calm = Reader(reader.calls, tables=reader.tables, tenant=new_tenant())
    faults.key, faults.then_always = f"{reader.tenant}/", THROTTLED
    with pytest.raises(StoreBusy):
        InlineLog(reader, clock=clock).append([commit(reader, 1)])
    InlineLog(calm, clock=clock).append([commit(calm, 1)])
    assert stored(calm) == [(1, b"{}")]


@pytest.mark.parametrize("fault", [LOST_REQUEST, SERVER_FAULT])
def test_what_cannot_be_known_is_not_called_a_conflict(
    appender: Appender, reader: Reader, faults: Faults, fault: str
):
    """No attempt was answered and nothing is there: unknown, and the same may be sent again."""
    faults.only = "PutItem" if type(appender) is Appender else "TransactWriteItems"
    faults.then_always = fault
    with pytest.raises(WriteUnknown):
        appender.append([commit(reader, 1)])
    faults.then_always = ""
    appender.append([commit(reader, 1)])
    assert stored(reader) == [(1, b"{}")]


def test_a_store_that_falls_silent_leaves_it_unknown(
    appender: Appender, reader: Reader, faults: Faults
):
    """Written, never answered, and not even read back: that is unknown too."""
    appender.append([commit(reader, 1)])
    faults.plan = [LOST_ANSWER]
    faults.then_always = LOST_REQUEST
    with pytest.raises(WriteUnknown):
        appender.append([commit(reader, 2)])
    faults.then_always = ""
    assert [version for version, _ in stored(reader)] == [1, 2]


@pytest.mark.parametrize("plan", [[], [LOST_REQUEST], [THROTTLED], [LOST_ANSWER]])
def test_a_true_conflict_stays_one(
    appender: Appender,
    reader: Reader,
    faults: Faults,
    clock: FixedClock,
    plan: list[str],
):
    """Fault 8: somebody else wrote between our look and our put; also when answers are lost."""
    other = Appender(reader, clock=clock)
    appender.append([commit(reader, 1)])
    faults.only = "PutItem" if type(appender) is Appender else "TransactWriteItems"
    faults.plan = plan
    faults.before = lambda: put_aside(other, commit(reader, 2, state=b"theirs"), faults)
    with pytest.raises(VersionConflict) as refused:
        appender.append([commit(reader, 2, state=b"ours")])
    assert refused.value == VersionConflict(stream="s", expected_version=1)
    assert stored(reader)[1] == (2, b"theirs")
    assert numbered(reader) == ([] if type(appender) is Appender else [1])


def put_aside(other: Appender, theirs: NewCommit, faults: Faults) -> None:
    """Somebody else's write, which no fault meets."""
    plan, faults.plan = faults.plan, []
    other.append([theirs])
    faults.plan = plan


def test_all_answers_are_lost_and_somebody_else_was_there(
    reader: Reader, faults: Faults, clock: FixedClock
):
    """What is read back in the end is theirs: a conflict, for certain."""
    ours, theirs = Appender(reader, clock=clock), Appender(reader, clock=clock)
    theirs.append([commit(reader, 1)])
    ours.append([commit(reader, 2)])
    theirs.append([commit(reader, 3, state=b"theirs")])
    faults.only, faults.then_always = "PutItem", LOST_ANSWER
    with pytest.raises(VersionConflict):
        ours.append([commit(reader, 3, state=b"ours")])
    assert stored(reader)[2] == (3, b"theirs")


def test_a_call_that_is_wrong_is_not_tried_again(reader: Reader, faults: Faults, clock: FixedClock):
    """What will never be taken is said at once, without a word of its content."""
    faults.only, faults.then_always = "PutItem", "AccessDeniedException"
    with pytest.raises(StoreUnusable) as refused:
        Appender(reader, clock=clock).append([commit(reader, 1)])
    assert refused.value.reason == "DynamoDB refused the call: AccessDeniedException"
    assert len(faults.calls) == 1


def test_nobody_listens(reader: Reader, clock: FixedClock, tables: Tables):
    """A server that cannot be reached has written nothing, and is called busy."""
    nowhere = Calls(new_client(endpoint_url="http://127.0.0.1:9"), waiting=clock, entropy=Entropy())
    lonely = Reader(nowhere, tables=tables, tenant=reader.tenant)
    with pytest.raises(StoreBusy):
        lonely.last_page()
    nowhere.client.close()


# The plain recorders, which carry no command id.


def event(version: int, state: bytes = b"state") -> StoredEvent:
    return StoredEvent(originator_id="s", originator_version=version, topic="t", state=state)


Make = Callable[[Reader, FixedClock], DynamoAggregateRecorder]

RECORDERS: dict[str, Make] = {
    "aggregate": lambda reader, clock: DynamoAggregateRecorder(Appender(reader, clock=clock)),
    "application": lambda reader, clock: DynamoApplicationRecorder(InlineLog(reader, clock=clock)),
    "process": lambda reader, clock: DynamoProcessRecorder(InlineLog(reader, clock=clock)),
}


@pytest.mark.parametrize("kind", RECORDERS)
@pytest.mark.parametrize("number", range(6))
def test_an_answer_lost_at_any_call_changes_nothing(
    reader: Reader, faults: Faults, clock: FixedClock, kind: str, number: int
):
    """Whichever call of an insertion loses its answer, the events are there once, and we say so."""
    recorder = RECORDERS[kind](reader, clock)
    recorder.insert_events([event(1)])
    faults.plan = [""] * number + [LOST_ANSWER]
    recorder.insert_events([event(2), event(3)])
    events = recorder.select_events("s")
    assert [each.originator_version for each in events] == [1, 2, 3]


def test_the_same_event_of_somebody_else_is_no_lost_answer(
    reader: Reader, faults: Faults, clock: FixedClock
):
    """Two writers of the very same bytes are two writers: the second is refused."""
    DynamoAggregateRecorder(Appender(reader, clock=clock)).insert_events([event(1)])
    second = DynamoAggregateRecorder(Appender(reader, clock=clock))
    second.appender.tails.remember(stream_key(reader.tenant, "s"), End(0, 0))
    faults.only, faults.plan = "PutItem", [LOST_REQUEST, LOST_ANSWER]
    with pytest.raises(IntegrityError):
        second.insert_events([event(1)])


@pytest.mark.parametrize("fault", [LOST_REQUEST, LOST_ANSWER])
def test_tracking_is_recognised_too(reader: Reader, faults: Faults, clock: FixedClock, fault: str):
    """A follower's position whose answer was lost is there, and is no conflict; a repeat is."""
    recorder = DynamoProcessRecorder(InlineLog(reader, clock=clock))
    faults.only, faults.plan = "PutItem", [fault]
    recorder.insert_tracking(Tracking("upstream", 7))
    faults.plan = [fault] * ATTEMPTS_MAX if fault == LOST_ANSWER else []
    recorder.insert_tracking(Tracking("upstream", 8))
    assert recorder.max_tracking_id("upstream") == 8
    with pytest.raises(IntegrityError):
        recorder.insert_tracking(Tracking("upstream", 8))
    faults.then_always = LOST_REQUEST
    with pytest.raises(OperationalError):
        recorder.insert_tracking(Tracking("upstream", 9))


def test_events_and_tracking_are_both_there_or_neither(
    reader: Reader, faults: Faults, clock: FixedClock
):
    """With the answer lost, or the tracking refused, the two never part."""
    recorder = DynamoProcessRecorder(InlineLog(reader, clock=clock))
    faults.only, faults.plan = "TransactWriteItems", [LOST_ANSWER]
    assert recorder.insert_events([event(1)], tracking=Tracking("upstream", 1)) == [1]
    with pytest.raises(IntegrityError):
        recorder.insert_events([event(2)], tracking=Tracking("upstream", 1))
    assert len(recorder.select_events("s")) == 1
    assert recorder.insert_events([event(2)], tracking=Tracking("upstream", 2)) == [2]


@pytest.mark.parametrize("kind", RECORDERS)
def test_errors_are_those_of_the_library(
    reader: Reader, faults: Faults, clock: FixedClock, kind: str
):
    """Taken is IntegrityError, busy and unknown OperationalError, too large DataError."""
    recorder = RECORDERS[kind](reader, clock)
    recorder.insert_events([event(1)])
    with pytest.raises(IntegrityError):
        recorder.insert_events([event(1)])
    with pytest.raises(DataError):
        recorder.insert_events([event(2, b"x" * 400_000)])
    for fault in (THROTTLED, LOST_REQUEST):
        faults.then_always = fault
        with pytest.raises(OperationalError):
            recorder.insert_events([event(2)])
        with pytest.raises(OperationalError):
            recorder.select_events("s")
