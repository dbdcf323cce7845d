"""The plots: days, ages, rules, positions. Each can stand on the page or in a file of its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from application.ageing import AGES
from application.rates import Share
from handlers.page.bars import ROW, Bar, bars, strip
from handlers.page.content import Content, Position
from handlers.page.days import days_plot
from handlers.page.markup import stylesheet
from handlers.page.numbers import NOTHING
from handlers.page.svg import HALF, NARROW, Legend, Plot, frame, legend
from handlers.page.words import Voice

RULES_MAX = 12
CLASSES = ("I", "G", "C", "D")


def plots(found: Content, say: Voice) -> tuple[Plot, ...]:
    """All of them, in the order of the page."""
    return (
        days_plot(found, say),
        _ages_plot(found, say),
        _rules_plot(found, say),
        _positions_plot(found, say),
    )


def alone(plot: Plot, *, css: str) -> str:
    """A plot as the text of an SVG file, with its own style, light or dark as its reader is."""
    opening, _, rest = plot.drawing.partition(">")
    return f"{opening}>{stylesheet(css)}{rest}\n"


# What the matches rest on.


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLines:
    """Lines and payments in a rule's standing matches, over all currencies."""

    rule: str
    lines: int
    payments: int


def rules_of(found: Content) -> list[RuleLines]:
    """Rules that hold lines now, most lines first."""
    lines: Counter[str] = Counter()
    payments: Counter[str] = Counter()
    for one in (rule for rates in found.summary.rates for rule in rates.by_rule):
        lines[one.rule] += one.lines.count
        payments[one.rule] += one.payments
    ordered = sorted(lines.items(), key=lambda item: (-item[1], item[0]))
    return [RuleLines(rule=r, lines=n, payments=payments[r]) for r, n in ordered if n]


def _rules_plot(found: Content, say: Voice) -> Plot:
    rules, classes = rules_of(found)[:RULES_MAX], _classes(found)
    whole, count = sum(classes.values()), say.numbers.count
    shares = [
        (f"class-{one}", f"{say.phrases.classes[one]} {say.numbers.percent(Share(number, whole))}")
        for one, number in classes.items()
    ]
    rows = [
        Bar(
            label=one.rule.partition("@")[0],
            means=_means(one.rule, say),
            figures=say("rule_counts", lines=count(one.lines)),
            parts=[("matched", one.lines, f"{one.rule}: {count(one.lines)}")],
        )
        for one in rules
    ]
    parts = [
        (f"class-{one}", number, f"{say.phrases.classes[one]}: {count(number)}")
        for one, number in classes.items()
    ]
    drawing = frame(
        strip(parts, y=0, whole=whole, width=HALF, height=18),
        legend(tuple(shares), x=0, y=38),
        bars(rows, y=56, width=HALF),
        name="rules",
        title=say("rules"),
        description=say(
            "rules_desc",
            classes=", ".join(text for _, text in shares) or say("nothing"),
            rule=rules[0].rule if rules else say("nothing"),
            count=count(rules[0].lines if rules else 0),
        ),
        width=HALF,
        height=56 + len(rows) * ROW,
    )
    return Plot(name="rules", heading=say("rules"), note=say("rules_note"), drawing=drawing)


def _classes(found: Content) -> dict[str, int]:
    counts = {
        one: sum(r.by_class[one].count for r in found.summary.rates if one in r.by_class)
        for one in CLASSES
    }
    return {one: number for one, number in counts.items() if number}


def _means(rule: str, say: Voice) -> str:
    name, meaning = rule.partition("@")[0], say.phrases.rule(rule)
    return "" if meaning == name else meaning


# Ages.


def _ages_plot(found: Content, say: Voice) -> Plot:
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    counts: Counter[str] = Counter()
    for group in found.summary.groups:
        if group.currency == found.currency and group.kind != "contradiction":
            sums[group.bucket, group.kind] += group.minor
            counts[group.bucket] += group.count
    rows = [_age(age, sums, counts[age], found.currency, say) for age in AGES]
    ages = ", ".join(f"{row.label} {row.figures}" for row in rows)
    drawing = frame(
        legend(_kinds(say), x=0, y=12),
        bars(rows, y=30, width=NARROW),
        name="ages",
        title=say("ages"),
        description=say("ages_desc", currency=found.currency, ages=ages),
        width=NARROW,
        height=30 + len(rows) * ROW,
    )
    note = say("ages_note", currency=found.currency)
    return Plot(name="ages", heading=say("ages"), note=note, drawing=drawing)


def _kinds(say: Voice) -> Legend:
    return (("open", say("kind.line")), ("open-payment", say("kind.payment")))


def _age(
    age: str, sums: defaultdict[tuple[str, str], int], count: int, currency: str, say: Voice
) -> Bar:
    marks = (("open", "line"), ("open-payment", "payment"))
    value = sum(sums[age, kind] for _, kind in marks)
    items = say.items(count)
    return Bar(
        label=say(f"age.{age}"),
        figures=f"{say.numbers.short(value, currency)} · {items}" if count else NOTHING,
        parts=[
            (mark, sums[age, kind], f"{name}: {say.numbers.money(sums[age, kind], currency)}")
            for mark, kind in marks
            for name in (say(f"kind.{kind}"),)
        ],
    )


# Positions.


def _positions_plot(found: Content, say: Voice) -> Plot:
    rows = list(_positions(found.positions, found.currency, say))
    first = found.positions[0] if found.positions else None
    short = say.numbers.short
    marks = (
        ("matched", say("settled_net")),
        ("charges", say("charges_short")),
        ("open", say("still_open")),
    )
    drawing = frame(
        legend(marks, x=0, y=12),
        bars(rows, y=30, width=HALF),
        name="positions",
        title=say("positions"),
        description=say(
            "positions_desc",
            currency=found.currency,
            merchant=first.merchant if first else say("nothing"),
            expected=short(first.expected_minor if first else 0, found.currency),
            settled=short(first.settled_minor if first else 0, found.currency),
        ),
        width=HALF,
        height=30 + len(rows) * ROW,
    )
    note = say(
        "positions_note",
        currency=found.currency,
        shown=say.numbers.count(len(rows)),
        total=say.numbers.count(found.merchants),
    )
    return Plot(name="positions", heading=say("positions"), note=note, drawing=drawing)


def _positions(found: Sequence[Position], currency: str, say: Voice) -> Iterator[Bar]:
    for one in found:
        charges = max(0, min(one.charges_minor, one.settled_minor))
        parts = (
            ("matched", one.settled_minor - charges, say("settled_net")),
            ("charges", charges, say("charges_short")),
            ("open", one.open_minor, say("still_open")),
        )
        short = say.numbers.short
        yield Bar(
            label=one.merchant,
            figures=say(
                "position_counts",
                settled=short(one.settled_minor, currency),
                expected=short(one.expected_minor, currency),
                charges=short(one.charges_minor, currency),
            ),
            parts=[
                (mark, minor, f"{name}: {say.numbers.money(minor, currency)}")
                for mark, minor, name in parts
            ],
        )
