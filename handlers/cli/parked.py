"""`conciliar parked`: what was set aside and why, and sending it again."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from rich.console import RenderableType

from application.parking import Parked, ParkedUnknown, Queue, is_overdue
from conciliar.importing_statements import Amendment
from conciliar.parked import parking_lot
from conciliar.replaying import Replayed, replay_parked
from handlers.cli import figures
from handlers.cli.entry import REFUSED
from handlers.cli.json_forms import Json
from handlers.cli.options import JsonOption, StoreOption, about, day, store
from handlers.cli.screen import sheet, show, show_json, table, text

commands = typer.Typer(
    help="Look at what was set aside, and send it again.", rich_markup_mode="rich"
)

SHOWN_MAX = 50
"""Things that are printed; `--json` gives all."""

IdArgument = Annotated[str, typer.Argument(metavar="ID", show_default=False)]


@commands.command(
    "list", epilog="[bold]Example[/bold]  [cyan]conciliar parked list --queue files[/cyan]"
)
def list_parked(
    *,
    queue: Annotated[
        Queue | None, typer.Option("--queue", help="One queue only.", show_default=False)
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is done, with its outcome.")
    ] = False,
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List refused files, held statements, entries and commands that were set aside."""
    with store(store_path) as embedded, parking_lot(embedded) as lot:
        things = list(lot.all(waiting=not everything, queue=queue))
        now_ms = embedded.clock.now_ms()
    late = {each.id for each in things if is_overdue(each, now_ms=now_ms)}
    if as_json:
        show_json({"parked": [{**_form(each), "overdue": each.id in late} for each in things]})
    elif not things:
        show(text("Nothing is set aside.", "good"))
    else:
        show(_table(things, late))


def _table(things: list[Parked], late: set[str]) -> RenderableType:
    aside = figures.count(len(things))
    made = table("Set aside", "id", "queue", "why", "file", "place", "what", "since", aside=aside)
    for each in things[:SHOWN_MAX]:
        tone = "bad" if each.id in late else "warn" if each.is_waiting else "quiet"
        made.add_row(
            each.id,
            each.queue,
            text(f"{each.reason}, overdue" if each.id in late else each.reason, tone),
            each.file,
            each.place,
            each.outcome or each.words,
            figures.instant(each.first_at_ms),
        )
    return made


@commands.command(
    "show", epilog="[bold]Example[/bold]  [cyan]conciliar parked show f-3c9a41d09e21[/cyan]"
)
def show_parked(
    *, id_: IdArgument, store_path: StoreOption = None, as_json: JsonOption = False
) -> None:
    """Show one thing: where it stood, why it was set aside, how often it was tried."""
    with store(store_path) as embedded, about(embedded, id_), parking_lot(embedded) as lot:
        found = lot.get(id_)
        if found is None:
            raise ParkedUnknown(parked_id=id_)
        kept = lot.content(id_) is not None
    if as_json:
        show_json({**_form(found), "content_kept": kept})
        return
    made = sheet("Set aside", found.id)
    rows = (
        ("queue", found.queue),
        ("why", f"{found.reason}: {found.words}"),
        ("file", f"{found.file}, {found.place}"),
        ("key", found.key),
        ("since", figures.instant(found.first_at_ms)),
        ("last tried", f"{figures.instant(found.last_at_ms)}, {found.tries} times in all"),
        ("state", "waiting" if found.outcome is None else f"done: {found.outcome}"),
    )
    for name, value in rows:
        made.add_row(text(name, "quiet"), value)
    show(made)


@commands.command(
    "replay",
    epilog="[bold]Examples[/bold]\n\n  [cyan]conciliar parked replay[/cyan]\n\n"
    "  [cyan]conciliar parked replay f-3c9a41d09e21 --accept-gap[/cyan]",
)
def replay(
    *,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID...]", help="Default: all that wait.", show_default=False),
    ] = None,
    accept_gap: Annotated[
        bool,
        typer.Option(
            "--accept-gap",
            help="Take a held statement although one is missing before it; name it by its id.",
        ),
    ] = False,
    booking_date: Annotated[
        str | None,
        typer.Option(
            "--date",
            metavar="YYYY-MM-DD",
            help="Booking day of an entry that has none.",
            show_default=False,
        ),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option(
            "--currency",
            metavar="CODE",
            help="Currency of an entry that has none.",
            show_default=False,
        ),
    ] = None,
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send things again, as they now stand; what still cannot be followed stays, with its reason.

    Ends with code 2 where something stays.
    """
    chosen = ids or []
    if not chosen and (accept_gap or booking_date or currency):
        reason = "say of which things, by their ids"
        raise typer.BadParameter(reason, param_hint="ID")
    amendment = Amendment(accept_gap=accept_gap, booking_day=_day(booking_date), currency=currency)
    with store(store_path) as embedded, about(embedded, "parked"):
        done = replay_parked(embedded, chosen, amendment=amendment)
    if as_json:
        show_json(_replayed_form(done))
    else:
        show(_replayed_table(done))
    if any(not resent.done for _, resent in done.things):
        raise typer.Exit(REFUSED)


def _day(typed: str | None) -> date | None:
    return None if typed is None else day(typed, option="--date")


def _replayed_form(done: Replayed) -> Json:
    return {
        "replayed": [
            {**_form(parked), "done": resent.done, "words": resent.words}
            for parked, resent in done.things
        ],
        "judged_again": {"lines": done.judged, "recorded": done.recorded},
    }


def _replayed_table(done: Replayed) -> RenderableType:
    if not done.things:
        return text("Nothing is set aside.", "good")
    made = table("Sent again", "id", "queue", "file", "place", "what came of it")
    for parked, resent in done.things:
        tone = "good" if resent.done else "warn"
        words = text(resent.words, tone)
        made.add_row(parked.id, parked.queue, parked.file, parked.place, words)
    return made


def _form(one: Parked) -> Json:
    return {
        "id": one.id,
        "queue": one.queue,
        "key": one.key,
        "reason": one.reason,
        "file": one.file,
        "place": one.place,
        "words": one.words,
        "first_at": figures.instant_utc(one.first_at_ms),
        "last_at": figures.instant_utc(one.last_at_ms),
        "tries": one.tries,
        "outcome": one.outcome,
    }
