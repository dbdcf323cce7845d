"""Draws from one seeded sequence, the same on every version of Python.

Only `random()` is promised to stay (Python's documentation of the module), so every draw is made of
it. No draw needs a logarithm or another function that differs between machines.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

from adapters.system import seeded_random

Item = TypeVar("Item")

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_PAIR_MASK = len(_PAIRS) - 1
_PAIR_SHIFTS = (0, 10, 20, 30, 40)
_DRAW_LIMIT = 2**50
"""A pair needs ten bits, and a draw holds five of them."""
_HEX_DIGITS_A_DRAW = 10


class Dice:
    """One sequence of chance: everything that is drawn moves it on."""

    __slots__ = ("_next",)

    def __init__(self, seed: str) -> None:
        self._next: Callable[[], float] = seeded_random(seed).random

    def below(self, limit: int) -> int:
        """An integer from 0 to `limit` - 1; `limit` is at most 2**53."""
        return int(self._next() * limit)

    def between(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return low + int(self._next() * (high - low + 1))

    def permille(self, chance: int) -> bool:
        """True `chance` times in a thousand."""
        return self._next() * 1000 < chance

    def percent(self, chance: int) -> bool:
        """True `chance` times in a hundred."""
        return self._next() * 100 < chance

    def order(self) -> float:
        """A key to sort by: items sorted by such keys stand in random order."""
        return self._next()

    def pick(self, items: Sequence[Item]) -> Item:
        """One of `items`, all alike."""
        return items[int(self._next() * len(items))]

    def sample(self, items: Sequence[Item], count: int) -> list[Item]:
        """`count` different places of `items`, in random order."""
        rest = list(items)
        return [rest.pop(int(self._next() * len(rest))) for _ in range(count)]

    def digits(self, count: int) -> str:
        """A text of `count` (at most 15) digits."""
        return str(int(self._next() * 10**count)).zfill(count)

    def code(self, length: int) -> str:
        """A text of capitals and digits that cannot be misread (no I, O, 0, 1)."""
        pairs: list[str] = []
        while len(pairs) * 2 < length:
            drawn = int(self._next() * _DRAW_LIMIT)
            pairs += [_PAIRS[drawn >> shift & _PAIR_MASK] for shift in _PAIR_SHIFTS]
        return "".join(pairs)[:length]

    def hexadecimal(self, length: int) -> str:
        """A text of hexadecimal digits, capitals."""
        draws = -(-length // _HEX_DIGITS_A_DRAW)
        return "".join([f"{int(self._next() * 16**10):010X}" for _ in range(draws)])[:length]


class Weighted(Generic[Item]):
    """Items that are drawn as often as their weight says."""

    __slots__ = ("_bounds", "_items")

    def __init__(self, items: Sequence[Item], weights: Sequence[int]) -> None:
        self._items = tuple(items)
        self._bounds = list(accumulate(weights))

    def draw(self, dice: Dice) -> Item:
        """One of the items."""
        return self._items[bisect_right(self._bounds, dice.below(self._bounds[-1]))]
