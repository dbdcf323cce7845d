"""The salts of data keys, one item a stream: the table `keys`.

A salt that was shredded leaves its entry without the salt, so that what was shredded on purpose and
what was lost read differently, as in the embedded store. A salt lies there as it is (`s`), or
wrapped (`x`) where a wrapping is given; either is read beside the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from adapters.dynamodb.calls import ABSENT, Calls, Put
from adapters.dynamodb.items import KEY, WRITE_ID_BYTES, Item, stream_key, stream_of
from adapters.dynamodb.tables import Tables
from adapters.fact_sealing import FreshSalt
from adapters.sealing import Entry, Salts
from application.ports import StoreBusy, StoreUnusable

CHANGES_TRIED_MAX = 10
"""Times that one stream's salts are changed against others who change them too."""


class Wrapping(Protocol):
    """Makes of a salt what only somebody else can read, bound to its stream."""

    def wrap(self, salt: bytes, *, stream: str) -> bytes:
        """The salt, wrapped."""
        ...

    def unwrap(self, wrapped: bytes, *, stream: str) -> bytes:
        """What was wrapped for this stream."""
        ...


class DynamoKeyStore:
    """The salts of one tenant's streams. Safe to share among threads and processes."""

    def __init__(
        self, calls: Calls, *, tables: Tables, tenant: str, wrapping: Wrapping | None = None
    ) -> None:
        """Holds no salt itself: what is shredded anywhere is gone here too."""
        self._calls = calls
        self._wrapping = wrapping
        self._table = tables.named("keys")
        self._tenant = tenant

    def salts(self, streams: Iterable[str]) -> Salts:
        """The salts that these streams have."""
        return Salts(
            (stream, version, salt)
            for stream, entries in self._read(streams).items()
            for version, salt in self._plain(stream, entries)
        )

    def provide(self, fresh: Sequence[FreshSalt]) -> Sequence[FreshSalt]:
        """Keep new salts; those that count, which another process may have been quicker to give."""
        return [each for salt in fresh if (each := self._provided(*salt)) is not None]

    def _provided(self, stream: str, from_version: int, salt: bytes) -> FreshSalt | None:
        for attempt in range(CHANGES_TRIED_MAX):
            self._calls.pause(attempt)
            entries = self._read([stream]).get(stream, [])
            good = [entry for entry in self._plain(stream, entries) if entry[0] <= from_version]
            if good and good[-1][1] is not None:
                return stream, good[-1][0], good[-1][1]
            # An entry without a salt at this very version was shredded before any fact had it.
            kept = {_version(entry): entry for entry in entries}
            changed = kept | {from_version: self._stored(stream, (from_version, salt))}
            if self._put(stream, entries, [changed[version] for version in sorted(changed)]):
                return stream, from_version, salt
        raise StoreBusy(place=self._table, reason="others always come first")

    def shred(self, streams: Iterable[str]) -> int:
        """Destroy the salts of these streams; how many there were. Durable on return.

        Copies in the table's backups last for as long as those are kept (docs/dynamodb.md).
        """
        return sum(map(self._shredded, sorted(set(streams))))

    def _shredded(self, stream: str) -> int:
        for attempt in range(CHANGES_TRIED_MAX):
            self._calls.pause(attempt)
            entries = self._read([stream]).get(stream, [])
            there = sum(not _is_shredded(entry) for entry in entries)
            shredded = [self._stored(stream, (_version(entry), None)) for entry in entries]
            if not there or self._put(stream, entries, shredded):
                return there
        raise StoreBusy(place=self._table, reason="others always come first")

    def keep(self, stream: str, entries: Sequence[Entry]) -> None:
        """Salts as another store has them, in place of those of the same versions. Durable."""
        for attempt in range(CHANGES_TRIED_MAX):
            self._calls.pause(attempt)
            before = self._read([stream]).get(stream, [])
            known = dict(self._plain(stream, before))
            changed = {_version(entry): entry for entry in before}
            changed |= {
                version: self._stored(stream, (version, salt))
                for version, salt in entries
                if version not in known or known[version] != salt
            }
            after = [changed[version] for version in sorted(changed)]
            if after == before or self._put(stream, before, after):
                return
        raise StoreBusy(place=self._table, reason="others always come first")

    def _put(self, stream: str, before: Sequence[Item], after: Sequence[Item]) -> bool:
        """Whether the stream's entries were still what was read, and now are what is wanted."""
        write_id = self._calls.entropy.token_bytes(WRITE_ID_BYTES)
        item = {
            KEY: {"S": stream_key(self._tenant, stream)},
            "k": {"L": list(after)},
            "w": {"B": write_id},
        }
        known = {":before": {"L": list(before)}}
        put = (
            Put(self._table, item, condition="k = :before", values=known)
            if before
            else Put(self._table, item, condition=ABSENT)
        )
        return self._calls.write([put], write_id=write_id, token=write_id.hex()) is None

    def _read(self, streams: Iterable[str]) -> Mapping[str, list[Item]]:
        """The entries of each stream as they are stored, versions rising."""
        keys = [{KEY: {"S": stream_key(self._tenant, stream)}} for stream in sorted(set(streams))]
        return {
            str(stream_of(item[KEY]["S"])): item["k"]["L"]
            for item in self._calls.fetch(self._table, keys)
        }

    def _stored(self, stream: str, entry: Entry) -> Item:
        version, salt = entry
        stored: Item = {"v": {"N": str(version)}}
        if salt is not None and self._wrapping is not None:
            stored["x"] = {"B": self._wrapping.wrap(salt, stream=stream)}
        elif salt is not None:
            stored["s"] = {"B": salt}
        return {"M": stored}

    def _plain(self, stream: str, entries: Iterable[Item]) -> list[Entry]:
        return [(_version(entry), self._salt(stream, entry["M"])) for entry in entries]

    def _salt(self, stream: str, stored: Mapping[str, Any]) -> bytes | None:
        if "x" not in stored:
            return stored["s"]["B"] if "s" in stored else None
        if self._wrapping is None:
            raise StoreUnusable(path=self._table, reason="its salts are wrapped by KMS")
        return self._wrapping.unwrap(stored["x"]["B"], stream=stream)


def _version(entry: Item) -> int:
    return int(entry["M"]["v"]["N"])


def _is_shredded(entry: Item) -> bool:
    return entry["M"].keys().isdisjoint({"s", "x"})
