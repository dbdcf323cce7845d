"""The right call is made to queues and topics: moto says which arrived."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from adapters.aws.messages import FifoQueue, Topic, plain


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def test_a_message_has_its_group_and_comes_once_for_its_name():
    """A queue keeps the group, and takes a repeated name as the same message."""
    with mock_aws():
        library: Any = boto3
        sqs = library.client("sqs")
        url = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        queue = FifoQueue(sqs, url=url)

        for name in ("one", "one", "two"):
            queue.send({"said": "ñ"}, group="pay:core:P1", name=name)

        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])
        assert [json.loads(each["Body"]) for each in got["Messages"]] == [{"said": "ñ"}] * 2
        assert {each["Attributes"]["MessageGroupId"] for each in got["Messages"]} == {"pay:core:P1"}


def test_a_notice_has_attributes_to_choose_it_by():
    """Subscribers that filter get what they asked for."""
    with mock_aws():
        library: Any = boto3
        sns, sqs = library.client("sns"), library.client("sqs")
        arn = sns.create_topic(Name="t")["TopicArn"]
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        sns.subscribe(
            TopicArn=arn,
            Protocol="sqs",
            Endpoint="arn:aws:sqs:us-east-1:123456789012:q",
            Attributes={"FilterPolicy": '{"kind": ["wanted"]}', "RawMessageDelivery": "true"},
        )
        for kind in ("wanted", "other"):
            Topic(sns, arn=arn).publish({"kind": kind}, attributes={"kind": kind})

        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert [json.loads(each["Body"]) for each in got] == [{"kind": "wanted"}]


@pytest.mark.parametrize("name", ["pay:core:P1", "ñandú", "x" * 129, "a b"])
def test_any_stream_is_a_group(name: str):
    """A name that SQS does not take becomes a hash; one that it takes stays readable."""
    group = plain(name)
    assert group == name or (len(group) == 64 and group.isalnum())
    assert plain(name) == group
    assert len(group.encode()) <= 128
