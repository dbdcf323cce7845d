"""The eventsourcing library's own conformance cases, on our recorders of DynamoDB, numbered inline.

Each case has a tenant of its own in tables that the process made once.
"""

from __future__ import annotations

from itertools import count
from unittest import TestCase
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    ProcessRecorder,
    TrackingRecorder,
)
from eventsourcing.tests import application as examples
from eventsourcing.tests import persistence as cases
from eventsourcing.tests import projection as projections
from eventsourcing.utils import Environment

from adapters.dynamodb import Factory
from adapters.dynamodb.recorders import (
    DynamoAggregateRecorder,
    DynamoApplicationRecorder,
    DynamoProcessRecorder,
)
from adapters.dynamodb.tracking import DynamoTrackingRecorder

_numbers = count(1)


class _OnDynamoDB(TestCase):
    """A tenant for each case, and streams with names like ours."""

    factory: Factory

    @pytest.fixture(autouse=True)
    def _factory(self, environment: dict[str, str]) -> None:
        self.factory = Factory(environment)
        self.addCleanup(self.factory.close)

    def new_originator_id(self) -> UUID | str:
        return f"pay:core:{next(_numbers)}"


class TestAggregateRecorder(_OnDynamoDB, cases.AggregateRecorderTestCase):
    """Streams without an order among them."""

    def create_recorder(self) -> AggregateRecorder:
        return self.factory.aggregate_recorder()


class TestAggregateRecorderOfUuids(TestAggregateRecorder):
    """The same, with the library's own kind of ids."""

    def new_originator_id(self) -> UUID | str:
        return uuid4()


class TestSnapshotRecorder(_OnDynamoDB, cases.AggregateRecorderTestCase):
    """Snapshots are written and read like events."""

    def create_recorder(self) -> AggregateRecorder:
        return self.factory.aggregate_recorder("snapshots")


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


class TestNonInterleaving(_OnDynamoDB, cases.NonInterleavingNotificationIDsBaseCase):
    """Two large inserts at once do not mix."""

    def create_recorder(self) -> ApplicationRecorder:
        return self.factory.application_recorder()


class TestTrackingRecorder(_OnDynamoDB, cases.TrackingRecorderTestCase):
    """Positions of a follower only rise."""

    def create_recorder(self) -> TrackingRecorder:
        return self.factory.tracking_recorder()


class TestProcessRecorder(_OnDynamoDB, cases.ProcessRecorderTestCase):
    """Events and tracking in one transaction."""

    def create_recorder(self) -> ProcessRecorder:
        return self.factory.process_recorder()


class TrackingSubclass(DynamoTrackingRecorder):
    """What the factory is asked to build by name."""


class TestFactory(cases.InfrastructureFactoryTestCase[Factory]):
    """The factory builds our recorders from the library's environment."""

    @pytest.fixture(autouse=True)
    def _settings(self, environment: dict[str, str]) -> None:
        self.env = Environment("TestCase")
        self.env.update(environment)

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self.factory.close)

    def expected_factory_class(self) -> type[Factory]:
        return Factory

    def expected_aggregate_recorder_class(self) -> type[AggregateRecorder]:
        return DynamoAggregateRecorder

    def expected_application_recorder_class(self) -> type[ApplicationRecorder]:
        return DynamoApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[TrackingRecorder]:
        return DynamoTrackingRecorder

    def tracking_recorder_subclass(self) -> type[TrackingRecorder]:
        return TrackingSubclass

    def expected_process_recorder_class(self) -> type[ProcessRecorder]:
        return DynamoProcessRecorder


class TestExampleApplication(examples.ExampleApplicationTestCase):
    """The library's bank, with snapshots, chosen by environment variables alone."""

    expected_factory_topic = "adapters.dynamodb.factory:Factory"

    @pytest.fixture(autouse=True)
    def _settings(self, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)


class TestEventSourcedProjection(projections.EventSourcedProjectionTestCase):
    """The library's runner follows one application into another one, events with tracking.

    Each application has the tenant of its own name, so both share the tables.
    """

    @pytest.fixture(autouse=True)
    def _settings(self, environment: dict[str, str]) -> None:
        environment.pop("DYNAMODB_TENANT")
        self.env = environment  # type: ignore[misc]  # the library declares it of the class
