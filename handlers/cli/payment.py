"""`conciliar payment`: what became of a payment, to stop expecting it, and payments from files."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import RenderableType

from conciliar.asking import target_of
from conciliar.composition import Embedded
from conciliar.importing_payments import PaymentFormat, import_payments
from conciliar.orders import order_cancel, today
from handlers.cli import figures, payments_imported
from handlers.cli.explain import IdArgument
from handlers.cli.options import (
    JsonOption,
    ProgressOption,
    ReasonOption,
    StoreOption,
    about,
    day,
    store,
)
from handlers.cli.progress import progress
from handlers.cli.screen import Tone, sheet, show, show_json, text
from handlers.cli.unmatch import form, show_order
from projections import payment_status
from projections.payment_status import PaymentStatus, is_payment_status

commands = typer.Typer(
    help="Show a payment, stop expecting it, or take payments in from files.",
    no_args_is_help=False,
    rich_markup_mode="rich",
)

CompleteThroughOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--complete-through",
        metavar="DAY",
        help="With these files the source has delivered all payments of days up to this one.",
        show_default=False,
    ),
]
"""The day through which a source is complete, as it is typed."""

TONES: dict[str, Tone] = {"reconciled": "good", "partly_allocated": "warn", "cancelled": "quiet"}


@commands.command(
    "show", epilog="[bold]Example[/bold]  [cyan]conciliar payment show P000000017[/cyan]"
)
def show_payment(
    *, id_: IdArgument, store_path: StoreOption = None, as_json: JsonOption = False
) -> None:
    """Show what is expected, what of it arrived, and with what."""
    with store(store_path) as embedded, about(embedded, id_):
        target = target_of(embedded, id_, among=("payment",))
        keys = (target.stream,)
        document = embedded.current_views().get_many(payment_status.MODEL, keys)[target.stream]
    assert is_payment_status(document)
    if as_json:
        show_json({"id": target.id, **document})
    else:
        show(_shown(target.id, document))


def _shown(id_: str, one: PaymentStatus) -> RenderableType:
    made = sheet(f"Payment {one['payment_id']}", id_)
    currency = one["currency"]
    rows: list[tuple[str, RenderableType | None]] = [
        ("state", text(figures.words(one["state"]), TONES.get(one["state"], "plain"))),
        ("amount", figures.amount(one["minor"], currency)),
        ("arrived", figures.amount(one["allocated_minor"], currency)),
        ("open", figures.amount(one["open_minor"], currency)),
        ("went back", _unless_nothing(one["returned_minor"], currency)),
        ("merchant", one["merchant"]),
        ("method", one["method"]),
        ("reference", one["reference"]),
        ("end-to-end id", one["end_to_end_id"]),
        ("created", one["created_at"]),
        ("expected", f"{one['expected_day']}, at the latest {one['break_day']}"),
        ("cancelled", one["cancelled_on"]),
        ("because", one["cancelled_because"]),
    ]
    for matched in one["matches"]:
        amount = figures.amount(matched["minor"], currency)
        rows.append(("match", f"{matched['match_id']}  {amount}"))
    for returned in one["returns"]:
        amount = figures.amount(returned["minor"], currency)
        rows.append((returned["kind"], f"{returned['match_id']}  {amount}"))
    for announced in one["announced"]:
        amount, why = (
            figures.amount(announced["minor"], currency),
            announced["reason"] or "no reason",
        )
        rows.append(("return announced", f"{announced['day']}  {amount}  {why}"))
    for name, value in rows:
        if value is not None:
            made.add_row(text(name, "quiet"), value)
    return made


def _unless_nothing(minor: int, currency: str) -> str | None:
    return figures.amount(minor, currency) if minor else None


@commands.command(
    "cancel",
    epilog="[bold]Example[/bold]  [cyan]conciliar payment cancel P000000017 --reason"
    ' "order withdrawn"[/cyan]',
)
def cancel_payment(
    *,
    id_: IdArgument,
    reason: ReasonOption,
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop expecting a payment; refused while a match stands on it."""
    with store(store_path) as embedded, about(embedded, id_):
        target = target_of(embedded, id_, among=("payment",))
        done = order_cancel(embedded, target, reason=reason)
    if as_json:
        show_json(form(done))
    else:
        show_order(done, "The payment was cancelled", "The payment had been cancelled before")


@commands.command(
    "import",
    epilog="[bold]Examples[/bold]\n\n  [cyan]conciliar payment import day.xml --profile bank.yaml"
    "[/cyan]\n\n  [cyan]conciliar payment import commands.jsonl --acks acks.jsonl[/cyan]",
)
def import_(
    *,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="pacs.008, pacs.002, pacs.004; commands as JSON Lines; CSV by profile.",
            show_default=False,
        ),
    ],
    profile: Annotated[
        Path | None,
        typer.Option(
            "--profile",
            metavar="YAML",
            help="Whose the accounts are, and what a CSV's columns are (docs/payment-files.md).",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="NAME",
            help="System that the payments come from. Default: the profile's, else core.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        PaymentFormat | None,
        typer.Option("--format", help="Default: by the file's content.", show_default=False),
    ] = None,
    complete_through: CompleteThroughOption = None,
    acks: Annotated[
        Path | None,
        typer.Option(
            "--acks",
            metavar="FILE",
            help="Write an acknowledgement of each file and of each order in it, as JSON Lines.",
            show_default=False,
        ),
    ] = None,
    store_path: StoreOption = None,
    progress_form: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take payments in from files, each whole or not at all; the same file again is nothing new.

    A file that cannot be read ends with code 2 and one line that names file, place and reason; the
    others are imported. A command that cannot be followed is set aside: `conciliar parked`.
    """
    with store(store_path) as embedded, progress(progress_form) as told:
        done = import_payments(
            embedded,
            files,
            profile=profile,
            source=source,
            kind=form,
            complete_through=_over(embedded, complete_through),
            progress=told,
        )
    if acks is not None:
        payments_imported.write_acknowledgements(acks, done)
    payments_imported.show_outcome(done, as_json=as_json)


def _over(embedded: Embedded, typed: str | None) -> date | None:
    """The day through which a source is complete, which has begun at least."""
    if typed is None:
        return None
    option = "--complete-through"
    through = day(typed, option=option)
    if through > today(embedded):
        raise typer.BadParameter("the day has not come", param_hint=option)
    return through
