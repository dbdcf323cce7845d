"""One run: a folder of files, reconciled into a store, and what came of it in files again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from adapters.aside import AsideFailed
from application.batch import Batch, InputWarning
from application.outcome import exception_rows, match_rows
from application.ports import Commit, VersionConflict
from application.reconciling import Reconciler, Record, Written, sealed_through
from application.registry import untold
from application.reports import Summary, summary
from application.suggesting import suggested
from conciliar.asking import OpenValues, open_values
from conciliar.composition import (
    Counting,
    Embedded,
    holidays,
    open_embedded,
    read_batch,
    read_rules,
    stopwatch,
    write_rows,
)
from conciliar.parallel import Beside
from conciliar.refusals import reason_of
from conciliar.settings import Settings

Stage = Literal["read", "load", "record", "match", "post", "project", "write"]
Progress = Callable[[str, int, int], None]
"""Told the stage (see Stage), how much of it is done, and of how much."""

STORE = "store"
"""The folder of the store inside a folder of results."""

ATTEMPTS_MAX = 5
"""Times that a run is made again because somebody else wrote to the store meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run did.

    `payments` and `lines` are rows of the input, `recorded` the facts that were new in the store
    (0 where nothing was), `judged` the lines that were looked at. `summary` is the state of the
    whole store as of the last day it knows of, `open_values` what is open then.
    """

    out: Path
    store: Path
    payments: int
    lines: int
    recorded: int
    judged: int
    warnings: tuple[InputWarning, ...]
    warnings_total: int
    duration_ms: int
    summary: Summary
    open_values: OpenValues

    @property
    def payments_a_second(self) -> int:
        """Payments of the input by the time that everything took."""
        return self.payments * 1_000 // max(1, self.duration_ms)


def run(
    folder: Path,
    out: Path,
    *,
    store: Path | None = None,
    source: str = "core",
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Run:
    """Reconcile the files in `folder` and write matches.jsonl and exceptions.jsonl into `out`.

    The store is `out`/store unless one is named. Everything in the folder is checked before
    anything is recorded; the same folder again records nothing. Raises InputRefused and
    StoreUnusable.
    """
    settings, told = settings or Settings(), progress or untold
    place = store or out / STORE
    elapsed_ms = stopwatch()
    with without_collections():
        batch = read_batch(
            folder,
            source=source,
            store=place,
            settings=settings,
            progress=_as_stage(told, "read"),
        )
        with open_embedded(place, settings=settings, create=True) as embedded:
            done = _reconciled(embedded, batch, told, out)
            views, as_of = embedded.current_views(_as_stage(told, "project")), done.last_day
            found, values = summary(views, as_of=as_of), open_values(views, as_of=as_of)
    return Run(
        out=out,
        store=place,
        payments=len(batch.payments),
        lines=len(batch.lines),
        recorded=done.recorded,
        judged=done.judged,
        warnings=batch.warnings,
        warnings_total=batch.warnings_total,
        duration_ms=elapsed_ms(),
        summary=found,
        open_values=values,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What is left to tell of an outcome.

    `last_day` is the last day that any source was complete through: the day as of which a run
    speaks.
    """

    recorded: int
    judged: int
    last_day: date


def _reconciled(embedded: Embedded, batch: Batch, told: Progress, out: Path) -> _Done:
    """Recorded, judged, posted and written to files, however often somebody else is faster."""
    alone = False
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return _attempt(embedded, batch, told, out, alone=alone)
        except VersionConflict:  # another run wrote first: begin again from what it left
            continue
        except AsideFailed:  # the second process died; this one can do without
            alone = True
    return _attempt(embedded, batch, told, out, alone=True)


def _attempt(embedded: Embedded, batch: Batch, told: Progress, out: Path, *, alone: bool) -> _Done:
    beside = Beside(embedded)
    record = None if alone else _watched(beside.record, told)
    try:
        # What it held is let go of while the second process comes to its end.
        return _written(embedded, batch, told, out, record)
    finally:
        beside.finish()


def _written(
    embedded: Embedded, batch: Batch, told: Progress, out: Path, record: Record | None
) -> _Done:
    reconciler = Reconciler(
        embedded.facts,
        actor=embedded.settings.actor,
        reason_of=reason_of,
        holidays=holidays(),
        read_rules=read_rules,
        progress=told,
        record=record,
    )
    outcome = reconciler.run(batch)
    told("write", 0, 1)
    found = suggested(outcome.registry, holidays=holidays())
    write_rows(
        out,
        matches=match_rows(outcome.registry),
        exceptions=exception_rows(outcome.registry, found),
    )
    told("write", 1, 1)
    day = sealed_through(outcome.registry)
    return _Done(
        recorded=outcome.recorded,
        judged=outcome.judged,
        last_day=date.fromisoformat(day) if day else date.min,
    )


def _watched(record: Record, told: Progress) -> Record:
    """Tells when this process has to wait for what is written beside it."""

    def recording(commits: Sequence[Commit]) -> Written:
        written, total = record(commits), len(commits)

        def wait() -> int:
            told("record", 0, total)
            count = written()
            told("record", total, total)
            return count

        return wait

    return recording


def _as_stage(told: Progress, stage: Stage) -> Counting:
    return lambda done, total: told(stage, done, total)


@contextmanager
def without_collections() -> Generator[None]:
    """No search for cyclic garbage inside.

    A run builds millions of small values that live to its end and hold no cycles. Python would
    walk through all of them again and again, a third of the time, and find nothing to free.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
