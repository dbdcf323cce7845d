"""Lists in OpenSearch keep the promises of the port: the answers are those of SQLite."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import ClassVar

import pytest

from adapters.opensearch.queries import OpenSearchQueryStore
from tests.adapters.opensearch.spaces import space
from tests.queries.contract import Opened, QueryStoreContract


@pytest.mark.slow
@pytest.mark.timeout(600)
class TestOpenSearchQueries(QueryStoreContract):
    """The contract, on a real OpenSearch."""

    EXAMPLES = 4  # a step in OpenSearch takes a hundred times as long as one in SQLite

    server: ClassVar[tuple[str, Callable[[], str]]]

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def served(cls, opensearch_url: str, new_space: Callable[[], str]) -> None:
        cls.server = opensearch_url, new_space

    @contextmanager
    def opened(self) -> Generator[Opened]:
        url, new_space = self.server
        with space(url, new_space()) as views:
            name = views.generation.space
            yield Opened(store=OpenSearchQueryStore(views.calls, name), views=views)
