"""Bank reconciliation statements as tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table

from application.reconciliation import Difference, Reconciliation, Tally
from handlers.cli import figures
from handlers.cli.screen import Tone, sheet, table, text

DIFFERENCES_MAX = 20
"""Differences of a statement that are printed; `--json` gives all."""


def books_in_short(books: Sequence[Reconciliation]) -> Table:
    """Each account in a line, and whether it closes."""
    made = table(
        "Books",
        "account",
        ("statement", "right"),
        ("ledger", "right"),
        ("difference", "right"),
        ("open lines", "right"),
        "",
        aside=f"end of {books[0].day}" if books else "",
    )
    for one in books:
        made.add_row(
            one.account,
            figures.amount(one.statement_closing_minor, one.currency),
            figures.amount(one.ledger_closing_minor, one.currency),
            unless_zero(one.difference_minor, one.currency, "plain"),
            figures.count(one.closing.count),
            closes(one),
        )
    return made


def unless_zero(minor: int, currency: str, tone: Tone) -> RenderableType:
    """An amount, or a dash."""
    return text(figures.amount(minor, currency), tone) if minor else text("–", "quiet")


def closes(one: Reconciliation) -> RenderableType:
    """Whether it closes, in a word or two."""
    if one.closes:
        return text("closes", "good")
    return text(f"unexplained {figures.amount(one.residual_minor, one.currency)}", "bad")


def book(one: Reconciliation, *, differences_max: int = DIFFERENCES_MAX) -> RenderableType:
    """The reconciliation statement of an account and day, with the first differences."""
    parts: list[RenderableType] = [_roll(one), "", _two_sides(one), ""]
    if one.differences:
        parts += [_differences(one, differences_max), ""]
    return Group(*parts, _verdict(one))


def _roll(one: Reconciliation) -> Table:
    known = f", as known on {one.known_on}" if one.known_on else ""
    heading = f"Bank reconciliation  {one.account}"
    made = table(
        heading, "open items", ("lines", "right"), ("value", "right"), aside=f"{one.day}{known}"
    )
    rows: tuple[tuple[str, Tally, str], ...] = (
        ("opening", one.opening, ""),
        ("arrived", one.today.arrivals, "+"),
        ("matched", one.today.matched, "−"),
        ("duplicates", one.today.duplicates, "−"),
        ("closing", one.closing, "="),
    )
    for name, tally, sign in rows:
        value = figures.amount(tally.minor, one.currency)
        made.add_row(f"{sign or ' '} {name}", figures.count(tally.count), value)
    return made


def _two_sides(one: Reconciliation) -> Table:
    made = sheet()
    made.add_column(justify="left")
    made.add_column(justify="right")
    rows = [
        ("balance by the statement", one.statement_closing_minor),
        ("balance by the ledger", one.ledger_closing_minor),
        ("difference", one.difference_minor),
        (f"explained by {len(one.differences)} lines", one.explained_minor),
        ("unexplained", one.residual_minor),
    ]
    for name, minor in rows:
        tone: Tone = "bad" if name == "unexplained" and minor else "plain"
        made.add_row(text(name, "quiet"), text(figures.amount(minor, one.currency), tone))
    if one.stated_gap_minor is not None:
        made.add_row(
            text("stated by the bank beyond that", "quiet"),
            figures.amount(one.stated_gap_minor, one.currency),
        )
    return made


def _differences(one: Reconciliation, shown_max: int) -> Table:
    count, shown = len(one.differences), one.differences[:shown_max]
    aside = f"first {shown_max} of {count}, all with --json" if count > shown_max else ""
    made = table("Explained line by line", "line", "booked", "why", ("value", "right"), aside=aside)
    for each in shown:
        value = figures.amount(each.minor, one.currency)
        made.add_row(each.settlement, str(each.booking_day), _why(each), value)
    return made


def _why(each: Difference) -> str:
    match each.kind:
        case "open":
            return f"open: {figures.words(each.because)}"
        case "duplicate":
            return f"repeats {each.because}"
        case "cancelled":
            return f"void: {each.because}"
        case "carried":
            return f"residuals of {each.because}"


def _verdict(one: Reconciliation) -> RenderableType:
    if one.closes:
        return text("The books close: every difference is named, nothing is left over.", "good")
    return text("The books do not close: run `conciliar store verify`, then `rebuild`.", "bad")
