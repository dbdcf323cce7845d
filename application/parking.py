"""What was set aside: kept with its reason, seen by people, sent again by one command.

    files      a statement file that was refused, or a statement that waits for an earlier one
    commands   a command that could not be accepted: JSON, with its content
    lines      a readable entry of an imported statement that has a field nobody can use

Whoever sets something aside gives it a key of its own (a command id, a file's hash): the same key
again is the same thing, tried once more. Content is kept sealed, and only where it cannot be read
again from elsewhere; it is gone when the thing is done.

    lot.park(Aside(queue="commands", key=command_id, reason="merchant-unknown", file="day.jsonl",
                   place="line 17", words="merchant_id: not known", content=line))
    lot.resolve(id_of("commands", command_id), outcome="recorded")

    replay(lot, resend={"commands": send_again})        what `conciliar parked replay` does

Laws
    Parking the same thing twice leaves one, with two tries; parking what was done opens it again.
    What is parked is never lost: it is waiting, or done with an outcome.
    A replay ends every thing it tried as done, or as waiting with a fresh reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, Protocol

from domain.errors import Refusal

Queue = Literal["files", "commands", "lines"]

GAP, AWAITING_DATA = "gap", "awaiting-data"
"""The reasons for which a held statement, and a control file without its data, are parked."""

DATA_DUE_AFTER_MS = 4 * 60 * 60 * 1_000
"""Milliseconds after which a file that a control file announced is overdue: four hours."""

ID_DIGITS = 12
"""Hexadecimal digits of an id: enough to name one of millions, few enough to type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """Something to set aside.

    `reason` is a machine name ("gap", "merchant-unknown"), `words` the same for people in one line
    that holds nothing personal, `file` and `place` say where it stood. `content` is what a replay
    needs and cannot find elsewhere; card numbers must be masked in it.
    """

    queue: Queue
    key: str
    reason: str
    file: str
    place: str
    words: str
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """Something that was set aside. `outcome` is None while it waits."""

    id: str
    queue: Queue
    key: str
    reason: str
    file: str
    place: str
    words: str
    first_at_ms: int
    last_at_ms: int
    tries: int
    outcome: str | None

    @property
    def is_waiting(self) -> bool:
        """Whether somebody still has to look at it."""
        return self.outcome is None


def is_overdue(parked: Parked, *, now_ms: int) -> bool:
    """Whether it is a control file whose data should have come by now (milliseconds since 1970)."""
    waited_ms = now_ms - parked.first_at_ms
    return parked.is_waiting and parked.reason == AWAITING_DATA and waited_ms >= DATA_DUE_AFTER_MS


class ParkingLot(Protocol):
    """Keeps what was set aside; durable on return of each call."""

    def park(self, aside: Aside) -> Parked:
        """Keep it, or note that the same was tried again: reason and content are the latest."""
        ...

    def resolve(self, parked_id: str, *, outcome: str) -> None:
        """Note that a thing is done, and forget its content; an unknown id is nothing."""
        ...

    def get(self, parked_id: str) -> Parked | None:
        """One thing, done or not."""
        ...

    def content(self, parked_id: str) -> bytes | None:
        """What was kept of it; None where nothing was, or where it is done."""
        ...

    def all(self, *, waiting: bool = True, queue: Queue | None = None) -> Iterator[Parked]:
        """Things in the order in which they came, by default those that wait."""
        ...


def id_of(queue: Queue, key: str) -> str:
    """The id of a thing: its queue's first letter, and digits that its key makes."""
    return f"{queue[0]}-{sha256(f'{queue}|{key}'.encode()).hexdigest()[:ID_DIGITS]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resent:
    """What came of sending a thing again.

    Where it is not done, `reason` and `words` are the new ones; None leaves the old.
    """

    done: bool
    words: str
    reason: str | None = None


Resend = Callable[[Parked, bytes | None], Resent]
"""Sends one thing again, with what was kept of it. A Refusal that it raises keeps it waiting."""


def replay(
    lot: ParkingLot,
    *,
    resend: Mapping[Queue, Resend],
    reason_of: Callable[[Refusal], str],
    ids: Collection[str] = (),
) -> Iterator[tuple[Parked, Resent]]:
    """Send things again, each as it then stands: those named, or all that wait.

    A thing that another one's replay resolved meanwhile is passed over. Raises ParkedUnknown before
    anything is sent.
    """
    chosen = [_known(lot, each) for each in ids] or list(lot.all())
    for thing in chosen:
        now = lot.get(thing.id)
        if now is None or not now.is_waiting or now.queue not in resend:
            continue
        content = lot.content(now.id)
        try:
            resent = resend[now.queue](now, content)
        except Refusal as refusal:
            resent = Resent(done=False, words=reason_of(refusal))
        if resent.done:
            lot.resolve(now.id, outcome=resent.words)
        elif not _was_parked_again(lot, now):
            lot.park(
                Aside(
                    queue=now.queue,
                    key=now.key,
                    reason=resent.reason or now.reason,
                    file=now.file,
                    place=now.place,
                    words=resent.words,
                    content=content,
                )
            )
        after = lot.get(now.id)
        yield after or now, resent


def _was_parked_again(lot: ParkingLot, before: Parked) -> bool:
    """Whether what sent the thing again has set it aside itself."""
    after = lot.get(before.id)
    return after is not None and after.tries > before.tries


def _known(lot: ParkingLot, parked_id: str) -> Parked:
    found = lot.get(parked_id)
    if found is None:
        raise ParkedUnknown(parked_id=parked_id)
    return found


@dataclass(unsafe_hash=True, kw_only=True)
class ParkedUnknown(Refusal):
    """Nothing was set aside under this id."""

    parked_id: str
