"""Lists in OpenSearch keep the promises of the port: the answers are those of SQLite."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import ClassVar

import pytest

from adapters.opensearch.queries import OpenSearchQueryStore
from tests.adapters.opensearch.spaces import Pool
from tests.queries.contract import Opened, QueryStoreContract


@pytest.mark.slow
class TestOpenSearchQueries(QueryStoreContract):
    """The contract, on a real OpenSearch."""

    EXAMPLES = 8  # a step in OpenSearch takes a hundred times as long as one in SQLite

    pool: ClassVar[Pool]

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def spaces(cls, opensearch_url: str, new_space: Callable[[], str]) -> Generator[None]:
        with Pool(opensearch_url, new_space) as cls.pool:
            yield

    @contextmanager
    def opened(self) -> Generator[Opened]:
        with self.pool.empty() as views:
            space = views.generation.space
            yield Opened(store=OpenSearchQueryStore(views.calls, space), views=views)
