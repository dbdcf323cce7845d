"""Facts on their way into a store and out of it: taken apart, sealed, and put together again.

The same for every store; a store only decides where the parts lie. Keys are durable before the
facts that need them, so that no fact is ever without its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Protocol

import msgspec

from adapters.codec import Envelope, Moved, Registry, Row, Split
from adapters.sealing import (
    BOX_NONCE_BYTES,
    SALT_BYTES,
    Place,
    Salts,
    Shredded,
    Vault,
    missing_salts,
)
from application.ports import Commit, Entropy
from domain.facts import Context, Fact, Recorded

NONCE_BYTES = 16
"""Of the nonce in each envelope."""

FreshSalt = tuple[str, int, bytes]
"""A stream, the version from which its new salt is good, and the salt."""


class Keys(Protocol):
    """Where the salts of data keys are kept."""

    def salts(self, streams: Iterable[str]) -> Salts:
        """The salts that these streams have."""
        ...

    def provide(self, fresh: Sequence[FreshSalt]) -> Sequence[FreshSalt]:
        """Keep new salts; those that count from now on, durable on return."""
        ...


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A fact on its way into the store, before it has a position."""

    place: Place
    business_time: str
    context: Context
    fact: Fact
    split: Split

    def recorded(self, *, position: int, recorded_at_ms: int, nonce: bytes) -> Recorded:
        """The fact as it stands in the store."""
        return Recorded(
            stream=self.place.stream,
            version=self.place.version,
            position=position,
            business_time=self.business_time,
            recorded_at_ms=recorded_at_ms,
            context=self.context,
            nonce=nonce,
            fact=self.fact,
        )


class Sealer:
    """Seals the personal fields of facts, and opens them."""

    def __init__(self, *, keys: Keys, vault: Vault, entropy: Entropy, registry: Registry) -> None:
        """Holds nothing of its own."""
        self._keys = keys
        self._vault = vault
        self._entropy = entropy
        self._registry = registry

    def drafts(self, commits: Iterable[Commit]) -> list[Draft]:
        """The facts of commits, taken apart, in order. Raises UnknownTopic."""
        split = self._registry.split
        return [
            Draft(
                Place(commit.stream, version, fact.TOPIC),
                commit.business_time,
                commit.context,
                fact,
                split(fact),
            )
            for commit in commits
            for version, fact in enumerate(commit.facts, start=commit.expected_version + 1)
        ]

    def sealed(self, drafts: Sequence[Draft]) -> tuple[list[bytes], list[bytes | None]]:
        """For each draft a nonce, and a box where it needs one; their keys are durable."""
        places = [each.place for each in drafts if each.split.personal]
        salts = self._keys.salts({place.stream for place in places}) if places else Salts(())
        missing = missing_salts(salts, places)
        nonces, box_nonces, fresh = self._drawn(
            (len(drafts), NONCE_BYTES), (len(places), BOX_NONCE_BYTES), (len(missing), SALT_BYTES)
        )
        if missing:
            new = [(*each, salt) for each, salt in zip(missing.items(), fresh, strict=True)]
            for each in self._keys.provide(new):
                salts.add(*each)
        unused = iter(box_nonces)
        return nonces, [
            salts.sealed(text, place=each.place, vault=self._vault, nonce=next(unused))
            if (text := each.split.personal)
            else None
            for each in drafts
        ]

    def _drawn(self, *shapes: tuple[int, int]) -> list[list[bytes]]:
        """For each shape (how many, bytes of each) that many random strings, all from one draw."""
        drawn = BytesIO(self._entropy.token_bytes(sum(count * size for count, size in shapes)))
        return [[drawn.read(size) for _ in range(count)] for count, size in shapes]

    def read(
        self, rows: Sequence[Row], envelopes: Sequence[Envelope], *, sealed: bool = False
    ) -> Iterator[Recorded]:
        """The facts of rows whose envelopes are open. Raises UnreadableFact, SealBroken.

        With `sealed`, personal fields read as None, and no key is asked for.
        """
        pairs = [*zip(rows, envelopes, strict=True)]
        if sealed:
            return (self._registry.recorded(row, each, personal=None) for row, each in pairs)
        wanted = {row.stream for row, each in pairs if each.p}
        salts = self._keys.salts(wanted) if wanted else Salts(())
        return (
            self._registry.recorded(row, each, personal=self._opened(row, each.p, salts))
            for row, each in pairs
        )

    def moves(self, rows: Sequence[Row], *, sealed: bool = False) -> Iterator[Moved]:
        """The facts of rows without their envelopes: in one pass. Raises as `read` does."""
        if sealed:
            return self._registry.moves(rows)
        opened = list(map(self._registry.opened, rows))
        wanted = {each.row.stream for each in opened if each.box is not None}
        salts = self._keys.salts(wanted) if wanted else Salts(())
        return (
            self._registry.moved(each, personal=self._opened(each.row, each.box, salts))
            for each in opened
        )

    def _opened(self, row: Row, box: bytes | None, salts: Salts) -> bytes | None:
        if box is None:
            return None
        place = Place(row.stream, row.version, row.topic)
        opened = salts.opened(box, place=place, vault=self._vault)
        return None if isinstance(opened, Shredded) else opened
