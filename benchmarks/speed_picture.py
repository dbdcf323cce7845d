"""The cost of an item against the number of open items, as an SVG that stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 320, 70, 50, 40, 150
SERIES = (("item of a backlog", "#1f6f8b"), ("one arriving line, p50", "#c0562f"))

Point = tuple[int, float, float]
"""Open items, microseconds an item of a backlog, microseconds of one arriving line."""


def picture(points: Sequence[Point]) -> str:
    """Both axes are logarithmic: flat is a cost that does not grow."""
    sizes = [point[0] for point in points]
    costs = [cost for point in points for cost in point[1:]]
    low, high = _decades(min(costs), max(costs))
    first, last = _decades(min(sizes), max(sizes))

    def x(size: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (log10(size) - first) / (last - first)

    def y(cost: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (log10(cost) - low) / (high - low)

    drawn = [_text(LEFT, 22, "CPU microseconds by number of open payments")]
    for power in range(low, high + 1):
        drawn.append(_rule(LEFT, y(10**power), WIDTH - RIGHT, y(10**power)))
        drawn.append(_text(LEFT - 8, y(10**power) + 4, f"{10**power:,}", anchor="end"))
    below = HEIGHT - BOTTOM + 20
    drawn += [
        _text(x(10**power), below, f"{10**power:,}", anchor="middle")
        for power in range(first, last + 1)
    ]
    for at, (name, colour) in enumerate(SERIES, start=1):
        places = [(x(point[0]), y(float(point[at]))) for point in points]
        line = " ".join(f"{left:.1f},{down:.1f}" for left, down in places)
        drawn.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}"/>' for a, b in places]
        drawn.append(_text(places[-1][0] + 8, places[-1][1] + 4, name, colour=colour))
    inside = "\n".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n{inside}\n</svg>\n'
    )


def _decades(low: float, high: float) -> tuple[int, int]:
    """Powers of ten around both, at least one apart."""
    first = int(log10(low) // 1)
    return first, max(first + 1, int(-(-log10(high) // 1)))


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = "#333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{text}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'
