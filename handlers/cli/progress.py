"""Progress of long work, on standard error: a bar on a terminal, else lines.

Lines come seldom, and none before input was accepted: a refusal stays the only line there is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from conciliar.composition import stopwatch
from conciliar.settings import ProgressForm
from handlers.cli import figures
from handlers.cli.options import settings
from handlers.cli.screen import STYLES, err

Told = Callable[[str, int, int], None]
"""Told the stage, how much is done, and of how much."""

STAGES = {
    "read": "Reading files",
    "load": "Loading what is known",
    "record": "Recording",
    "match": "Matching",
    "post": "Posting matches",
    "project": "Updating read models",
    "write": "Writing results",
    "check": "Checking matches",
    "verify": "Verifying",
    "compare": "Comparing",
    "copy": "Copying",
    "export": "Exporting",
    "generate": "Making a bank",
}
"""Stages by name, as people read them."""

BEFORE_ACCEPTANCE = frozenset(("read", "load"))
IN_BYTES = frozenset(("read",))

REFRESH_MS = 100
LINE_EVERY_MS = 5_000


@contextmanager
def progress(form: ProgressForm | None) -> Generator[Told]:
    """Shows what it is told, until the end of the `with`; `form` None: as the settings say."""
    form = form or settings().progress
    if form == "auto":
        form = "bar" if err().is_terminal else "lines"
    match form:
        case "bar":
            with _bar() as told:
                yield told
        case "lines":
            yield _Lines()
        case "off":
            yield _nothing


def _nothing(stage: str, done: int, total: int) -> None:
    del stage, done, total


# Lines.


class _Lines:
    """A line now and then."""

    def __init__(self) -> None:
        self._elapsed_ms = stopwatch()
        self._next_ms = LINE_EVERY_MS
        self._stage, self._since_ms = "", 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now_ms = self._elapsed_ms()
        if stage != self._stage:
            self._stage, self._since_ms = stage, now_ms
        if now_ms < self._next_ms or stage in BEFORE_ACCEPTANCE or done >= total:
            return
        self._next_ms = now_ms + LINE_EVERY_MS
        rate = done * 1_000 // max(1, now_ms - self._since_ms)
        left = f", {(total - done) // rate} s left" if rate else ""
        name = STAGES.get(stage, stage)
        line = f"{name}: {figures.count(done)} of {figures.count(total)}"
        print(f"{line} ({figures.count(rate)}/s{left})", file=sys.stderr, flush=True)


# A bar.


@contextmanager
def _bar() -> Generator[Told]:
    shown = Progress(
        TextColumn("  {task.description}", justify="left"),
        BarColumn(bar_width=32, complete_style="cyan", finished_style="cyan"),
        _Done(),
        _Rate(),
        TimeRemainingColumn(compact=True),
        console=err(force=True),
        transient=True,
        refresh_per_second=8,
    )
    with shown:
        yield _Bar(shown)


class _Bar:
    """One bar a stage, the current one last."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._tasks: dict[str, TaskID] = {}
        self._elapsed_ms = stopwatch()
        self._next_ms = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now_ms = self._elapsed_ms()
        task = self._tasks.get(stage)
        if task is not None and now_ms < self._next_ms and done < total:
            return
        self._next_ms = now_ms + REFRESH_MS
        if task is None:
            self._finish_all()
            name = STAGES.get(stage, stage).ljust(22)
            task = self._tasks[stage] = self._shown.add_task(
                name, total=total, in_bytes=stage in IN_BYTES
            )
        self._shown.update(task, completed=done, total=max(1, total))

    def _finish_all(self) -> None:
        """A stage ends where the next one begins, whatever it told last."""
        for task in self._shown.tasks:
            self._shown.update(task.id, completed=task.total)


class _Done(ProgressColumn):
    """How much is done, as a share."""

    def render(self, task: Task) -> Text:
        return Text(f"{int(task.percentage):3} %")


class _Rate(ProgressColumn):
    """How much is done in a second."""

    def render(self, task: Task) -> Text:
        speed = int(task.finished_speed or task.speed or 0)
        rate = figures.size(speed) if task.fields["in_bytes"] else figures.count(speed)
        return Text(f"{rate:>10}/s" if speed else " " * 12, style=STYLES["quiet"])
