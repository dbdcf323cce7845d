"""Files of rules are checked at the command line, all of their faults at once."""

from __future__ import annotations

import json
from pathlib import Path

from tests.adapters.rule_files.texts import GOOD, bad
from tests.handlers.terminal import conciliar

BAD = bad(("stage: 1", "stage: 0"), ("action: post", "action: posts"))


def written(folder: Path, text: str) -> Path:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_valid_file_is_named_with_its_rules(tmp_path: Path):
    """What matches will call each rule is said."""
    done = conciliar("rules", "validate", written(tmp_path, GOOD))
    assert (done.code, "transfers.invoice-end@1" in done.out) == (0, True)


def test_every_fault_is_listed_with_its_place(tmp_path: Path):
    """A file with faults ends with code 2, and each of them is there."""
    path = written(tmp_path, BAD)
    done = conciliar("rules", "validate", path, "--json")
    assert done.code == 2
    (file,) = json.loads(done.out)["files"]
    assert [(one["line"], one["field"]) for one in file["faults"]] == [
        (7, "rules[0].stage"),
        (17, "rules[0].action"),
    ]
    assert "did you mean post?" in conciliar("rules", "validate", path).out


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    """What cannot be read is one line with its place."""
    done = conciliar("rules", "validate", tmp_path / "none.yaml")
    assert (done.code, "not readable" in done.err) == (2, True)


def test_the_schema_is_printed_as_it_is():
    """The schema goes to a file as it stands."""
    done = conciliar("rules", "schema")
    assert json.loads(done.out)["title"] == "Matching rules"
