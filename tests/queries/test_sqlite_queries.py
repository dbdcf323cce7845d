"""Lists in SQLite keep the promises of the port."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.sqlite_queries import SqliteQueryStore
from adapters.sqlite_views import SqliteViewStore
from tests.queries.contract import Opened, QueryStoreContract


class TestSqliteQueries(QueryStoreContract):
    """The contract, on SQLite."""

    @contextmanager
    def opened(self) -> Generator[Opened]:
        with (
            TemporaryDirectory() as folder,
            SqliteViewStore.open(Path(folder)) as views,
            closing(SqliteQueryStore.open(views)) as store,
        ):
            yield Opened(store=store, views=views)
