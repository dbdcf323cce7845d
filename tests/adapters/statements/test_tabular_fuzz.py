"""Whatever happens to a table's bytes, it is read or refused: never anything else."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.statements import extract, jsonl, plain_csv, xlsx
from adapters.statements.model import Entry, Reader, Statement, Unreadable
from adapters.statements.profiles import load_profile
from tests.adapters.statements.test_extract import FULL
from tests.adapters.statements.test_xlsx_jsonl import EXTRACT, book
from tests.fixtures.fuzzing import FUZZED

SEEDS: dict[str, tuple[Callable[[io.BytesIO], Iterator[Entry | Statement]] | Reader, bytes]] = {
    "extract": (extract.read, FULL.encode("cp1252")),
    "csv": (
        plain_csv.read,
        b'date,amount,currency,account,description\n2026-09-01,1.50,ARS,A,"x, ""y"""\n'
        b"2026-09-02,-1.50,ARS,B,z\n2026-09-02,3,USD,A,z\n",
    ),
    "jsonl": (
        jsonl.read,
        b'{"date":"2026-09-01","amount":1.5}\n{"date":"2026-09-02","amount":"2"}',
    ),
    "xlsx": (xlsx.read, book(EXTRACT).getvalue()),
}


def damaged(name: str, changes: list[tuple[int, int]], end: int) -> None:
    """Read a seed with some bytes set and its end cut off; whatever escapes is a defect."""
    read, seed = SEEDS[name]
    data = bytearray(seed)
    for at, byte in changes:
        data[at % len(data)] = byte
    stream = io.BytesIO(bytes(data[: len(data) - end % len(data)]))
    with suppress(Unreadable):
        assert all(isinstance(each, (Entry, Statement)) for each in read(stream))


CHANGES = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=4)


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=FUZZED, deadline=None)
@given(changes=CHANGES, end=st.just(0) | st.integers(0, 1 << 16))
def test_a_damaged_table_is_read_or_refused(name: str, changes: list[tuple[int, int]], end: int):
    """Bytes set at random and an end cut off give entries or a refusal with place and reason."""
    damaged(name, changes, end)


@settings(max_examples=FUZZED, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text("name:xcolumns-[]{}&*!#'\"|> \n", max_size=200).map(str.encode)
)
def test_a_damaged_profile_is_read_or_refused(text: bytes):
    """A profile is input like any other."""
    with suppress(Unreadable):
        assert load_profile(text).name
