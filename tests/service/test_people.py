"""The figure of what is left for people counts what the result files say, and nothing twice."""

from __future__ import annotations

from pathlib import Path

from adapters.demo_bank import Shares, generate, write
from application.outcome import exception_rows
from benchmarks.people import NO_PERSON, Minutes, people
from benchmarks.residue import residue
from tests.service.delivered import FIRST_DAY


def test_people_are_left_what_is_open_and_late_and_suggestions_spare_them_some(tmp_path: Path):
    """Items, shares and minutes follow from the exceptions; dearer minutes raise what is left."""
    bank = generate(payments=1_200, days=20, seed="p", first_day=FIRST_DAY, shares=Shares.public())
    write(bank, folder=tmp_path)
    found = residue(tmp_path)
    counted = people("a bank", found)
    waiting = [row for row in exception_rows(found.registry) if row.reason not in NO_PERSON]
    assert counted.items == len(bank.payments) + len(bank.settlements)
    assert counted.open == len(waiting)
    assert 0 < counted.answered < counted.open
    assert counted.left_suggested < counted.left < counted.by_hand
    dear = people("a bank", found, Minutes(open={row.reason: 1_000 for row in waiting}))
    assert dear.left - counted.left == dear.by_hand - counted.by_hand
    assert dear.left >= 1_000 * len(waiting)
