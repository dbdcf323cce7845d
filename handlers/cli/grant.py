"""`conciliar grant`: which merchants a partner may read."""

from __future__ import annotations

from typing import Annotated

import typer

from application.batch import InputRefused
from conciliar.granting import all_held, give, held, withdraw
from domain.grant import Grant
from handlers.cli import figures
from handlers.cli.options import JsonOption, ReasonOption, StoreOption, about, store
from handlers.cli.screen import show, show_json, table, text

commands = typer.Typer(
    help="Say which merchants a partner may read, and see what was said.", rich_markup_mode="rich"
)

MERCHANTS_SHOWN = 20
"""Merchants of a partner that are printed; `--json` gives all."""

PartnerArgument = Annotated[
    str, typer.Argument(metavar="PARTNER", help="The partner's name, as its tokens say it.")
]


@commands.command("give", epilog="[bold]Example[/bold]  [cyan]conciliar grant give acme M1[/cyan]")
def give_merchants(
    *,
    partner: PartnerArgument,
    merchants: Annotated[
        list[str], typer.Argument(metavar="MERCHANT…", help="Merchants, as payments name them.")
    ],
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a partner read what concerns these merchants, and nothing else."""
    with store(store_path) as embedded, about(embedded, partner):
        recorded = give(embedded, partner=partner, merchants=merchants)
        _done(held(embedded, partner), new=bool(recorded), as_json=as_json)


@commands.command(
    "withdraw",
    epilog="[bold]Example[/bold]  [cyan]conciliar grant withdraw acme M1 --reason"
    ' "contract ended"[/cyan]',
)
def withdraw_merchants(
    *,
    partner: PartnerArgument,
    reason: ReasonOption,
    merchants: Annotated[
        list[str] | None,
        typer.Argument(metavar="MERCHANT…", help="Merchants; all, where none is named."),
    ] = None,
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close merchants to a partner; it holds from the next question on."""
    with store(store_path) as embedded, about(embedded, partner):
        recorded = withdraw(embedded, partner=partner, merchants=merchants or (), reason=reason)
        _done(held(embedded, partner), new=bool(recorded), as_json=as_json)


@commands.command("list", epilog="[bold]Example[/bold]  [cyan]conciliar grant list[/cyan]")
def list_grants(*, store_path: StoreOption = None, as_json: JsonOption = False) -> None:
    """Show every partner and its merchants."""
    with store(store_path) as embedded:
        found = all_held(embedded)
    if as_json:
        show_json({"grants": [_form(each) for each in found]})
        return
    if not found:
        show(text("No partner was granted anything.", "quiet"))
        return
    made = table("Grants", "partner", ("merchants", "right"), "")
    for each in found:
        shown = sorted(each.merchants)
        more = " …" if len(shown) > MERCHANTS_SHOWN else ""
        named = ", ".join(shown[:MERCHANTS_SHOWN]) + more
        made.add_row(each.partner, figures.count(len(shown)), text(named, "quiet"))
    show(made)


def _done(grant: Grant | None, *, new: bool, as_json: bool) -> None:
    if grant is None:  # an empty list of merchants makes no facts
        raise InputRefused(file="grant", place="MERCHANT", reason="no merchant was named")
    if as_json:
        show_json({"new": new, **_form(grant)})
        return
    count = len(grant.merchants)
    said = f"{grant.partner} may read {figures.count(count)} merchant{'' if count == 1 else 's'}."
    show(text(said if new else f"Nothing new: {said}", "good" if new else "plain"))


def _form(grant: Grant) -> dict[str, object]:
    return {"partner": grant.partner, "merchants": sorted(grant.merchants)}
