"""What was set aside, as people see it and send it again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.statement_files import DAY, entry, opened, statement, write
from tests.handlers.terminal import conciliar

NEXT_DAY = DAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def own_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of these tests are read by their own small reader."""
    monkeypatch.setattr("conciliar.importing_statements.opened", opened)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with one good statement."""
    file = write(tmp_path / "first", statement(0, entry(5), sequence="1"))
    conciliar("statement", "import", file.path, "--store", tmp_path / "store")
    return tmp_path / "store"


def parked(store: Path, *options: str) -> list[dict[str, Any]]:
    return conciliar("parked", "list", "--store", store, "--json", *options).json["parked"]


def test_an_empty_lot_says_so(store: Path):
    """Nothing to do is an answer."""
    assert "Nothing is set aside." in conciliar("parked", "list", "--store", store).out


def test_a_refused_file_is_listed_shown_and_sent_again_once_it_is_mended(
    store: Path, tmp_path: Path
):
    """The file is read anew from where it was; what is mended goes in."""
    bad = write(tmp_path / "bad", statement(5, entry(5, day=NEXT_DAY), closing_minor=1))
    conciliar("statement", "import", bad.path, "--store", store)
    (thing,) = parked(store)
    assert (thing["queue"], thing["reason"], thing["file"]) == ("files", "refused", str(bad.path))
    shown = conciliar("parked", "show", thing["id"], "--store", store)
    assert "do not make the closing balance 1" in shown.out

    still = conciliar("parked", "replay", "--store", store)
    assert still.code == 2
    assert [each["tries"] for each in parked(store)] == [2]

    write(tmp_path / "bad", statement(5, entry(5, day=NEXT_DAY), sequence="2"))
    done = conciliar("parked", "replay", thing["id"], "--store", store)
    assert done.code == 0
    assert "imported" in done.out
    assert parked(store) == []
    assert [each["outcome"] for each in parked(store, "--all")] == ["imported"]


def test_a_held_statement_waits_and_its_gap_can_be_accepted_by_name(store: Path, tmp_path: Path):
    """Replaying does not help while the other is missing; a person may decide that none comes."""
    three = write(tmp_path / "3", statement(9, entry(5, day=NEXT_DAY), sequence="3"))
    conciliar("statement", "import", three.path, "--store", store)
    (thing,) = parked(store, "--queue", "files")
    assert (thing["reason"], thing["words"]) == ("gap", "statement 2 is missing")
    assert conciliar("parked", "replay", "--store", store).code == 2

    said = conciliar(
        "parked", "replay", thing["id"], "--accept-gap", "--store", store, "--json"
    ).json

    assert [each["done"] for each in said["replayed"]] == [True]
    assert said["judged_again"]["lines"] >= 1
    assert parked(store) == []


def test_an_entry_without_a_date_is_recorded_with_the_one_a_person_gives(
    store: Path, tmp_path: Path
):
    """The entry keeps all else that its file said of it."""
    bad = entry(3, booking_date=None, value_date=None, place="line 9", bank_reference="R9")
    file = write(
        tmp_path / "2", statement(5, entry(5, day=NEXT_DAY), bad, sequence="2", statement_id="S2")
    )
    conciliar("statement", "import", file.path, "--store", store)
    (thing,) = parked(store, "--queue", "lines")
    assert (thing["reason"], thing["place"]) == ("date-missing", "line 9")
    assert conciliar("parked", "replay", thing["id"], "--store", store).code == 2

    said = conciliar(
        "parked", "replay", thing["id"], "--date", NEXT_DAY.isoformat(), "--store", store
    )

    assert said.code == 0, said.err
    shown = conciliar("settlement", "show", thing["key"], "--store", store, "--json").json
    assert (shown["minor"], shown["booking_day"]) == (3, NEXT_DAY.isoformat())
    assert shown["bank_entry_id"] == "R9"


def test_data_that_was_announced_and_does_not_come_within_four_hours_is_overdue(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The list and the doctor say so, from the four hours on and until the data come."""
    data = write(tmp_path / "data", statement(5, entry(5, day=NEXT_DAY), sequence="2"))
    control = tmp_path / "data.sha256"
    control.write_text(f"{data.sha256}  data\n")
    conciliar("statement", "import", control, "--store", store)
    came_ms = datetime.fromisoformat(parked(store)[0]["first_at"]).timestamp() * 1_000

    def told(waited: timedelta) -> tuple[bool, str]:
        now_ms = int(came_ms) + waited // timedelta(milliseconds=1)
        monkeypatch.setattr("adapters.system.Clock.now_ms", lambda _: now_ms)
        (thing,) = parked(store)
        said = conciliar("doctor", "--store", store, "--json").json
        (check,) = (each for each in said["checks"] if each["name"] == "announced files")
        return thing["overdue"], check["condition"]

    assert told(timedelta(hours=3, minutes=59)) == (False, "ok")
    assert told(timedelta(hours=4, seconds=1)) == (True, "look")
    assert "awaiting-data, overdue" in conciliar("parked", "list", "--store", store).out
    conciliar("statement", "import", data.path, "--store", store)
    assert parked(store) == []


def test_an_unknown_id_is_refused_in_one_line(store: Path):
    """A typing error sends nothing."""
    for command in ("show", "replay"):
        said = conciliar("parked", command, "f-000000000000", "--store", store)
        assert said.refusal.endswith("nothing was set aside under this id")


def test_what_a_person_says_has_to_name_what_it_is_about(store: Path):
    """No gap is accepted wholesale."""
    said = conciliar("parked", "replay", "--accept-gap", "--store", store)
    assert said.refusal == "parked replay: ID: say of which things, by their ids"
