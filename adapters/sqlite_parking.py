"""The embedded parking lot: parked.sqlite in the store's folder, content sealed.

What is kept of a thing may hold names and accounts: it is sealed like a personal field
(adapters/sealing.py), under a key that the thing's own salt makes. When the thing is done, salt and
content are overwritten.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.closing import Closing
from adapters.sealing import BOX_NONCE_BYTES, SALT_BYTES, Place, Vault
from adapters.sqlite_files import connect, transaction
from adapters.sqlite_recorder import LOCK_TIMEOUT_S
from adapters.store_folder import PARKED
from application.parking import Aside, Parked, Queue, id_of
from application.ports import Clock, Entropy, StoreUnusable

_COLUMNS = "id, queue, key, reason, file, place, words, first_at_ms, last_at_ms, tries, outcome"
_TOPIC = "parked"


class SqliteParkingLot(Closing):
    """A ParkingLot in a store's folder; several processes may have it open."""

    def __init__(
        self,
        folder: Path,
        *,
        vault: Vault,
        clock: Clock,
        entropy: Entropy,
        lock_timeout_s: int = LOCK_TIMEOUT_S,
    ) -> None:
        """Opens or makes the file. Raises StoreUnusable."""
        self._path = folder / PARKED
        self._vault = vault
        self._clock = clock
        self._entropy = entropy
        with self._usable():
            self._connection = connect(self._path, lock_timeout_s=lock_timeout_s)
            try:
                self._prepare()
            except sqlite3.Error:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        for statement in (
            "PRAGMA synchronous=FULL",
            "PRAGMA secure_delete=ON",  # what is done is overwritten, not merely let go
            "CREATE TABLE IF NOT EXISTS parked (number INTEGER PRIMARY KEY, id TEXT UNIQUE,"
            " queue TEXT, key TEXT, reason TEXT, file TEXT, place TEXT, words TEXT,"
            " first_at_ms INTEGER, last_at_ms INTEGER, tries INTEGER, outcome TEXT,"
            " salt BLOB, box BLOB)",
        ):
            self._connection.execute(statement)

    def park(self, aside: Aside) -> Parked:
        """As the port says."""
        parked_id, now_ms = id_of(aside.queue, aside.key), self._clock.now_ms()
        salt, box = self._sealed(parked_id, aside.content)
        with self._usable(), transaction(self._connection):
            self._connection.execute(
                "INSERT INTO parked (id, queue, key, reason, file, place, words, first_at_ms,"
                " last_at_ms, tries, outcome, salt, box)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, NULL, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, file = excluded.file,"
                " place = excluded.place, words = excluded.words,"
                " last_at_ms = excluded.last_at_ms, tries = tries + 1, outcome = NULL,"
                " salt = excluded.salt, box = excluded.box",
                (
                    parked_id,
                    aside.queue,
                    aside.key,
                    aside.reason,
                    aside.file,
                    aside.place,
                    aside.words,
                    now_ms,
                    now_ms,
                    salt,
                    box,
                ),
            )
        parked = self.get(parked_id)
        assert parked is not None, "it was parked just now"
        return parked

    def resolve(self, parked_id: str, *, outcome: str) -> None:
        """As the port says."""
        with self._usable(), transaction(self._connection):
            self._connection.execute(
                "UPDATE parked SET outcome = ?, last_at_ms = ?, salt = NULL, box = NULL"
                " WHERE id = ? AND outcome IS NULL",
                (outcome, self._clock.now_ms(), parked_id),
            )

    def get(self, parked_id: str) -> Parked | None:
        """As the port says."""
        with self._usable():
            row = self._connection.execute(
                f"SELECT {_COLUMNS} FROM parked WHERE id = ?",  # noqa: S608  (our own columns)
                (parked_id,),
            ).fetchone()
        return None if row is None else _parked(row)

    def content(self, parked_id: str) -> bytes | None:
        """As the port says. Raises SealBroken."""
        with self._usable():
            row = self._connection.execute(
                "SELECT salt, box FROM parked WHERE id = ?", (parked_id,)
            ).fetchone()
        if row is None or row[1] is None:
            return None
        return self._vault.open(row[1], place=_place(parked_id), salt=row[0])

    def all(self, *, waiting: bool = True, queue: Queue | None = None) -> Iterator[Parked]:
        """As the port says."""
        with self._usable():
            rows = self._connection.execute(
                f"SELECT {_COLUMNS} FROM parked"  # noqa: S608  (our own columns)
                " WHERE (outcome IS NULL OR NOT ?) AND (? IS NULL OR queue = ?) ORDER BY number",
                (waiting, queue, queue),
            ).fetchall()
        return map(_parked, rows)

    def _sealed(self, parked_id: str, content: bytes | None) -> tuple[bytes | None, bytes | None]:
        if content is None:
            return None, None
        drawn = self._entropy.token_bytes(SALT_BYTES + BOX_NONCE_BYTES)
        salt, nonce = drawn[:SALT_BYTES], drawn[SALT_BYTES:]
        box = self._vault.seal(content, place=_place(parked_id), salt=salt, nonce=nonce)
        return salt, box

    @contextmanager
    def _usable(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreUnusable(path=str(self._path), reason=str(error)) from error

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()


def _place(parked_id: str) -> Place:
    return Place(f"prk:{parked_id}", 1, _TOPIC)


def _parked(row: tuple[str, Queue, str, str, str, str, str, int, int, int, str | None]) -> Parked:
    parked_id, queue, key, reason, file, place, words, first_at_ms, last_at_ms, tries, outcome = row
    return Parked(
        id=parked_id,
        queue=queue,
        key=key,
        reason=reason,
        file=file,
        place=place,
        words=words,
        first_at_ms=first_at_ms,
        last_at_ms=last_at_ms,
        tries=tries,
        outcome=outcome,
    )
