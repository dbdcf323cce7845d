"""Ours beside what people usually reconcile with, on the same data, judged by the same truth.

    make bench-matching                              10,000, 100,000 and 1,000,000 payments
    python -m benchmarks.matching --payments 10000 --only ours,pandas --json
    python -m benchmarks.matching --data FOLDER      any folder of labelled data, not packed

The others run in .venv-peers, each in a process of its own, by the recipe written in
benchmarks/peers. CPU seconds are without loading; money misallocated is what the payments of false
pairs amount to, which is what somebody has to be paid back.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from adapters.demo_bank import generate, write
from adapters.demo_bank.scoring import PPM, Score, score
from adapters.demo_bank.shares import Shares
from domain.rules.precision import upper_ppm

SIZES = (10_000, 100_000, 1_000_000)
FIRST_DAY = date(2026, 3, 2)
DAYS = 30
ROOT = Path(__file__).resolve().parents[1]
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
PEERS = {
    "pandas": "pandas_join",
    "polars": "polars_join",
    "polars, careful": "polars_careful",
    "duckdb": "duckdb_join",
    "splink": "splink_scores",
    "recordlinkage": "recordlinkage_scores",
    "rapidfuzz": "rapidfuzz_scores",
}
OURS = "conciliar"
LONGEST_S = 1_800


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One tool on one size. CPU without loading; money in minor units, by currency.

    `false_bound_ppm` is the upper 95 % limit of the false rate among the pairs claimed.
    """

    tool: str
    payments: int
    lines: int
    cpu_s: float
    peak_mb: int
    precision_ppm: int
    recall_ppm: int
    false: int
    guessed: int
    duplicates: int
    claimed: int
    misallocated: dict[str, int]
    false_bound_ppm: int


def main() -> None:
    """Measure each tool on each size and print a table, or JSON."""
    parser = argparse.ArgumentParser(prog="benchmarks.matching")
    parser.add_argument("--payments", type=int, action="append")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seed", default="matching")
    parser.add_argument("--only", help="names, parted by commas", default="")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    only = {name.strip() for name in arguments.only.split(",") if name.strip()}
    console = Console(stderr=arguments.json)
    for folder in _folders(arguments.data, arguments.payments or SIZES, arguments.seed, console):
        results = list(_results(folder, only, console))
        if arguments.json:
            print(json.dumps([asdict(result) for result in results]))
        else:
            console.print(table_of(results))


def _folders(
    data: Path | None, sizes: tuple[int, ...] | list[int], seed: str, console: Console
) -> Iterator[Path]:
    if data is not None:
        yield data
        return
    for payments in sizes:
        with tempfile.TemporaryDirectory(prefix="conciliar-bench-") as made:
            folder = Path(made) / "data"
            with console.status(f"making {payments:,} payments"):
                bank = generate(
                    payments=payments,
                    days=DAYS,
                    seed=seed,
                    first_day=FIRST_DAY,
                    shares=Shares.public(),
                )
                write(bank, folder=folder)
                del bank
            yield folder


def _results(folder: Path, only: set[str], console: Console) -> Iterator[Result]:
    amounts = {
        row["payment_id"]: (row["currency"], row["amount"])
        for row in _lines(folder / "payments.jsonl")
    }
    lines = sum(1 for _ in _lines(folder / "settlements.jsonl"))
    for tool in (*PEERS, OURS):
        if only and tool not in only:
            continue
        with (
            console.status(f"{tool} on {len(amounts):,} payments"),
            tempfile.TemporaryDirectory(prefix="conciliar-bench-") as out,
        ):
            measured = _run(tool, folder, Path(out))
            if measured is None:
                console.print(f"{tool}: no answer on {len(amounts):,} payments", style="yellow")
                continue
            found = score(
                truth=_lines(folder / "truth.jsonl"), result=_lines(Path(out) / "matches.jsonl")
            )
        yield _result(tool, found, amounts, lines=lines, measured=measured)


def _run(tool: str, folder: Path, out: Path) -> dict[str, float] | None:
    """The figures that the tool's process prints; None where it fails or takes too long."""
    command = [sys.executable, "-m", "benchmarks.ours"]
    if tool != OURS:
        if not PEERS_PYTHON.exists():
            raise SystemExit("the other tools are not installed: make bench-matching does it")
        command = [str(PEERS_PYTHON), str(ROOT / "benchmarks/peers/run.py"), PEERS[tool]]
    try:
        done = subprocess.run(
            [*command, str(folder), str(out)],
            capture_output=True,
            check=True,
            text=True,
            timeout=LONGEST_S,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return json.loads(done.stdout.splitlines()[-1])


def _result(
    tool: str,
    found: Score,
    amounts: dict[str, tuple[str, int]],
    *,
    lines: int,
    measured: dict[str, float],
) -> Result:
    misallocated = Counter[str]()
    for payment in {payment for payment, _ in found.false_pairs}:
        currency, minor = amounts[payment]
        misallocated[currency] += minor
    claimed = found.right + found.false
    return Result(
        tool=tool,
        payments=len(amounts),
        lines=lines,
        cpu_s=measured["cpu_s"],
        peak_mb=int(measured["peak_mb"]),
        precision_ppm=found.precision_ppm,
        recall_ppm=found.recall_ppm,
        false=found.false,
        guessed=found.guessed,
        duplicates=found.duplicates,
        claimed=claimed,
        misallocated=dict(misallocated),
        false_bound_ppm=upper_ppm(false=found.false, of=claimed),
    )


def table_of(results: list[Result]) -> Table:
    """What a person reads."""
    first = results[0]
    table = Table(title=f"{first.payments:,} payments × {first.lines:,} lines")
    table.add_column("", no_wrap=True)
    for name in (
        "CPU s",
        "MB",
        "precision",
        "recall",
        "false",
        "guesses",
        "twice",
        "ARS mis-\nallocated",
        "false rate,\nupper 95 %",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    for one in results:
        table.add_row(
            one.tool,
            f"{one.cpu_s:.2f}",
            f"{one.peak_mb:,}",
            f"{one.precision_ppm / PPM:.4f}",
            f"{one.recall_ppm / PPM:.4f}",
            f"{one.false:,}",
            f"{one.guessed:,}",
            f"{one.duplicates:,}",
            f"{one.misallocated.get('ARS', 0) / 100:,.0f}",
            f"{one.false_bound_ppm:,.0f} ppm",
            style="bold" if one.tool == OURS else None,
        )
    return table


def _lines(file: Path) -> Iterator[Any]:
    with file.open(encoding="utf-8") as stream:
        yield from map(json.loads, stream)


if __name__ == "__main__":
    main()
