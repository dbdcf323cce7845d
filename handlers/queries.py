"""Questions over HTTP on AWS: the routes, over the read models in OpenSearch.

An HTTP API asked the authoriser before; what it found stands in the event.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from application.queries import Queries
from conciliar.aws_reading import GrantsOfSearch, here
from handlers.http.asked import tenant_of
from handlers.http.resolver import Resolver
from handlers.http.routes import router
from handlers.http.served import Served

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

TENANTS_MAX = 16
"""Tenants whose wiring an instance remembers."""


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The answer to an event of an HTTP API (payload 2.0)."""
    del context
    return _resolver(tenant_of(event)).answer(event)


@lru_cache(maxsize=TENANTS_MAX)
def _resolver(tenant: str) -> Resolver:
    """The routes over one tenant's read models."""
    aws = here()
    search = aws.search(tenant)
    served = Served(
        queries=Queries(store=search.queries, tenant=tenant, key=aws.cursor_key),
        grants=GrantsOfSearch(search.queries),
        timing=aws.clock,
        document=_document,
    )
    return Resolver(router(served))


def _document() -> str:
    from handlers.http.document import document_text  # pydantic makes it; few ever ask

    return document_text()
