"""The page of a trial shows every outcome, needs nothing from outside, and says the same twice."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta

import pytest

from adapters.rule_files import read_rules
from application.rule_trial import OUTCOMES, Difference, Trial, Value
from domain.matching.ruled import Suggested
from handlers.page.trial import ROWS_MAX, largest, trial_page
from tests.application.ruled_bank import NAME, TEXT

FIRST = date(2026, 3, 2)


def difference(number: int, outcome: str) -> Difference:
    return Difference(
        outcome=outcome,  # pyright: ignore[reportArgumentType]  (one of OUTCOMES)
        rule=NAME if number % 2 else "payer@1",
        lines=(f"set:bank:017:<ours>:E{number}",),
        payments=(f"pay:core:P{number}",),
        day=FIRST + timedelta(days=number % 9),
        minor=number * 1_234_56,
        currency="USD" if number % 5 == 0 else "ARS",
        against=f"mat:{number}" if outcome != "newly" else None,
        why="stands",
    )


def trial(count: int) -> Trial:
    """A trial of every outcome; kept ones are only counted."""
    found = [difference(n, OUTCOMES[n % 5]) for n in range(1, count + 1)]
    values: dict[tuple[str, str], Value] = {}
    for one in found:
        known = values.get((one.outcome, one.currency), Value(count=0, minor=0))
        values[one.outcome, one.currency] = Value(
            count=known.count + 1, minor=known.minor + one.minor
        )
    return Trial(
        text=read_rules(TEXT.encode()),
        since=FIRST,
        through=1_234,
        seal="payments through 2026-03-06",
        lines=count,
        differences=tuple(one for one in found if one.outcome != "kept"),
        values=values,  # pyright: ignore[reportArgumentType]  (keyed by OUTCOMES)
        by_rule=Counter((one.rule, one.outcome) for one in found if one.rule == NAME),
        by_day=Counter((one.day, one.outcome) for one in found),
        suggested=(Suggested(rule=NAME, line="l", payment="p", difference=0),),
    )


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_outcome_and_figure_is_on_the_page(lang: str):
    """Counts, sums by currency, plots and rows, in both languages."""
    page = trial_page(trial(40), lang=lang)  # pyright: ignore[reportArgumentType]  (both languages)
    assert page.count("<svg") == 3
    for outcome in OUTCOMES:
        assert f'class="{outcome}"' in page
    assert "USD" in page
    assert NAME in page
    assert "&lt;ours&gt;" in page
    assert "<ours>" not in page
    assert len(re.findall("<tr>", page)) == 1 + 32


def test_nothing_from_outside_and_no_script():
    """One file for a browser without a network."""
    page = trial_page(trial(12))
    assert not re.search(
        r"<script|<link|<img|@import|url\(|https?://(?!www\.w3\.org/2000/svg)", page
    )


def test_equal_trials_give_equal_bytes():
    """The page has neither clock nor chance."""
    assert trial_page(trial(25)) == trial_page(trial(25))


def test_an_empty_trial_has_a_page_too():
    """Nothing would change: that is an answer."""
    page = trial_page(trial(0))
    assert "0 matches would be new" in page


def test_contradictions_come_first_and_the_list_is_bounded():
    """What people undid stands on top, and a long list is cut with its number said."""
    found = trial(400)
    rows = largest(found)
    assert len(rows) == ROWS_MAX
    assert {one.outcome for one in rows[:80]} == {"contradicted"}
    assert "200 of 320 differences" in trial_page(found)
