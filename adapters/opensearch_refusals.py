"""What the search store refuses, beside what every store may refuse (application/ports.py).

Apart from its package, so that finding words for it loads nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import Refusal


@dataclass(unsafe_hash=True, kw_only=True)
class SearchRefused(Refusal):
    """OpenSearch answered a call with an error that no repetition changes: where, and its kind."""

    place: str
    reason: str


@dataclass(unsafe_hash=True, kw_only=True)
class IndicesUnfit(Refusal):
    """There are no indices of this space, or they were made for other fields: what is wrong."""

    space: str
    reason: str
