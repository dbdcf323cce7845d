"""Clients of AWS by boto3's own variables, each made when it is first asked for.

A client tries a call again where that is safe: what is sent twice through them has no further
effect, by the receiver's or by our own care. The store's client is another one, which never does
(adapters/dynamodb/calls.py).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

ATTEMPTS_MAX: Final = 4
"""Times that a call is made."""

CONNECT_TIMEOUT_S: Final = 2
READ_TIMEOUT_S: Final = 10


class Clients:
    """The clients of one process."""

    @cached_property
    def sqs(self) -> SQSClient:
        """Of queues."""
        return self._made("sqs")

    @cached_property
    def sns(self) -> SNSClient:
        """Of topics."""
        return self._made("sns")

    @cached_property
    def s3(self) -> S3Client:
        """Of objects."""
        return self._made("s3")

    @cached_property
    def kms(self) -> KMSClient:
        """Of keys."""
        return self._made("kms")

    @cached_property
    def workflows(self) -> SFNClient:
        """Of workflows."""
        return self._made("stepfunctions")

    def _made(self, service: str) -> Any:  # Any: each property says which client this is
        import boto3
        from botocore.config import Config

        config = Config(
            retries={"total_max_attempts": ATTEMPTS_MAX, "mode": "standard"},
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
        )
        return cast(Any, boto3).client(service, config=config)
