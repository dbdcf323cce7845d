"""Match states in SQLite: what may be matched, by every key under which something looks for it.

Everything here can be filed again from the facts, so a file of another format is emptied.
`position` is how far the facts were taken in; it moves in the transaction of what they filed, so
that a power cut that costs the last of them costs the position too, and they are taken in again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

import msgspec

from adapters.blinding import Blinding, has_mark
from adapters.closing import Closing
from adapters.sqlite_files import connect, transaction
from application.ports import Entry, FiledItem, Reminder, StoreUnusable
from domain.match_keys import Place, Span

FORMAT_VERSION = 1
LOCK_TIMEOUT_S = 60
CACHE_KIB = 64 * 1024

NOBODY = ""
"""The item of a shared place, and the version of no item: a place of nobody has neither."""

LAST = "\U0010ffff"
"""Sorts behind every rank."""

_TABLES = (
    "CREATE TABLE IF NOT EXISTS places (key BLOB, rank TEXT, item TEXT, version INTEGER,"
    " marks BLOB, PRIMARY KEY (key, rank, item)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS items (item TEXT PRIMARY KEY, version INTEGER, places BLOB)"
    " WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS reminders (why TEXT, day INTEGER, item TEXT,"
    " PRIMARY KEY (why, day, item)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS standing"
    " (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER)",
    "INSERT OR IGNORE INTO standing VALUES (1, 0)",
)
_NAMES = ("places", "items", "reminders", "standing")

Filed = tuple[bytes, str]
"""A place as it is stored: its blinded key, and its rank."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Filed]).decode


class SqliteMatchStates(Closing):
    """MatchStates in a file. Safe to share among threads; processes take turns at writing."""

    def __init__(self, path: Path, connection: sqlite3.Connection, blinding: Blinding) -> None:
        """Made by `open`."""
        self.path = path
        self._connection = connection
        self._blinding = blinding
        self._lock = RLock()

    @classmethod
    def open(cls, path: Path, *, blinding: Blinding) -> SqliteMatchStates:
        """The index in this file, empty at first. Raises StoreUnusable."""
        with _usable(path):
            connection = connect(path, lock_timeout_s=LOCK_TIMEOUT_S)
            try:
                _prepare(connection)
            except sqlite3.Error:
                connection.close()
                raise
        return cls(path, connection, blinding)

    # Filing.

    def put(self, items: Sequence[FiledItem]) -> int:
        """File items; how many of them were new or of a later version."""
        return self.take(items, position=None)

    def take(self, items: Sequence[FiledItem], *, position: int | None) -> int:
        """As `put`; with a `position`, the facts up to it have been taken in then."""
        with self._lock, _usable(self.path), transaction(self._connection):
            filed = sum([self._filed(item) for item in items])
            if position is not None:
                self._connection.execute("UPDATE standing SET position = ?", (position,))
        return filed

    def position(self) -> int:
        """How far the facts were taken in."""
        with self._lock, _usable(self.path):
            (position,) = self._connection.execute("SELECT position FROM standing").fetchone()
            return position

    def remove(self, item: str, *, version: int) -> None:
        """Take an item out of all places."""
        with self._lock, _usable(self.path), transaction(self._connection):
            self._filed(FiledItem(item=item, version=version, places=()), again=True)

    def _filed(self, item: FiledItem, *, again: bool = False) -> bool:
        """Whether the item was filed; `again`, also where the same version is known."""
        found = self._connection.execute(
            "SELECT version, places FROM items WHERE item = ?", (item.item,)
        ).fetchone()
        known, before = (0, b"") if found is None else found
        if found is not None and (known > item.version or (known == item.version and not again)):
            return False
        places = [(self._blinding.key(one.key), one.rank) for one in item.places]
        self._connection.executemany(
            "DELETE FROM places WHERE key = ? AND rank = ? AND item = ?",
            [(key, rank, item.item) for key, rank in (_decode(before) if before else ())],
        )
        self._insert(places, item.places, item=item.item, version=item.version)
        shared = [(self._blinding.key(one.key), one.rank) for one in item.shared]
        self._insert(shared, item.shared, item=NOBODY, version=0)
        self._connection.execute(
            "INSERT OR REPLACE INTO items VALUES (?, ?, ?)",
            (item.item, item.version, _encode(places)),
        )
        return True

    def _insert(
        self, filed: Sequence[Filed], places: Sequence[Place], *, item: str, version: int
    ) -> None:
        marks = [self._blinding.marks(place.marks) for place in places]
        self._connection.executemany(
            "INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?, ?)",
            [
                (key, rank, item, version, mark)
                for (key, rank), mark in zip(filed, marks, strict=True)
            ],
        )

    # Finding.

    def find(self, spans: Sequence[Span]) -> list[list[Entry]]:
        """What stands in each span, in order of rank and item."""
        with self._lock, _usable(self.path):
            return [self._found(span) for span in spans]

    def _found(self, span: Span) -> list[Entry]:
        rows = self._connection.execute(
            "SELECT rank, item, version, marks FROM places"
            " WHERE key = ? AND rank BETWEEN ? AND ? ORDER BY rank, item LIMIT ?",
            (
                self._blinding.key(span.key),
                span.first,
                LAST if span.last is None else span.last,
                1 if span.one else -1,
            ),
        )
        mark = None if span.mark is None else self._blinding.mark(span.mark)
        return [
            Entry(rank, item, version)
            for rank, item, version, marks in rows
            if mark is None or has_mark(marks, mark)
        ]

    # Reminders.

    def remind(self, reminders: Sequence[Reminder]) -> None:
        """Keep reminders."""
        self._change("INSERT OR IGNORE INTO reminders VALUES (?, ?, ?)", reminders)

    def forget(self, reminders: Sequence[Reminder]) -> None:
        """Drop reminders."""
        self._change("DELETE FROM reminders WHERE why = ? AND day = ? AND item = ?", reminders)

    def _change(self, statement: str, reminders: Sequence[Reminder]) -> None:
        rows = [(one.why, one.day, one.item) for one in reminders]
        with self._lock, _usable(self.path), transaction(self._connection):
            self._connection.executemany(statement, rows)

    def reminders(
        self, why: str, *, through: int, at_most: int, after: Reminder | None = None
    ) -> list[Reminder]:
        """The first reminders for a reason, in order of day and item, through a day."""
        begin = (-1, "") if after is None else (after.day, after.item)
        with self._lock, _usable(self.path):
            rows = self._connection.execute(
                "SELECT why, day, item FROM reminders WHERE why = ? AND day <= ?"
                " AND (day, item) > (?, ?) ORDER BY day, item LIMIT ?",
                (why, through, *begin, at_most),
            )
            return [Reminder(*row) for row in rows]

    # Its end.

    def clear(self) -> None:
        """Forget everything, and stand at position 0."""
        with self._lock, _usable(self.path), transaction(self._connection):
            for name in ("places", "items", "reminders"):
                self._connection.execute(f"DELETE FROM {name}")  # noqa: S608  (our own names)
            self._connection.execute("UPDATE standing SET position = 0")

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._connection.close()


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    with transaction(connection):
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found != FORMAT_VERSION:
            for name in _NAMES:
                connection.execute(f"DROP TABLE IF EXISTS {name}")
            connection.execute(f"PRAGMA user_version={FORMAT_VERSION}")
        for statement in _TABLES:
            connection.execute(statement)


@contextmanager
def _usable(path: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        reason = f"{error}; match states can be filed again from the facts"
        raise StoreUnusable(path=str(path), reason=reason) from error
