"""The salts of data keys, one item a stream: the table `keys`.

A salt that was shredded leaves its entry without the salt, so that what was shredded on purpose and
what was lost read differently, as in the embedded store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.dynamodb.calls import ABSENT, Calls, Put
from adapters.dynamodb.items import KEY, WRITE_ID_BYTES, Item, stream_key, stream_of
from adapters.dynamodb.tables import Tables
from adapters.fact_sealing import FreshSalt
from adapters.sealing import Entry, Salts
from application.ports import StoreBusy

CHANGES_TRIED_MAX = 10
"""Times that one stream's salts are changed against others who change them too."""


class DynamoKeyStore:
    """The salts of one tenant's streams. Safe to share among threads and processes."""

    def __init__(self, calls: Calls, *, tables: Tables, tenant: str) -> None:
        """Holds no salt itself: what is shredded anywhere is gone here too."""
        self._calls = calls
        self._table = tables.named("keys")
        self._tenant = tenant

    def salts(self, streams: Iterable[str]) -> Salts:
        """The salts that these streams have."""
        return Salts(
            (stream, version, salt)
            for stream, entries in self._read(streams).items()
            for version, salt in entries
        )

    def provide(self, fresh: Sequence[FreshSalt]) -> Sequence[FreshSalt]:
        """Keep new salts; those that count, which another process may have been quicker to give."""
        return [each for salt in fresh if (each := self._provided(*salt)) is not None]

    def _provided(self, stream: str, from_version: int, salt: bytes) -> FreshSalt | None:
        for attempt in range(CHANGES_TRIED_MAX):
            self._calls.pause(attempt)
            entries = self._read([stream]).get(stream, [])
            good = [entry for entry in entries if entry[0] <= from_version]
            if good and good[-1][1] is not None:
                return stream, good[-1][0], good[-1][1]
            # An entry without a salt at this very version was shredded before any fact had it.
            kept = [entry for entry in entries if entry[0] != from_version]
            changed = sorted([*kept, (from_version, salt)], key=lambda entry: entry[0])
            if self._put(stream, entries, changed):
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
            there = sum(salt is not None for _, salt in entries)
            if not there or self._put(stream, entries, [(version, None) for version, _ in entries]):
                return there
        raise StoreBusy(place=self._table, reason="others always come first")

    def keep(self, stream: str, entries: Sequence[Entry]) -> None:
        """Salts as another store has them, in place of those of the same versions. Durable."""
        for attempt in range(CHANGES_TRIED_MAX):
            self._calls.pause(attempt)
            before = self._read([stream]).get(stream, [])
            after = sorted((dict(before) | dict(entries)).items())
            if after == before or self._put(stream, before, after):
                return
        raise StoreBusy(place=self._table, reason="others always come first")

    def _put(self, stream: str, before: Sequence[Entry], after: Sequence[Entry]) -> bool:
        """Whether the stream's entries were still what was read, and now are what is wanted."""
        write_id = self._calls.entropy.token_bytes(WRITE_ID_BYTES)
        item = {
            KEY: {"S": stream_key(self._tenant, stream)},
            "k": {"L": [_entry_value(entry) for entry in after]},
            "w": {"B": write_id},
        }
        known = {":before": {"L": [_entry_value(entry) for entry in before]}}
        put = (
            Put(self._table, item, condition="k = :before", values=known)
            if before
            else Put(self._table, item, condition=ABSENT)
        )
        return self._calls.write([put], write_id=write_id, token=write_id.hex()) is None

    def _read(self, streams: Iterable[str]) -> Mapping[str, list[Entry]]:
        keys = [{KEY: {"S": stream_key(self._tenant, stream)}} for stream in sorted(set(streams))]
        return {
            str(stream_of(item[KEY]["S"])): [_entry(value) for value in item["k"]["L"]]
            for item in self._calls.fetch(self._table, keys)
        }


def _entry_value(entry: Entry) -> Item:
    version, salt = entry
    stored: Item = {"v": {"N": str(version)}}
    if salt is not None:
        stored["s"] = {"B": salt}
    return {"M": stored}


def _entry(value: Mapping[str, Any]) -> Entry:
    stored = value["M"]
    return int(stored["v"]["N"]), stored["s"]["B"] if "s" in stored else None
