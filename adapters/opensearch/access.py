"""Who may do what in OpenSearch: roles of its own, given to roles of AWS by their names.

    conciliar-read    of every tenant: search and get in what lists and sums are read from; of
                      documents, those whose name it knows (a partner's grant)
    conciliar-write   of one tenant: read and write in its indices; make none, drop none

A function that answers questions serves the tenant that a token names; what it asks is confined to
one tenant's indices by their names, and to rows that a partner may see by the question itself.
It can search no documents; parked ones and the heads of steps it cannot read.
"""

from __future__ import annotations

from typing import Any, Final

from adapters.opensearch.calls import Calls
from adapters.opensearch.indices import CONTROL, DOCUMENTS, LISTS, POSITIONS

READ, WRITE = "conciliar-read", "conciliar-write"

_SECURITY: Final = "_plugins/_security/api"

_READING: Final = ("indices:data/read/search*", "indices:data/read/get*")
_GETTING: Final = ("indices:data/read/get*",)
_WRITING: Final = (
    "indices:data/read/*",
    "indices:data/write/*",
    "indices:admin/refresh*",
    "indices:admin/get",
    "indices:admin/aliases/get",
    "indices:admin/mappings/get",
    "indices:monitor/settings/get",
)
_WRITING_ANYWHERE: Final = (  # these name their indices inside
    "indices:data/write/bulk",
    "indices:data/read/mget",
    "indices:data/read/point_in_time/*",
)


def grant(calls: Calls, *, space: str, reader: str, writer: str) -> None:
    """Define both roles, and give them to roles of AWS by their ARN. May be said again.

    Raises SearchRefused where we may not say so, or where there is no access control.
    """
    patterns = [f"conciliar-*-{name}" for name in (*LISTS, POSITIONS, CONTROL)]
    named = _may([f"conciliar-*-{DOCUMENTS}"], _GETTING)
    _define(calls, READ, [_may(patterns, _READING), named], arn=reader)
    everything = _may([f"{space}-*"], _WRITING)
    _define(calls, WRITE, [everything], arn=writer, anywhere=_WRITING_ANYWHERE)


def _may(patterns: list[str], actions: tuple[str, ...]) -> dict[str, Any]:
    return {"index_patterns": patterns, "allowed_actions": list(actions)}


def _define(
    calls: Calls,
    role: str,
    allowed: list[dict[str, Any]],
    *,
    arn: str,
    anywhere: tuple[str, ...] = (),
) -> None:
    content: dict[str, Any] = {
        "cluster_permissions": list(anywhere),
        "index_permissions": allowed,
        "tenant_permissions": [],
    }
    calls.ask("PUT", f"{_SECURITY}/roles/{role}", content)
    calls.ask("PUT", f"{_SECURITY}/rolesmapping/{role}", {"backend_roles": [arn]})
