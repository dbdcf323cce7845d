"""MT940 against files of banks, against another reader, and against damage."""

from __future__ import annotations

import io
import json
import logging
import random
import tracemalloc
from collections import deque
from datetime import date
from pathlib import Path
from typing import Any

import mt940 as other_reader
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.mt940 import format_in, read
from adapters.statements.values import known
from domain.money import exponent
from tests.adapters.statements.mt940_writing import WrittenLine, written
from tests.adapters.statements.processor_files import readings, survives
from tests.fixtures.fuzzing import FUZZED

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "statements" / "mt940"
"""Files with their expected reading, beside a clone; not everywhere."""


def samples(*outcomes: str) -> list[Any]:
    """The expectations with these outcomes; one that skips where there are no samples."""
    if not SAMPLES.is_dir():
        return [pytest.param({}, marks=pytest.mark.skip("no sample files beside this clone"))]
    files = json.loads((SAMPLES / "EXPECTED.json").read_text())["files"]
    return [pytest.param(file, id=file["file"]) for file in files if file["outcome"] in outcomes]


@pytest.mark.parametrize("expected", samples("ok", "error"))
def test_a_sample_is_read_as_expected(expected: dict[str, Any]) -> None:
    """Every field that is judged, and a refusal of every fragment."""
    data = (SAMPLES / expected["file"]).read_bytes()
    if expected["outcome"] == "error":
        with pytest.raises(Unreadable) as refused:
            readings(read, data)
        words = expected.get("error_contains", [""])
        assert any(word in refused.value.reason for word in words)
        return
    assert format_in(data) == expected["format"]
    found = readings(read, data)
    entries = [entry for part, _ in found for entry in part]
    assert len(entries) == expected["entry_count"]
    assert sum(entry.amount_minor for entry in entries) == expected["sum_minor"]
    for (part, statement), of_statement in zip(found, expected["statements"], strict=True):
        _same(of_statement, statement)
        for entry, of_entry in zip(part, of_statement.get("entries", []), strict=True):
            _same(of_entry, entry)


def _same(expected: dict[str, Any], found: Entry | Statement) -> None:
    for name, value in expected.items():
        if name == "entries":
            continue
        if name == "charges_minor" and isinstance(found, Entry):
            assert sum(charge.amount_minor for charge in found.charges) == value
            continue
        own = getattr(found, name)
        shown = own if isinstance(own, int | str | None) else str(own)
        assert shown == (None if value == "" else value), f"{found.place}: {name}"


@pytest.mark.parametrize("expected", samples("ok"))
def test_another_reader_finds_the_same_lines(expected: dict[str, Any]) -> None:
    """Amounts, dates and bank references of mt-940, but for its known faults.

    Corrected here: it has no minor units, and takes NONREF for a reference. Its signs of reversals
    and its balances without a currency are wrong, and no sample beside this clone has any.
    """
    logging.getLogger("mt940").setLevel(logging.CRITICAL)
    data = (SAMPLES / expected["file"]).read_bytes()
    theirs: list[Any] = [
        line.data
        for statement in other_reader.parse_statements(data)
        for line in statement.transactions
    ]
    ours = [entry for part, _ in readings(read, data) for entry in part]
    assert [
        (
            int(each["amount"].amount * 10 ** exponent(each["currency"], withdrawn=True)),
            each["date"],
            each.get("entry_date", each["date"]),
            known(each["bank_reference"]),
        )
        for each in theirs
    ] == [
        (entry.amount_minor, entry.value_date, entry.booking_date, entry.bank_reference)
        for entry in ours
    ]


# Damage.

_TEXTS = (
    "166?00GUTSCHRIFT?20EREF+ORDER 4711?21SVWZ+Rechnung?30MARKDEF1?31DE0212030000?32Muster",
    "/TRTP/SEPA/NAME/J. Deckers/REMI/STRD/CUR/9001/EREF/E-1/CHGS/EUR0,5/OCMT/EUR1,5/",
    "CR.TRANF.INT.DIST 30717449076 86VRPQ2GVJEQE70M2GLY0M",
)


def whole_file() -> bytes:
    """Two statements with every structure of text, in blocks."""
    day = date(2026, 1, 2)
    lines = [
        WrittenLine(minor=minor, value_date=day, booking_date=day, bank="B1", text=text)
        for minor, text in zip((100, -200, 300), _TEXTS, strict=True)
    ]
    block = b"{1:F01BANKDEFFAXXX0000000000}{2:I940BANKDEFFXXXXN}{4:\r\n"
    bodies = [written(lines, currency="ARS"), written(lines[::-1], opening=7)]
    return b"".join(block + body.removesuffix(b"-\r\n") + b"-}\r\n" for body in bodies)


def damaged(data: bytes, *, seed: int) -> bytes:
    """The file cut, with some bytes changed, removed, doubled or exchanged."""
    chance = random.Random(seed)
    content = bytearray(data[: chance.randrange(1, len(data) + 1)])
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(content))
        match chance.randrange(4):
            case 0:
                content[at] = chance.randrange(256)
            case 1:
                del content[at : at + chance.randrange(1, 9)]
                content = content or bytearray(b":")
            case 2:
                content[at:at] = content[at : at + chance.randrange(1, 40)]
            case _:
                content[at] = ord(chance.choice(":-{}?/+,\r\n\0"))
    return bytes(content)


def fuzz(*, seed: int) -> None:
    """One damaged file: it is read or refused, for a fuzzer to call."""
    survives(read, damaged(whole_file(), seed=seed))


@settings(max_examples=FUZZED)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_file_is_read_or_refused(seed: int) -> None:
    """Whatever is cut or changed: statements or a refusal, never another error."""
    fuzz(seed=seed)


@settings(max_examples=FUZZED)
@given(data=st.binary(max_size=400) | st.text(":-{}?/+,\r\n012346CDRFMEU86", max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes | str) -> None:
    """Bytes that were never a statement, too."""
    survives(read, data if isinstance(data, bytes) else data.encode())


def test_a_cut_file_in_blocks_is_always_refused() -> None:
    """No beginning of the file passes for the file, but the one that holds its first message."""
    data = whole_file()
    first = data.index(b"-}") + 2
    for end in range(1, len(data) - 2):
        try:
            found = readings(read, data[:end])
        except Unreadable:
            continue
        assert first <= end <= data.index(b"{4:", first) + 2, end
        assert len(found) == 1


def test_memory_does_not_grow_with_the_file() -> None:
    """A statement of three thousand lines is read in the memory of a few."""
    line = b":61:260102C1,NTRFNONREF//B\r\n:86:" + _TEXTS[0].encode() + b"\r\n"
    head = b":20:R\r\n:25:1\r\n:60F:C260102EUR0,\r\n"
    data = head + line * 3_000 + b":62F:C260102EUR3000,\r\n-\r\n"
    stream = io.BytesIO(data)
    tracemalloc.start()
    try:
        (last,) = deque(read(stream), maxlen=1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(last, Statement)
    assert last.balance_closes
    assert peak < 200_000
