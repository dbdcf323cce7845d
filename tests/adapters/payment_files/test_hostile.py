"""Whatever is done to a file of payments, it is read or refused, in bounded time and memory."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.payment_files import FORMATS, PaymentFormat, format_of, read
from adapters.payment_files.messages import DEPTH_MAX, ELEMENTS_MAX
from adapters.statements.model import Unreadable
from tests.adapters.payment_files.made import (
    CANCEL,
    giving_back,
    line,
    message,
    refusal,
    report,
    setting,
    transfer,
)
from tests.architecture.source import ROOT
from tests.fixtures.fuzzing import FUZZED

PLAIN = message(transfer())
BOMB = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
CSV = (
    "payment_id,merchant_id,amount,currency,method,created_at\nK,M1,1,ARS,qr,2026-03-02T10:00:00Z\n"
)

SAMPLES = [
    text.encode()
    for text in (
        message(transfer(1), transfer(2), header="<NbOfTxs>2</NbOfTxs>"),
        message(report(), report("ACSC"), kind="pacs.002"),
        message(giving_back(), kind="pacs.004"),
        f"{line()}\n{line(CANCEL)}\n",
        CSV,
    )
]


def read_or_refused(content: bytes) -> bool:
    """Reads whatever bytes by every reader; whether one read them. For a fuzzer to call."""
    was_read = False
    for kind in FORMATS:
        with suppress(Unreadable):
            list(read(io.BytesIO(content), setting(), kind=kind))
            was_read = True
    with suppress(Unreadable):
        format_of(io.BytesIO(content))
    return was_read


@settings(max_examples=FUZZED, deadline=None)
@given(st.data())
def test_a_spoilt_file_is_read_or_refused(data: st.DataObject):
    """Cut anywhere, with bytes changed, put in or repeated: never anything but an answer."""
    content = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        if not content:
            break
    cut = data.draw(st.integers(0, len(content)))
    read_or_refused(bytes(content))
    read_or_refused(bytes(content[:cut]))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
@example(b"\xff\xfe<")
@example(b'<?xml version="1.0" encoding="no-such"?><a/>')
@example(b"\x00")
def test_any_bytes_are_read_or_refused(content: bytes):
    """Noise is an answer too."""
    read_or_refused(content)


def test_the_samples_themselves_are_read():
    """What is spoilt above was right before."""
    assert all(read_or_refused(sample) for sample in SAMPLES)


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE a [<!ENTITY a0 "ha">{BOMB}]>',
        '<!DOCTYPE a SYSTEM "secret.txt">',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]>',
        "<!DOCTYPE a>",
    ],
    ids=["bomb", "file", "network", "bare"],
)
def test_a_doctype_is_refused_before_anything_of_it_is_used(doctype: str):
    """No entity is expanded, no file opened, nothing fetched."""
    assert refusal(f"{doctype}{PLAIN.replace('Ana', '&a9;')}") == ("line 1", "DOCTYPE")


def test_depth_is_refused():
    """A thousand elements inside each other are no message."""
    deep = "<a>" * 10_000 + "</a>" * 10_000
    assert refusal(f"<Env>{deep}{PLAIN}</Env>")[1] == (
        f"more than {DEPTH_MAX} elements inside each other"
    )


def test_a_transaction_without_end_is_refused():
    """A transaction is kept until its end, so it has a bound."""
    wide = "<Nm>x</Nm>" * (ELEMENTS_MAX + 1)
    assert (
        refusal(message(transfer(Dbtr=wide)))[1]
        == f"an element of more than {ELEMENTS_MAX} elements"
    )


@pytest.mark.parametrize(
    "content",
    [
        PLAIN[:-30],
        PLAIN.replace("Ana", "A\0na"),
        PLAIN.encode().replace("ó".encode(), b"\xf3"),
        PLAIN + PLAIN,
        PLAIN.replace("<Dbtr>", "<Dbtr"),
        PLAIN.replace("Ana", "&unknown;"),
    ],
    ids=["cut", "nul", "encoding", "twice", "tag", "entity"],
)
def test_what_is_no_xml_is_refused_with_its_line(content: str | bytes):
    """The parser's own words, where it stopped."""
    place, reason = refusal(
        content.replace("Gómez", "Gómez") if isinstance(content, str) else content
    )
    assert place.startswith("line ")
    assert reason.startswith("malformed XML")


MEASURED = """
import resource, sys
from adapters.payment_files import read
from tests.adapters.payment_files.made import setting
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(1 for _ in read(sys.stdin.buffer, setting(), kind="pacs"))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file():
    """Of five megabytes in ten thousand transactions, next to nothing is kept."""
    content = message(*map(transfer, range(10_000))).encode()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], input=content, capture_output=True, cwd=ROOT, check=True
    )
    count, kilobytes = map(int, done.stdout.split())
    assert count == 10_000
    assert kilobytes < 8_000, "their elements alone would take seventy megabytes"


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_line_without_an_end_is_read_no_further_than_its_limit(
    tmp_path: Path, kind: PaymentFormat
):
    """A gigabyte costs what its first half megabyte costs."""
    with (tmp_path / "endless").open("w+b") as stream:
        stream.write(b'{"command_id": "')
        stream.truncate(1 << 30)  # zeros that take no room on the disk
        stream.seek(0)
        with pytest.raises(Unreadable, match=r"(more|longer) than \d+ bytes"):
            list(read(stream, setting(), kind=kind))
        assert stream.tell() < 1_000_000
