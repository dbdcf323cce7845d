"""The store on DynamoDB as an end of a copy.

Each transaction is appended as our own fact store appends, at the time that its facts were recorded
and at the positions that they have, or not at all. One that is larger than DynamoDB takes goes in
several, commits whole. No key is needed: nothing is opened here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, groupby

import msgspec

from adapters.codec import Envelope, Row, Split, encode, open_envelope
from adapters.dynamodb.appending import InlineLog, NewCommit, Write, chunked, fact_bytes
from adapters.dynamodb.calls import Calls, new_client
from adapters.dynamodb.facts import STREAMS_AT_ONCE, rows_of
from adapters.dynamodb.items import Authorship, Page, StoredFact, stream_key
from adapters.dynamodb.keys import DynamoKeyStore
from adapters.dynamodb.reading import Reader
from adapters.dynamodb.sizes import TRANSACTION_ITEMS_MAX
from adapters.dynamodb.tables import Tables
from adapters.sealing import Entry, Salts
from adapters.store_copy import Transaction
from adapters.system import Clock, Entropy
from application.ports import StoreUnusable

PIECE_COMMITS_MAX = TRANSACTION_ITEMS_MAX - 1
"""Commits in one transaction; the page that numbers them is an item too."""

PIECE_BYTES = 2 * 1_024 * 1_024
"""Of facts in one transaction, far enough below what DynamoDB takes."""

Numbered = tuple[int, NewCommit]
"""A commit, and the position of its first fact."""


class DynamoEnd:
    """One tenant's facts in an installation's tables, to be copied from or into."""

    def __init__(self, calls: Calls, *, tables: Tables, tenant: str) -> None:
        """Raises KeyUnusable for what is no tenant."""
        self.name = f"dynamodb:{tables.prefix}"
        self.reader = Reader(calls, tables=tables, tenant=tenant)
        self._log = CopiedLog(self.reader, name=self.name)
        self._keys = DynamoKeyStore(calls, tables=tables, tenant=tenant)

    @classmethod
    def open(cls, prefix: str, *, tenant: str) -> DynamoEnd:
        """By boto3's own variables. Raises StoreUnusable where they are not enough, KeyUnusable."""
        from botocore.exceptions import BotoCoreError

        try:
            client = new_client()
        except (BotoCoreError, ValueError) as error:  # no region; an address that is none
            raise StoreUnusable(path=f"dynamodb:{prefix}", reason=str(error)) from error
        calls = Calls(client, waiting=Clock(), entropy=Entropy())
        return cls(calls, tables=Tables(prefix), tenant=tenant)

    def close(self) -> None:
        """Let the connections go."""
        self.reader.calls.client.close()

    def head(self) -> int:
        """The last position, 0 in an empty store."""
        page = self.reader.last_page()
        return 0 if page is None else page.next_position - 1

    def transactions(self, *, after: int, through: int) -> Iterator[Transaction]:
        """The facts of positions after < p ≤ through; what one append wrote is one transaction."""
        if after >= through:
            return
        commits = self.reader.numbered(after + 1, through=through)
        for _, appended in groupby(commits, key=lambda numbered: numbered[1].write_id):
            yield [
                embedded(row, envelope)
                for position, commit in appended
                for row, envelope in rows_of(commit, position=position)
                if after < row.position <= through
            ]

    def write(self, transactions: Sequence[Transaction]) -> None:
        """Append one after the other. Raises StoreUnusable, StoreBusy, WriteUnknown."""
        # Each is taken apart before any is sent: one that would be changed stops all of them.
        for recorded_at_ms, commits in [
            appended for each in transactions for appended in self._taken_apart(each)
        ]:
            for piece in pieces(commits):
                self._log.append_at(piece, recorded_at_ms=recorded_at_ms)

    def _taken_apart(self, rows: Transaction) -> Iterator[tuple[int, list[Numbered]]]:
        """Commits by recorded time, which is one for all that is appended at once."""
        pairs = [(row, open_envelope(row)) for row in rows]
        for recorded_at_ms, facts in groupby(pairs, key=lambda pair: pair[1].rec):
            yield recorded_at_ms, [*self._commits(facts)]

    def _commits(self, pairs: Iterable[tuple[Row, Envelope]]) -> Iterator[Numbered]:
        # Facts of one commit follow each other in position and in version.
        for (stream, _, authorship), group in groupby(
            pairs, key=lambda pair: (pair[0].stream, _lead(pair[0]), _authorship(pair[1]))
        ):
            facts = [*group]
            first = facts[0][0]
            stored = tuple(self._stored(*fact) for fact in facts)
            key = stream_key(self.reader.tenant, stream)
            yield first.position, NewCommit(key, first.version, stored, authorship)

    def _stored(self, row: Row, envelope: Envelope) -> StoredFact:
        stored = StoredFact(row.topic, bytes(envelope.f), envelope.x, envelope.p)
        public = Row(row.position, row.stream, row.version, row.topic, stored.state)
        if embedded(public, envelope).state != row.state:
            reason = f"{row.fact_id}: DynamoDB would not give its envelope back to the byte"
            raise StoreUnusable(path=self.name, reason=reason)
        return stored

    def salts(self, streams: Iterable[str]) -> Salts:
        """The salts that these streams have."""
        return self._keys.salts(streams)

    def keep_salts(self, rows: Sequence[tuple[str, int, bytes | None]]) -> None:
        """Salts as the other store has them, durable on return."""
        entries: dict[str, list[Entry]] = {}
        for stream, version, salt in rows:
            entries.setdefault(stream, []).append((version, salt))
        with ThreadPoolExecutor(max_workers=STREAMS_AT_ONCE) as writers:
            for _ in writers.map(self._keys.keep, entries, entries.values()):
                pass  # what one of them raises is raised here


