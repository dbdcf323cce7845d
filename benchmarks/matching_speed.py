"""What an item costs the matching engine, and how that grows with the number of open items.

    make bench-matching-speed
    python -m benchmarks.matching_speed --payments 1000000 --json

Each size is measured in a process of its own. What counts is the ratio to a floor taken in the same
process: a dict built from the references of all payments and asked for those of all lines.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from benchmarks.ours import Loaded, items, recorded
from benchmarks.speed_picture import picture
from domain.matching.engine import Matcher
from domain.matching.items import LineItem, PaymentItem

SIZES = (10_000, 100_000)
DAYS, PAYMENTS_A_DAY_MIN = 30, 500
FIRST_DAY = date(2026, 3, 2)
ARRIVING = 1_000
"""Lines that arrive one by one, drawn from the whole backlog."""
ARRIVING_S_MAX = 10.0
PART_LINES_MAX = 1_000
PERCENTILES = (0.5, 0.99, 0.999)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One size: CPU seconds of each step, CPU microseconds of one arriving line.

    `line_us` by classes I and G, at once; `sealed_us` with class C and sums, where its window is
    closed already.
    """

    payments: int
    lines: int
    floor_s: float
    index_s: float
    judge_s: float
    peak_mb: int
    cut_s: float
    parts: int
    largest_cluster: int
    largest_component: int
    arrived: int
    line_us: tuple[float, ...]
    sealed: int
    sealed_us: tuple[float, ...]

    @property
    def beside_floor(self) -> float:
        """Building the index, judging and proving, by the floor."""
        return (self.index_s + self.judge_s) / self.floor_s

    @property
    def item_us(self) -> float:
        """CPU microseconds an item, proofs included."""
        return (self.index_s + self.judge_s) / (self.payments + self.lines) * 1e6


