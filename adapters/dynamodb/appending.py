"""Appending: commits follow each other without a gap, and are written all together or not at all.

A commit that begins at version v may be put where the last commit before it ends at v − 1. Commits
are never changed, so what was looked up stays true: only another commit at the same version can
still come in between, and the condition of the put catches it.

    Appender    commits alone; a sequencer numbers them (stream mode)
    Cache       snapshots: no order, no predecessor
    InlineLog   commits and the page that numbers them in one transaction: the page is the counter
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import NamedTuple

import msgspec

from adapters.dynamodb.calls import Calls, Put
from adapters.dynamodb.items import (
    PAGE_POSITIONS_MAX,
    WRITE_ID_BYTES,
    Authorship,
    CommitItem,
    CommitRef,
    Item,
    Page,
    StoredFact,
    encode_commit,
    encode_page,
    mark_write,
    name_of,
    stream_of,
)
from adapters.dynamodb.reading import Reader
from adapters.dynamodb.sizes import (
    ITEM_BYTES_MAX,
    TRANSACTION_BYTES_MAX,
    TRANSACTION_ITEMS_MAX,
    item_bytes,
)
from adapters.dynamodb_refusals import BesideConflict
from application.ports import AppendTooLarge, Clock, StoreBusy, VersionConflict
from application.sequencing.announcing import Announcer
from domain.errors import Refusal

CHUNK_BYTES = 350 * 1_024
"""Of facts in one item; a commit with more is cut into several, one behind the other."""

TAILS_MAX = 10_000
"""Streams whose end is remembered."""

ROUNDS_MAX = 60
"""Times that an append tries to be the next page of the log."""


class NewCommit(msgspec.Struct, frozen=True, gc=False):
    """Facts for one stream, the first of them at `version`."""

    key: str
    version: int
    facts: tuple[StoredFact, ...]
    authorship: Authorship | None = None

    @property
    def ref(self) -> CommitRef:
        """What a page says of it."""
        return CommitRef(self.key, self.version, len(self.facts))


class Appended(msgspec.Struct, frozen=True, gc=False):
    """What an append gave its facts: the first position, None in stream mode, and their time."""

    position: int | None
    recorded_at_ms: int


class End(NamedTuple):
    """Where a stream ends: its last version, and when that was recorded."""

    version: int
    recorded_at_ms: int


class Tails:
    """Where streams end, as far as it is remembered; what is not is looked up."""

    def __init__(self, reader: Reader) -> None:
        """Remembers nothing yet."""
        self._reader = reader
        self._ends: OrderedDict[str, End] = OrderedDict()
        self._lock = Lock()

    def demand(self, commits: Iterable[CommitRef]) -> None:
        """Each commit must begin where its stream ends. Raises VersionConflict."""
        running: dict[str, int] = {}
        for commit in commits:
            before = commit.version - 1
            if commit.key in running:
                follows = running[commit.key] == before
            else:
                end = self._ends.get(commit.key)
                follows = (end is not None and end.version == before) or self._ends_at(commit)
            if not follows:
                raise conflict(commit)
            running[commit.key] = before + commit.count

    def _ends_at(self, commit: CommitRef) -> bool:
        last = self._reader.last_at(commit.key, max(commit.version, 1))
        if last is None:
            return commit.version <= 1  # a stream begins at 1, or at 0 where the library wants it
        self.remember(commit.key, End(last.last, last.recorded_at_ms))
        return last.last == commit.version - 1

    def latest_ms(self, keys: Iterable[str]) -> int:
        """When the last of these streams was written to, of those that `demand` looked at."""
        ends = (self._ends.get(key) for key in keys)
        return max((end.recorded_at_ms for end in ends if end is not None), default=0)

    def remember(self, key: str, end: End) -> None:
        """A stream ends here."""
        with self._lock:
            self._ends[key] = end
            self._ends.move_to_end(key)
            if len(self._ends) > TAILS_MAX:
                self._ends.popitem(last=False)


def conflict(commit: CommitRef) -> VersionConflict:
    """Somebody else wrote first, or there is a gap before this commit."""
    return VersionConflict(stream=str(stream_of(commit.key)), expected_version=commit.version - 1)


class Appender:
    """Writes commits; nobody numbers them here."""

    def __init__(self, reader: Reader, *, clock: Clock, announcer: Announcer | None = None) -> None:
        """Writes where the reader reads; what a sequencer is to number is announced first."""
        self.reader = reader
        self._announcer = announcer
        self.tails = Tails(reader)
        self._calls: Calls = reader.calls
        self._clock = clock

    def append(self, commits: Sequence[NewCommit], *, beside: Sequence[Put] = ()) -> Appended:
        """Write all commits, and what stands beside them, or nothing.

        Raises VersionConflict, BesideConflict, AppendTooLarge, StoreBusy, WriteUnknown.
        """
        write = self._prepared(commits)
        if self._announcer is not None:
            self._announcer.before_writing(name_of(commit.key) for commit in commits)
        latest_ms = self.tails.latest_ms(commit.key for commit in commits)
        now_ms = max(self._clock.now_ms(), latest_ms)
        puts = write.puts(self.reader, position=None, recorded_at_ms=now_ms)
        demand_size(puts, commits)
        there = self._calls.write(
            [*puts, *beside], write_id=write.write_id, token=write.token(round_=0)
        )
        if there is not None:
            raise _refusal(there, write.commits)
        self._remember(write.commits, now_ms)
        return Appended(None, now_ms)

    def _prepared(self, commits: Sequence[NewCommit]) -> Write:
        self.tails.demand(commit.ref for commit in commits)
        chunks = [chunk for commit in commits for chunk in chunked(commit)]
        return Write(self._calls.entropy.token_bytes(WRITE_ID_BYTES), chunks)

    def _remember(self, commits: Iterable[NewCommit], recorded_at_ms: int) -> None:
        for commit in commits:
            end = End(commit.version + len(commit.facts) - 1, recorded_at_ms)
            self.tails.remember(commit.key, end)


class Cache(Appender):
    """Writes commits at whatever version, where none is yet: for what can be made again."""

    def _prepared(self, commits: Sequence[NewCommit]) -> Write:
        places: set[tuple[str, int]] = set()
        for commit in commits:
            if (commit.key, commit.version) in places:
                raise conflict(commit.ref)
            places.add((commit.key, commit.version))
        return Write(self._calls.entropy.token_bytes(WRITE_ID_BYTES), list(commits))


class Write(msgspec.Struct, frozen=True, gc=False):
    """The commits of one append, cut to size, under the id that recognises them."""

    write_id: bytes
    commits: list[NewCommit]

    def token(self, *, round_: int) -> str:
        """Names the transaction of one round: its content differs from that of the others."""
        return f"{self.write_id.hex()}-{round_}"

    def puts(self, reader: Reader, *, position: int | None, recorded_at_ms: int) -> list[Put]:
        """The puts of the commits, numbered from `position` on."""
        table = reader.tables.named(reader.streams)
        puts: list[Put] = []
        for commit in self.commits:
            item = CommitItem(
                key=commit.key,
                version=commit.version,
                write_id=self.write_id,
                recorded_at_ms=recorded_at_ms,
                facts=commit.facts,
                commits=len(self.commits),
                position=position,
                authorship=commit.authorship,
            )
            puts.append(Put(table, encode_commit(item)))
            if position is not None:
                position += len(commit.facts)
        if position is None and len(puts) > 1:  # else the page says what was written together
            mark_write([put.item for put in puts], [commit.ref for commit in self.commits])
        return puts

    def page(self, reader: Reader, *, position: int, recorded_at_ms: int) -> Page:
        """The page that numbers the commits."""
        return Page(
            tenant=reader.tenant,
            lane=reader.lane,
            position=position,
            recorded_at_ms=recorded_at_ms,
            commits=tuple(commit.ref for commit in self.commits),
        )


class InlineLog(Appender):
    """Writes commits and the page that numbers them at once. Contended by nature: one counter."""

    def __init__(self, reader: Reader, *, clock: Clock) -> None:
        """Writes where the reader reads."""
        super().__init__(reader, clock=clock)
        self._turn = Lock()
        self._head: Page | None = None

    def append(self, commits: Sequence[NewCommit], *, beside: Sequence[Put] = ()) -> Appended:
        """As the appender's; the answer carries the position of the first fact."""
        write = self._prepared(commits)
        with self._turn:  # threads of one process need not fight for what one of them knows
            head = self._head or self.reader.last_page()
            for round_ in range(ROUNDS_MAX):
                page = self._next(write, head)
                there = self._write(write, page, beside=beside, round_=round_)
                if there is None:
                    self._head = page
                    self._remember(write.commits, page.recorded_at_ms)
                    return Appended(page.position, page.recorded_at_ms)
                if set(there) != {len(write.commits)}:  # not the page alone
                    self._head = None
                    raise _refusal(there, write.commits)
                self._calls.pause(round_)
                head = self._head = self.reader.last_page()
        raise StoreBusy(place=self.reader.tables.named("log"), reason="others always come first")

    def _next(self, write: Write, head: Page | None) -> Page:
        now_ms = self._clock.now_ms()
        return write.page(
            self.reader,
            position=1 if head is None else head.next_position,
            recorded_at_ms=now_ms if head is None else max(now_ms, head.recorded_at_ms),
        )

    def _write(
        self, write: Write, page: Page, *, beside: Sequence[Put], round_: int
    ) -> Mapping[int, Item] | None:
        if page.count > PAGE_POSITIONS_MAX:
            raise AppendTooLarge(
                stream=str(stream_of(write.commits[0].key)),
                reason=f"{page.count} facts at once; {PAGE_POSITIONS_MAX} at most",
            )
        puts = write.puts(self.reader, position=page.position, recorded_at_ms=page.recorded_at_ms)
        puts.append(Put(self.reader.tables.named("log"), encode_page(page)))
        demand_size([*puts, *beside], write.commits)
        return self._calls.write(
            [*puts, *beside], write_id=write.write_id, token=write.token(round_=round_)
        )


