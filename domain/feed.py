"""A feed: a source of payments, or the days of an account, that says how far it has come.

    ── advance ──▶ Feed ── advance further ──▶ Feed

Its watermark seals: a window whose days lie before it is complete on that side (rule E9).

Laws
    A watermark never falls.
    Repeating a decision changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

# Facts. Topics and field names are storage format: they only ever gain optional fields or new
# versions.


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedWatermarkAdvanced:
    """All that the feed has for days up to and with `through` was delivered."""

    TOPIC: ClassVar[str] = "feed.watermark_advanced"
    through: date


FeedFact = FeedWatermarkAdvanced


# State.


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed that is complete up to and with `through`."""

    through: date


def stream_of(*, kind: str, source: str) -> str:
    """The feed's stream: `kind` says what it brings ("payments"), `source` from where."""
    return f"feed:{kind}:{source}"


def evolve(feed: Feed | None, fact: FeedFact) -> Feed:
    """The feed after `fact`. It only remembers: every stored fact is accepted."""
    through = fact.through if feed is None else max(feed.through, fact.through)
    return Feed(through=through)


# Decisions.


def advance(feed: Feed | None, *, through: date) -> tuple[FeedFact, ...]:
    """Note that the feed is complete through a day; a day it had passed is nothing new."""
    if feed is not None and through <= feed.through:
        return ()
    return (FeedWatermarkAdvanced(through=through),)
