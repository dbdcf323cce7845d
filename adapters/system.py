"""Clock, entropy and seeded chance: the one file that may ask the machine for something new.

Each port of the application has two forms here: the machine's own, and one that gives the same
answers every time, for tests and for replays.
"""

from __future__ import annotations

import hashlib
import random
import secrets
import time
from dataclasses import dataclass, field

NS_PER_MS = 1_000_000
MS_PER_S = 1_000


class Clock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC, from the system clock: it may be set back."""
        return time.time_ns() // NS_PER_MS

    def monotonic_ns(self) -> int:
        """Nanoseconds since some unknown instant: never set back, for measuring only."""
        return time.monotonic_ns()

    def pause_ms(self, ms: int) -> None:
        """Wait, in milliseconds."""
        time.sleep(ms / MS_PER_S)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands at `start_ms` and moves `step_ms` each time that it is read."""

    start_ms: int
    step_ms: int = 0
    reads: int = field(default=0, init=False)

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC: `start_ms`, then a step later with each reading."""
        now_ms = self.start_ms + self.reads * self.step_ms
        self.reads += 1
        return now_ms

    def monotonic_ns(self) -> int:
        """The same clock, in nanoseconds."""
        return self.now_ms() * NS_PER_MS

    def pause_ms(self, ms: int) -> None:
        """Wait for nothing: the clock moves on by itself."""
        self.start_ms += ms


class Entropy:
    """The machine's cryptographically secure randomness."""

    def token_bytes(self, n: int) -> bytes:
        """`n` unpredictable bytes."""
        return secrets.token_bytes(n)


@dataclass(slots=True)
class SeededEntropy:
    """Bytes that look random and are always the same for one seed. Never for keys of real data."""

    seed: str
    draws: int = field(default=0, init=False)

    def token_bytes(self, n: int) -> bytes:
        """`n` bytes that depend on the seed and on how many calls came before."""
        self.draws += 1
        return hashlib.shake_256(f"{self.draws}/{self.seed}".encode()).digest(n)


def seeded_random(seed: str) -> random.Random:
    """A pseudo-random source that repeats itself for the same seed.

    Python promises the sequence of `random()` across versions, and of no other method: draw with
    that one wherever results must be the same everywhere.
    """
    return random.Random(seed)  # noqa: S311  (repeatable data, no secrets)
