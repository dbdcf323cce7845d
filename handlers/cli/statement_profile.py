"""`conciliar statement profile`: drafts a profile from a file, and shows what a profile reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec
import typer
from rich.console import RenderableType
from rich.text import Text

from adapters.statements.deciding import FALLBACK_CURRENCY
from adapters.statements.detection import BY_PROFILE
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.parsing import about, open_file, shown
from adapters.statements.profile_drafting import Draft, Read, draft_profile, read_by
from adapters.statements.profiles import load_profile
from application.batch import InputRefused
from handlers.cli import figures
from handlers.cli.json_forms import Json
from handlers.cli.options import JsonOption
from handlers.cli.screen import STYLES, Tone, sheet, show, show_json, table, text
from handlers.cli.statement_options import profile_in

EPILOG = (
    "[bold]Examples[/bold]\n\n  [cyan]conciliar statement profile movements.csv --out our-bank.yaml"
    "[/cyan]\n\n  [cyan]conciliar statement profile movements.csv --profile our-bank.yaml[/cyan]"
)

NAME_LENGTH_MAX = 100
"""Characters of a profile's name."""

NOBODYS = "–"


def profile_statement(
    *,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A table of movements: CSV, JSON Lines or XLSX, perhaps packed.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="YAML",
            help="Write the draft to this file, which is not there yet.",
            show_default=False,
        ),
    ] = None,
    profile: Annotated[
        Path | None,
        typer.Option(
            "--profile",
            metavar="YAML",
            help="Draft none; show what this one reads.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Draft a profile from a file of a bank, and show what it reads; records nothing.

    What the file does not tell is asked for in the draft, on lines that begin with "# ?". Correct
    it, look again with --profile, then give it to `statement parse` and `statement import`.
    """
    if profile is not None and out is not None:
        raise typer.BadParameter("there is no draft to write with --profile", param_hint="--out")
    declared = profile_in(profile)
    try:
        with open_file(file) as stream:
            if declared is None:
                draft = draft_profile(stream, name=file.stem[:NAME_LENGTH_MAX])
                read = _read_by_draft(stream, draft)
            else:
                draft, read = None, read_by(stream, declared)
                if read.refusal is not None:
                    raise read.refusal
    except Unreadable as fault:
        raise InputRefused(file=str(file), place=fault.place, reason=fault.reason) from None
    if out is not None and draft is not None:
        with out.open("x", encoding="utf-8") as written:
            written.write(draft.text)
    if as_json:
        show_json(_form(file, draft, read, out))
    else:
        show(*_blocks(file, draft, read, out))


def _read_by_draft(stream: BinaryIO, draft: Draft) -> Read:
    try:
        drafted = load_profile(draft.text.encode())
    except Unreadable as fault:  # a header of its own kind, such as names of 200 characters
        refusal = Unreadable(f"{fault.place} of the profile", fault.reason)
        return Read(entries=(), count=0, statements=(), refusal=refusal)
    return read_by(stream, drafted)


# To machines.


def _form(file: Path, draft: Draft | None, read: Read, out: Path | None) -> Json:
    refusal = read.refusal
    return {
        "file": str(file),
        "profile": None if draft is None else draft.text,
        "known_as": None if draft is None else draft.known_as,
        "questions": [] if draft is None else list(draft.questions),
        "out": None if out is None else str(out),
        "entries_total": read.count,
        "entries": [_plain(shown(each)) for each in read.entries],
        "statements": [about(each) for each in read.statements],
        "error": None if refusal is None else f"{refusal.place}: {refusal.reason}",
    }


def _plain(entry: Entry) -> Any:  # what msgspec makes of it: a document of JSON
    return msgspec.to_builtins(entry)


# To people.


def _blocks(
    file: Path, draft: Draft | None, read: Read, out: Path | None
) -> Iterator[RenderableType]:
    if draft is not None:
        yield text(f"A profile for {file.name}", "title")
        yield _coloured(draft.text)
    if read.entries:
        yield _table(read)
    for statement in read.statements:
        yield _about(statement)
    if read.refusal is not None:
        yield text(f"Not read: {read.refusal.place}: {read.refusal.reason}.", "bad")
    if draft is not None:
        if draft.known_as is not None:
            yield _known(draft.known_as)
        if draft.questions:
            yield _asked(draft.questions)
        if out is not None:
            yield text(f"Written to {out}.", "good")


def _known(name: str) -> Text:
    if name in BY_PROFILE:
        return text(f"Without a profile it would be taken for {name}.", "quiet")
    return text(f"It is {name}, which has a reader of its own: leave the profile out.", "warn")


def _coloured(yaml: str) -> Text:
    """The profile, without its questions: they stand at the end, where they are read."""
    made = Text()
    for line in yaml.splitlines():
        if not line.startswith("# ?"):
            made.append(f"{line}\n", style=STYLES["quiet" if line.startswith("#") else "plain"])
    made.rstrip()
    return made


def _asked(questions: tuple[str, ...]) -> RenderableType:
    made = sheet("To be looked at")
    for question in questions:
        key, _, words = question.partition(": ")
        made.add_row(text(key, "warn"), words)
    return made


def _table(read: Read) -> RenderableType:
    entries = "1 entry" if read.count == 1 else f"{figures.count(read.count)} entries"
    first = "" if len(read.entries) == read.count else f", the first {len(read.entries)} of them"
    currencies = {each.currency for each in read.entries}
    one = currencies.pop() if len(currencies) == 1 else None  # said once, above the amounts
    made = table(
        "What it reads",
        ("line", "right"),
        "date",
        "value date",
        ("amount", "right"),
        "text",
        "reference",
        ("balance", "right"),
        aside=f"{entries}{first}" if one is None else f"{entries}{first}, in {one}",
    )
    for column in made.columns[:3]:
        column.no_wrap = True
    for each in map(shown, read.entries):
        tone: Tone = "plain" if each.status == "BOOK" else "quiet"
        made.add_row(
            each.place.removeprefix("line "),
            _said(each.booking_date),
            _said(each.value_date),
            _amount(each.amount_minor, each.currency, bare=one is not None),
            _said(each.remittance),
            _said(each.bank_reference or each.end_to_end_id or each.coelsa_id),
            _amount(each.balance_after_minor, each.currency, bare=one is not None),
            style=STYLES[tone],
        )
    return made


def _said(value: object) -> str:
    return NOBODYS if value is None else str(value)


def _amount(minor: int | None, currency: str | None, *, bare: bool = False) -> str:
    if minor is None:
        return NOBODYS
    said = figures.amount(minor, currency or FALLBACK_CURRENCY)
    return said.partition(" ")[2] if bare or currency is None else said


def _about(statement: Statement) -> Text:
    """What the statement states of itself, and whether its balances follow from its entries."""
    currency = statement.currency
    account = "No account" if statement.account is None else f"Account {statement.account}"
    balances = [
        f"{name} balance {_amount(minor, currency)}"
        for name, minor in (
            ("opening", statement.opening_minor),
            ("closing", statement.closing_minor),
        )
        if minor is not None
    ]
    said = Text(f"{', '.join((account, *balances))}: ")
    if statement.disagreement is not None:
        return said.append(f"{statement.disagreement}.", style=STYLES["bad"])
    if statement.balance_closes is None:
        return said.append("no balances that prove the amounts.", style=STYLES["quiet"])
    return said.append("the balances follow from the amounts.", style=STYLES["good"])
