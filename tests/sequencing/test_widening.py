"""The log gets more lanes while writers go on: nothing is lost, and streams keep their order."""

from __future__ import annotations

from random import Random

import pytest

from application.sequencing.lanes import Lanes
from application.sequencing.model import LaneClosed, Pointer, Stored
from application.sequencing.reading import LogReader, Place
from application.sequencing.sequencer import Sequencer
from application.sequencing.widening import epochs, open_log
from domain.facts import Context
from tests.sequencing.memory import MemoryCommits, MemoryLogPages, MemoryMarks
from tests.service.tiny import Remembered

CONTEXT = Context(command_id="w", correlation_id="w", actor="ops", authority="administrator")


class Log:
    """A tenant's log, and the facts that say how many lanes it has."""

    def __init__(self) -> None:
        self.facts = Remembered()
        self.commits, self.pages, self.marks = MemoryCommits(), MemoryLogPages(), MemoryMarks()

    def sequencer(self, lanes: Lanes) -> Sequencer:
        return Sequencer(lanes=lanes, commits=self.commits, pages=self.pages, marks=self.marks)

    def open(self, count: int) -> Lanes:
        return open_log(
            self.facts,
            count=count,
            sequencer_of=self.sequencer,
            business_time="2026-03-02",
            context=CONTEXT,
        )


def test_a_log_is_opened_once():
    """Asked again for as many lanes, nothing is recorded."""
    log = Log()
    assert log.open(1) == log.open(1) == Lanes(0, 1)
    assert log.facts.head() == 1
    assert epochs(log.facts) == (Lanes(0, 1),)


def test_widening_keeps_each_stream_in_order():
    """Over many seeds and three epochs, a reader sees each commit once and streams in order."""
    for seed in range(30):
        random, log = Random(seed), Log()
        versions = dict.fromkeys(range(9), 0)
        written: list[Pointer] = []
        for count in (1, 3, 8):
            lanes = log.open(count)
            for _ in range(20):
                at, facts = random.randrange(9), random.randint(1, 3)
                pointer = Pointer(f"s:{at}", versions[at] + 1, facts)
                versions[at] += facts
                assert log.commits.put(Stored(pointer, 0))
                written.append(pointer)
                if random.random() < 0.7:  # of the others no record comes
                    log.sequencer(lanes).ingest([Stored(pointer, 0)])
        log.sequencer(lanes).ingest([Stored(pointer, 0) for pointer in written])
        seen = [one.pointer for one in LogReader(log.pages, epochs(log.facts)).read(Place())]
        assert sorted(seen) == sorted(written)
        for at in versions:
            firsts = [pointer.first for pointer in seen if pointer.stream == f"s:{at}"]
            assert firsts == sorted(firsts)


def test_who_still_believes_in_the_old_lanes_is_refused():
    """A sequencer of the epoch before numbers nothing any more."""
    log = Log()
    old = log.sequencer(log.open(1))
    log.open(4)
    log.commits.put(Stored(Pointer("s:1", 1, 1), 0))
    with pytest.raises(LaneClosed):
        old.ingest([Stored(Pointer("s:1", 1, 1), 0)])


def test_a_widening_that_died_is_finished_by_the_next():
    """Lanes that are closed already are found so; the epoch opens once."""
    log = Log()
    lanes = log.open(2)
    closing = log.sequencer(lanes).close(0)
    for _ in closing:
        pass
    assert log.open(4) == log.open(4) == Lanes(2, 4)
    assert epochs(log.facts) == (Lanes(0, 2), Lanes(2, 4))
