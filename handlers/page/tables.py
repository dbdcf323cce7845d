"""Tables: of the plots' figures, of the exceptions by reason, of the largest open items."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

from application.ageing import AGES, AgedItem
from application.rates import Share
from handlers.page.content import Content
from handlers.page.markup import Markup, joined, tag
from handlers.page.numbers import NOTHING
from handlers.page.plots import rules_of
from handlers.page.words import Voice

LARGEST_MAX = 15
"""Open items that are listed."""

Side: TypeAlias = Literal["text", "number", "code"]
Column: TypeAlias = tuple[str, Side]


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    *,
    caption: str,
    foot: Sequence[str] | None = None,
    unseen: bool = False,
) -> Markup:
    """A table that scrolls sideways where there is no room; the first cell heads its row.

    `unseen` hides the caption from those who see the heading above it.
    """
    head = tag("thead", tag("tr", (_head(name, side) for name, side in columns)))
    body = tag("tbody", (_row(columns, row) for row in rows))
    total = () if foot is None else (tag("tfoot", _row(columns, foot)),)
    whole = tag(
        "table",
        tag("caption", tag("span", caption, class_="unseen" if unseen else None)),
        head,
        body,
        total,
    )
    return tag("div", whole, class_="scroll", tabindex=0, role="group", aria_label=caption)


def _head(name: str, side: Side) -> Markup:
    return tag("th", name, scope="col", class_="number" if side == "number" else None)


def _row(columns: Sequence[Column], cells: Sequence[str]) -> Markup:
    first, *others = zip(columns, cells, strict=True)
    return tag(
        "tr",
        tag("th", first[1], scope="row", class_=first[0][1]),
        (tag("td", cell, class_=column[1]) for column, cell in others),
    )


# The figures of the plots.


def figures_of(name: str, found: Content, say: Voice) -> Markup:
    """The table that says what a plot shows, folded away."""
    made = {"days": _days, "rules": _rules, "ages": _ages, "positions": _positions}[name]
    return tag("details", tag("summary", say("figures_of")), made(found, say))


def _days(found: Content, say: Voice) -> Markup:
    count = say.numbers.count
    names = ("arrived", "matched", "aside", "open")
    return table(
        ((say("day"), "text"), *((say(name), "number") for name in names)),
        (
            (
                say.numbers.date(one.day),
                *map(count, (one.arrived, one.matched, one.set_aside, one.open)),
            )
            for one in found.days
        ),
        caption=say("days"),
        unseen=True,
    )


def _rules(found: Content, say: Voice) -> Markup:
    return table(
        (
            (say("rule"), "code"),
            (say("lines"), "number"),
            (say("payments"), "number"),
            (say("meaning"), "text"),
        ),
        (
            (
                one.rule,
                say.numbers.count(one.lines),
                say.numbers.count(one.payments),
                say.phrases.rule(one.rule),
            )
            for one in rules_of(found)
        ),
        caption=say("rules"),
        unseen=True,
    )


def _ages(found: Content, say: Voice) -> Markup:
    groups = sorted(found.summary.groups, key=lambda one: (one.currency, AGES.index(one.bucket)))
    return table(
        (
            (say("age"), "text"),
            (say("kind"), "text"),
            (say("currency"), "text"),
            (say("items").capitalize(), "number"),
            (say("value"), "number"),
        ),
        (
            (
                say(f"age.{one.bucket}"),
                say(f"kind.{one.kind}"),
                one.currency,
                say.numbers.count(one.count),
                say.numbers.amount(one.minor, one.currency),
            )
            for one in groups
        ),
        caption=say("ages"),
        unseen=True,
    )


def _positions(found: Content, say: Voice) -> Markup:
    names = ("payments", "expected", "settled", "charges", "open_payments")
    return table(
        ((say("merchant"), "code"), *((say(name), "number") for name in names)),
        (
            (
                one.merchant,
                say.numbers.count(one.payments),
                *(
                    say.numbers.amount(minor, found.currency)
                    for minor in (
                        one.expected_minor,
                        one.settled_minor,
                        one.charges_minor,
                        one.open_minor,
                    )
                ),
            )
            for one in found.positions
        ),
        caption=f"{say('positions')}, {found.currency}",
    )


# Exceptions.


def by_reason(found: Content, say: Voice) -> Markup:
    """How many exceptions there are for each reason, what it means, and what to do."""
    waiting = [one for one in found.items if one.needs_a_person]
    pending = len(found.items) - len(waiting)
    parts = [tag("p", say("nothing_open"))] if not waiting else [_reasons(waiting, found, say)]
    if pending:
        note = say("pending_note", count=say.numbers.count(pending))
        parts.append(tag("p", note, class_="note"))
    return joined(parts)


def _reasons(waiting: Sequence[AgedItem], found: Content, say: Voice) -> Markup:
    counts = Counter((one.reason, one.kind) for one in waiting)
    values: defaultdict[tuple[str, str], int] = defaultdict(int)
    for one in waiting:
        if one.currency == found.currency:
            values[one.reason, one.kind] += abs(one.minor)
    return table(
        (
            (say("reason"), "text"),
            (say("kind"), "text"),
            (say("items").capitalize(), "number"),
            (say("value_in", currency=found.currency), "number"),
            (say("meaning"), "text"),
            (say("what_to_do"), "text"),
        ),
        (
            (
                say.reason(reason),
                say(f"kind.{kind}"),
                say.numbers.count(count),
                say.numbers.amount(values[reason, kind], found.currency),
                say.reason(reason, kind="means"),
                say.reason(reason, kind="do"),
            )
            for (reason, kind), count in counts.most_common()
        ),
        caption=say("reasons"),
        unseen=True,
    )


def largest(found: Content, say: Voice) -> Markup:
    """The largest items that need a person."""
    waiting = [one for one in found.items if one.needs_a_person and one.currency == found.currency]
    waiting.sort(key=lambda one: (-abs(one.minor), one.item))
    shown = waiting[:LARGEST_MAX]
    if not shown:
        return tag("p", say("nothing_open"))
    note = say(
        "largest_note",
        currency=found.currency,
        shown=say.numbers.count(len(shown)),
        total=say.numbers.count(len(waiting)),
    )
    columns: tuple[Column, ...] = (
        (say("item"), "code"),
        (say("kind"), "text"),
        (say("reason"), "text"),
        (say("refused_by"), "text"),
        (say("since"), "number"),
        (say("age_days"), "number"),
        (say("candidates"), "number"),
        (say("suggested"), "text"),
        (say("amount_in", currency=found.currency), "number"),
    )
    rows = (tuple(_largest(one, found, say)) for one in shown)
    return joined(
        (tag("p", note, class_="note"), table(columns, rows, caption=say("largest"), unseen=True))
    )


def _largest(one: AgedItem, found: Content, say: Voice) -> Iterator[str]:
    yield breakable(one.item)
    yield say(f"one.{one.kind}")
    yield say.reason(one.reason)
    yield one.rule or NOTHING
    yield say.numbers.date(one.since)
    yield say.numbers.count(one.age_days)
    yield say.numbers.count(one.candidates_total) if one.candidates_total else NOTHING
    yield _suggested(one, found, say)
    yield say.numbers.amount(one.minor, one.currency)


def _suggested(one: AgedItem, found: Content, say: Voice) -> str:
    """The likeliest suggestion, with how likely it is."""
    some = found.suggested.get(one.item)
    if not some:
        return NOTHING
    first = some[0]
    name = first.settlement if one.kind == "payment" else first.payments[0]
    share = say.numbers.percent(Share(first.score_permille, 1_000))
    if first.payments_total == 1:
        return f"{name} · {share}"
    return say("suggested_group", item=name, others=first.payments_total - 1, share=share)


def breakable(item: str) -> Markup:
    """An id that may go on in the next line after a colon."""
    first, *others = item.split(":")
    return joined((first, *((":", tag("wbr"), part) for part in others)))
