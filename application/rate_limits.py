"""How often a caller may ask: a bucket for each caller and kind of question, filled again in time.

A bucket holds at most `burst` questions and gains `per_second` of them each second; whole
thousandths of a question are counted, so that nothing is rounded away. Buckets live in the memory
of one process: several processes allow so many times as much.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["read", "search", "changes"]

MILLI: Final = 1_000

BUCKETS_MAX: Final = 10_000
"""Buckets that are remembered; the one that was not asked for longest is forgotten: it is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Questions a second, and how many may come at once."""

    per_second: int
    burst: int

    @property
    def window_s(self) -> int:
        """Seconds in which an empty bucket is full again."""
        return -(-self.burst // self.per_second)


RATES: Final[Mapping[Kind, Rate]] = {
    "read": Rate(per_second=50, burst=100),
    "search": Rate(per_second=20, burst=20),
    "changes": Rate(per_second=2, burst=2),
}
"""By kind of question, for each caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a caller has left: `wait_s` is 0 where the question may be asked now."""

    rate: Rate
    remaining: int
    wait_s: int


@dataclass(slots=True)
class _Bucket:
    milli: int
    at_ms: int


class RateLimits:
    """The buckets of one process. Safe to share among threads."""

    def __init__(self, rates: Mapping[Kind, Rate] = RATES) -> None:
        self._rates = rates
        self._buckets: OrderedDict[tuple[str, Kind], _Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, caller: str, kind: Kind, *, now_ms: int) -> Left:
        """Take one question out of the caller's bucket, if there is one."""
        rate = self._rates[kind]
        with self._lock:
            bucket = self._bucket((caller, kind), rate, now_ms)
            if bucket.milli < MILLI:
                lacking = MILLI - bucket.milli
                wait_ms = -(-lacking // rate.per_second)
                return Left(rate=rate, remaining=0, wait_s=-(-wait_ms // MILLI))
            bucket.milli -= MILLI
            return Left(rate=rate, remaining=bucket.milli // MILLI, wait_s=0)

    def _bucket(self, name: tuple[str, Kind], rate: Rate, now_ms: int) -> _Bucket:
        bucket = self._buckets.pop(name, None) or _Bucket(milli=rate.burst * MILLI, at_ms=now_ms)
        # A clock that was set back fills nothing, and takes nothing away.
        gained = max(0, now_ms - bucket.at_ms) * rate.per_second
        bucket.milli = min(rate.burst * MILLI, bucket.milli + gained)
        bucket.at_ms = now_ms
        self._buckets[name] = bucket
        if len(self._buckets) > BUCKETS_MAX:
            self._buckets.popitem(last=False)
        return bucket
