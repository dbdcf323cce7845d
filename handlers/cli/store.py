"""`conciliar store`: what lies in a store, whether it is sound, its read models and its copies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from adapters.verification import Verification
from application.ports import StoreUnusable
from conciliar.composition import Embedded, copy_store, is_store, restore_store
from conciliar.copying import copy_between
from handlers.cli import figures
from handlers.cli.entry import FAILED
from handlers.cli.json_forms import Json
from handlers.cli.options import (
    JsonOption,
    ProgressOption,
    StoreOption,
    settings,
    store,
    store_folder,
)
from handlers.cli.progress import Told, progress
from handlers.cli.screen import sheet, show, show_json, table, text

commands = typer.Typer(
    help="Look into a store, verify it, rebuild its read models, export, copy, back up and restore"
    " it.",
    rich_markup_mode="rich",
)

FINDINGS_SHOWN_MAX = 20


def _example(command: str) -> str:
    return f"[bold]Example[/bold]  [cyan]conciliar store {command}[/cyan]"


# Info.


@commands.command("info", epilog=_example("info --store demo-out"))
def info(*, store_path: StoreOption = None, as_json: JsonOption = False) -> None:
    """Say what lies in the store."""
    with store(store_path) as embedded:
        found = _info(embedded)
    if as_json:
        show_json(found)
        return
    made = sheet("Store", str(found["folder"]))
    files = found.pop("files")
    assert isinstance(files, dict)
    for name, value in found.items():
        shown = figures.count(value) if isinstance(value, int) else str(value)
        made.add_row(text(figures.words(name), "quiet"), shown)
    sizes = table("Files", "name", ("size", "right"))
    for name, octets in files.items():  # pyright: ignore[reportUnknownVariableType]  (made below)
        sizes.add_row(str(name), figures.size(int(octets)))  # pyright: ignore[reportUnknownArgumentType]  (the same)
    show(made, sizes)


def _info(embedded: Embedded) -> Json:
    about, head, position = embedded.info, embedded.facts.head(), embedded.views.position()
    last = next(iter(embedded.facts.facts(after=max(0, head - 1), sealed=True)), None)
    return {
        "folder": str(embedded.folder),
        "tenant": about.tenant,
        "format": about.format,
        "created_at": figures.instant_utc(about.created_at_ms),
        "facts": head,
        "last_recorded_at": None if last is None else figures.instant_utc(last.recorded_at_ms),
        "read_models_position": position,
        "files": {
            file.name: file.stat().st_size
            for file in sorted(embedded.folder.iterdir())
            if file.is_file()
        },
    }


# Verify.


@commands.command("verify", epilog=_example("verify --store demo-out"))
def verify(
    *,
    store_path: StoreOption = None,
    progress_form: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read every fact and check what the store promises; ends with code 1 if anything is wrong."""
    with store(store_path) as embedded, progress(progress_form) as told:
        found = embedded.verify(_as(told, "verify"))
    _show_verification(found, as_json=as_json)
    if found.findings:
        raise typer.Exit(FAILED)


def _show_verification(found: Verification, *, as_json: bool) -> None:
    if as_json:
        show_json({"sound": not found.findings, **_verification(found)})
        return
    counts = sheet()
    for name, number in (
        ("facts", found.facts),
        ("streams", found.streams),
        ("sealed fields opened", found.boxes_opened),
        ("shredded", found.boxes_shredded),
    ):
        counts.add_row(text(name, "quiet"), figures.count(number))
    if not found.findings:
        show(text("The store is sound.", "good"), counts)
        return
    wrong = table("Wrong", "what", "where", "how")
    for each in found.findings[:FINDINGS_SHOWN_MAX]:
        wrong.add_row(text(each.kind, "bad"), each.place, each.detail)
    show(text(f"{figures.count(len(found.findings))} things are wrong.", "bad"), counts, wrong)


def _verification(found: Verification) -> Json:
    return {
        "facts": found.facts,
        "streams": found.streams,
        "boxes_opened": found.boxes_opened,
        "boxes_shredded": found.boxes_shredded,
        "findings": found.findings,
    }


# Rebuild.


