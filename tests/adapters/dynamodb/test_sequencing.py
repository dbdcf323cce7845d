"""The ports of sequencing on DynamoDB: what each promises, and sequencers that compete there."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

import boto3
import pytest

from adapters.dynamodb.appending import Appender, NewCommit
from adapters.dynamodb.calls import Calls, new_client
from adapters.dynamodb.items import BUCKET_POSITIONS, StoredFact, key_of_name, name_of, stream_key
from adapters.dynamodb.reading import Reader
from adapters.dynamodb.sequencing import (
    DynamoAnnouncements,
    DynamoCommits,
    DynamoLogPages,
    DynamoMarks,
)
from adapters.dynamodb.tables import Tables
from adapters.system import Entropy, FixedClock
from application.sequencing.announcing import Announcer, slice_of
from application.sequencing.gap_scan import LATE_MS, SCAN_MARK, GapScan
from application.sequencing.lanes import Lanes
from application.sequencing.model import Page, Pointer, Stored
from application.sequencing.reading import LogReader, Place
from application.sequencing.sequencer import Sequencer, run
from tests.fixtures.aws_faults import LOST_ANSWER, LOST_REQUEST, faulty
from tests.fixtures.emulator import settings
from tests.sequencing.trial import Odds, World, compete

NOW_MS = 1_794_835_230_000
ONE_LANE = Lanes(0, 1)


@dataclass
class Log:
    """One tenant's ports, and a writer."""

    calls: Calls
    tables: Tables
    tenant: str
    clock: FixedClock

    def __post_init__(self) -> None:
        given: dict[str, Any] = {"tables": self.tables, "tenant": self.tenant}
        self.commits = DynamoCommits(self.calls, **given)
        self.pages = DynamoLogPages(self.calls, **given)
        self.marks = DynamoMarks(self.calls, **given)
        self.announcements = DynamoAnnouncements(self.calls, **given)
        self.reader = Reader(self.calls, **given)
        announcer = Announcer(self.announcements, clock=self.clock, writer="w-1")
        self.appender = Appender(self.reader, clock=self.clock, announcer=announcer)

    def sequencer(self, lanes: Lanes = ONE_LANE) -> Sequencer:
        return Sequencer(lanes=lanes, commits=self.commits, pages=self.pages, marks=self.marks)

    def write(self, *pointers: Pointer) -> list[Stored]:
        """Write commits together; what their records say of them."""
        self.appender.append(
            [
                NewCommit(
                    key_of_name(self.tenant, each.stream),
                    each.first,
                    (StoredFact("t", b"{}"),) * each.facts,
                )
                for each in pointers
            ]
        )
        return [self.commits.commits(each.stream, first=each.first)[0] for each in pointers]

    def numbered(self) -> list[Pointer]:
        return [one.pointer for one in LogReader(self.pages, (ONE_LANE,)).read(Place())]


@pytest.fixture
def log(environment: dict[str, str], tables: Tables, tenant: str) -> Generator[Log]:
    clock, client = FixedClock(NOW_MS), new_client()
    yield Log(Calls(client, waiting=clock, entropy=Entropy()), tables, tenant, clock)
    client.close()


def page(position: int, *pointers: Pointer, lane: int = 0, closed: bool = False) -> Page:
    return Page(
        lane=lane, position=position, recorded_at_ms=NOW_MS, pointers=pointers, closed=closed
    )


A1, A2, B1 = Pointer("pay:core:ñ", 1, 2), Pointer("pay:core:ñ", 3, 1), Pointer("set:b", 1, 1)


def test_commits_are_read_with_what_they_were_written_with(log: Log):
    """A commit alone has no companions; of several, each knows all, whichever is asked."""
    (alone,) = log.write(A1)
    together = log.write(A2, B1)
    assert alone == Stored(A1, NOW_MS)
    assert together == [Stored(A2, NOW_MS, (A2, B1)), Stored(B1, NOW_MS, (A2, B1))]
    assert log.commits.commits("pay:core:ñ", first=1) == [alone, together[0]]
    assert log.commits.commits("pay:core:ñ", first=2, last=2) == []
    assert log.commits.commits("pay:core:none", first=1) == []


