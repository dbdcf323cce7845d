"""Plots keep the proportions of what they show."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from handlers.page.bars import PART_MIN, strip
from handlers.page.page import css
from handlers.page.plots import alone, plots
from handlers.page.svg import ticks
from handlers.page.words import voice
from tests.handlers_page.world import busy_world, shown

WIDTH = 540
sizes = st.lists(st.integers(0, 10**14), min_size=1, max_size=4)


@given(sizes)
def test_parts_of_a_bar_stand_side_by_side_within_it(parts: list[int]):
    """None is lost, none overlaps, and together they are as long as the bar."""
    drawn = strip([("open", size, "") for size in parts], y=0, whole=sum(parts), width=WIDTH)
    marks = [
        (int(x), int(width)) for x, width in re.findall(r'x="(\d+)" y="0" width="(\d+)"', drawn)
    ]
    assert len(marks) == sum(size > 0 for size in parts)
    assert all(width >= PART_MIN - 1 for _, width in marks)
    ends = [x + width for x, width in marks]
    assert all(end <= x for end, (x, _) in zip(ends, marks[1:], strict=False))
    assert not ends or ends[-1] == WIDTH


@given(st.integers(0, 10**12))
def test_an_axis_reaches_its_highest_mark(top: int):
    """Few round numbers, evenly apart, from nothing to at least the top."""
    marks = ticks(top)
    assert marks[0] == 0
    assert marks[-1] >= top
    assert 2 <= len(marks) <= 6
    assert len({after - before for before, after in pairwise(marks)}) == 1


def test_days_add_up_to_the_lines():
    """Each line is matched, set aside or open on its booking day."""
    found = shown(busy_world())
    lines = sum(one.lines.count for one in found.summary.rates)
    assert sum(one.arrived for one in found.days) == lines
    assert sum(one.matched for one in found.days) == 4
    assert sum(one.set_aside for one in found.days) == 1


def test_positions_add_up_to_what_was_expected():
    """Settled and open are what was expected of the merchant."""
    found = shown(busy_world())
    assert found.positions
    for one in found.positions:
        assert one.expected_minor == one.settled_minor + one.open_minor


def test_a_plot_stands_alone_as_a_file():
    """With its style inside it is a whole SVG document, in dark and light."""
    for plot in plots(shown(busy_world()), voice("en")):
        text = alone(plot, css=css())
        assert ElementTree.fromstring(text).tag.endswith("svg")
        assert "prefers-color-scheme: dark" in text
