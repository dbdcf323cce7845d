"""`payment import` of 100,000 commands as JSON Lines, in a process of its own: CPU time and memory.

    python -m benchmarks.payment_commands
    python -m benchmarks.payment_commands --commands 20000

CPU time counts, for a shared machine stretches the time of day. It holds all of the command:
reading and checking each line, facts durable, matching judged again, read models up to date.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from adapters.demo_bank import generate, write

COMMANDS = 100_000
FIRST_DAY = date(2026, 3, 2)
CPU_S_PER_100_000_MAX = 60
PEAK_MB_MAX = 1_024
"""What the command may take, and the most memory that it may hold."""

_RUN = "import sys; from handlers.cli import main; sys.argv[0] = 'conciliar'; main()"


def main() -> int:
    """Measure once; 1 if it takes more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=COMMANDS)
    count = int(parser.parse_args().commands)
    with tempfile.TemporaryDirectory(prefix="conciliar-commands-") as place:
        folder = Path(place)
        bank = generate(payments=100, days=1, seed="commands", first_day=FIRST_DAY)
        write(bank, folder=folder / "data")
        _conciliar("reconcile", folder / "data", "--out", folder / "out")
        merchants = json.loads((folder / "data" / "merchants.json").read_text("utf-8"))
        merchant = merchants[0]["merchant_id"]
        file = folder / "commands.jsonl"
        _write(file, count, merchant)
        before = _cpu_s()
        _conciliar("payment", "import", file, "--store", folder / "out")
        took_s = _cpu_s() - before
        peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    print(
        f"{count} commands, {took_s:.1f} CPU s, {count / took_s:.0f} a second; peak {peak_mb} MB"
        f" (at most {CPU_S_PER_100_000_MAX} s for 100,000, {PEAK_MB_MAX} MB)"
    )
    return int(took_s * COMMANDS > CPU_S_PER_100_000_MAX * count or peak_mb > PEAK_MB_MAX)


def _write(file: Path, count: int, merchant: str) -> None:
    with file.open("w", encoding="utf-8") as lines:
        for number in range(count):
            command = {
                "command_id": f"c-{number}",
                "command": "register",
                "payment_id": f"B{number}",
                "merchant_id": merchant,
                "amount": {"minor": str(1_000 + number), "currency": "ARS", "exponent": 2},
                "method": "transfer",
                "created_at": f"2026-03-02T10:{number // 60 % 60:02}:{number % 60:02}-03:00",
                "expected_value_date": "2026-03-03",
                "reference": f"FAC-{number:08}",
                "end_to_end_id": f"E2E{number:08}",
                "payer_name": "Juana Pérez",
                "payer_account": "0110599520000001234569",
                "payer_tax_id": "20-05536168-2",
            }
            lines.write(f"{json.dumps(command)}\n")


def _conciliar(*arguments: str | Path) -> None:
    command = [sys.executable, "-c", _RUN, *map(str, arguments)]
    environment = {**os.environ, "CONCILIAR_ACTOR": "benchmark"}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