def test_a_stream_of_a_uuid_has_a_name_and_a_key(tenant: str):
    """Names and keys lead to each other, and a text that looks like a UUID stays a text."""
    id_ = UUID(int=7)
    for stream in (id_, id_.hex, "pay:core:1"):
        key = stream_key(tenant, stream)
        assert key_of_name(tenant, name_of(key)) == key
    assert name_of(stream_key(tenant, id_)) != name_of(stream_key(tenant, id_.hex))


def test_a_page_is_put_once_at_its_position(log: Log):
    """The second one at a position is refused, and the first is read as it was put."""
    assert log.pages.tail(0) is None
    assert log.pages.put(page(1, A1, B1))
    assert not log.pages.put(page(1, A2))
    assert log.pages.put(page(4, A2))
    assert log.pages.tail(0) == page(4, A2)
    assert list(log.pages.pages(0)) == [page(1, A1, B1), page(4, A2)]
    assert list(log.pages.pages(0, after=3)) == [page(4, A2)]
    assert list(log.pages.pages(0, after=2)) == [page(1, A1, B1), page(4, A2)]
    assert list(log.pages.pages(0, after=4)) == []
    assert log.pages.tail(1) is None


def test_a_closed_page_ends_a_lane(log: Log):
    """It is the tail, is read at the end from wherever one begins, and nothing follows it."""
    log.pages.put(page(1, A1))
    end = run(log.sequencer().close(0))
    assert end == page(3, closed=True)
    assert log.pages.tail(0) == end
    assert list(log.pages.pages(0)) == [page(1, A1), end]
    assert list(log.pages.pages(0, after=2)) == [end]
    assert not log.pages.put(page(3, A2))


