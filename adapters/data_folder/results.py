"""Result files: written under another name and renamed, so each is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from application.results import ExceptionRow, MatchRow

MATCHES, EXCEPTIONS = "matches.jsonl", "exceptions.jsonl"

_encode = msgspec.json.Encoder().encode


def write_results(
    out: Path, *, matches: Iterable[MatchRow], exceptions: Iterable[ExceptionRow]
) -> None:
    """Write `out`/matches.jsonl and `out`/exceptions.jsonl, replacing what was there.

    Equal rows give equal bytes, in whatever order they come: matches are sorted by their
    settlements, exceptions by kind and id. A run that dies leaves both files as they were, or the
    first one new: never half a file. Raises OSError when the folder cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        # Both are written before either is renamed.
        for name, lines in ((EXCEPTIONS, _exceptions(exceptions)), (MATCHES, _matches(matches))):
            file = stack.enter_context(_replacing(out / name))
            file.writelines(lines)
    _sync_folder(out)


def _matches(rows: Iterable[MatchRow]) -> Iterator[bytes]:
    # Encoded first: bytes are smaller than the proofs they come from.
    keyed = sorted((row.settlements, row.payments, _encode(row)) for row in rows)
    return (line + b"\n" for _, _, line in keyed)


def _exceptions(rows: Iterable[ExceptionRow]) -> Iterator[bytes]:
    keyed = sorted((row.kind, row.id, _encode(row)) for row in rows)
    return (line + b"\n" for _, _, line in keyed)


@contextmanager
def _replacing(path: Path) -> Generator[BinaryIO]:
    """A file that takes the place of `path` at the end, unless there is an exception before it."""
    draft = path.with_name(f"{path.name}.new")
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
