"""What may have been meant by a name that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

NEAR_MAX: Final = 5
"""Ids that a refusal names."""


def near(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """At most NEAR_MAX names that may have been meant: one slip away, or with the text in them."""
    wanted = text.casefold()
    ranked: set[tuple[int, str]] = set()
    for name in names:
        folded = name.casefold()
        if is_one_slip(folded, wanted):
            ranked.add((0, name))
        elif wanted and wanted in folded:
            ranked.add((1, name))
    return tuple(name for _, name in sorted(ranked)[:NEAR_MAX])


def is_one_slip(one: str, other: str) -> bool:
    """Whether one character was replaced, left out or put in, or two neighbours were exchanged."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    first = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None
    )
    if first is None:
        return True
    rest, rest_of_other = one[first:], other[first:]
    return (
        rest[1:] == rest_of_other[1:]
        or rest[1:] == rest_of_other
        or rest == rest_of_other[1:]
        or (rest[:2] == rest_of_other[1::-1] and rest[2:] == rest_of_other[2:])
    )
