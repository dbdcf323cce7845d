"""`conciliar unmatch`: take a match back."""

from __future__ import annotations

from typing import Annotated

import typer

from conciliar.orders import Ordered, order_unmatch
from handlers.cli import figures
from handlers.cli.json_forms import Json
from handlers.cli.options import JsonOption, ReasonOption, StoreOption, about, store
from handlers.cli.screen import show, show_json, text


def unmatch(
    *,
    match_id: Annotated[
        str,
        typer.Argument(
            metavar="MATCH_ID", help="As `explain` and `report` say it: mat:…", show_default=False
        ),
    ],
    reason: ReasonOption,
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a match back, on your word; its pairs are not proposed again.

    What the match had held is judged again at once. Nothing is deleted: the match stays in the
    history. Result files are written by the next `reconcile`.
    """
    with store(store_path) as embedded, about(embedded, match_id):
        done = order_unmatch(embedded, match_id, reason=reason)
    if as_json:
        show_json(form(done))
    else:
        show_order(done, "The match was taken back", "The match had been taken back before")


def form(done: Ordered) -> Json:
    """What was ordered, as JSON."""
    undone = done.undone
    return {
        "id": undone.id,
        "is_new": undone.is_new,
        "streams": undone.streams,
        "recorded": [each.fact_id for each in undone.recorded],
        "earlier": undone.earlier,
        "judged_again": {"lines": done.judged, "recorded": done.recorded},
    }


def show_order(done: Ordered, new: str, known: str) -> None:
    """Print what was ordered, and what came of it."""
    undone = done.undone
    if undone.is_new:
        facts = "\n".join(f"  {each.fact_id}  {each.fact.TOPIC}" for each in undone.recorded)
        said = text(f"{new}: {undone.id}\n", "good").append(facts, style="dim")
    else:
        said = text(f"{known}, by {undone.earlier}. Nothing was recorded.")
    again = f"{figures.count(done.judged)} lines were judged again"
    changed = f"{figures.count(done.recorded)} facts recorded" if done.recorded else "no change"
    show(said, text(f"{again}: {changed}.", "quiet"))
