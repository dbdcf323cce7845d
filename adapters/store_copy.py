"""Copying a store into another one, whatever either is made of: facts as they are stored.

An end of a copy gives and takes facts in the form of the embedded store, to the byte: topic,
envelope, nonce, sealed box. The salts that boxes need go first, so no fact is ever without its key;
what was shredded at either end is shredded in the target.

    compare   what the target holds has to be the beginning of the source
    copy      what is left, in order, transactions whole; a copy that died goes on here
    verify    the target read again from its first fact: as many, and the same digest

The digest is the SHA-256 over one line a fact: the JSON array [stream, version, topic, envelope in
base64], without spaces, and a line feed. Laws: what a target holds is always the beginning of its
source; copying there and back changes no byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, islice
from typing import Protocol

import msgspec

from adapters.codec import Envelope, Row, open_envelope
from adapters.sealing import Entry, Place, Salts, SealBroken, Vault
from application.ports import StoreUnusable

BATCH_FACTS = 1_000
"""Facts, and the rest of their transaction, whose keys are carried over at once."""

Told = Callable[[str, int, int], None]
"""Told the stage (compare, copy, verify), how many facts are done, and of how many."""

Transaction = Sequence[Row]
"""Facts that were committed together, as far as their store can tell; in order, at least one."""

_encode = msgspec.json.Encoder().encode


class CopyEnd(Protocol):
    """A store that can be copied from, and into."""

    @property
    def name(self) -> str:
        """The store as people name it."""
        ...

    def head(self) -> int:
        """The last position, 0 in an empty store."""
        ...

    def transactions(self, *, after: int, through: int) -> Iterator[Transaction]:
        """The facts of positions after < p ≤ through, in order."""
        ...

    def write(self, transactions: Sequence[Transaction]) -> None:
        """Append facts at the positions that they have; durable on return.

        Raises StoreUnusable where the store does not end before the first of them.
        """
        ...

    def salts(self, streams: Iterable[str]) -> Salts:
        """The salts that these streams have."""
        ...

    def keep_salts(self, rows: Sequence[tuple[str, int, bytes | None]]) -> None:
        """Salts (stream, version from which it is good, None for shredded), durable on return."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """How many facts both stores have now, how many of them were there before, and the digest."""

    facts: int
    there_before: int
    sha256: str


def copy_facts(
    source: CopyEnd,
    target: CopyEnd,
    *,
    vault: Vault | None = None,
    told: Told,
    batch: int = BATCH_FACTS,
) -> Copied:
    """Carry over what the source holds at the call and the target does not.

    With a `vault` each sealed box has to open in the target. `batch` is in facts. Raises
    StoreUnusable where the target is ahead or holds anything else, before anything is written;
    SealBroken; and what either store raises.
    """
    through, there = source.head(), target.head()
    if there > through:
        reason = f"it is ahead: it holds {there} facts, {source.name} holds {through}"
        raise StoreUnusable(path=target.name, reason=reason)
    seen = _compared(source, target, through=there, told=told)
    keys = _Keys(source, target)
    done = there
    for transactions in batches(source.transactions(after=there, through=through), facts=batch):
        facts = [*chain.from_iterable(transactions)]
        _demand_order(facts, after=done, source=source)
        boxed = seen.add(facts)
        keys.carry(boxed)
        if vault is not None:
            keys.demand_open(boxed, vault=vault)
        target.write(transactions)
        done = facts[-1].position
        told("copy", done - there, through - there)
    found = Digest()
    for transactions in batches(target.transactions(after=0, through=through), facts=batch):
        keys.carry(found.add([*chain.from_iterable(transactions)]))  # shredded in the meantime
        told("verify", found.facts, through)
    if (found.facts, found.hex()) != (seen.facts, seen.hex()) or seen.facts != through:
        reason = f"read again, it is not {source.name}: {found.facts} facts, not {seen.facts}"
        if found.facts == seen.facts:
            reason = f"read again, its digest {found.hex()} is not {seen.hex()}, {source.name}'s"
        raise StoreUnusable(path=target.name, reason=reason)
    return Copied(facts=through, there_before=there, sha256=found.hex())


def batches(transactions: Iterator[Transaction], *, facts: int) -> Iterator[list[Transaction]]:
    """Transactions, as many together as make `facts` facts."""
    gathered: list[Transaction] = []
    count = 0
    for transaction in transactions:
        gathered.append(transaction)
        count += len(transaction)
        if count >= facts:
            yield gathered
            gathered, count = [], 0
    if gathered:
        yield gathered


Boxed = tuple[Row, Envelope]
"""A fact with a sealed box."""


class Digest:
    """Counts facts and hashes them, in order."""

    def __init__(self) -> None:
        """Of nothing yet."""
        self.facts = 0
        self._hash = sha256()

    def add(self, rows: Iterable[Row]) -> list[Boxed]:
        """Take facts in; those of them that have a box. Raises BrokenState."""
        boxed: list[Boxed] = []
        for row in rows:
            self.facts += 1
            self._hash.update(_encode((row.stream, row.version, row.topic, row.state)) + b"\n")
            envelope = open_envelope(row)
            if envelope.p is not None:
                boxed.append((row, envelope))
        return boxed

    def hex(self) -> str:
        """The digest of what was taken in."""
        return self._hash.hexdigest()


def _compared(source: CopyEnd, target: CopyEnd, *, through: int, told: Told) -> Digest:
    """The digest of what both hold up to a position. Raises StoreUnusable at a difference."""
    seen = Digest()
    ours = chain.from_iterable(source.transactions(after=0, through=through))
    theirs = chain.from_iterable(target.transactions(after=0, through=through))
    together = zip(ours, theirs, strict=False)  # where one ends early, the count tells
    while pairs := [*islice(together, BATCH_FACTS)]:
        for mine, its in pairs:
            if mine != its:
                raise StoreUnusable(path=target.name, reason=_difference(mine, its, source.name))
        seen.add(mine for mine, _ in pairs)
        told("compare", seen.facts, through)
    if seen.facts != through:
        reason = f"position {seen.facts + 1} is missing in it, or in {source.name}"
        raise StoreUnusable(path=target.name, reason=reason)
    return seen


def _difference(mine: Row, its: Row, source: str) -> str:
    if (mine.fact_id, mine.topic) == (its.fact_id, its.topic):
        return f"position {its.position}: {its.fact_id} has another envelope than in {source}"
    return (
        f"position {its.position}: it holds {its.fact_id} ({its.topic}), "
        f"{source} holds {mine.fact_id} ({mine.topic})"
    )


def _demand_order(rows: Sequence[Row], *, after: int, source: CopyEnd) -> None:
    for expected, row in enumerate(rows, start=after + 1):
        if row.position != expected:
            reason = f"position {expected} is missing: the next one is {row.position}"
            raise StoreUnusable(path=source.name, reason=reason)


class _Keys:
    """Carries over the salts that facts need, and only those."""

    def __init__(self, source: CopyEnd, target: CopyEnd) -> None:
        self._source = source
        self._target = target

    def carry(self, boxed: Sequence[Boxed]) -> None:
        """Make sure of the target's salts. Raises SealBroken, StoreUnusable."""
        streams = {row.stream for row, _ in boxed}
        if not streams:
            return
        ours, theirs = self._source.salts(streams), self._target.salts(streams)
        wanted: dict[tuple[str, int], bytes | None] = {}
        for row, _ in boxed:
            version, salt = _needed(row, ours)
            there = theirs.entry(_place(row))
            if there is not None and there[0] > version:
                raise self._differs(row)
            known = dict(theirs.entries(row.stream))
            if version not in known:
                wanted[row.stream, version] = salt
            elif known[version] is not None and known[version] != salt:
                if salt is not None:
                    raise self._differs(row)
                wanted[row.stream, version] = None
        if wanted:
            self._target.keep_salts([(*place, salt) for place, salt in sorted(wanted.items())])

    def demand_open(self, boxed: Sequence[Boxed], *, vault: Vault) -> None:
        """Every box opens in the target, or was shredded. Raises SealBroken."""
        salts = self._target.salts({row.stream for row, _ in boxed}) if boxed else Salts(())
        for row, envelope in boxed:
            assert envelope.p is not None, "only facts with a box are asked for"
            salts.opened(envelope.p, place=_place(row), vault=vault)

    def _differs(self, row: Row) -> StoreUnusable:
        reason = f"position {row.position}: it has another key for {row.fact_id}"
        return StoreUnusable(path=self._target.name, reason=reason)


def _needed(row: Row, salts: Salts) -> Entry:
    entry = salts.entry(_place(row))
    if entry is None:
        raise SealBroken(fact_id=row.fact_id, reason="its key is missing")
    return entry


def _place(row: Row) -> Place:
    return Place(row.stream, row.version, row.topic)
