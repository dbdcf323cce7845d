"""The public name: settings, the one composition of adapters, and the facade.

    import conciliar

    run = conciliar.reconcile("data", out="out")        # as the command line does
    print(run.recorded, run.summary.auto_of_all.ppm)

    with conciliar.open_store("out/store") as store:    # facts, and read models up to them
        head = store.facts.head()
        report = summary(store.current_views(), as_of=date(2026, 3, 6))

Everything else may change between versions; these two, and what they return, are kept.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conciliar.composition import Embedded
    from conciliar.running import Progress, Run
    from conciliar.settings import Settings

__all__ = ["open_store", "reconcile"]


def reconcile(
    folder: Path | str,
    *,
    out: Path | str,
    store: Path | str | None = None,
    source: str = "core",
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Run:
    """Reconcile the files in `folder`: results go to `out`, facts to `store` (else `out`/store).

    `source` names the system that the payments come from: it is part of their identity. `progress`
    is told the stage, how much of it is done, and of how much. The same input again records
    nothing. Raises `application.batch.InputRefused` for input that cannot be accepted, before
    anything of it is recorded, and `application.ports.StoreUnusable`.
    """
    from conciliar.running import run

    place = None if store is None else Path(store)
    return run(
        Path(folder), Path(out), store=place, source=source, settings=settings, progress=progress
    )


def open_store(
    folder: Path | str, *, settings: Settings | None = None, create: bool = False
) -> AbstractContextManager[Embedded]:
    """A store, open until the end of the `with`: `.facts`, `.views`, `.current_views()`.

    Raises `application.ports.StoreUnusable` where there is none, unless `create` makes it.
    """
    from conciliar.composition import open_embedded

    return open_embedded(Path(folder), settings=settings, create=create)