def chunked(commit: NewCommit) -> Iterator[NewCommit]:
    """A commit in pieces that each fit an item. Raises AppendTooLarge for a fact that fits none."""
    start, size = 0, 0
    for number, fact in enumerate(commit.facts):
        weight = fact_bytes(fact)
        if weight > CHUNK_BYTES:
            raise AppendTooLarge(
                stream=str(stream_of(commit.key)),
                reason=f"a fact of {weight} bytes; {CHUNK_BYTES} at most",
            )
        if size + weight > CHUNK_BYTES:
            yield _piece(commit, start, number)
            start, size = number, 0
        size += weight
    if start < len(commit.facts):
        yield _piece(commit, start, len(commit.facts))


def _piece(commit: NewCommit, start: int, end: int) -> NewCommit:
    if (start, end) == (0, len(commit.facts)):
        return commit
    return msgspec.structs.replace(
        commit, version=commit.version + start, facts=commit.facts[start:end]
    )


_FACT_FIXED_BYTES = 32
"""More than the names and lengths of a fact's attributes take."""


def fact_bytes(fact: StoredFact) -> int:
    """What a fact adds to an item, at most."""
    parts = (fact.nonce, fact.box, fact.uuid)
    metadata = fact.metadata or {}
    return (
        _FACT_FIXED_BYTES
        + len(fact.topic.encode())
        + len(fact.state)
        + sum(len(part) for part in parts if part is not None)
        + sum(len(f"{name}{value}".encode()) + 1 for name, value in metadata.items())
    )


def demand_size(puts: Sequence[Put], commits: Sequence[NewCommit]) -> None:
    """Nothing is sent that DynamoDB would not take. Raises AppendTooLarge."""
    sizes = [item_bytes(put.item) for put in puts]
    if max(sizes) > ITEM_BYTES_MAX:
        reason = f"an item of {max(sizes)} bytes; {ITEM_BYTES_MAX} at most"
    elif len(puts) > TRANSACTION_ITEMS_MAX:
        reason = f"{len(puts)} items in a transaction; {TRANSACTION_ITEMS_MAX} at most"
    elif sum(sizes) > TRANSACTION_BYTES_MAX:
        reason = f"{sum(sizes)} bytes in a transaction; {TRANSACTION_BYTES_MAX} at most"
    else:
        return
    raise AppendTooLarge(stream=str(stream_of(commits[0].key)), reason=reason)


def _refusal(there: Mapping[int, Item], commits: Sequence[NewCommit]) -> Refusal:
    """The first commit that came too late; else what stood beside them."""
    first = min(there)
    return conflict(commits[first].ref) if first < len(commits) else BesideConflict()
