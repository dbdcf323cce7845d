"""What a writer says before it writes, so that a commit can be found of which nobody heard.

Time is cut into slices. Before its first commit to a stream within a slice a writer announces the
stream; one announcement names all streams of an append. So whatever is written, the stream is named
durably before it, and the gap scan need look at those streams only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from application.ports import Clock
from application.sequencing.ports import Announcements

SLICE_MS: Final = 15 * 60_000
"""Milliseconds of a slice of time."""

SAID_MAX: Final = 100_000
"""Streams that a writer remembers to have announced; beyond that it says some of them again."""


def slice_of(now_ms: int) -> int:
    """The number of the slice that an instant lies in."""
    return now_ms // SLICE_MS


class Announcer:
    """Announces for one writer, which has a name that no other has."""

    def __init__(self, announcements: Announcements, *, clock: Clock, writer: str) -> None:
        self._announcements = announcements
        self._clock = clock
        self._writer = writer
        self._slice = -1
        self._said: set[str] = set()

    def before_writing(self, streams: Iterable[str]) -> None:
        """Return when each of the streams is announced durably; call it before each append."""
        now = slice_of(self._clock.now_ms())
        if now != self._slice or len(self._said) >= SAID_MAX:
            self._slice, self._said = now, set()
        new = [stream for stream in dict.fromkeys(streams) if stream not in self._said]
        if new:
            self._announcements.announce(now, writer=self._writer, streams=new)
            self._said.update(new)
