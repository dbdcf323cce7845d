"""`conciliar reconcile`: a folder of files in, matches and exceptions out, every fact kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType

from conciliar.checking import Checked, check
from conciliar.running import STORE, Run, run
from handlers.cli import figures, json_forms, pages
from handlers.cli.entry import FAILED
from handlers.cli.options import JsonOption, ProgressOption, inside, settings
from handlers.cli.progress import progress
from handlers.cli.reports_shown import summary_blocks
from handlers.cli.screen import show, show_json, table, text

WARNING_KINDS_MAX = 8
"""Kinds of warnings that are printed."""

FAILING_MAX = 50
"""Matches that do not hold and are printed; --json has all of them."""


def reconcile(
    *,
    data_dir: Annotated[
        Path,
        typer.Argument(
            metavar="DATA_DIR",
            help="Folder with payments.jsonl, settlements.jsonl (each may be gzipped),"
            " merchants.json, calendar.json and fx.json.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="OUT_DIR", help="Folder of the results; made if need be."),
    ],
    store: Annotated[
        Path | None,
        typer.Option(
            "--store",
            metavar="PATH",
            help="Folder of the store; made if need be. Default: CONCILIAR_STORE, else OUT_DIR/"
            "store.",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str, typer.Option("--source", metavar="NAME", help="System that the payments come from.")
    ] = "core",
    check_: Annotated[
        str | None,
        typer.Option(
            "--check",
            metavar="N|all",
            help="Check so many matches once more from the files, without the engine.",
        ),
    ] = None,
    progress_form: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Reconcile the payments and statement lines of a folder.

    Everything in the folder is checked before anything is recorded: bad input ends with code 2 and
    one line that names file, place and reason. The same folder again records nothing new. Results:
    OUT_DIR/matches.jsonl and OUT_DIR/exceptions.jsonl, the state of the whole store.
    """
    chosen = settings()
    most = _asked(check_)
    with progress(progress_form) as told:
        done = run(
            data_dir,
            out,
            store=inside(store or chosen.store or out / STORE),
            source=source,
            settings=chosen,
            progress=told,
        )
        checked = None if check_ is None else check(data_dir, out, most=most, progress=told)
    made = [write(done, chosen.lang) for write in pages.WRITERS]
    if as_json:
        names = [str(each) for each in made]
        show_json({**json_forms.run(done), "pages": names, "check": checked})
    else:
        show(*blocks(done), *_checked(checked), results(done, made))
    if checked is not None and not checked.holds:
        raise typer.Exit(FAILED)


def _asked(said: str | None) -> int | None:
    """How many matches are to be checked; None for all."""
    if said is None or said == "all":
        return None
    if not said.isascii() or not said.isdigit() or int(said) < 1:
        raise typer.BadParameter("a number above zero, or all", param_hint="--check")
    return int(said)


def _checked(found: Checked | None) -> Iterator[RenderableType]:
    """What the independent checker says, match by match where one does not hold."""
    if found is None:
        return
    for one in found.failing[:FAILING_MAX]:
        yield text(f"{', '.join(one.settlements)}: {one.rule}: {one.reason}", "bad")
    how = "all hold" if found.holds else f"{figures.count(len(found.failing))} do not hold"
    said = (
        f"checked {figures.count(found.checked)} of {figures.count(found.matches)} matches: {how}"
    )
    if found.elsewhere:
        said += f"; {figures.count(found.elsewhere)} are of other folders"
    yield text(said, "good" if found.holds else "bad")


def blocks(done: Run) -> Iterator[RenderableType]:
    """What was done, and the state of everything."""
    yield text(headline(done), "title")
    if done.warnings_total:
        yield _warnings(done)
    yield from summary_blocks(done.summary, done.open_values)


def headline(done: Run) -> str:
    """What was done, in a sentence."""
    payments, lines = figures.count(done.payments), figures.count(done.lines)
    time, rate = figures.duration(done.duration_ms), figures.count(done.payments_a_second)
    what = f"{payments} payments and {lines} lines in {time}, {rate} payments a second"
    if not done.recorded:
        return f"Nothing new in {what}: every fact was known."
    return f"Reconciled {what}; {figures.count(done.recorded)} facts recorded."


def _warnings(done: Run) -> RenderableType:
    """What was accepted and should be looked at, by kind, with the first of each."""
    kinds = dict.fromkeys((each.kind, each.field) for each in done.warnings)
    made = table(
        "To be looked at",
        "what",
        "field",
        ("times", "right"),
        "first",
        aside=f"{figures.count(done.warnings_total)} accepted",
    )
    for kind, name in list(kinds)[:WARNING_KINDS_MAX]:
        mine = [each for each in done.warnings if (each.kind, each.field) == (kind, name)]
        times = figures.count(len(mine)) + ("+" if done.warnings_total > len(done.warnings) else "")
        first = f"{Path(mine[0].file).name}, {mine[0].place}"
        made.add_row(text(kind, "warn"), name, times, first)
    return made


def results(done: Run, made: list[Path]) -> RenderableType:
    """Where the results lie."""
    files = [done.out / "matches.jsonl", done.out / "exceptions.jsonl", *made]
    names = ", ".join(str(each) for each in files)
    return text(f"Results: {names}\nStore: {done.store}", "quiet")
