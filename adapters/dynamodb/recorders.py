"""The eventsourcing library's recorders on DynamoDB.

DynamoAggregateRecorder     streams, without an order among them
DynamoSnapshotRecorder      one item a snapshot, at whatever version
DynamoApplicationRecorder   streams, and notifications in the order of the log
DynamoProcessRecorder       the same, with tracking in the same transaction
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from threading import Event
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Tracking,
)

from adapters.dynamodb.appending import Appender, NewCommit
from adapters.dynamodb.calls import Put
from adapters.dynamodb.items import (
    WRITE_ID_BYTES,
    CommitItem,
    StoredFact,
    stream_key,
    stream_of,
)
from adapters.dynamodb.library_errors import library_errors
from adapters.dynamodb.reading import Reader
from adapters.dynamodb.subscription import DynamoSubscription
from adapters.dynamodb.tracking import DynamoTrackingRecorder


class DynamoAggregateRecorder(AggregateRecorder):
    """Streams of events: each append is one item a stream, whole or not at all."""

    def __init__(self, appender: Appender, **more: Any) -> None:
        """Reads where the appender writes; `more` is for the recorder beside it in a process."""
        super().__init__(**more)
        self.appender = appender
        self.reader: Reader = appender.reader

    # The library declares the options of a recorder as Any; only a process recorder takes one.
    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # noqa: ARG002  (the library passes it)
    ) -> Sequence[int] | None:
        """Append; no positions here. Raises IntegrityError, DataError, OperationalError."""
        if stored_events:
            with library_errors():
                self.appender.append(self._commits(stored_events))
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Events of one stream of versions gt < v ≤ lte, at most `limit`."""
        with library_errors():
            events = self._selected(originator_id, gt=gt, lte=lte, desc=desc, limit=limit)
            return list(islice(events, limit))

    def _selected(
        self, stream: UUID | str, *, gt: int | None, lte: int | None, desc: bool, limit: int | None
    ) -> Iterator[StoredEvent]:
        commits = self.reader.commits(
            stream_key(self.reader.tenant, stream),
            first=0 if gt is None else gt + 1,
            last=lte,
            descending=desc,
            limit=limit,
        )
        for commit in commits:
            events = stored_events_of(commit)
            for event in reversed(events) if desc else events:
                version = event.originator_version
                if (gt is None or version > gt) and (lte is None or version <= lte):
                    yield event

    def _commits(self, stored_events: Sequence[StoredEvent]) -> list[NewCommit]:
        """One commit for each run of events that follow each other in one stream."""
        runs = groupby(
            enumerate(stored_events),
            key=lambda each: (each[1].originator_id, each[1].originator_version - each[0]),
        )
        return [self._commit([event for _, event in run]) for _, run in runs]

    def _commit(self, events: Sequence[StoredEvent]) -> NewCommit:
        first = events[0]
        return NewCommit(
            stream_key(self.reader.tenant, first.originator_id),
            first.originator_version,
            tuple(StoredFact(event.topic, event.state) for event in events),
        )


class DynamoSnapshotRecorder(DynamoAggregateRecorder):
    """Snapshots: each an item of its own, at the version that it was taken at."""

    def _commits(self, stored_events: Sequence[StoredEvent]) -> list[NewCommit]:
        return [self._commit([event]) for event in stored_events]


class DynamoApplicationRecorder(DynamoAggregateRecorder, ApplicationRecorder):
    """Streams of events, and all of them in one order.

    Numbered inline, an append answers its positions. Numbered by a sequencer, it answers None, as
    the library allows: positions are known once the sequencer has come to it.
    """

    def __init__(self, appender: Appender, **more: Any) -> None:
        """As the aggregate recorder."""
        super().__init__(appender, **more)
        self.listeners: set[Event] = set()

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # noqa: ARG002  (the library passes it)
    ) -> Sequence[int] | None:
        """Append; the positions. Raises IntegrityError, DataError, OperationalError."""
        return self._appended(stored_events) if stored_events else []

    def _appended(
        self, stored_events: Sequence[StoredEvent], *, beside: Sequence[Put] = ()
    ) -> Sequence[int] | None:
        with library_errors():
            first = self.appender.append(self._commits(stored_events), beside=beside).position
        for listener in tuple(self.listeners):
            listener.set()
        return None if first is None else list(range(first, first + len(stored_events)))

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """At most `limit` notifications of positions start ≤ p ≤ stop, in order, of these topics.

        Without `inclusive_of_start`, of start < p.
        """
        first = 1 if start is None else max(1, start if inclusive_of_start else start + 1)
        with library_errors():
            found = self._notifications(first, stop=stop, topics=frozenset(topics), limit=limit)
            return list(islice(found, limit))

    def _notifications(
        self, first: int, *, stop: int | None, topics: frozenset[str], limit: int
    ) -> Iterator[Notification]:
        for begins, commit in self.reader.numbered(first, through=stop, batch=limit):
            for position, event in enumerate(stored_events_of(commit), start=begins):
                if position < first or (topics and event.topic not in topics):
                    continue
                if stop is not None and position > stop:
                    return
                yield Notification(
                    originator_id=event.originator_id,
                    originator_version=event.originator_version,
                    topic=event.topic,
                    state=event.state,
                    id=position,
                )

    def max_notification_id(self) -> int | None:
        """The last position of the log; None where nothing was numbered yet."""
        with library_errors():
            page = self.reader.last_page()
        return None if page is None else page.next_position - 1

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> DynamoSubscription:
        """Notifications after `gt`, and then each that is recorded, here or elsewhere."""
        return DynamoSubscription(recorder=self, gt=gt, topics=topics)


class DynamoProcessRecorder(DynamoTrackingRecorder, DynamoApplicationRecorder, ProcessRecorder):
    """Events, and how far their application has followed another one, in one transaction."""

    def __init__(self, appender: Appender) -> None:
        """As the application recorder."""
        super().__init__(appender.reader, appender=appender)

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Append with `tracking`; the positions.

        Raises IntegrityError where a version is taken, or the follower has come as far.
        """
        tracking: Tracking | None = kwargs.get("tracking")
        if tracking is None:
            return super().insert_events(stored_events)
        if not stored_events:
            self.insert_tracking(tracking)
            return []
        write_id = self.reader.calls.entropy.token_bytes(WRITE_ID_BYTES)
        return self._appended(
            stored_events, beside=[self.tracking_put(tracking, write_id=write_id)]
        )


def stored_events_of(commit: CommitItem) -> list[StoredEvent]:
    """The facts of a commit as the library knows them."""
    stream = stream_of(commit.key)
    return [
        StoredEvent(
            originator_id=stream,
            originator_version=version,
            topic=fact.topic,
            state=fact.state,
        )
        for version, fact in enumerate(commit.facts, start=commit.version)
    ]
