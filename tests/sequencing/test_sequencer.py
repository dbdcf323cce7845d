"""One sequencer, step by step: what it writes, what it mends, what it refuses."""

from __future__ import annotations

import pytest

from application.sequencing.lanes import Lanes
from application.sequencing.model import (
    PAGE_BYTES_MAX,
    PAGE_COMMITS_MAX,
    PAGE_FACTS_MAX,
    BrokenStream,
    LaneClosed,
    LaneContended,
    Page,
    Pointer,
    Stored,
    cut,
    pointer_bytes,
    start,
)
from application.sequencing.sequencer import RACES_MAX, Ingested, Sequencer, run
from tests.sequencing.memory import Faults, MemoryCommits, MemoryLogPages, MemoryMarks

LANE = 0
A1, A2, A4 = Pointer("pay:core:a", 1, 1), Pointer("pay:core:a", 2, 2), Pointer("pay:core:a", 4, 1)
B1 = Pointer("pay:core:b", 1, 3)


BEFORE = start(LANE)


def told(*pointers: Pointer) -> list[Stored]:
    """The records of some commits."""
    return [Stored(pointer, 0) for pointer in pointers]


def alone(*pointers: Pointer) -> list[list[Stored]]:
    """Units of one commit each."""
    return [[commit] for commit in told(*pointers)]


class Died(Exception):  # noqa: N818  (it is meant to)
    """The process ended here."""


class Table:
    """A tenant's stored commits, pages and marks."""

    def __init__(self, *stored: Pointer) -> None:
        self.faults = Faults()
        self.commits = MemoryCommits(self.faults)
        self.pages = MemoryLogPages(self.faults)
        self.marks = MemoryMarks(self.faults)
        for pointer in stored:
            assert self.commits.put(Stored(pointer, 0))

    def sequencer(self, lanes: Lanes = Lanes(0, 1)) -> Sequencer:  # noqa: B008  (it never changes)
        return Sequencer(lanes=lanes, commits=self.commits, pages=self.pages, marks=self.marks)

    def log(self) -> list[tuple[int, tuple[Pointer, ...]]]:
        return [(page.position, page.pointers) for page in self.pages.pages(LANE)]

    def dies_after(self, call: str, *, times: int = 1) -> None:
        left = [times]

        def die(made: str) -> None:
            if made == call:
                left[0] -= 1
                if left[0] == 0:
                    raise Died

        self.faults.after = die

    def heals(self) -> None:
        self.faults.after = lambda call: None


def test_commits_are_numbered_in_the_order_in_which_they_came():
    """One page holds the batch as it came, and the next one begins where it ends."""
    table = Table(A1, A2, B1)
    assert table.sequencer().ingest(told(B1, A1)) == Ingested(commits=2, pages=1)
    assert table.sequencer().ingest(told(A2)) == Ingested(commits=1, pages=1)
    assert table.log() == [(1, (B1, A1)), (5, (A2,))]
    assert table.marks.by_stream == {"pay:core:a": 3, "pay:core:b": 3}


def test_a_record_that_comes_twice_changes_nothing():
    """Neither in one batch nor in a later one is a commit numbered again."""
    table = Table(A1)
    table.sequencer().ingest(told(A1, A1))
    assert table.sequencer().ingest(told(A1)) == Ingested()
    assert table.log() == [(1, (A1,))]


def test_a_later_record_pulls_in_the_ones_before_it():
    """Of commits whose record did not come, or came later, the stored ones are taken first."""
    table = Table(A1, A2, A4)
    table.sequencer().ingest(told(A4, A1))
    assert table.log() == [(1, (A1, A2, A4))]


def test_a_hole_that_nothing_fills_is_named_and_holds_up_nobody_else():
    """The stream is numbered up to its hole; others in the batch are numbered whole."""
    table = Table(A1, B1)
    done = table.sequencer().ingest(told(A4, A1, B1))
    assert done.broken == (BrokenStream(stream="pay:core:a", version=2, through=4),)
    assert table.log() == [(1, (A1, B1))]


def test_a_commit_that_overlaps_what_is_numbered_is_named():
    """A record that begins inside a numbered commit is no commit that any writer made."""
    table = Table(A1, A2)
    table.sequencer().ingest(told(A1, A2))
    done = table.sequencer().ingest(told(Pointer("pay:core:a", 3, 4)))
    assert done.broken == (BrokenStream(stream="pay:core:a", version=4, through=6),)