@commands.command("rebuild", epilog=_example("rebuild --store demo-out"))
def rebuild(
    *,
    store_path: StoreOption = None,
    progress_form: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget the read models and make them again from the facts."""
    with store(store_path) as embedded, progress(progress_form) as told:
        applied = embedded.projector.rebuild(_as(told, "project"))
        digest = embedded.views.digest()
    if as_json:
        show_json({"facts": applied, "digest": digest})
    else:
        show(text(f"Read models made from {figures.count(applied)} facts.\nDigest {digest}"))


# Export.


@commands.command("export", epilog=_example("export facts.jsonl.gz --store demo-out"))
def export(
    *,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A file that is not there; packed if its name ends in .gz.",
            show_default=False,
        ),
    ],
    store_path: StoreOption = None,
    after: Annotated[
        int, typer.Option(min=0, metavar="POSITION", help="Only facts after this position.")
    ] = 0,
    personal: Annotated[
        bool, typer.Option("--personal", help="Open personal fields; else they are null.")
    ] = False,
    progress_form: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write every fact as a line of JSON, with its envelope."""
    with store(store_path) as embedded, progress(progress_form) as told:
        done = embedded.export(target, after=after, personal=personal, progress=_as(told, "export"))
    if as_json:
        counts = {"facts": done.facts, "through": done.through, "sha256": done.sha256}
        show_json({"file": str(done.file), **counts, "personal": personal})
        return
    said = text(f"{figures.count(done.facts)} facts written to {done.file}.", "good")
    held = "open in it: keep it as you keep the store" if personal else "null in it"
    kind = "warn" if personal else "quiet"
    show(said, text(f"Personal fields are {held}.", kind), text(f"SHA-256 {done.sha256}", "quiet"))


# Copy.


@commands.command("copy", epilog=_example("copy demo-out/store dynamodb:bank"))
def copy(
    *,
    source: Annotated[
        str,
        typer.Argument(
            metavar="FROM", help="Folder of a store, or dynamodb:PREFIX.", show_default=False
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="TO",
            help="The same; a folder that is not there is made, tables have to be there.",
            show_default=False,
        ),
    ],
    progress_form: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy facts and keys as they are into another store; run again, it goes on where it was."""
    with progress(progress_form) as told:
        done = copy_between(source, target, settings=settings(), told=told)
    copied = done.copied
    if as_json:
        show_json(
            {
                "from": source,
                "to": target,
                "tenant": done.tenant,
                "facts": copied.facts,
                "copied": copied.facts - copied.there_before,
                "sha256": copied.sha256,
                "parked_left": done.parked_left,
            }
        )
        return
    said = f"{figures.count(copied.facts - copied.there_before)} facts copied to {target}"
    show(
        text(f"{said}, which now holds {figures.count(copied.facts)}, read again.", "good"),
        text(f"SHA-256 {copied.sha256}", "quiet"),
    )
    if done.parked_left:
        left = f"{figures.count(done.parked_left)} parked things stay in {source}"
        show(text(f"{left}: send them again there, or deliver them anew.", "warn"))


# Backup and restore.


@commands.command("backup", epilog=_example("backup copies/2026-03-06 --store demo-out"))
def backup(
    *,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="TARGET", help="Folder that is empty or not there.", show_default=False
        ),
    ],
    store_path: StoreOption = None,
    progress_form: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the store while it runs; whatever is recorded meanwhile is not in the copy."""
    folder = store_folder(store_path)
    with progress(progress_form) as told:
        done = copy_store(folder, target, progress=_as(told, "copy"))
    if as_json:
        copied = {"facts": done.head, "master_key_copied": done.master_key_copied}
        show_json({"folder": str(done.folder), **copied})
        return
    said = text(f"{figures.count(done.head)} facts copied to {done.folder}.", "good")
    if done.master_key_copied:
        show(said, text("The master key is in the copy: keep it as you keep the store.", "warn"))
    else:
        show(said, text("The master key lies elsewhere: keep a copy of it too.", "warn"))


@commands.command("restore", epilog=_example("restore copies/2026-03-06 bank-store"))
def restore(
    *,
    source: Annotated[
        Path, typer.Argument(metavar="BACKUP", help="Folder of a backup.", show_default=False)
    ],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="TARGET", help="Folder that is empty or not there.", show_default=False
        ),
    ],
    progress_form: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a store of a backup; it is verified before it takes its name."""
    if not is_store(source):
        raise StoreUnusable(path=str(source), reason="not a backup: it has no store.json")
    with progress(progress_form) as told:
        found = restore_store(source, target, settings=settings(), progress=_as(told, "copy"))
    if as_json:
        show_json({"folder": str(target), **_verification(found)})
    else:
        facts = figures.count(found.facts)
        show(text(f"{facts} facts restored to {target} and verified.", "good"))


def _as(told: Told, stage: str) -> Callable[[int, int], None]:
    return lambda done, total: told(stage, done, total)
