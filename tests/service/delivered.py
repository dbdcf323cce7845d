"""A bank's data as it is delivered: in one folder, or cut into days by what had been received."""

from __future__ import annotations

import json
from bisect import bisect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from adapters.demo_bank import DemoBank, generate, write
from conciliar.running import Run, run
from conciliar.settings import Settings

FIRST_DAY = date(2026, 3, 2)
SETTINGS = Settings(actor="tester", tenant="bank-01")

DayOf = Callable[[Any], int]
"""The day, from 0, on which a row is delivered."""


def bank(payments: int, *, seed: str, days: int = 5) -> DemoBank:
    return generate(payments=payments, days=days, seed=seed, first_day=FIRST_DAY)


def delivered(made: DemoBank, folder: Path) -> Path:
    write(made, folder=folder)
    return folder


def shuffled(made: DemoBank, chance: Random) -> DemoBank:
    """The same rows in another order, in each of the files that has rows."""
    return replace(
        made,
        payments=chance.sample(made.payments, len(made.payments)),
        settlements=chance.sample(made.settlements, len(made.settlements)),
        merchants=chance.sample(made.merchants, len(made.merchants)),
    )


def cut(made: DemoBank, days: int, *, day_of: DayOf) -> list[DemoBank]:
    """What each day delivers."""
    return [
        replace(
            made,
            payments=[row for row in made.payments if day_of(row) == day],
            settlements=[row for row in made.settlements if day_of(row) == day],
        )
        for day in range(days)
    ]


ENDS = (2, 4, 7, 9)
"""Days after the first on which a delivery ends; the fifth has the rest."""


def by_receipt(row: Any) -> int:
    """The delivery, 0 to 4, that brings a row received on its day."""
    received = date.fromisoformat(row["received_at"][:10])
    return bisect(ENDS, (received - FIRST_DAY).days)


@dataclass(frozen=True)
class Answer:
    """The result files of a run, as far as they do not depend on the way that led there."""

    matches: frozenset[tuple[frozenset[str], frozenset[str], str]]
    exceptions: frozenset[tuple[str, str]]


def reconciled(folder: Path, out: Path, *, store: Path | None = None) -> Run:
    return run(folder, out, store=store, settings=SETTINGS)


def answer(out: Path) -> Answer:
    """Matches by ids and rule, exceptions by id and reason; nothing of what was contradicted."""
    return Answer(
        matches=frozenset(
            (frozenset(row["payments"]), frozenset(row["settlements"]), row["rule"])
            for row in rows(out / "matches.jsonl")
        ),
        exceptions=frozenset(
            (row["id"], row["reason"])
            for row in rows(out / "exceptions.jsonl")
            if row["reason"] != "contradicted" or row["rule"] != "E10"
        ),
    )


def contradicted(out: Path) -> set[str]:
    """The lines whose match was contradicted by something that came later."""
    return {row["id"] for row in rows(out / "exceptions.jsonl") if row["rule"] == "E10"}


def rows(file: Path) -> Iterable[Any]:
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def result_bytes(out: Path) -> tuple[bytes, bytes]:
    return (out / "matches.jsonl").read_bytes(), (out / "exceptions.jsonl").read_bytes()
