"""Finds commits of which no record ever came, among the streams that writers announced.

Law: a commit is written within WRITING_MAX_MS of the end of a slice in which its stream was
announced, by a clock that is at most SKEW_MAX_MS wrong. When that has passed, everything that a
slice can tell is stored, and the scan need never return to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.sequencing.announcing import SLICE_MS, slice_of
from application.sequencing.model import BrokenStream, Stored
from application.sequencing.ports import Announcements, CommitReader, Marks
from application.sequencing.sequencer import Sequencer, Steps, run

LATE_MS: Final = 5 * 60_000
"""Age from which a commit that the log does not hold counts as lost, and not as on its way."""

WRITING_MAX_MS: Final = 15 * 60_000
"""Between an announcement and the last moment at which what it announced can still be written."""

SKEW_MAX_MS: Final = 10 * 60_000
"""By which the clock of a writer may be wrong."""

KEPT_MS: Final = 7 * 24 * 3_600_000
"""For which announcements are kept."""

STREAMS_STEP: Final = 100
"""Streams whose marks are read at once."""

SCAN_MARK: Final = "~gap-scan"
"""The mark under which the scan keeps its place: the last slice it need not read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What a scan found.

    `lost` are commits that nobody had reported; they are numbered now, but for the `broken` ones.
    Each is a reason for an alarm. `streams` were looked at, in `slices`; `unread` slices could not
    be read any more when the scan came, which only an export of the whole table can make good.
    """

    slices: int
    streams: int
    lost: tuple[Stored, ...]
    broken: tuple[BrokenStream, ...]
    unread: int


class GapScan:
    """Looks for lost commits of one tenant; several at once do no harm."""

    def __init__(
        self,
        *,
        sequencer: Sequencer,
        announcements: Announcements,
        commits: CommitReader,
        marks: Marks,
    ) -> None:
        self._sequencer = sequencer
        self._announcements = announcements
        self._commits = commits
        self._marks = marks

    def scan(self, *, now_ms: int) -> Scanned:
        """Number what was lost up to LATE_MS ago. Raises as `Sequencer.ingest` does."""
        return run(self.steps(now_ms=now_ms))

    def steps(self, *, now_ms: int) -> Steps[Scanned]:
        """The same, a call to the outside at a time."""
        yield "place"
        kept = slice_of(now_ms - KEPT_MS)
        done = self._marks.read((SCAN_MARK,)).get(SCAN_MARK, kept - 1)
        slices = _slices(done, now_ms=now_ms)
        streams: set[str] = set()
        for number in slices:
            yield "slice"
            streams.update(self._announcements.announced(number))
        lost = yield from self._lost(sorted(streams), before_ms=now_ms - LATE_MS)
        ingested = yield from self._sequencer.steps(lost)
        yield "placed"
        self._marks.raise_to({SCAN_MARK: _over(now_ms)})
        return Scanned(
            slices=len(slices),
            streams=len(streams),
            lost=tuple(lost),
            broken=ingested.broken,
            unread=max(0, kept - done - 1),
        )

    def _lost(self, streams: Sequence[str], *, before_ms: int) -> Steps[list[Stored]]:
        lost: list[Stored] = []
        for at in range(0, len(streams), STREAMS_STEP):
            some = streams[at : at + STREAMS_STEP]
            yield "marks"
            marks = self._marks.read(some)
            for stream in some:
                yield "stream"
                stored = self._commits.commits(stream, first=marks.get(stream, 0) + 1)
                lost += [
                    each
                    for each in stored
                    if each.recorded_at_ms <= before_ms and not each.numbered
                ]
        return lost


def open_slices(marks: Marks, *, now_ms: int) -> range:
    """The slices that a scan has not done with: what is not numbered was announced in them."""
    done = marks.read((SCAN_MARK,)).get(SCAN_MARK, 0)
    return _slices(done, now_ms=now_ms)


def _slices(done: int, *, now_ms: int) -> range:
    return range(max(done + 1, slice_of(now_ms - KEPT_MS)), slice_of(now_ms + SKEW_MAX_MS) + 1)


def _over(now_ms: int) -> int:
    """The last slice of which everything is stored, and late by now if it is missing."""
    # One clock names the slice, and another one may have stamped the commit.
    return slice_of(now_ms - WRITING_MAX_MS - 2 * SKEW_MAX_MS - LATE_MS - SLICE_MS)
