"""What a run leaves open of data with truth: for each line what is considered, and what is so."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from application.reconciling import Reconciler
from application.registry import Registry
from application.suggesting import pool_of
from conciliar.composition import holidays, open_embedded, read_batch, read_rules
from conciliar.refusals import reason_of
from domain.matching.items import LineItem
from domain.suggestions.evidence import Considered
from domain.suggestions.pool import Pool
from domain.suggestions.suggesting import Suggester

Row = dict[str, Any]
"""A row of the labelled data, as JSON has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A possible answer, and how true it is: 1, 0, or one of as many as cannot be told apart."""

    considered: Considered
    truth: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An open line; `answer` are the payments of its truth, empty where there are none."""

    line: LineItem
    label: str
    noise_class: str
    answer: frozenset[str]
    options: tuple[Option, ...]
    unseen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Residue:
    """A run over data with truth, and the lines that it left open."""

    registry: Registry
    pool: Pool
    truth: list[Row]
    cases: tuple[Case, ...]


def rows(folder: Path, table: str) -> list[Row]:
    """The rows of a table of labelled data, plain or gzipped."""
    plain = folder / f"{table}.jsonl"
    packed = folder / f"{table}.jsonl.gz"
    with plain.open("rt") if plain.exists() else gzip.open(packed, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def residue(folder: Path) -> Residue:
    """Reconcile a folder of labelled data, and say what is open. Nothing is kept."""
    with tempfile.TemporaryDirectory(prefix="conciliar-residue-") as place:
        store = Path(place) / "store"
        batch = read_batch(folder, source="core", store=store)
        with open_embedded(store, create=True) as embedded:
            reconciler = Reconciler(
                embedded.facts,
                actor="bench",
                reason_of=reason_of,
                holidays=holidays(),
                read_rules=read_rules,
            )
            registry = reconciler.run(batch).registry
    pool, lines = pool_of(registry, holidays=holidays())
    truth = rows(folder, "truth")
    return Residue(
        registry=registry, pool=pool, truth=truth, cases=tuple(_cases(pool, lines, truth))
    )


def _cases(pool: Pool, lines: list[LineItem], truth: list[Row]) -> Iterator[Case]:
    group_of = {line: group for group in truth for line in group["settlements"]}
    suggester = Suggester(pool)
    for line in lines:
        group = group_of.get(line.settlement_id)
        if group is None:
            continue
        considered, unseen = suggester.consider(line)
        yield Case(
            line=line,
            label=group["label"],
            noise_class=group["noise_class"],
            answer=frozenset(group["payments"]),
            options=tuple(
                Option(considered=one, truth=_truth(ids_of(one), group)) for one in considered
            ),
            unseen=unseen,
        )


def ids_of(one: Considered) -> frozenset[str]:
    """The payments' ids as their source gives them."""
    return frozenset(key.rpartition(":")[2] for key in one.key)


def _truth(payments: frozenset[str], group: Row) -> Fraction:
    """Where some of k alike payments are meant and nobody can say which: each is one in k."""
    answer = frozenset(group["payments"])
    alike = group["pairing"] in {"none", "any_bijection"} and not group["noise_class"].startswith(
        "batch"
    )
    if answer and alike:
        inside = len(payments) == 1 and payments <= answer
        return Fraction(1, len(answer)) if inside else Fraction(0)
    return Fraction(bool(answer) and payments == answer)
