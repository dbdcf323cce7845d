"""Gives commits their positions: each once, in the order of their stream, without a gap.

    redo the marks of the lane's last page, unless that was us
    read the marks of the streams at hand; leave out what is below; fill holes from the store, and
        gather what was written together (application/sequencing/gathering.py)
    put the page behind the last one, if nobody has; who loses begins again
    raise the marks

Law: nobody writes a page before the marks of the page before it are raised, so only a last page can
be without its marks. So whoever dies anywhere leaves nothing that the next one does not mend, and
any number of them, paused for however long, waste work and do no harm.

The work is a generator that stops, with a name, before each call to the outside. Production runs it
through; a simulation lets others in between, or lets it die there.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from application.sequencing.gathering import Gathering, Hole
from application.sequencing.lanes import Lanes
from application.sequencing.model import (
    BrokenStream,
    LaneClosed,
    LaneContended,
    Page,
    Stored,
    cut,
    start,
)
from application.sequencing.ports import CommitReader, LogPages, Marks

RACES_MAX: Final = 100
"""Times that others may be faster at one batch; each time, one of them got on."""

T = TypeVar("T")

Steps: TypeAlias = Generator[str, None, T]
"""Work that names each call to the outside just before it is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What came of a batch: commits and pages written here, and streams that are broken.

    The broken ones are to be parked, and people told; all others went on.
    """

    commits: int = 0
    pages: int = 0
    broken: tuple[BrokenStream, ...] = ()

    def __add__(self, other: Ingested) -> Ingested:
        return Ingested(
            commits=self.commits + other.commits,
            pages=self.pages + other.pages,
            broken=(*self.broken, *other.broken),
        )


class Sequencer:
    """Numbers commits of one tenant, beside any number of others like it.

    Our streams begin at version 1; `begin` is 0 for applications whose streams may begin there.
    """

    def __init__(
        self,
        *,
        lanes: Lanes,
        commits: CommitReader,
        pages: LogPages,
        marks: Marks,
        begin: int = 1,
    ) -> None:
        self._begin = begin
        self._lanes = lanes
        self._commits = commits
        self._pages = pages
        self._marks = marks
        self._raised: dict[int, int] = {}  # the last page of each lane whose marks we raised

    def ingest(self, commits: Iterable[Stored]) -> Ingested:
        """Number all that has no position yet; commits come in any order, some of them again.

        Raises LaneClosed and LaneContended: nothing is lost, the batch is to be delivered again.
        """
        return run(self.steps(commits))

    def steps(self, commits: Iterable[Stored]) -> Steps[Ingested]:
        """The same, a call to the outside at a time."""
        by_lane: dict[int, list[Stored]] = {}
        for commit in commits:
            by_lane.setdefault(self._lanes.of(commit.pointer.stream), []).append(commit)
        done = Ingested()
        for lane in sorted(by_lane):
            done += yield from self._number(lane, by_lane[lane])
        return done

    def close(self, lane: int) -> Steps[Page]:
        """End a lane of an epoch that is over; asked again, it finds the same end."""
        for _ in range(RACES_MAX):
            tail = yield from self._tail(lane)
            if tail.closed:
                return tail
            end = Page(
                lane=lane,
                position=tail.next_position,
                recorded_at_ms=tail.recorded_at_ms,
                pointers=(),
                closed=True,
            )
            yield "close"
            if self._pages.put(end):
                return end
        raise LaneContended(lane=lane, times=RACES_MAX)

    def _number(self, lane: int, commits: Sequence[Stored]) -> Steps[Ingested]:
        done = Ingested()
        for _ in range(RACES_MAX):
            tail = yield from self._tail(lane)
            if tail.closed:
                raise LaneClosed(lane=lane)
            gathering = yield from self._gathered(lane, commits)
            written, whole = yield from self._write(cut(tail, gathering.units()))
            done += written
            if whole:
                return done + Ingested(broken=tuple(gathering.broken))
        raise LaneContended(lane=lane, times=RACES_MAX)

    def _tail(self, lane: int) -> Steps[Page]:
        yield "tail"
        tail = self._pages.tail(lane) or start(lane)
        if tail.pointers and self._raised.get(lane) != tail.position:
            yield from self._redo(tail)
        return tail

    def _redo(self, tail: Page) -> Steps[None]:
        """Whoever wrote the page may have died before its marks."""
        yield "redo"
        self._marks.raise_to(tail.marks())
        self._raised[tail.lane] = tail.position

    def _write(self, pages: Iterable[Page]) -> Steps[tuple[Ingested, bool]]:
        """Write pages one after the other; what was written, and whether nobody came between."""
        done = Ingested()
        for page in pages:
            yield "page"
            if not self._pages.put(page):
                return done, False
            done += Ingested(commits=len(page.pointers), pages=1)
            yield "marks"
            self._marks.raise_to(page.marks())
            self._raised[page.lane] = page.position
        return done, True

    def _gathered(self, lane: int, commits: Sequence[Stored]) -> Steps[Gathering]:
        """All that has to be numbered with these commits, as far as the log does not hold it."""
        gathering = Gathering(
            commits, is_here=lambda stream: self._lanes.of(stream) == lane, begin=self._begin
        )
        while True:
            streams = gathering.unmarked()
            if streams:
                yield "read"
                gathering.marked(streams, self._marks.read(streams))
            hole = gathering.hole()
            if hole is not None:
                yield "hole"
                gathering.filled(hole, self._filled(hole))
            elif not gathering.unmarked():
                return gathering

    def _filled(self, hole: Hole) -> Sequence[Stored]:
        return self._commits.commits(hole.stream, first=hole.first, last=hole.last)


def run(steps: Steps[T]) -> T:
    """Run steps to their end; what they come to."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
