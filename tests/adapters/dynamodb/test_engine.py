"""What the store relies on, of whatever DynamoDB there is: the emulator, DynamoDB Local, AWS."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from adapters.dynamodb.items import Item, key_of
from adapters.dynamodb.tables import Tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEYS_BYTES = 40
"""Room for key and names beside the content of an item at the limit."""


@pytest.fixture
def table(tables: Tables) -> str:
    return tables.named("snapshots")


def item(tenant: str, sort: int, content: bytes = b"x") -> Item:
    return key_of(f"{tenant}/s", sort) | {"d": {"B": content}}


def put(table: str, given: Item) -> Item:
    return {
        "TableName": table,
        "Item": given,
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def transaction(table: str, *items: Item) -> list[Any]:
    return [{"Put": put(table, each)} for each in items]


def answer_of(refused: pytest.ExceptionInfo[ClientError]) -> Any:
    return refused.value.response


def test_a_condition_that_fails_tells_what_is_there(bare: DynamoDBClient, table: str, tenant: str):
    """A put that comes second gets the first one's item, without another read."""
    bare.put_item(**put(table, item(tenant, 1, b"first")))
    with pytest.raises(ClientError) as refused:
        bare.put_item(**put(table, item(tenant, 1, b"second")))
    assert answer_of(refused)["Error"]["Code"] == "ConditionalCheckFailedException"
    assert answer_of(refused)["Item"] == item(tenant, 1, b"first")


def test_a_transaction_is_whole_or_nothing(bare: DynamoDBClient, table: str, tenant: str):
    """One condition that fails cancels all of it, and says which one and what is there."""
    bare.put_item(**put(table, item(tenant, 2, b"there")))
    with pytest.raises(ClientError) as refused:
        bare.transact_write_items(
            TransactItems=transaction(table, item(tenant, 1), item(tenant, 2))
        )
    reasons = answer_of(refused)["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"] == item(tenant, 2, b"there")
    assert "Item" not in bare.get_item(TableName=table, Key=key_of(f"{tenant}/s", 1))


def test_a_token_makes_a_transaction_repeatable(bare: DynamoDBClient, table: str, tenant: str):
    """The same transaction under the same token is answered again; another one is refused."""
    token = f"token-{table[-12:]}-{tenant}"
    once = transaction(table, item(tenant, 1), item(tenant, 2))
    bare.transact_write_items(TransactItems=once, ClientRequestToken=token)
    bare.transact_write_items(TransactItems=once, ClientRequestToken=token)
    with pytest.raises(ClientError) as refused:
        bare.transact_write_items(
            TransactItems=transaction(table, item(tenant, 3)), ClientRequestToken=token
        )
    assert answer_of(refused)["Error"]["Code"] == "IdempotentParameterMismatchException"


def test_a_transaction_takes_a_hundred_items(bare: DynamoDBClient, table: str, tenant: str):
    """A hundred are taken, one more is refused."""
    bare.transact_write_items(
        TransactItems=transaction(table, *(item(tenant, n) for n in range(100)))
    )
    with pytest.raises(ClientError, match="100"):
        bare.transact_write_items(
            TransactItems=transaction(table, *(item(tenant, n) for n in range(200, 301)))
        )


def test_an_item_takes_400_kib(bare: DynamoDBClient, table: str, tenant: str):
    """What is just below is kept, what is above is refused."""
    bare.put_item(**put(table, item(tenant, 1, b"x" * (400 * 1024 - KEYS_BYTES))))
    with pytest.raises(ClientError, match="size"):
        bare.put_item(**put(table, item(tenant, 2, b"x" * (400 * 1024))))


def test_a_transaction_takes_no_more_than_4_mib(bare: DynamoDBClient, table: str, tenant: str):
    """3 MB are taken, above 4 MiB it is refused."""
    large = b"x" * 250_000  # the emulator counts the request, where bytes take a third more room
    bare.transact_write_items(
        TransactItems=transaction(table, *(item(tenant, n, large) for n in range(12)))
    )
    with pytest.raises(ClientError):
        bare.transact_write_items(
            TransactItems=transaction(table, *(item(tenant, n, large) for n in range(20, 37)))
        )


def test_of_many_writers_one_wins(bare: DynamoDBClient, table: str, tenant: str):
    """However many put the same key at once, one item is there, and its writer knows."""

    def write(number: int) -> bool:
        try:
            bare.put_item(**put(table, item(tenant, 1, b"%d" % number)))
        except bare.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(max_workers=8) as writers:
        won = list(writers.map(write, range(16)))
    assert won.count(True) == 1
    there = bare.get_item(TableName=table, Key=key_of(f"{tenant}/s", 1), ConsistentRead=True)
    assert there.get("Item", {})["d"] == {"B": b"%d" % won.index(True)}


def test_the_last_item_below_a_key_is_one_read(bare: DynamoDBClient, table: str, tenant: str):
    """A descending query of one item finds the predecessor, in the order of numbers."""
    for number in (9, 10, 100):
        bare.put_item(**put(table, item(tenant, number)))
    found = bare.query(
        TableName=table,
        KeyConditionExpression="pk = :key AND sk <= :last",
        ExpressionAttributeValues={":key": {"S": f"{tenant}/s"}, ":last": {"N": "99"}},
        ScanIndexForward=False,
        Limit=1,
        ConsistentRead=True,
    )
    assert [each["sk"] for each in found["Items"]] == [{"N": "10"}]
