"""Result files say what stands and what is open, the same bytes for the same rows, never half."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from adapters.data_folder import write_results
from application.results import CandidateRow, ExceptionRow, MatchRow, ProofRow
from domain.matching.proof import Basis, Eliminated, Evidence, Window

PROOF = ProofRow(
    items=(("pay:core:P1", 1), ("set:bank:017:1:E1", 1)),
    evidence=(
        Evidence(kind="reference", line="S1", place="reference", payment="P1", value="FAC-1"),
    ),
    window=Window(value_date=date(2026, 3, 4), first=date(2026, 3, 2), last=date(2026, 3, 16)),
    sealed=None,
    candidates=2,
    candidates_hash="ca" * 32,
    eliminated=(Eliminated(line="S1", payment="P2", contradictions=("X6",)),),
    basis=Basis(schedules=(date(2026, 1, 1),)),
    allocations=(("S2", "P1", 100, 102),),
    residuals=(("ROUNDING", -2),),
)
MATCH = MatchRow(
    payments=("P1",),
    settlements=("S2",),
    rule="identity@1",
    evidence="I",
    status="final",
    proof=PROOF,
)
OPEN = ExceptionRow(
    kind="settlement",
    id="S9",
    reason="ambiguous",
    rule="E5",
    amount=-5,
    currency="ARS",
    since=date(2026, 3, 4),
    candidates=(CandidateRow(payment="P7", contradictions=("X1", "X6")),),
    candidates_total=3,
)


def rows_of(path: Path) -> list[dict[str, object]]:
    """The rows of a file of JSON Lines."""
    text = path.read_text(encoding="utf-8")
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_a_match_has_exactly_its_six_fields(tmp_path: Path):
    """A row of matches.jsonl is what the command's contract says, with the whole proof."""
    write_results(tmp_path, matches=[MATCH], exceptions=[])
    [row] = rows_of(tmp_path / "matches.jsonl")
    assert list(row) == ["payments", "settlements", "rule", "evidence", "status", "proof"]
    assert (row["payments"], row["settlements"]) == (["P1"], ["S2"])
    assert isinstance(row["proof"], dict)
    assert row["proof"]["window"]["last"] == "2026-03-16"
    assert row["proof"]["allocations"] == [["S2", "P1", 100, 102]]
    assert row["proof"]["residuals"] == [["ROUNDING", -2]]
    assert row["proof"]["eliminated"] == [{"line": "S1", "payment": "P2", "contradictions": ["X6"]}]
    assert rows_of(tmp_path / "exceptions.jsonl") == []


def test_an_exception_says_why_and_who_could_be_meant(tmp_path: Path):
    """A row of exceptions.jsonl has its reason, rule, amount, days and candidates."""
    write_results(tmp_path, matches=[], exceptions=[OPEN])
    assert rows_of(tmp_path / "exceptions.jsonl") == [
        {
            "kind": "settlement",
            "id": "S9",
            "reason": "ambiguous",
            "rule": "E5",
            "amount": -5,
            "currency": "ARS",
            "since": "2026-03-04",
            "break_day": None,
            "merchant_id": None,
            "duplicate_of": None,
            "candidates": [{"payment": "P7", "contradictions": ["X1", "X6"]}],
            "candidates_total": 3,
            "suggestions": [],
        }
    ]


def test_the_order_of_rows_never_matters(tmp_path: Path):
    """Matches are sorted by their first settlement, exceptions by kind and id."""
    matches = [MATCH, replace(MATCH, settlements=("S1", "S9")), replace(MATCH, payments=("P0",))]
    exceptions = [OPEN, replace(OPEN, id="S1"), replace(OPEN, kind="payment")]
    written: set[tuple[bytes, bytes]] = set()
    for some, others in zip(permutations(matches), permutations(exceptions), strict=True):
        write_results(tmp_path, matches=some, exceptions=others)
        files = (tmp_path / "matches.jsonl", tmp_path / "exceptions.jsonl")
        written.add((files[0].read_bytes(), files[1].read_bytes()))
    assert len(written) == 1
    first = [(row["settlements"], row["payments"]) for row in rows_of(tmp_path / "matches.jsonl")]
    assert first == [(["S1", "S9"], ["P1"]), (["S2"], ["P0"]), (["S2"], ["P1"])]
    kinds = [(row["kind"], row["id"]) for row in rows_of(tmp_path / "exceptions.jsonl")]
    assert kinds == [("payment", "S9"), ("settlement", "S1"), ("settlement", "S9")]


def test_a_run_that_dies_leaves_the_files_of_the_last_one(tmp_path: Path):
    """Where rows fail to come, both files stay as they were and no draft is left."""
    write_results(tmp_path, matches=[MATCH], exceptions=[OPEN])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def dying() -> Iterator[MatchRow]:
        yield replace(MATCH, payments=("P9",))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_results(tmp_path, matches=dying(), exceptions=[])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_draft_of_a_killed_run_is_written_over(tmp_path: Path):
    """What a killed run left behind is in nobody's way, and the folder is made where it is not."""
    out = tmp_path / "a/b"
    write_results(out, matches=[], exceptions=[])
    (out / "matches.jsonl.new").write_bytes(b'{"half":')
    write_results(out, matches=[MATCH], exceptions=[])
    assert sorted(path.name for path in out.iterdir()) == ["exceptions.jsonl", "matches.jsonl"]
    assert len(rows_of(out / "matches.jsonl")) == 1
