"""A plain table of movements as CSV: by a declared profile, or by the words of its header."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from adapters.statements.layout import layout_of
from adapters.statements.model import Entry, Statement
from adapters.statements.profiles import Profile, built_in_profile
from adapters.statements.table import SEPARATORS, Table, encoding_of, ends_in_line_end, open_table
from adapters.statements.tabular import read_table

FORMATS = ("csv",)


def recognises(header: Sequence[str]) -> bool:
    """Whether a header has what a table of movements needs. Ask readers of known formats first."""
    return layout_of(header, built_in_profile("csv")).is_complete


def read(stream: BinaryIO) -> Iterator[Entry | Statement]:
    """The entries of a table without a profile of its own, and its statement. Raises Unreadable."""
    return read_by(stream, built_in_profile("csv"), is_header=recognises)


def read_by(
    stream: BinaryIO,
    profile: Profile,
    *,
    is_header: Callable[[Sequence[str]], bool] | None = None,
) -> Iterator[Entry | Statement]:
    """The entries and statements of a table by a profile. Raises Unreadable."""

    def known(names: Sequence[str]) -> bool:
        return profile.knows(frozenset(names)) and layout_of(names, profile).is_complete

    encoding = profile.encoding or encoding_of(stream)

    def opened() -> Table:
        return open_table(
            stream,
            is_header=is_header or known,
            separators=profile.separator or SEPARATORS,
            encoding=encoding,
            short_rows=True,
        )

    return read_table(opened, profile, ends_in_line_end=ends_in_line_end(stream))
