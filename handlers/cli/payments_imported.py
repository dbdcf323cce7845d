"""What `conciliar payment import` says: to people, to machines, and to whoever sent the files."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import RenderableType

from application.payment_import import Imported
from application.payment_orders import Answer
from conciliar.importing_payments import FileImport, PaymentsImported
from handlers.cli import figures
from handlers.cli.entry import REASON_LENGTH_MAX, REFUSED
from handlers.cli.json_forms import Json
from handlers.cli.screen import Tone, show, show_json, table, text

SET_ASIDE_SHOWN_MAX = 20
"""Orders that are shown with why they were not followed."""

TONES: dict[str, Tone] = {"accepted": "good", "waiting": "warn", "refused": "bad"}


# To whoever sent the files.


def write_acknowledgements(path: Path, done: PaymentsImported) -> None:
    """An object for each file and for each of its orders, a line each; whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    try:
        with draft.open("w", encoding="utf-8") as file:
            for each in done.files:
                for document in _acknowledgements(each):
                    file.write(f"{json.dumps(document, ensure_ascii=False)}\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _acknowledgements(file: FileImport) -> Iterator[Json]:
    yield _file_form(file)
    if file.imported is not None:
        for answer in file.imported.answers:
            yield {"file": str(file.path), **_answer_form(answer)}


def _answer_form(answer: Answer) -> Json:
    return {
        "place": answer.place,
        "command_id": answer.command_id,
        "payment": answer.payment,
        "status": answer.status,
        "reason": answer.reason,
        "words": answer.words,
        "errors": [{"pointer": each.pointer, "code": each.code} for each in answer.faults],
        "facts": list(answer.facts),
        "parked": answer.parked,
    }


def _file_form(file: FileImport) -> Json:
    known: Json = {"file": str(file.path), "sha256": file.sha256, "format": file.format}
    if file.imported is None:
        refused = file.refused
        assert refused is not None, "a file is imported or refused"
        return {**known, "status": "refused", "place": refused.place, "reason": refused.reason}
    return {
        **known,
        "status": "accepted",
        "is_new": file.imported.recorded > 0,
        "orders": len(file.imported.answers),
        "counts": _counts(file.imported),
    }


def _counts(imported: Imported) -> dict[str, int]:
    return dict(sorted(Counter(each.status for each in imported.answers).items()))


# To machines.


def form(done: PaymentsImported) -> Json:
    """What was imported, as JSON."""
    return {
        "files": [_with_details(each) for each in done.files],
        "woken": done.woken,
        "complete_through": done.complete_through and done.complete_through.isoformat(),
        "judged_again": {"lines": done.judged, "recorded": done.recorded},
    }


def _with_details(file: FileImport) -> Json:
    if file.imported is None:
        return _file_form(file)
    noted = Counter(each.reason for each in file.imported.answers if each.status == "noted")
    return {
        **_file_form(file),
        "recorded": file.imported.recorded,
        "noted": {str(reason): count for reason, count in sorted(noted.items(), key=str)},
        "set_aside": [_answer_form(each) for each in file.imported.answers if each.parked],
        "warnings": [
            {"place": each.place, "field": each.field, "kind": each.kind}
            for each in file.imported.warnings
        ],
        "warnings_total": file.imported.warnings_total,
    }


# To people.


def show_outcome(done: PaymentsImported, *, as_json: bool) -> None:
    """Print what was imported, and a line for each refused file; code 2 where there is one."""
    if any(each.imported for each in done.files):
        if as_json:
            show_json(form(done))
        else:
            show(*_blocks(done))
    refused = [each.refused for each in done.files if each.refused is not None]
    for each in refused:
        line = " ".join(f"{each.file}: {each.place}: {each.reason}".split())
        print(f"conciliar: {line[:REASON_LENGTH_MAX]}", file=sys.stderr)
    if refused:
        raise typer.Exit(REFUSED)


def _blocks(done: PaymentsImported) -> Iterator[RenderableType]:
    for file in done.files:
        if file.imported is not None:
            yield _headline(file, file.imported)
            aside = [each for each in file.imported.answers if each.parked]
            if aside:
                yield _set_aside(aside)
            if file.imported.warnings_total:
                yield _warnings(file.imported)
    if done.woken:
        yield text(f"{figures.count(done.woken)} orders had waited for these payments.", "good")
    if done.complete_through is not None:
        yield text(f"The source is complete through {done.complete_through}.", "good")
    again = f"{figures.count(done.judged)} lines were judged again"
    changed = f"{figures.count(done.recorded)} facts recorded" if done.recorded else "no change"
    yield text(f"{again}: {changed}.", "quiet")


def _headline(file: FileImport, imported: Imported) -> RenderableType:
    counts = ", ".join(f"{figures.count(n)} {status}" for status, n in _counts(imported).items())
    if imported.recorded:
        facts = f"{figures.count(imported.recorded)} facts recorded"
        return text(f"{file.path}: {counts}; {facts}.", "good")
    return text(f"{file.path}: {counts}; nothing new to record.")


def _set_aside(aside: list[Answer]) -> RenderableType:
    made = table("Set aside", "id", "where", "why", "what", aside=f"{figures.count(len(aside))}")
    for each in aside[:SET_ASIDE_SHOWN_MAX]:
        why = text(each.reason or each.status, TONES.get(each.status, "plain"))
        made.add_row(each.parked, each.place, why, each.words)
    return made


def _warnings(imported: Imported) -> RenderableType:
    kinds = Counter((each.kind, each.field) for each in imported.warnings)
    made = table("To be looked at", "what", "field", ("times", "right"))
    for (kind, name), count in kinds.most_common():
        made.add_row(text(kind, "warn"), name, figures.count(count))
    return made
