"""Reports as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from rich.console import RenderableType
from rich.table import Table

from application.ageing import AGES, AgedItem, AgeGroup
from application.rates import Counted, MatchRates, Share
from application.reports import DailyPosition, Summary
from application.results import Suggested, SuggestionRow
from conciliar.asking import OpenValues
from handlers.cli import figures
from handlers.cli.books_shown import books_in_short, unless_zero
from handlers.cli.screen import Align, Tone, table, text

GOOD_PPM, FAIR_PPM = 950_000, 850_000
"""Match rates from which a figure is good, and fair."""

# The summary.


def summary_blocks(found: Summary, values: OpenValues) -> Iterator[RenderableType]:
    """All of it, in three tables."""
    yield shares(found)
    yield open_reasons(values)
    if found.books:
        yield books_in_short(found.books)


def shares(found: Summary) -> Table:
    """Match rates and the share that needs a person."""
    made = table("Match rate", "", ("", "right"), ("", "right"), aside=f"as of {found.as_of}")
    made.show_header = False
    rows = (
        ("lines matched, of matchable", found.auto_of_matchable, True),
        ("lines matched, of all", found.auto_of_all, True),
        ("payments reconciled", found.payments_reconciled, True),
        ("items that need a person", found.needs_a_person, False),
    )
    for name, share, judged in rows:
        tone: Tone = _tone(share) if judged else "plain"
        made.add_row(name, text(figures.percent(share), tone), _of(share))
    return made


def _of(share: Share) -> str:
    return f"{figures.count(share.part)} of {figures.count(share.whole)}"


def _tone(share: Share) -> Tone:
    if share.ppm is None:
        return "quiet"
    if share.ppm >= GOOD_PPM:
        return "good"
    return "warn" if share.ppm >= FAIR_PPM else "bad"


def open_reasons(values: OpenValues) -> Table:
    """Open items by kind and reason, with what they come to."""
    made = table("Open", "kind", "reason", ("items", "right"), ("value", "right"))
    for (kind, reason, currency), counted in values.items():
        tone: Tone = "quiet" if reason == "pending" else "plain"
        cells = (
            kind,
            figures.words(reason),
            figures.count(counted.count),
            figures.amount(counted.minor, currency),
        )
        made.add_row(*(text(cell, tone) for cell in cells))
    if not values:
        made.add_row(text("nothing is open", "good"), "", "", "")
    return made


# Ages, rates, open items.


def ages(groups: Sequence[AgeGroup], *, as_of: date) -> Table:
    """How old open items are, in days."""
    names: list[tuple[str, Align]] = [(name, "right") for name in AGES]
    made = table("Ages of open items", "kind", "currency", "", *names, aside=f"days, {as_of}")
    for kind, currency in dict.fromkeys((each.kind, each.currency) for each in groups):
        mine = {g.bucket: g for g in groups if (g.kind, g.currency) == (kind, currency)}
        counts = [figures.count(mine[age].count) if age in mine else "" for age in AGES]
        values = [figures.amount(mine[age].minor, currency) if age in mine else "" for age in AGES]
        made.add_row(kind, currency, text("items", "quiet"), *counts)
        made.add_row("", "", text("value", "quiet"), *(text(each, "quiet") for each in values))
    return made


def rates(found: Sequence[MatchRates]) -> Iterator[Table]:
    """What became of lines and payments, by currency; and the rules that matched them."""
    for one in found:
        made = table(
            f"Lines and payments in {one.currency}", "", ("items", "right"), ("value", "right")
        )
        for name, counted in _became(one):
            made.add_row(name, figures.count(counted.count), _value(counted, one.currency))
        yield made
        yield _rules(one)


def _became(one: MatchRates) -> Iterator[tuple[str, Counted]]:
    yield "lines", one.lines
    yield "  matched", one.auto
    for name, counted in (("provisional", one.provisional), ("by people", one.decided)):
        if counted.count:
            yield f"  {name}", counted
    yield "  duplicates", one.duplicate
    for reason, counted in one.open_by_reason.items():
        yield f"  open: {figures.words(reason)}", counted
    if one.unjudged.count:
        yield "  not judged yet", one.unjudged
    yield "payments", one.payments
    yield "  reconciled", one.reconciled
    yield "  partly", one.partly
    yield "  expected", one.expected
    if one.cancelled.count:
        yield "  cancelled", one.cancelled


def _value(counted: Counted, currency: str) -> str:
    return figures.amount(counted.minor, currency)


def _rules(one: MatchRates) -> Table:
    made = table(
        f"Rules that matched in {one.currency}",
        "rule",
        ("lines", "right"),
        ("payments", "right"),
        ("value", "right"),
        ("undone", "right"),
    )
    for rule in sorted(one.by_rule, key=lambda each: (-each.lines.count, each.rule)):
        made.add_row(
            rule.rule,
            figures.count(rule.lines.count),
            figures.count(rule.payments),
            _value(rule.lines, one.currency),
            figures.count(rule.matches_released) if rule.matches_released else text("–", "quiet"),
        )
    return made


def open_list(
    items: Iterable[AgedItem], suggested: Suggested, *, as_of: date, total: int, shown: int
) -> Table:
    """Open items, oldest first, each with its likeliest suggestion."""
    aside = f"oldest first, {as_of}"
    if shown < total:
        aside += f"; {figures.count(shown)} of {figures.count(total)}, more with --limit"
    made = table(
        "Open items",
        "id",
        "reason",
        "rule",
        ("age", "right"),
        ("amount", "right"),
        "candidates",
        "suggested",
        aside=aside,
    )
    for item in items:
        tone: Tone = "plain" if item.needs_a_person else "quiet"
        made.add_row(
            text(item.item, tone),
            text(figures.words(item.reason), tone),
            text(item.rule or "", "quiet"),
            f"{item.age_days} d",
            figures.amount(item.minor, item.currency),
            _candidates(item),
            _suggested(item, suggested.get(item.item, ())),
        )
    return made


def _candidates(item: AgedItem) -> str:
    if not item.candidates_total:
        return ""
    first = item.candidates[0]
    more = item.candidates_total - 1
    return f"{first} +{figures.count(more)}" if more else first


def _suggested(item: AgedItem, some: Sequence[SuggestionRow]) -> str:
    if not some:
        return ""
    first = some[0]
    others = first.payments_total - 1
    name = first.settlement if item.kind == "payment" else first.payments[0]
    if others and item.kind == "line":
        name = f"{name} +{figures.count(others)}"
    return f"{name} {figures.percent(Share(first.score_permille, 1_000))}"


# Positions.


def positions(found: Sequence[DailyPosition], *, last: date, limit: int) -> Table:
    """What merchants' days were to bring, and what they brought: the latest `limit` of them."""
    shown = found[-limit:]
    aside = f"by expected day, to {last}"
    if len(shown) < len(found):
        aside += f"; last {figures.count(limit)} of {figures.count(len(found))}"
    made = table(
        "Daily position",
        "day",
        "merchant",
        ("payments", "right"),
        ("expected", "right"),
        ("settled", "right"),
        ("open", "right"),
        ("returned", "right"),
        ("charges", "right"),
        aside=aside,
    )
    last_day: date | None = None
    for one in shown:
        made.add_row(
            str(one.day) if one.day != last_day else "",
            one.merchant,
            figures.count(one.expected.count),
            figures.amount(one.expected.minor, one.currency),
            figures.amount(one.settled_minor, one.currency),
            unless_zero(one.open_minor, one.currency, "warn"),
            unless_zero(one.returned.minor, one.currency, "plain"),
            unless_zero(sum(one.charges.values()), one.currency, "quiet"),
        )
        last_day = one.day
    return made
