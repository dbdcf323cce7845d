"""The statement files inside of what was sent: the file itself, or what a gzip or zip file packs.

Packed files are unpacked onto disk, in bounded time and memory, whatever their headers claim. An
XLSX file is a zip file too, but a statement as it is.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import SEEK_END
from tempfile import TemporaryFile
from typing import IO, BinaryIO, Final, NamedTuple

from adapters.statements.model import Unreadable

UNPACKED_BYTES_MAX: Final = 500_000_000
"""Bytes that one file may unpack to."""

RATIO_MAX: Final = 100
"""How many times larger than its file the content may be."""

RATIO_FREE_BYTES: Final = 1 << 16
"""Bytes that may be unpacked at any ratio: too few to harm."""

RATIO_SOON_BYTES: Final = 1 << 24
"""Bytes from which on the ratio is judged while unpacking, and not at the end."""

MEMBERS_MAX: Final = 1_000
"""Files in one zip file."""

DIRECTORY_BYTES_MAX: Final = 1 << 20
"""Bytes of the directory of a zip file."""

CHUNK_BYTES: Final = 1 << 18
"""Bytes that are unpacked at a time."""

_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_WITH_GZIP_HEADER: Final = 31

_END: Final = struct.Struct("<4s4H2LH")
"""How a zip file ends: sign, disks, numbers of members, size and place of the directory, and how
long the comment after it is."""

_END_SIGN: Final = b"PK\x05\x06"
_COMMENT_BYTES_MAX: Final = 0xFFFF
_ENCRYPTED: Final = 1
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
"""What the library raises for a damaged zip file."""

_WORKBOOK: Final = "xl/workbook.xml"
_OTHER_DOCUMENTS: Final = {
    "xl/workbook.bin": "an XLSB workbook: save it as XLSX or CSV",
    "word/document.xml": "a text document, not a statement",
    "content.xml": "an OpenDocument file: save it as XLSX or CSV",
}
"""What else is a zip file, by a member that it has."""

_UNSAFE: Final = "unsafe archive:"


class Member(NamedTuple):
    """One statement file; `name` says which, where there are several."""

    stream: BinaryIO
    name: str | None = None


def members(stream: BinaryIO) -> Iterator[Member]:
    """Each statement file in a file, open at its beginning until the next one is asked for.

    Raises Unreadable for an empty or damaged file, an unsafe archive, and an archive in another.
    """
    start = _start(stream)
    if not start:
        raise Unreadable("file", "the file is empty")
    if start.startswith(_GZIP):
        with TemporaryFile() as unpacked:
            _gunzip(stream, unpacked)
            _refuse_archive(unpacked)
            yield Member(unpacked)
    elif start.startswith(_ZIP):
        yield from _unzipped(stream)
    else:
        yield Member(stream)


def is_workbook(stream: BinaryIO) -> bool:
    """Whether a file is an XLSX workbook. Raises Unreadable for a damaged zip file."""
    return _start(stream).startswith(_ZIP) and _WORKBOOK in _archive(stream).namelist()


def _start(stream: BinaryIO) -> bytes:
    stream.seek(0)
    start = stream.read(4)
    stream.seek(0)
    return start


def _refuse_archive(unpacked: BinaryIO) -> None:
    start = _start(unpacked)
    if not start:
        raise Unreadable("file", "the packed file is empty")
    if start.startswith(_GZIP) or (start.startswith(_ZIP) and not is_workbook(unpacked)):
        raise Unreadable("file", f"{_UNSAFE} an archive in an archive")
    unpacked.seek(0)


class _Allowance:
    """How many bytes may still be unpacked from a file of so many."""

    def __init__(self, packed_bytes: int) -> None:
        self._most = max(RATIO_MAX * packed_bytes, RATIO_FREE_BYTES)
        self._done = 0

    def take(self, size: int, *, of_packed: int) -> None:
        """`size` more bytes came out of `of_packed` bytes so far. Raises Unreadable."""
        self._done += size
        if self._done > UNPACKED_BYTES_MAX:
            raise Unreadable("file", f"{_UNSAFE} more than {UNPACKED_BYTES_MAX} bytes unpacked")
        if self._done > min(self._most, max(RATIO_MAX * of_packed, RATIO_SOON_BYTES)):
            raise Unreadable("file", f"{_UNSAFE} packed more than {RATIO_MAX} times")


# gzip.


def _gunzip(stream: BinaryIO, unpacked: IO[bytes]) -> None:
    """Unpack a gzip file, of one part or of several. Raises Unreadable."""
    allowance = _Allowance(stream.seek(0, SEEK_END))
    stream.seek(0)
    packed = stream.read(CHUNK_BYTES)
    used = len(packed)
    while packed:
        if packed[:2] != _GZIP[: len(packed)]:
            raise Unreadable("file", "trailing bytes after the end of the gzip data")
        part = zlib.decompressobj(_WITH_GZIP_HEADER)
        while not part.eof:
            try:
                out = part.decompress(packed, CHUNK_BYTES)
            except zlib.error:
                raise Unreadable("file", "the gzip data are damaged") from None
            allowance.take(len(out), of_packed=used)
            unpacked.write(out)
            packed = part.unused_data if part.eof else part.unconsumed_tail
            if not packed:
                packed = stream.read(CHUNK_BYTES)
                used += len(packed)
                if not (packed or out or part.eof):
                    raise Unreadable("file", "the gzip file is cut off")


# zip.


def _unzipped(stream: BinaryIO) -> Iterator[Member]:
    archive = _archive(stream)
    names = set(archive.namelist())
    if _WORKBOOK in names:
        stream.seek(0)
        yield Member(stream)
        return
    for name, what in _OTHER_DOCUMENTS.items():
        if name in names:
            raise Unreadable("file", what)
    infos = archive.infolist()
    _refuse_unsafe(infos)
    allowance = _Allowance(sum(info.compress_size for info in infos))
    used = 0
    for number, info in enumerate(infos, start=1):
        used += info.compress_size
        with TemporaryFile() as unpacked:
            try:
                with archive.open(info) as packed:
                    while out := packed.read(CHUNK_BYTES):
                        allowance.take(len(out), of_packed=used)
                        unpacked.write(out)
            except _DAMAGED:
                raise Unreadable("file", f"member {number} of the zip file is damaged") from None
            _refuse_archive(unpacked)
            yield Member(unpacked, f"member {number}" if len(infos) > 1 else None)


def _archive(stream: BinaryIO) -> zipfile.ZipFile:
    """The zip file, which is nothing but one. Raises Unreadable."""
    size = stream.seek(0, SEEK_END)
    stream.seek(max(0, size - _END.size - _COMMENT_BYTES_MAX))
    tail = stream.read()
    at = tail.rfind(_END_SIGN)
    if at < 0 or len(tail) - at < _END.size:
        raise Unreadable("file", "the zip file is cut off or damaged")
    _, _, _, _, count, directory, start, comment = _END.unpack_from(tail, at)
    end = size - len(tail) + at
    if end + _END.size + comment != size:
        raise Unreadable("file", "trailing bytes after the end of the zip file")
    if count > MEMBERS_MAX or directory > DIRECTORY_BYTES_MAX:
        raise Unreadable("file", f"{_UNSAFE} more than {MEMBERS_MAX} members")
    if start + directory != end:  # also where numbers do not fit, which only huge ones do
        raise Unreadable("file", "the zip file does not begin at its beginning, or is damaged")
    stream.seek(0)
    try:
        return zipfile.ZipFile(stream)
    except _DAMAGED:
        raise Unreadable("file", "the zip file is cut off or damaged") from None


def _refuse_unsafe(infos: list[zipfile.ZipInfo]) -> None:
    if not infos:
        raise Unreadable("file", "the zip file is empty")
    if len(infos) > MEMBERS_MAX:
        raise Unreadable("file", f"{_UNSAFE} more than {MEMBERS_MAX} members")
    allowance = _Allowance(sum(info.compress_size for info in infos))
    used = 0
    for info in infos:
        if set(info.orig_filename) & set("/\\\0") or info.filename in {".", ".."}:
            raise Unreadable("file", f"{_UNSAFE} a member's name is a path")
        if info.flag_bits & _ENCRYPTED:
            raise Unreadable("file", "the zip file is encrypted")
        if info.compress_type not in _METHODS:
            raise Unreadable("file", "the zip file is packed in a way that is not known")
        used += info.compress_size
        allowance.take(info.file_size, of_packed=used)
