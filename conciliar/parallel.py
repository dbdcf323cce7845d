"""A second process beside a run: it writes what was decided, then keeps the read models up.

    this process      read ─▶ decide ─┬─▶ match ──────────────▶ post ─▶ write results ─▶ catch up
    second process                    └─▶ write facts ─▶ fold, until this process is done ─▶ write
                                                                                            views

The second process is an accelerator and nothing else. Whatever it leaves undone, this process does
at the end; and when this process dies, the second one stops at its next transaction.
"""

from __future__ import annotations

import os
import select
from collections.abc import Sequence

from adapters.aside import Aside, AsideFailed, Tell, aside, can_work_aside
from application.ports import Commit
from application.reconciling import Written, append_all
from conciliar.composition import Embedded, open_embedded

COMMITS_MIN = 5_000
"""Commits from which a second process is worth its start."""

PAUSE_S = 0.2
"""Between two looks at whether there are new facts, or the run is over."""


class Beside:
    """The second process of one run on one store."""

    def __init__(self, embedded: Embedded) -> None:
        self._embedded = embedded
        self._aside: Aside[int] | None = None
        self._stop: int | None = None

    def record(self, commits: Sequence[Commit]) -> Written:
        """Begin to write the commits; the answer waits until all are durable."""
        if len(commits) < COMMITS_MIN or not can_work_aside():
            count = append_all(self._embedded.facts, commits)
            return lambda: count
        reading, self._stop = os.pipe()
        work = _Work(self._embedded, commits, stop_reading=reading, stop_writing=self._stop)
        self._embedded.close()
        self._aside = aside(work, kind=int)
        os.close(reading)
        return self._aside.result

    def finish(self) -> None:
        """Let the second process come to its end, and wait for it; how it ended is of no account.

        It may have refused or died after its facts were written: the read models tell how far it
        came, and the caller brings them to the end.
        """
        if self._stop is not None:
            os.close(self._stop)
            self._stop = None
        if self._aside is not None:
            self._aside.finish()
            self._aside = None


class _Work:
    """What the second process does; made before it starts, so that it finds all it needs."""

    def __init__(
        self,
        embedded: Embedded,
        commits: Sequence[Commit],
        *,
        stop_reading: int,
        stop_writing: int,
    ) -> None:
        self._folder, self._settings = embedded.folder, embedded.settings
        self._commits = commits
        self._stop_reading, self._stop_writing = stop_reading, stop_writing
        self._parent = os.getpid()

    def __call__(self, tell: Tell[int]) -> None:
        os.close(self._stop_writing)  # else it would hold its own end open
        with open_embedded(self._folder, settings=self._settings) as own:
            own.current_views(self._go_on)
            tell(append_all(own.facts, self._commits, self._go_on, take=own.projector.take))
            self._commits = ()
            while not self._stopped():
                own.projector.look_ahead(self._go_on)
            own.current_views(self._go_on)

    def _stopped(self) -> bool:
        """Whether the run is over: it closed its end of the pipe, or died."""
        return bool(select.select([self._stop_reading], [], [], PAUSE_S)[0])

    def _go_on(self, done: int, total: int = 0) -> None:
        """Stop where the run has died: the next one must find nobody writing."""
        if os.getppid() != self._parent:
            raise AsideFailed(f"the run ended; here {done} of {total} were done")
