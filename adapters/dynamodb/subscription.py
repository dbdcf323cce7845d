"""Subscriptions: what is recorded, as it is recorded, here or in another process.

The library's own thread pulls whenever it is told to. An append of this recorder tells it at once,
and a thread of ours a few times a second, for there is nobody else who could: a stream of DynamoDB
has room for two readers, and they are taken. A subscription that begins where an earlier one ended
misses nothing and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from eventsourcing.persistence import ListenNotifySubscription

if TYPE_CHECKING:
    from adapters.dynamodb.recorders import DynamoApplicationRecorder

POLL_S = 0.25
"""Seconds between two looks at what other processes recorded."""


class DynamoSubscription(ListenNotifySubscription["DynamoApplicationRecorder"]):
    """Notifications in order, each once, until it is stopped."""

    def __init__(
        self,
        recorder: DynamoApplicationRecorder,
        gt: int | None = None,
        topics: Sequence[str] = (),
    ) -> None:
        """Begins to pull at once."""
        self._ended = Event()
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        recorder.listeners.add(self._has_been_notified)
        self._poll_thread = Thread(target=self._poll, daemon=True)
        self._poll_thread.start()

    def stop(self) -> None:
        """No more notifications."""
        self._ended.set()
        self._recorder.listeners.discard(self._has_been_notified)
        super().stop()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
        self._poll_thread.join()

    def _poll(self) -> None:
        while not self._ended.wait(POLL_S):
            self._has_been_notified.set()
