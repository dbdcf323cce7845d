"""Horizontal bars, each below its own line of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.page.markup import Markup, joined, tag
from handlers.page.svg import CHARACTER, CHARACTER_BOLD, box, words

ROW, BAR, DROP = 36, 9, 8
"""Heights: of a row, of its bar, and from the words to the bar."""

GAP, PART_MIN = 1, 3
"""Between parts, and the least that a part with its gap takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row: `label`, in quiet words what it `means`, its `figures`, and its parts in order.

    A part is the class of its mark, its size, and what appears under a pointer.
    """

    label: str
    means: str = ""
    figures: str
    parts: Sequence[tuple[str, int, str]]

    @property
    def size(self) -> int:
        """Of all parts."""
        return sum(max(0, size) for _, size, _ in self.parts)


def bars(rows: Sequence[Bar], *, y: int, width: int) -> Markup:
    """All rows from `y` down, on one scale."""
    whole = max((row.size for row in rows), default=0)
    return joined(
        _row(row, y=y + at * ROW, whole=whole, width=width) for at, row in enumerate(rows)
    )


def _row(row: Bar, *, y: int, whole: int, width: int) -> Markup:
    base, top = y + 12, y + 12 + DROP
    beside = len(row.label) * CHARACTER_BOLD + 8
    room = (width - beside - len(row.figures) * CHARACTER - 8) // CHARACTER
    return joined(
        (
            _said(row.label, _cut(row.means, room), y=base),
            words(width, base, row.figures, kind="number", anchor="end"),
            box(0, top, width, BAR, "track"),
            strip(row.parts, y=top, whole=whole, width=width),
        )
    )


def _said(label: str, means: str, *, y: int) -> Markup:
    # One text, so that what it means begins where the label ends, however wide that is drawn.
    parts = [tag("tspan", label, class_="label")]
    if means:
        parts.append(tag("tspan", means, dx=8, class_="quiet"))
    return tag("text", parts, x=0, y=y)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: max(0, room - 1)].rstrip(' ,')}…"


def strip(
    parts: Sequence[tuple[str, int, str]], *, y: int, whole: int, width: int, height: int = BAR
) -> Markup:
    """Parts side by side, `whole` of which would be as long as `width`."""
    there = [part for part in parts if part[1] > 0]
    room = width - PART_MIN * len(there)
    found: list[Markup] = []
    sum_through = x = 0
    for at, (kind, size, tip) in enumerate(there, start=1):
        sum_through += size
        end = PART_MIN * at + sum_through * room // whole
        found.append(box(x, y, end - x - (GAP if end < width else 0), height, kind, tip=tip))
        x = end
    return joined(found)
