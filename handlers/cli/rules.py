"""`conciliar rules`: checking rule sets, their life in a store, and trying them over history."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType

from application.rule_checks import RuleFinding
from conciliar.composition import rules_schema
from conciliar.ruling import (
    Ruled,
    checked,
    known_rules,
    order_activation,
    order_approval,
    order_demotion,
    order_proposal,
    order_retirement,
    order_review,
    order_shadow,
    rules_in,
    tried,
    version_of,
)
from domain.rules.faults import RuleFault, RulesUnreadable
from domain.rules.language import RuleSetText
from handlers.cli.entry import REFUSED
from handlers.cli.json_forms import Json
from handlers.cli.options import (
    JsonOption,
    LanguageOption,
    ProgressOption,
    ReasonOption,
    StoreOption,
    about,
    day,
    language,
    store,
)
from handlers.cli.progress import progress
from handlers.cli.rules_shown import (
    findings_block,
    known_list,
    measured_form,
    measured_table,
    reviews,
    ruled_block,
    ruled_form,
    set_form,
    trial_blocks,
    trial_form,
    version_form,
    version_sheet,
)
from handlers.cli.screen import show, show_json, table, text

commands = typer.Typer(
    help="Check rule sets, propose and approve them, and try them over what was recorded.",
    rich_markup_mode="rich",
)


FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A file of rules.", show_default=False)
]
VersionArgument = Annotated[
    str,
    typer.Argument(metavar="NAME@VERSION", help="Such as transfers@1.", show_default=False),
]
SinceOption = Annotated[
    str, typer.Option("--since", metavar="DAY", help="First value date that is compared.")
]
ActorOption = Annotated[
    str | None,
    typer.Option(
        "--actor",
        metavar="NAME",
        help="Who orders it. Default: CONCILIAR_ACTOR, else the user's name.",
        show_default=False,
    ),
]


def _example(*lines: str) -> str:
    shown = "\n\n".join(f"  [cyan]conciliar rules {each}[/cyan]" for each in lines)
    return f"[bold]Examples[/bold]\n\n{shown}"


# Files.


@commands.command(
    "validate", epilog=_example("validate transfers.yaml", "validate *.yaml --store bank-store")
)
def validate(
    *,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Files of rules.", show_default=False)
    ],
    store_path: Annotated[
        Path | None,
        typer.Option(
            "--store",
            metavar="PATH",
            help="Also say what the history of this store says of the rules.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check files of rules: every fault is named with its line, and ends with code 2."""
    read = [(path, _read(path)) for path in files]
    history: dict[Path, tuple[RuleFinding, ...]] = {}
    if store_path is not None:
        with store(store_path) as embedded:
            good = [(path, found) for path, found in read if isinstance(found, RuleSetText)]
            history = {path: checked(embedded, found) for path, found in good}
    if as_json:
        show_json({"files": [_file_form(*each, history.get(each[0], ())) for each in read]})
    else:
        for path, found in read:
            show(_file_block(path, found), *findings_block(history.get(path, ())))
    refused = any(one.refuses for each in history.values() for one in each)
    if refused or any(isinstance(found, tuple) for _, found in read):
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


def _file_form(
    path: Path, found: RuleSetText | tuple[RuleFault, ...], history: tuple[RuleFinding, ...]
) -> Json:
    if isinstance(found, tuple):
        return {"file": str(path), "valid": False, "faults": found}
    rules = [found.name_of(rule) for rule in found.rules]
    findings = [{"finding": one, "refuses": one.refuses} for one in history]
    return {"file": str(path), "valid": True, "faults": [], "rules": rules, "findings": findings}


def _file_block(path: Path, found: RuleSetText | tuple[RuleFault, ...]) -> RenderableType:
    if not isinstance(found, tuple):
        rules = ", ".join(found.name_of(rule) for rule in found.rules)
        return text(f"{path}: valid: {rules}", "good")
    count = "1 fault" if len(found) == 1 else f"{len(found)} faults"
    made = table(f"{path}: {count}", ("line", "right"), ("column", "right"), "field", "why")
    for one in found:
        made.add_row(str(one.line), str(one.column), one.field, text(one.reason, "bad"))
    return made


# Looking.


@commands.command("list", epilog=_example("list --store bank-store"))
def list_rules(*, store_path: StoreOption = None, as_json: JsonOption = False) -> None:
    """List the rule sets of a store, version by version, and how often their rules were false."""
    with store(store_path) as embedded:
        known = known_rules(embedded)
    if as_json:
        show_json({"rule_sets": [set_form(one) for one in known]})
    elif not known:
        show(text("No rule set was ever proposed: matching goes by the built-in rules.", "quiet"))
    else:
        measured = [each for one in known for each in one.measured]
        show(known_list(known), *([measured_table(measured)] if measured else []))


@commands.command("show", epilog=_example("show transfers@1"))
def show_rules(
    *, which: VersionArgument, store_path: StoreOption = None, as_json: JsonOption = False
) -> None:
    """Show one version: its text, who stands behind it, and how often its rules were false."""
    name, number = versioned(which)
    with store(store_path) as embedded, about(embedded, which):
        version = version_of(embedded, name, number)
        known = next(one for one in known_rules(embedded) if one.rule_set.name == name)
    measured = [one for one in known.measured if one.version == number]
    if as_json:
        form = version_form(known.rule_set, number)
        show_json({"name": name, **form, "measured": [measured_form(one) for one in measured]})
        return
    blocks = [version_sheet(name, number, version)]
    if measured:
        blocks.append(measured_table(measured))
    show(*blocks, *reviews(measured), text(version.text, "quiet"))


