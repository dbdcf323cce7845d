"""Sealed boxes for personal fields, and the salts that their keys are made of.

    data key        HMAC-SHA256(master key, "conciliar/data-key/1|" + stream + "|" + salt)
    box             nonce (12 bytes) + AES-256-GCM ciphertext and tag
    bound to        the JSON array [tenant, stream, version, topic]: a box that was moved does not
                    open

A stream's salt lies in keys.sqlite, apart from the facts. Shredding a stream empties its salt and
leaves the row, so that what was shredded on purpose and what was lost read differently. A fact
recorded after that is sealed under a new salt, good from its version on.

Laws
    What was sealed opens at its own place, and nowhere else.
    A key is durable before the fact that needs it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.sqlite_files import connect, transaction
from domain.errors import Refusal

MASTER_KEY_BYTES = 32
SALT_BYTES = 16
BOX_NONCE_BYTES = 12

_BLOCK_BYTES, _INNER_PAD, _OUTER_PAD = 64, 0x36, 0x5C  # of HMAC with SHA-256
_TAG_BYTES = 16
_PURPOSE = b"conciliar/data-key/1|"
_encode = msgspec.json.Encoder().encode


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a box stands."""

    stream: str
    version: int
    topic: str

    @property
    def fact_id(self) -> str:
        """`<stream>@<version>`."""
        return f"{self.stream}@{self.version}"


@dataclass(frozen=True, slots=True)
class Shredded:
    """In place of personal text: its key was destroyed on purpose, and with it what it said."""


SHREDDED = Shredded()


class Vault:
    """Seals and opens boxes of one tenant."""

    def __init__(self, *, master_key: bytes, tenant: str) -> None:
        """`master_key` is MASTER_KEY_BYTES long."""
        assert len(master_key) == MASTER_KEY_BYTES
        self._inner, self._outer = (
            sha256(bytes(byte ^ pad for byte in master_key.ljust(_BLOCK_BYTES, b"\0")))
            for pad in (_INNER_PAD, _OUTER_PAD)
        )
        self._inner.update(_PURPOSE)
        self._tenant = tenant

    def seal(self, plain: bytes, *, place: Place, salt: bytes, nonce: bytes) -> bytes:
        """A box of `plain`; `nonce` is BOX_NONCE_BYTES, never used before under this salt."""
        cipher = AESGCM(self._data_key(place.stream, salt))
        return nonce + cipher.encrypt(nonce, plain, self._bound_to(place))

    def open(self, box: bytes, *, place: Place, salt: bytes) -> bytes:
        """What was sealed. Raises SealBroken when the box is not the one sealed for this place."""
        cipher = AESGCM(self._data_key(place.stream, salt))
        nonce, sealed = box[:BOX_NONCE_BYTES], box[BOX_NONCE_BYTES:]
        if len(sealed) < _TAG_BYTES:
            raise SealBroken(fact_id=place.fact_id, reason="the box is cut short")
        try:
            return cipher.decrypt(nonce, sealed, self._bound_to(place))
        except InvalidTag:
            raise SealBroken(fact_id=place.fact_id, reason="the box was not sealed here") from None

    def _data_key(self, stream: str, salt: bytes) -> bytes:
        # HMAC (RFC 2104) with both its keyed states kept: half the cost of the library's object.
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(b"%b|%b" % (stream.encode(), salt))
        outer.update(inner.digest())
        return outer.digest()

    def _bound_to(self, place: Place) -> bytes:
        return _encode((self._tenant, place.stream, place.version, place.topic))


Entry = tuple[int, bytes | None]
"""The version from which a salt is good, and the salt; None where it was shredded."""


