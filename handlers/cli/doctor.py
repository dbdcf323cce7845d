"""`conciliar doctor`: checks the installation, and says what is missing and what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import typer

from application.parking import is_overdue
from application.ports import StoreUnusable
from conciliar.composition import Embedded
from conciliar.health import Check, Condition, checks
from conciliar.parked import parking_lot
from handlers.cli import figures
from handlers.cli.entry import FAILED
from handlers.cli.options import JsonOption, StoreOption, store, store_folder
from handlers.cli.screen import Tone, out, show, show_json, table, text

MARKS: Mapping[Condition, tuple[str, Tone]] = {
    "ok": ("ok", "good"),
    "optional": ("optional", "quiet"),
    "look": ("look at it", "warn"),
    "missing": ("missing", "bad"),
}


def doctor(*, store_path: StoreOption = None, as_json: JsonOption = False) -> None:
    """Check this installation; ends with code 1 if something that is needed is missing."""
    found = [*checks(Path()), _terminal(), *_store(store_path)]
    ill = any(each.condition == "missing" for each in found)
    if as_json:
        show_json({"ok": not ill, "checks": found})
    else:
        made = table("conciliar doctor", "", "", "found", "what to do")
        for each in found:
            mark, tone = MARKS[each.condition]
            made.add_row(each.name, text(mark, tone), each.found, text(each.advice, "quiet"))
        good, bad = (
            text("All that is needed is here.", "good"),
            text("Something is missing.", "bad"),
        )
        show(made, bad if ill else good)
    if ill:
        raise typer.Exit(FAILED)


def _terminal() -> Check:
    console, encoding = out(), sys.stdout.encoding or "none"
    kind = f"{console.width} columns" if console.is_terminal else "not a terminal"
    found = f"{kind}, colours: {console.color_system or 'none'}, {encoding}"
    if encoding.lower().replace("-", "") == "utf8":
        return Check(name="terminal", condition="ok", found=found)
    advice = "set PYTHONUTF8=1 or a UTF-8 locale: some signs will not show"
    return Check(name="terminal", condition="look", found=found, advice=advice)


def _store(chosen: Path | None) -> Iterator[Check]:
    try:
        folder = store_folder(chosen)
    except StoreUnusable as refusal:
        if chosen is not None:
            raise
        advice = "`conciliar demo` makes one"
        yield Check(name="store", condition="optional", found=refusal.reason, advice=advice)
        return
    with store(folder) as embedded:
        awaited = _awaited(embedded)
        facts, behind = embedded.facts.head(), embedded.facts.head() - embedded.views.position()
    found = f"{folder}: {figures.count(facts)} facts"
    if behind:
        advice = f"read models are {figures.count(behind)} facts behind: any report brings them up"
        yield Check(name="store", condition="look", found=found, advice=advice)
    else:
        yield Check(name="store", condition="ok", found=found)
    yield awaited


def _awaited(embedded: Embedded) -> Check:
    """Data files that a control file announced, and that have not come in time."""
    now_ms = embedded.clock.now_ms()
    with parking_lot(embedded) as lot:
        late = sum(is_overdue(each, now_ms=now_ms) for each in lot.all(queue="files"))
    if not late:
        return Check(name="announced files", condition="ok", found="none is overdue")
    found = f"{figures.count(late)} did not come within 4 hours"
    advice = "`conciliar parked list` names them: ask their sender"
    return Check(name="announced files", condition="look", found=found, advice=advice)
