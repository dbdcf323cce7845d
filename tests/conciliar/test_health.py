"""The doctor's findings: what is wrong is named with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from conciliar import health
from conciliar.health import checks


def by_name(folder: Path) -> dict[str, health.Check]:
    return {each.name: each for each in checks(folder)}


def test_all_that_is_needed_is_here(tmp_path: Path):
    """In the environment of the tests nothing is missing, and nothing is left behind."""
    found = by_name(tmp_path)
    assert [each for each in found.values() if each.condition == "missing"] == []
    assert found["SQLite"].found
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_right_comes_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An old SQLite, a package that is not there, a full disk, a folder that is none."""
    monkeypatch.setattr(health, "SQLITE_FIRST", (99, 0, 0))
    monkeypatch.setattr(health, "FREE_GIB_MIN", 10**9)
    monkeypatch.setattr(health, "can_work_aside", lambda: False)
    monkeypatch.setattr(
        health.metadata, "requires", lambda name: ["no-such-one>=1", 'other; extra == "aws"']
    )
    found = by_name(tmp_path)
    assert found["SQLite"].condition == "missing"
    assert found["no-such-one"].condition == "missing"
    assert found["other"].condition == "optional"
    assert found["disk"].condition == "look"
    assert found["second process"].condition == "look"
    bad = [each for each in found.values() if each.condition in {"missing", "look"}]
    assert all(each.advice for each in bad)


def test_a_folder_where_nothing_can_be_written_is_named(tmp_path: Path):
    """Stores need a folder that can be written, and a write-ahead log."""
    file = tmp_path / "file"
    file.touch()
    name, found = "write-ahead log", dict[str, health.Check]()
    for check in checks(file):
        found[check.name] = check
    assert found[name].condition == "missing"
