"""What a store costs on DynamoDB: the items that its facts would be, weighed.

python -m benchmarks.dynamodb_cost STORE        a store folder, for example demo-out/store
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from adapters.codec import Envelope, Row, open_envelope
from adapters.dynamodb.items import (
    Authorship,
    CommitItem,
    CommitRef,
    Page,
    StoredFact,
    encode_commit,
    encode_page,
    stream_key,
)
from adapters.dynamodb.sizes import item_bytes, write_units
from adapters.sqlite_recorder import open_recorder

TENANT = "bank-01"
FACTS_MAX = 10_000_000
PAGE_COMMITS = 100
"""Commits that a sequencer puts into one page."""

FullRow = tuple[Row, Envelope]


def commits(rows: list[FullRow]) -> Iterator[CommitItem]:
    """The commits of a store: facts of one stream that one command recorded."""
    rows.sort(key=lambda each: (each[0].stream, each[0].version))
    for (stream, _), group in groupby(rows, key=lambda each: (each[0].stream, each[1].cmd)):
        facts = list(group)
        first, envelope = facts[0]
        yield CommitItem(
            key=stream_key(TENANT, stream),
            version=first.version,
            write_id=b"w" * 16,
            recorded_at_ms=envelope.rec,
            facts=tuple(
                StoredFact(row.topic, bytes(each.f), each.x, each.p) for row, each in facts
            ),
            authorship=Authorship(envelope.at, envelope.context),
        )


def page_bytes(found: list[CommitItem]) -> int:
    """The size of one page of these commits."""
    refs = tuple(CommitRef(each.key, each.version, len(each.facts)) for each in found)
    page = Page(tenant=TENANT, lane=0, position=12_345_678, recorded_at_ms=10**12, commits=refs)
    return item_bytes(encode_page(page))


def main(store: str) -> None:
    """Prints, for each kind of command, how many, how large, how many write units."""
    recorder = open_recorder(Path(store) / "facts.sqlite")
    rows = [
        (row, open_envelope(row))
        for row in recorder.rows(after=0, through=FACTS_MAX, limit=FACTS_MAX)
    ]
    recorder.datastore.close()
    found = list(commits(rows))
    kinds: dict[str, list[CommitItem]] = defaultdict(list)
    for commit in found:
        kinds[" + ".join(dict.fromkeys(fact.topic for fact in commit.facts))].append(commit)
    print(f"{'commands':>9} {'p50 B':>6} {'p95 B':>6} {'max B':>6} {'units':>7}  facts")
    total = 0
    for kind, members in sorted(kinds.items(), key=lambda each: -len(each[1])):
        items = [encode_commit(commit) for commit in members]
        sizes = sorted(map(item_bytes, items))
        units = sum(write_units(item, transaction=False) for item in items)
        total += units
        middle, high = sizes[len(sizes) // 2], sizes[len(sizes) * 95 // 100]
        print(f"{len(sizes):>9} {middle:>6} {high:>6} {sizes[-1]:>6} {units:>7}  {kind}")
    payments = sum(commit.facts[0].topic == "payment.registered" for commit in found)
    pages = [found[at : at + PAGE_COMMITS] for at in range(0, len(found), PAGE_COMMITS)]
    numbering = sum(-(-page_bytes(page) // 1_024) for page in pages)
    room = sum(item_bytes(encode_commit(commit)) for commit in found)
    print(f"\n{payments} payments, {len(rows)} facts, {len(found)} commits")
    print(f"write units a payment: facts {total * 100 // payments / 100}", end="")
    print(f", pages of {PAGE_COMMITS} {numbering * 100 // payments / 100}")
    print(f"bytes a payment: facts {room // payments}")


if __name__ == "__main__":
    main(*sys.argv[1:])
