"""Movements in the first worksheet of an XLSX file: as an account extract or as a plain table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from adapters.statements import extract, plain_csv
from adapters.statements.layout import layout_of
from adapters.statements.model import Entry, Statement
from adapters.statements.profiles import Profile, built_in_profile
from adapters.statements.sheet import open_sheet
from adapters.statements.tabular import read_table
from adapters.statements.xlsx_cells import Workbook


def recognises(header: Sequence[str]) -> bool:
    """Whether a row is the header of movements."""
    return extract.recognises(header) or plain_csv.recognises(header)


def read(stream: BinaryIO, profile: Profile | None = None) -> Iterator[Entry | Statement]:
    """The entries of the first worksheet and its statement, by a profile or by its header.

    Raises Unreadable.
    """
    book = Workbook(stream)
    if profile is None:
        names = open_sheet(book, recognises).names
        chosen = built_in_profile("ar-extract" if extract.recognises(names) else "csv")
        is_header = recognises
    else:
        chosen, is_header = profile, _known_to(profile)
    return read_table(lambda: open_sheet(book, is_header), chosen)


def _known_to(profile: Profile) -> Callable[[Sequence[str]], bool]:
    return lambda names: profile.knows(frozenset(names)) and layout_of(names, profile).is_complete
