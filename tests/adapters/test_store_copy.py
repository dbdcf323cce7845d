"""Copies between two folders, and what their pieces promise."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sqlite_copy import SqliteEnd
from adapters.sqlite_facts import SqliteFactStore
from adapters.store_folder import KEYS
from adapters.system import Entropy, FixedClock
from adapters.verification import verify
from tests.adapters.contract_copies import MASTER_KEY, CopyContract, Side, copied, filled
from tests.adapters.contract_facts import NOW_MS

TENANT = "bank-01"


@pytest.fixture
def folder_side(tmp_path: Path) -> Generator[Callable[[str], Side]]:
    opened: list[SqliteFactStore] = []

    def open_one(name: str) -> Side:
        store = SqliteFactStore.open(
            tmp_path / name,
            tenant=TENANT,
            clock=FixedClock(NOW_MS, step_ms=1),
            entropy=Entropy(),
            new_key=MASTER_KEY,
        )
        opened.append(store)
        return Side(store=store, end=SqliteEnd(store), tenant=TENANT)

    yield open_one
    for store in opened:
        store.close()


class TestFromFolderToFolder(CopyContract):
    """The cases, between two folders."""

    @pytest.fixture
    def source(self, folder_side: Callable[[str], Side]) -> Side:
        return folder_side("source")

    @pytest.fixture
    def target(self, folder_side: Callable[[str], Side]) -> Side:
        return folder_side("target")

    @pytest.fixture
    def lose_key(self, source: Side) -> Callable[[str], None]:
        return lambda stream: lose_salt(source, stream)

    def test_the_copy_is_sound(self, source: Side, target: Side):
        """What the store promises holds of a copy, by the check of its own."""
        filled(source.store)
        source.store.shred(["pay:core:P1"])
        copied(source, target)
        found = verify(target.store)
        assert (found.findings, found.boxes_shredded) == ((), 1)


def lose_salt(side: Side, stream: str) -> None:
    """Take a salt away without an order."""
    file = side.store.folder.path / KEYS
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("DELETE FROM salts WHERE stream = ?", (stream,))
