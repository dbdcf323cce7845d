"""Calls to DynamoDB: what a failure means, what is tried again, and whether a write was ours.

botocore tries nothing again here: it would hide which of its attempts may have been carried out.
A write carries a write id in its items. When its answer was lost, the next attempt fails its
condition and is told what is there: our own id means that it was written. When no attempt was
answered, the item is read back; if it is not there the fate of the write stays unknown, and saying
"no" would be a lie: the last attempt may still arrive.

    StoreBusy       throttled or contended to the end: nothing was written, come again
    WriteUnknown    no answer to the end: written or not, the same command may be sent again
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import msgspec

from adapters.dynamodb.items import KEY, SORT, Item
from application.ports import Entropy, StoreBusy, StoreUnusable, WriteUnknown

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS_MAX = 6
"""Times that a call is made."""

PAUSE_MS, PAUSE_MS_MAX = 20, 1_000
"""The longest first pause between two attempts, and the longest of all; each is drawn."""

BATCH_ITEMS_MAX = 100
"""Items that one call fetches by key; what DynamoDB takes."""

BATCH_ROUNDS_MAX = 50
"""Calls for what was left over of one batch."""

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 2, 5
CONNECTIONS_MAX = 32

ABSENT = "attribute_not_exists(pk)"

T = TypeVar("T")


class Waiting(Protocol):
    """What waits between two attempts."""

    def pause_ms(self, ms: int) -> None:
        """Wait, in milliseconds."""
        ...


class Put(msgspec.Struct, frozen=True, gc=False):
    """An item that is put if its condition holds; with its key absent, by default."""

    table: str
    item: Item
    condition: str = ABSENT
    values: Mapping[str, Any] | None = None

    @property
    def key(self) -> Item:
        """The key of the item."""
        return {name: self.item[name] for name in (KEY, SORT) if name in self.item}

    def arguments(self) -> dict[str, Any]:
        """As the client takes them."""
        given: dict[str, Any] = {
            "TableName": self.table,
            "Item": self.item,
            "ConditionExpression": self.condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if self.values is not None:
            given["ExpressionAttributeValues"] = self.values
        return given


class Fate(Enum):
    """What became of a call that failed."""

    NOT_NOW = "it was not carried out, and may be another time"
    UNANSWERED = "nobody knows"
    NEVER = "it was not carried out, and will not be"


_NOT_NOW = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
    }
)
_CANCELLED_NOT_NOW = frozenset(
    {"ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"}
)
_UNANSWERED = frozenset({"InternalServerError", "RequestTimeout", "TransactionInProgressException"})
_SERVER_FAULT = 500


class Calls:
    """A client whose calls end in an answer, or in a refusal that says what is known."""

    def __init__(self, client: DynamoDBClient, *, waiting: Waiting, entropy: Entropy) -> None:
        """The client tries nothing again by itself (`new_client`)."""
        self.client = client
        self._waiting = waiting
        self.entropy = entropy

    def read(self, call: Callable[..., T], **arguments: Any) -> T:
        """The answer of a call that changes nothing. Raises StoreBusy, StoreUnusable."""
        from botocore.exceptions import BotoCoreError, ClientError

        place = _place(arguments)
        error: Exception | None = None
        for attempt in range(ATTEMPTS_MAX):
            self.pause(attempt)
            try:
                return call(**arguments)
            except (BotoCoreError, ClientError) as failed:
                if fate_of(failed) is Fate.NEVER:
                    raise _unusable(place, failed) from failed
                error = failed
        raise StoreBusy(place=place, reason=_name(error)) from error

    def fetch(self, table: str, keys: Sequence[Item]) -> Iterator[Item]:
        """The items that exist under these keys, in no order. Raises StoreBusy, StoreUnusable."""
        for start in range(0, len(keys), BATCH_ITEMS_MAX):
            yield from self._fetched(table, keys[start : start + BATCH_ITEMS_MAX])

    def _fetched(self, table: str, keys: Sequence[Item]) -> Iterator[Item]:
        call: Callable[..., Mapping[str, Any]] = self.client.batch_get_item
        wanted: Mapping[str, Any] = {table: {"Keys": keys, "ConsistentRead": True}}
        for round_ in range(BATCH_ROUNDS_MAX):
            self.pause(round_)
            answer = self.read(call, RequestItems=wanted)
            yield from answer["Responses"].get(table, ())
            wanted = answer.get("UnprocessedKeys") or {}
            if not wanted:
                return
        raise StoreBusy(place=table, reason="items are left over each time")

    def write(
        self, puts: Sequence[Put], *, write_id: bytes, token: str
    ) -> Mapping[int, Item] | None:
        """Put all items or none; None where they were put, by this call or an earlier one like it.

        Otherwise, what is there in place of those that could not be put, by their number. `token`
        names this transaction and no other. Raises StoreBusy, WriteUnknown, StoreUnusable.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        send = self._sending(puts, token=token)
        lost = False
        error: Exception | None = None
        for attempt in range(ATTEMPTS_MAX):
            self.pause(attempt)
            try:
                send()
            except (BotoCoreError, ClientError) as failed:
                there = _in_the_way(failed)
                if there:
                    return None if _ours(there.values(), write_id) else there
                fate = fate_of(failed)
                if fate is Fate.NEVER:
                    raise _unusable(puts[0].table, failed) from failed
                lost |= fate is Fate.UNANSWERED
                error = failed
            else:
                return None
        if lost:
            return self._read_back(puts[0], write_id=write_id, error=error)
        raise StoreBusy(place=puts[0].table, reason=_name(error)) from error

    def _sending(self, puts: Sequence[Put], *, token: str) -> Callable[[], object]:
        if len(puts) == 1:
            return partial(self.client.put_item, **puts[0].arguments())
        items: list[Any] = [{"Put": put.arguments()} for put in puts]
        return partial(
            self.client.transact_write_items, TransactItems=items, ClientRequestToken=token
        )

    def _read_back(
        self, put: Put, *, write_id: bytes, error: Exception | None
    ) -> Mapping[int, Item] | None:
        answer: Mapping[str, Any] = {}
        with suppress(StoreBusy):  # then nobody knows
            answer = self.read(
                self.client.get_item, TableName=put.table, Key=put.key, ConsistentRead=True
            )
        there: Item | None = answer.get("Item")
        if there is None or (put.condition is not ABSENT and not _ours([there], write_id)):
            raise WriteUnknown(place=put.table, reason=_name(error)) from error
        return None if _ours([there], write_id) else {0: there}

    def pause(self, attempt: int) -> None:
        """Wait before an attempt, longer each time and drawn, so that rivals part; not at 0."""
        if attempt:
            longest = min(PAUSE_MS << (attempt - 1), PAUSE_MS_MAX)
            drawn = int.from_bytes(self.entropy.token_bytes(2), "big")
            self._waiting.pause_ms(1 + drawn * longest // 0xFFFF)


def new_client(*, endpoint_url: str | None = None) -> DynamoDBClient:
    """A client by boto3's own variables: region, credentials, `AWS_ENDPOINT_URL_DYNAMODB`."""
    import boto3
    from botocore.config import Config

    config = Config(
        retries={"total_max_attempts": 1, "mode": "standard"},
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        max_pool_connections=CONNECTIONS_MAX,
    )
    library = cast(Any, boto3)  # its types name every service there is, most of them unknown here
    return library.client("dynamodb", endpoint_url=endpoint_url, config=config)


def fate_of(error: Exception) -> Fate:
    """What became of a call that failed so, as far as anybody can know."""
    from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

    if isinstance(error, (ConnectTimeoutError, EndpointConnectionError)):
        return Fate.NOT_NOW  # nothing was sent
    if not isinstance(error, ClientError):
        return Fate.UNANSWERED if _is_transport(error) else Fate.NEVER
    code = _code(error)
    if code == "TransactionCanceledException":
        reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
        return Fate.NOT_NOW if reasons & _CANCELLED_NOT_NOW else Fate.NEVER
    if code in _NOT_NOW:
        return Fate.NOT_NOW
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return Fate.UNANSWERED if code in _UNANSWERED or status >= _SERVER_FAULT else Fate.NEVER


def _is_transport(error: Exception) -> bool:
    from botocore.exceptions import HTTPClientError, ResponseStreamingError

    return isinstance(error, (HTTPClientError, ResponseStreamingError))


def _in_the_way(error: Exception) -> dict[int, Item]:
    """What failed the conditions, by the number of the put; empty where no condition failed."""
    from botocore.exceptions import ClientError

    if not isinstance(error, ClientError):
        return {}
    response = cast(Mapping[str, Any], error.response)  # what each error brings along
    if _code(error) == "ConditionalCheckFailedException":
        # Where the old item does not come along, something is there all the same.
        return {0: response.get("Item", {})}
    return {
        number: reason.get("Item", {})
        for number, reason in enumerate(response.get("CancellationReasons", []))
        if reason.get("Code") == "ConditionalCheckFailed"
    }


def _ours(items: Iterable[Mapping[str, Any]], write_id: bytes) -> bool:
    return any(item.get("w", {}).get("B") == write_id for item in items)


def _code(error: Exception) -> str:
    from botocore.exceptions import ClientError

    return (
        str(error.response.get("Error", {}).get("Code")) if isinstance(error, ClientError) else ""
    )


def _name(error: Exception | None) -> str:
    # A message may quote an item; its name and code never do.
    return (error and _code(error)) or type(error).__name__


def _unusable(place: str, error: Exception) -> StoreUnusable:
    return StoreUnusable(path=place, reason=f"DynamoDB refused the call: {_name(error)}")


def _place(arguments: Mapping[str, Any]) -> str:
    return arguments.get("TableName") or ", ".join(arguments.get("RequestItems", ()))
