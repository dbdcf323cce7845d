"""A run that dies by SIGKILL, whole process group at once, and the run after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from adapters.store_folder import FACTS
from conciliar import open_store
from domain.facts import Recorded
from tests.architecture.source import ROOT
from tests.service.delivered import SETTINGS, reconciled, result_bytes

DIE = """
import os, signal, sys
from pathlib import Path
from conciliar.running import run
from tests.service.delivered import SETTINGS

def die(stage, done, total):
    if stage == sys.argv[3] and done * 2 >= total:
        os.killpg(0, signal.SIGKILL)

run(Path(sys.argv[1]), Path(sys.argv[2]), settings=SETTINGS, progress=die)
"""
"""A run that dies by itself, in the middle of a stage."""

RUN = (
    "import sys; from pathlib import Path; from tests.service.delivered import reconciled;"
    " reconciled(Path(sys.argv[1]), Path(sys.argv[2]))"
)


@dataclass(frozen=True)
class Expected:
    """What an undisturbed run writes, and how long its process takes, in seconds."""

    results: tuple[bytes, bytes]
    duration_s: float


@dataclass(frozen=True)
class Killed:
    """One kill: when, whether it came in time, and the facts there were before and after."""

    moment_s: float
    in_time: bool
    facts_before: int
    facts_after: int


def undisturbed(data: Path, out: Path) -> Expected:
    started = time.monotonic()
    process = started_run(data, out)
    assert process.wait() == 0
    return Expected(results=result_bytes(out), duration_s=time.monotonic() - started)


def started_run(data: Path, out: Path, *, dying_in: str = "") -> subprocess.Popen[bytes]:
    """A run as the leader of a process group of its own, to die in a stage if one is named."""
    return subprocess.Popen(
        [sys.executable, "-c", DIE if dying_in else RUN, str(data), str(out), dying_in],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


def moments(duration_s: float, *, count: int, seed: int) -> Iterator[float]:
    """Seconds after the start: one in each part of the duration, somewhere in it."""
    chance = Random(seed)
    for part in range(count):
        yield duration_s * (part + chance.random()) / count


def kill(process: subprocess.Popen[bytes], *, after_s: float, alone: bool = False) -> bool:
    """Kill the run, and whatever it started unless `alone`; whether it was still running."""
    try:
        process.wait(timeout=after_s)
    except subprocess.TimeoutExpired:
        if alone:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def kill_and_go_on(data: Path, out: Path, expected: Expected, *, moment_s: float) -> Killed:
    """Kill a run, look at what it left, let another one finish; all that must hold is asserted."""
    in_time = kill(started_run(data, out), after_s=moment_s)
    before = left_behind(out, expected)
    reconciled(data, out)
    after = finished(out, expected)
    assert after[: len(before)] == before, "what was recorded stays as it was"
    return Killed(moment_s, in_time, len(before), len(after))


def left_behind(out: Path, expected: Expected) -> list[Recorded]:
    """The facts that the dead run left; the store is sound, and no result file is half."""
    for name, whole in zip(("matches.jsonl", "exceptions.jsonl"), expected.results, strict=True):
        assert not (out / name).exists() or (out / name).read_bytes() == whole
    if not (out / "store" / FACTS).exists():
        return []  # it died before anything could be recorded
    with open_store(out / "store", settings=SETTINGS) as store:
        assert store.verify().findings == ()
        return list(store.facts.facts())


def finished(out: Path, expected: Expected) -> list[Recorded]:
    """The facts after the run that went on: same results, a sound store, and true read models."""
    assert result_bytes(out) == expected.results
    with open_store(out / "store", settings=SETTINGS) as store:
        assert store.verify().findings == ()
        assert store.views.position() == store.facts.head()
        before = store.views.digest()
        store.projector.rebuild()
        assert store.views.digest() == before
        return list(store.facts.facts())
