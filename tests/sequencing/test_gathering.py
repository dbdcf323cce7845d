"""What was written together is numbered together, behind what it rests on."""

from __future__ import annotations

from application.sequencing.lanes import Lanes
from application.sequencing.model import PAGE_COMMITS_MAX, BrokenStream, Pointer, Stored
from application.sequencing.sequencer import Sequencer
from tests.sequencing.memory import MemoryCommits, MemoryLogPages, MemoryMarks

LINE, OTHER = Pointer("set:bank:1", 1, 1), Pointer("set:bank:2", 1, 1)
PAID = Pointer("pay:core:1", 1, 1)
MATCH = (Pointer("set:bank:1", 2, 1), Pointer("set:bank:2", 2, 1), Pointer("pay:core:1", 2, 1))


def written(*writes: tuple[Pointer, ...]) -> list[Stored]:
    """The commits of some writes, as the table holds them."""
    return [
        Stored(pointer, 0, write if len(write) > 1 else ()) for write in writes for pointer in write
    ]


class Log:
    """A table that holds these commits, and the log of it."""

    def __init__(self, stored: list[Stored], *, lanes: int = 1, begin: int = 1) -> None:
        self.commits, self.pages, self.marks = MemoryCommits(), MemoryLogPages(), MemoryMarks()
        for commit in stored:
            assert self.commits.put(commit)
        self.sequencer = Sequencer(
            lanes=Lanes(0, lanes),
            commits=self.commits,
            pages=self.pages,
            marks=self.marks,
            begin=begin,
        )

    def numbered(self, lane: int = 0) -> list[Pointer]:
        return [pointer for page in self.pages.pages(lane) for pointer in page.pointers]


def test_one_record_of_a_write_brings_all_of_it():
    """Whichever commit of a match is heard of, all of it stands in one page, behind its items."""
    stored = written((LINE,), (OTHER,), (PAID,), MATCH)
    for heard in stored[3:]:
        log = Log(stored)
        log.sequencer.ingest([heard])
        assert log.numbered()[3:] == list(MATCH)
        assert set(log.numbered()[:3]) == {LINE, OTHER, PAID}
        assert len(list(log.pages.pages(0))) == 1


def test_a_match_heard_of_before_its_line_waits_for_it_in_the_page():
    """The order in which records came gives way to the order of each stream, and no further."""
    stored = written((LINE,), (OTHER,), (PAID,), MATCH)
    log = Log(stored)
    log.sequencer.ingest([stored[5], stored[3], stored[1], stored[0], stored[2], stored[4]])
    assert log.numbered() == [OTHER, LINE, PAID, *MATCH]


def test_a_write_that_cannot_be_whole_is_left_out_with_all_behind_it():
    """Where one of its streams is broken no part of a match is numbered; others are."""
    after = Pointer("pay:core:1", 3, 1)
    stored = written((LINE,), (OTHER,), (PAID,), MATCH, (after,))
    log = Log(stored)
    del log.commits.by_stream["set:bank:2"][0]
    done = log.sequencer.ingest([stored[-1], stored[0]])
    assert done.broken == (BrokenStream(stream="set:bank:2", version=1, through=2),)
    assert log.numbered() == [PAID, LINE]


def test_a_write_is_not_torn_by_the_end_of_a_page():
    """A page that has no room for all of a write ends before it."""
    single = [(Pointer(f"s:{n}", 1, 1),) for n in range(PAGE_COMMITS_MAX - 1)]
    pair = (Pointer("t:1", 1, 1), Pointer("t:2", 1, 1))
    log = Log(written(*single, pair))
    log.sequencer.ingest(written(*single, pair))
    assert [len(page.pointers) for page in log.pages.pages(0)] == [PAGE_COMMITS_MAX - 1, 2]


def test_lanes_do_not_wait_for_each_other():
    """Of a write over several lanes each lane numbers its own part."""
    lanes = Lanes(0, 8)
    log = Log(written((LINE,), (OTHER,), (PAID,), MATCH), lanes=8)
    log.sequencer.ingest(written((LINE,), (OTHER,), (PAID,), MATCH)[3:])
    for pointer in (LINE, OTHER, PAID, *MATCH):
        assert pointer in log.numbered(lanes.of(pointer.stream))


def test_streams_may_begin_at_version_0_where_it_is_said():
    """A later commit brings version 0 along, and a stream that begins at 1 stays one."""
    zero, one, two = Pointer("a", 0, 1), Pointer("a", 1, 2), Pointer("b", 1, 1)
    log = Log(written((two,)), begin=0)
    log.commits.by_stream["a"] = written((zero,), (one,))
    log.sequencer.ingest(written((one,), (two,)))
    assert log.numbered() == [zero, one, two]
    log.sequencer.ingest(written((zero,), (one,), (two,)))
    assert log.numbered() == [zero, one, two]
