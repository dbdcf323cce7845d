"""Facts become bytes and facts again, across versions of the program in both directions."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.codec import (
    BrokenState,
    Registry,
    Retired,
    Row,
    TopicFromTheFuture,
    UnknownTopic,
    encode,
    open_envelope,
)
from adapters.topics import REGISTRY
from domain.facts import Context, Fact, FieldClass, PersonalText, Recorded
from domain.money import Money
from domain.payment import PaymentRegistered
from tests.adapters.contract_samples import CONTEXT, LINE, NAMELESS, REGISTERED, allocated
from tests.architecture.source import modules
from tests.architecture.test_topics import topics


def state_of(fact: Fact, *, registry: Registry = REGISTRY, box: bytes | None = None) -> bytes:
    return encode(
        business_time="2026-11-16",
        recorded_at_ms=1,
        context=CONTEXT,
        nonce=b"n" * 16,
        split=registry.split(fact),
        box=box,
    )


def read(
    state: bytes,
    *,
    topic: str = REGISTERED.TOPIC,
    registry: Registry = REGISTRY,
    personal: bytes | None = None,
) -> Recorded:
    """The fact, read with its envelope; without it, in one pass, it is the same."""
    row = Row(7, "pay:core:P1", 3, topic, state)
    recorded = registry.recorded(row, open_envelope(row), personal=personal)
    moved = registry.moved(registry.opened(row), personal=personal)
    assert (moved.stream, moved.version, moved.position) == ("pay:core:P1", 3, 7)
    assert (moved.fact, type(moved.fact)) == (recorded.fact, type(recorded.fact))
    return recorded


def changed(state: bytes, **members: object) -> bytes:
    return json.dumps(json.loads(state) | members).encode()


def test_every_fact_of_the_domain_is_registered():
    """A class with a topic in the domain can be stored: its union stands in adapters/topics.py."""
    declared = {topic for source in modules("domain") for topic, _ in topics(source)}
    assert set(REGISTRY.current) == declared


@pytest.mark.parametrize("fact", [REGISTERED, NAMELESS, LINE, allocated(1)])
def test_a_fact_comes_back_from_its_two_parts(fact: Fact):
    """The public part and the personal text make the fact whole."""
    personal = REGISTRY.split(fact).personal
    assert read(state_of(fact), topic=fact.TOPIC, personal=personal).fact == fact


def test_the_envelope_comes_back():
    """Place, times, context and nonce are read as they were written."""
    recorded = read(state_of(NAMELESS))
    assert recorded == Recorded(
        stream="pay:core:P1",
        version=3,
        position=7,
        business_time="2026-11-16",
        recorded_at_ms=1,
        context=CONTEXT,
        nonce=b"n" * 16,
        fact=NAMELESS,
    )


def test_what_is_none_or_absent_is_not_written():
    """An envelope and a fact without optional parts carry no trace of them."""
    bare = Context(command_id="c", correlation_id="r", actor="a", authority="u")
    state = encode(
        business_time="2026-11-16",
        recorded_at_ms=1,
        context=bare,
        nonce=b"",
        split=REGISTRY.split(NAMELESS),
        box=None,
    )
    assert list(json.loads(state)) == ["at", "rec", "cmd", "cor", "act", "auth", "x", "f"]
    assert "end_to_end_id" not in json.loads(state)["f"]
    assert read(state).context == bare


def test_personal_fields_are_in_no_public_part():
    """What is stored in the open has neither names nor values of personal fields."""
    state = state_of(REGISTERED)
    assert "Pérez".encode() not in state
    assert b"payer" not in state


TEXT = st.none() | st.text()


@given(name=TEXT, account=TEXT, tax_id=TEXT, reference=TEXT, minor=st.integers(-(10**18), 10**18))
def test_law_reading_undoes_writing(
    name: str | None, account: str | None, tax_id: str | None, reference: str | None, minor: int
):
    """Whatever stands in a fact, its two parts give it back."""
    fact = replace(
        REGISTERED,
        payer_name=name,
        payer_account=account,
        payer_tax_id=tax_id,
        reference=reference,
        amount=Money(minor, "ARS"),
    )
    personal = REGISTRY.split(fact).personal
    assert (personal is None) == (name is None and account is None and tax_id is None)
    assert read(state_of(fact), personal=personal).fact == fact


# Two versions of the program, side by side.


def test_what_a_newer_program_added_is_passed_over():
    """Unknown members of the envelope and of the fact do not disturb."""
    state = state_of(NAMELESS)
    grown = changed(state, zz=[1], f=json.loads(state)["f"] | {"new": {"a": 1}})
    assert read(grown, personal=b'{"also":"new"}').fact == NAMELESS


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOpened:
    """The first shape: a name and a whole number of minutes."""

    TOPIC: ClassVar[str] = "door.opened"
    door: str
    minutes: int
    by: PersonalText


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOpened2:
    """The second: seconds instead of minutes."""

    TOPIC: ClassVar[str] = "door.opened.2"
    door: str
    seconds: int
    by: PersonalText


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOpened3:
    """The third: the day, which nobody had asked for."""

    TOPIC: ClassVar[str] = "door.opened.3"
    door: str
    seconds: int
    day: date | None
    by: PersonalText
    note: str = "none taken"


FIRST = Retired(
    topic=DoorOpened.TOPIC,
    shape=DoorOpened,
    upcast=lambda old: DoorOpened2(door=old.door, seconds=60 * old.minutes, by=old.by),
)
SECOND = Retired(
    topic=DoorOpened2.TOPIC,
    shape=DoorOpened2,
    upcast=lambda old: DoorOpened3(door=old.door, seconds=old.seconds, day=None, by=old.by),
)
DOORS = Registry(current=[DoorOpened3], retired=[FIRST, SECOND])


def test_an_old_fact_is_brought_up_to_date_step_by_step():
    """A fact stored in the first shape is read in the third, personal text included."""
    old = DoorOpened(door="north", minutes=2, by="Ana")
    then = Registry(current=[DoorOpened])
    state, personal = state_of(old, registry=then), then.split(old).personal
    now = read(state, topic=DoorOpened.TOPIC, registry=DOORS, personal=personal)
    assert now.fact == DoorOpened3(door="north", seconds=120, day=None, by="Ana")
    sealed = read(state, topic=DoorOpened.TOPIC, registry=DOORS)
    assert sealed.fact == DoorOpened3(door="north", seconds=120, day=None, by=None)


def test_a_field_that_was_added_reads_as_its_default():
    """A fact stored before an optional field was thought of has that field's default."""
    state = b'{"at":"x","rec":1,"cmd":"c","cor":"r","act":"a","auth":"u","x":"","f":%b}'
    stored = state % b'{"door":"north","seconds":5}'
    fact = read(stored, topic="door.opened.3", registry=DOORS).fact
    assert fact == DoorOpened3(door="north", seconds=5, day=None, by=None)