@commands.command("try", epilog=_example("try transfers.yaml --since 2026-03-01 --page trial.html"))
def try_rules(
    *,
    file: FileArgument,
    since: SinceOption,
    page: Annotated[
        Path | None,
        typer.Option("--page", metavar="HTML", help="Write a page with plots.", show_default=False),
    ] = None,
    lang: LanguageOption = None,
    store_path: StoreOption = None,
    progress_form: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replay a rule set over the recorded history, beside every decision really taken.

    Nothing is recorded.
    """
    first = day(since, option="--since")
    with store(store_path) as embedded, about(embedded, str(file)):
        rules = rules_in(file)
        with progress(progress_form) as told:
            trial = tried(embedded, rules, since=first, progress=told)
    if page is not None:
        from handlers.page.trial import write_trial

        write_trial(page, trial, lang=language(lang))
    if as_json:
        show_json(trial_form(trial, page=None if page is None else str(page)))
    else:
        written = () if page is None else (text(f"The page: {page}", "good"),)
        show(*trial_blocks(trial), *written)


# Ordering.


@commands.command("propose", epilog=_example("propose transfers.yaml --actor ana"))
def propose(
    *,
    file: FileArgument,
    actor: ActorOption = None,
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose a rule set: the file's version, checked against the history of the store."""
    with store(store_path) as embedded, about(embedded, str(file)):
        done, found = order_proposal(embedded, file, actor=actor)
    _show(done, as_json=as_json, findings=found)


@commands.command("shadow", epilog=_example("shadow transfers@1 --since 2026-03-01"))
def shadow(
    *,
    which: VersionArgument,
    since: SinceOption,
    actor: ActorOption = None,
    store_path: StoreOption = None,
    progress_form: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replay a proposed version over the history and record what it would have done."""
    name, number = versioned(which)
    first = day(since, option="--since")
    with store(store_path) as embedded, about(embedded, which), progress(progress_form) as told:
        done, trial = order_shadow(embedded, name, number, since=first, actor=actor, progress=told)
    if as_json:
        show_json({**ruled_form(done), "trial": trial_form(trial, page=None)})
    else:
        show(ruled_block(done), *trial_blocks(trial))


@commands.command("approve", epilog=_example("approve transfers@1 --hash 3f9c… --actor bea"))
def approve(
    *,
    which: VersionArgument,
    text_hash: Annotated[
        str, typer.Option("--hash", metavar="SHA256", help="Of the text that was read: `show`.")
    ],
    actor: ActorOption = None,
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Approve a version that was replayed, by somebody else than its author."""
    name, number = versioned(which)
    with store(store_path) as embedded, about(embedded, which):
        done = order_approval(embedded, name, number, text_hash=text_hash, actor=actor)
    _show(done, as_json=as_json)


@commands.command("activate", epilog=_example("activate transfers@1"))
def activate(
    *,
    which: VersionArgument,
    actor: ActorOption = None,
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go by an approved version from now on; what is open is judged by it at once."""
    name, number = versioned(which)
    with store(store_path) as embedded, about(embedded, which):
        done = order_activation(embedded, name, number, actor=actor)
    _show(done, as_json=as_json)


@commands.command(
    "demote", epilog=_example('demote transfers@1 --rule invoice-end --reason "new texts"')
)
def demote(
    *,
    which: VersionArgument,
    reason: ReasonOption,
    rules: Annotated[
        list[str] | None,
        typer.Option("--rule", metavar="ID", help="One rule of it; again for more. Default: all."),
    ] = None,
    actor: ActorOption = None,
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let the active version, or rules of it, only suggest; what they matched stands."""
    name, number = versioned(which)
    with store(store_path) as embedded, about(embedded, which):
        done = order_demotion(
            embedded, name, number, rules=tuple(rules or ()), reason=reason, actor=actor
        )
    _show(done, as_json=as_json)


@commands.command("retire", epilog=_example('retire transfers@1 --reason "no longer used"'))
def retire(
    *,
    which: VersionArgument,
    reason: ReasonOption,
    actor: ActorOption = None,
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a version go, for good; what it matched stands."""
    name, number = versioned(which)
    with store(store_path) as embedded, about(embedded, which):
        done = order_retirement(embedded, name, number, reason=reason, actor=actor)
    _show(done, as_json=as_json)


@commands.command("review", epilog=_example("review mat:bank:017:…:1 --correct"))
def review(
    *,
    match_id: Annotated[
        str, typer.Argument(metavar="MATCH_ID", help="A match of a rule.", show_default=False)
    ],
    correct: Annotated[
        bool, typer.Option("--correct/--false", help="What you found.", show_default=False)
    ],
    actor: ActorOption = None,
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether a match of a rule was correct; a rule over its budget is demoted by that."""
    with store(store_path) as embedded, about(embedded, match_id):
        done = order_review(embedded, match_id, correct=correct, actor=actor)
    _show(done, as_json=as_json)


def _show(done: Ruled, *, as_json: bool, findings: tuple[RuleFinding, ...] = ()) -> None:
    if as_json:
        show_json({**ruled_form(done), "findings": findings})
    else:
        show(ruled_block(done), *findings_block(findings))


def versioned(typed: str) -> tuple[str, int]:
    """A set and its version, as they are typed: transfers@1."""
    name, _, number = typed.partition("@")
    if not name or not number.isascii() or not number.isdecimal() or len(number) > 7:
        reason = f"{typed!r} is no version: write NAME@NUMBER, such as transfers@1"
        raise typer.BadParameter(reason, param_hint="NAME@VERSION")
    return name, int(number)
