"""What a file packs: plain, gzip and zip; bombs, paths and trailing bytes refused in time."""

from __future__ import annotations

import gzip
import io
import random
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.statements import source
from adapters.statements.model import Unreadable
from adapters.statements.source import is_workbook, members

TEXT = b"Fecha;Importe\n" + bytes(range(32, 127)) * 20
MB = 1_000_000


def zipped(
    *contents: bytes, names: tuple[str, ...] = (), method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A zip file of these contents."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for number, content in enumerate(contents):
            archive.writestr(names[number] if names else f"{number}.txt", content)
    return made.getvalue()


def workbook() -> bytes:
    """What makes a zip file an XLSX workbook."""
    return zipped(b"", b"", names=("[Content_Types].xml", "xl/workbook.xml"))


def unpacked(data: bytes) -> list[tuple[str | None, bytes]]:
    """Name and content of each member."""
    return [(each.name, each.stream.read()) for each in members(io.BytesIO(data))]


def refusal(data: bytes) -> str:
    """Why a file is refused; its place is always the file."""
    with pytest.raises(Unreadable) as refused:
        unpacked(data)
    assert refused.value.place == "file"
    return refused.value.reason


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        gzip.compress(TEXT),
        gzip.compress(TEXT[:100]) + gzip.compress(b"") + gzip.compress(TEXT[100:]),
        zipped(TEXT),
        zipped(TEXT, method=zipfile.ZIP_STORED),
    ],
)
def test_a_file_is_the_same_however_it_is_packed(data: bytes):
    """Plain, gzip in one part or several, zip: the statement's own bytes, from their beginning."""
    assert unpacked(data) == [(None, TEXT)]


def test_each_member_of_a_zip_is_a_file_of_its_own():
    """In the order of the zip file, named by number: their names may be personal."""
    assert unpacked(zipped(b"one", b"two")) == [("member 1", b"one"), ("member 2", b"two")]


def test_a_workbook_is_not_unpacked():
    """XLSX is a zip file too; so it comes out of a gzip or zip file as it is."""
    for data in (workbook(), gzip.compress(workbook()), zipped(workbook())):
        assert unpacked(data) == [(None, workbook())]
        assert is_workbook(next(members(io.BytesIO(data))).stream)
    assert not is_workbook(io.BytesIO(zipped(TEXT)))
    assert not is_workbook(io.BytesIO(TEXT))


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "empty"),
        (gzip.compress(b""), "packed file is empty"),
        (zipped(b""), "packed file is empty"),
        (zipped(), "zip file is empty"),
        (gzip.compress(TEXT) + b"x", "trailing bytes after the end of the gzip"),
        (gzip.compress(TEXT) + b"\0" * 512, "trailing bytes after the end of the gzip"),
        (gzip.compress(TEXT)[:-1], "cut off"),
        (gzip.compress(TEXT)[:20], "cut off"),
        (gzip.compress(TEXT)[:-8] + b"\0" * 8, "gzip data are damaged"),
        (gzip.compress(TEXT) + gzip.compress(TEXT)[:-9], "cut off"),
        (zipped(TEXT) + b"x", "trailing bytes after the end of the zip"),
        (zipped(TEXT)[:-1], "cut off or damaged"),
        (zipped(TEXT)[:99], "cut off or damaged"),
        (zipped(b"one") + zipped(TEXT), "does not begin at its beginning"),
        (zipped(TEXT).replace(b"0.txt", b"1.txt", 1), "member 1 of the zip file is damaged"),
        (gzip.compress(gzip.compress(TEXT)), "unsafe archive: an archive in an archive"),
        (zipped(zipped(TEXT)), "unsafe archive: an archive in an archive"),
        (zipped(gzip.compress(TEXT)), "unsafe archive: an archive in an archive"),
        (zipped(TEXT, names=("../../etc/passwd",)), "unsafe archive: a member's name is a path"),
        (zipped(TEXT, names=("day\\one.txt",)), "unsafe archive: a member's name is a path"),
        (zipped(TEXT, names=("a/b.txt",)), "unsafe archive: a member's name is a path"),
        (zipped(b"", names=("folder/",)), "unsafe archive: a member's name is a path"),
        (zipped(TEXT, names=("..",)), "unsafe archive: a member's name is a path"),
        (zipped(*[b"x"] * 1_001), "unsafe archive: more than 1000 members"),
        (zipped(TEXT, method=zipfile.ZIP_BZIP2), "in a way that is not known"),
        (zipped(TEXT, names=("word/document.xml",)), "a text document"),
        (zipped(TEXT, names=("content.xml",)), "an OpenDocument file"),
    ],
)  # fmt: skip
def test_what_cannot_or_must_not_be_unpacked_is_refused(data: bytes, words: str):
    """Each by the reason that the sender needs."""
    assert words in refusal(data)


def test_an_encrypted_zip_is_refused():
    """There is nobody who could be asked for the password."""
    data = bytearray(zipped(TEXT))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(data)) == "the zip file is encrypted"


@pytest.mark.parametrize("pack", [gzip.compress, zipped])
@pytest.mark.parametrize("size", [MB, 40 * MB])
def test_a_bomb_is_refused_before_it_is_unpacked(pack: Callable[[bytes], bytes], size: int):
    """More than a hundred times larger than its file: seen early, in little memory."""
    data = pack(bytes(size))
    tracemalloc.start()
    try:
        assert refusal(data) == "unsafe archive: packed more than 100 times"
        assert tracemalloc.get_traced_memory()[1] < 4 * MB
    finally:
        tracemalloc.stop()


def test_a_bomb_before_much_else_is_refused_early():
    """The ratio is judged on the way, not only at the end where the rest would make up for it."""
    rest = random.Random(7).randbytes(2 * MB)
    data = gzip.compress(bytes(40 * MB)) + gzip.compress(rest)
    assert source.RATIO_MAX * len(data) > 42 * MB
    assert refusal(data) == "unsafe archive: packed more than 100 times"


def test_a_bomb_that_lies_about_its_size_is_refused():
    """The header is only what somebody says."""
    data = zipped(bytes(MB))
    honest, lie = MB.to_bytes(4, "little"), (1_000).to_bytes(4, "little")
    assert data.count(honest) == 2
    assert refusal(data.replace(honest, lie)) == "member 1 of the zip file is damaged"


def test_a_small_file_may_be_packed_at_any_ratio():
    """Too few bytes to harm: a short file of one sign is no bomb."""
    assert unpacked(gzip.compress(b"x" * 60_000)) == [(None, b"x" * 60_000)]


def test_the_limit_of_unpacked_bytes_holds(monkeypatch: pytest.MonkeyPatch):
    """Whatever the ratio is."""
    noise = random.Random(7).randbytes(100_000)
    monkeypatch.setattr(source, "UNPACKED_BYTES_MAX", 99_999)
    for data in (gzip.compress(noise), zipped(noise)):
        assert refusal(data) == "unsafe archive: more than 99999 bytes unpacked"


@given(seed=st.integers(min_value=0))
def test_damaged_archives_are_unpacked_or_refused(seed: int):
    """Bytes that were flipped or cut off raise nothing but a refusal."""
    damage(random.Random(seed))


def damage(chance: random.Random) -> None:
    """One damaged archive; for a fuzzer to call."""
    whole = chance.choice([gzip.compress(TEXT), zipped(TEXT, b"two"), workbook()])
    data = bytearray(whole[: chance.randrange(len(whole) // 2, len(whole) + 1)])
    for _ in range(chance.randrange(4)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    try:
        unpacked(bytes(data))
    except Unreadable:
        return
