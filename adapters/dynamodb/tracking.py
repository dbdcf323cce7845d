"""Tracking: how far a follower has come in another application's log.

Everything that knows the library's `Tracking` is in this file: eventsourcing 10 renames its
`application_name` to `context_name`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventsourcing.persistence import IntegrityError, Tracking, TrackingRecorder

from adapters.dynamodb.calls import ABSENT, Put
from adapters.dynamodb.items import KEY, WRITE_ID_BYTES, Item, stream_key
from adapters.dynamodb.library_errors import library_errors
from adapters.dynamodb.reading import Reader


class DynamoTrackingRecorder(TrackingRecorder):
    """Positions of followers; each only rises."""

    def __init__(self, reader: Reader, **more: Any) -> None:
        """Writes where the reader reads; `more` is for the recorder beside it in a process."""
        super().__init__(**more)
        self.reader = reader

    def insert_tracking(self, tracking: Tracking) -> None:
        """Raises IntegrityError where the follower has come as far, OperationalError."""
        calls = self.reader.calls
        write_id = calls.entropy.token_bytes(WRITE_ID_BYTES)
        put = self.tracking_put(tracking, write_id=write_id)
        with library_errors():
            there = calls.write([put], write_id=write_id, token=write_id.hex())
        if there is not None:
            raise IntegrityError(f"{tracking.application_name} has come as far already")

    def max_tracking_id(self, application_name: str) -> int | None:
        """How far the follower of this application has come."""
        with library_errors():
            answer: Mapping[str, Any] = self.reader.calls.read(
                self.reader.calls.client.get_item,
                TableName=self.reader.tables.named("tracking"),
                Key={KEY: {"S": self._key(application_name)}},
                ConsistentRead=True,
            )
        there: Item | None = answer.get("Item")
        return None if there is None else int(there["id"]["N"])

    def tracking_put(self, tracking: Tracking, *, write_id: bytes) -> Put:
        """The put that moves a follower on; it fails where the follower has come as far."""
        position = {"N": str(tracking.notification_id)}
        return Put(
            self.reader.tables.named("tracking"),
            {
                KEY: {"S": self._key(tracking.application_name)},
                "id": position,
                "w": {"B": write_id},
            },
            condition=f"{ABSENT} OR id < :id",
            values={":id": position},
        )

    def _key(self, application_name: str) -> str:
        return stream_key(self.reader.tenant, application_name)
