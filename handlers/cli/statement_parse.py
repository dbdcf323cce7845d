"""`conciliar statement parse`: what statement files say, as JSON Lines; nothing is recorded."""

from __future__ import annotations

import codecs
import sys
from contextlib import ExitStack
from typing import IO, Annotated, Final

import typer

from adapters.statements.model import Unreadable
from adapters.statements.parsing import parsed, refused
from handlers.cli.entry import REASON_LENGTH_MAX, REFUSED
from handlers.cli.statement_options import FormatOption, ProfileOption, profile_in

EPILOG = (
    "[bold]Examples[/bold]\n\n  [cyan]conciliar statement parse day.xml day.sta.gz[/cyan]"
    "\n\n  [cyan]conciliar statement parse report.csv --format mp-release[/cyan]"
    "\n\n  [cyan]conciliar statement parse movements.csv --profile our-bank.yaml[/cyan]"
)

CHUNK_BYTES: Final = 1 << 16
"""Bytes that are printed at a time."""


def parse_statement(
    *,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Statements and settlement reports; each may be packed as gzip or zip.",
            show_default=False,
        ),
    ],
    form: FormatOption = None,
    profile: ProfileOption = None,
) -> None:
    """Print what files say, as JSON Lines: an object a file, in the order given; records nothing.

    A file that cannot be read gives an object with its error, one line on standard error that names
    file, place and reason, and code 2; the others are read all the same.
    """
    by_profile = profile_in(profile, form=form)
    if (reconfigure := getattr(sys.stdout, "reconfigure", None)) is not None:
        reconfigure(encoding="utf-8")  # whatever the terminal has: machines read it
    failure: Exception | None = None
    refusals = 0
    for file in files:
        with ExitStack() as until_printed:
            try:
                line = until_printed.enter_context(parsed(file, form=form, profile=by_profile))
            except Unreadable as refusal:
                refusals += 1
                _refuse(file, refusal)
            except Exception as error:  # noqa: BLE001  (raised below, when the other files are done)
                failure = failure or error
                _print(refused(file, f"file: unexpected failure: {type(error).__name__}"))
            else:
                _copy(line)
    if failure is not None:
        raise failure
    if refusals:
        raise typer.Exit(REFUSED)


def _refuse(file: str, refusal: Unreadable) -> None:
    _print(refused(file, f"{refusal.place}: {refusal.reason}"))
    line = " ".join(f"{file}: {refusal.place}: {refusal.reason}".split())
    print(f"conciliar: {line[:REASON_LENGTH_MAX]}", file=sys.stderr)


def _copy(line: IO[bytes]) -> None:
    for text in codecs.iterdecode(iter(lambda: line.read(CHUNK_BYTES), b""), "utf-8"):
        sys.stdout.write(text)
    _print("")


def _print(text: str) -> None:
    print(text, flush=True)


app = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False)
app.command("parse", epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})(
    parse_statement
)
"""The command alone: started without the others, it fits into a small memory (entry.py)."""
