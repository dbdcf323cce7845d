"""Pages that are made after a run, for people to look at with a browser.

Each writer gets the run and a language, and answers with the file it made, inside the run's output
folder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from application.wording.phrases import Language
from conciliar.asking import suggested_now
from conciliar.composition import open_embedded
from conciliar.running import Run
from handlers.cli.options import settings

REPORT = "report.html"

PageWriter: TypeAlias = Callable[[Run, Language], Path]


def write_report(done: Run, lang: Language) -> Path:
    """Write OUT/report.html: the figures of the whole store, with plots and the books."""
    from handlers.page import write_page

    path = done.out / REPORT
    with open_embedded(done.store, settings=settings()) as embedded:
        views = embedded.current_views()
        write_page(
            path,
            views=views,
            suggested=suggested_now(embedded, views),
            as_of=done.summary.as_of,
            lang=lang,
            store=done.store,
        )
    return path


WRITERS: tuple[PageWriter, ...] = (write_report,)
"""What is called after every `reconcile` and `demo`, in order."""
