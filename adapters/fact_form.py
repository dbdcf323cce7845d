"""How one kind of fact is taken apart for storage and put together again.

A kind of fact is a dataclass. Its personal fields are those that it declares so (`PersonalText`);
they are split off to be sealed, and may be missing when the fact is read: sealed, or shredded. So
each must be able to be None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import MISSING, fields, is_dataclass
from operator import attrgetter
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from domain.facts import FieldClass

_encode = msgspec.json.Encoder().encode

_REQUIRED = (
    object()
)  # a default that no value is, so that a field without default is always written


class Form:
    """The stored form of one kind of fact. Raises TypeError for a kind that cannot be stored."""

    def __init__(self, kind: type) -> None:
        """Reads the kind's fields once; storing and reading then follow without looking again."""
        hints = get_type_hints(kind, include_extras=True)
        names = tuple(field.name for field in fields(kind))
        personal = tuple(name for name in names if _is_personal(hints[name]))
        public = tuple(name for name in names if name not in personal)
        nullable = tuple(name for name in names if _takes_none(hints[name]))
        _demand_storable(kind, hints=hints, personal=personal, nullable=nullable)
        self._public = _writer(kind, public, nullable=nullable)
        self._personal = _writer(kind, personal, nullable=nullable)
        self._personal_values = _values_of(personal)
        self._nulls = (None,) * len(personal)
        self._blanks = _encode(dict.fromkeys(nullable)) if nullable else b""
        self._decode: Callable[[bytes], object] = msgspec.json.Decoder(kind).decode
        self._kind = kind
        self._names = personal
        self._shown: Callable[[bytes], Any] = _decoder(
            [(name, hints[name], None) for name in personal]
        )
        self._reader = _reader(kind, nullable=nullable)
        self._state: Callable[[bytes], Any] = _decoder(
            [("f", self._reader), ("p", bytes | None, None)]
        )

    def opened(self, state: bytes) -> tuple[object, bytes | None]:
        """The fact in a whole state, without its personal fields, and its box.

        The rest of the envelope is passed over, in one pass. Raises msgspec.MsgspecError.
        """
        found = self._state(state)
        fact = found.f
        if self._reader is not self._kind:
            object.__setattr__(fact, "__class__", self._kind)
        return fact, found.p

    def show(self, fact: object, personal: bytes) -> None:
        """Put personal fields into a fact that was opened without. Raises msgspec.MsgspecError."""
        shown = self._shown(personal)
        for name in self._names:
            object.__setattr__(fact, name, getattr(shown, name))

    def public(self, fact: object) -> object:
        """The public fields, ready to be encoded."""
        return self._public(fact)

    def personal(self, fact: object) -> bytes | None:
        """The personal fields as JSON, None where all of them are."""
        if self._personal_values(fact) == self._nulls:
            return None
        return _encode(self._personal(fact))

    def fact(self, public: msgspec.Raw, personal: bytes | None) -> object:
        """The fact of these two JSON objects. Raises msgspec.MsgspecError."""
        text = bytes(public)
        if personal is not None:
            text = _joined(text, personal)
        # A reader wants every field named: what was left out because it was None is put back first,
        # so that what is really there, coming later, wins.
        return self._decode(_joined(self._blanks, text) if self._blanks else text)


def _decoder(fields: list[tuple[str, Any] | tuple[str, Any, Any]]) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(msgspec.defstruct("State", fields, gc=False)).decode


def _reader(kind: type, *, nullable: tuple[str, ...]) -> type:
    """The kind itself, or one like it whose fields may be missing where they can be None.

    Who writes must name each field; who reads takes what is there. The decoder goes by what the
    dataclass says of its fields, and the two have the same layout, so that a fact that was read
    becomes one of its own kind by saying so.
    """
    named = {each.name: each for each in fields(kind)}
    missing = [name for name in nullable if named[name].default is MISSING]
    if not missing:
        return kind
    for name in missing:
        named[name] = copy(named[name])
        named[name].default = None
    said = {"__slots__": (), "__module__": kind.__module__, "__dataclass_fields__": named}
    return type(kind.__name__, (kind,), said)


def _joined(first: bytes, second: bytes) -> bytes:
    """One JSON object with the members of both."""
    if len(first) == 2 or len(second) == 2:  # {}
        return first if len(second) == 2 else second
    return b"%b,%b" % (first[:-1], second[1:])


def _writer(
    kind: type, names: tuple[str, ...], *, nullable: tuple[str, ...]
) -> Callable[[object], object]:
    record = msgspec.defstruct(
        kind.__name__,
        [(name, Any, None if name in nullable else _REQUIRED) for name in names],
        omit_defaults=True,
        gc=False,
    )
    values = _values_of(names)
    return lambda fact: record(*values(fact))


def _values_of(names: tuple[str, ...]) -> Callable[[object], tuple[object, ...]]:
    match names:
        case ():
            return lambda _: ()
        case (name,):
            return lambda fact: (getattr(fact, name),)
        case _:
            return attrgetter(*names)


def _demand_storable(
    kind: type, *, hints: dict[str, object], personal: tuple[str, ...], nullable: tuple[str, ...]
) -> None:
    for field in fields(kind):
        classes = set(_field_classes(hints[field.name], seen=set()))
        if FieldClass.SECRET in classes:
            raise TypeError(f"{kind.__name__}.{field.name}: a secret is never part of a fact")
        if FieldClass.PERSONAL in classes and field.name not in personal:
            raise TypeError(f"{kind.__name__}.{field.name}: personal data lies on the fact itself")
        if field.name in personal and field.name not in nullable:
            raise TypeError(f"{kind.__name__}.{field.name}: what can be shredded can be None")
        if field.name in nullable and field.default not in {MISSING, None}:
            raise TypeError(f"{kind.__name__}.{field.name}: what can be None is None by default")


def _is_personal(hint: object) -> bool:
    return get_origin(hint) is Annotated and FieldClass.PERSONAL in get_args(hint)[1:]


def _takes_none(hint: object) -> bool:
    if get_origin(hint) is Annotated:
        return _takes_none(get_args(hint)[0])
    return get_origin(hint) in {Union, UnionType} and NoneType in get_args(hint)


def _field_classes(hint: object, *, seen: set[object]) -> Iterator[FieldClass]:
    """Every class that a hint declares, however deep."""
    if isinstance(hint, FieldClass):
        yield hint
    elif isinstance(hint, type) and is_dataclass(hint):
        if hint not in seen:
            seen.add(hint)
            for inner in get_type_hints(hint, include_extras=True).values():
                yield from _field_classes(inner, seen=seen)
    else:
        for inner in get_args(hint):
            yield from _field_classes(inner, seen=seen)
