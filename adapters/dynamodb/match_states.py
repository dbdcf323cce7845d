"""Match states in DynamoDB: one table, in which items find each other by keys that say nothing.

    place      `<tenant>/<family>/<blinded key>`, where many meet with `/<shard>` behind it; sorted
               by `<rank>#<item>`. `v` is the item's version, `m` its blinded marks
    item       `<tenant>/item/<item>`, sorted under `#`: its version, and where it was filed
    reminder   `<tenant>/due-<why>/<shard>`, sorted by `<day>#<item>`

Nothing here is a transaction. Places are written first and the item's own record last, which alone
says that it is filed: whoever dies before that does it again. Of two that file one item, the later
version takes away what the earlier one left. What is left over all the same leads to an item that
does not fit, and costs a look.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from heapq import merge
from itertools import islice
from typing import Any, TypeVar
from zlib import crc32

import msgspec

from adapters.blinding import Blinding, has_mark
from adapters.dynamodb.calls import ABSENT, Calls, Put
from adapters.dynamodb.items import KEY, SORT, WRITE_ID_BYTES, Item, demand_tenant
from adapters.dynamodb.tables import Tables
from application.ports import Entry, FiledItem, Reminder, StoreBusy
from domain.match_keys import Place, Span, day_rank

SHARDS = 8
"""Partitions among which a key is divided under which very many items meet."""

WIDE = frozenset(("head", "of"))
"""Families of such keys: the beginnings of references, the lines of a statement."""

CALLS_AT_ONCE = 16
"""Queries and puts that one `find` or `put` has under way."""

BATCH_WRITES_MAX = 25
"""Items that one call writes; what DynamoDB takes."""

LEFT_OVER_ROUNDS_MAX = 20
"""Calls for what was left over of one batch."""

SHARED_KNOWN_MAX = 100_000
"""Shared places that a process remembers to have written."""

OWN = "#"
"""How an item's own record is sorted; and what stands between rank and item."""

NOBODY = ""
"""The item of a shared place."""

PLACES_KEPT_MAX = 5_000
"""Places that a record remembers; of an item with more, none is ever taken away."""

CHANGES_TRIED_MAX = 10
"""Times that an item's record is changed anew because somebody else changed it meanwhile."""

Stored = tuple[str, bytes, str]
"""A place as a record remembers it: family, blinded key, rank."""

Where = tuple[str, str]
"""The two parts of a key."""

T = TypeVar("T")
S = TypeVar("S")


class _Record(msgspec.Struct, frozen=True, array_like=True):
    """An item's own record: its version, where it stands, and what is still to be taken away."""

    version: int
    places: list[Stored]
    leaving: list[Stored]


