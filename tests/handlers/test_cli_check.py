"""`conciliar reconcile --check`: matches checked by another hand, after the run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conciliar.checking import check
from handlers.cli.entry import FAILED, REFUSED
from tests.handlers.terminal import change, conciliar, rows


def test_every_match_is_checked_on_request(data: Path, tmp_path: Path):
    """With --check all the run says that all matches hold, as JSON too."""
    said = conciliar("reconcile", data, "--out", tmp_path / "out", "--check", "all", "--json")
    count = len(rows(tmp_path / "out" / "matches.jsonl"))
    assert said.json["check"] == {
        "checked": count,
        "matches": count,
        "elsewhere": 0,
        "failing": [],
    }


def test_a_sample_is_as_large_as_asked(data: Path, tmp_path: Path):
    """With --check N so many are checked, and a person reads how many hold."""
    said = conciliar("reconcile", data, "--out", tmp_path / "out", "--check", "7")
    count = len(rows(tmp_path / "out" / "matches.jsonl"))
    assert f"checked 7 of {count} matches: all hold" in said.out


@pytest.mark.parametrize("number", ["0", "-1", "half"])
def test_a_number_that_is_none_is_refused(number: str, data: Path, tmp_path: Path):
    """What is neither a number above zero nor all is a bad option, before anything is read."""
    said = conciliar("reconcile", data, "--out", tmp_path / "out", f"--check={number}")
    assert said.code == REFUSED
    assert not (tmp_path / "out").exists()


def test_what_does_not_hold_is_named_with_code_1(data: Path, tmp_path: Path, monkeypatch):
    """A match that the checker refuses ends the run with code 1."""
    monkeypatch.setattr("adapters.match_checker.checking.RULES", {})
    monkeypatch.setattr("adapters.match_checker.rules.RULES", {})
    said = conciliar("reconcile", data, "--out", tmp_path / "out", "--check", "1")
    assert said.code == FAILED
    assert "1 do not hold" in said.out
    assert "its rule cannot be checked from the data" in said.out


def test_matches_of_other_folders_are_counted_apart(data: Path, out: Path, tmp_path: Path):
    """What is not in this folder is no fault, and is not said to hold."""
    shutil.copy(out / "matches.jsonl", tmp_path / "matches.jsonl")
    change(tmp_path / "matches.jsonl", 0, settlements=["S-elsewhere"])
    found = check(data, tmp_path, most=None, progress=lambda *_: None)
    assert (found.elsewhere, found.checked) == (1, found.matches - 1)
