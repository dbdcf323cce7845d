"""The parking lot in a bucket: an object for each thing that was set aside; the bucket encrypts.

What is done keeps its object and loses its content. A key is tried by one worker at a time, since
commands of one aggregate follow each other; if two ever meet, the later one's reason stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from application.parking import Aside, Parked, Queue, id_of
from application.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX: Final = "parked/"
"""What the names of the objects begin with; then the queue, then the id."""

_ABSENT: Final = frozenset({"404", "NoSuchKey"})
_QUEUES: Final[dict[str, Queue]] = {"f": "files", "c": "commands", "l": "lines"}


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    queue: Queue
    key: str
    reason: str
    file: str
    place: str
    words: str
    first_at_ms: int
    last_at_ms: int
    tries: int
    outcome: str | None
    content: bytes | None

    def parked(self) -> Parked:
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        del values["content"]
        return Parked(**values)


_decode = msgspec.json.Decoder(_Kept).decode


class S3ParkingLot:
    """A ParkingLot in one bucket."""

    def __init__(self, client: S3Client, *, bucket: str, clock: Clock) -> None:
        """Reads nothing yet."""
        self._client = client
        self._bucket = bucket
        self._clock = clock

    def park(self, aside: Aside) -> Parked:
        """As the port says."""
        parked_id, now_ms = id_of(aside.queue, aside.key), self._clock.now_ms()
        before = self._read(parked_id)
        return self._write(
            _Kept(
                id=parked_id,
                queue=aside.queue,
                key=aside.key,
                reason=aside.reason,
                file=aside.file,
                place=aside.place,
                words=aside.words,
                first_at_ms=now_ms if before is None else before.first_at_ms,
                last_at_ms=now_ms,
                tries=1 if before is None else before.tries + 1,
                outcome=None,
                content=aside.content,
            )
        )

    def resolve(self, parked_id: str, *, outcome: str) -> None:
        """As the port says."""
        kept = self._read(parked_id)
        if kept is not None and kept.outcome is None:
            now_ms = self._clock.now_ms()
            changes: dict[str, Any] = {"outcome": outcome, "last_at_ms": now_ms, "content": None}
            self._write(msgspec.structs.replace(kept, **changes))

    def get(self, parked_id: str) -> Parked | None:
        """As the port says."""
        kept = self._read(parked_id)
        return None if kept is None else kept.parked()

    def content(self, parked_id: str) -> bytes | None:
        """As the port says."""
        kept = self._read(parked_id)
        return None if kept is None else kept.content

    def all(self, *, waiting: bool = True, queue: Queue | None = None) -> Iterator[Parked]:
        """As the port says; the whole list is read first, to be given in order."""
        prefix = PREFIX if queue is None else f"{PREFIX}{queue}/"
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        ids = [
            named["Key"].rpartition("/")[2].removesuffix(".json")  # pyright: ignore[reportTypedDictNotRequiredAccess]  (what is listed has a key)
            for page in pages
            for named in page.get("Contents", ())
        ]
        found = [kept for each in ids if (kept := self._read(each)) is not None]
        found.sort(key=lambda kept: (kept.first_at_ms, kept.id))
        return (kept.parked() for kept in found if kept.outcome is None or not waiting)

    def _read(self, parked_id: str) -> _Kept | None:
        from botocore.exceptions import ClientError

        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=_object(parked_id))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _ABSENT:
                return None
            raise
        return _decode(answer["Body"].read())

    def _write(self, kept: _Kept) -> Parked:
        self._client.put_object(
            Bucket=self._bucket, Key=_object(kept.id), Body=msgspec.json.encode(kept)
        )
        return kept.parked()


def _object(parked_id: str) -> str:
    return f"{PREFIX}{_QUEUES.get(parked_id[:1], 'commands')}/{parked_id}.json"
