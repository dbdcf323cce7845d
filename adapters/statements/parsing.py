"""What a statement file says, as one line of JSON: written to a spool, so that it is whole or not.

A file that is refused yields nothing of its statements, and memory does not grow with a file. Card
numbers in free text are masked before anything is written.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import lru_cache
from io import BufferedReader
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Final

from msgspec import structs
from msgspec.json import Encoder

from adapters.data_folder.cards import masked
from adapters.statements.detection import read
from adapters.statements.model import Detail, Entry, Party, Statement, Unreadable

if TYPE_CHECKING:
    from adapters.statements.profiles import Profile

SPOOL_BYTES: Final = 1 << 23
"""Bytes of a line that are kept in memory: 8 MiB. The rest lies on disk."""

BLOCK_BYTES: Final = 1 << 16
"""Bytes that are gathered before they are written."""

_encode: Final = Encoder().encode


@contextmanager
def parsed(
    file: str, *, form: str | None = None, profile: Profile | None = None
) -> Generator[IO[bytes]]:
    """The file as a line of JSON in UTF-8, without its line end, until the end of the `with`.

    Raises Unreadable.
    """
    with open_file(Path(file)) as stream, SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        name, records = read(stream, form=form, profile=profile)
        spool.write(json.dumps({"file": file, "format": name}).encode()[:-1] + b', "statements": [')
        _write(spool, records)
        stream.seek(0)
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        about = {"sha256": sha256, "bytes": stream.tell()}
        spool.write(b"], " + json.dumps(about).encode()[1:])
        spool.seek(0)
        yield spool


def refused(file: str, reason: str) -> str:
    """The line of JSON for a file that was refused."""
    return json.dumps({"file": file, "error": reason})


def open_file(path: Path) -> BufferedReader:
    """The file, open. Raises Unreadable for what is none, or may not be read."""
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise Unreadable("file", "it is a folder")
        if not stat.S_ISREG(kind):
            raise Unreadable("file", "it is no regular file")
        return path.open("rb")
    except OSError as error:
        raise Unreadable("file", error.strerror or type(error).__name__) from None
    except ValueError:
        raise Unreadable("file", "its name holds what no name does") from None


def _write(spool: IO[bytes], records: Iterable[Entry | Statement]) -> None:
    """Write the statements: of each its entries, as they come, and then what it says itself."""
    block = bytearray()
    entries = statements = 0
    for each in records:
        if isinstance(each, Entry):
            block += b", " if entries else b', {"entries": [' if statements else b'{"entries": ['
            block += _encode(shown(each))
            entries += 1
        else:
            if not entries:
                block += b', {"entries": [' if statements else b'{"entries": ['
            block += b"], " + _encode(about(each))[1:]
            statements += 1
            entries = 0
        if len(block) > BLOCK_BYTES:
            spool.write(block)
            block.clear()
    if entries or not statements:
        raise Unreadable("file", "it ends before its statement does")
    spool.write(block)


def about(statement: Statement) -> dict[str, object]:
    """What a statement says of itself, its checks together."""
    said = structs.asdict(statement)
    checks = {name: said.pop(name) for name in ("balance_closes", "controls_match")}
    return {**said, "checks": checks}


def shown(entry: Entry) -> Entry:
    """The entry without card numbers; its charges are those that make its amount of the gross.

    Without a gross amount they are all that it tells.
    """
    changed: dict[str, object] = {}
    text, party = _safe(entry.remittance), _safe_party(entry.counterparty)
    if text is not entry.remittance:
        changed["remittance"] = text
    if party is not entry.counterparty:
        changed["counterparty"] = party
    if entry.detail_lines:
        details = tuple(map(_safe_detail, entry.detail_lines))
        if details != entry.detail_lines:
            changed["detail_lines"] = details
    if entry.gross_minor is not None and not all(charge.included for charge in entry.charges):
        changed["charges"] = tuple(charge for charge in entry.charges if charge.included)
    return structs.replace(entry, **changed) if changed else entry


@lru_cache(maxsize=8)
def _safe(text: str | None) -> str | None:
    """The text without card numbers. An entry and its detail often have the same one."""
    return text if text is None else masked(text, known=())


def _safe_party(party: Party | None) -> Party | None:
    if party is None or party.name is None or (name := _safe(party.name)) is party.name:
        return party
    return structs.replace(party, name=name)


def _safe_detail(detail: Detail) -> Detail:
    text, party = _safe(detail.remittance), _safe_party(detail.counterparty)
    if text is detail.remittance and party is detail.counterparty:
        return detail
    return structs.replace(detail, remittance=text, counterparty=party)
