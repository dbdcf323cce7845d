"""`conciliar demo`: a bank's days that do not exist, reconciled and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conciliar.composition import open_embedded
from conciliar.demonstration import Demonstration, demonstrate
from handlers.cli import json_forms, pages
from handlers.cli.demo_shown import demonstration_blocks
from handlers.cli.options import JsonOption, LanguageOption, ProgressOption, language, settings
from handlers.cli.progress import progress
from handlers.cli.reconcile import blocks
from handlers.cli.screen import show, show_json

OUT = Path("demo-out")


def demo(
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder of data, store and results.")
    ] = OUT,
    seed: Annotated[
        str, typer.Option("--seed", metavar="TEXT", help="Another seed, another bank.")
    ] = "1",
    payments: Annotated[
        int, typer.Option("--payments", metavar="N", min=1, help="Payments to make.")
    ] = 3_000,
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=1, help="Days on which they are made.")
    ] = 3,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Replace the demonstration that lies in DIR.")
    ] = False,
    lang: LanguageOption = None,
    progress_form: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a bank's days, reconcile them, and show what came of it.

    People, shops and accounts are invented. Run again, nothing is new: every fact is known.
    """
    chosen, spoken = settings(), language(lang)
    wanted = Demonstration(seed=seed, payments=payments, days=days)
    with progress(progress_form) as told:
        done = demonstrate(wanted, out, fresh=fresh, settings=chosen, progress=told)
    made = [write(done, spoken) for write in pages.WRITERS]
    if as_json:
        show_json({**json_forms.run(done), "pages": [str(each) for each in made]})
        return
    with open_embedded(done.store, settings=chosen) as embedded:
        show(*blocks(done), *demonstration_blocks(embedded, done, made, spoken))
