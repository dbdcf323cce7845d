"""Twenty runs, each killed with SIGKILL at a moment of its own, and each finished by another run.

    make test-kill                  20 moments, spread over the whole run
    python -m benchmarks.kill --kills 40 --payments 5000 --seed 3

After each kill the store must be sound and hold what it held; after the run that goes on, result
files must be the same bytes as those of a run that nobody killed, and read models equal to rebuilt
ones. The first thing that does not hold ends it with a traceback.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.service.delivered import bank, delivered
from tests.service.killed import Killed, kill_and_go_on, moments, undisturbed

KILLS, PAYMENTS, SEED = 20, 4_000, 1


def main() -> int:
    """Kill, look, go on; 1 when no kill met a run that had recorded something."""
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="conciliar-kill-") as place:
        data = delivered(bank(asked.payments, seed=f"kill/{asked.seed}"), Path(place) / "data")
        expected = undisturbed(data, Path(place) / "undisturbed")
        print(f"undisturbed: {expected.duration_s:.1f} s for {asked.payments} payments")
        killed: list[Killed] = []
        times = moments(expected.duration_s, count=asked.kills, seed=asked.seed)
        for number, moment in enumerate(times, start=1):
            out = Path(place) / f"out-{number}"
            killed.append(kill_and_go_on(data, out, expected, moment_s=moment))
            print(f"{number:3}/{asked.kills}  {_told(killed[-1])}", flush=True)
    met = sum(1 for one in killed if one.in_time and one.facts_before)
    print(f"{len(killed)} kills, {met} of them amid facts: every run after ended the same")
    return 0 if met else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kill")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--payments", type=int, default=PAYMENTS)
    parser.add_argument("--seed", type=int, default=SEED)
    return parser.parse_args()


def _told(one: Killed) -> str:
    when = f"killed after {one.moment_s:5.2f} s" if one.in_time else "ended before its kill"
    return f"{when}: {one.facts_before} facts kept of {one.facts_after}, same result"


if __name__ == "__main__":
    raise SystemExit(main())
