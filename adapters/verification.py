"""Does a store hold what it promises? Everything wrong with it, as data.

database        SQLite finds a file damaged
position        positions do not count from 1 without a gap
version         versions of a stream do not count from 1 without a gap, or against the order of
                positions
time            recorded time falls
fact            a fact cannot be read: unknown topic, one from the future, or broken bytes
seal            a box does not open, and was not shredded
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Literal

from adapters.codec import Row, UnreadableFact, open_envelope
from adapters.sealing import Place, Salts, SealBroken, Shredded
from adapters.sqlite_facts import SqliteFactStore

FINDINGS_MAX = 1_000
"""Findings that are listed; one is enough to distrust a store."""

Progress = Callable[[int, int], None]
"""Called with what is done and what there is in all: facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: `place` is a file, a position or a fact id."""

    kind: Literal["database", "position", "version", "time", "fact", "seal"]
    place: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was looked at, and what is wrong.

    Without findings, every fact reads, and every box opens or was shredded.
    """

    facts: int
    streams: int
    boxes_opened: int
    boxes_shredded: int
    findings: tuple[Finding, ...]


def verify(store: SqliteFactStore, *, progress: Progress | None = None) -> Verification:
    """Look at every fact up to the store's head. Changes nothing; writers may go on.

    Raises StoreUnusable.
    """
    check = _Check(store, progress)
    findings = tuple(islice(check.findings(), FINDINGS_MAX))
    return Verification(
        facts=check.counted["facts"],
        streams=check.counted["streams"],
        boxes_opened=check.counted["opened"],
        boxes_shredded=check.counted["shredded"],
        findings=findings,
    )


class _Check:
    def __init__(self, store: SqliteFactStore, progress: Progress | None) -> None:
        self._store = store
        self._progress = progress
        self._head = store.head()
        self.counted: Counter[str] = Counter()

    def findings(self) -> Iterator[Finding]:
        damage = [
            *_damage(self._store.folder.facts),
            *_damage(self._store.folder.keys),
        ]
        yield from damage
        if not damage:  # what a damaged file says is no evidence
            yield from self._versions()
            yield from self._facts()

    def _versions(self) -> Iterator[Finding]:
        """Walks the index of streams and versions, which holds the positions too."""
        with closing(_connected(self._store.folder.facts)) as connection:
            rows = connection.execute(
                "SELECT originator_id, originator_version, rowid FROM stored_events"
                " WHERE rowid <= ? ORDER BY originator_id, originator_version",
                (self._head,),
            )
            for stream, facts in groupby(rows, key=itemgetter(0)):
                self.counted["streams"] += 1
                last = 0
                for expected, (_, version, position) in enumerate(facts, start=1):
                    if version != expected or position <= last:
                        detail = f"expected version {expected}, at a position after {last}"
                        yield Finding(kind="version", place=f"{stream}@{version}", detail=detail)
                        break
                    last = position

    def _facts(self) -> Iterator[Finding]:
        expected, last_ms = 1, 0
        for page in self._store.pages(through=self._head):
            salts = self._store.keys.salts({row.stream for row in page})
            for row in page:
                if row.position != expected:
                    detail = f"expected position {expected}"
                    yield Finding(kind="position", place=str(row.position), detail=detail)
                expected = row.position + 1
                try:
                    recorded_ms = self._read(row, salts)
                except (UnreadableFact, SealBroken) as error:
                    yield _unreadable(row, error)
                    continue
                if recorded_ms < last_ms:
                    detail = f"recorded {last_ms - recorded_ms} ms before the fact before it"
                    yield Finding(kind="time", place=row.fact_id, detail=detail)
                last_ms = max(last_ms, recorded_ms)
            self.counted["facts"] += len(page)
            if self._progress is not None:
                self._progress(self.counted["facts"], self._head)

    def _read(self, row: Row, salts: Salts) -> int:
        envelope = open_envelope(row)
        personal: bytes | None = None
        if envelope.p is not None:
            place = Place(row.stream, row.version, row.topic)
            opened = salts.opened(envelope.p, place=place, vault=self._store.vault)
            personal = None if isinstance(opened, Shredded) else opened
            self.counted["shredded" if personal is None else "opened"] += 1
        self._store.registry.recorded(row, envelope, personal=personal)
        return envelope.rec


def _unreadable(row: Row, error: UnreadableFact | SealBroken) -> Finding:
    kind: Literal["seal", "fact"] = "seal" if isinstance(error, SealBroken) else "fact"
    return Finding(kind=kind, place=row.fact_id, detail=str(error))


def _damage(file: Path) -> Iterator[Finding]:
    try:
        with closing(_connected(file)) as connection:
            said = [line for (line,) in connection.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        said = [str(error)]
    if said != ["ok"]:
        yield from (Finding(kind="database", place=str(file), detail=line) for line in said)


def _connected(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, isolation_level=None)
