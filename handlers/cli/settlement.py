"""`conciliar settlement`: what became of a line or payout, and to set a void one aside."""

from __future__ import annotations

import typer
from rich.console import RenderableType

from conciliar.asking import target_of
from conciliar.orders import order_cancel
from handlers.cli import figures
from handlers.cli.explain import IdArgument
from handlers.cli.options import JsonOption, ReasonOption, StoreOption, about, store
from handlers.cli.screen import Tone, sheet, show, show_json, text
from handlers.cli.unmatch import form, show_order
from projections import settlement_overview
from projections.settlement_overview import SettlementOverview, is_settlement_overview

commands = typer.Typer(
    help="Show a settlement, or set aside one that is void.", rich_markup_mode="rich"
)

CANDIDATES_MAX = 10
"""Candidates that are printed; `--json` gives all that are kept."""

TONES: dict[str, Tone] = {"matched": "good", "open": "warn", "duplicate": "quiet"}


@commands.command(
    "show", epilog="[bold]Example[/bold]  [cyan]conciliar settlement show S000000004[/cyan]"
)
def show_settlement(
    *, id_: IdArgument, store_path: StoreOption = None, as_json: JsonOption = False
) -> None:
    """Show a line as it was delivered, what it settles, or why it is open."""
    with store(store_path) as embedded, about(embedded, id_):
        target = target_of(embedded, id_, among=("settlement",))
        keys, model = (target.stream,), settlement_overview.MODEL
        document = embedded.current_views().get_many(model, keys)[target.stream]
    assert is_settlement_overview(document)
    if as_json:
        show_json({"id": target.id, **document})
    else:
        show(_shown(target.id, document))


def _shown(id_: str, one: SettlementOverview) -> RenderableType:
    made = sheet(f"Settlement {one['rows'][0]}", id_)
    match = f"{one['match_id']}  {one['rule']}, class {one['evidence']}"
    repeats = f"{one['duplicate_of']}  {one['duplicate_rule']}"
    reason = figures.words(one["reason"] or "")
    rows: list[tuple[str, RenderableType | None]] = [
        ("state", text(one["state"], TONES.get(one["state"], "plain"))),
        ("amount", figures.amount(one["minor"], one["currency"])),
        ("booked", f"{one['booking_day']}, value {one['value_day']}"),
        ("account", f"{one['account']}  {one['source']}"),
        ("bank entry id", one["bank_entry_id"]),
        ("reference", one["reference"]),
        ("end-to-end id", one["end_to_end_id"]),
        ("merchant", one["merchant"]),
        ("statement", one["statement_id"]),
        ("rows", ", ".join(one["rows"])),
        ("match", match if one["match_id"] else None),
        ("repeats", repeats if one["duplicate_of"] else None),
        ("open because", f"{reason}  {one['open_rule']}" if one["reason"] else None),
    ]
    for candidate in one["candidates"][:CANDIDATES_MAX]:
        against = ", ".join(candidate["contradictions"]) or "nothing against it"
        rows.append(("candidate", f"{candidate['payment']}  {against}"))
    for name, value in rows:
        if value is not None:
            made.add_row(text(name, "quiet"), value)
    return made


@commands.command(
    "cancel",
    epilog="[bold]Example[/bold]  [cyan]conciliar settlement cancel S000000004 --reason"
    ' "void, says the bank"[/cyan]',
)
def cancel_settlement(
    *,
    id_: IdArgument,
    reason: ReasonOption,
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set aside a line that its source declared void; refused while it is in a match."""
    with store(store_path) as embedded, about(embedded, id_):
        target = target_of(embedded, id_, among=("settlement",))
        done = order_cancel(embedded, target, reason=reason)
    if as_json:
        show_json(form(done))
    else:
        show_order(done, "The line was set aside", "The line had been set aside before")
