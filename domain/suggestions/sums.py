"""Exact sums of at most three values: all of them, as far as somebody would look at them.

A sum found by search proves nothing (class S): amounts are many, and some sum fits by accident.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

SUMS_MAX = 5
"""Solutions that are told: who sees five knows that there is no telling."""

POOL_OF_THREE_MAX = 60
POOL_OF_TWO_MAX = 400
POOL_MAX = 2_000
"""Values that are looked through for sums of three, of two, of one."""


def exact_sums(
    values: Sequence[int], target: int, *, size_min: int = 1, size_max: int = 3
) -> list[tuple[int, ...]]:
    """The places of values that sum to `target`, the fewest values first; at most SUMS_MAX."""
    return list(islice(_sums(values, target, size_min, size_max), SUMS_MAX))


def _sums(
    values: Sequence[int], target: int, size_min: int, size_max: int
) -> Iterator[tuple[int, ...]]:
    count = len(values)
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, value in enumerate(values):
        places[value].append(place)
    if size_min <= 1 <= size_max and count <= POOL_MAX:
        yield from ((place,) for place in places.get(target, ()))
    if size_min <= 2 <= size_max and count <= POOL_OF_TWO_MAX:
        for one, value in enumerate(values):
            yield from ((one, two) for two in places.get(target - value, ()) if one < two)
    if size_min <= 3 <= size_max and count <= POOL_OF_THREE_MAX:
        for one in range(count):
            for two in range(one + 1, count):
                rest = target - values[one] - values[two]
                yield from ((one, two, three) for three in places.get(rest, ()) if two < three)
