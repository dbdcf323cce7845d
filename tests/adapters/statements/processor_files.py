"""Small files of processors, written for these tests, and what a reader makes of them."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from adapters.statements.model import Entry, Reader, Statement, Unreadable

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "statements" / "processors"
"""Files with their expected reading, beside a clone; not everywhere."""

Reading: TypeAlias = tuple[list[Entry], Statement]


def table(header: str, *rows: str, end: str = "\n") -> bytes:
    """A file of these lines."""
    return end.join((header, *rows, "")).encode()


def readings(read: Reader, data: bytes) -> list[Reading]:
    """The statements of a file, each with its entries."""
    found: list[Reading] = []
    entries: list[Entry] = []
    for item in read(io.BytesIO(data)):
        if isinstance(item, Entry):
            entries.append(item)
        else:
            found.append((entries, item))
            entries = []
    assert entries == [], "entries without the statement that closes them"
    return found


def reading(read: Reader, data: bytes) -> Reading:
    """The only statement of a file."""
    (found,) = readings(read, data)
    return found


def refusal(read: Reader, data: bytes) -> tuple[str, str]:
    """Place and reason with which a file is refused."""
    with pytest.raises(Unreadable) as refused:
        readings(read, data)
    return refused.value.place, refused.value.reason


def survives(read: Reader, data: bytes) -> None:
    """Reads whatever bytes; passes if they are read or refused, for a fuzzer to call."""
    try:
        found = readings(read, data)
    except Unreadable:
        return
    for entries, _ in found:
        for entry in entries:
            assert isinstance(entry.amount_minor, int)
            if entry.gross_minor is not None:
                explained = entry.gross_minor + sum(c.amount_minor for c in entry.charges)
                assert explained == entry.amount_minor


def survives_damage(read: Reader, good: bytes, *, cut: int, at: int, flip: int) -> None:
    """The same of a file that ends at `cut`, and of one whose byte `at` is changed by `flip`."""
    survives(read, good[:cut])
    survives(read, good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :])


def charges(entry: Entry) -> list[tuple[str, int]]:
    """Kind and amount of an entry's charges."""
    return [(charge.kind, charge.amount_minor) for charge in entry.charges]


def disagreements(read: Reader, name: str) -> list[str]:
    """Where the reading of a sample differs from what is expected of it; skips without samples."""
    if not SAMPLES.is_dir():
        pytest.skip("no sample files beside this clone")
    expected = json.loads((SAMPLES / "EXPECTED.json").read_text())
    (file,) = (file for file in expected["files"] if file["file"] == name)
    found = readings(read, (SAMPLES / name).read_bytes())
    entries = [entry for part, _ in found for entry in part]
    wrong = _differences(
        "file",
        file,
        entry_count=len(entries),
        sum_minor=sum(entry.amount_minor for entry in entries),
    )
    assert len(found) == len(file["statements"])
    for (part, statement), of_statement in zip(found, file["statements"], strict=True):
        wrong += _differences(
            statement.place,
            of_statement,
            currency=statement.currency,
            opening_minor=statement.opening_minor,
            closing_minor=statement.closing_minor,
            balance_closes=statement.balance_closes,
        )
        wrong += _entry_differences(part, of_statement["entries"])
    return wrong


def _entry_differences(entries: Sequence[Entry], expected: Sequence[dict[str, Any]]) -> list[str]:
    wrong: list[str] = []
    for entry, of_entry in zip(entries, expected, strict=True):
        wrong += _differences(
            entry.place,
            of_entry,
            amount_minor=entry.amount_minor,
            currency=entry.currency,
            booking_date=str(entry.booking_date),
            value_date=str(entry.value_date),
            reversal=entry.reversal,
            end_to_end_id=entry.end_to_end_id,
            bank_reference=entry.bank_reference,
            coelsa_id=entry.coelsa_id,
            gross_minor=entry.gross_minor,
            charges_minor=sum(charge.amount_minor for charge in entry.charges),
        )
    return wrong


def _differences(place: str, expected: dict[str, Any], **found: object) -> list[str]:
    return [
        f"{place}: {name} is {value}, expected {expected[name]}"
        for name, value in found.items()
        if name in expected and expected[name] != value
    ]
