"""Takes away what no cursor can reach any more: rows that ended, marks of documents, old steps.

Nothing else deletes, and this only what was let go of for as long as a cursor lives: whoever writes
late, within that time, still meets the mark of what was there. May run at any time, and again.
"""

from __future__ import annotations

from typing import Any

from adapters.opensearch.indices import CONTROL, DOCUMENTS, LISTS
from adapters.opensearch.steps import read_standing
from adapters.opensearch.views import OpenSearchViewStore
from application.cursors import LIFE_MS


def sweep(views: OpenSearchViewStore) -> int:
    """How many documents of OpenSearch were taken away. Raises StoreBusy."""
    calls, generation = views.calls, views.generation
    control = generation.index(CONTROL)
    calls.ask("POST", f"{control}/_refresh")
    before_ms = read_standing(calls, control).at_ms - LIFE_MS
    gone: list[dict[str, Any]] = [
        {"term": {"kind": "edition"}},
        {"range": {"next_ms": {"lte": before_ms}}},
    ]
    asked = {"size": 1, "query": {"bool": {"filter": gone}}, "sort": [{"position": "desc"}]}
    hits = calls.ask("POST", f"{control}/_search", asked).body["hits"]["hits"]
    if not hits:
        return 0
    last: int = hits[0]["_source"]["position"]
    chosen: dict[str, list[dict[str, Any]]] = {
        name: [{"range": {"until": {"lte": last}}}] for name in LISTS
    }
    chosen[DOCUMENTS] = [{"term": {"gone": True}}, {"range": {"at": {"lte": last}}}]
    chosen[CONTROL] = [
        {"terms": {"kind": ["edition", "done", "part"]}},
        {"range": {"position": {"lte": last}}},
    ]
    deleted = 0
    for name, filters in chosen.items():
        path = f"{generation.index(name)}/_delete_by_query?conflicts=proceed&refresh=true"
        answer = calls.ask("POST", path, {"query": {"bool": {"filter": filters}}})
        deleted += answer.body["deleted"]
    return deleted
