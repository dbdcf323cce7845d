"""What a writer says before it writes, so that a commit can be found of which nobody heard.

Time is cut into slices. Before its first commit to a stream within a slice a writer announces the
stream; one announcement names all streams of an append. So whatever is written, the stream is named
durably before it, and the gap scan need look at those streams only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class _Said:
    """A slice, and the streams that were announced in it."""

    number: int
    streams: set[str] = field(default_factory=set[str])


class Announcer:
    """Announces for one writer, which has a name that no other has."""

    def __init__(self, announcements: Announcements, *, clock: Clock, writer: str) -> None:
        self._announcements = announcements
        self._clock = clock
        self._writer = writer
        self._said = _Said(-1)

    def before_writing(self, streams: Iterable[str]) -> None:
        """Return when each of the streams is announced durably; call it before each append."""
        now, said = slice_of(self._clock.now_ms()), self._said
        if now != said.number or len(said.streams) >= SAID_MAX:
            said = self._said = _Said(now)
        # Threads may meet here: each goes by the slice that it looked at.
        new = [stream for stream in dict.fromkeys(streams) if stream not in said.streams]
        if new:
            self._announcements.announce(now, writer=self._writer, streams=new)
            said.streams.update(new)
