"""The program among others: signals, closed pipes, a kill that leaves its second process alone."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from conciliar.composition import is_store
from tests.handlers.terminal import conciliar, finished, made_bank, started

PAYMENTS = 4_500
"""Enough for a second process, and for a signal to come in time."""

PATIENCE_S = 60


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_bank(tmp_path_factory.mktemp("large") / "data", payments=PAYMENTS)


@pytest.fixture(scope="module")
def undisturbed(large: Path) -> tuple[bytes, bytes]:
    out = large.parent / "undisturbed"
    assert conciliar("reconcile", large, "--out", out).code == 0
    return results(out)


def results(out: Path) -> tuple[bytes, bytes]:
    return (out / "matches.jsonl").read_bytes(), (out / "exceptions.jsonl").read_bytes()


def wait_for_store(process: subprocess.Popen[str], store: Path, *, bytes_min: int) -> None:
    """Wait until the run has written facts."""
    until = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        size = sum(each.stat().st_size for each in store.glob("facts.sqlite"))
        if is_store(store) and size >= bytes_min:
            return
        time.sleep(0.005)


def test_success_is_code_0_and_says_so(data: Path, tmp_path: Path):
    """As a program of its own: the summary on standard output, nothing on standard error."""
    said = finished(started("reconcile", data, "--out", tmp_path / "out", cwd=tmp_path))
    assert (said.code, said.err) == (0, "")
    assert "Reconciled 200 payments" in said.out


def test_a_closed_pipe_ends_it_quietly(out: Path, tmp_path: Path):
    """Whoever stops reading hears no complaint."""
    process = started("report", "--open", "--limit", "10000", "--store", out, cwd=tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 141
    process.stderr.close()


@pytest.mark.slow
def test_ctrl_c_ends_it_with_130_and_the_store_goes_on(
    large: Path, undisturbed: tuple[bytes, bytes], tmp_path: Path
):
    """Interrupted while it writes: no traceback, a sound store, and the next run ends as ever."""
    out, store = tmp_path / "out", tmp_path / "out" / "store"
    process = started("reconcile", large, "--out", out, cwd=tmp_path)
    wait_for_store(process, store, bytes_min=1)
    process.send_signal(signal.SIGINT)
    said = finished(process)
    assert (said.code, said.out, said.err) == (130, "", "")
    assert conciliar("store", "verify", "--store", store).code == 0
    assert conciliar("reconcile", large, "--out", out).code == 0
    assert results(out) == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("bytes_min", [1, 2_000_000])
def test_a_run_that_follows_a_killed_one_at_once_ends_the_same(
    bytes_min: int, large: Path, undisturbed: tuple[bytes, bytes], tmp_path: Path
):
    """Only the run itself dies: its second process may still write when the next one starts."""
    out = tmp_path / "out"
    process = started("reconcile", large, "--out", out, cwd=tmp_path)
    wait_for_store(process, out / "store", bytes_min=bytes_min)
    process.send_signal(signal.SIGKILL)
    again = started("reconcile", large, "--out", out, cwd=tmp_path)
    finished(process)
    said = finished(again)
    assert (said.code, said.err) == (0, "")
    assert results(out) == undisturbed
    assert conciliar("store", "verify", "--store", out).code == 0
