"""What is sent to a deployed stack, and how one waits for what comes of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tests.aws.stack import Stack

BATCH = 10
"""Messages of one call."""

IDLE_S = 0.2


@dataclass(frozen=True)
class Sent:
    """A command, and the aggregate that it is about."""

    said: dict[str, Any] | str
    group: str


@dataclass
class Mailbox:
    """Takes the messages of one queue out of it, for as long as somebody waits for them."""

    stack: Stack
    url: str
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def until(self, enough: Callable[[list[dict[str, Any]]], bool], *, seconds: float) -> None:
        """Return when enough came; AssertionError, with how many did, when it never does."""
        deadline = time.monotonic() + seconds
        while not enough(self.messages):
            assert time.monotonic() < deadline, f"{len(self.messages)} messages came"
            self._take()

    def _take(self) -> None:
        answer = self.stack.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=BATCH, WaitTimeSeconds=1
        )
        got = answer.get("Messages", [])
        if not got:
            return
        self.messages += [json.loads(each["Body"]) for each in got]
        self.stack.sqs.delete_message_batch(
            QueueUrl=self.url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": each["ReceiptHandle"]}
                for number, each in enumerate(got)
            ],
        )


def send(stack: Stack, commands: Iterable[Sent], *, first: int = 0) -> int:
    """Put commands into the queue, in order; how many. Each is a message of its own."""
    number = first
    waiting = iter(commands)
    while some := list(islice(waiting, BATCH)):
        stack.sqs.send_message_batch(
            QueueUrl=stack.outputs["CommandsQueueUrl"],
            Entries=[
                {
                    "Id": str(at),
                    "MessageBody": each.said
                    if isinstance(each.said, str)
                    else json.dumps(each.said),
                    "MessageGroupId": each.group,
                    "MessageDeduplicationId": f"m-{number + at}",
                }
                for at, each in enumerate(some)
            ],
        )
        number += len(some)
    return number - first


def acknowledgements(stack: Stack) -> Mailbox:
    """The answers to commands."""
    return Mailbox(stack, stack.outputs["AcknowledgementsQueueUrl"])


def notices(stack: Stack) -> Mailbox:
    """A queue that hears of every notice from now on."""
    url = stack.sqs.create_queue(QueueName=f"{stack.prefix}-told")["QueueUrl"]
    arn = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    stack.client("sns").subscribe(
        TopicArn=stack.outputs["NoticesTopicArn"],
        Protocol="sqs",
        Endpoint=arn["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    return Mailbox(stack, url)


def a_day(payments: int) -> Iterator[Sent]:
    """A merchant, so many payments, and the lines that pay them, but for one in ten."""
    yield Sent(MERCHANT, "mer:core:M1")
    for number in range(payments):
        yield Sent(_payment(number), f"pay:core:P{number}")
    for number in range(payments):
        if number % 10:
            yield Sent(_line(number), f"set:bank:017:{ACCOUNT}:E{number}")


ACCOUNT = "0170099220000001234567"
MERCHANT: dict[str, Any] = {
    "command_id": "merchant",
    "command": "register_merchant",
    "merchant": {
        "merchant_id": "M1",
        "name": "Librería Ejemplo",
        "fee_rounding": "item",
        "settlement_delay_bd": 1,
        "payout_per_method": False,
        "payout_schedule": "daily",
        "max_held": 3,
        "timezone": "-03:00",
        "schedules": [
            {
                "effective_from": "2026-01-01",
                "mdr_bps": 0,
                "vat_on_fee_bps": 0,
                "iibb_bps": 0,
                "iva_wh_bps": 0,
                "gan_wh_bps": 0,
            }
        ],
    },
}


COMPLETE: dict[str, Any] = {
    "command_id": "through",
    "command": "complete_through",
    "source": "core",
    "through": "2026-03-03",
}


def _payment(number: int) -> dict[str, Any]:
    return {
        "command_id": f"pay-{number}",
        "command": "register",
        "payment_id": f"P{number}",
        "merchant_id": "M1",
        "amount": {"minor": str(10_000 + number), "currency": "ARS"},
        "method": "transfer",
        "created_at": "2026-03-02T09:00:00-03:00",
        "reference": f"FAC-{number:06}",
        "end_to_end_id": f"E2E{number:06}",
    }


def _line(number: int) -> dict[str, Any]:
    return {
        "command_id": f"line-{number}",
        "command": "record_line",
        "source": "bank:017",
        "settlement_id": f"S{number}",
        "account": ACCOUNT,
        "amount": {"minor": str(10_000 + number), "currency": "ARS"},
        "booking_date": "2026-03-03",
        "bank_entry_id": f"E{number}",
        "end_to_end_id": f"E2E{number:06}",
    }
