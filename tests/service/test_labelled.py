"""Matches against the truth: no false pair, no guess, no duplicate, and hardly one missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.demo_bank.scoring import PPM, Score
from tests.architecture.source import ROOT
from tests.scoring import score_files
from tests.service.delivered import bank, delivered, reconciled

LABELLED = ROOT.parent / "shared" / "data" / "labelled-small"
RECALL_PPM_MIN, OWN_RECALL_PPM_MIN = 970_000, 950_000
PAYMENTS, SEEDS = 2_000, ("1", "2", "3")

SUMS_BY_SEARCH = frozenset(("batch_hold", "batch_release"))
"""Payouts that hold payments back: what search cannot prove stays open."""


def scored(data: Path, out: Path) -> Score:
    reconciled(data, out)
    return score_files(data=data, matches=out / "matches.jsonl")


def wrong(score: Score) -> tuple[int, int, int]:
    return score.false, score.guessed, score.duplicates


@pytest.mark.skipif(not LABELLED.is_dir(), reason="no ../shared/data/labelled-small")
def test_labelled_data_is_matched_without_a_false_pair(tmp_path: Path):
    """On the small labelled data nothing is false or guessed, and recall reaches its bound."""
    score = scored(LABELLED, tmp_path / "out")
    assert wrong(score) == (0, 0, 0)
    assert score.recall_ppm >= RECALL_PPM_MIN


@pytest.mark.parametrize("seed", SEEDS)
def test_our_own_noise_is_matched_without_a_false_pair(tmp_path: Path, seed: str):
    """Of each class that needs no search every pair is found; in none is one false."""
    data = delivered(bank(PAYMENTS, seed=seed), tmp_path / "data")
    score = scored(data, tmp_path / "out")
    assert wrong(score) == (0, 0, 0)
    assert score.recall_ppm >= OWN_RECALL_PPM_MIN
    missed = {name: one.recall_ppm for name, one in score.by_class.items() if one.recall_ppm < PPM}
    assert missed.keys() <= SUMS_BY_SEARCH
