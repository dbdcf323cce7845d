"""The client's CPU for an append, beside a bare conditional put of the same item, in one run.

    python -m benchmarks.dynamodb_append

No server: a hook answers each request before it is sent, so that what is left is what the client
does. The stream's end is known, as it is to whoever has just read the stream to decide.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from eventsourcing.persistence import StoredEvent

from adapters.dynamodb.appending import Appender, End
from adapters.dynamodb.calls import ABSENT, Calls, new_client
from adapters.dynamodb.items import stream_key
from adapters.dynamodb.reading import Reader
from adapters.dynamodb.recorders import DynamoAggregateRecorder
from adapters.dynamodb.tables import Tables
from adapters.system import Clock, Entropy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

APPENDS = 1_000
ROUNDS = 7
BOUND_PERCENT = 130
STATE = b"x" * 300


class _Empty(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def answer_at_once(request: Any, **_: Any) -> AWSResponse:
    """The answer of a put that went well."""
    headers: Any = {"x-amzn-RequestId": "none"}
    return AWSResponse(request.url, 200, headers, _Empty(b"{}"))


def cpu_us(work: Callable[[int], None]) -> int:
    """Microseconds of CPU for one of `APPENDS` calls."""
    before = time.process_time_ns()
    for number in range(1, APPENDS + 1):
        work(number)
    return (time.process_time_ns() - before) // APPENDS // 1_000


def bare(client: DynamoDBClient) -> Callable[[int], None]:
    """A conditional put of the item that the append makes, made anew each time."""

    def put(number: int) -> None:
        fact: Any = {"M": {"t": {"S": "payment.registered"}, "d": {"B": STATE}}}
        client.put_item(
            TableName="bench-events",
            Item={
                "pk": {"S": "bank-01/s"},
                "sk": {"N": str(number)},
                "n": {"N": "2"},
                "w": {"B": b"w" * 16},
                "ts": {"N": "1794835230000"},
                "e": {"L": [fact, fact]},
            },
            ConditionExpression=ABSENT,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    return put


def ours(client: DynamoDBClient) -> Callable[[int], None]:
    """An append of two events whose stream's end is known."""
    calls = Calls(client, waiting=Clock(), entropy=Entropy())
    reader = Reader(calls, tables=Tables("bench"), tenant="bank-01")
    recorder = DynamoAggregateRecorder(Appender(reader, clock=Clock()))
    recorder.appender.tails.remember(stream_key("bank-01", "s"), End(0, 0))

    def append(number: int) -> None:
        first = 2 * number - 1
        if number == 1:
            recorder.appender.tails.remember(stream_key("bank-01", "s"), End(0, 0))
        recorder.insert_events(
            [StoredEvent("s", first + n, "payment.registered", STATE) for n in range(2)]
        )

    return append


def main() -> None:
    """Prints both and their ratio; ends with 1 above the bound."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "bench")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "bench")
    client = new_client()
    hooks: Any = client.meta.events
    hooks.register("before-send.dynamodb", answer_at_once)
    put, append = bare(client), ours(client)
    rounds = [(cpu_us(put), cpu_us(append)) for _ in range(ROUNDS)]
    floor, cost = min(each for each, _ in rounds), min(each for _, each in rounds)
    percent = cost * 100 // floor
    print(f"bare conditional put {floor} µs, append {cost} µs: {percent} % (≤ {BOUND_PERCENT} %)")
    raise SystemExit(percent > BOUND_PERCENT)


if __name__ == "__main__":
    main()
