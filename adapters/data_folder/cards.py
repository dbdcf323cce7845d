"""Card numbers in free text: found in every usual spacing, masked to first 6 and last 4 digits.

A card number has 13 to 19 digits, the first of them an issuer's, and passes Luhn's check
(ISO/IEC 7812-1). It stands in one piece, or in groups of one size (the last may be shorter) or of
4, 6 and the rest, with the same blank, dot or hyphen between all of them. Pieces are taken whole,
never in part, and what is known to be something else is left alone: a CBU, CVU or CUIT, a UETR, a
reference of a payment. Every tenth number passes Luhn's check, and a reference that is masked is
evidence lost: hence the narrow form.

Only free text is looked at, never a field that is declared an id.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.identity import CBU_LENGTH, is_valid_cbu, is_valid_cuit, looks_like_cvu

DIGITS_MIN, DIGITS_MAX = 13, 19
GROUP_DIGITS_MAX = 6
"""Digits of a group, where a number is written in several."""

WORD_LENGTH_MAX = 20
"""Characters that are looked at for the word before a number."""

_GAP = r"[ .\u00a0\u2010-\u2015-]{1,3}"
_SUSPECT = re.compile(rf"\d(?:(?:{_GAP})?\d){{{DIGITS_MIN - 1}}}")
_GAP_BEFORE = re.compile(_GAP)
_DIGITS = re.compile(r"\d+")
_WORD_BEFORE = re.compile(r"(?:^|[\W_])[^\W\d_]{2,}$")

_ISSUER = re.compile(r"4|5|6|3|2[2-7]")
"""Visa; Mastercard, Maestro, Cabal, Naranja; Discover, UnionPay; American Express, Diners, JCB."""

_HYPHENED_CUIT = re.compile(r"(?<!\d)\d{2}-\d{8}-\d(?!\d)")
_UETR = re.compile(
    r"(?<!\w)[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?!\w)",
    re.IGNORECASE,
)

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


@dataclass(frozen=True, slots=True)
class _Group:
    """Digits that stand together, and where."""

    start: int
    end: int
    digits: str


def may_hold_card_number(text: str) -> bool:
    """Whether the text has 13 digits close enough together; quick, and true too often."""
    return _SUSPECT.search(text) is not None


def masked(text: str, *, known: Collection[str]) -> str:
    """The text with each card number as `411111****1111`; the same text where there is none.

    `known` are digits of references, as `digits_of` finds them. Law: masking twice is masking once.
    """
    if not may_hold_card_number(text):
        return text
    parts: list[str] = []
    done = 0
    for number in _card_numbers(text, known):
        parts += (text[done : number.start], number.digits[:6], "****", number.digits[-4:])
        done = number.end
    return "".join((*parts, text[done:]))


def digits_of(references: Iterable[str]) -> Iterator[str]:
    """Numbers that references are or hold and that are long enough to be taken for a card's."""
    for reference in references:
        if may_hold_card_number(reference):
            for stretch in _stretches(reference):
                for at in range(len(stretch)):
                    for _, digits in _joined(stretch[at:], most=len(reference)):
                        if len(digits) >= DIGITS_MIN:
                            yield digits.lstrip("0")  # banks strip them


def _card_numbers(text: str, known: Collection[str]) -> Iterator[_Group]:
    done = 0
    for stretch in _stretches(text):
        groups = [group for group in stretch if group.start >= done]
        at = 0
        while at < len(groups):
            ahead = groups[at : at + CBU_LENGTH]
            account = _account_groups(ahead)
            card = None if account else _card_number(ahead)
            if card is not None and not _is_known(card, text, known):
                yield card
            if card is not None:
                done = card.end
            at += account or 1
            while at < len(groups) and groups[at].start < done:
                at += 1


def _stretches(text: str) -> Iterator[list[_Group]]:
    """Groups of digits that could belong together: with one and the same gap between them."""
    elsewhere = [found.span() for found in _UETR.finditer(text)]
    elsewhere += [found.span() for found in _HYPHENED_CUIT.finditer(text) if _is_cuit(found)]
    stretch: list[_Group] = []
    gap = ""
    for found in _DIGITS.finditer(text):
        group = _Group(found.start(), found.end(), _folded(found.group()))
        if not _stands_alone(text, group) or any(a <= group.start < b for a, b in elsewhere):
            yield stretch
            stretch = []
            continue
        before = text[stretch[-1].end : group.start] if stretch else ""
        if not _GAP_BEFORE.fullmatch(before):
            yield stretch
            stretch = []
        elif len(stretch) > 1 and before != gap:
            yield stretch
            stretch = stretch[-1:]
        stretch.append(group)
        gap = before
    yield stretch


def _is_cuit(found: re.Match[str]) -> bool:
    return is_valid_cuit(found.group().replace("-", ""))


def _stands_alone(text: str, group: _Group) -> bool:
    """Whether no letter touches the digits, but for a word before them: VISA4111111111111111."""
    if text[group.end : group.end + 1].isalpha():
        return False
    before = text[max(0, group.start - WORD_LENGTH_MAX) : group.start]
    return not before[-1:].isalpha() or _WORD_BEFORE.search(before) is not None


def _card_number(groups: Sequence[_Group]) -> _Group | None:
    """The longest card number that the first groups are."""
    found: _Group | None = None
    for count, digits in _joined(groups, most=DIGITS_MAX):
        sizes = [len(group.digits) for group in groups[:count]]
        if len(digits) >= DIGITS_MIN and _is_usual(sizes) and _is_card_number(digits):
            found = _Group(groups[0].start, groups[count - 1].end, digits)
    return found


def _is_usual(sizes: Sequence[int]) -> bool:
    """Whether a card number is written in groups of these sizes."""
    if len(sizes) == 1:
        return True
    if max(sizes) > GROUP_DIGITS_MAX:
        return False
    alike = len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0]
    return alike or (list(sizes[:2]) == [4, 6] and len(sizes) == 3)


def _account_groups(groups: Sequence[_Group]) -> int:
    """How many of the first groups are one CBU or CVU, or 0."""
    for count, digits in _joined(groups, most=CBU_LENGTH):
        if is_valid_cbu(digits) or looks_like_cvu(digits):
            return count
    return 0


def _joined(groups: Sequence[_Group], *, most: int) -> Iterator[tuple[int, str]]:
    digits = ""
    for count, group in enumerate(groups, start=1):
        digits += group.digits
        if len(digits) > most:
            return
        yield count, digits


def _is_known(card: _Group, text: str, known: Collection[str]) -> bool:
    digits = card.digits.lstrip("0")
    if digits in known:
        return True
    # At the end of a text a reference may have been cut (rule R3).
    return card.end == len(text) and any(each.startswith(digits) for each in known)


def _is_card_number(digits: str) -> bool:
    return _ISSUER.match(digits) is not None and _luhn_sum(digits) % 10 == 0


def _luhn_sum(digits: str) -> int:
    values = [int(digit) for digit in reversed(digits)]
    return sum(values[::2]) + sum(_DOUBLED[value] for value in values[1::2])


def _folded(digits: str) -> str:
    """The digits in ASCII: full-width and Arabic ones hide a number from nobody."""
    if digits.isascii():
        return digits
    return "".join(str(unicodedata.digit(digit)) for digit in digits)