class DynamoMatchStates:
    """MatchStates of one tenant. Safe to share among threads and processes."""

    def __init__(self, calls: Calls, *, tables: Tables, tenant: str, blinding: Blinding) -> None:
        """Raises KeyUnusable for what is no tenant."""
        demand_tenant(tenant)
        self._calls = calls
        self._table = tables.named("open-items")
        self._tenant = tenant
        self._blinding = blinding
        self._shared: set[Where] = set()

    # Filing.

    def put(self, items: Sequence[FiledItem]) -> int:
        """File items; how many of them were new or of a later version."""
        return sum(self._at_once(self._filed, items))

    def _filed(self, item: FiledItem) -> bool:
        known = self._record(item.item)
        if known is not None and known.version >= item.version:
            self._take_away(item.item, known)
            return False
        filed = {self._stored(place): place for place in item.places}
        shared = {self._where(self._stored(place), NOBODY) for place in item.shared} - self._shared
        self._write(
            {self._where(at, item.item): self._entry(of, item) for at, of in filed.items()}
            | {where: {} for where in shared}
        )
        if len(self._shared) < SHARED_KNOWN_MAX:
            self._shared |= shared
        return self._settle(item, list(filed), known)

    def _settle(self, item: FiledItem, places: list[Stored], known: _Record | None) -> bool:
        """Say where the item stands from now on; False where a later version was quicker."""
        kept = places if len(places) <= PLACES_KEPT_MAX else []
        for attempt in range(CHANGES_TRIED_MAX):
            self._calls.pause(attempt)
            before = [] if known is None else [*known.places, *known.leaving]
            leaving = sorted(set(before) - set(places))
            record = _Record(item.version, kept, leaving)
            if self._put_record(item.item, record, known):
                self._take_away(item.item, record)
                return True
            known = self._record(item.item)
            if known is not None and known.version >= item.version:
                # What was filed here meanwhile goes again, but for what the later version wants.
                self._delete(self._where(at, item.item) for at in set(places) - set(known.places))
                return False
        raise StoreBusy(place=self._table, reason="others always come first")

    def _take_away(self, item: str, record: _Record) -> None:
        if record.leaving:
            self._delete(self._where(at, item) for at in record.leaving)
            self._put_record(item, msgspec.structs.replace(record, leaving=[]), record)

    def remove(self, item: str, *, version: int) -> None:
        """Take an item out of all places."""
        known = self._record(item)
        if known is None or known.version <= version:
            self._settle(FiledItem(item=item, version=version, places=()), [], known)

    # An item's own record.

    def _record(self, item: str) -> _Record | None:
        answer: Mapping[str, Any] = self._calls.read(
            self._calls.client.get_item,
            TableName=self._table,
            Key=_key(self._own(item)),
            ConsistentRead=True,
        )
        found: Item | None = answer.get("Item")
        return None if found is None else _decode(found["r"]["B"])

    def _put_record(self, item: str, record: _Record, known: _Record | None) -> bool:
        """Whether the record was put in place of the known one."""
        write_id = self._calls.entropy.token_bytes(WRITE_ID_BYTES)
        stored = _key(self._own(item)) | {"r": {"B": _encode(record)}, "w": {"B": write_id}}
        put = (
            Put(self._table, stored, condition=ABSENT)
            if known is None
            else Put(self._table, stored, condition="r = :r", values={":r": {"B": _encode(known)}})
        )
        return self._calls.write([put], write_id=write_id, token=write_id.hex()) is None

    # Finding.

    def find(self, spans: Sequence[Span]) -> list[list[Entry]]:
        """What stands in each span, in order of rank and item."""
        return list(self._at_once(self._found, spans))

    def _found(self, span: Span) -> list[Entry]:
        mark = None if span.mark is None else self._blinding.mark(span.mark)
        shards = [self._entries(key, span, mark) for key in self._partitions(span)]
        found = merge(*shards, key=lambda entry: (entry.rank, entry.item))
        return list(islice(found, 1)) if span.one else list(found)

    def _entries(self, key: str, span: Span, mark: bytes | None) -> Iterator[Entry]:
        items = self._query(key, first=span.first, last=span.last, limit=1 if span.one else None)
        for item in islice(items, 1 if span.one else None):
            if mark is None or has_mark(item.get("m", {"B": b""})["B"], mark):
                rank, _, name = item[SORT]["S"].partition(OWN)
                yield Entry(rank, name, int(item.get("v", {"N": "0"})["N"]))

    def _query(
        self, key: str, *, first: str, last: str | None, limit: int | None = None
    ) -> Iterator[Item]:
        values: dict[str, Any] = {":key": {"S": key}}
        condition = "pk = :key"
        if last is not None:
            condition += " AND sk BETWEEN :first AND :last"
            values |= {":first": {"S": f"{first}{OWN}"}, ":last": {"S": f"{last}{OWN}\U0010ffff"}}
        asked: dict[str, Any] = {
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        if limit is not None:
            asked["Limit"] = limit
        return self._pages(self._calls.client.query, asked)

    def _pages(
        self, call: Callable[..., Mapping[str, Any]], asked: dict[str, Any]
    ) -> Iterator[Item]:
        while True:
            answer = self._calls.read(call, TableName=self._table, ConsistentRead=True, **asked)
            yield from answer["Items"]
            start = answer.get("LastEvaluatedKey")
            if start is None:
                return
            asked["ExclusiveStartKey"] = start

    # Reminders.

    def remind(self, reminders: Sequence[Reminder]) -> None:
        """Keep reminders."""
        self._write({self._reminder(one): {} for one in reminders})

    def forget(self, reminders: Sequence[Reminder]) -> None:
        """Drop reminders."""
        self._delete([self._reminder(one) for one in reminders])

    def reminders(
        self, why: str, *, through: int, at_most: int, after: Reminder | None = None
    ) -> list[Reminder]:
        """The first reminders for a reason, in order of day and item, through a day."""
        first = "" if after is None else day_rank(after.day)

        def shard(number: int) -> list[Reminder]:
            key = f"{self._tenant}/due-{why}/{number}"
            items = self._query(key, first=first, last=day_rank(through), limit=at_most)
            parts = (item[SORT]["S"].partition(OWN) for item in items)
            found = (Reminder(why, int(day), name) for day, _, name in parts)
            return list(islice((one for one in found if after is None or one > after), at_most))

        shards = self._at_once(shard, range(SHARDS))
        return sorted(one for found in shards for one in found)[:at_most]

    def _reminder(self, reminder: Reminder) -> Where:
        shard = _shard(reminder.item)
        key = f"{self._tenant}/due-{reminder.why}/{shard}"
        return key, f"{day_rank(reminder.day)}{OWN}{reminder.item}"

    # Where things stand.

    def _own(self, item: str) -> Where:
        return f"{self._tenant}/item/{item}", OWN

    def _stored(self, place: Place) -> Stored:
        return place.key.family, self._blinding.key(place.key), place.rank

    def _where(self, stored: Stored, item: str) -> Where:
        family, blinded, rank = stored
        key = self._partition(family, blinded)
        return f"{key}/{_shard(item)}" if family in WIDE else key, f"{rank}{OWN}{item}"

    def _partition(self, family: str, blinded: bytes) -> str:
        text = urlsafe_b64encode(blinded).rstrip(b"=").decode()
        return f"{self._tenant}/{family}/{text}"

    def _partitions(self, span: Span) -> list[str]:
        key = self._partition(span.key.family, self._blinding.key(span.key))
        if span.key.family in WIDE:
            return [f"{key}/{shard}" for shard in range(SHARDS)]
        return [key]

    def _entry(self, place: Place, item: FiledItem) -> Item:
        entry: Item = {"v": {"N": str(item.version)}}
        if place.marks:
            entry["m"] = {"B": self._blinding.marks(place.marks)}
        return entry

    # Calls.

    def _write(self, entries: Mapping[Where, Item]) -> None:
        """Put entries, whatever is there: the same ones again change nothing."""
        puts = [{"PutRequest": {"Item": _key(where) | entry}} for where, entry in entries.items()]
        self._batches(puts)

    def _delete(self, places: Iterable[Where]) -> None:
        self._batches([{"DeleteRequest": {"Key": _key(where)}} for where in places])

    def _batches(self, requests: Sequence[Item]) -> None:
        starts = range(0, len(requests), BATCH_WRITES_MAX)
        batches = [requests[start : start + BATCH_WRITES_MAX] for start in starts]
        self._at_once(self._batch, batches)

    def _batch(self, requests: Sequence[Item]) -> None:
        # It may be repeated as a read may: each request says what is to stand there in the end.
        call: Callable[..., Mapping[str, Any]] = self._calls.client.batch_write_item
        left: Any = {self._table: requests}
        for round_ in range(LEFT_OVER_ROUNDS_MAX):
            self._calls.pause(round_)
            left = self._calls.read(call, RequestItems=left).get("UnprocessedItems")
            if not left:
                return
        raise StoreBusy(place=self._table, reason="items are left over each time")

    def _at_once(self, do: Callable[[S], T], each: Sequence[S]) -> list[T]:
        if len(each) < 2:
            return [do(one) for one in each]
        with ThreadPoolExecutor(max_workers=CALLS_AT_ONCE) as threads:
            return list(threads.map(do, each))

    # Its end.

    def clear(self) -> None:
        """Forget everything: for rebuilding while nobody else is at work. Reads the whole table."""
        asked = {
            "ProjectionExpression": "pk, sk",
            "FilterExpression": "begins_with(pk, :tenant)",
            "ExpressionAttributeValues": {":tenant": {"S": f"{self._tenant}/"}},
        }
        self._shared.clear()
        items = self._pages(self._calls.client.scan, asked)
        while some := list(islice(items, BATCH_WRITES_MAX * CALLS_AT_ONCE)):
            self._delete([(item[KEY]["S"], item[SORT]["S"]) for item in some])


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Record).decode


def _key(where: Where) -> Item:
    return {KEY: {"S": where[0]}, SORT: {"S": where[1]}}


def _shard(item: str) -> int:
    return crc32(item.encode()) % SHARDS
