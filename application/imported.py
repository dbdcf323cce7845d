"""What came of importing files: the acknowledgement that a sender gets, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from application.entry_flags import Flag
from domain.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementOutcome:
    """What came of one statement of a file.

    `entries` are booked; of these `lines` are recorded as settlements, `repeated` were known from
    another file already, `set_aside` have a field that nobody can use, and `waiting` are notices
    without a bank reference, which wait for their statement. `gap` says what a held one waits for.
    `completeness` is "stated" where the file says that it holds all there is, "not-stated" where
    nothing does, None where that was not recorded; `profile` and `profile_hash` are of the declared
    layout by which a table was read.
    """

    stream: str
    statement_id: str
    account: str
    state: Literal["sealed", "held"]
    entries: int
    lines: int
    repeated: int = 0
    set_aside: int = 0
    waiting: int = 0
    not_booked: int = 0
    gap: str | None = None
    completeness: str | None = None
    profile: str | None = None
    profile_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOutcome:
    """What came of one file: known is one whose bytes were imported before, under whatever name.

    `released` are statements of other files that were held for this one. `parked` is the id under
    which a refused file waits. `masked` are the places of card numbers that were masked. `empty`
    counts statements with neither entries nor days, of which nothing is recorded. `flags` are the
    first oddities that were accepted.
    """

    name: str
    sha256: str | None
    size: int
    format: str | None
    outcome: Literal["imported", "known", "held", "refused"]
    statements: tuple[StatementOutcome, ...] = ()
    released: tuple[str, ...] = ()
    place: str | None = None
    reason: str | None = None
    parked: str | None = None
    masked: tuple[str, ...] = ()
    empty: int = 0
    flags: tuple[Flag, ...] = ()


@dataclass(unsafe_hash=True, kw_only=True)
class ImportRefused(Refusal):
    """A file that is readable and cannot be imported, and where and why; nothing is recorded."""

    place: str
    reason: str
