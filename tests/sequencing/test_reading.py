"""Lanes and readers: where a stream is numbered, and how the log is followed."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from application.sequencing.lanes import Lanes, share_of
from application.sequencing.model import Pointer, Stored
from application.sequencing.reading import LogReader, Numbered, Place
from application.sequencing.sequencer import Sequencer, run
from tests.sequencing.memory import MemoryCommits, MemoryLogPages, MemoryMarks

ONE, FOUR = Lanes(0, 1), Lanes(1, 4)


def test_the_lane_of_a_stream_is_for_ever():
    """The hash is pinned: another one would tear streams out of their lanes."""
    streams = ("pay:core:P1", "set:bank:A:E1", "jdg:core", "pay:core:ñ")
    assert [share_of(stream, 16) for stream in streams] == [14, 10, 3, 4]
    assert {share_of(stream, 1) for stream in streams} == {0}


def test_lanes_are_filled_alike():
    """Of many streams each lane takes its share, within a tenth."""
    share = Counter(share_of(f"pay:core:{n}", 8) for n in range(8_000))
    assert sorted(share) == list(range(8))
    assert all(900 < count < 1_100 for count in share.values())


class Log:
    """A tenant's log; commits are numbered at once."""

    def __init__(self) -> None:
        self.commits, self.pages, self.marks = MemoryCommits(), MemoryLogPages(), MemoryMarks()
        self.epochs = [ONE]

    @property
    def sequencer(self) -> Sequencer:
        return Sequencer(
            lanes=self.epochs[-1], commits=self.commits, pages=self.pages, marks=self.marks
        )

    @property
    def reader(self) -> LogReader:
        return LogReader(self.pages, tuple(self.epochs))

    def write(self, *pointers: Pointer) -> None:
        assert all(self.commits.put(Stored(pointer, 0)) for pointer in pointers)
        self.sequencer.ingest(Stored(pointer, 0) for pointer in pointers)

    def widen(self, lanes: Lanes) -> None:
        for lane in self.epochs[-1].all():
            run(self.sequencer.close(lane))
        self.epochs.append(lanes)


def commits(streams: int, each: int) -> list[Pointer]:
    return [Pointer(f"s:{n}", 1 + 2 * v, 2) for v in range(each) for n in range(streams)]


@given(stops=st.lists(st.integers(1, 5), max_size=12), batch=st.integers(1, 7))
def test_a_reader_goes_on_wherever_it_stopped(stops: list[int], batch: int):
    """Read in pieces of any size, amid pages too, each commit comes once and in order."""
    log, all_of_them = Log(), commits(3, 4)
    for at in range(0, len(all_of_them), batch):
        log.write(*all_of_them[at : at + batch])
    place, seen = Place(), list[Numbered]()
    for limit in (*stops, None):
        some = list(log.reader.read(place, limit=limit))
        seen += some
        place = some[-1].place if some else place
    assert [one.pointer for one in seen] == all_of_them
    assert [one.position for one in seen] == list(range(1, 2 * len(seen), 2))
    assert list(log.reader.read(place)) == []


def test_a_reader_that_follows_goes_through_an_epoch_to_its_end():
    """Streams that change lanes keep their order: the old epoch is read out before the new one."""
    log = Log()
    log.write(*commits(9, 1))
    first = list(log.reader.read(Place()))
    log.widen(FOUR)
    later = [Pointer(f"s:{n}", 3, 1) for n in range(9)]
    log.write(*later)
    rest = list(log.reader.read(first[4].place))
    assert [one.pointer for one in rest[:4]] == [one.pointer for one in first[5:]]
    assert sorted(one.pointer for one in rest[4:]) == sorted(later)
    assert {one.lane for one in rest[4:]} <= set(FOUR.all())
    assert len({one.lane for one in rest[4:]}) > 1
    assert list(log.reader.read(rest[-1].place)) == []


def test_a_new_epoch_is_not_read_before_the_old_one_is_closed():
    """While one lane is open, what follows it may still be written there."""
    log = Log()
    log.write(*commits(2, 1))
    log.epochs.append(FOUR)  # believed to be open, by somebody who is wrong
    assert [one.lane for one in log.reader.read(Place())] == [0, 0]


def test_across_lanes_half_of_a_write_comes_without_the_other():
    """Why a tenant has one lane: with two, a match reaches its payment before its line is there.

    With one lane the same writes are read in an order that every reader can build on.
    """
    line, payment = "set:bank:A:E2", "pay:core:P3"
    recorded, registered = Pointer(line, 1, 1), Pointer(payment, 1, 1)
    match = (Pointer(line, 2, 1), Pointer(payment, 2, 1))

    def read(lanes: Lanes) -> list[Pointer]:
        log = Log()
        log.epochs = [lanes]
        log.write(registered)
        log.write(recorded)
        together = [Stored(each, 0, match) for each in match]
        assert all(map(log.commits.put, together))
        log.sequencer.ingest(together)
        return [one.pointer for one in log.reader.read(Place())]

    two = Lanes(0, 2)
    assert two.of(payment) < two.of(line)
    assert read(two) == [registered, match[1], recorded, match[0]]
    assert read(ONE) == [registered, recorded, *match]
