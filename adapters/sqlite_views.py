"""Read models in SQLite: documents by model and key, and the position that they stand at.

Whatever lies here can be made again from the facts, so a file of another format is emptied rather
than converted, and a power cut may cost the last applications: the position goes back with them,
and they are applied again.

Laws
    Documents and position move together, or not at all.
    The same documents at the same position have the same digest and the same exported file,
    whatever way led there.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from threading import RLock

import msgspec

from adapters import sqlite_lists as lists
from adapters.closing import Closing
from adapters.document_text import Document, text_of
from adapters.sqlite_files import connect, transaction
from adapters.store_folder import VIEWS
from application.ports import StoreUnusable, VersionConflict

FORMAT_VERSION = 2
LOCK_TIMEOUT_S = 60
"""Longer than it takes to write what memory holds of a great many facts."""

KEYS_PER_READ = 500
"""Documents that one statement looks up."""

PAGE_BYTES = 16 * 1024
"""Of a new file. A document of a kilobyte wastes half of SQLite's own page, and time with it."""

CACHE_KIB = 64 * 1024
"""Memory for pages: documents are changed all over the file."""

POSITION_STREAM = "views"
"""What a VersionConflict calls the read models."""

_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(dict[str, object]).decode

_TABLES = (
    "CREATE TABLE IF NOT EXISTS documents (model TEXT, key TEXT, body TEXT,"
    " PRIMARY KEY (model, key)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS standing"
    " (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER)",
    "INSERT OR IGNORE INTO standing VALUES (1, 0)",
)


