"""What `conciliar statement import` says: to people, to machines, and to whoever sent the files."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import RenderableType

from application.imported import FileOutcome, StatementOutcome
from conciliar.importing_statements import StatementsImported
from handlers.cli import figures
from handlers.cli.entry import REASON_LENGTH_MAX, REFUSED
from handlers.cli.json_forms import Json
from handlers.cli.screen import Tone, show, show_json, table, text

STATEMENTS_SHOWN_MAX = 40
"""Statements that are shown; `--json` gives all."""

TONES: dict[str, Tone] = {
    "imported": "good",
    "known": "quiet",
    "held": "warn",
    "refused": "bad",
    "sealed": "good",
}


# To whoever sent the files.


def write_acknowledgements(path: Path, done: StatementsImported) -> None:
    """An object for each file, a line each; whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    try:
        with draft.open("w", encoding="utf-8") as file:
            for each in done.files:
                file.write(f"{json.dumps(file_form(each), ensure_ascii=False)}\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


# To machines.


def form(done: StatementsImported) -> Json:
    """What was imported, as JSON."""
    return {
        "files": [file_form(each) for each in done.files],
        "lines": done.lines,
        "matched": done.matched,
        "judged_again": {"lines": done.judged, "recorded": done.recorded},
    }


def file_form(file: FileOutcome) -> Json:
    """What came of a file: its acknowledgement."""
    return {
        "file": file.name,
        "sha256": file.sha256,
        "bytes": file.size,
        "format": file.format,
        "status": file.outcome,
        "is_new": file.outcome in {"imported", "held"},
        "place": file.place,
        "reason": file.reason,
        "parked": file.parked,
        "statements": [_statement_form(each) for each in file.statements],
        "released": list(file.released),
        "empty": file.empty,
        "card_numbers_masked": list(file.masked),
        "flags": [{"place": each.place, "kind": each.kind} for each in file.flags],
    }


def _statement_form(one: StatementOutcome) -> Json:
    return {
        "statement": one.stream,
        "statement_id": one.statement_id,
        "account": one.account,
        "status": one.state,
        "entries": one.entries,
        "lines": one.lines,
        "repeated": one.repeated,
        "set_aside": one.set_aside,
        "waiting": one.waiting,
        "not_booked": one.not_booked,
        "gap": one.gap,
        "completeness": one.completeness,
        "profile": one.profile,
        "profile_hash": one.profile_hash,
    }


# To people.


def show_outcome(done: StatementsImported, *, as_json: bool) -> None:
    """Print what was imported, and a line for each refused file; code 2 where there is one."""
    taken = [each for each in done.files if each.outcome != "refused"]
    if taken:
        if as_json:
            show_json(form(done))
        else:
            show(*_blocks(done, taken))
    for each in done.files:
        if each.outcome == "refused":
            line = " ".join(f"{each.name}: {each.place}: {each.reason}".split())
            print(f"conciliar: {line[:REASON_LENGTH_MAX]}", file=sys.stderr)
    if done.refused:
        raise typer.Exit(REFUSED)


def _blocks(done: StatementsImported, taken: list[FileOutcome]) -> Iterator[RenderableType]:
    yield text(_headline(done, taken), "title")
    yield _table(taken)
    for file in taken:
        if file.outcome == "held" and file.reason is not None:
            yield text(f"{file.name}: held: {file.reason}.", "warn")
        for one in file.statements:
            if one.gap is not None:
                yield text(f"{file.name}: held: {one.gap}.", "warn")
        if any(one.completeness == "not-stated" for one in file.statements):
            yield text(f"{file.name}: nothing in it says that it is all there.", "quiet")
        if file.released:
            yield text(f"{file.name}: released {', '.join(file.released)}.", "good")
        if file.masked:
            places = ", ".join(file.masked[:3])
            count = figures.count(len(file.masked))
            yield text(f"{file.name}: card numbers masked in {count} texts ({places} …).", "warn")
        if file.flags:
            kinds = Counter(each.kind for each in file.flags)
            said = ", ".join(f"{figures.count(n)} × {kind}" for kind, n in kinds.most_common())
            yield text(f"{file.name}: to be looked at: {said}.", "warn")
    again = f"{figures.count(done.judged)} lines were judged"
    changed = f"{figures.count(done.recorded)} facts recorded" if done.recorded else "no change"
    yield text(f"{again}: {changed}.", "quiet")


def _headline(done: StatementsImported, taken: list[FileOutcome]) -> str:
    new = [each for each in taken if each.outcome != "known"]
    if not new:
        return "Nothing new: every file was known."
    files = "1 file" if len(new) == 1 else f"{figures.count(len(new))} files"
    lines, matched = figures.count(done.lines), figures.count(done.matched)
    return f"Imported {files}: {lines} lines, {matched} of them matched."


def _table(taken: list[FileOutcome]) -> RenderableType:
    rows = [(file, one) for file in taken for one in file.statements]
    aside = f"first {STATEMENTS_SHOWN_MAX}" if len(rows) > STATEMENTS_SHOWN_MAX else ""
    made = table(
        "Statements",
        "file",
        "format",
        "statement",
        "account",
        "state",
        ("entries", "right"),
        ("lines", "right"),
        ("repeated", "right"),
        ("set aside", "right"),
        ("not booked", "right"),
        aside=aside,
    )
    for file, one in rows[:STATEMENTS_SHOWN_MAX]:
        state = "known" if file.outcome == "known" else one.state
        made.add_row(
            Path(file.name).name,
            file.format or "",
            one.statement_id,
            one.account,
            text(state, TONES.get(state, "plain")),
            figures.count(one.entries),
            figures.count(one.lines),
            figures.count(one.repeated),
            figures.count(one.set_aside),
            figures.count(one.not_booked + one.waiting),
        )
    return made
