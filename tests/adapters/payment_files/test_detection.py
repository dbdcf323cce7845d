"""The format of a file is found in its content."""

from __future__ import annotations

import pytest

from adapters.payment_files.detection import detect
from adapters.statements.model import Unreadable
from tests.adapters.payment_files.made import line, message, transfer

XML = message(transfer())


@pytest.mark.parametrize(
    "content, kind",
    [
        (XML.encode(), "pacs"),
        (b"\xef\xbb\xbf\n  " + XML.encode(), "pacs"),
        (XML.encode("utf-16"), "pacs"),
        (line().encode(), "json"),
        (b"\n\n" + line().encode(), "json"),
        (b"\xef\xbb\xbf" + line().encode(), "json"),
        (b"[1]", "json"),
        (b"payment_id;amount\n", "csv"),
        (b'\xef\xbb\xbf"payment_id","amount"\n', "csv"),
    ],
)
def test_content_tells_the_format(content: bytes, kind: str):
    """Marks, blanks and encodings make no difference."""
    assert detect(content) == kind


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"PK\x03\x04", "zip"),
        (b"%PDF-1.7", "PDF"),
        (b"{1:F01BANKARBA}", "SWIFT MT"),
        (b":20:STMT", "SWIFT MT"),
        (b"01,BANK,", "BAI2"),
        (b"a\0b", "none of"),
    ],
)
def test_what_is_something_else_is_refused_by_name(content: bytes, words: str):
    """Whoever sent it learns what it is."""
    with pytest.raises(Unreadable) as refused:
        detect(content)
    assert words in refused.value.reason
