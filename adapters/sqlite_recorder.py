"""The eventsourcing library's SQLite recorder: durable, quick in bulk, safe among processes.

What differs from the library's own
    synchronous=FULL          what was acknowledged survives a power cut, not only a crash of the
                              program
    BEGIN IMMEDIATE           a writer waits for its turn at the start, instead of failing in the
                              middle rowid INTEGER PRIMARY KEY positions are data: no VACUUM may
                              ever number them anew
    one executemany           positions are the numbers after the last one, counted under the write
                              lock
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import Any, Literal

import msgspec
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteFactory,
    SQLiteProcessRecorder,
    SQLiteTransaction,
)

from adapters.codec import Row
from adapters.sqlite_files import connect

LOCK_TIMEOUT_S = 5
CLOSE_TIMEOUT_S = 60
"""Longer than any transaction lasts; connections still in use after that are left open."""

PAGE_BYTES = 8 * 1024
"""Of a new file. A fact takes about a kilobyte, and three of them leave a gap in 4 KiB."""

CACHE_KIB = 32 * 1024
"""Memory for pages: a posted match touches the index of streams all over."""

WAL_PAGES_MAX = 4_000
"""Pages that the log may hold before a commit moves them into the database: 32 MiB, mostly."""


NewRow = tuple[str, int, str, bytes]
"""Stream, version, topic and state of an event that has no position yet."""


class DurableConnectionPool(SQLiteConnectionPool):
    """Connections whose commits are on the disk when they return."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES_MAX}")
        cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        return connection


class _Transaction(SQLiteTransaction):
    def __enter__(self) -> SQLiteCursor:
        cursor = self.connection.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE" if self.commit else "BEGIN")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        return cursor


class DurableDatastore(SQLiteDatastore):
    """A database whose writers queue, in this process and among processes."""

    def __init__(
        self,
        db_name: str,
        *,
        lock_timeout: int | None = None,
        single_row_tracking: bool = True,
        originator_id_type: Literal["uuid", "text"] = "text",
    ) -> None:
        """`db_name` is a path; `lock_timeout`, in seconds, bounds the wait for other writers."""
        self._idle = Condition()
        self._in_use = 0
        super().__init__(
            db_name,
            single_row_tracking=single_row_tracking,
            originator_id_type=originator_id_type,
        )
        seconds = LOCK_TIMEOUT_S if lock_timeout is None else lock_timeout
        self.pool = DurableConnectionPool(
            db_name=db_name, lock_timeout=seconds, pool_timeout=float(seconds)
        )

    @contextmanager
    def transaction(self, *, commit: bool) -> Generator[SQLiteCursor]:
        """A transaction; one that commits holds the write lock from its start."""
        with (
            self._used(),
            self.get_connection(commit=commit) as connection,
            _Transaction(connection, commit=commit) as cursor,
            cursor,
        ):
            yield cursor

    @contextmanager
    def _used(self) -> Generator[None]:
        with self._idle:
            self._in_use += 1
        try:
            yield
        finally:
            with self._idle:
                self._in_use -= 1
                self._idle.notify_all()

    def close(self) -> None:
        """Close all connections, once the transactions that other threads are in have ended.

        The library closes them in mid-use, and SQLite then takes the whole process down.
        """
        with self._idle:
            if self._idle.wait_for(lambda: self._in_use == 0, timeout=CLOSE_TIMEOUT_S):
                super().close()


class BulkRecorder(SQLiteApplicationRecorder):
    """Inserts many events with one statement."""

    def __init__(
        self, datastore: SQLiteDatastore, events_table_name: str = "stored_events"
    ) -> None:
        """As the library's."""
        super().__init__(datastore, events_table_name)
        self.insert_events_statement = f"INSERT INTO {events_table_name} VALUES (?,?,?,?,?)"  # noqa: S608  (our own name)

    def construct_create_table_statements(self) -> list[str]:
        """The library's table, with a rowid that is ours to give."""
        return [
            f"CREATE TABLE IF NOT EXISTS {self.events_table_name} ("
            "originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB, "
            "rowid INTEGER PRIMARY KEY, UNIQUE (originator_id, originator_version))"
        ]

    # The library declares its options as Any; this recorder takes none.
    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any
    ) -> Sequence[int] | None:
        return self.insert(
            c,
            [
                (_text(event), event.originator_version, event.topic, event.state)
                for event in stored_events
            ],
        )

    def insert(self, cursor: SQLiteCursor, events: Sequence[NewRow]) -> Sequence[int]:
        """Insert within an open transaction; the positions."""
        # Nothing is ever deleted and the write lock is held: the numbers after the last one are
        # free.
        first = (self._max_notification_id(cursor) or 0) + 1
        positions = range(first, first + len(events))
        cursor.executemany(
            self.insert_events_statement,
            [(*event, position) for event, position in zip(events, positions, strict=True)],
        )
        return list(positions)


