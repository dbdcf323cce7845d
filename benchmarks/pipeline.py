"""The whole pipeline over a generated bank.

Files in, facts durable, matched, read models up, results written.

    make bench                      100,000 payments and their lines
    python -m benchmarks.pipeline --payments 20000 --json

Two floors are measured in the same run, because machines are shared and noisy: the bare SQLite
inserts of the very facts that the pipeline recorded, and a polars hash join of the same payments
and lines by reference and amount. What counts are the ratios. A second table says what the labelled
data leave for people, and the minutes saved (benchmarks/people.py); `--json` leaves it out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import floors, people
from benchmarks.memory import PeakMemory

PAYMENTS = 100_000
DAYS = 30
FIRST_DAY = date(2026, 3, 2)
PAYMENTS_A_SECOND_MIN = 5_000
PEAK_MB_MAX = 1_536

RUN = "import sys, conciliar; conciliar.reconcile(sys.argv[1], out=sys.argv[2])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run: wall seconds, and the peak of the memory that its processes hold together."""

    payments: int
    lines: int
    facts: int
    pipeline_s: float
    peak_mb: int
    sqlite_floor_s: float
    polars_floor_s: float
    polars_pairs: int

    @property
    def payments_a_second(self) -> float:
        """Payments through the whole pipeline in a second."""
        return self.payments / self.pipeline_s


def main() -> None:
    """Make the data, run the pipeline and its floors, print a table or JSON."""
    parser = argparse.ArgumentParser(prog="benchmarks.pipeline")
    parser.add_argument("--payments", type=int, default=PAYMENTS)
    parser.add_argument("--seed", default="bench")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="conciliar-bench-") as folder:
        measured = measure(Path(folder), payments=arguments.payments, seed=arguments.seed)
    if arguments.json:
        print(json.dumps({**asdict(measured), "payments_a_second": measured.payments_a_second}))
    else:
        console = Console()
        console.print(table_of(measured))
        console.print(people.table_of(people.measured()))


def measure(folder: Path, *, payments: int, seed: str) -> Measured:
    """One run in `folder`, which needs room for about 8 kB a payment."""
    from adapters.demo_bank import generate, write

    data, out = folder / "data", folder / "out"
    days = max(2, min(DAYS, payments // 500))
    bank = generate(payments=payments, days=days, seed=seed, first_day=FIRST_DAY)
    write(bank, folder=data)
    count = len(bank.settlements)
    del bank
    with _timed() as pipeline, PeakMemory() as memory:
        process = subprocess.Popen([sys.executable, "-c", RUN, str(data), str(out)])
        memory.watch(process.pid)
        if process.wait():
            raise SystemExit("the pipeline failed")
    facts, sqlite_s = floors.bare_inserts(out / "store" / "facts.sqlite", folder / "floor.sqlite")
    pairs, polars_s = floors.hash_join(data)
    return Measured(
        payments=payments,
        lines=count,
        facts=facts,
        pipeline_s=pipeline[0],
        peak_mb=memory.peak_mb,
        sqlite_floor_s=sqlite_s,
        polars_floor_s=polars_s,
        polars_pairs=pairs,
    )


@contextmanager
def _timed() -> Iterator[list[float]]:
    seconds = [0.0]
    start = time.perf_counter()
    yield seconds
    seconds[0] = time.perf_counter() - start


def table_of(measured: Measured) -> Table:
    """What a person reads: each figure beside what it must reach."""
    table = Table(
        title=f"{measured.payments:,} payments, {measured.lines:,} lines, {measured.facts:,} facts"
    )
    for name in ("", "measured", "must reach"):
        table.add_column(name, justify="left" if not name else "right")
    rate = measured.payments_a_second
    table.add_row("whole pipeline, s", f"{measured.pipeline_s:.1f}", "")
    table.add_row("payments a second", f"{rate:,.0f}", f"{PAYMENTS_A_SECOND_MIN:,}")
    table.add_row("peak memory, MB", f"{measured.peak_mb:,}", f"{PEAK_MB_MAX:,}")
    table.add_row("floor: bare SQLite inserts, s", f"{measured.sqlite_floor_s:.2f}", "")
    table.add_row(
        "  pipeline beside it", f"{measured.pipeline_s / measured.sqlite_floor_s:.1f} x", ""
    )
    table.add_row("floor: polars hash join, s", f"{measured.polars_floor_s:.2f}", "")
    table.add_row(
        "  pipeline beside it", f"{measured.pipeline_s / measured.polars_floor_s:.1f} x", ""
    )
    table.add_row("  pairs it takes, unproven", f"{measured.polars_pairs:,}", "")
    return table


if __name__ == "__main__":
    main()
