"""Commits of which no record ever came are found among the announced streams, and numbered."""

from __future__ import annotations

from random import Random

import pytest

from adapters.system import FixedClock
from application.sequencing.announcing import SAID_MAX, SLICE_MS, Announcer, slice_of
from application.sequencing.gap_scan import (
    KEPT_MS,
    LATE_MS,
    SCAN_MARK,
    SKEW_MAX_MS,
    WRITING_MAX_MS,
    GapScan,
    Scanned,
)
from application.sequencing.lanes import Lanes
from application.sequencing.model import BrokenStream, Pointer, Stored
from application.sequencing.reading import LogReader, Place
from application.sequencing.sequencer import Sequencer
from tests.sequencing.memory import (
    MemoryAnnouncements,
    MemoryCommits,
    MemoryLogPages,
    MemoryMarks,
)

NOON_MS = 1_772_463_600_000
LANES = Lanes(0, 2)
A1, B1, C1 = (Pointer(f"pay:core:{name}", 1, 2) for name in "abc")


class Service:
    """Writers, a stream of records that the test may drop, a sequencer and the scan."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOON_MS)
        self.commits, self.marks = MemoryCommits(), MemoryMarks()
        self.pages, self.announcements = MemoryLogPages(), MemoryAnnouncements()
        self.announcer = Announcer(self.announcements, clock=self.clock, writer="w-1")
        self.sequencer = Sequencer(
            lanes=LANES, commits=self.commits, pages=self.pages, marks=self.marks
        )

    def write(self, *pointers: Pointer, heard: bool) -> None:
        self.announcer.before_writing(pointer.stream for pointer in pointers)
        for pointer in pointers:
            assert self.commits.put(Stored(pointer, self.clock.now_ms()))
        if heard:
            now_ms = self.clock.now_ms()
            self.sequencer.ingest(Stored(pointer, now_ms) for pointer in pointers)

    def scan(self, *, after_ms: int) -> Scanned:
        self.clock.start_ms += after_ms
        scan = GapScan(
            sequencer=self.sequencer,
            announcements=self.announcements,
            commits=self.commits,
            marks=self.marks,
        )
        return scan.scan(now_ms=self.clock.now_ms())

    def log(self) -> list[Pointer]:
        reader = LogReader(self.pages, (LANES,))
        return sorted(one.pointer for one in reader.read(Place()))


def test_a_commit_whose_record_never_came_is_found_and_numbered():
    """The scan finds the silent tail of a stream, also of one that nobody ever heard of."""
    service = Service()
    service.write(A1, heard=True)
    service.write(B1, heard=False)
    service.write(Pointer("pay:core:a", 3, 1), heard=False)
    found = service.scan(after_ms=LATE_MS)
    assert sorted(one.pointer for one in found.lost) == [Pointer("pay:core:a", 3, 1), B1]
    assert (found.streams, found.broken, found.unread) == (2, (), 0)
    assert service.log() == [A1, Pointer("pay:core:a", 3, 1), B1]


def test_what_was_found_is_not_found_again():
    """A second scan, and one that died before it kept its place, number nothing twice."""
    service = Service()
    service.write(A1, B1, heard=False)
    assert len(service.scan(after_ms=LATE_MS).lost) == 2
    service.marks.by_stream.pop(SCAN_MARK)
    assert service.scan(after_ms=0).lost == ()
    assert service.log() == [A1, B1]


def test_a_commit_on_its_way_is_no_alarm():
    """What is younger than LATE_MS is left to the stream of records."""
    service = Service()
    service.write(A1, heard=False)
    assert service.scan(after_ms=LATE_MS - 1).lost == ()
    assert service.scan(after_ms=1).lost == (Stored(A1, NOON_MS),)


@pytest.mark.parametrize("skew_ms", [-SKEW_MAX_MS, 0, SKEW_MAX_MS])
def test_a_late_write_of_a_wrong_clock_is_still_found(skew_ms: int):
    """Announced at the end of a slice and written as late as can be: the scan looks again."""
    service = Service()
    ends_ms = (slice_of(NOON_MS) + 1) * SLICE_MS - 1
    service.clock.start_ms = ends_ms
    service.announcer.before_writing([A1.stream])
    for _ in range(8):  # scans that go on meanwhile must not leave the slice behind
        service.scan(after_ms=(WRITING_MAX_MS - skew_ms) // 8)
    written_ms = ends_ms + WRITING_MAX_MS + SKEW_MAX_MS
    service.commits.put(Stored(A1, written_ms))
    found = [service.scan(after_ms=LATE_MS).lost for _ in range(20)]
    assert [lost for lost in found if lost] == [(Stored(A1, written_ms),)]


def test_the_scan_leaves_behind_what_is_over():
    """It keeps its place: a slice of which everything is known is not read for ever."""
    service = Service()
    service.write(A1, heard=True)
    first = service.scan(after_ms=LATE_MS)
    later = service.scan(after_ms=6 * 3_600_000)
    assert first.streams == 1
    again = service.scan(after_ms=0)
    assert (again.streams, again.lost) == (0, ())
    assert again.slices < later.slices


def test_slices_that_were_forgotten_before_the_scan_came_are_counted():
    """A scan that was away for longer than announcements are kept says how much it missed."""
    service = Service()
    service.write(A1, heard=True)
    assert service.scan(after_ms=LATE_MS).unread == 0
    assert service.scan(after_ms=KEPT_MS + 4 * 3_600_000).unread > 0


def test_a_commit_that_follows_nothing_is_named():
    """A lost commit behind one that is gone is told, and the others are numbered."""
    service = Service()
    service.write(A1, Pointer("pay:core:a", 3, 1), B1, heard=False)
    del service.commits.by_stream["pay:core:a"][0]
    found = service.scan(after_ms=LATE_MS)
    assert found.broken == (BrokenStream(stream="pay:core:a", version=1, through=3),)
    assert service.log() == [B1]


def test_a_writer_announces_a_stream_once_a_slice():
    """Repeated writes cost nothing; a new slice, and a full memory, make it say it again."""
    service = Service()
    for _ in range(3):
        service.announcer.before_writing(["s:1", "s:2", "s:1"])
    assert service.announcements.by_slice == {slice_of(NOON_MS): ["s:1", "s:2"]}
    service.clock.start_ms += SLICE_MS
    service.announcer.before_writing(["s:1"])
    assert service.announcements.by_slice[slice_of(NOON_MS) + 1] == ["s:1"]
    service.announcer.before_writing(f"t:{n}" for n in range(SAID_MAX))
    service.announcer.before_writing(["s:1"])
    assert service.announcements.by_slice[slice_of(NOON_MS) + 1][-1] == "s:1"


def test_nothing_is_written_that_was_not_announced():
    """When the announcement fails, so does the writer, before its commit."""
    service = Service()

    def away(call: str) -> None:
        raise ConnectionError(call)

    service.announcements.faults.before = away
    with pytest.raises(ConnectionError):
        service.write(C1, heard=True)
    assert service.commits.by_stream == {}


def test_whatever_is_lost_the_scan_makes_the_log_whole():
    """Over many seeds: of commits whose records are lost at random, none stays missing."""
    for seed in range(200):
        random, service = Random(seed), Service()
        written: list[Pointer] = []
        versions = dict.fromkeys(range(6), 0)
        for _ in range(30):
            at = random.randrange(6)
            pointer = Pointer(f"s:{at}", versions[at] + 1, random.randint(1, 3))
            versions[at] += pointer.facts
            service.write(pointer, heard=random.random() < 0.5)
            service.clock.start_ms += random.choice((0, 1_000, SLICE_MS // 2))
            written.append(pointer)
            if random.random() < 0.2:
                service.scan(after_ms=0)
        service.scan(after_ms=LATE_MS)
        assert service.log() == sorted(written)
