"""Keys that say nothing: what items share is filed under a keyed hash of it.

An index of accounts and tax ids would be one of persons. Who holds the index alone can neither read
what stands under a key nor try whether somebody is there.

    key     HMAC-SHA256(secret, "k" + family + "|" + value), its first 16 bytes
    mark    HMAC-SHA256(secret, "m" + text), its first 4: marks that look alike cost a look
    secret  HMAC-SHA256(master key, "conciliar/match-keys/1|" + tenant)
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from domain.match_keys import Key

KEY_BYTES = 16
MARK_BYTES = 4

_PURPOSE = b"conciliar/match-keys/1|"


class Blinding:
    """Hashes of one tenant's keys."""

    def __init__(self, *, master_key: bytes, tenant: str) -> None:
        """`master_key` is that of the sealed fields."""
        secret = hmac.digest(master_key, _PURPOSE + tenant.encode(), "sha256")
        self._keyed = hmac.new(secret, digestmod="sha256")

    def key(self, key: Key) -> bytes:
        """KEY_BYTES that stand for a key."""
        return self._hash(f"k{key.family}|{key.value}")[:KEY_BYTES]

    def mark(self, text: str) -> bytes:
        """MARK_BYTES that stand for a mark."""
        return self._hash(f"m{text}")[:MARK_BYTES]

    def marks(self, texts: Iterable[str]) -> bytes:
        """Those of some marks, one behind the other."""
        return b"".join([self.mark(text) for text in texts])

    def _hash(self, text: str) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(text.encode())
        return keyed.digest()


def has_mark(marks: bytes, mark: bytes) -> bool:
    """Whether a mark is among those that stand one behind the other."""
    return any(
        marks[start : start + MARK_BYTES] == mark for start in range(0, len(marks), MARK_BYTES)
    )
