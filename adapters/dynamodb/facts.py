"""The fact store on DynamoDB, behind the same port as the embedded one.

One append is one transaction: the commits, and the page of the log that numbers them. Before it,
in this order: streams must end where the commits expect it, keys that are new become durable, and
personal fields are sealed. What the facts of a commit have in common (who, why, when) is stored
once; read again, they are what the embedded store would have stored, to the byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import msgspec

from adapters.closing import Closing
from adapters.codec import Envelope, Registry, Row
from adapters.dynamodb.appending import InlineLog, NewCommit
from adapters.dynamodb.calls import BATCH_ITEMS_MAX, Calls
from adapters.dynamodb.items import (
    Authorship,
    CommitItem,
    CommitRef,
    StoredFact,
    stream_key,
    stream_of,
)
from adapters.dynamodb.keys import DynamoKeyStore
from adapters.dynamodb.reading import Reader
from adapters.dynamodb.tables import Tables
from adapters.dynamodb_refusals import ItemBroken
from adapters.fact_sealing import Draft, Sealer
from adapters.sealing import Vault
from adapters.topics import REGISTRY
from application.ports import Clock, Commit, Entropy
from domain.facts import Recorded

STREAMS_AT_ONCE = 8
"""Streams that are read at the same time."""

_encode = msgspec.json.Encoder().encode


class DynamoFactStore(Closing):
    """A FactStore of one tenant, numbered inline. Safe to share among threads and processes."""

    def __init__(
        self,
        calls: Calls,
        *,
        tables: Tables,
        tenant: str,
        master_key: bytes,
        clock: Clock,
        entropy: Entropy,
        registry: Registry = REGISTRY,
    ) -> None:
        """`master_key` is what the data keys are made of; 32 bytes, kept elsewhere.

        Raises KeyUnusable for what is no tenant.
        """
        self.reader = Reader(calls, tables=tables, tenant=tenant)
        self.log = InlineLog(self.reader, clock=clock)
        self.keys = DynamoKeyStore(calls, tables=tables, tenant=tenant)
        self._sealer = Sealer(
            keys=self.keys,
            vault=Vault(master_key=master_key, tenant=tenant),
            entropy=entropy,
            registry=registry,
        )

    # Writing.

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        """Append all commits in one transaction, or none. Durable on return.

        Commits to one stream follow each other. Raises VersionConflict; AppendTooLarge before
        anything is sent; StoreBusy where nothing was written; WriteUnknown where nobody knows.
        """
        self.log.tails.demand(
            CommitRef(self._key(each.stream), each.expected_version + 1, len(each.facts))
            for each in commits
        )
        drafts = self._sealer.drafts(commits)
        if not drafts:
            return ()
        nonces, boxes = self._sealer.sealed(drafts)
        stored = map(stored_fact, drafts, nonces, [boxes.get(draft.place) for draft in drafts])
        appended = self.log.append(
            [
                NewCommit(
                    self._key(each.stream),
                    each.expected_version + 1,
                    tuple(islice(stored, len(each.facts))),
                    Authorship(each.business_time, each.context),
                )
                for each in commits
                if each.facts
            ]
        )
        assert appended.position is not None, "an inline log numbers what it writes"
        return tuple(
            draft.recorded(position=position, recorded_at_ms=appended.recorded_at_ms, nonce=nonce)
            for position, (draft, nonce) in enumerate(
                zip(drafts, nonces, strict=True), start=appended.position
            )
        )

    def shred(self, streams: Iterable[str]) -> int:
        """Destroy the keys of what was recorded so far in these streams; how many keys there were.

        Personal fields of those facts read as None from now on, in every process, and for ever:
        except where a backup of the keys' table still holds them.
        """
        return self.keys.shred(streams)

    def _key(self, stream: str) -> str:
        return stream_key(self.reader.tenant, stream)

    # Reading.

    def stream(self, stream: str, *, through_version: int | None = None) -> tuple[Recorded, ...]:
        """The facts of one stream in order; empty where there is none."""
        commits = self.reader.commits(self._key(stream), last=through_version)
        rows = [pair for commit in commits for pair in rows_of(commit, position=_position(commit))]
        if through_version is not None:
            rows = [pair for pair in rows if pair[0].version <= through_version]
        return tuple(self._read(rows))

    def streams(self, streams: Iterable[str]) -> Mapping[str, tuple[Recorded, ...]]:
        """The facts of those streams that exist."""
        names = sorted(set(streams))
        with ThreadPoolExecutor(max_workers=STREAMS_AT_ONCE) as readers:
            found = zip(names, readers.map(self.stream, names), strict=True)
            return {stream: facts for stream, facts in found if facts}

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        """All facts after a position, in order, as of the call.

        With `sealed`, personal fields stay sealed and read as None.
        """
        return self._facts(after=after, through=self.head(), sealed=sealed)

    def _facts(self, *, after: int, through: int, sealed: bool) -> Iterator[Recorded]:
        if after >= through:
            return
        commits = self.reader.numbered(after + 1, through=through)
        while batch := list(islice(commits, BATCH_ITEMS_MAX)):
            rows = [
                pair
                for position, commit in batch
                for pair in rows_of(commit, position=position)
                if after < pair[0].position <= through
            ]
            yield from self._read(rows, sealed=sealed)

    def head(self) -> int:
        """The last position, 0 in an empty store."""
        page = self.reader.last_page()
        return 0 if page is None else page.next_position - 1

    def _read(
        self, rows: Sequence[tuple[Row, Envelope]], *, sealed: bool = False
    ) -> Iterator[Recorded]:
        return self._sealer.read(
            [row for row, _ in rows], [envelope for _, envelope in rows], sealed=sealed
        )

    # Its end.

    def close(self) -> None:
        """Let the connections go; what was appended is durable already."""
        self.reader.calls.client.close()


def stored_fact(draft: Draft, nonce: bytes, box: bytes | None) -> StoredFact:
    """What is stored of a fact: its public fields, and its box."""
    return StoredFact(draft.place.topic, _encode(draft.split.public), nonce, box)


def _position(commit: CommitItem) -> int:
    if commit.position is None:
        raise ItemBroken(place=f"{commit.key}/{commit.version}", reason="it was never numbered")
    return commit.position


def rows_of(commit: CommitItem, *, position: int) -> Iterator[tuple[Row, Envelope]]:
    """The facts of a commit as the codec knows them. Raises ItemBroken for a recorder's commit."""
    if commit.authorship is None:
        raise ItemBroken(place=f"{commit.key}/{commit.version}", reason="nobody's word is on it")
    business_time, context = commit.authorship.business_time, commit.authorship.context
    stream = str(stream_of(commit.key))
    for number, fact in enumerate(commit.facts):
        row = Row(position + number, stream, commit.version + number, fact.topic, fact.state)
        yield (
            row,
            Envelope(
                at=business_time,
                rec=commit.recorded_at_ms,
                cmd=context.command_id,
                cor=context.correlation_id,
                cau=context.causation_id,
                act=context.actor,
                auth=context.authority,
                src=context.sources,
                x=fact.nonce or b"",
                f=msgspec.Raw(fact.state),
                p=fact.box,
            ),
        )
