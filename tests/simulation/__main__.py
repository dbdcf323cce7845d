"""The simulator for a night: make simulate, or python -m tests.simulation --seed 7 --steps 1000000.

It prints its seed and the commit first. Failing, it prints the seed of the bank that failed, which
`--seed` repeats to the byte.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulation.runs import Failed, commit, many

STEPS = 10_000_000
TOLD_EVERY_S = 30


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=STEPS)
    asked = parser.parse_args()
    began = time.monotonic()
    sys.stdout.write(f"seed {asked.seed}, commit {commit()}, {asked.steps} steps\n")
    sys.stdout.flush()
    last = began

    def told(made: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= TOLD_EVERY_S:
            last = now
            sys.stdout.write(f"{made:>12,} steps  {made / (now - began):>8,.0f}/s\n")
            sys.stdout.flush()

    try:
        lived = many(asked.seed, steps=asked.steps, told=told)
    except Failed as failed:
        sys.stdout.write(f"FAILED: {failed}\n")
        return 1
    rate = lived.steps / (time.monotonic() - began)
    sys.stdout.write(
        f"{lived.steps:,} steps of {lived.banks:,} banks, {lived.facts:,} facts, {rate:,.0f}/s\n"
        f"{lived.lost_records:,} records lost ({lived.found_again:,} commits found by the scan), "
        f"{lived.parked:,} parked\ndigest {lived.digest}\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
