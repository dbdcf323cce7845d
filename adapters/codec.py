"""Facts as bytes: what is stored of a fact, and how each stored form is read for ever.

A stored fact is a topic and a state. The state is one JSON object: the envelope under short names,
the fact's public fields under `f`, its personal fields sealed in one box under `p`
(adapters/sealing.py). docs/fact-store.md lists the names.

Rules of the format
    A field that is None is not written; what is not written reads as None, or as the field's
    default.
    Fields that a shape does not know are passed over, so two deployed versions live side by side.
    A topic is a name and a version: `payment.registered`, later `payment.registered.2`. Bytes are
    never rewritten:
    a retired form is read in its own shape and brought up to date, version by version.

    UnreadableFact          a stored fact that this version of the program cannot read
    ├── UnknownTopic        no fact of that name was ever registered
    ├── TopicFromTheFuture  a later version of a known fact: written by a newer program
    └── BrokenState         the bytes are not what the topic promises
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, cast

import msgspec

from adapters.fact_form import Form
from domain.errors import Refusal
from domain.facts import Context, Fact, Recorded


class Row(msgspec.Struct, frozen=True, gc=False):
    """A fact as it lies in a store."""

    position: int
    stream: str
    version: int
    topic: str
    state: bytes

    @property
    def fact_id(self) -> str:
        """`<stream>@<version>`."""
        return f"{self.stream}@{self.version}"


class Moved(msgspec.Struct, frozen=True, gc=False):
    """Of a fact what moves a state on (application.ports.Move)."""

    stream: str
    version: int
    position: int
    fact: Fact


class Opened(msgspec.Struct, frozen=True, gc=False):
    """A fact in the shape that it was stored in, without its personal fields, and its box."""

    row: Row
    shape: object
    box: bytes | None


class Split(msgspec.Struct, frozen=True, gc=False):
    """A fact taken apart for storage.

    `personal` is the plain text of the box, None where there is nothing to seal.
    """

    topic: str
    public: object
    personal: bytes | None


class Envelope(msgspec.Struct, kw_only=True, gc=False, frozen=True):
    """A state, read as far as is needed to find the fact and the box in it."""

    at: str
    rec: int
    cmd: str
    cor: str
    cau: str | None = None
    act: str
    auth: str
    src: tuple[str, ...] = ()
    x: bytes
    f: msgspec.Raw
    p: bytes | None = None

    @property
    def context(self) -> Context:
        """Why the fact was recorded."""
        return Context(
            command_id=self.cmd,
            correlation_id=self.cor,
            causation_id=self.cau,
            actor=self.act,
            authority=self.auth,
            sources=self.src,
        )


class _Written(msgspec.Struct, kw_only=True, gc=False, omit_defaults=True):
    at: str
    rec: int
    cmd: str
    cor: str
    cau: str | None = None
    act: str
    auth: str
    src: tuple[str, ...] = ()
    x: bytes
    f: object
    p: bytes | None = None


_encode = msgspec.json.Encoder().encode
_decode_envelope = msgspec.json.Decoder(Envelope).decode


def encode(
    *,
    business_time: str,
    recorded_at_ms: int,
    context: Context,
    nonce: bytes,
    split: Split,
    box: bytes | None,
) -> bytes:
    """The state of a fact: JSON, always the same bytes for the same arguments."""
    return _encode(
        _Written(
            at=business_time,
            rec=recorded_at_ms,
            cmd=context.command_id,
            cor=context.correlation_id,
            cau=context.causation_id,
            act=context.actor,
            auth=context.authority,
            src=context.sources,
            x=nonce,
            f=split.public,
            p=box,
        )
    )


def open_envelope(row: Row) -> Envelope:
    """The envelope of a stored fact. Raises BrokenState."""
    try:
        return _decode_envelope(row.state)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BrokenState(fact_id=row.fact_id, topic=row.topic, reason=str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """A form that is still read but no longer written.

    `upcast` makes the next version's object of an object of this `shape`.
    """

    topic: str
    shape: type
    # Each step takes the shape before it; a chain of unlike types has no common type but Any.
    upcast: Callable[[Any], object]


class Registry:
    """Every form that facts have ever been stored in, by topic."""

    def __init__(self, *, current: Iterable[type[Fact]], retired: Iterable[Retired] = ()) -> None:
        """Forms that are written now, and those before them.

        Raises TypeError where a chain of versions has a hole.
        """
        self.current: Mapping[str, type] = {kind.TOPIC: kind for kind in current}
        self.retired: Mapping[str, Retired] = {each.topic: each for each in retired}
        self._latest = dict(map(versioned, self.current))
        self._forms: dict[type, Form] = {}
        self._readings: dict[str, tuple[Form, tuple[Callable[[Any], object], ...]]] = {}
        self._demand_whole_chains()

    @property
    def topics(self) -> frozenset[str]:
        """All topics that can be read."""
        return frozenset(self.current) | frozenset(self.retired)

    def split(self, fact: Fact) -> Split:
        """Public fields and personal text of a fact.

        Raises UnknownTopic for a kind that was not registered.
        """
        kind = type(fact)
        form = self._forms.get(kind)
        if form is None:
            form = self._form_of_current(kind)
        return Split(kind.TOPIC, form.public(fact), form.personal(fact))

    def recorded(self, row: Row, envelope: Envelope, *, personal: bytes | None) -> Recorded:
        """The fact of a row, brought up to date; without `personal`, its personal fields are None.

        Raises UnknownTopic, TopicFromTheFuture, BrokenState.
        """
        form, upcasts = self._readings.get(row.topic) or self._reading_of(row)
        try:
            # A form reads into its own kind; only upcasts take older shapes, and they end in a
            # current fact.
            fact: Any = form.fact(envelope.f, personal)
        except (msgspec.MsgspecError, ValueError) as error:
            raise BrokenState(fact_id=row.fact_id, topic=row.topic, reason=str(error)) from error
        if upcasts:
            fact = reduce(lambda old, upcast: upcast(old), upcasts, fact)
        return Recorded(
            stream=row.stream,
            version=row.version,
            position=row.position,
            business_time=envelope.at,
            recorded_at_ms=envelope.rec,
            context=envelope.context,
            nonce=envelope.x,
            fact=fact,
        )

    def opened(self, row: Row) -> Opened:
        """What is read of a row without its envelope. Raises as `recorded` does."""
        form, _ = self._readings.get(row.topic) or self._reading_of(row)
        try:
            shape, box = form.opened(row.state)
        except (msgspec.MsgspecError, ValueError) as error:
            raise BrokenState(fact_id=row.fact_id, topic=row.topic, reason=str(error)) from error
        return Opened(row, shape, box)

    def moves(self, rows: Iterable[Row]) -> Iterator[Moved]:
        """The facts of rows without their personal fields: nothing is made but the facts.

        Raises as `recorded` does.
        """
        readings = self._readings.get
        for row in rows:
            form, upcasts = readings(row.topic) or self._reading_of(row)
            try:
                fact = form.opened(row.state)[0]
            except (msgspec.MsgspecError, ValueError) as error:
                raise BrokenState(
                    fact_id=row.fact_id, topic=row.topic, reason=str(error)
                ) from error
            for upcast in upcasts:
                fact = upcast(fact)
            yield Moved(row.stream, row.version, row.position, cast(Fact, fact))

    def moved(self, opened: Opened, *, personal: bytes | None) -> Moved:
        """The fact brought up to date, with its personal fields where they are given."""
        row, fact = opened.row, opened.shape
        form, upcasts = self._readings[row.topic]
        if personal is not None:
            try:
                form.show(fact, personal)
            except msgspec.MsgspecError as error:
                reason = str(error)
                raise BrokenState(fact_id=row.fact_id, topic=row.topic, reason=reason) from error
        for upcast in upcasts:
            fact = upcast(fact)
        # Forms read into their own kind, and upcasts end in a current one: it is a fact.
        return Moved(row.stream, row.version, row.position, cast(Fact, fact))

    def shape(self, topic: str) -> type:
        """The class that a topic is read into, before it is brought up to date."""
        return self.current[topic] if topic in self.current else self.retired[topic].shape

    def _form_of_current(self, kind: type[Fact]) -> Form:
        if self.current.get(kind.TOPIC) is not kind:
            raise UnknownTopic(fact_id="", topic=kind.TOPIC)
        return self._forms.setdefault(kind, Form(kind))

    def _reading_of(self, row: Row) -> tuple[Form, tuple[Callable[[Any], object], ...]]:
        if row.topic not in self.topics:
            raise self._unreadable(row)
        name, version = versioned(row.topic)
        later = range(version, self._latest[name])
        upcasts = tuple(self.retired[topic_of(name, n)].upcast for n in later)
        return self._readings.setdefault(row.topic, (Form(self.shape(row.topic)), upcasts))

    def _unreadable(self, row: Row) -> UnreadableFact:
        name, version = versioned(row.topic)
        latest = self._latest.get(name)
        if latest is not None and version > latest:
            return TopicFromTheFuture(fact_id=row.fact_id, topic=row.topic, latest_known=latest)
        return UnknownTopic(fact_id=row.fact_id, topic=row.topic)

    def _demand_whole_chains(self) -> None:
        needed = {topic_of(name, n) for name, last in self._latest.items() for n in range(1, last)}
        if needed != set(self.retired):
            odd = ", ".join(sorted(needed ^ set(self.retired)))
            raise TypeError(f"each fact needs every version before its own, and no other: {odd}")


def versioned(topic: str) -> tuple[str, int]:
    """Name and version of a topic: ("payment.registered", 1), and 2 for `payment.registered.2`."""
    name, _, last = topic.rpartition(".")
    return (name, int(last)) if last.isascii() and last.isdigit() else (topic, 1)


def topic_of(name: str, version: int) -> str:
    """The topic of a version; the first carries no number."""
    return name if version == 1 else f"{name}.{version}"


@dataclass(unsafe_hash=True, kw_only=True)
class UnreadableFact(Refusal):
    """A stored fact that cannot be read: its id (`<stream>@<version>`) and topic."""

    fact_id: str
    topic: str


@dataclass(unsafe_hash=True, kw_only=True)
class UnknownTopic(UnreadableFact):
    """No fact of this name was ever registered."""


@dataclass(unsafe_hash=True, kw_only=True)
class TopicFromTheFuture(UnreadableFact):
    """The fact is known up to version `latest_known`; a newer program wrote this one."""

    latest_known: int


@dataclass(unsafe_hash=True, kw_only=True)
class BrokenState(UnreadableFact):
    """The stored bytes are not what the topic promises; `reason` names the place."""

    reason: str
