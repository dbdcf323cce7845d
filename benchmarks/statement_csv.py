"""A CSV statement of 700,000 rows to entries, beside a bare csv.reader over the same file.

    python -m benchmarks.statement_csv
    python -m benchmarks.statement_csv --rows 100000 --repeats 5

Both run in turns in the same process; the ratio of their best CPU times counts, since a shared
machine slows both alike. The peak memory is of a process of its own that only reads.
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from adapters.statements import extract, plain_csv
from adapters.statements.model import Entry

ROWS, REPEATS, SEED = 700_000, 3, 4
RATIO_MAX = 7
"""What reading may cost, in times of a bare csv.reader; the goal is 4."""

READERS = {"ar-extract": extract.read, "csv": plain_csv.read, "many-columns": extract.read}
TEXTS = (
    "TRANSF. RECIBIDA",
    "PAGO SERVICIOS",
    "DEBIN 30-71599322-3",
    "COMISION MANTENIMIENTO",
    "COMPRA CON TRANSF. N83HYZ5LQV0PRE7K1MXW9D",
    "ACRED. LIQ. 004501",
)


def main() -> int:
    """Measure each layout; 1 if one costs more than it may."""
    asked = _asked()
    if asked.read is not None:
        return _read_only(*asked.read)
    worst = 0
    with tempfile.TemporaryDirectory(prefix="conciliar-csv-") as place:
        for name, write in WRITERS.items():
            file = Path(place) / f"{name}.csv"
            write(file, asked.rows)
            ours, floor = _best(
                lambda file=file, name=name: _entries(name, file),
                lambda file=file: _bare(file),
                repeats=asked.repeats,
            )
            worst = max(worst, ours * 100 // floor)
            print(
                f"{name:12} {asked.rows} rows, {file.stat().st_size >> 20} MB:"
                f" csv.reader {floor / 1e9:.2f} s, entries {ours / 1e9:.2f} s,"
                f" {ours / floor:.2f} times; peak {_peak_mb(name, file)} MB"
            )
    return int(worst > RATIO_MAX * 100)


def _best(*timed: Callable[[], int], repeats: int) -> list[int]:
    """The best nanoseconds of each, taken in turns."""
    best = [0] * len(timed)
    for _ in range(repeats):
        for number, work in enumerate(timed):
            start = time.process_time_ns()
            work()
            took = time.process_time_ns() - start
            best[number] = min(best[number] or took, took)
    return best


def _bare(file: Path) -> int:
    with file.open(encoding="utf-8", newline="") as text:
        return sum(1 for _ in csv.reader(text, delimiter=";"))


def _entries(name: str, file: Path) -> int:
    with file.open("rb") as stream:
        return sum(isinstance(each, Entry) for each in READERS[name](stream))


def _read_only(name: str, file: str) -> int:
    _entries(name, Path(file))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
    return 0


def _peak_mb(name: str, file: Path) -> int:
    command = [sys.executable, "-m", "benchmarks.statement_csv", "--read", name, str(file)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _write_extract(file: Path, rows: int) -> None:
    drawn = random.Random(SEED)
    balance = 0
    with file.open("w", encoding="utf-8", newline="") as text:
        text.write("Fecha;Fecha Valor;Concepto;Comprobante;Débito;Crédito;Saldo\r\n")
        for number in range(rows):
            amount = drawn.randrange(-5_000_000, 5_000_000) or 1
            balance += amount
            day = f"{1 + number * 28 // rows:02}/10/2026"
            sides = f";{_comma(amount)}" if amount > 0 else f"{_comma(-amount)};"
            shown = _comma(abs(balance)) + ("-" if balance < 0 else "")
            text.write(f"{day};{day};{drawn.choice(TEXTS)};{number:08};{sides};{shown}\r\n")


def _write_plain(file: Path, rows: int) -> None:
    drawn = random.Random(SEED)
    with file.open("w", encoding="utf-8", newline="") as text:
        text.write("date;amount;currency;reference;description\n")
        for number in range(rows):
            amount = drawn.randrange(-5_000_000, 5_000_000)
            sign = "-" if amount < 0 else ""
            shown = f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02}"
            day = f"2026-10-{1 + number * 28 // rows:02}"
            text.write(f"{day};{shown};ARS;{number:08};{drawn.choice(TEXTS)}\n")


def _write_many_columns(file: Path, rows: int) -> None:
    """Several columns of text, some of them blank, and columns that no field is for."""
    drawn = random.Random(SEED)
    balance = 0
    with file.open("w", encoding="utf-8", newline="") as text:
        text.write(
            "Fecha;Descripción;Origen;Débitos;Créditos;Grupo de Conceptos;Concepto;Observaciones"
            ";Número de Comprobante;Leyendas Adicionales 1;Leyendas Adicionales 2;Sucursal;Saldo\n"
        )
        for number in range(rows):
            amount = drawn.randrange(-5_000_000, 5_000_000) or 1
            balance += amount
            day = f"{1 + number * 28 // rows:02}/10/2026"
            sides = f";{_comma(amount)}" if amount > 0 else f"{_comma(-amount)};"
            shown = _comma(abs(balance)) + ("-" if balance < 0 else "")
            name = f"COMERCIO {drawn.randrange(2_000)} SA" if number % 3 else ""
            text.write(
                f"{day};{drawn.choice(TEXTS)};{'CASA CENTRAL' if number % 2 else 'RED'};{sides}"
                f";Varios;{number % 40:03};;{number:08};{name};{f'REF {number}' if name else ''}"
                f";{number % 200:03};{shown}\n"
            )


WRITERS = {"ar-extract": _write_extract, "csv": _write_plain, "many-columns": _write_many_columns}


def _comma(minor: int) -> str:
    return f"{minor // 100:,}".replace(",", ".") + f",{minor % 100:02}"


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statement_csv")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--read", nargs=2, metavar=("READER", "FILE"), help="only read")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
