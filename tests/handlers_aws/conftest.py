"""A function's surroundings on the emulator: queues, a bucket, a key, and tables of its own."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import boto3
import pytest

from adapters.dynamodb.tables import create_tables
from conciliar.aws import Aws, here
from tests.fixtures.emulator import URL_VARIABLE, bare_client, emulator, settings


@dataclass(frozen=True)
class Context:
    """What AWS tells a function of its call."""

    function_name: str = "conciliar-test"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:conciliar-test"
    aws_request_id: str = "request"


@dataclass
class Around:
    """What a function finds around it; `aws` is the function's own wiring."""

    variables: dict[str, str]
    queues: dict[str, str]
    bucket: str
    context: Context = field(default_factory=Context)

    @property
    def aws(self) -> Aws:
        return here()

    def received(self, name: str) -> list[dict[str, Any]]:
        """All messages of a queue, taken out of it."""
        found: list[dict[str, Any]] = []
        while True:
            answer: Any = self.aws.clients.sqs.receive_message(
                QueueUrl=self.queues[name], MaxNumberOfMessages=10
            )
            messages = answer.get("Messages", [])
            for each in messages:
                found.append(json.loads(each["Body"]))
                self.aws.clients.sqs.delete_message(
                    QueueUrl=self.queues[name], ReceiptHandle=each["ReceiptHandle"]
                )
            if not messages:
                return found


@pytest.fixture(scope="session")
def aws_url() -> Generator[str]:
    """The address of an emulator of all of AWS, started once for this process's tests."""
    with emulator() as url:
        yield url


@pytest.fixture
def around(aws_url: str, monkeypatch: pytest.MonkeyPatch) -> Generator[Around]:
    """Surroundings that no other test has."""
    prefix = f"t{uuid4().hex[:10]}"
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    given = settings(aws_url)
    given["AWS_ENDPOINT_URL"] = given.pop("AWS_ENDPOINT_URL_DYNAMODB")
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
    library: Any = boto3
    sqs, s3, kms, sns = (library.client(each) for each in ("sqs", "s3", "kms", "sns"))
    from adapters.dynamodb.tables import Tables

    create_tables(bare_client(aws_url), Tables(prefix))
    queues = {
        name: sqs.create_queue(QueueName=f"{prefix}-{name}.fifo", Attributes={"FifoQueue": "true"})[
            "QueueUrl"
        ]
        for name in ("commands", "acknowledgements")
    }
    notices = sns.create_topic(Name=f"{prefix}-notices")["TopicArn"]
    s3.create_bucket(Bucket=f"{prefix}-work")
    variables = {
        "DYNAMODB_TABLE": prefix,
        "CONCILIAR_TENANT": "bank-01",
        "CONCILIAR_SUBJECT_KEY": kms.create_key()["KeyMetadata"]["KeyId"],
        "CONCILIAR_ACKNOWLEDGEMENTS": queues["acknowledgements"],
        "CONCILIAR_COMMANDS": queues["commands"],
        "CONCILIAR_PARKED": f"{prefix}-work",
        "CONCILIAR_WORK": f"{prefix}-work",
        "CONCILIAR_NOTICES": notices,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    here.cache_clear()
    yield Around(variables, queues, f"{prefix}-work")
    here.cache_clear()
