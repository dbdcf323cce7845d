"""The library's conformance cases on our recorders of DynamoDB in stream numbering.

An insertion is one conditional put, and answers None, as the library allows: its positions are
known when a sequencer has come to it. The cases want them at once. So here a sequencer hears of
each insertion before it returns, and the positions that the log gave it then are its answer; beside
that nothing is different. What is read before a sequencer came is in the last tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from threading import Lock
from typing import Any, ClassVar
from unittest import TestCase
from uuid import UUID

import pytest
from eventsourcing.persistence import ApplicationRecorder, ProcessRecorder, StoredEvent
from eventsourcing.tests import application as examples
from eventsourcing.tests import persistence as cases
from eventsourcing.tests import projection as projections

from adapters.dynamodb import Factory
from adapters.dynamodb.items import name_of
from adapters.dynamodb.recorders import DynamoApplicationRecorder, DynamoProcessRecorder
from adapters.dynamodb.tenant_log import ONE_LANE, TenantLog
from adapters.system import Clock
from application.sequencing.announcing import slice_of
from application.sequencing.gap_scan import LATE_MS, SCAN_MARK
from application.sequencing.model import Stored
from application.sequencing.reading import LogReader, Place
from tests.eventsourcing_conformance import test_dynamodb_recorders as inline

_numbers = count(1)


class _Settled(DynamoApplicationRecorder):
    """An insertion returns when a sequencer has numbered it, and answers what the log says."""

    turn: ClassVar = Lock()

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        answer = super().insert_events(stored_events, **kwargs)
        if not stored_events:
            return answer
        assert answer is None, "nobody has numbered it yet"
        log = log_of(self)
        with self.turn:
            before = Place().moved(0, self.max_notification_id() or 0)
            log.sequencer(begin=0).ingest(self._records(log, stored_events))
            numbered = list(LogReader(log.pages, (ONE_LANE,)).read(before))
        return [
            position for one in numbered for position in range(one.position, one.last_position + 1)
        ]

    def _records(self, log: TenantLog, stored_events: Sequence[StoredEvent]) -> list[Stored]:
        return [
            log.commits.commits(name_of(one.key), first=one.version)[0]
            for one in self._commits(stored_events)
        ]


def log_of(recorder: DynamoApplicationRecorder) -> TenantLog:
    reader = recorder.reader
    return TenantLog(reader.calls, tables=reader.tables, tenant=reader.tenant, clock=Clock())


class SettledApplicationRecorder(_Settled):
    """The application recorder, beside a sequencer."""


class SettledProcessRecorder(_Settled, DynamoProcessRecorder):
    """The process recorder, beside a sequencer."""


HERE = "tests.eventsourcing_conformance.test_dynamodb_stream_recorders"

STREAM = {
    "DYNAMODB_NUMBERING": "stream",
    "APPLICATION_RECORDER_TOPIC": f"{HERE}:{SettledApplicationRecorder.__name__}",
    "PROCESS_RECORDER_TOPIC": f"{HERE}:{SettledProcessRecorder.__name__}",
}


class _OnDynamoDB(TestCase):
    """A tenant for each case, in stream numbering."""

    factory: Factory

    @pytest.fixture(autouse=True)
    def _factory(self, environment: dict[str, str]) -> None:
        self.factory = Factory(environment | STREAM)
        self.addCleanup(self.factory.close)

    def new_originator_id(self) -> UUID | str:
        return f"pay:core:{next(_numbers)}"


class TestApplicationRecorder(
    _OnDynamoDB, cases.ApplicationRecorderTestCase[DynamoApplicationRecorder]
):
    """Notifications in one order, from many writers and readers at once."""

    def create_recorder(self) -> DynamoApplicationRecorder:
        recorder = self.factory.application_recorder()
        assert isinstance(recorder, DynamoApplicationRecorder)
        return recorder

    def test_insert_subscribe(self) -> None:
        """The library leaves subscriptions to those who have them; we do."""
        self.optional_test_insert_subscribe()

    @pytest.mark.services
    def test_concurrent_no_conflicts(self, initial_position: int = 0) -> None:  # noqa: PT028  (the library's)
        """Long, for each insertion is a round of the sequencer."""
        super().test_concurrent_no_conflicts(initial_position)

    @pytest.mark.services
    def test_performance(self) -> None:
        """Long for the same reason; the library measures and demands nothing here."""
        super().test_performance()


class TestNonInterleaving(_OnDynamoDB, cases.NonInterleavingNotificationIDsBaseCase):
    """Two large inserts at once do not mix."""

    def create_recorder(self) -> ApplicationRecorder:
        return self.factory.application_recorder()


class TestProcessRecorder(_OnDynamoDB, cases.ProcessRecorderTestCase):
    """Events and tracking in one transaction."""

    def create_recorder(self) -> ProcessRecorder:
        return self.factory.process_recorder()

    @pytest.mark.services
    def test_performance(self) -> None:
        """Long, for each insertion is a round of the sequencer."""
        super().test_performance()


class TestFactory(inline.TestFactory):
    """The factory builds the same recorders, by another setting alone."""

    @pytest.fixture(autouse=True)
    def _stream(self, _settings: None) -> None:
        self.env["DYNAMODB_NUMBERING"] = "stream"


class TestExampleApplication(examples.ExampleApplicationTestCase):
    """The library's bank, with snapshots, in stream numbering."""

    expected_factory_topic = "adapters.dynamodb.factory:Factory"

    @pytest.fixture(autouse=True)
    def _settings(self, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in (environment | STREAM).items():
            monkeypatch.setenv(name, value)


class TestEventSourcedProjection(projections.EventSourcedProjectionTestCase):
    """The library's runner follows one application into another one, events with tracking."""

    @pytest.fixture(autouse=True)
    def _settings(self, environment: dict[str, str]) -> None:
        tenant = environment.pop("DYNAMODB_TENANT")
        tenants = {
            "APPLICATION_DYNAMODB_TENANT": f"{tenant}-application",
            "COUNTERS_DYNAMODB_TENANT": f"{tenant}-counters",
        }
        self.env = environment | STREAM | tenants  # type: ignore[misc]  # the library declares it of the class


# Before a sequencer has come.


def event(version: int) -> StoredEvent:
    return StoredEvent(originator_id="s", originator_version=version, topic="t", state=b"")


@pytest.fixture
def recorder(environment: dict[str, str]):
    factory = Factory(environment | {"DYNAMODB_NUMBERING": "stream"})
    yield factory.application_recorder()
    factory.close()


def test_what_nobody_numbered_is_no_notification(recorder: DynamoApplicationRecorder):
    """It is in its stream at once; among the notifications when it has its position."""
    assert recorder.insert_events([event(1), event(2)]) is None
    assert len(recorder.select_events("s")) == 2
    assert (recorder.max_notification_id(), recorder.select_notifications(1, 10)) == (None, [])
    log = log_of(recorder)
    log.sequencer(begin=0).ingest(log.commits.commits("s", first=0))
    assert [each.id for each in recorder.select_notifications(1, 10)] == [1, 2]


def test_a_subscription_waits_for_the_sequencer_and_resumes(recorder: DynamoApplicationRecorder):
    """Whoever subscribes gets each event once, when it is numbered, and after any position."""
    log = log_of(recorder)
    recorder.insert_events([event(1)])
    with recorder.subscribe(gt=0) as subscription:
        log.sequencer(begin=0).ingest(log.commits.commits("s", first=0))
        assert next(subscription).id == 1
    recorder.insert_events([event(2)])
    recorder.insert_events([event(3)])
    with recorder.subscribe(gt=1) as subscription:
        log.sequencer(begin=0).ingest(log.commits.commits("s", first=2))
        assert [next(subscription).id for _ in range(2)] == [2, 3]


def test_an_event_of_which_no_record_came_is_found(recorder: DynamoApplicationRecorder):
    """Plain applications announce what they write as well: the gap scan finds it."""
    log = log_of(recorder)
    log.marks.raise_to({SCAN_MARK: slice_of(Clock().now_ms()) - 2})  # the last scan
    recorder.insert_events([event(1)])
    found = log.gap_scan(begin=0).scan(now_ms=Clock().now_ms() + LATE_MS)
    assert [each.pointer.stream for each in found.lost] == ["s"]
    assert recorder.max_notification_id() == 1
