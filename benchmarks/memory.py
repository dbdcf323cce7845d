"""The memory that a process and its children hold together, at its peak.

Shared pages are counted once.
"""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

PAUSE_S = 0.1
KB_PER_MB = 1024


class PeakMemory:
    """Watches a process tree from a thread.

    `peak_mb` is the largest proportional set size seen (Linux; else 0).
    """

    def __init__(self) -> None:
        self.peak_mb = 0
        self._pid = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def watch(self, pid: int) -> None:
        """Begin to watch the process and all that it starts."""
        self._pid = pid
        self._thread.start()

    def __enter__(self) -> PeakMemory:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._pid:
            self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(PAUSE_S):
            held = sum(_held_kb(pid) for pid in _tree(self._pid))
            self.peak_mb = max(self.peak_mb, held // KB_PER_MB)


def _tree(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            found += _tree(int(child))
    return found


def _held_kb(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0  # it ended meanwhile, or this is not Linux
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
