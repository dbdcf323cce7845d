"""Questions to a store, by what people type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeAlias

from application.explaining import Explanation, explain
from application.lookup import KINDS, Kind, Target, resolve
from application.outcome import suggestion_rows
from application.ports import FactStore, ViewStore
from application.rates import Counted
from application.reports import open_items as find_open_items
from application.reports import streams_of
from application.results import Suggested
from application.suggesting import material, suggested
from conciliar.composition import Embedded, holidays
from projections import account_day, open_items
from projections.open_items import is_open_item


def target_of(embedded: Embedded, typed: str, *, among: Iterable[Kind] = KINDS) -> Target:
    """What an id names: as a source says it, or in full. Raises LookupRefusal."""
    views = embedded.current_views()
    return resolve(
        embedded.facts,
        typed,
        among=among,
        aliases=lambda source_id: streams_of(views, source_id=source_id),
    )


EXPLAINED: tuple[Kind, ...] = ("payment", "settlement", "match")
"""What has a why."""


def explained(embedded: Embedded, typed: str) -> tuple[Target, Explanation]:
    """What an id names, and why it is what it is. Raises LookupRefusal."""
    target = target_of(embedded, typed, among=EXPLAINED)
    return target, explanation(embedded.facts, embedded.current_views(), target)


def explanation(facts: FactStore, views: ViewStore, target: Target) -> Explanation:
    """Why a target is what it is, as of what the views hold.

    Raises PaymentUnknown, SettlementUnknown, MatchUnknown.
    """
    return explain(
        facts,
        target,
        as_of=last_known_day(views),
        contenders=lambda payment: _naming(views, payment),
    )


def _naming(views: ViewStore, payment: str) -> list[str]:
    """The open lines that name a payment as a candidate."""
    found: list[str] = []
    for key, document in views.all(open_items.MODEL):
        assert is_open_item(document)
        if any(candidate["payment"] == payment for candidate in document["candidates"]):
            found.append(key)
    return found


SUGGESTED_FROM_MAX = 100_000
"""Open items out of which suggestions are made while somebody waits: some seconds' worth."""


def suggested_now(embedded: Embedded, views: ViewStore) -> Suggested:
    """What is suggested for everything that is open, as a run says it in its exceptions.

    Nothing where more than SUGGESTED_FROM_MAX items are open: a run's exceptions have it.
    """
    keys = [key for key, _ in views.all(open_items.MODEL)]
    if len(keys) > SUGGESTED_FROM_MAX:
        return {}
    registry = material(embedded.facts, open_items=keys)
    found = suggested(registry, holidays=holidays())
    lines = {line: suggestion_rows(registry, some) for line, some in found.of_line.items()}
    payments = {
        payment: suggestion_rows(registry, some, payment)
        for payment, some in found.of_payment.items()
    }
    return {**lines, **payments}


OpenValues: TypeAlias = Mapping[tuple[str, str, str], Counted]
"""Open items by kind, reason and currency: how many, and the sum of their sizes."""


def open_values(views: ViewStore, *, as_of: date) -> OpenValues:
    """What is open as of a day."""
    counts: Counter[tuple[str, str, str]] = Counter()
    sizes: Counter[tuple[str, str, str]] = Counter()
    for item in find_open_items(views, as_of=as_of).items:
        key = item.kind, item.reason, item.currency
        counts[key] += 1
        sizes[key] += abs(item.minor)
    return {key: Counted(count=counts[key], minor=sizes[key]) for key in sorted(counts)}


def last_known_day(views: ViewStore) -> date | None:
    """The last day that anything is known of: the last booking day, or a later open payment's."""
    days = {account_day.read_key(key).day for key, _ in views.all(account_day.MODEL)}
    for _, document in views.all(open_items.MODEL):
        assert is_open_item(document)
        if document["kind"] != "contradiction":  # its day is one of recorded time
            days.add(document["since"])
    return date.fromisoformat(max(days)) if days else None
