"""A statement file, read whole onto a spool before anything of it is recorded.

The file is hashed and read once. Its booked entries are kept outside of memory past SPOOL_BYTES,
without their card numbers, and are read again as often as an import needs them. The spool is a file
without a name: it is gone when it is closed, or when the process dies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

import msgspec

from adapters.statements.booked import Guard, booked_of
from adapters.statements.model import Entry, Statement, Unreadable
from application.entry_lines import Booked, ReadFile, Stated
from application.statement_drafts import Held

SPOOL_BYTES = 1 << 25
"""Bytes of entries that are kept in memory: 32 MiB."""

MASKED_PLACES_MAX = 1_000
"""Places of masked card numbers that are told."""

_LENGTH_BYTES = 4

Reading = tuple[str, Iterable[Entry | Statement]]
"""The format of a file, and what its reader yields."""

Open = Callable[[BinaryIO], Reading]
"""Finds out a file's format and begins to read it. Raises Unreadable, as what it yields does."""

encode_held = msgspec.json.Encoder().encode
"""What is kept of an entry that was set aside, as JSON."""

decode_held = msgspec.json.Decoder(Held).decode
"""The same, read again."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Booked).decode


def digest(path: Path) -> tuple[str, int]:
    """SHA-256 (hex) and size of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()


@contextmanager
def spooled(
    path: Path, *, sha256: str, size: int, open_file: Open, guard: Guard
) -> Generator[ReadFile]:
    """The file, read whole; its entries can be read until the end of the `with`.

    `sha256` and `size` are what `digest` said. Raises Unreadable and OSError.
    """
    with path.open("rb") as stream, SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        format_name, yielded = open_file(stream)
        statements = tuple(_statements(yielded, spool, guard))
        yield ReadFile(
            name=str(path),
            sha256=sha256,
            size=size,
            format=format_name,
            statements=statements,
            masked=tuple(guard.places[:MASKED_PLACES_MAX]),
        )


@dataclass(slots=True)
class _Part:
    """The entries of one statement, as they are counted on their way to the spool."""

    start: int
    booked: int = 0
    not_booked: int = 0
    credit_minor: int = 0
    debit_minor: int = 0


def _statements(
    yielded: Iterable[Entry | Statement], spool: SpooledTemporaryFile[bytes], guard: Guard
) -> Iterator[Stated]:
    part, number = _Part(start=0), 0
    for each in yielded:
        if isinstance(each, Statement):
            number += 1
            yield _stated(each, part, number, spool)
            part = _Part(start=spool.tell())
        elif each.status != "BOOK":
            part.not_booked += 1
        else:
            part.booked += 1
            if each.amount_minor >= 0:
                part.credit_minor += each.amount_minor
            else:
                part.debit_minor -= each.amount_minor
            packed = _encode(booked_of(each, ordinal=part.booked, guard=guard))
            spool.write(len(packed).to_bytes(_LENGTH_BYTES) + packed)
    if part.booked or part.not_booked or not number:
        raise Unreadable("file", "it ends before its statement does")


def _stated(
    said: Statement, part: _Part, number: int, spool: SpooledTemporaryFile[bytes]
) -> Stated:
    def entries() -> Iterator[Booked]:
        at = part.start
        for _ in range(part.booked):
            spool.seek(at)
            length = int.from_bytes(spool.read(_LENGTH_BYTES))
            yield _decode(spool.read(length))
            at += _LENGTH_BYTES + length

    return Stated(
        ordinal=number,
        place=said.place,
        statement_id=said.statement_id,
        account=said.account,
        currency=said.currency,
        opening_minor=said.opening_minor,
        closing_minor=said.closing_minor,
        balance_closes=said.balance_closes,
        controls_match=said.controls_match,
        disagreement=said.disagreement,
        sequence=_number(said.sequence),
        page=said.page,
        more_pages=not said.last_page,
        first_day=said.first_day,
        last_day=said.last_day,
        booked=part.booked,
        not_booked=part.not_booked,
        credit_minor=part.credit_minor,
        debit_minor=part.debit_minor,
        entries=entries,
        completeness=said.completeness,
        profile=said.profile,
        profile_hash=said.profile_hash,
    )


def _number(text: str | None) -> int | None:
    """The number by which gaps show; None for a sequence that is none."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 18:
        return None
    return int(text)
