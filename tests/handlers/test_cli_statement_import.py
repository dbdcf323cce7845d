"""Statement files at the command line: what is said, where refusals go, what the sender gets."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.fixtures.statement_files import ACCOUNT, DAY, entry, opened, statement, write
from tests.handlers.terminal import conciliar, rows

NEXT_DAY = DAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def own_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of these tests are read by their own small reader."""
    monkeypatch.setattr("conciliar.importing_statements.opened", opened)


def test_a_store_that_is_named_is_made_and_the_outcome_is_told(tmp_path: Path):
    """One command on an empty machine: the statement is in, and its lines were judged."""
    file = write(tmp_path / "a.xml", statement(0, entry(500), statement_id="S1"))

    said = conciliar("statement", "import", file.path, "--store", tmp_path / "store")

    assert (said.code, said.err) == (0, "")
    assert "Imported 1 file: 1 lines, 0 of them matched." in said.out
    assert "S1" in said.out


def test_json_tells_every_statement(tmp_path: Path):
    """Machines get the counts that a person would have to look up."""
    file = write(
        tmp_path / "a.xml", statement(0, entry(5), entry(7, status="INFO"), statement_id="S1")
    )

    said = conciliar("statement", "import", file.path, "--store", tmp_path / "store", "--json")

    (told,) = said.json["files"]
    assert (told["status"], told["sha256"], told["is_new"]) == ("imported", file.sha256, True)
    assert told["statements"] == [
        {
            "statement": f"stm:bank:{ACCOUNT}:S1",
            "statement_id": "S1",
            "account": ACCOUNT,
            "status": "sealed",
            "entries": 1,
            "lines": 1,
            "repeated": 0,
            "set_aside": 0,
            "waiting": 0,
            "not_booked": 1,
            "gap": None,
            "completeness": "not-stated",
            "profile": None,
            "profile_hash": None,
        }
    ]


def test_a_refused_file_is_one_line_and_code_2_and_the_others_are_imported(tmp_path: Path):
    """File, place and reason on standard error; what is good goes in."""
    bad = write(tmp_path / "bad", statement(0, entry(5), closing_minor=6))
    good = write(tmp_path / "good", statement(0, entry(5)))

    said = conciliar("statement", "import", bad.path, good.path, "--store", tmp_path / "store")

    assert said.code == 2
    assert said.err == (
        f"conciliar: {bad.path}: statement 1: opening balance 0 and movements 5 do not make the"
        " closing balance 6 (minor units)\n"
    )
    assert "Imported 1 file" in said.out


def test_a_refused_file_alone_prints_nothing_else(tmp_path: Path):
    """A script reads one line, whatever was wrong."""
    (tmp_path / "bad").write_bytes(b"\x00\x01")

    said = conciliar("statement", "import", tmp_path / "bad", "--store", tmp_path / "store")

    assert said.refusal == f"{tmp_path / 'bad'}: line 1: not a statement at all"


def test_acknowledgements_tell_the_sender_what_came_of_each_file(tmp_path: Path):
    """One line a file, in the order given: imported, known again, held, refused."""
    one = write(tmp_path / "1", statement(0, entry(5), sequence="1"))
    again = write(tmp_path / "1 again", statement(0, entry(5), sequence="1"))
    three = write(tmp_path / "3", statement(9, entry(5, day=NEXT_DAY), sequence="3"))
    bad = write(tmp_path / "bad", statement(0, entry(5), controls_match=False))
    paths = [each.path for each in (one, again, three, bad)]
    acks = tmp_path / "acks.jsonl"

    said = conciliar("statement", "import", *paths, "--store", tmp_path / "store", "--acks", acks)

    told = rows(acks)
    assert said.code == 2
    assert [each["status"] for each in told] == ["imported", "known", "held", "refused"]
    assert [each["file"] for each in told] == [str(path) for path in paths]
    assert told[2]["statements"][0]["gap"] == "statement 2 is missing"
    assert told[3]["parked"].startswith("f-")


def test_a_held_statement_is_told_and_is_no_failure(tmp_path: Path):
    """What waits for another file is not the fault of this one."""
    store = tmp_path / "store"
    one = write(tmp_path / "1", statement(0, entry(5), sequence="1"))
    three = write(tmp_path / "3", statement(9, entry(5, day=NEXT_DAY), sequence="3"))
    conciliar("statement", "import", one.path, "--store", store)

    said = conciliar("statement", "import", three.path, "--store", store)

    assert said.code == 0
    assert "held: statement 2 is missing." in said.out


def test_without_a_store_the_command_says_so(tmp_path: Path):
    """Nothing is made where no store was named."""
    file = write(tmp_path / "a.xml", statement(0, entry(500)))

    said = conciliar("statement", "import", file.path, cwd=tmp_path)

    assert said.refusal.endswith("no store here: name one with --store or CONCILIAR_STORE")


def test_a_format_that_does_not_exist_is_a_bad_option_and_no_refused_file(tmp_path: Path):
    """A typing error of the caller says nothing about the file."""
    file, store = write(tmp_path / "a.xml", statement(0, entry(500))), tmp_path / "store"

    said = conciliar("statement", "import", file.path, "--format", "mt941x", "--store", store)

    assert said.refusal.startswith("statement import: --format: ")
    assert not store.exists()
