"""Open items and their ages: as of the read models' position; a day says how old things are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from application.ports import ViewStore
from domain.matching.residue import UNSEALED
from domain.settlement import PROVISIONAL
from projections import open_items as model
from projections.open_items import PENDING, OpenItem, is_open_item

MISSING = "missing"
"""A payment whose break day is over."""

NOT_DUE = "not due"

BUCKETS: tuple[tuple[int, str], ...] = ((-1, NOT_DUE), (1, "0-1"), (5, "2-5"), (12, "6-12"))
"""Ageing: the last day of each group, in calendar days; what is older is OLDEST."""

OLDEST = "over 12"
AGES: tuple[str, ...] = (*(name for _, name in BUCKETS), OLDEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgedItem:
    """An open item on a day.

    `age_days` are calendar days since a payment was due, since a line was booked, since a
    contradiction was recorded; negative while a payment is not due. `reason` is "missing" for a
    payment past its break day.
    """

    kind: Literal["payment", "line", "contradiction"]
    item: str
    minor: int
    currency: str
    since: date
    break_day: date | None
    age_days: int
    bucket: str
    reason: str
    rule: str | None
    merchant: str | None
    account: str | None
    candidates: tuple[str, ...]
    candidates_total: int

    @property
    def needs_a_person(self) -> bool:
        """Whether it is an exception: where something may still come, nothing is wrong yet."""
        return self.reason not in {PENDING, PROVISIONAL, UNSEALED}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeGroup:
    """Open items of one kind, currency and age; `minor` sums their sizes, whatever their signs."""

    kind: str
    currency: str
    bucket: str
    count: int
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItems:
    """Open items, oldest first, and their groups by kind, currency and age."""

    as_of: date
    items: tuple[AgedItem, ...]
    groups: tuple[AgeGroup, ...]


def open_items(
    views: ViewStore,
    *,
    as_of: date,
    kind: str | None = None,
    account: str | None = None,
    merchant: str | None = None,
    currency: str | None = None,
    reason: str | None = None,
    bucket: str | None = None,
) -> OpenItems:
    """What is open now and existed on `as_of`, narrowed by whatever is given."""
    wanted = {
        "kind": kind,
        "account": account,
        "merchant": merchant,
        "currency": currency,
        "reason": reason,
        "bucket": bucket,
    }
    filters = [(name, value) for name, value in wanted.items() if value is not None]
    items = [
        item
        for item in _aged(views, as_of)
        if all(getattr(item, name) == value for name, value in filters)
    ]
    items.sort(key=lambda item: (-item.age_days, item.kind, item.item))
    return OpenItems(as_of=as_of, items=tuple(items), groups=tuple(_groups(items)))


def _aged(views: ViewStore, as_of: date) -> Iterator[AgedItem]:
    day = as_of.isoformat()
    for _, document in views.all(model.MODEL):
        assert is_open_item(document)
        # The day a contradiction was recorded on is no business day: it is shown from the start.
        if document["since"] <= day or document["kind"] == "contradiction":
            yield _aged_item(document, as_of)


def _aged_item(document: OpenItem, as_of: date) -> AgedItem:
    age_days = (as_of - date.fromisoformat(document["due"])).days
    if document["kind"] == "contradiction":
        age_days = max(age_days, 0)
    break_day = document["break_day"]
    broken = break_day is not None and break_day < as_of.isoformat()
    return AgedItem(
        kind=document["kind"],
        item=document["item"],
        minor=document["minor"],
        currency=document["currency"],
        since=date.fromisoformat(document["since"]),
        break_day=None if break_day is None else date.fromisoformat(break_day),
        age_days=age_days,
        bucket=bucket_of(age_days),
        reason=MISSING if broken and document["reason"] == PENDING else document["reason"],
        rule=document["rule"],
        merchant=document["merchant"],
        account=document["account"],
        candidates=tuple(one["payment"] for one in document["candidates"]),
        candidates_total=document["candidates_total"],
    )


def bucket_of(age_days: int) -> str:
    """The group that an age belongs to."""
    return next((name for last, name in BUCKETS if age_days <= last), OLDEST)


def _groups(items: Iterable[AgedItem]) -> Iterator[AgeGroup]:
    counts: Counter[tuple[str, str, int]] = Counter()
    sums: Counter[tuple[str, str, int]] = Counter()
    for item in items:
        group = (item.kind, item.currency, AGES.index(item.bucket))
        counts[group] += 1
        sums[group] += abs(item.minor)
    for group in sorted(counts):
        kind, currency, age = group
        yield AgeGroup(
            kind=kind, currency=currency, bucket=AGES[age], count=counts[group], minor=sums[group]
        )
