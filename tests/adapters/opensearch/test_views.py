"""Read models in OpenSearch keep the port's promises."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from adapters.opensearch.views import OpenSearchViewStore
from tests.adapters.contract_views import ViewStoreContract
from tests.adapters.opensearch.spaces import space


@pytest.fixture
def views(opensearch_url: str, new_space: Callable[[], str]) -> Generator[OpenSearchViewStore]:
    with space(opensearch_url, new_space()) as made:
        yield made


@pytest.mark.slow
@pytest.mark.timeout(600)
class TestOpenSearchViewStore(ViewStoreContract):
    """The contract, on a real OpenSearch."""

    @pytest.fixture
    def views(self, views: OpenSearchViewStore) -> OpenSearchViewStore:
        return views
