"""What a store on DynamoDB refuses, beside what every store may refuse (application/ports.py).

Apart from its package, so that finding words for it loads nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import Refusal


@dataclass(unsafe_hash=True, kw_only=True)
class KeyUnusable(Refusal):
    """A tenant or stream that cannot be a key; nothing was sent."""

    key: str
    reason: str


@dataclass(unsafe_hash=True, kw_only=True)
class ItemBroken(Refusal):
    """An item that is not what its table promises: its key, and what is wrong with it."""

    place: str
    reason: str


@dataclass(unsafe_hash=True, kw_only=True)
class BesideConflict(Refusal):
    """What was to be written beside the facts had its own condition, and that failed."""