@pytest.mark.parametrize("times", [1, 2])
def test_who_dies_among_the_marks_is_mended_by_the_next(times: int):
    """Marks that a dead sequencer left out are raised before the next page is written."""
    table = Table(A1, A2, B1)
    table.dies_after("mark", times=times)
    with pytest.raises(Died):
        table.sequencer().ingest(told(A1, B1))
    table.heals()
    table.sequencer().ingest(told(A1, A2, B1))
    assert table.log() == [(1, (A1, B1)), (5, (A2,))]


def test_a_page_whose_answer_was_lost_is_found_again():
    """The same sequencer, told again, finds its own page and adds nothing to it."""
    table = Table(A1, B1)
    sequencer = table.sequencer()
    table.dies_after("page")
    with pytest.raises(Died):
        sequencer.ingest(told(A1, B1))
    table.heals()
    assert sequencer.ingest(told(A1, B1)) == Ingested()
    assert table.log() == [(1, (A1, B1))]


def test_a_zombie_that_wakes_after_others_wrote_does_no_harm():
    """Stopped just before its page, it loses the position, looks again and finds all done."""
    table = Table(A1, B1)
    zombie = table.sequencer().steps(told(A1, B1))
    while next(zombie) != "page":
        pass
    table.sequencer().ingest(told(B1, A1))
    assert run(zombie) == Ingested()
    assert table.log() == [(1, (B1, A1))]


def test_who_is_always_too_late_gives_up_by_name():
    """After so many lost races in a row the batch is refused, to be delivered again."""

    class AlwaysTaken(MemoryLogPages):
        def put(self, page: Page) -> bool:
            return False

    table = Table(A1)
    table.pages = AlwaysTaken()
    with pytest.raises(LaneContended) as refused:
        table.sequencer().ingest(told(A1))
    assert refused.value == LaneContended(lane=0, times=RACES_MAX)


# Pages.


def test_pages_are_cut_at_their_limits():
    """No page has more commits, bytes or facts than it may, and none is left out."""
    many = [Pointer(f"s:{n}", 1, 1) for n in range(PAGE_COMMITS_MAX + 1)]
    assert [len(page.pointers) for page in cut(BEFORE, alone(*many))] == [PAGE_COMMITS_MAX, 1]
    wide = [Pointer(f"s:{n:0998}", 1, 1) for n in range(1_000)]
    pages = list(cut(BEFORE, alone(*wide)))
    assert all(sum(map(pointer_bytes, page.pointers)) <= PAGE_BYTES_MAX for page in pages)
    assert [pointer for page in pages for pointer in page.pointers] == wide
    assert [page.position for page in pages[1:]] == [page.next_position for page in pages[:-1]]
    deep = [Pointer(f"s:{n}", 1, PAGE_FACTS_MAX - 1) for n in range(2)]
    assert [page.position for page in cut(BEFORE, alone(*deep))] == [1, PAGE_FACTS_MAX]
    assert len(list(cut(BEFORE, alone(Pointer("s", 1, 10 * PAGE_FACTS_MAX))))) == 1


def test_a_batch_of_several_pages_survives_a_death_between_them():
    """The second page is written by whoever comes next, behind the first."""
    many = [Pointer(f"s:{n}", 1, 1) for n in range(PAGE_COMMITS_MAX + 3)]
    table = Table(*many)
    table.dies_after("page")
    with pytest.raises(Died):
        table.sequencer().ingest(told(*many))
    table.heals()
    assert table.sequencer().ingest(told(*many)).commits == 3
    assert [position for position, _ in table.log()] == [1, PAGE_COMMITS_MAX + 1]


# Closed lanes.


def test_a_closed_lane_takes_nothing_any_more():
    """Whoever still numbers there is told that the epoch is over; closing again finds the end."""
    table = Table(A1, B1)
    sequencer = table.sequencer()
    sequencer.ingest(told(A1))
    end = run(sequencer.close(LANE))
    assert (end.position, end.closed) == (2, True)
    assert run(table.sequencer().close(LANE)) == end
    with pytest.raises(LaneClosed) as refused:
        sequencer.ingest(told(B1))
    assert refused.value == LaneClosed(lane=0)


def test_closing_raises_the_marks_that_a_dead_one_left_out():
    """No page of the next epoch is written while a page of this one is without its marks."""
    table = Table(A1, A2)
    table.dies_after("page")
    with pytest.raises(Died):
        table.sequencer().ingest(told(A1))
    table.heals()
    run(table.sequencer().close(LANE))
    assert table.marks.by_stream == {"pay:core:a": 1}
