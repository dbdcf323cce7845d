"""Days of a bank that does not exist: made in a folder, then reconciled as anybody's data are."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from application.batch import InputRefused
from conciliar.composition import write_demo_bank
from conciliar.running import STORE, Progress, Run, run
from conciliar.settings import Settings

FIRST_DAY = date(2026, 3, 2)
"""A Monday."""

DATA = "data"
DESCRIPTION = "demo.json"

MADE_HERE = (DATA, STORE, "matches.jsonl", "exceptions.jsonl", "report.html", DESCRIPTION)
"""What a demonstration leaves in its folder, and nothing else is ever removed from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """Which bank: equal values give equal files."""

    seed: str
    payments: int
    days: int


def demonstrate(
    wanted: Demonstration,
    out: Path,
    *,
    fresh: bool = False,
    settings: Settings | None = None,
    progress: Progress,
) -> Run:
    """Make the bank in `out`/data and reconcile it into `out`; again, nothing is new.

    With `fresh`, an earlier demonstration in `out` is removed first. Raises InputRefused where
    `out` holds another demonstration, or numbers are out of range.
    """
    known = _known(out)
    if known is not None and fresh:
        _remove(out)
    elif known not in (None, wanted):
        was = f"seed {known.seed}, {known.payments} payments, {known.days} days" if known else ""
        reason = f"another demonstration lies here ({was}): add --fresh to replace it"
        raise InputRefused(file=str(out), place="demo", reason=reason)
    progress("generate", 0, 1)
    try:
        write_demo_bank(out / DATA, first_day=FIRST_DAY, **asdict(wanted))
    except ValueError as error:
        raise InputRefused(file="demo", place="numbers", reason=str(error)) from error
    (out / DESCRIPTION).write_text(json.dumps(asdict(wanted)) + "\n", encoding="utf-8")
    progress("generate", 1, 1)
    return run(out / DATA, out, store=out / STORE, settings=settings, progress=progress)


def _known(out: Path) -> Demonstration | None:
    """The demonstration that lies in the folder, if one does."""
    try:
        said = json.loads((out / DESCRIPTION).read_text(encoding="utf-8"))
        return Demonstration(
            seed=str(said["seed"]), payments=int(said["payments"]), days=int(said["days"])
        )
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        reason = "not the description of a demonstration"
        raise InputRefused(file=str(out / DESCRIPTION), place="file", reason=reason) from error


def _remove(out: Path) -> None:
    for name in MADE_HERE:
        path = out / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
