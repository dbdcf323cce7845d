"""`conciliar history`: the facts of anything, step by step, and what was known at any instant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.console import RenderableType

from application.history import Plain, Standing, Step, state_at
from application.history import history as steps_of
from conciliar.asking import target_of
from conciliar.settings import Language
from domain.money import format_money
from handlers.cli import figures
from handlers.cli.options import JsonOption, LanguageOption, StoreOption, about, language, store
from handlers.cli.screen import Tone, show, show_json, table, text

TONES: dict[str, Tone] = {
    "settled": "good",
    "matched": "good",
    "stands": "good",
    "provisional": "warn",
    "open": "warn",
    "contradicted": "warn",
    "released": "warn",
}

DAY_LENGTH = len("2026-03-06")


def history(
    *,
    id_: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="A payment, settlement, match, merchant or statement by its source's id, or any id"
            " in full (cal:AR, fx:USDARS, …).",
            show_default=False,
        ),
    ],
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="INSTANT",
            help="As known then: 2026-03-06T12:00:00-03:00, or a day to its end. Without an offset,"
            " the time in Argentina.",
            show_default=False,
        ),
    ] = None,
    position: Annotated[
        int | None,
        typer.Option("--position", min=0, help="As known at a position.", show_default=False),
    ] = None,
    personal: Annotated[
        bool, typer.Option("--personal", help="Show fields about people too, such as the payer.")
    ] = False,
    fields: Annotated[bool, typer.Option("--fields", help="Show the fields of each fact.")] = False,
    store_path: StoreOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every fact about something, in the order in which the store learnt of them."""
    chosen = language(lang)
    until_ms = None if at is None else instant_ms(at)
    with store(store_path) as embedded, about(embedded, id_):
        target = target_of(embedded, id_)
        every = steps_of(embedded.facts, target, personal=personal)
        known = state_at(embedded.facts, target, known_at_ms=until_ms, position=position)
    steps = [step for step in every if is_known(step, until_ms=until_ms, position=position)]
    if as_json:
        show_json(
            {
                "id": target.id,
                "kind": target.kind,
                "known_at_ms": until_ms,
                "position": position,
                "state": known,
                "steps": steps,
                "later": len(every) - len(steps),
            }
        )
    else:
        later = len(every) - len(steps)
        show(*_shown(target.id, steps, known, chosen, later, in_full=fields or personal))


def is_known(step: Step, *, until_ms: int | None, position: int | None) -> bool:
    """Whether the step was known at an instant and at a position."""
    return (until_ms is None or step.recorded_at_ms <= until_ms) and (
        position is None or step.position <= position
    )


def instant_ms(typed: str) -> int:
    """Milliseconds since 1970 UTC of an instant, or of the last one of a day, as typed."""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        reason = f"{typed!r} is no instant: write 2026-03-06T12:00:00-03:00, or a day"
        raise typer.BadParameter(reason, param_hint="--at") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=figures.LOCAL)
    if len(typed) == DAY_LENGTH:
        moment += timedelta(days=1, milliseconds=-1)
    return (moment - figures.EPOCH) // timedelta(milliseconds=1)


# For people.


def _shown(
    id_: str,
    steps: Sequence[Step],
    known: Standing | None,
    lang: Language,
    later: int,
    *,
    in_full: bool,
) -> Iterator[RenderableType]:
    aside = f"{figures.count(len(steps))} facts"
    if later:
        aside += f", {figures.count(later)} later ones left out"
    made = table(
        id_,
        "recorded",
        "for",
        ("at", "right"),
        "what happened",
        "then",
        "on whose word",
        aside=aside,
    )
    for step in steps:
        made.add_row(
            figures.instant(step.recorded_at_ms),
            step.effective[:DAY_LENGTH],
            text(figures.count(step.position), "quiet"),
            _happened(step, lang, in_full=in_full),
            text(figures.words(step.after.status), TONES.get(step.after.status, "plain")),
            text(f"{step.actor}, {step.authority}", "quiet"),
        )
    yield made
    if known is None:
        yield text("Nothing was known of it then.", "quiet")
    else:
        yield text(standing(known, lang))


def _happened(step: Step, lang: Language, *, in_full: bool) -> RenderableType:
    said = text(step.change[lang], "plain" if step.of_target else "quiet")
    if in_full:
        for name, value in step.fields.items():
            said.append(f"\n  {name}: {_plain(value)}", style="dim")
    return said


def _plain(value: Plain) -> str:
    match value:
        case {"minor": int() as minor, "currency": str() as currency}:
            return figures.amount(minor, currency)
        case None:
            return "–"
        case _:
            return re.sub(r"\s+", " ", str(value))


def standing(known: Standing, lang: Language) -> str:
    """A state in a line."""
    parts = [figures.words(known.status)]
    for name, money in (("", known.amount), ("open ", known.open), ("returned ", known.returned)):
        if money is not None and (not name or money.minor):
            parts.append(f"{name}{format_money(money, language=lang)}")
    if known.reason:
        parts.append(figures.words(known.reason))
    if known.matches:
        parts.append(", ".join(known.matches))
    return f"Version {known.version}: {' · '.join(parts)}"
