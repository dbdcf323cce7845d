"""Messages to queues and topics: JSON texts, each under a name by which a repeat is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

_PLAIN: Final = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\]^_`{|}~\\]{1,128}")
"""What SQS takes as a group or as the name of a message."""


class FifoQueue:
    """A FIFO queue that others read."""

    def __init__(self, client: SQSClient, *, url: str) -> None:
        """`url` is the queue's address."""
        self._client = client
        self._url = url

    def send(self, message: Mapping[str, object], *, group: str, name: str) -> None:
        """Send a message: read in the order of its group, once for each name within 5 minutes."""
        self.send_text(msgspec.json.encode(message).decode(), group=group, name=name)

    def send_text(self, text: str, *, group: str, name: str) -> None:
        """The same, of a text that is there already."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=text,
            MessageGroupId=plain(group),
            MessageDeduplicationId=plain(name),
        )


class Topic:
    """A topic that others subscribe to."""

    def __init__(self, client: SNSClient, *, arn: str) -> None:
        """`arn` is the topic's name."""
        self._client = client
        self._arn = arn

    def publish(self, message: Mapping[str, object], *, attributes: Mapping[str, str]) -> None:
        """Publish a message; subscribers choose by its attributes, no value of which is blank."""
        self._client.publish(
            TopicArn=self._arn,
            Message=msgspec.json.encode(message).decode(),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )


def plain(name: str) -> str:
    """The name as SQS takes it: itself, or a hash of it."""
    return name if _PLAIN.fullmatch(name) else sha256(name.encode()).hexdigest()
