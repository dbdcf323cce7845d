"""The fact store on DynamoDB, behind the same port as the embedded one.

Numbered inline, one append is one transaction: the commits, and the page of the log that numbers
them. Numbered by the stream, it is the commits alone, announced before: one conditional put for one
commit; a sequencer numbers them later, into the same pages. Before either, in this order: streams
must end where the commits expect it, keys that are new become durable, and personal fields are
sealed. What the facts of a commit have in common (who, why, when) is stored
once; read again, they are what the embedded store would have stored, to the byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Literal

import msgspec

from adapters.closing import Closing
from adapters.codec import Envelope, Registry, Row
from adapters.dynamodb.appending import Appender, InlineLog, NewCommit
from adapters.dynamodb.calls import BATCH_ITEMS_MAX, Calls
from adapters.dynamodb.items import (
    Authorship,
    CommitItem,
    CommitRef,
    StoredFact,
    stream_key,
    stream_of,
)
from adapters.dynamodb.keys import DynamoKeyStore, Wrapping
from adapters.dynamodb.reading import Reader
from adapters.dynamodb.sizes import TRANSACTION_ITEMS_MAX
from adapters.dynamodb.tables import Tables
from adapters.dynamodb.tenant_log import STREAMS_AT_ONCE, TenantLog
from adapters.dynamodb_refusals import ItemBroken
from adapters.fact_sealing import Draft, Sealer
from adapters.sealing import Vault
from adapters.topics import REGISTRY
from application.ports import NO_POSITION_YET, Clock, Commit, Entropy
from application.sequencing.model import LaneClosed
from domain.facts import Recorded

_encode = msgspec.json.Encoder().encode


Numbering = Literal["inline", "stream"]


class DynamoFactStore(Closing):
    """A FactStore of one tenant. Safe to share among threads and processes.

    A tenant is numbered in one way by everybody who writes to it. Of facts that are numbered by the
    stream, a stream does not know the positions: they read as NO_POSITION_YET there.
    """

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
        numbering: Numbering = "inline",
        wrapping: Wrapping | None = None,
    ) -> None:
        """`master_key` is what the data keys are made of; 32 bytes, kept elsewhere.

        With `wrapping`, each stream's salt is stored as somebody else wrapped it.

        Raises KeyUnusable for what is no tenant.
        """
        self.reader = Reader(calls, tables=tables, tenant=tenant)
        self._numbered_later = TenantLog(calls, tables=tables, tenant=tenant, clock=clock)
        self.numbers_at_once = numbering == "inline"
        self.log: Appender
        if self.numbers_at_once:
            self.log = InlineLog(self.reader, clock=clock)
            self.commits_max = TRANSACTION_ITEMS_MAX - 1  # and the page
        else:
            announcer = self._numbered_later.announcer()
            self.log = Appender(self.reader, clock=clock, announcer=announcer)
            self.commits_max = TRANSACTION_ITEMS_MAX
        self.keys = DynamoKeyStore(calls, tables=tables, tenant=tenant, wrapping=wrapping)
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
        stored = map(stored_fact, drafts, nonces, boxes)
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
        return tuple(
            draft.recorded(
                position=_nth(appended.position, number),
                recorded_at_ms=appended.recorded_at_ms,
                nonce=nonce,
            )
            for number, (draft, nonce) in enumerate(zip(drafts, nonces, strict=True))
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
        rows = [pair for commit in commits for pair in rows_of(commit, position=commit.position)]
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

        With `sealed`, personal fields stay sealed and read as None. Raises LaneClosed where the log
        goes on in several lanes: they have no order among them (record 0014).
        """
        return self._facts(after=after, through=self.head(), sealed=sealed)

    def written(self, *, sealed: bool = False) -> Iterator[Recorded]:
        """All facts in order of position, and those that were written and have none yet."""
        if self.numbers_at_once:
            return self.facts(sealed=sealed)
        # First the streams, then the end of the log: what is numbered in between is read once.
        streams = self._numbered_later.announced()
        return self._written(streams, through=self.head(), sealed=sealed)

    def _written(
        self, streams: frozenset[str], *, through: int, sealed: bool
    ) -> Iterator[Recorded]:
        known: dict[str, int] = {}
        for recorded in self._facts(after=0, through=through, sealed=sealed):
            if recorded.stream in streams:
                known[recorded.stream] = recorded.version
            yield recorded
        waiting = self._numbered_later.waiting(streams, known=known)
        rows = [pair for commit in waiting for pair in rows_of(commit, position=None)]
        yield from self._read(rows, sealed=sealed)

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
        """The last position, 0 in an empty store. Raises LaneClosed as `facts` does."""
        page = self.reader.last_page()
        if page is not None and page.is_closed:
            raise LaneClosed(lane=page.lane)
        return 0 if page is None else page.next_position - 1

    def numbered_by(self, stream: str, version: int) -> int | None:
        """A position up to which everybody has read this fact; None while it has none."""
        if self._numbered_later.marks.read([stream]).get(stream, 0) < version:
            return None
        return self.head()

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


def _nth(first: int | None, number: int) -> int:
    return NO_POSITION_YET if first is None else first + number


def rows_of(commit: CommitItem, *, position: int | None) -> Iterator[tuple[Row, Envelope]]:
    """The facts of a commit as the codec knows them. Raises ItemBroken for a recorder's commit."""
    if commit.authorship is None:
        raise ItemBroken(place=f"{commit.key}/{commit.version}", reason="nobody's word is on it")
    business_time, context = commit.authorship.business_time, commit.authorship.context
    stream = str(stream_of(commit.key))
    for number, fact in enumerate(commit.facts):
        place = _nth(position, number)
        row = Row(place, stream, commit.version + number, fact.topic, fact.state)
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
