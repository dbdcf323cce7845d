"""`conciliar report`: the state of everything, or one part of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import typer
from rich.console import RenderableType

from application.ageing import OpenItems
from application.ports import ViewStore
from application.reconciliation import Reconciliation
from application.reports import (
    DailyPosition,
    bank_reconciliation,
    bank_reconciliations,
    daily_position,
    match_rates,
    open_items,
    summary,
)
from application.results import Suggested
from conciliar.asking import last_known_day, open_values, suggested_now
from handlers.cli import json_forms
from handlers.cli.books_shown import book, books_in_short
from handlers.cli.json_forms import Json
from handlers.cli.options import JsonOption, StoreOption, about, day, store
from handlers.cli.reports_shown import ages, open_list, positions, rates, summary_blocks
from handlers.cli.screen import show, show_json, text

DEFAULT_LIMIT = 50

Kind = Literal["payment", "line", "contradiction"]

PART = "What to report"
NARROW = "Narrow it"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a report is narrowed to."""

    as_of: date
    kind: Kind | None
    account: str | None
    merchant: str | None
    currency: str | None
    reason: str | None
    age: str | None
    first: date
    known_on: date | None
    limit: int
    suggested: Suggested


def report(
    *,
    open_: Annotated[
        bool, typer.Option("--open", help="Open items, oldest first.", rich_help_panel=PART)
    ] = False,
    ages_: Annotated[
        bool, typer.Option("--ages", help="Open items by age.", rich_help_panel=PART)
    ] = False,
    rates_: Annotated[
        bool, typer.Option("--rates", help="Match rates, by currency.", rich_help_panel=PART)
    ] = False,
    position: Annotated[
        bool, typer.Option("--position", help="Daily position.", rich_help_panel=PART)
    ] = False,
    books: Annotated[
        bool,
        typer.Option("--books", help="Bank reconciliation statements.", rich_help_panel=PART),
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DAY",
            help="The day (2026-03-06) that ages count to and books end with. Default: the last"
            " day known.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        Kind | None, typer.Option("--kind", help="Open items of a kind.", rich_help_panel=NARROW)
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", help="Open items of a reason.", rich_help_panel=NARROW),
    ] = None,
    age: Annotated[
        str | None,
        typer.Option("--age", help='Open items of an age: "2-5".', rich_help_panel=NARROW),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option("--account", help="One account: its books in full.", rich_help_panel=NARROW),
    ] = None,
    merchant: Annotated[
        str | None, typer.Option("--merchant", help="One merchant.", rich_help_panel=NARROW)
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", help="One currency.", rich_help_panel=NARROW)
    ] = None,
    first: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DAY",
            help="First day of positions. Default: all days.",
            rich_help_panel=NARROW,
        ),
    ] = None,
    known_on: Annotated[
        str | None,
        typer.Option(
            "--known-on",
            metavar="DAY",
            help="Books as they were known at the end of a day.",
            rich_help_panel=NARROW,
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="Rows printed.", rich_help_panel=NARROW)
    ] = DEFAULT_LIMIT,
    store_path: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Report the state of everything; with options, one part of it or several."""
    parts = {
        "open": open_,
        "ages": ages_,
        "rates": rates_,
        "position": position,
        "books": books,
    }
    until = None if as_of is None else day(as_of, option="--as-of")
    with store(store_path) as embedded, about(embedded, account or "report"):
        views = embedded.current_views()
        end = until or last_known_day(views)
        if end is None:
            _show_empty(as_json=as_json)
            return
        asked = Asked(
            as_of=end,
            kind=kind,
            account=account,
            merchant=merchant,
            currency=currency,
            reason=reason,
            age=age,
            first=date.min if first is None else day(first, option="--from"),
            known_on=None if known_on is None else day(known_on, option="--known-on"),
            limit=limit,
            suggested=suggested_now(embedded, views) if open_ else {},
        )
        chosen = [name for name, wanted in parts.items() if wanted]
        if as_json:
            document: Json = {"as_of": end}
            for name, part in _documents(views, asked, chosen):
                document[name] = part
            show_json(document)
        else:
            show(*_blocks(views, asked, chosen))


def _show_empty(*, as_json: bool) -> None:
    if as_json:
        show_json({"as_of": None})
    else:
        show(text("The store is empty: nothing was recorded yet.", "quiet"))


def _open_items(views: ViewStore, asked: Asked) -> OpenItems:
    return open_items(
        views,
        as_of=asked.as_of,
        kind=asked.kind,
        account=asked.account,
        merchant=asked.merchant,
        currency=asked.currency,
        reason=None if asked.reason is None else asked.reason.replace(" ", "_"),
        bucket=asked.age,
    )


def _positions(views: ViewStore, asked: Asked) -> tuple[DailyPosition, ...]:
    return daily_position(
        views,
        first=asked.first,
        last=asked.as_of,
        merchant=asked.merchant,
        currency=asked.currency,
    )


def _books(views: ViewStore, asked: Asked) -> tuple[Reconciliation, ...]:
    if asked.account is None:
        return bank_reconciliations(views, day=asked.as_of, known_on=asked.known_on)
    one = bank_reconciliation(
        views,
        account=asked.account,
        day=asked.as_of,
        currency=asked.currency,
        known_on=asked.known_on,
    )
    return (one,)


# For people.


def _blocks(views: ViewStore, asked: Asked, chosen: list[str]) -> Iterator[RenderableType]:
    if not chosen:
        found = summary(views, as_of=asked.as_of)
        yield from summary_blocks(found, open_values(views, as_of=asked.as_of))
        yield ages(found.groups, as_of=asked.as_of)
        return
    for name in chosen:
        yield from _part(views, asked, name)


def _part(views: ViewStore, asked: Asked, name: str) -> Iterator[RenderableType]:
    match name:
        case "open":
            found = _open_items(views, asked)
            shown = found.items[: asked.limit]
            yield open_list(
                shown, asked.suggested, as_of=asked.as_of, total=len(found.items), shown=len(shown)
            )
        case "ages":
            yield ages(_open_items(views, asked).groups, as_of=asked.as_of)
        case "rates":
            yield from rates(match_rates(views))
        case "position":
            yield positions(_positions(views, asked), last=asked.as_of, limit=asked.limit)
        case _:
            found_books = _books(views, asked)
            if asked.account is None:
                yield books_in_short(found_books)
                yield text("One account in full: --account ACCOUNT", "quiet")
            else:
                yield book(found_books[0])


# For machines.


def _documents(views: ViewStore, asked: Asked, chosen: list[str]) -> Iterator[tuple[str, object]]:
    if not chosen:
        values = open_values(views, as_of=asked.as_of)
        yield "summary", json_forms.summary(summary(views, as_of=asked.as_of), values)
    for name in chosen:
        yield name, _document(views, asked, name)


def _document(views: ViewStore, asked: Asked, name: str) -> object:
    match name:
        case "open":
            return [
                json_forms.open_item(each, asked.suggested.get(each.item, ()))
                for each in _open_items(views, asked).items
            ]
        case "ages":
            return json_forms.ages(_open_items(views, asked).groups)
        case "rates":
            return [json_forms.rates(each) for each in match_rates(views)]
        case "position":
            return [json_forms.position(each) for each in _positions(views, asked)]
        case _:
            return [json_forms.book(each) for each in _books(views, asked)]
