"""The ports of sequencing on DynamoDB, for one tenant: commits, pages, marks, announcements.

A stream is named as elsewhere; one whose id is a UUID has `#` before its 32 digits. Several
processes may use one table at once: each write here is one conditional put, or can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from adapters.dynamodb.calls import ABSENT, Calls, Put
from adapters.dynamodb.items import (
    KEY,
    SORT,
    CommitRef,
    Item,
    bucket_of,
    encode_page,
    first_of_write,
    key_of,
    key_of_name,
    name_of,
    page_key,
    write_of,
)
from adapters.dynamodb.items import Page as PageItem
from adapters.dynamodb.reading import Reader
from adapters.dynamodb.tables import Tables
from adapters.dynamodb_refusals import ItemBroken
from application.ports import StoreBusy
from application.sequencing.announcing import SLICE_MS
from application.sequencing.gap_scan import KEPT_MS
from application.sequencing.lanes import share_of
from application.sequencing.model import Page, Pointer, Stored

MARKS_AT_ONCE: Final = 16
"""Marks that are raised side by side."""

SHARDS: Final = 8
"""Partitions of a slice's announcements, by writer."""

NAMES_MAX: Final = 1_000
"""Streams that one item announces."""

NAMES_BYTES_MAX: Final = 300_000
"""Bytes of their names; an item has 400 KB at most."""

SORT_BYTES: Final = 6


class DynamoCommits:
    """A CommitReader, and what the table's stream of records says of commits."""

    def __init__(self, calls: Calls, *, tables: Tables, tenant: str) -> None:
        self._calls = calls
        self._table = tables.named("events")
        self._tenant = tenant

    def commits(self, stream: str, *, first: int, last: int | None = None) -> Sequence[Stored]:
        """The commits of a stream that begin at a version of `first` to `last`, in order."""
        condition, values = "pk = :key AND sk >= :first", {":first": {"N": str(first)}}
        if last is not None:
            condition = "pk = :key AND sk BETWEEN :first AND :last"
            values[":last"] = {"N": str(last)}
        asked: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": {
                ":key": {"S": key_of_name(self._tenant, stream)},
                **values,
            },
            "ProjectionExpression": "pk, sk, n, ts, g, pos",
            "ConsistentRead": True,
        }
        images: list[Item] = []
        call: Any = self._calls.client.query
        while True:
            answer: Mapping[str, Any] = self._calls.read(call, **asked)
            images += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return self.of_images(images)
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def of_images(self, images: Sequence[Mapping[str, Any]]) -> list[Stored]:
        """The commits of these items (new images of the stream), in their order.

        Where a commit was written with others, the first of them says which: it is read. Raises
        ItemBroken.
        """
        firsts = {first for image in images if (first := first_of_write(image)) is not None}
        keys = [key_of(*first) for first in sorted(firsts)]
        writes: dict[tuple[str, int], tuple[CommitRef, ...]] = {}
        for item in self._calls.fetch(self._table, keys):
            writes[item[KEY]["S"], int(item[SORT]["N"])] = write_of(item)
        return [_stored(image, writes) for image in images]


def _stored(
    image: Mapping[str, Any], writes: Mapping[tuple[str, int], tuple[CommitRef, ...]]
) -> Stored:
    first = first_of_write(image)
    together = write_of(image) if first is None else writes.get(first)
    if together is None:
        raise ItemBroken(place="/".join(map(str, first or ())), reason="a write without its first")
    pointer = Pointer(name_of(image[KEY]["S"]), int(image[SORT]["N"]), int(image["n"]["N"]))
    return Stored(
        pointer, int(image["ts"]["N"]), tuple(map(_pointer, together)), numbered="pos" in image
    )


def _pointer(ref: CommitRef) -> Pointer:
    return Pointer(name_of(ref.key), ref.version, ref.count)


class DynamoLogPages:
    """LogPages in the log's table; a reader of inline numbering reads them as well."""

    def __init__(self, calls: Calls, *, tables: Tables, tenant: str) -> None:
        self._calls = calls
        self._tables = tables
        self._tenant = tenant
        self._readers: dict[int, Reader] = {}

    def tail(self, lane: int) -> Page | None:
        """The last page of a lane; None where there is none."""
        found = self._reader(lane).last_page()
        return None if found is None else _page(found)

    def put(self, page: Page) -> bool:
        """Write a page unless one lies at its position; whether it was written now."""
        item = self._item(page)
        put = Put(self._tables.named("log"), item)
        return self._calls.write([put], write_id=b"", token="") is None

    def pages(self, lane: int, *, after: int = 0) -> Iterator[Page]:
        """The pages of a lane with a fact behind position `after`, in order; and a closed one."""
        closed = False
        for found in self._reader(lane).pages(after + 1):
            page = _page(found)
            closed = page.closed
            yield page
        if not closed:
            tail = self.tail(lane)
            if tail is not None and tail.closed:
                yield tail

    def _reader(self, lane: int) -> Reader:
        if lane not in self._readers:
            self._readers[lane] = Reader(
                self._calls, tables=self._tables, tenant=self._tenant, lane=lane
            )
        return self._readers[lane]

    def _item(self, page: Page) -> Item:
        if page.closed:
            key = page_key(self._tenant, page.lane, bucket_of(page.position))
            return key_of(key, page.position) | {
                "n": {"N": "0"},
                "ts": {"N": str(page.recorded_at_ms)},
                "c": {"L": []},
            }
        commits = tuple(
            CommitRef(key_of_name(self._tenant, each.stream), each.first, each.facts)
            for each in page.pointers
        )
        return encode_page(
            PageItem(
                tenant=self._tenant,
                lane=page.lane,
                position=page.position,
                recorded_at_ms=page.recorded_at_ms,
                commits=commits,
            )
        )


