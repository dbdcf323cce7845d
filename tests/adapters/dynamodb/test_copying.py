"""Copies between a folder and tables, in both directions, and there and back."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adapters.dynamodb.calls import Calls, new_client
from adapters.dynamodb.copying import DynamoEnd
from adapters.dynamodb.facts import DynamoFactStore
from adapters.dynamodb.items import stream_key
from adapters.dynamodb.tables import Tables
from adapters.sqlite_copy import SqliteEnd
from adapters.sqlite_facts import SqliteFactStore
from adapters.system import Entropy, FixedClock
from application.ports import WriteUnknown
from tests.adapters.contract_copies import MASTER_KEY, CopyContract, Side, copied, filled
from tests.adapters.contract_facts import NOW_MS
from tests.adapters.contract_samples import allocated, commit
from tests.adapters.test_store_copy import lose_salt
from tests.fixtures.aws_faults import LOST_ANSWER, LOST_REQUEST, faulty

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def tables_side(environment: dict[str, str], tables: Tables, tenant: str) -> Generator[Side]:
    def calls() -> Calls:
        return Calls(new_client(), waiting=FixedClock(0), entropy=Entropy())

    store = DynamoFactStore(
        calls(),
        tables=tables,
        tenant=tenant,
        master_key=MASTER_KEY,
        clock=FixedClock(NOW_MS, step_ms=1),
        entropy=Entropy(),
    )
    end = DynamoEnd(calls(), tables=tables, tenant=tenant)
    yield Side(store=store, end=end, tenant=tenant)
    store.close()
    end.close()


@pytest.fixture
def folder_side(tmp_path: Path, tenant: str) -> Generator[Callable[[str], Side]]:
    opened: list[SqliteFactStore] = []

    def open_one(name: str) -> Side:
        store = SqliteFactStore.open(
            tmp_path / name,
            tenant=tenant,
            clock=FixedClock(NOW_MS, step_ms=1),
            entropy=Entropy(),
            new_key=MASTER_KEY,
        )
        opened.append(store)
        return Side(store=store, end=SqliteEnd(store), tenant=tenant)

    yield open_one
    for store in opened:
        store.close()


class TestFromFolderToTables(CopyContract):
    """The cases, from a folder to DynamoDB."""

    @pytest.fixture
    def source(self, folder_side: Callable[[str], Side]) -> Side:
        return folder_side("source")

    @pytest.fixture
    def target(self, tables_side: Side) -> Side:
        return tables_side

    @pytest.fixture
    def lose_key(self, source: Side) -> Callable[[str], None]:
        return lambda stream: lose_salt(source, stream)


class TestFromTablesToFolder(CopyContract):
    """The cases, from DynamoDB to a folder."""

    @pytest.fixture
    def source(self, tables_side: Side) -> Side:
        return tables_side

    @pytest.fixture
    def target(self, folder_side: Callable[[str], Side]) -> Side:
        return folder_side("target")

    @pytest.fixture
    def lose_key(self, source: Side) -> Callable[[str], None]:
        reader = source.store.reader

        def lose(stream: str) -> None:
            reader.calls.client.delete_item(
                TableName=reader.tables.named("keys"),
                Key={"pk": {"S": stream_key(source.tenant, stream)}},
            )

        return lose


def test_there_and_back_is_the_same_to_the_byte(
    folder_side: Callable[[str], Side], tables_side: Side
):
    """Folder, tables, folder: equal rows, equal names, equal digests."""
    first, last = folder_side("first"), folder_side("last")
    filled(first.store)
    first.store.shred(["pay:core:P3"])
    there, back = copied(first, tables_side), copied(tables_side, last)
    assert there == back
    assert last.rows() == first.rows()
    assert last.facts() == first.facts()


def test_lost_answers_write_nothing_twice(folder_side: Callable[[str], Side], tables_side: Side):
    """Each transaction's first answer is lost, and the copy is the same."""
    source = folder_side("source")
    filled(source.store, streams=2)
    with faulty(_client(tables_side)) as faults:
        faults.only, faults.plan = "TransactWriteItems", [LOST_ANSWER, ""] * 4
        copied(source, tables_side)
    assert tables_side.rows() == source.rows()


def test_a_server_that_falls_silent_leaves_a_beginning(
    folder_side: Callable[[str], Side], tables_side: Side
):
    """Nobody answers from the third transaction on: refused; afterwards the copy goes on."""
    source = folder_side("source")
    filled(source.store, streams=3)
    with faulty(_client(tables_side)) as faults:
        faults.only, faults.plan, faults.then_always = (
            "TransactWriteItems",
            ["", ""],
            LOST_REQUEST,
        )
        with pytest.raises(WriteUnknown):
            copied(source, tables_side)
    left = tables_side.rows()
    assert left == source.rows()[:4]
    assert copied(source, tables_side).there_before == 4
    assert tables_side.facts() == source.facts()


def test_what_is_too_large_for_one_transaction_goes_in_several(
    folder_side: Callable[[str], Side], tables_side: Side
):
    """150 streams at once, and 4,000 facts of one stream: all there, in order, to the byte."""
    source = folder_side("source")
    source.store.append(
        [commit(allocated(n), stream=f"pay:core:{n}", command="wide") for n in range(150)]
    )
    many = [allocated(number, minor=number + 1) for number in range(4_000)]
    source.store.append([commit(*many, command="long")])
    copied(source, tables_side, batch=1_000)
    assert tables_side.rows() == source.rows()


def _client(side: Side) -> DynamoDBClient:
    assert isinstance(side.end, DynamoEnd)
    return side.end.reader.calls.client