def test_the_tail_is_found_across_buckets(log: Log):
    """Pages of a long log lie in many partitions; a reader that knows none finds the last."""
    size = 100_000
    pointer = Pointer("s:1", 1, size)
    for number in range(3 * BUCKET_POSITIONS // size):
        assert log.pages.put(page(1 + number * size, pointer))
    fresh = DynamoLogPages(log.calls, tables=log.tables, tenant=log.tenant)
    tail = fresh.tail(0)
    assert tail is not None
    assert tail.next_position == 3 * BUCKET_POSITIONS + 1


def test_marks_rise_and_never_fall(log: Log):
    """Many at once; a lower one changes nothing, and a stream without one has none."""
    many = {f"pay:core:{number}": number + 1 for number in range(130)}
    log.marks.raise_to(many)
    log.marks.raise_to({"pay:core:1": 1, "pay:core:2": 9})
    assert log.marks.read([*many, "pay:core:none"]) == many | {"pay:core:2": 9}
    log.marks.raise_to({})
    assert log.marks.read([]) == {}


def test_announcements_are_read_by_slice(log: Log):
    """All streams of all writers of the slice, and of no other."""
    many = [f"pay:core:{number}" for number in range(1_003)]
    log.announcements.announce(7, writer="w-1", streams=many)
    log.announcements.announce(7, writer="w-2", streams=["pay:core:1"])
    log.announcements.announce(8, writer="w-2", streams=["set:b"])
    assert sorted(log.announcements.announced(7)) == sorted([*many, "pay:core:1"])
    assert list(log.announcements.announced(8)) == ["set:b"]
    assert list(log.announcements.announced(9)) == []


def test_a_writer_announces_before_it_writes(log: Log):
    """What is to be numbered later stands in the slice; so the scan finds what nobody reported."""
    log.marks.raise_to({SCAN_MARK: slice_of(NOW_MS) - 2})
    log.write(A1)
    log.write(A2, B1)
    assert sorted(log.announcements.announced(slice_of(NOW_MS))) == ["pay:core:ñ", "set:b"]
    scan = GapScan(
        sequencer=log.sequencer(),
        announcements=log.announcements,
        commits=log.commits,
        marks=log.marks,
    )
    assert scan.scan(now_ms=NOW_MS).lost == ()
    assert {each.pointer for each in scan.scan(now_ms=NOW_MS + LATE_MS).lost} == {A1, A2, B1}
    assert log.numbered() == [A1, A2, B1]
    assert scan.scan(now_ms=NOW_MS + LATE_MS).lost == ()


def test_a_record_of_the_stream_tells_the_commit(log: Log, dynamodb_url: str):
    """New images, as the table's stream delivers them, are the commits with their companions."""
    written = [*log.write(A1), *log.write(A2, B1)]
    images = [image for image in stream_images(log, dynamodb_url) if _is_of(image, log.tenant)]
    assert log.commits.of_images(images) == written


def stream_images(log: Log, url: str) -> list[dict[str, Any]]:
    """All new images that the events table's stream holds."""
    given = settings(url)
    client: Any = boto3.client(
        "dynamodbstreams",
        endpoint_url=url,
        region_name=given["AWS_DEFAULT_REGION"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )
    table = log.calls.client.describe_table(TableName=log.tables.named("events"))["Table"]
    arn = table.get("LatestStreamArn")
    images: list[dict[str, Any]] = []
    for shard in client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        begun = client.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        iterator = begun["ShardIterator"]
        while iterator is not None:
            answer = client.get_records(ShardIterator=iterator)
            if not answer["Records"]:
                break
            changes = [record["dynamodb"] for record in answer["Records"]]
            # Tests share the table, and one of them deletes: such a record has no new image.
            images += [change["NewImage"] for change in changes if "NewImage" in change]
            iterator = answer.get("NextShardIterator")
    client.close()
    return images


def _is_of(image: dict[str, Any], tenant: str) -> bool:
    return image["pk"]["S"].startswith(f"{tenant}/")


@pytest.mark.parametrize("fault", [LOST_REQUEST, LOST_ANSWER])
def test_a_lost_call_of_any_kind_is_made_good(log: Log, fault: str):
    """Whichever call of an ingest is lost, everything is numbered once in the end."""
    stored = [*log.write(A1), *log.write(A2, B1)]
    for lost in range(12):
        fresh = Log(log.calls, log.tables, f"{log.tenant}-{lost}", log.clock)
        stored = [*fresh.write(A1), *fresh.write(A2, B1)]
        with faulty(log.calls.client) as faults:
            faults.plan = [""] * lost + [fault]
            fresh.sequencer().ingest(stored)
        fresh.sequencer().ingest(stored)
        assert fresh.numbered() == [A1, A2, B1]


class Lossy:
    """A port, calls of which are lost now and then, or their answers."""

    def __init__(self, port: object, lose: Callable[[str], None]) -> None:
        self._port = port
        self._lose = lose

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._port, name)
        if name == "pages":
            return call  # the reader that follows is not on trial

        def made(*given: Any, **named: Any) -> Any:
            self._lose(name)
            answer = call(*given, **named)
            self._lose(name)
            return answer

        return made


class TableWorld(World):
    """The world of the trials with its ports on DynamoDB."""

    def __init__(self, seed: int, log: Log) -> None:
        self.log = log
        super().__init__(Random(seed), Odds())

    def __post_init__(self) -> None:
        self.commits: Any = Lossy(self.log.commits, self.lose)
        self.pages: Any = Lossy(self.log.pages, self.lose)
        self.marks: Any = Lossy(self.log.marks, self.lose)

    def store(self, unit: list[Stored]) -> list[Stored]:
        return self.log.write(*(each.pointer for each in unit))


@pytest.mark.parametrize("seed", range(3))
def test_four_sequencers_compete_on_tables(log: Log, seed: int):
    """The trials of the memory, a few of them, on real calls: each commit once and in order."""
    compete(seed, world=TableWorld(seed, log), commits=25)
