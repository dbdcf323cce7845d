"""How far a system has delivered its payments: what an import says of it, as a seal (rule E9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from application.payment_import import Imported
from application.ports import FactStore, VersionConflict
from application.registry import Registry
from domain import feed
from domain.facts import Context

ATTEMPTS_MAX: Final = 5
"""Times that a watermark is advanced afresh because somebody else advanced it meanwhile."""


def lacks_payments(imported: Sequence[Imported]) -> bool:
    """Whether an order was refused and set aside, so that its payment may be missing."""
    return any(answer.status == "refused" for each in imported for answer in each.answers)


def advance(
    facts: FactStore, *, source: str, through: date, files: Sequence[str], actor: str
) -> bool:
    """Note that all payments of the source through a local day were delivered. Whether it is new.

    `files` are the hashes of what said so.
    """
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return _advanced(facts, source, through, files, actor)
        except VersionConflict:
            continue
    return _advanced(facts, source, through, files, actor)


def _advanced(
    facts: FactStore, source: str, through: date, files: Sequence[str], actor: str
) -> bool:
    stream = feed.stream_of(kind="payments", source=source)
    registry = Registry()
    registry.apply_all(facts.stream(stream))
    new = feed.advance(registry.of(stream, feed.Feed), through=through)
    if not new:
        return False
    context = Context(
        command_id=f"through:{through.isoformat()}",
        correlation_id="import",
        actor=actor,
        authority="import",
        sources=tuple(files),
    )
    commit = registry.commit(stream, new, business_time=through.isoformat(), context=context)
    return len(facts.append([commit])) > 0
