"""Lines that are read in a second process are the lines that this one reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adapters.data_folder import folder as data_folder
from adapters.data_folder import read_folder
from application.batch import InputRefused
from tests.fixtures.folders import PAYMENT, SETTLEMENT, write_folder

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the file, and whatever the machine, a second process reads it."""
    monkeypatch.setattr(data_folder, "BESIDE_BYTES_MIN", 0)
    monkeypatch.setattr(data_folder, "can_work_aside", lambda: True)


def odd_folder(folder: Path) -> Path:
    """Lines with everything that is flagged, cards and the reference that only looks like one."""
    payment = PAYMENT | {"reference": "4111111111111111"}
    texts = ("4000 0000 0000 0002", "PAGO 4111111111111111", "nada", None)
    lines = [
        SETTLEMENT
        | {
            "settlement_id": f"S{at}",
            "bank_entry_id": f"E{at}",
            "remittance_information": text,
            "counterparty_tax_id": "20-00000000-1",
        }
        for at, text in enumerate(texts)
    ]
    return write_folder(folder, payments=[payment], settlements=lines)


def test_the_same_batch_with_the_same_warnings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
):
    """Rows, hashes, masked numbers and flags are equal, in the same order."""
    folder = odd_folder(tmp_path)
    alone = read_folder(folder)
    request.getfixturevalue("beside")
    assert read_folder(folder) == alone
    places = [(warning.place, warning.field) for warning in alone.warnings]
    assert ("line 1", "remittance_information") in places
    assert ("line 2", "remittance_information") not in places
    lines = [place for place in places if place[1] != "payer_tax_id"]
    assert lines == sorted(lines, key=lambda place: place[0])


@pytest.mark.usefixtures("beside")
def test_a_fault_is_refused_with_its_line(tmp_path: Path):
    """What the second process cannot read is refused here, and a wrong payment comes first."""
    wrong = SETTLEMENT | {"settlement_id": "S2", "currency": "XXX"}
    folder = write_folder(tmp_path, settlements=[SETTLEMENT, wrong])
    with pytest.raises(InputRefused) as caught:
        read_folder(folder)
    assert (caught.value.place, caught.value.reason) == (
        "line 2",
        "currency: currency-unknown (XXX)",
    )
    write_folder(tmp_path, payments=[PAYMENT | {"currency": "XXX"}], settlements=[wrong])
    with pytest.raises(InputRefused) as caught:
        read_folder(folder)
    assert Path(caught.value.file).name == "payments.jsonl"


@pytest.mark.usefixtures("beside")
def test_without_the_second_process_this_one_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A second process that dies costs time and nothing else."""
    expected = read_folder(odd_folder(tmp_path))
    parent, read = os.getpid(), data_folder.settlement_of

    def dying(*arguments: object, **options: object) -> object:
        if os.getpid() != parent:
            os._exit(9)
        return read(*arguments, **options)  # pyright: ignore[reportArgumentType]  (handed on)

    monkeypatch.setattr(data_folder, "settlement_of", dying)
    assert read_folder(odd_folder(tmp_path)) == expected
