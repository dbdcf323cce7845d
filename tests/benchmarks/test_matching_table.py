"""What the matching benchmark tells beside each tool's counts."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from adapters.demo_bank import generate, write
from benchmarks import ours
from benchmarks.matching import Result, table_of
from domain.rules.precision import upper_ppm
from tests.scoring import score_files


@pytest.mark.parametrize(
    "false, tried, limit",
    [
        (0, 1, 950_001),  # 1 - 0.05, rounded up by a hair
        (0, 3, 631_597),  # 1 - 0.05 ** (1 / 3)
        (0, 1_000_000, 3),  # the rule of three
        (1, 10, 394_164),  # the tables of Clopper and Pearson, one-sided
        (5, 5, 1_000_000),
        (0, 0, 1_000_000),
    ],
)
def test_the_limit_of_a_rate_is_the_exact_binomial_one(false: int, tried: int, limit: int):
    """A zero is worth as much as the pairs that were tried."""
    assert upper_ppm(false=false, of=tried) == limit


def test_the_engine_alone_decides_what_a_run_decides(tmp_path: Path):
    """The benchmark measures the engine that is shipped: nothing is false, little is left."""
    bank = generate(payments=600, days=8, seed="alone", first_day=date(2026, 3, 2))
    write(bank, folder=tmp_path / "data")
    registry = ours.recorded(tmp_path / "data")
    rows = [ours.row(match, registry) for match in ours.judged(ours.items(registry))]
    (tmp_path / "matches.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = score_files(data=tmp_path / "data", matches=tmp_path / "matches.jsonl")
    assert (found.false, found.false_pairs) == (0, [])
    assert found.recall_ppm > 900_000


def test_the_table_shows_each_tool_once():
    """One row a tool, with what its errors cost."""
    result = Result(
        tool="x",
        payments=10,
        lines=9,
        cpu_s=0.1,
        peak_mb=5,
        precision_ppm=900_000,
        recall_ppm=500_000,
        false=1,
        guessed=0,
        duplicates=0,
        claimed=10,
        misallocated={"ARS": 12_345_00},
        false_bound_ppm=394_163,
    )
    table = table_of([result])
    assert table.row_count == 1
    assert [next(iter(column.cells)) for column in table.columns][-2:] == ["12,345", "394,163 ppm"]
