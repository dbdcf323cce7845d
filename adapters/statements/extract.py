"""Account extracts of Argentine banks as CSV: Spanish headers with a running balance (saldo).

One generic profile reads every layout whose header uses the words of the field; see
`profiles/ar-extract.yaml` for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from adapters.statements.layout import column_key, layout_of
from adapters.statements.model import Entry, Statement
from adapters.statements.plain_csv import read_by
from adapters.statements.profiles import built_in_profile

FORMATS = ("ar-extract",)


def recognises(header: Sequence[str]) -> bool:
    """Whether a header is of an extract: a date, amounts, and a column named saldo."""
    layout = layout_of(header, built_in_profile("ar-extract"))
    at = layout.at.get("balance")
    return (
        layout.is_complete and at is not None and column_key(layout.header[at]).startswith("saldo")
    )


def read(stream: BinaryIO) -> Iterator[Entry | Statement]:
    """The entries of the extract and its statement. Raises Unreadable."""
    return read_by(stream, built_in_profile("ar-extract"), is_header=recognises)