class Salts:
    """The salts of some streams: each good from a version on, None where it was shredded."""

    def __init__(self, rows: Iterable[tuple[str, int, bytes | None]]) -> None:
        """Rows of (stream, from version, salt), versions rising within a stream."""
        self._by_stream: dict[str, list[Entry]] = {}
        for row in rows:
            self.add(*row)

    def add(self, stream: str, from_version: int, salt: bytes | None) -> None:
        """One more salt, good from a version on that is later than the stream's others."""
        self._by_stream.setdefault(stream, []).append((from_version, salt))

    def entries(self, stream: str) -> Sequence[Entry]:
        """All salts of a stream, in order of version."""
        return self._by_stream.get(stream, ())

    def entry(self, place: Place) -> Entry | None:
        """The salt for a fact, with its first version; None where there never was one."""
        for entry in reversed(self._by_stream.get(place.stream, ())):
            if entry[0] <= place.version:
                return entry
        return None

    def of(self, place: Place) -> bytes | Shredded | None:
        """The salt for a fact; None where there never was one."""
        entry = self.entry(place)
        if entry is None:
            return None
        return SHREDDED if entry[1] is None else entry[1]

    def sealed(self, plain: bytes, *, place: Place, vault: Vault, nonce: bytes) -> bytes:
        """A box of `plain`; the salt must be there."""
        salt = self.of(place)
        assert isinstance(salt, bytes), "salts are provided before anything is sealed"
        return vault.seal(plain, place=place, salt=salt, nonce=nonce)

    def opened(self, box: bytes, *, place: Place, vault: Vault) -> bytes | Shredded:
        """What a box holds. Raises SealBroken."""
        salt = self.of(place)
        if salt is None:
            raise SealBroken(fact_id=place.fact_id, reason="its key is missing")
        return salt if isinstance(salt, Shredded) else vault.open(box, place=place, salt=salt)


class KeyStore:
    """keys.sqlite: the salts of all streams. Safe to share among threads."""

    def __init__(self, path: Path, *, lock_timeout_s: int) -> None:
        """Opens or makes the file. Raises sqlite3.Error."""
        self._lock = Lock()
        self._connection = connect(path, lock_timeout_s=lock_timeout_s)
        try:
            self._prepare()
        except sqlite3.Error:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        for statement in (
            "PRAGMA synchronous=FULL",  # a key that is lost loses what was sealed with it
            "PRAGMA secure_delete=ON",  # what is shredded is overwritten, not merely let go
            "CREATE TABLE IF NOT EXISTS salts (stream TEXT, from_version INTEGER, salt BLOB,"
            " PRIMARY KEY (stream, from_version)) WITHOUT ROWID",
        ):
            self._connection.execute(statement)

    def salts(self, streams: Iterable[str]) -> Salts:
        """The salts that these streams have."""
        wanted = _encode(list(streams)).decode()
        with self._lock:
            return Salts(
                self._connection.execute(
                    "SELECT stream, from_version, salt FROM salts"
                    " WHERE stream IN (SELECT value FROM json_each(?))"
                    " ORDER BY stream, from_version",
                    (wanted,),
                )
            )

    def provide(self, fresh: Sequence[tuple[str, int, bytes]]) -> Sequence[tuple[str, int, bytes]]:
        """Keep new salts: (stream, good from this version on, salt). Durable on return."""
        with self._lock, transaction(self._connection):
            # A row that is there already was left by an append that failed: no fact was sealed with
            # it.
            self._connection.executemany("INSERT OR REPLACE INTO salts VALUES (?, ?, ?)", fresh)
        return fresh

    def shred(self, streams: Sequence[str]) -> int:
        """Destroy the salts of these streams; how many there were. Durable on return.

        Raises sqlite3.OperationalError when a reader keeps the old page alive: shred again.
        """
        with self._lock:
            with transaction(self._connection):
                done = self._connection.execute(
                    "UPDATE salts SET salt = NULL WHERE salt IS NOT NULL"
                    " AND stream IN (SELECT value FROM json_each(?))",
                    (_encode(streams).decode(),),
                ).rowcount
            self._forget_pages()
        return done

    def keep(self, rows: Sequence[tuple[str, int, bytes | None]]) -> None:
        """Salts as another store has them: (stream, good from this version on, None: shredded).

        Durable on return. Raises sqlite3.OperationalError as `shred` does.
        """
        with self._lock:
            with transaction(self._connection):
                self._connection.executemany("INSERT OR REPLACE INTO salts VALUES (?, ?, ?)", rows)
            if any(salt is None for _, _, salt in rows):
                self._forget_pages()

    def _forget_pages(self) -> None:
        """A salt that was destroyed would live on in the log until it is overwritten."""
        busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise sqlite3.OperationalError("shredded, but a reader holds the old page: shred again")

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._connection.close()


def missing_salts(salts: Salts, places: Iterable[Place]) -> dict[str, int]:
    """Streams that need a new salt for these places, with the first version that needs it."""
    needed: dict[str, int] = {}
    for place in places:
        if not isinstance(salts.of(place), bytes):
            needed[place.stream] = min(place.version, needed.get(place.stream, place.version))
    return needed


@dataclass(unsafe_hash=True, kw_only=True)
class SealBroken(Refusal):
    """A box does not open: its key is missing, or it was sealed for another place, or changed."""

    fact_id: str
    reason: str