def _page(found: PageItem) -> Page:
    return Page(
        lane=found.lane,
        position=found.position,
        recorded_at_ms=found.recorded_at_ms,
        pointers=tuple(map(_pointer, found.commits)),
        closed=found.is_closed,
    )


class DynamoMarks:
    """Marks in the table `watermarks`: one item a stream."""

    def __init__(self, calls: Calls, *, tables: Tables, tenant: str) -> None:
        self._calls = calls
        self._table = tables.named("watermarks")
        self._tenant = tenant

    def read(self, streams: Iterable[str]) -> Mapping[str, int]:
        """The marks of those streams that have one."""
        keys: list[Item] = [
            {KEY: {"S": key_of_name(self._tenant, stream)}} for stream in dict.fromkeys(streams)
        ]
        found = self._calls.fetch(self._table, keys)
        return {name_of(item[KEY]["S"]): int(item["v"]["N"]) for item in found}

    def raise_to(self, marks: Mapping[str, int]) -> None:
        """Raise each mark that is lower, side by side; none ever falls."""
        if len(marks) == 1:
            self._raise(*next(iter(marks.items())))
        elif marks:
            with ThreadPoolExecutor(max_workers=MARKS_AT_ONCE) as threads:
                list(threads.map(self._raise, marks, marks.values()))

    def _raise(self, stream: str, version: int) -> None:
        value = {"N": str(version)}
        item = {KEY: {"S": key_of_name(self._tenant, stream)}, "v": value}
        put = Put(self._table, item, condition=f"{ABSENT} OR v < :v", values={":v": value})
        self._calls.write([put], write_id=b"", token="")  # one as high, or higher, is as good


class DynamoAnnouncements:
    """Announcements in a table of their own, by slice and shard; they end by themselves."""

    def __init__(self, calls: Calls, *, tables: Tables, tenant: str) -> None:
        self._calls = calls
        self._table = tables.named("announcements")
        self._tenant = tenant

    def announce(self, time_slice: int, *, writer: str, streams: Sequence[str]) -> None:
        """Keep durably that this writer may write to these streams within the slice."""
        key = self._key(time_slice, share_of(writer, SHARDS))
        ends_s = ((time_slice + 1) * SLICE_MS + KEPT_MS) // 1_000
        for names in _batches(streams):
            item: Item = {
                **key_of(key, int.from_bytes(self._calls.entropy.token_bytes(SORT_BYTES))),
                "w": {"B": self._calls.entropy.token_bytes(16)},
                "s": {"L": [{"S": name} for name in names]},
                "ends": {"N": str(ends_s)},
            }
            there = self._calls.write([Put(self._table, item)], write_id=item["w"]["B"], token="")
            if there is not None:  # another drew the same 48 bits
                raise StoreBusy(place=self._table, reason="a number was drawn twice")

    def announced(self, time_slice: int) -> Iterator[str]:
        """The streams that anybody announced for the slice."""
        for shard in range(SHARDS):
            asked: dict[str, Any] = {
                "TableName": self._table,
                "KeyConditionExpression": "pk = :key",
                "ExpressionAttributeValues": {":key": {"S": self._key(time_slice, shard)}},
                "ConsistentRead": True,
            }
            call: Any = self._calls.client.query
            while True:
                answer: Mapping[str, Any] = self._calls.read(call, **asked)
                for item in answer["Items"]:
                    yield from (name["S"] for name in item["s"]["L"])
                if "LastEvaluatedKey" not in answer:
                    break
                asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _key(self, time_slice: int, shard: int) -> str:
        return f"{self._tenant}/{time_slice}/{shard}"


def _batches(streams: Sequence[str]) -> Iterator[list[str]]:
    names: list[str] = []
    size = 0
    for stream in streams:
        grown = len(stream.encode()) + 4
        if names and (len(names) >= NAMES_MAX or size + grown > NAMES_BYTES_MAX):
            yield names
            names, size = [], 0
        names.append(stream)
        size += grown
    if names:
        yield names
