"""After a deployment: indices where there are none, and who may see which. May be run again.

    {}  →  {"made": whether there were none}

Indices of another program are refused by name (IndicesUnfit): read models are then made again
beside the ones that live (docs/read-models.md), never changed in place.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from conciliar.searching import open_search, set_up
from handlers.observed import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(log_event=False, clear_state=True)
def handler(event: dict[str, object], context: LambdaContext) -> dict[str, object]:
    """Make what is missing. Without names of readers and writers no access is said."""
    del event, context
    said = os.environ
    with open_search(said["OPENSEARCH_URL"], tenant=said["CONCILIAR_TENANT"]) as search:
        made = set_up(
            search,
            shards=int(said.get("CONCILIAR_SEARCH_SHARDS") or 1),
            reader=said.get("CONCILIAR_SEARCH_READER") or None,
            writer=said.get("CONCILIAR_SEARCH_WRITER") or None,
        )
    logger.info("indices stand", extra={"made": made})
    return {"made": made}
