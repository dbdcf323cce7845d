"""Sums by day: what was expected, settled, open and returned, over any number of days.

Read from the documents that the single writer keeps, a document for each day and currency; for
some merchants, one for each of them too. Whole numbers are added here: a search engine's own sums
are fractions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from adapters.opensearch.calls import Calls
from adapters.opensearch.indices import POSITION_AMOUNTS, POSITIONS
from application.query_refusals import QueryTooBroad
from projections import daily_position, daily_total

DOCUMENTS_MAX = 10_000
"""Documents that one answer is added up from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySums:
    """A day's amounts in a currency, by the names of projections/daily_position.py; no zeros."""

    day: str
    amounts: dict[str, int]


class OpenSearchPositions:
    """Sums by day of one tenant, as they stand."""

    def __init__(self, calls: Calls, space: str) -> None:
        self._calls = calls
        self._index = f"{space}-{POSITIONS}"

    def by_day(
        self,
        *,
        first: str,
        last: str,
        currency: str,
        merchants: Collection[str] | None = None,
    ) -> list[DaySums]:
        """Days from `first` to `last` (ISO 8601) that have any, in order; of all or some merchants.

        Raises QueryTooBroad for more than DOCUMENTS_MAX days of merchants, StoreBusy.
        """
        model = daily_total.MODEL if merchants is None else daily_position.MODEL
        chosen: list[dict[str, Any]] = [
            {"term": {"model": model}},
            {"term": {"currency": currency}},
            {"range": {"day": {"gte": first, "lte": last}}},
        ]
        if merchants is not None:
            chosen.append({"terms": {"merchant": sorted(merchants)}})
        asked = {
            "size": DOCUMENTS_MAX,
            "query": {"bool": {"filter": chosen, "must_not": [{"term": {"gone": True}}]}},
            "sort": [{"day": "asc"}],
            "track_total_hits": DOCUMENTS_MAX + 1,
        }
        path = f"{self._index}/_search?filter_path=hits.total,hits.hits._source"
        hits = self._calls.ask("POST", path, asked).body["hits"]
        if hits["total"]["value"] > DOCUMENTS_MAX:
            raise QueryTooBroad(reason="too-many-rows-to-look-at")
        sums: dict[str, Counter[str]] = {}
        for hit in hits.get("hits", ()):
            source = hit["_source"]
            day = sums.setdefault(source["day"], Counter())
            day.update({name: source[name] for name in POSITION_AMOUNTS if name in source})
            day.update(source["rest"])
        return [
            DaySums(day=day, amounts={name: sum_ for name, sum_ in found.items() if sum_})
            for day, found in sums.items()
        ]
