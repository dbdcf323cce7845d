"""The embedded fact store: the eventsourcing library's SQLite recorder behind our port.

One append is one transaction. Under the write lock, in this order: the versions are checked, the
keys that are new become durable, personal fields are sealed (adapters/fact_sealing.py), the facts
are inserted, and the commit is on the disk before `append` returns. So a kill or a power cut leaves
nothing half, loses nothing acknowledged, and never a fact without its key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import IntegrityError, OperationalError

from adapters.closing import Closing
from adapters.codec import Registry, Row, encode, open_envelope
from adapters.fact_sealing import Draft, Sealer
from adapters.sealing import KeyStore, Vault
from adapters.sqlite_recorder import LOCK_TIMEOUT_S, FactRecorder, Writing, open_recorder
from adapters.store_folder import StoreFolder, open_folder
from adapters.topics import REGISTRY
from application.ports import Clock, Commit, Entropy, Move, StoreUnusable, VersionConflict
from domain.facts import Recorded

WRITE_ATTEMPTS_MAX = 3
"""Times that an append waits for the write lock, each for the whole time-out."""

PAGE_FACTS = 2_000
"""Facts that are read at a time."""

VERSION_MAX = 2**63 - 1

COMMITS_MAX = 10_000
"""Commits of one append: enough to spread the cost of durability, and little to lose."""


class SqliteFactStore(Closing):
    """A FactStore in a folder. Safe to share among threads; several processes may have it open."""

    commits_max = COMMITS_MAX
    numbers_at_once = True

    def __init__(
        self,
        *,
        folder: StoreFolder,
        recorder: FactRecorder,
        keys: KeyStore,
        clock: Clock,
        entropy: Entropy,
        registry: Registry,
    ) -> None:
        """Made by `open`."""
        self.folder = folder
        self.recorder = recorder
        self.keys = keys
        self.registry = registry
        self.vault = Vault(master_key=folder.master_key, tenant=folder.info.tenant)
        self._clock = clock
        self._sealer = Sealer(keys=keys, vault=self.vault, entropy=entropy, registry=registry)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        tenant: str,
        clock: Clock,
        entropy: Entropy,
        create: bool = True,
        master_key: Path | None = None,
        new_key: bytes | None = None,
        lock_timeout_s: int = LOCK_TIMEOUT_S,
        registry: Registry = REGISTRY,
    ) -> SqliteFactStore:
        """The store in `folder`, made when it is not there and `create` allows it.

        `master_key` is the key's file where it does not lie in the folder; `new_key` what a store
        that is made takes for its key, drawn otherwise. Raises StoreUnusable: not a store, another
        tenant's, of a newer format, damaged, or not writable.
        """
        place = open_folder(
            folder,
            tenant=tenant,
            clock=clock,
            entropy=entropy,
            create=create,
            master_key=master_key,
            new_key=new_key,
        )
        with usable(place.keys):
            keys = KeyStore(place.keys, lock_timeout_s=lock_timeout_s)
        try:
            with usable(place.facts):
                recorder = open_recorder(place.facts, lock_timeout_s=lock_timeout_s)
        except StoreUnusable:
            keys.close()
            raise
        return cls(
            folder=place,
            recorder=recorder,
            keys=keys,
            clock=clock,
            entropy=entropy,
            registry=registry,
        )

    # Writing.

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        """Append all commits in one transaction, or none. Durable on return.

        Commits to one stream follow each other. Raises VersionConflict, and StoreUnusable when
        other writers hold the lock for too long or the disk fails.
        """
        with usable(self.folder.facts):
            for _ in range(WRITE_ATTEMPTS_MAX - 1):
                try:
                    return self._append(commits)
                except (OperationalError, sqlite3.OperationalError) as error:
                    if "locked" not in str(error):
                        raise
            return self._append(commits)

    def _append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        if not commits:
            return ()
        try:
            with self.recorder.writing() as writing:
                demand_versions(commits, writing.versions({each.stream for each in commits}))
                return self._insert(writing, self._sealer.drafts(commits))
        except IntegrityError as error:  # the lock makes it impossible; the index makes sure
            first = commits[0]
            raise VersionConflict(
                stream=first.stream, expected_version=first.expected_version
            ) from error

    def _insert(self, writing: Writing, drafts: Sequence[Draft]) -> tuple[Recorded, ...]:
        recorded_at_ms = self._recorded_time(writing.last())
        nonces, boxes = self._sealer.sealed(drafts)
        events = [
            (
                draft.place.stream,
                draft.place.version,
                draft.place.topic,
                encode(
                    business_time=draft.business_time,
                    recorded_at_ms=recorded_at_ms,
                    context=draft.context,
                    nonce=nonce,
                    split=draft.split,
                    box=box,
                ),
            )
            for draft, nonce, box in zip(drafts, nonces, boxes, strict=True)
        ]
        return tuple(
            draft.recorded(position=position, recorded_at_ms=recorded_at_ms, nonce=nonce)
            for draft, nonce, position in zip(drafts, nonces, writing.insert(events), strict=True)
        )

    def _recorded_time(self, last: Row | None) -> int:
        now_ms = self._clock.now_ms()
        return now_ms if last is None else max(now_ms, open_envelope(last).rec)

    def shred(self, streams: Iterable[str]) -> int:
        """Destroy the keys of what was recorded so far in these streams; how many keys there were.

        Personal fields of those facts read as None from now on, in every process, and for ever:
        except where a copy of keys.sqlite was kept. Raises StoreUnusable.
        """
        with usable(self.folder.keys):
            return self.keys.shred(sorted(set(streams)))

    # Reading.

    def stream(self, stream: str, *, through_version: int | None = None) -> tuple[Recorded, ...]:
        """The facts of one stream in order; empty where there is none."""
        last = VERSION_MAX if through_version is None else through_version
        with usable(self.folder.facts):
            rows = self.recorder.rows_of([stream], through_version=last)
        return tuple(self._read(rows))

    def streams(self, streams: Iterable[str]) -> Mapping[str, tuple[Recorded, ...]]:
        """The facts of those streams that exist."""
        with usable(self.folder.facts):
            rows = self.recorder.rows_of(set(streams), through_version=VERSION_MAX)
        return {
            stream: tuple(group)
            for stream, group in groupby(self._read(rows), key=attrgetter("stream"))
        }

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        """All facts after a position, in order, as of the call.

        With `sealed`, personal fields stay sealed and read as None.
        """
        return self._facts(after=after, through=self.head(), sealed=sealed)

    def _facts(self, *, after: int, through: int, sealed: bool) -> Iterator[Recorded]:
        for page in self.pages(after=after, through=through):
            yield from self._read(page, sealed=sealed)

    def pages(self, *, after: int = 0, through: int) -> Iterator[list[Row]]:
        """Facts as they are stored, of positions after < p ≤ through, a page at a time."""
        while after < through:
            with usable(self.folder.facts):
                page = self.recorder.rows(after=after, through=through, limit=PAGE_FACTS)
            if not page:
                return
            yield page
            after = page[-1].position

    def written(self, *, sealed: bool = False) -> Iterator[Move]:
        """All facts: what is written here has its position at once."""
        return self._moves(through=self.head(), sealed=sealed)

    def _moves(self, *, through: int, sealed: bool) -> Iterator[Move]:
        for page in self.pages(through=through):
            with usable(self.folder.keys):
                moves = self._sealer.moves(page, sealed=sealed)
            yield from moves

    def head(self) -> int:
        """The last position, 0 in an empty store."""
        with usable(self.folder.facts):
            return self.recorder.max_notification_id() or 0

    def _read(self, rows: Sequence[Row], *, sealed: bool = False) -> Iterator[Recorded]:
        """Raises UnreadableFact, SealBroken."""
        envelopes = [open_envelope(row) for row in rows]
        with usable(self.folder.keys):
            return self._sealer.read(rows, envelopes, sealed=sealed)

    # Its end.

    def close(self) -> None:
        """Let the files go; what was appended is durable already."""
        self.recorder.datastore.close()
        self.keys.close()


def demand_versions(commits: Iterable[Commit], versions: Mapping[str, int]) -> None:
    """Each stream must stand where its commit expects it: neither a taken version nor a gap."""
    running = dict(versions)
    for commit in commits:
        if running.get(commit.stream, 0) != commit.expected_version:
            raise VersionConflict(stream=commit.stream, expected_version=commit.expected_version)
        running[commit.stream] = commit.expected_version + len(commit.facts)


@contextmanager
def usable(path: Path) -> Generator[None]:
    """Whatever SQLite or the library finds wrong with a file becomes StoreUnusable."""
    try:
        yield
    except (EventSourcingError, sqlite3.Error) as error:
        raise StoreUnusable(path=str(path), reason=str(error) or type(error).__name__) from error
