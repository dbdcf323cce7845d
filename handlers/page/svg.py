"""A plot's frame and its marks. A unit is a pixel where the page has room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from handlers.page.markup import Markup, joined, tag

WIDE, HALF, NARROW = 720, 540, 330
"""Widths of plots: of two thirds, half and a third of the page."""

CHARACTER, CHARACTER_BOLD = 7, 8
"""About how wide a character is, at the most."""

Legend: TypeAlias = "tuple[tuple[str, str], ...]"
"""Marks of a plot, in order: the class of a mark and what it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A plot by name: its heading, what to say beside it, and the drawing, which stands alone."""

    name: str
    heading: str
    note: str
    drawing: Markup


def frame(
    *children: str, name: str, title: str, description: str, width: int, height: int
) -> Markup:
    """The svg element; its title and description are read out instead of the marks."""
    return tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", description, id=f"{name}-desc"),
        children,
        xmlns="http://www.w3.org/2000/svg",
        view_box=f"0 0 {width} {height}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_="plot",
    )


def words(x: int, y: int, text: str, *, kind: str = "label", anchor: str | None = None) -> Markup:
    """A text; `anchor` "end" puts its end at x, "middle" its middle."""
    return tag("text", text, x=x, y=y, class_=kind, text_anchor=anchor)


def box(x: int, y: int, width: int, height: int, kind: str, *, tip: str | None = None) -> Markup:
    """A filled rectangle; `tip` appears under a pointer."""
    place = {"x": x, "y": y, "width": width, "height": height}
    if tip is None:
        return tag("rect", class_=kind, **place)
    # A title inside needs a group: the rectangle itself stays an empty element.
    return tag("g", tag("title", tip), tag("rect", class_=kind, **place))


def rule_line(x1: int, x2: int, y: int, kind: str = "grid") -> Markup:
    """A horizontal line."""
    return tag("line", x1=x1, x2=x2, y1=y, y2=y, class_=kind)


def legend(marks: Legend, *, x: int, y: int) -> Markup:
    """Squares with their words, in a row."""
    parts: list[Markup] = []
    for kind, text in marks:
        parts += [box(x, y - 9, 10, 10, kind), words(x + 15, y, text, kind="quiet")]
        x += 15 + len(text) * CHARACTER + 16
    return joined(parts)


def ticks(top: int, *, at_most: int = 4) -> list[int]:
    """Round numbers from 0 to `top` and at least once beyond: 1, 2 or 5 times a power of ten."""
    step = 1
    for factor in _steps():
        step = factor
        if step * at_most >= top:
            break
    return list(range(0, max(top, 1) + step, step))


def _steps() -> Iterable[int]:
    for power in range(20):
        for lead in (1, 2, 5):
            yield lead * 10**power


def scaled(part: int, whole: int, length: int) -> int:
    """`part` of `whole` as part of `length`; whatever is there is at least 1 long."""
    if part <= 0 or whole <= 0:
        return 0
    return max(1, (part * length + whole // 2) // whole)
