"""Several processes, and processes that die: what was acknowledged stays, and nothing is half."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from adapters.sqlite_facts import SqliteFactStore
from adapters.system import Entropy, FixedClock
from adapters.verification import verify
from tests.adapters.contract_samples import REGISTERED
from tests.architecture.source import ROOT

KILLS = 8
ENDLESS = 10**9


def appender(folder: Path, name: str, *, commits: int, streams: int) -> subprocess.Popen[str]:
    module = "tests.adapters.contract_appender"
    arguments = (str(folder), name, str(commits), str(streams))
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def opened(folder: Path) -> SqliteFactStore:
    return SqliteFactStore.open(
        folder, tenant="bank-01", clock=FixedClock(0), entropy=Entropy(), create=False
    )


def acknowledged(process: subprocess.Popen[str]) -> list[int]:
    assert process.stdout is not None
    with process.stdout:
        lines = [line for line in process.stdout if line.endswith("\n")]  # the last may be cut
    return [int(position) for line in lines for position in line.split()]


def test_a_kill_loses_nothing_acknowledged_and_leaves_nothing_half(tmp_path: Path):
    """After each kill -9 the store is sound and holds all that was answered, in whole commits."""
    folder, answered, chance = tmp_path / "store", set[int](), Random(4711)
    for kill in range(KILLS):
        process = appender(folder, f"w{kill}", commits=ENDLESS, streams=ENDLESS)
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 60)):
            answered |= {int(position) for position in process.stdout.readline().split()}
        process.kill()
        answered |= set(acknowledged(process))
        process.wait()
        with opened(folder) as store:
            facts = list(store.facts())
            assert verify(store).findings == ()
        assert {fact.position for fact in facts} >= answered
        commands = [fact.context.command_id for fact in facts]
        assert commands[::2] == commands[1::2]
        assert all(fact.fact == REGISTERED for fact in facts[::2])


@pytest.mark.parametrize("streams", [1, 30])
def test_processes_that_append_at_once_all_succeed(tmp_path: Path, streams: int):
    """Whether they share a stream or have their own, each commit is kept once; none is torn."""
    folder = tmp_path / "store"
    writers = [appender(folder, f"w{n}", commits=30, streams=streams) for n in range(2)]
    answered = [position for writer in writers for position in acknowledged(writer)]
    assert [writer.wait() for writer in writers] == [0, 0]
    with opened(folder) as store:
        facts = list(store.facts())
        assert verify(store).findings == ()
    assert sorted(answered) == list(range(1, 2 * 30 * 2 + 1))
    commands = [fact.context.command_id for fact in facts]
    assert commands[::2] == commands[1::2]
    assert len(set(commands)) == 60


def test_a_store_may_be_made_by_several_at_once(tmp_path: Path):
    """Processes that open a folder at the same time make one store of it, with one key."""
    writers = [appender(tmp_path / "store", f"w{n}", commits=1, streams=1) for n in range(4)]
    for writer in writers:
        acknowledged(writer)
    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]
    with opened(tmp_path / "store") as store:
        assert store.head() == 8
        assert verify(store).findings == ()
