"""kill -9 in the middle of a run: nothing acknowledged is lost, and the next run ends the same."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from conciliar.parallel import COMMITS_MIN
from tests.service.delivered import bank, delivered, reconciled
from tests.service.killed import (
    Expected,
    finished,
    kill,
    kill_and_go_on,
    left_behind,
    moments,
    started_run,
    undisturbed,
)

PAYMENTS = 3_600
"""Enough that a second process writes."""

KILLS, SEED = 4, 4711


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = bank(PAYMENTS, seed="kill")
    assert len(made.payments) + len(made.settlements) > COMMITS_MIN
    return delivered(made, tmp_path_factory.mktemp("kill") / "data")


@pytest.fixture(scope="module")
def expected(data: Path) -> Expected:
    return undisturbed(data, data.parent / "undisturbed")


@pytest.mark.slow
def test_a_killed_run_is_finished_by_the_next(data: Path, expected: Expected, tmp_path: Path):
    """Whenever it died: same result files, a sound store, read models equal to rebuilt ones."""
    times = moments(expected.duration_s, count=KILLS, seed=SEED)
    killed = [
        kill_and_go_on(data, tmp_path / f"out-{n}", expected, moment_s=moment)
        for n, moment in enumerate(times)
    ]
    assert any(one.in_time for one in killed)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["match", "post", "write"])
def test_a_run_killed_in_a_stage_is_finished_by_the_next(
    data: Path, expected: Expected, tmp_path: Path, stage: str
):
    """Dead amid matching, posting or writing results: the next run ends the same."""
    process = started_run(data, tmp_path, dying_in=stage)
    assert process.wait() == -signal.SIGKILL
    before = left_behind(tmp_path, expected)
    assert before or stage == "match"
    reconciled(data, tmp_path)
    assert finished(tmp_path, expected)[: len(before)] == before


@pytest.mark.slow
def test_a_run_that_dies_alone_leaves_nobody_in_the_way(
    data: Path, expected: Expected, tmp_path: Path
):
    """Its second process may still be writing: the next run comes through, to the same end."""
    for n, moment in enumerate(moments(expected.duration_s, count=KILLS, seed=SEED + 2)):
        out = tmp_path / f"out-{n}"
        kill(started_run(data, out), after_s=moment, alone=True)
        reconciled(data, out)
        finished(out, expected)


@pytest.mark.slow
def test_a_run_killed_again_and_again_gets_there(data: Path, expected: Expected, tmp_path: Path):
    """Each run goes on from what the dead ones before it left in the same store."""
    out, known = tmp_path / "out", []
    for moment in moments(expected.duration_s, count=KILLS, seed=SEED + 1):
        kill(started_run(data, out), after_s=moment)
        facts = left_behind(out, expected)
        assert facts[: len(known)] == known
        known = facts
    reconciled(data, out)
    assert finished(out, expected)[: len(known)] == known
