"""The embedded store as an end of a copy.

It does not keep what was committed together: facts that stand together with one command id and one
recorded time count as one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby

from adapters.codec import Row, open_envelope
from adapters.sealing import Salts
from adapters.sqlite_facts import SqliteFactStore, usable
from adapters.store_copy import Transaction
from application.ports import StoreUnusable


class SqliteEnd:
    """A store's folder, to be copied from or into."""

    def __init__(self, store: SqliteFactStore) -> None:
        """The store stays its opener's to close."""
        self._store = store

    @property
    def name(self) -> str:
        """The folder."""
        return str(self._store.folder.path)

    def head(self) -> int:
        """The last position, 0 in an empty store."""
        return self._store.head()

    def transactions(self, *, after: int, through: int) -> Iterator[Transaction]:
        """The facts of positions after < p ≤ through. Raises StoreUnusable, BrokenState."""
        rows = chain.from_iterable(self._store.pages(after=after, through=through))
        return (tuple(group) for _, group in groupby(rows, key=_command))

    def write(self, transactions: Sequence[Transaction]) -> None:
        """Append all of them at once. Raises StoreUnusable where the store ends elsewhere."""
        rows = [*chain.from_iterable(transactions)]
        facts = self._store.folder.facts
        with usable(facts), self._store.recorder.writing() as writing:
            last = writing.last()
            head = 0 if last is None else last.position
            if head != rows[0].position - 1:
                reason = f"somebody else wrote to it: it ends at {head}"
                raise StoreUnusable(path=self.name, reason=reason)
            versions = writing.versions({row.stream for row in rows})
            for row in rows:
                if versions.get(row.stream, 0) != row.version - 1:
                    reason = f"position {row.position}: {row.fact_id} does not follow on"
                    raise StoreUnusable(path=self.name, reason=reason)
                versions[row.stream] = row.version
            writing.insert([(row.stream, row.version, row.topic, row.state) for row in rows])

    def salts(self, streams: Iterable[str]) -> Salts:
        """The salts that these streams have."""
        with usable(self._store.folder.keys):
            return self._store.keys.salts(streams)

    def keep_salts(self, rows: Sequence[tuple[str, int, bytes | None]]) -> None:
        """Salts as the other store has them, durable on return."""
        with usable(self._store.folder.keys):
            self._store.keys.keep(rows)


def _command(row: Row) -> tuple[int, str]:
    envelope = open_envelope(row)
    return envelope.rec, envelope.cmd