class SqliteViewStore(Closing):
    """A ViewStore in a file. Safe to share among threads; a second writer is refused."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Made by `open`."""
        self.path = path
        self._connection = connection
        self._lock = RLock()
        self._lists = False  # whether the open transaction also keeps lists

    @classmethod
    def open(cls, folder: Path, *, lock_timeout_s: int = LOCK_TIMEOUT_S) -> SqliteViewStore:
        """The read models of a store's folder, empty at first. Raises StoreUnusable."""
        path = folder / VIEWS
        with _usable(path):
            connection = connect(path, lock_timeout_s=lock_timeout_s, page_bytes=PAGE_BYTES)
            try:
                _prepare(connection)
            except sqlite3.Error:
                connection.close()
                raise
        return cls(path, connection)

    def position(self) -> int:
        """The last position that was applied."""
        with self._lock, _usable(self.path):
            return _standing(self._connection)

    def get_many(self, model: str, keys: Iterable[str]) -> dict[str, dict[str, object]]:
        """The documents that exist under these keys."""
        found: dict[str, dict[str, object]] = {}
        wanted = iter(keys)
        while chunk := list(islice(wanted, KEYS_PER_READ)):
            with self._lock, _usable(self.path):
                rows = self._connection.execute(
                    "SELECT key, body FROM documents"
                    " WHERE model = ? AND key IN (SELECT value FROM json_each(?))",
                    (model, _encode(chunk).decode()),
                ).fetchall()
            found.update((key, _decode(body)) for key, body in rows)
        return found

    def apply(
        self,
        *,
        after: int,
        position: int,
        documents: Mapping[str, Mapping[str, Document | None]],
    ) -> None:
        """Write documents and move from position `after` to `position`, atomically.

        Documents come by model and key; None deletes.

        Raises VersionConflict when the store does not stand at `after`, TypeError for a document
        that holds a float.
        """
        self.begin(after=after)
        try:
            self.put(documents)
            self.finish(position=position)
        except BaseException:
            self.abandon()
            raise

    def begin(self, *, after: int) -> None:
        """Begin one transaction of many writes. Raises VersionConflict as `apply` does."""
        self._lock.acquire()
        try:
            with _usable(self.path):
                self._connection.execute("BEGIN IMMEDIATE")
                stands = _standing(self._connection)
                self._lists = lists.is_begun(self._connection)
        except BaseException:
            self.abandon()
            raise
        if stands != after:
            self.abandon()
            raise VersionConflict(stream=POSITION_STREAM, expected_version=after)

    def put(self, documents: Mapping[str, Mapping[str, Document | None]]) -> None:
        """Write documents into the open transaction. Raises TypeError for one with a float."""
        written = sorted(  # neighbours share a page
            (model, key)
            for model, changes in documents.items()
            for key, document in changes.items()
            if document is not None
        )
        deleted = [
            (model, key)
            for model, changes in documents.items()
            for key, document in changes.items()
            if document is None
        ]
        with _usable(self.path):
            self._connection.executemany(
                "INSERT INTO documents VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET body = excluded.body",
                # One by one: all texts together would take as much memory as the documents.
                (
                    (model, key, text_of(model, key, documents[model][key]).decode())
                    for model, key in written
                ),
            )
            self._connection.executemany(
                "DELETE FROM documents WHERE model = ? AND key = ?", deleted
            )
            if self._lists:
                lists.note(self._connection, (*written, *deleted))

    def finish(self, *, position: int) -> None:
        """Move the position and commit."""
        with _usable(self.path):
            self._connection.execute("UPDATE standing SET position = ?", (position,))
            if self._lists:
                lists.follow(self._connection, position=position)
            self._connection.execute("COMMIT")
        self._lock.release()

    def abandon(self) -> None:
        """Undo the open transaction."""
        try:
            with _usable(self.path):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        finally:
            self._lock.release()

    def all(self, model: str) -> Iterator[tuple[str, dict[str, object]]]:
        """All documents of a model, ordered by key, as of the first one read."""
        for _, key, body in self._rows("WHERE model = ?", model):
            yield key, _decode(body)

    def clear(self) -> None:
        """Forget everything and stand at position 0."""
        with self._lock, _usable(self.path), transaction(self._connection):
            self._connection.execute("DELETE FROM documents")
            self._connection.execute("UPDATE standing SET position = 0")
            if lists.is_begun(self._connection):
                lists.begin(self._connection, position=0)

    def keep_lists(self) -> None:
        """From now on, whatever is written here also stands in lists (sqlite_lists.py).

        Made from the documents that are there, once. Raises StoreUnusable.
        """
        with self._lock, _usable(self.path):
            if lists.is_begun(self._connection):
                return
            with transaction(self._connection):
                if not lists.is_begun(self._connection):
                    lists.begin(self._connection, position=_standing(self._connection))

    def digest(self) -> str:
        """SHA-256 (hex) over the position and every document in order of model and key.

        Each is a line of JSON: the position; then `[model, key]` and the document. Equal digests
        mean equal read models, to the byte.
        """
        digest = hashlib.sha256(b"%d\n" % self.position())
        for model, key, body in self._rows(""):
            digest.update(b"%b\n%b\n" % (_encode((model, key)), body.encode()))
        return digest.hexdigest()

    def export(self, target: Path) -> None:
        """A copy in one new file: the same bytes for the same documents and position.

        Raises StoreUnusable.
        """
        if target.exists():
            raise StoreUnusable(path=str(target), reason="there is a file already")
        with self._lock, _usable(target):
            self._connection.execute("VACUUM INTO ?", (str(target),))

    def _rows(self, condition: str, *arguments: object) -> Iterator[tuple[str, str, str]]:
        # A connection of its own reads one state to the end while others write.
        with _usable(self.path), closing(connect(self.path, lock_timeout_s=LOCK_TIMEOUT_S)) as own:
            yield from own.execute(
                f"SELECT model, key, body FROM documents {condition} ORDER BY model, key",  # noqa: S608  (our own text)
                arguments,
            )

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
            connection.execute("DROP TABLE IF EXISTS documents")
            connection.execute("DROP TABLE IF EXISTS standing")
            lists.drop(connection)
            connection.execute(f"PRAGMA user_version={FORMAT_VERSION}")
        for statement in _TABLES:
            connection.execute(statement)


def _standing(connection: sqlite3.Connection) -> int:
    (position,) = connection.execute("SELECT position FROM standing").fetchone()
    return position


@contextmanager
def _usable(path: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        reason = f"{error}; the read models can be rebuilt from the facts"
        raise StoreUnusable(path=str(path), reason=reason) from error
