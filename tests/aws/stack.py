"""The very template, deployed to an emulator: queues, tables, functions, and how to reach them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import WaiterError

from tests.architecture.source import LAYERS, ROOT
from tests.fixtures.emulator import settings
from tests.template.source import template

TENANT = "bank-01"
ISSUER = "https://issuer.example"
CODE_URI = "CodeUri: build/lambda.zip"
PATIENT = Config(read_timeout=300, retries={"total_max_attempts": 1, "mode": "standard"})
"""A busy machine is slow, and a stack that is asked for twice is there already."""

NOWHERE = "http://127.0.0.1:9"
"""An OpenSearch that is not there: what would search is not deployed against anything."""


@dataclass(frozen=True)
class Stack:
    """A deployed stack. Any: boto3's clients, whose types name every service there is."""

    url: str
    prefix: str
    resources: dict[str, str]
    outputs: dict[str, str]

    def client(self, service: str) -> Any:
        return _session(self.url).client(service, endpoint_url=self.url, config=PATIENT)

    @cached_property
    def sqs(self) -> Any:
        return self.client("sqs")

    @cached_property
    def functions(self) -> Any:
        return self.client("lambda")

    def queue(self, logical: str) -> str:
        """The address of a queue, by its name in the template."""
        return self.resources[logical]

    def variables(self, function: str) -> dict[str, str]:
        """The environment of a function, and how it reaches AWS here."""
        found = self.functions.get_function_configuration(FunctionName=f"{self.prefix}-{function}")
        given = settings(self.url)
        del given["AWS_ENDPOINT_URL_DYNAMODB"]
        return {**given, "AWS_ENDPOINT_URL": self.url, **found["Environment"]["Variables"]}

    def call(self, function: str, event: dict[str, Any]) -> Any:
        """What a function answers; AssertionError with its error where it has one."""
        answer = self.functions.invoke(
            FunctionName=f"{self.prefix}-{function}", Payload=json.dumps(event).encode()
        )
        said = json.loads(answer["Payload"].read() or b"null")
        assert "FunctionError" not in answer, said
        return said


def deployed(url: str, *, search_url: str = NOWHERE, prefix: str | None = None) -> Stack:
    """Deploy the template under a prefix of its own."""
    prefix = prefix or f"c{uuid4().hex[:8]}"
    session = _session(url)
    s3 = session.client("s3", endpoint_url=url, config=PATIENT)
    bucket = f"{prefix}-code"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="lambda.zip", Body=code())
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    assert text.count(CODE_URI) == 1
    body = text.replace(CODE_URI, f"CodeUri: s3://{bucket}/lambda.zip")
    s3.put_object(Bucket=bucket, Key="template.yaml", Body=body.encode())
    formation = session.client("cloudformation", endpoint_url=url, config=PATIENT)
    parameters = {
        "Prefix": prefix,
        "Tenant": TENANT,
        "Issuer": ISSUER,
        "Emulated": "yes",
        "SearchUrl": search_url,
    }
    formation.create_stack(
        StackName=prefix,
        TemplateURL=f"{url}/{bucket}/template.yaml",  # larger than what a call may hold
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
    )
    try:
        formation.get_waiter("stack_create_complete").wait(
            StackName=prefix, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )
    except WaiterError:
        events = formation.describe_stack_events(StackName=prefix)["StackEvents"]
        raise AssertionError(
            [
                (each["LogicalResourceId"], each.get("ResourceStatusReason"))
                for each in events
                if each["ResourceStatus"].endswith("FAILED")
            ]
        ) from None
    _stop_what_is_missing(session.client("lambda", endpoint_url=url, config=PATIENT), prefix)
    (made,) = formation.describe_stacks(StackName=prefix)["Stacks"]
    resources = formation.describe_stack_resources(StackName=prefix)["StackResources"]
    return Stack(
        url=url,
        prefix=prefix,
        resources={each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources},
        outputs={each["OutputKey"]: each["OutputValue"] for each in made.get("Outputs", ())},
    )


def missing() -> frozenset[str]:
    """Functions that the template names and whose module has not landed."""
    found = {str(made["Handler"]).split(".")[1] for _, made in template().functions()}
    return frozenset(name for name in found if not (ROOT / "handlers" / f"{name}.py").exists())


def _stop_what_is_missing(functions: Any, prefix: str) -> None:
    """A function without its module would fail at each batch, and take the machine with it."""
    absent = {f"{prefix}-{name.replace('_', '-')}" for name in missing()}
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        if mapping["FunctionArn"].rpartition(":")[2] in absent:
            functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def code() -> bytes:
    """Our own packages as a function carries them; the emulator has the libraries."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for layer in LAYERS:
            for path in _sources(layer):
                archive.write(ROOT / path, path)
    return packed.getvalue()


def _sources(layer: str) -> Iterator[str]:
    for path in sorted((ROOT / layer).rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            yield str(path.relative_to(ROOT))


def _session(url: str) -> Any:
    given = settings(url)
    return boto3.Session(
        aws_access_key_id=given.get("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=given.get("AWS_SECRET_ACCESS_KEY"),
        region_name=given.get("AWS_DEFAULT_REGION"),
    )
