"""What a list is narrowed by: a small tree that every adapter reads alike, and how text is folded.

Text is folded before it is stored and before it is asked for: compatibility forms, no accents, no
capitals. What is left of letters and digits are its words; all of them together, its whole: so
`30-71744907-6` finds `30717449076`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias

SLIP_LETTERS_MIN = 5
"""Letters from which on a word also finds what is one slip away."""

Value: TypeAlias = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """A field's value against one; a row without the field is not chosen."""

    field: str
    op: Literal["eq", "gte", "gt", "lte", "lt", "prefix"]
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """A field has one of these values."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exists:
    """A field has a value."""

    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A folded word stands in the row's texts; with `slips`, or one a slip away from it."""

    word: str
    slips: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Folded words stand one after the other in one of the row's texts."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The row concerns at least one merchant, and none but these."""

    merchants: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """What is not chosen by a condition."""

    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """What every one chooses: of none, everything."""

    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """What at least one chooses: of none, nothing."""

    conditions: tuple[Condition, ...] = ()


Condition: TypeAlias = Compare | OneOf | Exists | Word | Phrase | Within | Not | All | AnyOf


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """A field by which rows are put in order."""

    field: str
    descending: bool = False


def folded_words(text: str) -> tuple[str, ...]:
    """The words of a text, folded, in order."""
    if text.isascii():  # nearly all of them; the same words, ten times as fast
        return tuple(_ASCII_WORD.findall(text.lower()))
    return folded_by_letters(text)


_ASCII_WORD = re.compile(r"[0-9a-z]+")


def folded_by_letters(text: str) -> tuple[str, ...]:
    """The words of any text, letter by letter."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = (each for each in plain.casefold() if not unicodedata.combining(each))
    return tuple("".join(run) for is_word, run in groupby(kept, str.isalnum) if is_word)


def found_under(text: str) -> tuple[tuple[str, ...], ...]:
    """What a text is found under: its words as a run, and its whole where that is another."""
    words = folded_words(text)
    if len(words) <= 1:
        return (words,) if words else ()
    return (words, ("".join(words),))


def can_slip(word: str) -> bool:
    """Whether a word takes part in slips at all: letters alone, neither short nor endless."""
    return word.isalpha() and SLIP_LETTERS_MIN - 1 <= len(word) <= SLIP_LETTERS_MAX


SLIP_LETTERS_MAX = 30
"""Longer runs of letters are ids or noise."""


def stubs(word: str) -> frozenset[str]:
    """The word, and the word without each of its letters.

    Law: two words at most one slip apart have a stub in common.
    """
    return frozenset((word, *(word[:at] + word[at + 1 :] for at in range(len(word)))))


def both(conditions: Iterable[Condition]) -> Condition:
    """All of them, flat."""
    flat: list[Condition] = []
    for each in conditions:
        flat += each.conditions if isinstance(each, All) else (each,)
    return flat[0] if len(flat) == 1 else All(conditions=tuple(flat))
