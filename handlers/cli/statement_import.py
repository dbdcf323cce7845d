"""`conciliar statement import`: files in, each whole or not at all, and matched at once."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from application.import_terms import Terms
from conciliar.composition import Embedded, open_embedded
from conciliar.importing_statements import Wanted, import_statements
from handlers.cli import statements_imported
from handlers.cli.options import (
    JsonOption,
    ProgressOption,
    StoreOption,
    inside,
    settings,
    store_folder,
)
from handlers.cli.progress import progress
from handlers.cli.statement_options import FormatOption, ProfileOption, profile_in

commands = typer.Typer(
    help="Read statements and settlement reports: what they say, or into a store.",
    rich_markup_mode="rich",
)


AccountOption = Annotated[
    str | None,
    typer.Option(
        "--account",
        metavar="ID",
        help="Account of a file that names none.",
        show_default=False,
    ),
]
SourceOption = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="KIND:NAME",
        help="Who sends it, as bank:017. Default: by account and format.",
        show_default=False,
    ),
]
MerchantOption = Annotated[
    str | None,
    typer.Option(
        "--merchant",
        metavar="ID",
        help="Merchant whose report it is, where all of it is one's.",
        show_default=False,
    ),
]
AcksOption = Annotated[
    Path | None,
    typer.Option(
        "--acks",
        metavar="FILE",
        help="Write an acknowledgement of each file, as JSON Lines.",
        show_default=False,
    ),
]


@commands.callback()
def statement() -> None:
    """Import statements and settlement reports."""


@commands.command(
    "import",
    epilog="[bold]Examples[/bold]\n\n  [cyan]conciliar statement import monday.xml tuesday.sta"
    "[/cyan]\n\n  [cyan]conciliar statement import day.csv --account 0110599520000001234569"
    " --acks acks.jsonl[/cyan]",
)
def import_statement(
    *,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Statements and settlement reports, of any format that is known.",
            show_default=False,
        ),
    ],
    form: FormatOption = None,
    profile: ProfileOption = None,
    account: AccountOption = None,
    source: SourceOption = None,
    merchant: MerchantOption = None,
    acks: AcksOption = None,
    store_path: StoreOption = None,
    progress_form: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take statements in from files, each whole or not at all, and match their lines at once.

    A store that is named and not there is made. A file that cannot be imported ends with code 2 and
    one line that names file, place and reason; the others are imported. The same file again, under
    whatever name, is nothing new. A statement whose predecessor is missing is held until that one
    arrives: `conciliar parked`.
    """
    profile_in(profile, form=form)  # a faulty one is refused before a store is made
    terms = Terms(account=account, source=source, merchant_id=merchant)
    with _store(store_path) as embedded, progress(progress_form) as told:
        done = import_statements(
            embedded, files, wanted=Wanted(format=form, profile=profile, terms=terms), progress=told
        )
    if acks is not None:
        statements_imported.write_acknowledgements(acks, done)
    statements_imported.show_outcome(done, as_json=as_json)


@contextmanager
def _store(chosen: Path | None) -> Generator[Embedded]:
    """The store, made where it was named and is not there."""
    said = settings()
    named = chosen or said.store
    folder = store_folder(None) if named is None else inside(named)
    with open_embedded(folder, settings=said, create=named is not None) as embedded:
        yield embedded
