"""The record that is stored with every match: enough to check it again without the engine.

The amount equation (allocations and named residuals) stands in the fact itself. Values of personal
fields are not repeated here: an `Evidence` names the item and the field, and the item's own fact,
at the version that the proof names, holds the value.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from domain.values import value

EvidenceClass = Literal["I", "G", "C", "D"]
"""Identity, group, composite, decision: the classes that post. What they mean: docs/glossary.md."""

MatchStatus = Literal["final", "provisional"]
"""A provisional match reserves its payments, settles nothing and eliminates nobody."""

ALTERNATIVES_INLINE_MAX = 200
"""More eliminated alternatives than this are counted by rule, with a hash of the whole list."""

POOL_INLINE_MAX = 60
"""A larger pool of a searched sum is named by its hash alone."""


@value
class Evidence:
    """One thing the match rests on: where the line shows what, and what it equals on the payment.

    `place` is a field of the line, or `remittance_information` for something read in its text;
    `value` is as shown and `normalised` as compared, both None for personal fields.
    """

    kind: str
    line: str
    place: str
    payment: str | None
    value: str | None = None
    normalised: str | None = None


@value
class Eliminated:
    """A candidate that could not be, with every contradiction that says so (X1 to X8, D)."""

    line: str
    payment: str
    contradictions: tuple[str, ...]


@value
class Window:
    """The days on which a line could pay the match's payments: both ends included."""

    value_date: date
    first: date
    last: date


@value
class Basis:
    """The versions of the reference data a match was computed with; None where it needed none."""

    calendar: str | None = None
    schedules: tuple[date, ...] = ()
    fx_day: date | None = None
    fx_rate: int | None = None


@value
class SumSearch:
    """A sum that was searched: among how many payments, how many together, what was found.

    `near_misses` are sums close to the target that differ from it by a multiple of 100 pesos: they
    tell how likely an accident is, `lambda_ppm` in millionths, over all `searches` (groups that the
    line could be searched in). `chosen` are the payments held back or released. `pool_ids` names
    the pool up to POOL_INLINE_MAX payments, `pool_hash` is the SHA-256 (hex) over its sorted ids.
    `corroborated_by` are the lines that paid what this one held, or held what this one paid.
    """

    pool: int
    size_max: int
    solutions: int
    near_misses: int
    lambda_ppm: int = 0
    searches: int = 1
    chosen: tuple[str, ...] = ()
    pool_ids: tuple[str, ...] = ()
    pool_hash: str | None = None
    corroborated_by: tuple[str, ...] = ()


@value
class Proof:
    """Why a match was the only possibility.

    `items` pairs each item with the version of the last fact that its verdict depends on: what
    matches left on it does not count, so that the order of posting leaves no trace.
    `candidates_hash` is the SHA-256 (hex) over the sorted ids of all candidates, chosen and
    eliminated, `candidates` their number. When `eliminated` would be longer than
    ALTERNATIVES_INLINE_MAX it is empty, `eliminated_by_rule` counts it and `eliminated_hash` is its
    hash.
    """

    items: tuple[tuple[str, int], ...]
    evidence: tuple[Evidence, ...]
    window: Window
    sealed: str | None
    candidates: int
    candidates_hash: str
    eliminated: tuple[Eliminated, ...] = ()
    eliminated_by_rule: tuple[tuple[str, int], ...] = ()
    eliminated_hash: str | None = None
    basis: Basis = Basis()
    sums: SumSearch | None = None