class CopiedLog(InlineLog):
    """Appends at a given time and position."""

    def __init__(self, reader: Reader, *, name: str) -> None:
        """`name` is what the store is called in a refusal."""
        self._time = _SourceTime()
        super().__init__(reader, clock=self._time)
        self._name = name
        self._position = 0

    def append_at(self, commits: Sequence[Numbered], *, recorded_at_ms: int) -> None:
        """Append at the first commit's position, or raise StoreUnusable."""
        self._time.ms, self._position = recorded_at_ms, commits[0][0]
        self.append([commit for _, commit in commits])

    def _next(self, write: Write, head: Page | None) -> Page:
        page = super()._next(write, head)
        if page.position != self._position:
            reason = f"somebody else wrote to it: it ends at {page.position - 1}"
            raise StoreUnusable(path=self._name, reason=reason)
        if page.recorded_at_ms != self._time.ms:
            reason = f"position {page.position} was recorded before the one before it"
            raise StoreUnusable(path=self._name, reason=reason)
        return page


class _SourceTime:
    """Tells the time at which the facts at hand were recorded."""

    ms = 0

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return self.ms


def _lead(row: Row) -> int:
    return row.position - row.version


def embedded(row: Row, envelope: Envelope) -> Row:
    """A fact as the embedded store keeps it; `row.state` are the public fields alone."""
    state = encode(
        business_time=envelope.at,
        recorded_at_ms=envelope.rec,
        context=_authorship(envelope).context,
        nonce=envelope.x,
        split=Split(row.topic, msgspec.Raw(row.state), None),
        box=envelope.p,
    )
    return msgspec.structs.replace(row, state=state)


def pieces(commits: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    """Commits in transactions that DynamoDB takes; most often one. Raises AppendTooLarge."""
    piece: list[Numbered] = []
    size = 0
    for position, commit in chain.from_iterable(map(_chunks, commits)):
        weight = sum(map(fact_bytes, commit.facts))
        if len(piece) == PIECE_COMMITS_MAX or (piece and size + weight > PIECE_BYTES):
            yield piece
            piece, size = [], 0
        piece.append((position, commit))
        size += weight
    if piece:
        yield piece


def _chunks(numbered: Numbered) -> Iterator[Numbered]:
    position, commit = numbered
    for chunk in chunked(commit):
        yield position + chunk.version - commit.version, chunk


def _authorship(envelope: Envelope) -> Authorship:
    return Authorship(envelope.at, envelope.context)
