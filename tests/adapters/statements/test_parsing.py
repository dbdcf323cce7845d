"""The line of JSON of a file: its keys, its numbers, no card number, nothing of a refused file."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tracemalloc
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.statements import parsing
from adapters.statements.model import Charge, Detail, Entry, Party, Statement, Unreadable
from adapters.statements.parsing import parsed, refused

CARD = "4111 1111 1111 1111"
MASKED = "411111****1111"

ENTRY = Entry(
    place="line 2",
    amount_minor=-500,
    currency="ARS",
    booking_date=date(2026, 11, 20),
    value_date=None,
)
STATEMENT = Statement(
    place="line 1",
    statement_id="S1",
    account="7",
    currency="ARS",
    opening_minor=500,
    closing_minor=0,
    balance_closes=True,
    controls_match=None,
)


def line_of(path: Path) -> dict[str, Any]:
    """The object of a file."""
    with parsed(str(path)) as line:
        return json.loads(line.read())


@pytest.fixture
def of_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What is written of records that a reader yields."""

    def written(records: Iterable[Entry | Statement]) -> list[dict[str, Any]]:
        monkeypatch.setattr(parsing, "read", lambda _stream, **_: ("bai2", iter(records)))
        (tmp_path / "file").write_bytes(b"x")
        return line_of(tmp_path / "file")["statements"]

    return written


def test_a_file_is_one_object_with_the_keys_that_are_promised(of_records: Any):
    """Statements with their entries, amounts as integers, days as ISO dates, unknown as null."""
    (statement,) = of_records([ENTRY, STATEMENT])
    (entry,) = statement["entries"]

    assert {key: statement[key] for key in (
        "statement_id", "account", "currency", "opening_minor", "closing_minor", "checks",
    )} == {
        "statement_id": "S1", "account": "7", "currency": "ARS", "opening_minor": 500,
        "closing_minor": 0, "checks": {"balance_closes": True, "controls_match": None},
    }  # fmt: skip
    assert {key: entry[key] for key in (
        "amount_minor", "currency", "booking_date", "value_date", "status", "reversal",
        "end_to_end_id", "uetr", "bank_reference", "coelsa_id", "gross_minor", "charges", "details",
        "detail_lines",
    )} == {
        "amount_minor": -500, "currency": "ARS", "booking_date": "2026-11-20", "value_date": None,
        "status": "BOOK", "reversal": False, "end_to_end_id": None, "uetr": None,
        "bank_reference": None, "coelsa_id": None, "gross_minor": None, "charges": [], "details": 0,
        "detail_lines": [],
    }  # fmt: skip


def test_statements_keep_their_entries_in_the_order_of_the_file(of_records: Any):
    """Also where one has none, first, between or last."""
    records = [STATEMENT, ENTRY, ENTRY, STATEMENT, STATEMENT, ENTRY, STATEMENT]
    assert [len(each["entries"]) for each in of_records(records)] == [0, 2, 0, 1]


def test_the_file_is_named_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With format, hash and size of the file itself, even where it is packed."""
    content = gzip.compress(b"Fecha;Importe;Saldo\n20/11/2026;1,00;1,00\n")
    (tmp_path / "day.gz").write_bytes(content)
    monkeypatch.chdir(tmp_path)

    with parsed("./day.gz") as line:
        told = json.loads(line.read())

    assert (told["file"], told["format"], told["bytes"]) == ("./day.gz", "ar-extract", len(content))
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert [each["amount_minor"] for each in told["statements"][0]["entries"]] == [100]


def test_charges_make_the_amount_of_the_gross(of_records: Any):
    """A charge that was not taken from the entry is left out of them; without a gross all stand."""
    charges = (
        Charge(kind="ACQ_FEE", amount_minor=-100),
        Charge(kind="OTHER", amount_minor=-7, included=False),
    )
    with_gross = Entry(**{**_values(ENTRY), "gross_minor": -400, "charges": charges})
    without = Entry(**{**_values(ENTRY), "charges": charges})

    (statement,) = of_records([with_gross, without, STATEMENT])

    sums = [
        sum(each["amount_minor"] for each in entry["charges"]) for entry in statement["entries"]
    ]
    assert sums == [-100, -107]


def test_card_numbers_are_masked_in_free_text_and_nowhere_else(of_records: Any):
    """Text and names of the entry and its details; an id stays what it is."""
    detail = Detail(
        amount_minor=-500,
        end_to_end_id="4111111111111111",
        remittance=f"sale {CARD}",
        counterparty=Party(name=CARD, account="4111111111111111"),
    )
    entry = Entry(
        **{
            **_values(ENTRY),
            "remittance": f"sale {CARD}",
            "counterparty": Party(name=f"of {CARD}"),
            "detail_lines": (detail, detail),
        }
    )

    (statement,) = of_records([entry, STATEMENT])

    assert CARD not in json.dumps(statement)
    (shown,) = statement["entries"]
    assert (shown["remittance"], shown["counterparty"]["name"]) == (
        f"sale {MASKED}",
        f"of {MASKED}",
    )
    for each in shown["detail_lines"]:
        assert (each["remittance"], each["counterparty"]["name"]) == (f"sale {MASKED}", MASKED)
        assert each["end_to_end_id"] == each["counterparty"]["account"] == "4111111111111111"


@pytest.mark.parametrize("records", [[], [ENTRY], [STATEMENT, ENTRY]])
def test_a_file_that_ends_before_its_statement_is_refused(records: list[Any], of_records: Any):
    """No entry is shown that no statement closes, and no file is empty in silence."""
    with pytest.raises(Unreadable) as refusal:
        of_records(records)
    assert refusal.value.reason == "it ends before its statement does"


def test_what_is_no_readable_file_is_refused(tmp_path: Path):
    """Missing, a folder, a pipe that would be waited for, a name that no file has."""
    os.mkfifo(tmp_path / "pipe")
    for name, words in (
        ("none", "No such file"),
        (".", "it is a folder"),
        ("pipe", "it is no regular file"),
        ("a\0b", "its name holds what no name does"),
        ("x" * 5_000, "name too long"),
    ):
        with pytest.raises(Unreadable) as refusal, parsed(f"{tmp_path}/{name}"):
            pass
        assert refusal.value.place == "file"
        assert words.lower() in refusal.value.reason.lower()


def test_a_refusal_is_an_object_too():
    """With the file as it was given, whatever its name is made of."""
    assert json.loads(refused("a\udcff/ñ", "line 3: no")) == {
        "file": "a\udcff/ñ",
        "error": "line 3: no",
    }


def test_memory_does_not_grow_with_the_file(of_records: Any, monkeypatch: pytest.MonkeyPatch):
    """Past its limit the line lies on disk."""
    monkeypatch.setattr(parsing, "SPOOL_BYTES", 1 << 16)
    entries = (ENTRY for _ in range(10_000))

    def records() -> Iterable[Entry | Statement]:
        tracemalloc.start()
        yield from entries
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        yield STATEMENT

    peaks: list[int] = []
    (statement,) = of_records(records())

    assert len(statement["entries"]) == 10_000
    assert peaks[0] < 1_000_000


def _values(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__}
