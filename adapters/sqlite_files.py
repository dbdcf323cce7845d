"""SQLite files as we use them: a write-ahead log, transactions by hand, patience with others."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

SWITCH_ATTEMPTS_MAX = 100
SWITCH_PAUSE_S = 0.02
"""Between two attempts to switch a new file to its log, while another process does the same."""


def connect(
    path: Path, *, lock_timeout_s: int, page_bytes: int | None = None
) -> sqlite3.Connection:
    """A connection to a file in write-ahead mode, made if need be: commits stand by themselves.

    `page_bytes` is the size of a new file's pages; a file that is there keeps its own. Threads may
    share the connection if they take turns. Raises sqlite3.Error.
    """
    connection = sqlite3.connect(
        path, timeout=lock_timeout_s, isolation_level=None, check_same_thread=False
    )
    try:
        if page_bytes is not None:
            connection.execute(f"PRAGMA page_size={page_bytes}")
        _write_ahead(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    # For this one change SQLite does not wait for the lock, whatever the time-out says.
    for _ in range(SWITCH_ATTEMPTS_MAX - 1):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            Event().wait(SWITCH_PAUSE_S)
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """Alone among writers from its start; committed at its end, or undone."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