def test_a_chain_has_no_hole():
    """A registry without every version before the current one, or with a stray, is refused."""
    with pytest.raises(TypeError, match=r"door\.opened"):
        Registry(current=[DoorOpened3], retired=[SECOND])
    with pytest.raises(TypeError, match=r"door\.opened\.2"):
        Registry(current=[DoorOpened], retired=[SECOND])


# What cannot be read, and what cannot be stored.


def test_a_topic_that_was_never_registered():
    """An unknown name is refused with fact and topic, when read and when written."""
    with pytest.raises(UnknownTopic) as unknown:
        read(state_of(NAMELESS), topic="payment.dreamt")
    assert unknown.value == UnknownTopic(fact_id="pay:core:P1@3", topic="payment.dreamt")
    with pytest.raises(UnknownTopic):
        REGISTRY.split(DoorOpened3(door="north", seconds=1, day=None, by=None))


def test_a_topic_from_the_future():
    """A later version of a known fact is not mistaken for an unknown one."""
    with pytest.raises(TopicFromTheFuture) as future:
        read(state_of(NAMELESS), topic="payment.registered.2")
    assert (future.value.latest_known, future.value.topic) == (1, "payment.registered.2")


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"[]",
        b'{"at":"2026-11-16"}',
        state_of(NAMELESS)[:-2],
        changed(state_of(NAMELESS), f=[]),
        changed(state_of(NAMELESS), f=None),
        changed(state_of(NAMELESS), f={"payment_id": 1}),
        changed(state_of(NAMELESS), x="%"),
        b"\xff" + state_of(NAMELESS),
    ],
)
def test_bytes_that_are_no_fact(state: bytes):
    """Broken bytes are refused with the fact that they should have been."""
    with pytest.raises(BrokenState) as broken:
        read(state)
    assert broken.value.fact_id == "pay:core:P1@3"
    assert broken.value.reason


@dataclass(frozen=True)
class _Secret:
    TOPIC: ClassVar[str] = "a.secret"
    password: Annotated[str | None, FieldClass.SECRET]


@dataclass(frozen=True)
class _Person:
    name: PersonalText


@dataclass(frozen=True)
class _Nested:
    TOPIC: ClassVar[str] = "a.nested"
    people: tuple[_Person, ...]


@dataclass(frozen=True)
class _Unshreddable:
    TOPIC: ClassVar[str] = "an.unshreddable"
    name: Annotated[str, FieldClass.PERSONAL]


@dataclass(frozen=True)
class _OddDefault:
    TOPIC: ClassVar[str] = "an.odd_default"
    name: str | None = "somebody"


@pytest.mark.parametrize(
    "fact",
    [_Secret(None), _Nested(()), _Unshreddable("Ana"), _OddDefault()],
    ids=lambda fact: fact.TOPIC,
)
def test_a_fact_that_may_not_be_stored(fact: Fact):
    """Secrets, buried or indelible personal data, and None with another default are refused."""
    with pytest.raises(TypeError):
        Registry(current=[type(fact)]).split(fact)


def test_a_fact_without_fields_of_either_class():
    """Facts with no public or no personal field are stored like all others."""

    @dataclass(frozen=True)
    class Empty:
        TOPIC: ClassVar[str] = "an.empty"

    @dataclass(frozen=True)
    class OnlyPersonal:
        TOPIC: ClassVar[str] = "an.only_personal"
        name: PersonalText = None

    registry = Registry(current=[Empty, OnlyPersonal])
    assert read(state_of(Empty(), registry=registry), topic="an.empty", registry=registry).fact == (
        Empty()
    )
    for fact in (OnlyPersonal("Ana"), OnlyPersonal()):
        state, personal = state_of(fact, registry=registry), registry.split(fact).personal
        again = read(state, topic=fact.TOPIC, registry=registry, personal=personal)
        assert again.fact == fact


def test_the_fields_of_a_fact_are_classed():
    """The payer of a payment is personal, the rest of it public."""
    split = REGISTRY.split(REGISTERED)
    assert json.loads(split.personal or b"") == {
        "payer_name": "Tomás Pérez",
        "payer_account": "0177792125336137481863",
    }
    assert split.topic == PaymentRegistered.TOPIC
