"""The types of the rule language, as readers and schema writers walk them."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from domain.rules.language import Bounds, Says, Written


@dataclass(frozen=True, kw_only=True)
class Hint:
    """A type without its metadata, and that: what may be written here."""

    of: Any  # a type as typing shows it: a class, a Literal, a tuple or a union
    bounds: Bounds | None = None
    written: Written | None = None
    says: str | None = None

    @property
    def choices(self) -> tuple[Any, ...] | None:
        """The values of a Literal."""
        return get_args(self.of) if get_origin(self.of) is Literal else None

    @property
    def member(self) -> Hint | None:
        """What a tuple is of."""
        return hint_of(get_args(self.of)[0]) if get_origin(self.of) is tuple else None

    @property
    def record(self) -> type | None:
        """The class whose fields are written as a mapping."""
        return self.of if isinstance(self.of, type) and is_dataclass(self.of) else None

    @property
    def forms(self) -> dict[str, type] | None:
        """The classes of a union, or the one class, that are told apart by their TAG."""
        if get_origin(self.of) in {Union, UnionType}:
            some = [each for each in get_args(self.of) if each is not NoneType]
        else:
            some = [self.of]
        found = {str(each.TAG): each for each in some if hasattr(each, "TAG")}
        return found or None


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A field of a class: its name, what it takes, and whether it may be left out."""

    name: str
    hint: Hint
    optional: bool


def hint_of(raw: Any) -> Hint:
    """A type hint, its metadata taken off; the outer ones go before the inner ones."""
    found: dict[str, Any] = {}
    while get_origin(raw) is Annotated:
        raw, *metadata = get_args(raw)
        for each in metadata:
            match each:
                case Bounds():
                    found.setdefault("bounds", each)
                case Written():
                    found.setdefault("written", each)
                case Says(text=text):
                    found.setdefault("says", text)
                case _:
                    raise TypeError(f"no reader knows the metadata {each!r}")
    return Hint(of=raw, **found)


@cache
def slots_of(kind: type) -> tuple[Slot, ...]:
    """The fields of a dataclass, in order."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        Slot(name=each.name, hint=hint_of(hints[each.name]), optional=each.default is not MISSING)
        for each in fields(kind)
    )


def said_of(kind: type) -> str:
    """The first sentence of a class's docstring."""
    return (kind.__doc__ or "").split("\n\n")[0].replace("\n", " ").strip()
