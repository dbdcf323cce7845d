"""What several commands have in common: their options, and what these mean together."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from application.batch import InputRefused
from application.ports import StoreUnusable, VersionConflict
from conciliar.composition import Embedded, is_store, open_embedded
from conciliar.refusals import reason_of
from conciliar.running import STORE
from conciliar.settings import Language, ProgressForm, Settings
from domain.errors import Refusal

STORES_MAX = 5
"""Stores that are named where one has to be chosen."""

StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="PATH",
        help="Folder of the store, or the output folder it lies in. Default: CONCILIAR_STORE, else"
        " the one store here or one folder down.",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON for machines (docs/cli.md), nothing else.")
]
LanguageOption = Annotated[
    Language | None,
    typer.Option(
        "--lang",
        help="Language of explanations. Default: CONCILIAR_LANG, else the system's.",
        show_default=False,
    ),
]
ProgressOption = Annotated[
    ProgressForm | None,
    typer.Option(
        "--progress",
        help="How progress is shown on standard error. Default: CONCILIAR_PROGRESS, else auto.",
        show_default=False,
    ),
]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why: it is stored and shown to everybody.")
]


def settings() -> Settings:
    """What the environment says. Raises InputRefused."""
    return Settings.of(os.environ)


def language(chosen: Language | None) -> Language:
    """The language of explanations."""
    return chosen or settings().lang


@contextmanager
def store(chosen: Path | None) -> Generator[Embedded]:
    """The store that a command works on. Raises StoreUnusable where there is none."""
    with open_embedded(store_folder(chosen), settings=settings()) as embedded:
        yield embedded


def store_folder(chosen: Path | None) -> Path:
    """The store's folder: as chosen, else by the environment, else the only one that is near.

    Near are this folder, its `store`, and the `store` of each folder in it, such as `demo-out`.
    """
    named = chosen or settings().store
    if named is not None:
        return inside(named)
    here = Path()
    near = [folder for folder in (here, here / STORE) if is_store(folder)]
    near = near[:1] or sorted(file.parent for file in here.glob(f"*/{STORE}/store.json"))
    if len(near) == 1:
        return near[0]
    if not near:
        reason = "no store here: name one with --store or CONCILIAR_STORE"
    else:
        names = ", ".join(str(each) for each in near[:STORES_MAX])
        more = ", …" if len(near) > STORES_MAX else ""
        reason = f"{len(near)} stores here ({names}{more}): choose one with --store"
    raise StoreUnusable(path=str(here.resolve()), reason=reason)


def inside(named: Path) -> Path:
    """The store's folder, where the output folder that it lies in may have been named."""
    return named / STORE if is_store(named / STORE) and not is_store(named) else named


@contextmanager
def about(embedded: Embedded, place: str) -> Generator[None]:
    """Whatever is refused inside is refused about `place` of this store."""
    try:
        yield
    except (InputRefused, StoreUnusable, VersionConflict):
        raise  # they know their place
    except Refusal as refusal:
        file, reason = str(embedded.folder), reason_of(refusal)
        raise InputRefused(file=file, place=place, reason=reason) from refusal


def day(typed: str, *, option: str) -> date:
    """A day as it is typed: 2026-03-06."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        reason = f"{typed!r} is no day: write YYYY-MM-DD"
        raise typer.BadParameter(reason, param_hint=option) from None
