"""Files as they are stored: their lines, their hash, gzip undone on the way, within limits."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from application.batch import InputRefused, SourceFile

CHUNK_BYTES = 1 << 20
"""Bytes read, and at most inflated, at a time."""

LINE_BYTES_MAX = 1 << 16
"""Bytes of a line: a row with every field at its limit, escaped, stays below."""

LINES_MAX = 20_000_000
"""Lines of a file."""

INFLATED_BYTES_MAX = 1 << 34
"""Bytes that a file may come to when it is inflated: 16 GiB."""

DOCUMENT_BYTES_MAX = 1 << 26
"""Bytes of a .json file: 64 MiB."""

BOM = b"\xef\xbb\xbf"
_GZIP = 31
"""zlib's window bits for gzip: its header and its check sum are demanded."""

ReadBytes = Callable[[int], None]
"""Told how many stored bytes were read since the last time."""


class StoredLines:
    """The lines of a file, gzipped where its name says so; read once.

    Law: `source` is the file's bytes as stored, whatever they inflate to.
    """

    def __init__(self, path: Path, *, on_read: ReadBytes) -> None:
        self._path = path
        self._on_read = on_read
        self._hash = hashlib.sha256()
        self._reading = 1

    @property
    def name(self) -> str:
        """The file's name as refusals give it."""
        return str(self._path)

    @property
    def source(self) -> SourceFile:
        """The file, once all its lines were read."""
        return SourceFile(name=self.name, sha256=self._hash.hexdigest())

    def rows(self) -> Iterator[tuple[int, bytes]]:
        """Every line that is not blank, with its number from 1, without a byte order mark.

        Raises InputRefused: not readable, no gzip, truncated, too long, too many.
        """
        with readable(self._path):
            for number, line in enumerate(self._lines(), start=1):
                if len(line) > LINE_BYTES_MAX:
                    raise self.refused(f"line longer than {LINE_BYTES_MAX} bytes", number=number)
                if number > LINES_MAX:
                    raise self.refused(f"more than {LINES_MAX} lines", number=number)
                row = line.removeprefix(BOM) if number == 1 else line
                if row and not row.isspace():
                    yield number, row
                self._reading = number + 1

    def refused(self, reason: str, *, number: int | None = None) -> InputRefused:
        """The refusal of this file at a line, by default the one that is to be read next."""
        place = f"line {number or self._reading}"
        return InputRefused(file=self.name, place=place, reason=reason)

    def _lines(self) -> Iterator[bytes]:
        tail = b""
        for data in self._inflated():
            lines = (tail + data).split(b"\n")
            tail = lines.pop()
            yield from lines
            if len(tail) > LINE_BYTES_MAX:
                break  # it is too long already: no more of it is read
        yield tail

    def _inflated(self) -> Iterator[bytes]:
        chunks = self._chunks()
        return self._gunzipped(chunks) if self._path.suffix == ".gz" else chunks

    def _chunks(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                self._hash.update(chunk)
                self._on_read(len(chunk))
                yield chunk

    def _gunzipped(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        stream = zlib.decompressobj(_GZIP)
        inflated = 0
        for chunk in chunks:
            rest, full = chunk, True
            # Output that the limit held back may be left even when all input is taken.
            while rest or full:
                if stream.eof:
                    break
                try:
                    data = stream.decompress(rest, CHUNK_BYTES)
                except zlib.error:
                    raise self.refused("gzip damaged, or no gzip at all") from None
                rest, full = stream.unconsumed_tail, len(data) == CHUNK_BYTES
                inflated += len(data)
                if inflated > INFLATED_BYTES_MAX:
                    raise self.refused(f"inflates to more than {INFLATED_BYTES_MAX} bytes")
                yield data
            if stream.unused_data or (stream.eof and rest):
                raise self.refused("bytes after the end of the gzip data")
        if not stream.eof:
            raise self.refused("gzip truncated")


def read_document(path: Path) -> tuple[SourceFile, bytes]:
    """A .json file, whole, without a byte order mark, and its hash as stored.

    Raises InputRefused: not readable, too large.
    """
    with readable(path), path.open("rb") as file:
        stored = file.read(DOCUMENT_BYTES_MAX + 1)
    if len(stored) > DOCUMENT_BYTES_MAX:
        reason = f"larger than {DOCUMENT_BYTES_MAX} bytes"
        raise InputRefused(file=str(path), place="$", reason=reason)
    source = SourceFile(name=str(path), sha256=hashlib.sha256(stored).hexdigest())
    return source, stored.removeprefix(BOM)


@contextmanager
def readable(path: Path) -> Generator[None]:
    """What the machine says against reading `path` becomes InputRefused."""
    try:
        yield
    except OSError as error:
        reason = f"not readable: {error.strerror or type(error).__name__}"
        raise InputRefused(file=str(path), place="file", reason=reason) from None
