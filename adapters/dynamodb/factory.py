"""Builds the recorders from the eventsourcing library's environment.

    PERSISTENCE_MODULE   adapters.dynamodb
    DYNAMODB_TABLE       what the tables' names have in common
    DYNAMODB_TENANT      what keys begin with; the application's name in small letters by default
    DYNAMODB_NUMBERING   inline (default): each append numbers its facts; stream: a sequencer does
    CREATE_TABLE         yes (default): make the tables that are not there

Region, credentials and AWS_ENDPOINT_URL_DYNAMODB are boto3's own variables.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    ProcessRecorder,
)
from eventsourcing.utils import resolve_topic, strtobool

from adapters.dynamodb.appending import Appender, Cache, InlineLog
from adapters.dynamodb.calls import Calls, new_client
from adapters.dynamodb.reading import Reader
from adapters.dynamodb.recorders import (
    DynamoAggregateRecorder,
    DynamoApplicationRecorder,
    DynamoProcessRecorder,
    DynamoSnapshotRecorder,
)
from adapters.dynamodb.tables import Tables, create_tables
from adapters.dynamodb.tenant_log import TenantLog
from adapters.dynamodb.tracking import DynamoTrackingRecorder
from adapters.system import Clock, Entropy

NUMBERINGS: Final = ("inline", "stream")


class Factory(InfrastructureFactory[DynamoTrackingRecorder]):
    """Recorders on one installation's tables."""

    DYNAMODB_TABLE = "DYNAMODB_TABLE"
    DYNAMODB_TENANT = "DYNAMODB_TENANT"
    DYNAMODB_NUMBERING = "DYNAMODB_NUMBERING"
    CREATE_TABLE = "CREATE_TABLE"

    def __init__(self, env: Any) -> None:  # Any: the library takes its own or a plain mapping
        """Reads the settings and makes the tables. Raises OSError for settings that are none."""
        super().__init__(env)
        prefix = self.env.get(self.DYNAMODB_TABLE)
        if not prefix:
            raise OSError(f"{self.DYNAMODB_TABLE}: the tables' common prefix is not set")
        numbering = self.env.get(self.DYNAMODB_NUMBERING) or "inline"
        if numbering not in NUMBERINGS:
            raise OSError(f"{self.DYNAMODB_NUMBERING}: {numbering!r} is neither inline nor stream")
        self._numbering = numbering
        self.tables = Tables(prefix)
        self.tenant = self.env.get(self.DYNAMODB_TENANT) or _tenant_of(self.env.name)
        self.clock = Clock()
        self.calls = Calls(new_client(), waiting=self.clock, entropy=Entropy())
        if strtobool(self.env.get(self.CREATE_TABLE) or "yes"):
            create_tables(self.calls.client, self.tables)

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """Streams of events; of snapshots, for that purpose."""
        if purpose == "events":
            return DynamoAggregateRecorder(Appender(self._reader(), clock=self.clock))
        return DynamoSnapshotRecorder(Cache(self._reader("snapshots"), clock=self.clock))

    def application_recorder(self) -> ApplicationRecorder:
        """Streams and their one order."""
        kind = self._named(self.APPLICATION_RECORDER_TOPIC, DynamoApplicationRecorder)
        return kind(self._log())

    def tracking_recorder(
        self, tracking_recorder_class: type[DynamoTrackingRecorder] | None = None
    ) -> DynamoTrackingRecorder:
        """Positions of followers; of the class that is given, or named in the environment."""
        kind = tracking_recorder_class or self._named(
            self.TRACKING_RECORDER_TOPIC, DynamoTrackingRecorder
        )
        return kind(self._reader())

    def process_recorder(self) -> ProcessRecorder:
        """Streams, their order, and tracking in the same transaction."""
        kind = self._named(self.PROCESS_RECORDER_TOPIC, DynamoProcessRecorder)
        return kind(self._log())

    def close(self) -> None:
        """Let the connections go."""
        self.calls.client.close()

    def _log(self) -> Appender:
        """What writes the commits, numbered or announced."""
        if self._numbering == "inline":
            return InlineLog(self._reader(), clock=self.clock)
        return Appender(self._reader(), clock=self.clock, announcer=self.log().announcer())

    def log(self) -> TenantLog:
        """What numbers the commits in stream numbering: to be driven by the stream of the table."""
        return TenantLog(self.calls, tables=self.tables, tenant=self.tenant, clock=self.clock)

    def _reader(self, streams: Literal["events", "snapshots"] = "events") -> Reader:
        return Reader(self.calls, tables=self.tables, tenant=self.tenant, streams=streams)

    # A class that is named may be any subclass; its own type is unknown here.
    def _named(self, variable: str, kind: type[Any]) -> Any:
        topic = self.env.get(variable)
        named = resolve_topic(topic) if topic else kind
        if not issubclass(named, kind):
            raise OSError(f"{variable}: {topic} is no {kind.__name__}")
        return named


def _tenant_of(name: str) -> str:
    """An application's name as a tenant."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:63] or "app"
