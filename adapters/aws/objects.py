"""Objects in buckets: received files, and what steps of a workflow leave for each other."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@contextmanager
def fetched(
    client: S3Client, *, bucket: str, key: str, version: str | None
) -> Generator[tuple[Path, Mapping[str, str]]]:
    """One version of an object as a file, while the block lasts, and what its sender says of it."""
    asked: dict[str, Any] = {"Bucket": bucket, "Key": key}
    if version:
        asked["VersionId"] = version
    with TemporaryDirectory() as folder:
        path = Path(folder) / "received"
        answer = client.get_object(**asked)
        with path.open("wb") as file:
            for chunk in answer["Body"].iter_chunks():
                file.write(chunk)
        yield path, answer.get("Metadata", {})


class Documents:
    """JSON documents under a prefix of one bucket."""

    def __init__(self, client: S3Client, *, bucket: str, prefix: str) -> None:
        """Reads nothing yet."""
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def key(self, name: str) -> str:
        """Where the document lies."""
        return f"{self._prefix}/{name}.json"

    # Any: a document has the shape that its writer gave it.
    def write(self, name: str, document: Mapping[str, Any]) -> str:
        """Write a document, in place of one of that name; its key."""
        body = msgspec.json.encode(document)
        self._client.put_object(Bucket=self._bucket, Key=self.key(name), Body=body)
        return self.key(name)

    def read(self, name: str) -> dict[str, Any] | None:
        """A document; None where there is none."""
        from botocore.exceptions import ClientError

        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self.key(name))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in {"404", "NoSuchKey"}:
                return None
            raise
        return msgspec.json.decode(answer["Body"].read())
