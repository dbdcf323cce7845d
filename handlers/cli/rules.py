"""`conciliar rules`: checking rule sets, their life in a store, and trying them over history."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType

from conciliar.composition import rules_schema
from conciliar.ruling import rules_in
from domain.rules.faults import RuleFault, RulesUnreadable
from domain.rules.language import RuleSetText
from handlers.cli.entry import REFUSED
from handlers.cli.json_forms import Json
from handlers.cli.options import JsonOption
from handlers.cli.screen import show, show_json, table, text

commands = typer.Typer(
    help="Check rule sets, propose and approve them, and try them over what was recorded.",
    rich_markup_mode="rich",
)


def _example(*lines: str) -> str:
    shown = "\n\n".join(f"  [cyan]conciliar rules {each}[/cyan]" for each in lines)
    return f"[bold]Examples[/bold]\n\n{shown}"


# Files.


@commands.command("validate", epilog=_example("validate transfers.yaml"))
def validate(
    *,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Files of rules.", show_default=False)
    ],
    as_json: JsonOption = False,
) -> None:
    """Check files of rules: every fault is named with its line, and ends with code 2."""
    read = [_read(path) for path in files]
    if as_json:
        show_json(
            {"files": [_file_form(path, found) for path, found in zip(files, read, strict=True)]}
        )
    else:
        show(*(_file_block(path, found) for path, found in zip(files, read, strict=True)))
    if any(isinstance(found, tuple) for found in read):
        raise typer.Exit(REFUSED)


@commands.command("schema", epilog=_example("schema > rules-1.schema.json"))
def schema() -> None:
    """Print the JSON Schema of rule files, for editors."""
    sys.stdout.write(rules_schema())


def _read(path: Path) -> RuleSetText | tuple[RuleFault, ...]:
    try:
        return rules_in(path)
    except RulesUnreadable as refusal:
        return refusal.faults


def _file_form(path: Path, found: RuleSetText | tuple[RuleFault, ...]) -> Json:
    if isinstance(found, tuple):
        return {"file": str(path), "valid": False, "faults": found}
    rules = [found.name_of(rule) for rule in found.rules]
    return {"file": str(path), "valid": True, "faults": [], "rules": rules}


def _file_block(path: Path, found: RuleSetText | tuple[RuleFault, ...]) -> RenderableType:
    if not isinstance(found, tuple):
        rules = ", ".join(found.name_of(rule) for rule in found.rules)
        return text(f"{path}: valid: {rules}", "good")
    made = table(
        f"{path}: {len(found)} faults", ("line", "right"), ("column", "right"), "field", "why"
    )
    for one in found:
        made.add_row(str(one.line), str(one.column), one.field, text(one.reason, "bad"))
    return made