def _text(event: StoredEvent) -> str:
    stream = event.originator_id
    return stream if isinstance(stream, str) else stream.hex


class FactRecorder(SQLiteProcessRecorder, BulkRecorder):
    """The recorder under the fact store: events, and the tracking of who follows another store."""

    def create_table(self) -> None:
        """The tables, also when another process makes them at the same moment."""
        try:
            super().create_table()
        except IntegrityError:  # the library looks before it holds the lock; now they are there
            super().create_table()

    @contextmanager
    def writing(self) -> Generator[Writing]:
        """A transaction that reads before it writes, alone among writers; commits at its end."""
        with self.datastore.transaction(commit=True) as cursor:
            yield Writing(self, cursor)

    def rows(self, *, after: int, through: int, limit: int) -> list[Row]:
        """Facts of positions after < p ≤ through, in order, at most `limit`."""
        return self._rows(
            "WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?", after, through, limit
        )

    def rows_of(self, streams: Iterable[str], *, through_version: int) -> list[Row]:
        """Facts of these streams up to a version, stream by stream in order of version."""
        return self._rows(
            "WHERE originator_id IN (SELECT value FROM json_each(?)) AND originator_version <= ?"
            " ORDER BY originator_id, originator_version",
            _json(streams),
            through_version,
        )

    def _rows(self, condition: str, *arguments: object) -> list[Row]:
        with self.datastore.transaction(commit=False) as cursor:
            return _fetch_rows(cursor, self.events_table_name, condition, arguments)


class Writing:
    """An open write transaction: what is there, and a way to add to it."""

    def __init__(self, recorder: FactRecorder, cursor: SQLiteCursor) -> None:
        """Made by `FactRecorder.writing`."""
        self._recorder = recorder
        self._cursor = cursor

    def last(self) -> Row | None:
        """The last fact of the store."""
        table = self._recorder.events_table_name
        rows = _fetch_rows(self._cursor, table, "ORDER BY rowid DESC LIMIT 1", ())
        return rows[0] if rows else None

    def versions(self, streams: Iterable[str]) -> dict[str, int]:
        """The last version of each of these streams that exists."""
        self._cursor.execute(
            f"SELECT value, (SELECT MAX(originator_version) FROM {self._recorder.events_table_name}"  # noqa: S608  (our own name)
            " WHERE originator_id = value) FROM json_each(?)",
            (_json(streams),),
        )
        return {stream: version for stream, version in self._cursor.fetchall() if version}

    def insert(self, events: Sequence[NewRow]) -> Sequence[int]:
        """Add events; their positions. Raises sqlite3.IntegrityError where a version is taken."""
        return self._recorder.insert(self._cursor, events)


def _fetch_rows(
    cursor: SQLiteCursor, table: str, condition: str, arguments: Sequence[object]
) -> list[Row]:
    cursor.sqlite_cursor.row_factory = None  # plain tuples: a named row costs as much as reading it
    cursor.execute(
        f"SELECT rowid, originator_id, originator_version, topic, state FROM {table} {condition}",  # noqa: S608  (our own name)
        arguments,
    )
    return [Row(*row) for row in cursor.fetchall()]


def _json(streams: Iterable[str]) -> str:
    return msgspec.json.encode(list(streams)).decode()


class Factory(SQLiteFactory):
    """Builds these recorders from the library's environment.

    There it is called `PERSISTENCE_MODULE=adapters.sqlite_recorder:Factory`.
    """

    application_recorder_class = BulkRecorder
    process_recorder_class = FactRecorder

    def __init__(self, env: Any) -> None:  # Any: the library takes its own or a plain mapping
        """Reads SQLITE_DBNAME and whatever else the library's factory reads."""
        super().__init__(env)
        read = self.datastore
        self.datastore = DurableDatastore(
            read.pool.db_name,
            lock_timeout=read.pool.lock_timeout,
            single_row_tracking=read.single_row_tracking,
            originator_id_type="uuid" if read.originator_id_type == "uuid" else "text",
        )


def open_recorder(path: Path, *, lock_timeout_s: int = LOCK_TIMEOUT_S) -> FactRecorder:
    """The recorder of a database file, with its tables.

    Raises sqlite3.Error or the library's PersistenceError.
    """
    # The library would neither wait for the log nor choose the pages.
    connect(path, lock_timeout_s=lock_timeout_s, page_bytes=PAGE_BYTES).close()
    factory = Factory(
        {
            Factory.SQLITE_DBNAME: str(path),
            Factory.SQLITE_LOCK_TIMEOUT: str(lock_timeout_s),
            Factory.ORIGINATOR_ID_TYPE: "text",
        }
    )
    try:
        recorder = factory.process_recorder()
    except BaseException:
        factory.close()
        raise
    assert isinstance(recorder, FactRecorder)
    return recorder
