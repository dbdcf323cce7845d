"""Reading: streams by key, the log by position. Consistent throughout: what was written is read.

Pages are contiguous, so where one ends tells where the next begins, and in which bucket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from adapters.dynamodb.calls import BATCH_ITEMS_MAX, Calls
from adapters.dynamodb.items import (
    SORT,
    CommitItem,
    CommitRef,
    Item,
    Page,
    bucket_of,
    decode_commit,
    decode_page,
    demand_tenant,
    key_of,
    page_key,
)
from adapters.dynamodb.tables import Name, Tables
from adapters.dynamodb_refusals import ItemBroken

PAGES_MAX = 200
"""Pages that one query asks for."""

BATCH_FACTS = 1_000
"""Facts that are fetched at a time, where nobody wants fewer."""


class Last(NamedTuple):
    """Of a commit: its first and last version, and when it was recorded."""

    first: int
    last: int
    recorded_at_ms: int


NumberedCommit = tuple[int, CommitItem]
"""The position of a commit's first fact, and the commit."""


class Reader:
    """Reads one tenant's streams and one lane of its log."""

    def __init__(
        self,
        calls: Calls,
        *,
        tables: Tables,
        tenant: str,
        lane: int = 0,
        streams: Literal["events", "snapshots"] = "events",
    ) -> None:
        """Holds nothing but where the log was last known to end; `streams` is the table of streams.

        Raises KeyUnusable for what is no tenant.
        """
        demand_tenant(tenant)
        self.calls = calls
        self.tables = tables
        self.tenant = tenant
        self.lane = lane
        self.streams: Name = streams
        self._bucket = 0

    # Streams.

    def last_at(self, key: str, version: int) -> Last | None:
        """The last commit that begins at or before `version`."""
        for item in self._query(
            self.streams,
            "pk = :key AND sk <= :last",
            {":key": {"S": key}, ":last": _number(version)},
            ScanIndexForward=False,
            Limit=1,
            ProjectionExpression="sk, n, ts",
        ):
            first = int(item[SORT]["N"])
            return Last(first, first + int(item["n"]["N"]) - 1, int(item["ts"]["N"]))
        return None

    def commits(
        self,
        key: str,
        *,
        first: int = 0,
        last: int | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[CommitItem]:
        """Commits that hold any of the versions from `first` to `last`, in order of version.

        `limit` only says how many are worth asking for at once.
        """
        if first > 0 and (begins := self.last_at(key, first)) is not None:
            first = begins.first
        if last is not None and last < first:
            return
        condition, values = "pk = :key AND sk >= :first", {":first": _number(first)}
        if last is not None:
            condition = "pk = :key AND sk BETWEEN :first AND :last"
            values[":last"] = _number(last)
        more = {} if limit is None else {"Limit": max(1, limit)}
        for item in self._query(
            self.streams,
            condition,
            {":key": {"S": key}, **values},
            ScanIndexForward=not descending,
            **more,
        ):
            yield decode_commit(item)

    # The log.

    def last_page(self) -> Page | None:
        """The page that the log ends with; None where nothing was ever numbered."""
        page = self._last_in(self._bucket)
        if page is None or bucket_of(page.next_position) == self._bucket:
            return page
        self._bucket = self._last_bucket(self._bucket)
        return self._last_in(self._bucket)

    def pages(self, position: int) -> Iterator[Page]:
        """Pages from the one that holds `position` to the end of the log, as it is being read.

        Raises ItemBroken at a gap: whoever passed it would never see what fills it later.
        """
        page = self._page_at(position)
        if page is None:
            return
        yield page
        following, bucket = page.next_position, -1
        while bucket != bucket_of(following):  # else there is nothing after what was read
            bucket = bucket_of(following)
            for page in self._pages_from(following):
                if page.position != following:
                    raise ItemBroken(
                        place=f"{self._page_key(bucket)}/{following}",
                        reason=f"the log goes on at {page.position}: pages are missing",
                    )
                yield page
                following = page.next_position

    def numbered(
        self, first: int, *, through: int | None = None, batch: int = BATCH_FACTS
    ) -> Iterator[NumberedCommit]:
        """Commits that hold positions from `first` on, in order, with that of their first fact.

        `batch` facts, more or less, are fetched at a time.
        """
        waiting: list[tuple[int, CommitRef]] = []
        facts = 0
        for page in self.pages(first):
            position = page.position
            for ref in page.commits:
                if position + ref.count > first and (through is None or position <= through):
                    waiting.append((position, ref))
                    facts += ref.count
                position += ref.count
                if len(waiting) == BATCH_ITEMS_MAX or facts >= batch:
                    yield from self._with_positions(waiting)
                    waiting, facts = [], 0
            if through is not None and position > through:
                break
        yield from self._with_positions(waiting)

    def _with_positions(self, waiting: Sequence[tuple[int, CommitRef]]) -> Iterator[NumberedCommit]:
        commits = self.commits_of([ref for _, ref in waiting])
        return zip((position for position, _ in waiting), commits, strict=True)

    def commits_of(self, refs: Sequence[CommitRef]) -> list[CommitItem]:
        """The commits that a page names, in its order. Raises ItemBroken where one is missing."""
        found: dict[tuple[str, int], CommitItem] = {}
        keys = [key_of(each.key, each.version) for each in refs]
        for item in self.calls.fetch(self.tables.named("events"), keys):
            commit = decode_commit(item)
            found[commit.key, commit.version] = commit
        missing = [each for each in refs if (each.key, each.version) not in found]
        if missing:
            raise ItemBroken(
                place=f"{missing[0].key}/{missing[0].version}",
                reason="the log names a commit that is not there",
            )
        return [found[each.key, each.version] for each in refs]

    def _page_at(self, position: int) -> Page | None:
        bucket = bucket_of(position)
        page = self._last_in(bucket, position=position)
        if page is None and bucket > 0:
            page = self._last_in(bucket - 1, position=position)
        return page if page is not None and page.next_position > position else None

    def _last_in(self, bucket: int, *, position: int | None = None) -> Page | None:
        condition, values = "pk = :key", {":key": {"S": self._page_key(bucket)}}
        if position is not None:
            condition += " AND sk <= :last"
            values[":last"] = _number(position)
        for item in self._query("log", condition, values, ScanIndexForward=False, Limit=1):
            return decode_page(item)
        return None

    def _pages_from(self, position: int) -> Iterator[Page]:
        """Pages of one bucket, from one that begins at `position`."""
        values = {":key": {"S": self._page_key(bucket_of(position))}, ":first": _number(position)}
        for item in self._query("log", "pk = :key AND sk >= :first", values, Limit=PAGES_MAX):
            yield decode_page(item)

    def _last_bucket(self, full: int) -> int:
        """The last bucket with a page, at or after one that has. No bucket before it is empty."""
        step = 1
        while self._last_in(full + step) is not None:
            step *= 2
        known, empty = full + step // 2, full + step
        while empty - known > 1:
            middle = (known + empty) // 2
            if self._last_in(middle) is None:
                empty = middle
            else:
                known = middle
        return known

    def _page_key(self, bucket: int) -> str:
        return page_key(self.tenant, self.lane, bucket)

    # Calls.

    def _query(
        self, table: Name, condition: str, values: Mapping[str, Any], **more: Any
    ) -> Iterator[Item]:
        asked = {
            "TableName": self.tables.named(table),
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
            **more,
        }
        while True:
            answer = self._answer(self.calls.client.query, **asked)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _answer(self, call: Callable[..., Any], **asked: Any) -> Mapping[str, Any]:
        return self.calls.read(call, **asked)


def _number(value: int) -> Item:
    return {"N": str(value)}
