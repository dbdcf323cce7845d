"""The plot of days: columns of lines, and below them once more what is open, enlarged."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.page.content import Content, Day
from handlers.page.markup import Markup, joined
from handlers.page.svg import WIDE, Plot, box, frame, legend, rule_line, scaled, ticks, words
from handlers.page.words import Voice

LEFT = 48
TOP, MAIN, BETWEEN, LOWER = 34, 170, 30, 52
HEIGHT = TOP + MAIN + BETWEEN + LOWER + 26

COLUMN_MAX = 28
LABEL_WIDTH = 52


def days_plot(found: Content, say: Voice) -> Plot:
    """Lines by booking day: matched, set aside, open."""
    days, numbers = found.days, say.numbers
    top = max(days, key=lambda one: one.arrived, default=None)
    description = say(
        "days_desc",
        days=numbers.count(len(days)),
        lines=numbers.count(sum(one.arrived for one in days)),
        matched=numbers.count(sum(one.matched for one in days)),
        aside=numbers.count(sum(one.set_aside for one in days)),
        open=numbers.count(sum(one.open for one in days)),
        top_day=numbers.date(top.day if top else found.as_of),
        top=numbers.count(top.arrived if top else 0),
    )
    aside = f"{say('aside').lower()} ({say('aside_note')})"
    marks = (("matched", say("matched").lower()), ("aside", aside), ("open", say("open").lower()))
    drawing = frame(
        legend(marks, x=LEFT, y=12),
        _columns(days, say),
        name="days",
        title=say("days"),
        description=description,
        width=WIDE,
        height=HEIGHT,
    )
    return Plot(name="days", heading=say("days"), note=say("days_note"), drawing=drawing)


def _columns(days: Sequence[Day], say: Voice) -> Markup:
    floor, lower_floor = TOP + MAIN, TOP + MAIN + BETWEEN + LOWER
    upper = ticks(max((one.arrived for one in days), default=0))
    lower = ticks(max((one.open for one in days), default=0), at_most=2)
    parts = [_axis(upper, floor=floor, height=MAIN, say=say)]
    parts += [_axis(lower, floor=lower_floor, height=LOWER, say=say)]
    parts += [words(LEFT, floor + BETWEEN - 8, say("open_own_scale"), kind="quiet")]
    pitch = (WIDE - LEFT) * 16 // max(1, len(days))  # in sixteenths: columns fill the frame
    width = min(COLUMN_MAX, max(1, pitch * 7 // 160))
    every = -(-LABEL_WIDTH * 16 // pitch)
    for at, one in enumerate(days):
        middle = LEFT + (pitch * at + pitch // 2) // 16
        parts.append(_column(one, middle - width // 2, width, upper[-1], say))
        height = scaled(one.open, lower[-1], LOWER)
        tip = f"{say.numbers.date(one.day)}: {say.numbers.count(one.open)}"
        if height:
            parts.append(
                box(middle - width // 2, lower_floor - height, width, height, "open", tip=tip)
            )
        if at % every == 0:
            day = say.numbers.day(one.day)
            parts.append(words(middle, lower_floor + 18, day, kind="quiet", anchor="middle"))
    return joined(parts)


def _axis(marks: Sequence[int], *, floor: int, height: int, say: Voice) -> Markup:
    parts: list[Markup] = []
    for mark in marks:
        y = floor - scaled(mark, marks[-1], height)
        parts.append(rule_line(LEFT, WIDE, y, "axis" if mark == 0 else "grid"))
        number = say.numbers.count(mark)
        parts.append(words(LEFT - 8, y + 4, number, kind="quiet", anchor="end"))
    return joined(parts)


def _column(one: Day, x: int, width: int, top: int, say: Voice) -> Markup:
    count = say.numbers.count
    tip = (
        f"{say.numbers.date(one.day)}: {count(one.matched)} {say('matched').lower()}, "
        f"{count(one.set_aside)} {say('aside').lower()}, {count(one.open)} {say('open').lower()}"
    )
    y, parts = TOP + MAIN, list[Markup]()
    for kind, number in (("matched", one.matched), ("aside", one.set_aside), ("open", one.open)):
        height = scaled(number, top, MAIN)
        y -= height
        if height:
            parts.append(box(x, y, width, height, kind, tip=tip))
    return joined(parts)
