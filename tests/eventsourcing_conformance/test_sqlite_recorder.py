"""The eventsourcing library's own conformance cases, on the recorders that our store stands on.

Left out: `optional_test_insert_subscribe`, for SQLite has nothing to subscribe to, and cases of
transcoders and ciphers, of which we use none.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import TestCase
from uuid import UUID

import pytest
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    ProcessRecorder,
    TrackingRecorder,
)
from eventsourcing.sqlite import SQLiteAggregateRecorder, SQLiteTrackingRecorder
from eventsourcing.tests import persistence as cases
from eventsourcing.utils import Environment

from adapters.sqlite_recorder import BulkRecorder, DurableDatastore, Factory, FactRecorder

_numbers = count(1)


class _OnOurDatabase(TestCase):
    """A new database for each case, and streams with names like ours."""

    def setUp(self) -> None:
        super().setUp()
        self._folder = TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.datastore = DurableDatastore(str(Path(self._folder.name, "facts.sqlite")))
        self.addCleanup(self.datastore.close)

    def new_originator_id(self) -> UUID | str:
        return f"pay:core:{next(_numbers)}"


class TestAggregateRecorder(_OnOurDatabase, cases.AggregateRecorderTestCase):
    """The library's plain recorder (snapshots) on our durable connections."""

    def create_recorder(self) -> AggregateRecorder:
        recorder = SQLiteAggregateRecorder(self.datastore)
        recorder.create_table()
        return recorder


class TestApplicationRecorder(_OnOurDatabase, cases.ApplicationRecorderTestCase[Any]):
    """Notifications in one order, from many writers and readers at once."""

    def create_recorder(self) -> ApplicationRecorder:
        recorder = FactRecorder(self.datastore)
        recorder.create_table()
        return recorder


class TestNonInterleaving(_OnOurDatabase, cases.NonInterleavingNotificationIDsBaseCase):
    """Two large inserts at once do not mix."""

    def create_recorder(self) -> ApplicationRecorder:
        recorder = BulkRecorder(self.datastore)
        recorder.create_table()
        return recorder


class TestTrackingRecorder(_OnOurDatabase, cases.TrackingRecorderTestCase):
    """Positions of a follower only rise."""

    def create_recorder(self) -> TrackingRecorder:
        recorder = FactRecorder(self.datastore)
        recorder.create_table()
        return recorder


class TestProcessRecorder(_OnOurDatabase, cases.ProcessRecorderTestCase):
    """Events and tracking in one transaction."""

    def create_recorder(self) -> ProcessRecorder:
        recorder = FactRecorder(self.datastore)
        recorder.create_table()
        return recorder


class TrackingSubclass(SQLiteTrackingRecorder):
    """What the factory is asked to build by name."""


class TestFactory(cases.InfrastructureFactoryTestCase[Factory]):
    """The factory builds our recorders from the library's environment."""

    def setUp(self) -> None:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.env = Environment("TestCase")
        self.env[Factory.PERSISTENCE_MODULE] = "adapters.sqlite_recorder:Factory"
        self.env[Factory.SQLITE_DBNAME] = str(Path(folder.name, "facts.sqlite"))
        super().setUp()

    def expected_factory_class(self) -> type[Factory]:
        return Factory

    def expected_aggregate_recorder_class(self) -> type[AggregateRecorder]:
        return SQLiteAggregateRecorder

    def expected_application_recorder_class(self) -> type[ApplicationRecorder]:
        return BulkRecorder

    def expected_tracking_recorder_class(self) -> type[TrackingRecorder]:
        return SQLiteTrackingRecorder

    def tracking_recorder_subclass(self) -> type[TrackingRecorder]:
        return TrackingSubclass

    def expected_process_recorder_class(self) -> type[ProcessRecorder]:
        return FactRecorder

    def test_the_settings_reach_the_database(self) -> None:
        """Time-out and kind of ids are read; a database must be named."""
        settings = {
            Factory.SQLITE_DBNAME: self.env[Factory.SQLITE_DBNAME],
            Factory.SQLITE_LOCK_TIMEOUT: "2",
            Factory.ORIGINATOR_ID_TYPE: "text",
        }
        factory = Factory(settings)
        self.addCleanup(factory.close)
        assert isinstance(factory.datastore, DurableDatastore)
        assert factory.datastore.pool.lock_timeout == 2
        assert factory.datastore.originator_id_type == "text"
        with pytest.raises(OSError, match=Factory.SQLITE_DBNAME):
            Factory({})
