"""How alike two names, or two numbers, are: one slip is forgiven, a cut name and another order too.

Names never identify and never contradict; here they only order what people look at.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.matching.items import LineItem
from domain.matching.normalise import fold, runs_of

NAME_WORD_LENGTH_MIN = 3
"""A shorter word of a name (an initial, a particle) says nothing alone."""

SLIP_LENGTH_MIN = 5
"""In a shorter word a slip makes another word."""

NUMBER_LENGTH_MIN = 5
"""A shorter number is found in any text."""

SAME, ALIKE, PART, OTHER = "name", "name-alike", "name-part", "name-other"


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says that may be alike: the words of a name, and numbers; read once a line."""

    name: tuple[str, ...]
    numbers: tuple[str, ...]


def said_by(line: LineItem) -> Said:
    """The counterparty's name, and the numbers of reference and text."""
    name = words_of(line.counterparty_name) if line.counterparty_name else ()
    return Said(name=name, numbers=numbers_of(f"{line.reference or ''} {line.text or ''}"))


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name that say something, folded, each once, in order of the alphabet."""
    runs = set(runs_of(fold(name)))
    return tuple(sorted(run for run in runs if len(run) >= NAME_WORD_LENGTH_MIN))


def names_alike(shown: tuple[str, ...], known: tuple[str, ...]) -> str | None:
    """Whether `shown` is the name `known`, like it, or another; None where there is no name.

    Each word of the shorter name must be a word of the other, or begin one (names are cut), to be
    the same; a slip forgiven, to be alike. Where half of them are, it is part of a name, and so is
    a single word: many people share it.
    """
    if not shown or not known:
        return None
    few, many = sorted((shown, known), key=len)
    exact = sum(any(_same_word(one, other) for other in many) for one in few)
    if exact == len(few):
        return SAME if len(few) > 1 else PART
    near = sum(any(_near_word(one, other) for other in many) for one in few)
    if near == len(few) > 1:
        return ALIKE
    return PART if 2 * near >= len(few) else OTHER


def _same_word(left: str, right: str) -> bool:
    return left.startswith(right) or right.startswith(left)


def _near_word(left: str, right: str) -> bool:
    return _same_word(left, right) or one_slip(left, right)


def one_slip(left: str, right: str) -> bool:
    """One letter replaced, left out or added, or two neighbours exchanged; of long words only."""
    if len(left) > len(right):
        left, right = right, left
    if len(left) < SLIP_LENGTH_MIN or len(right) - len(left) > 1 or left == right:
        return False
    at = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), len(left))
    if len(left) < len(right):
        return left[at:] == right[at + 1 :]
    if left[at + 1 :] == right[at + 1 :]:
        return True
    return left[at : at + 2] == right[at : at + 2][::-1] and left[at + 2 :] == right[at + 2 :]


def numbers_of(text: str) -> tuple[str, ...]:
    """The numbers of a text, without leading zeros, long enough to say something."""
    stripped = (run.lstrip("0") for run in runs_of(fold(text)) if _has_digit(run))
    return tuple(dict.fromkeys(one for one in stripped if len(one) >= NUMBER_LENGTH_MIN))


def number_of(reference: str) -> str | None:
    """The number that people quote of a reference: its longest one, the last of several."""
    numbers = numbers_of(reference)
    return max(reversed(numbers), key=len) if numbers else None


def _has_digit(run: str) -> bool:
    return any(sign.isdigit() for sign in run)
