"""Pages that are made after a run, for people to look at with a browser.

Each writer gets the run and answers with the file it made, inside the run's output folder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from conciliar.running import Run

PageWriter: TypeAlias = Callable[[Run], Path]

WRITERS: tuple[PageWriter, ...] = ()
"""What is called after every `reconcile` and `demo`, in order."""
