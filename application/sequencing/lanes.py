"""Which lane a stream is numbered in: a hash of its name, by the number of lanes of the epoch.

One lane is one chain of pages, and one order. Order across lanes is not promised. The number of
lanes is a fact (domain/log_lanes.py) and holds for an epoch: raising it ends every lane of the old
epoch first, each with a closed page, and only then the new epoch opens, with lanes whose numbers
follow. So no stream is ever numbered in two epochs at once, and whoever still believes in the old
one finds it closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

HASH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of an epoch: `count` of them, numbered from `first` on."""

    first: int
    count: int

    def of(self, stream: str) -> int:
        """The lane of a stream: the same in every process and every release."""
        return self.first + share_of(stream, self.count)

    def all(self) -> range:
        """The numbers of all lanes."""
        return range(self.first, self.first + self.count)


def share_of(stream: str, count: int) -> int:
    """BLAKE2b over the UTF-8 of the stream's name, 8 bytes, big-endian, modulo `count`."""
    if count == 1:
        return 0
    digest = blake2b(stream.encode(), digest_size=HASH_BYTES).digest()
    return int.from_bytes(digest) % count
