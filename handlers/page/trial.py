"""The page of a trial: what a rule set would have done, beside what was really decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from application.rule_trial import OUTCOMES, Difference, Outcome, Trial
from application.wording.phrases import Language
from handlers.page.bars import ROW, Bar, bars
from handlers.page.markup import Child, Markup, document, joined, tag
from handlers.page.page import head_of, write_text
from handlers.page.svg import (
    HALF,
    WIDE,
    Plot,
    box,
    frame,
    legend,
    rule_line,
    scaled,
    ticks,
    words,
)
from handlers.page.words import Voice, voice

CHANGES: tuple[Outcome, ...] = tuple(one for one in OUTCOMES if one != "kept")
ROWS_MAX = 200
"""Differences that the page lists; the largest."""

LEFT, TOP, MAIN = 48, 34, 150
COLUMN_MAX, LABEL_WIDTH = 28, 52


def write_trial(path: Path, trial: Trial, *, lang: Language = "en") -> None:
    """Write the page to `path`, in place of what was there. Raises OSError."""
    write_text(path, trial_page(trial, lang=lang))


def trial_page(trial: Trial, *, lang: Language = "en") -> str:
    """The text of the page: one file that needs nothing else. Equal trials give equal text."""
    say = voice(lang)
    title = say("trial.title", rules=f"{trial.text.name}@{trial.text.version}")
    days, pair = _days_plot(trial, say), (_values_plot(trial, say), _rules_plot(trial, say))
    body = tag(
        "body",
        _heading(trial, say, title=title),
        tag(
            "main",
            _figures(trial, say),
            _card(days.heading, days.note, days.drawing),
            tag(
                "div",
                (_card(one.heading, one.note, one.drawing) for one in pair),
                class_="plots halves",
            ),
            _card(say("trial.rows"), _rows_note(trial, say), _rows(trial, say)),
        ),
        tag("footer", tag("p", say("trial.foot", seal=trial.seal or "–"))),
    )
    return document(lang=lang, head=head_of(title), body=body)


def _card(heading: str, note: str, *children: Child) -> Markup:
    scroll = tag("div", *children, class_="scroll", tabindex=0, role="group", aria_label=heading)
    return tag("section", tag("h2", heading), tag("p", note, class_="note"), scroll, class_="card")


def _heading(trial: Trial, say: Voice, *, title: str) -> Markup:
    count = say.numbers.count
    verdict = say(
        "trial.verdict",
        newly=count(trial.count("newly")),
        moved=count(trial.count("moved")),
        lost=count(trial.count("lost")),
        kept=count(trial.count("kept")),
    )
    wrong = trial.count("contradicted")
    name = "trial.contradicts" if wrong else "trial.clean"
    judged = tag("span", say(name, count=count(wrong)), class_="bad" if wrong else "good")
    period = say(
        "trial.period",
        since=say.numbers.date(trial.since),
        position=count(trial.through),
        lines=count(trial.lines),
    )
    return tag(
        "header",
        tag("p", "conciliar", class_="brand"),
        tag("h1", title),
        tag("p", period, class_="note"),
        tag("p", verdict, judged, class_="verdict"),
    )


def _figures(trial: Trial, say: Voice) -> Markup:
    return tag(
        "section",
        tag("h2", say("figures"), class_="unseen"),
        tag("dl", (_figure(trial, one, say) for one in CHANGES), class_="figures shares"),
    )


def _figure(trial: Trial, outcome: Outcome, say: Voice) -> Markup:
    values = [
        f"{currency} {say.numbers.short(value.minor, currency)}"
        for (one, currency), value in trial.values.items()
        if one == outcome
    ]
    return tag(
        "div",
        tag("dt", say(f"trial.{outcome}")),
        tag("dd", say.numbers.count(trial.count(outcome)), class_="value"),
        tag("dd", " · ".join(values) or say("nothing")),
        tag("dd", say(f"trial.{outcome}_note"), class_="note"),
    )


def _marks(say: Voice, outcomes: Sequence[Outcome]) -> tuple[tuple[str, str], ...]:
    return tuple((one, say(f"trial.{one}").lower()) for one in outcomes)


# By day.


def _days_plot(trial: Trial, say: Voice) -> Plot:
    days = sorted({day for day, one in trial.by_day if one in CHANGES})
    sums = [sum(trial.by_day.get((day, one), 0) for one in CHANGES) for day in days]
    drawing = frame(
        legend(_marks(say, CHANGES), x=LEFT, y=12),
        _columns(trial, days, max(sums, default=0), say),
        name="trial-days",
        title=say("trial.days"),
        description=say(
            "trial.days_desc", days=say.numbers.count(len(days)), total=say.numbers.count(sum(sums))
        ),
        width=WIDE,
        height=TOP + MAIN + 26,
    )
    note = say("trial.days_note")
    return Plot(name="trial-days", heading=say("trial.days"), note=note, drawing=drawing)


def _columns(trial: Trial, days: Sequence[date], most: int, say: Voice) -> Markup:
    scale, floor = ticks(most), TOP + MAIN
    parts: list[Markup] = []
    for mark in scale:
        y = floor - scaled(mark, scale[-1], MAIN)
        parts.append(rule_line(LEFT, WIDE, y, "axis" if mark == 0 else "grid"))
        number = say.numbers.count(mark)
        parts.append(words(LEFT - 8, y + 4, number, kind="quiet", anchor="end"))
    pitch = (WIDE - LEFT) * 16 // max(1, len(days))
    width = min(COLUMN_MAX, max(1, pitch * 7 // 160))
    every = -(-LABEL_WIDTH * 16 // pitch)
    for at, day in enumerate(days):
        middle, y = LEFT + (pitch * at + pitch // 2) // 16, floor
        for one in CHANGES:
            number = trial.by_day.get((day, one), 0)
            height = scaled(number, scale[-1], MAIN)
            y -= height
            if height:
                tip = f"{say.numbers.date(day)}: {say.numbers.count(number)} {say(f'trial.{one}')}"
                parts.append(box(middle - width // 2, y, width, height, one, tip=tip))
        if at % every == 0:
            text = say.numbers.day(day)
            parts.append(words(middle, floor + 18, text, kind="quiet", anchor="middle"))
    return joined(parts)


# By value, by rule.


def _values_plot(trial: Trial, say: Voice) -> Plot:
    rows = list(_value_bars(trial, say))
    drawing = frame(
        bars(rows, y=0, width=HALF),
        name="trial-values",
        title=say("trial.values"),
        description=", ".join(f"{row.label} {row.figures}" for row in rows) or say("nothing"),
        width=HALF,
        height=max(1, len(rows)) * ROW,
    )
    return Plot(
        name="trial-values",
        heading=say("trial.values"),
        note=say("trial.values_note"),
        drawing=drawing,
    )


def _value_bars(trial: Trial, say: Voice) -> Iterator[Bar]:
    # One scale for each currency would be several plots; shares of a currency are one.
    for currency in sorted({currency for _, currency in trial.values}):
        sums = {one: trial.values.get((one, currency)) for one in OUTCOMES}
        whole = sum(abs(value.minor) for value in sums.values() if value is not None)
        for one, value in sums.items():
            if value is not None:
                share = abs(value.minor) * 1_000_000 // whole if whole else 0
                amount = say.numbers.money(value.minor, currency)
                yield Bar(
                    label=f"{currency} {say(f'trial.{one}').lower()}",
                    figures=f"{say.numbers.count(value.count)} · {amount}",
                    parts=[(one, share, amount)],
                )


def _rules_plot(trial: Trial, say: Voice) -> Plot:
    names = [trial.text.name_of(rule) for rule in trial.text.rules]
    suggested = {name: sum(one.rule == name for one in trial.suggested) for name in names}
    rows = [
        Bar(
            label=name,
            figures=say(
                "trial.rule_counts",
                matched=say.numbers.count(sum(counts.values())),
                suggested=say.numbers.count(suggested[name]),
            ),
            parts=[
                (one, number, f"{say(f'trial.{one}')}: {say.numbers.count(number)}")
                for one, number in counts.items()
            ],
        )
        for name in names
        for counts in ({one: trial.by_rule.get((name, one), 0) for one in OUTCOMES},)
    ]
    drawing = frame(
        legend(_marks(say, OUTCOMES), x=0, y=12),
        bars(rows, y=30, width=HALF),
        name="trial-rules",
        title=say("trial.rules"),
        description=", ".join(f"{row.label}: {row.figures}" for row in rows),
        width=HALF,
        height=30 + len(rows) * ROW,
    )
    return Plot(
        name="trial-rules",
        heading=say("trial.rules"),
        note=say("trial.rules_note"),
        drawing=drawing,
    )


# One by one.


def _rows_note(trial: Trial, say: Voice) -> str:
    count = say.numbers.count
    total = len(trial.differences)
    return say("trial.rows_note", shown=count(min(total, ROWS_MAX)), total=count(total))


def _rows(trial: Trial, say: Voice) -> Markup:
    names = ("outcome", "day", "amount", "rule", "lines", "payments", "against")
    kinds = {"amount": "number"}
    heads = [
        tag("th", say(f"trial.col.{name}"), scope="col", class_=kinds.get(name)) for name in names
    ]
    rows = (tag("tr", _cells(one, say)) for one in largest(trial))
    return tag("table", tag("thead", tag("tr", heads)), tag("tbody", rows))


def largest(trial: Trial) -> list[Difference]:
    """The differences that are listed: contradictions first, then by how much they move."""
    ordered = sorted(
        trial.differences,
        key=lambda one: (one.outcome != "contradicted", -abs(one.minor), one.lines),
    )
    return ordered[:ROWS_MAX]


def _cells(one: Difference, say: Voice) -> Iterator[Markup]:
    tone = {"contradicted": "bad", "newly": "good"}.get(one.outcome)
    yield tag("td", tag("span", say(f"trial.{one.outcome}"), class_=tone))
    yield tag("td", say.numbers.date(one.day))
    yield tag("td", say.numbers.money(one.minor, one.currency), class_="number")
    yield tag("td", tag("code", one.rule))
    yield tag("td", tag("code", ", ".join(one.lines)))
    yield tag("td", tag("code", ", ".join(one.payments)))
    yield tag("td", tag("code", one.against or "–"))
