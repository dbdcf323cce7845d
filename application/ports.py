"""What use cases need from outside, and what every adapter promises.

FactStore   the facts, in streams and in one total order
ViewStore   read models: documents by model and key, with the position they stand at
MatchStates where items find each other: an index over what may be matched
Clock       recorded time
Entropy     randomness for nonces and keys
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from domain.errors import Refusal
from domain.facts import Context, Fact, Recorded
from domain.values import value

if TYPE_CHECKING:  # it brings half of the engine, and most who use a port do not match
    from domain.match_keys import Place, Span


class Clock(Protocol):
    """Tells recorded time."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...


class Entropy(Protocol):
    """Gives unpredictable bytes."""

    def token_bytes(self, n: int) -> bytes:
        """`n` random bytes."""
        ...


@value
class Commit:
    """Facts to be appended to one stream, whose last version must be `expected_version`.

    A new stream stands at 0.

    `business_time` is an ISO 8601 date or instant; it holds for all facts of the commit.
    """

    stream: str
    expected_version: int
    business_time: str
    context: Context
    facts: tuple[Fact, ...]


NO_POSITION_YET: Final = 2**62
"""The position of a fact that is decided, or written and not numbered yet: after every other."""


class Move(Protocol):
    """Of a recorded fact, what moves a state on: cheaper to read than the whole envelope."""

    @property
    def stream(self) -> str:
        """The stream that it stands on."""
        ...

    @property
    def version(self) -> int:
        """Its version there."""
        ...

    @property
    def position(self) -> int:
        """Its place in the order of all, or NO_POSITION_YET."""
        ...

    @property
    def fact(self) -> Fact:
        """What happened."""
        ...


class FactStore(Protocol):
    """Facts by stream and in one total order of positions from 1, without gaps seen by readers.

    A store numbers what it writes at once, or a sequencer does later. Then what is written is read
    in its stream at once, without a position, and in the order of all only when it has one.
    """

    @property
    def commits_max(self) -> int:
        """Commits that are best appended together; where more cannot be, AppendTooLarge says so."""
        ...

    @property
    def numbers_at_once(self) -> bool:
        """Whether what was appended has its positions when `append` returns."""
        ...

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        """Append all commits in one transaction, or none. Durable on return.

        Where they are numbered later, their position is NO_POSITION_YET. Raises VersionConflict
        when a stream does not stand at its expected version.
        """
        ...

    def stream(self, stream: str, *, through_version: int | None = None) -> tuple[Recorded, ...]:
        """The facts of one stream in order; empty where there is none."""
        ...

    def streams(self, streams: Iterable[str]) -> Mapping[str, tuple[Recorded, ...]]:
        """The facts of those streams that exist."""
        ...

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        """All facts after a position, in order, as of the call.

        With `sealed`, personal fields stay sealed and read as None: cheaper, and enough for
        projections.
        """
        ...

    def written(self, *, sealed: bool = False) -> Iterator[Move]:
        """All facts that were written when it was called: what a decision on all of them needs.

        In order of position; those without one last, each stream in its order, no append torn.
        `sealed` as for `facts`.
        """
        ...

    def head(self) -> int:
        """The last position, 0 in an empty store."""
        ...


class ViewStore(Protocol):
    """Documents of read models, and the position up to which facts are in them."""

    def position(self) -> int:
        """The last position that was applied."""
        ...

    def get_many(self, model: str, keys: Iterable[str]) -> dict[str, dict[str, object]]:
        """The documents that exist under these keys."""
        ...

    def apply(
        self,
        *,
        after: int,
        position: int,
        documents: Mapping[str, Mapping[str, Mapping[str, object] | None]],
    ) -> None:
        """Write documents (model → key → document, None deletes) and move the position, at once.

        Raises VersionConflict when the store does not stand at `after`: someone else applied those
        facts.
        """
        ...

    def begin(self, *, after: int) -> None:
        """Begin to write what `apply` writes at once: nobody else writes until the end of it.

        What was put is read by this store's `get_many`, and by nobody else before the end. Raises
        VersionConflict as `apply` does.
        """
        ...

    def put(self, documents: Mapping[str, Mapping[str, Mapping[str, object] | None]]) -> None:
        """Write documents between `begin` and the end."""
        ...

    def finish(self, *, position: int) -> None:
        """End of writing: all that was put counts, and the position moves, at once."""
        ...

    def abandon(self) -> None:
        """End of writing: nothing of it counts."""
        ...

    def all(self, model: str) -> Iterator[tuple[str, dict[str, object]]]:
        """All documents of a model, ordered by key."""
        ...

    def clear(self) -> None:
        """Forget everything and stand at position 0."""
        ...

    def digest(self) -> str:
        """SHA-256 (hex) over all documents and the position.

        Equal digests mean equal read models, to the byte.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledItem:
    """An item, named by its stream, and where it is to be found.

    `version` is that of the last fact that its places depend on. `shared` are places of nobody: the
    same for many items, and never taken back.
    """

    item: str
    version: int
    places: tuple[Place, ...]
    shared: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands at a place: the item, empty where the place is shared, and its version."""

    rank: str
    item: str
    version: int


@dataclass(frozen=True, slots=True, order=True)
class Reminder:
    """An item to be looked at again for this reason once a day (an ordinal) has come."""

    why: str
    day: int
    item: str


class MatchStates(Protocol):
    """An index over the items that may be matched: a finder, whose truth is in the facts.

    It may know too much, never too little: an item that was put is found from then on, by everybody
    and under all of its places, until a later version of it is put elsewhere.
    """

    def put(self, items: Sequence[FiledItem]) -> int:
        """File items; how many of them were new or of a later version. Durable on return.

        An item of the same or an earlier version than the one that is known changes nothing.
        """
        ...

    def remove(self, item: str, *, version: int) -> None:
        """Take an item out of all places; what is put later with this version stays out, too."""
        ...

    def find(self, spans: Sequence[Span]) -> list[list[Entry]]:
        """What stands in each span, in order of rank and item; consistent with every `put`.

        Entries may come along whose places only look alike.
        """
        ...

    def remind(self, reminders: Sequence[Reminder]) -> None:
        """Keep reminders; one that is there already stays one. Durable on return."""
        ...

    def reminders(
        self, why: str, *, through: int, at_most: int, after: Reminder | None = None
    ) -> list[Reminder]:
        """The first reminders for a reason, in order of day and item, through a day.

        With `after`, those behind that one.
        """
        ...

    def forget(self, reminders: Sequence[Reminder]) -> None:
        """Drop reminders."""
        ...

    def clear(self) -> None:
        """Forget everything; it can be filed again from the facts."""
        ...


@dataclass(unsafe_hash=True, kw_only=True)
class VersionConflict(Refusal):
    """The stream (or view) does not stand where the writer believed: someone else wrote first."""

    stream: str
    expected_version: int


@dataclass(unsafe_hash=True, kw_only=True)
class StoreUnusable(Refusal):
    """The store cannot be opened, read or written: where and why."""

    path: str
    reason: str


@dataclass(unsafe_hash=True, kw_only=True)
class StoreBusy(Refusal):
    """The store was throttled or contended until we gave up; nothing was written."""

    place: str
    reason: str


@dataclass(unsafe_hash=True, kw_only=True)
class WriteUnknown(Refusal):
    """The store did not answer whether it wrote; the same command may safely be sent again."""

    place: str
    reason: str


@dataclass(unsafe_hash=True, kw_only=True)
class AppendTooLarge(Refusal):
    """More at once than DynamoDB takes in one item or one transaction; nothing was sent."""

    stream: str
    reason: str
