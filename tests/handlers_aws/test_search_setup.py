"""The function that makes indices after a deployment."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from conciliar.searching import open_search

CONTEXT: Any = SimpleNamespace(
    function_name="conciliar-search-setup",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:conciliar-search-setup",
    aws_request_id="r",
)


@pytest.mark.slow
def test_it_makes_indices_once(
    opensearch_url: str, new_space: Callable[[], str], monkeypatch: pytest.MonkeyPatch
):
    """The first run makes them, the second finds them, and the projector can begin."""
    from handlers.search_setup import handler

    tenant = new_space()
    monkeypatch.setenv("OPENSEARCH_URL", opensearch_url)
    monkeypatch.setenv("CONCILIAR_TENANT", tenant)
    monkeypatch.setenv("CONCILIAR_SEARCH_SHARDS", "2")
    made = [handler({}, CONTEXT)["made"] for _ in range(2)]
    with open_search(opensearch_url, tenant=tenant) as search:
        assert search.views.position() == 0
        search.calls.ask("DELETE", f"{search.space}-*")
    assert made == [True, False]