def main() -> None:
    """Measure each size, print a table or JSON, draw the picture where one is asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks.matching_speed")
    parser.add_argument("--payments", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--seed", default="speed")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.here:
        print(json.dumps(asdict(measure(told.payments[0], seed=told.seed))))
        return
    measured = [_elsewhere(payments, seed=told.seed) for payments in told.payments]
    if told.json:
        print(json.dumps([asdict(one) for one in measured]))
    else:
        Console().print(table_of(measured))
    if told.picture is not None:
        points = [(one.payments, one.item_us, one.line_us[0]) for one in measured]
        told.picture.write_text(picture(points), encoding="utf-8")


def _elsewhere(payments: int, *, seed: str) -> Measured:
    command = [sys.executable, "-m", "benchmarks.matching_speed", "--here"]
    command += ["--payments", str(payments), "--seed", seed]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Measured(**json.loads(done.stdout))


def measure(payments: int, *, seed: str) -> Measured:
    """One size, in this process."""
    loaded = _loaded(payments, seed=seed)
    reference, known, lines, seal = loaded
    gc.disable()  # as a run does
    floor_s = _floor(known, lines)
    start = time.process_time()
    engine = Matcher(reference)
    for payment in known:
        engine.admit_payment(payment)
    for line in lines:
        engine.admit_line(line)
    index_s, start = time.process_time() - start, time.process_time()
    engine.judge(seal=seal)
    judge_s, peak, start = time.process_time() - start, _peak_kb(), time.process_time()
    cut_s, parts, largest = _cut(engine)
    arrived, sealed = _arriving(loaded, seal=None), _arriving(loaded, seal=seal)
    return Measured(
        payments=len(known),
        lines=len(lines),
        floor_s=floor_s,
        index_s=index_s,
        judge_s=judge_s,
        peak_mb=peak // 1024,
        cut_s=cut_s,
        parts=parts,
        largest_cluster=largest[0],
        largest_component=largest[1],
        arrived=len(arrived),
        line_us=_at(PERCENTILES, arrived),
        sealed=len(sealed),
        sealed_us=_at(PERCENTILES, sealed),
    )


def _cut(engine: Matcher) -> tuple[float, int, tuple[int, int]]:
    """CPU seconds of both cuts, parts of both rounds, and the lines that had to stay together."""
    start = time.process_time()
    first = engine.parts(lines_max=PART_LINES_MAX)
    cut_s = time.process_time() - start
    stages = {
        item: stage for part in first for item, stage in engine.settle_part(part).stages.items()
    }
    start = time.process_time()
    left = engine.parts_left(first, stages, lines_max=PART_LINES_MAX)
    cut_s += time.process_time() - start
    apart = engine.parts(lines_max=1), engine.parts_left(first, stages, lines_max=1)
    largest = [max([len(part.lines) for part in some], default=0) for some in apart]
    return cut_s, len(first) + len(left), (largest[0], largest[1])


def _at(shares: Sequence[float], ordered: Sequence[float]) -> tuple[float, ...]:
    return tuple(ordered[int(share * (len(ordered) - 1))] for share in shares)


def _loaded(payments: int, *, seed: str) -> Loaded:
    from adapters.demo_bank import generate, write

    days = max(2, min(DAYS, payments // PAYMENTS_A_DAY_MIN))
    with tempfile.TemporaryDirectory(prefix="conciliar-speed-") as folder:
        bank = generate(payments=payments, days=days, seed=seed, first_day=FIRST_DAY)
        write(bank, folder=Path(folder))
        return items(recorded(Path(folder)))


def _floor(payments: Sequence[PaymentItem], lines: Sequence[LineItem]) -> float:
    start = time.process_time()
    owners = {payment.reference: payment for payment in payments}
    for line in lines:
        owners.get(line.reference)
    return time.process_time() - start


def _arriving(loaded: Loaded, *, seal: str | None) -> list[float]:
    """CPU microseconds of each line that arrives when all others are known, in order of size."""
    reference, payments, lines, _ = loaded
    arriving = Random(ARRIVING).sample(lines, min(ARRIVING, len(lines) // 2))
    late = {line.id for line in arriving}
    engine = Matcher(reference)
    for payment in payments:
        engine.admit_payment(payment)
    for line in lines:
        if line.id not in late:
            engine.admit_line(line)
    engine.judge(seal=seal)
    engine.judge(seal=seal, touched=[payments[0].id])  # files all lines, once
    taken: list[float] = []
    for line in arriving:
        start = time.thread_time()
        engine.admit_line(line)
        engine.judge(seal=seal, touched=[line.id])
        taken.append((time.thread_time() - start) * 1e6)
        if sum(taken) > ARRIVING_S_MAX * 1e6:
            break
    return sorted(taken)


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def table_of(measured: Sequence[Measured]) -> Table:
    """What a person reads: a column a size."""
    table = Table(title="matching alone, proofs included")
    table.add_column("")
    for one in measured:
        table.add_column(f"{one.payments:,} × {one.lines:,}", justify="right")
    rows = {
        "floor: dict built and asked, CPU s": [f"{one.floor_s:.3f}" for one in measured],
        "index, CPU s": [f"{one.index_s:.2f}" for one in measured],
        "judged and proved, CPU s": [f"{one.judge_s:.2f}" for one in measured],
        "  beside the floor": [f"{one.beside_floor:.0f} x" for one in measured],
        "CPU µs an item": [f"{one.item_us:.0f}" for one in measured],
        "peak memory, MB": [f"{one.peak_mb:,}" for one in measured],
        "cut into parts, CPU s": [f"{one.cut_s:.2f}" for one in measured],
        "  parts of both rounds": [f"{one.parts:,}" for one in measured],
        "  lines of the largest cluster": [f"{one.largest_cluster:,}" for one in measured],
        "  lines of the largest component": [f"{one.largest_component:,}" for one in measured],
        "one line at once, CPU µs p50 / p99 / p99.9": [_cell(one.line_us) for one in measured],
        "  lines that arrived": [f"{one.arrived:,}" for one in measured],
        "one line after the seal, CPU µs": [_cell(one.sealed_us) for one in measured],
        "  lines that arrived so": [f"{one.sealed:,}" for one in measured],
    }
    for name, cells in rows.items():
        table.add_row(name, *cells)
    return table


def _cell(percentiles: Sequence[float]) -> str:
    return " / ".join(f"{us:,.0f}" for us in percentiles)


if __name__ == "__main__":
    main()
