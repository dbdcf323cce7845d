"""Questions to a real OpenSearch over millions of payments, and how fast facts get into it.

    python -m benchmarks.search [--documents 5000000] [--questions 200] [--heap 3g]

One client, one node, this machine's cores for both. Each question goes the whole way that a
caller's goes: position, page, and `total` with the first page. The floor of the same run is a get
by id, and for sums by day the search engine's own aggregation over all payments.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from itertools import islice
from threading import Semaphore
from typing import Any

import msgspec

from adapters.opensearch import bulk, indices
from adapters.opensearch.calls import Calls
from adapters.opensearch.indices import Generation
from adapters.opensearch.steps import Standing, Steps
from adapters.opensearch.views import OpenSearchViewStore, next_generation
from adapters.opensearch.writing import Change, Writing
from adapters.system import Clock, Entropy
from application.queries import Queries, Scope
from benchmarks import search_rows as rows
from conciliar.searching import Projection, Search
from tests.fixtures.search import opensearch
from tests.projections.memory_facts import MemoryFacts
from tests.projections.world import World

SPACE = "conciliar-bench"
BULK_ITEMS, SENDERS = 4_000, 2
PAGES, PAGE = 200, 50
PROJECTED_PAYMENTS = 15_000
FACTS_A_SECOND = 5_000
OPERATOR = Scope(tenant="bank", caller="bench", role="operator")
PARTNER = Scope(tenant="bank", caller="shop", role="partner", merchants=frozenset({"M0003"}))

Pairs = list[tuple[str, str]]
Question = Callable[[random.Random], Pairs]


def load(calls: Calls, generation: Generation, documents: int) -> None:
    """Index this many payments, and the sums of their days."""
    days, index = rows.Days(), generation.index("payments")

    def items() -> Iterator[bytes]:
        for number in range(documents):
            each = rows.made(number)
            days.add(each)
            yield bulk.indexed(index, f"{number}|1", 1, rows.source(each))

    start = time.perf_counter()
    _send(calls, items(), told=documents)
    calls.ask("POST", f"{index}/_refresh")
    took = time.perf_counter() - start
    print(
        f"  {documents:,} rows in {took:.0f} s: {documents / took:,.0f} a second, sent by {SENDERS}"
    )
    _send(calls, _sums(generation, days), told=0)
    steps = Steps(calls, generation, entropy=Entropy())
    steps.take(after=Standing(0, 0), reach=Standing(1, 1), items=[])
    calls.ask("POST", f"{generation.index('positions')}/_refresh")
    _settled(calls, index)


def _sums(generation: Generation, days: rows.Days) -> Iterator[bytes]:
    writing = Writing(generation=generation, position=1)
    for model, key, document in days.documents():
        changes = {key: Change(document, msgspec.json.encode(document))}
        yield from writing.of_model(model, changes, rows={}, since={})


def _send(calls: Calls, items: Iterator[bytes], *, told: int) -> None:
    free, sent, count = Semaphore(SENDERS * 2), list[Future[int]](), 0
    with ThreadPoolExecutor(SENDERS) as senders:
        while chunk := list(islice(items, BULK_ITEMS)):
            free.acquire()
            future = senders.submit(bulk.write, calls, chunk, space=SPACE, position=1)
            future.add_done_callback(lambda _: free.release())
            sent.append(future)
            count += len(chunk)
            if told and count % (BULK_ITEMS * 25) == 0:
                print(f"\r  {count:,} of {told:,}", end="", file=sys.stderr, flush=True)
    assert sum(future.result() for future in sent) == 0, "documents were refused"


def _settled(calls: Calls, index: str) -> None:
    """Wait until the segments of the load are merged: a quiet index is what is measured."""
    while True:
        merges = calls.ask("GET", f"{index}/_stats/merge").body["_all"]["primaries"]["merges"]
        if not merges["current"]:
            return
        time.sleep(1)


def slip(word: str, draw: random.Random) -> str:
    """The word with two neighbours exchanged."""
    at = draw.randrange(1, len(word) - 1)
    return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]


def questions(documents: int) -> dict[str, tuple[int, Question]]:
    """By name: the target of p99 in ms, and what is asked."""

    def payment(draw: random.Random) -> rows.Made:
        return rows.made(draw.randrange(documents))

    def reference(draw: random.Random) -> Pairs:
        return [("reference", payment(draw).reference)]

    def amounts(draw: random.Random) -> Pairs:
        each = payment(draw)
        first = max(0, each.day - 7)
        return [
            ("merchant_id", each.merchant),
            ("currency", "ARS"),
            ("amount.gte", str(each.minor * 95 // 100)),
            ("amount.lte", str(each.minor * 105 // 100)),
            ("initiated_on.gte", rows.day(first)),
            ("initiated_on.lte", rows.day(first + 14)),
        ]

    def name(draw: random.Random) -> Pairs:
        return [("q", " ".join(slip(word, draw) for word in payment(draw).words))]

    def text(draw: random.Random) -> Pairs:
        each = payment(draw)
        words = f"{each.words[0]} -{rows.FAMILY[draw.randrange(len(rows.FAMILY))]}"
        return [("q", words), ("state", each.state), ("rail", each.rail), ("sort", "-value_date")]

    def prefix(draw: random.Random) -> Pairs:
        return [("id.prefix", f"pay:core:{draw.randrange(documents):010}"[:15])]

    return {
        "exact reference": (20, reference),
        "amount range, 14 days, merchant": (40, amounts),
        "two words, a slip in each": (60, name),
        "text and two filters": (80, text),
        "ids that begin with 15 characters": (80, prefix),
    }


def timed(times: int, work: Callable[[], object]) -> list[float]:
    """Milliseconds that each took, in order of length."""
    found: list[float] = []
    for _ in range(times):
        start = time.perf_counter_ns()
        work()
        found.append((time.perf_counter_ns() - start) / 1e6)
    return sorted(found)


class Report:
    """Lines of figures, and whether every target was met."""

    def __init__(self) -> None:
        self.missed: list[str] = []
        print(f"\n  {'milliseconds':38}{'p50':>8}{'p95':>8}{'p99':>8}{'must':>8}")

    def line(self, name: str, found: list[float], target: float | None = None) -> None:
        """One question."""
        p50, p95, p99 = (found[min(len(found) - 1, len(found) * n // 100)] for n in (50, 95, 99))
        must = "" if target is None else f"{target:.0f}"
        print(f"  {name:38}{p50:8.1f}{p95:8.1f}{p99:8.1f}{must:>8}")
        if target is not None and p99 > target:
            self.missed.append(f"{name}: p99 {p99:.1f} ms")


def ask(search: Search, documents: int, times: int, report: Report) -> None:
    """Every question, as often."""
    queries = Queries(store=search.queries, tenant="bank", key=b"k" * 32)
    draw, today = random.Random(5), date(2026, 6, 1)

    def asked(pairs: Pairs, scope: Scope = OPERATOR) -> Any:
        return queries.list(scope, "payments", pairs, today=today, now_ms=1)

    get = f"{SPACE}-payments/_doc"
    floor = lambda: search.calls.ask("GET", f"{get}/{draw.randrange(documents)}%7C1")  # noqa: E731
    timed(times, floor)  # warm
    report.line("floor: get by id", timed(times, floor))
    for name, (target, question) in questions(documents).items():
        timed(min(times, 30), lambda question=question: asked(question(draw)))
        found = timed(times, lambda question=question: asked(question(draw)))
        report.line(name, found, target)
    report.line(
        "a partner's list, newest first",
        timed(times, lambda: asked([("sort", "-value_date")], PARTNER)),
        80,
    )
    first, last = _ends_of_a_long_list(asked)
    ones = timed(times // 2, lambda: asked([("cursor", first)]))
    ends = timed(times // 2, lambda: asked([("cursor", last)]))
    report.line("page 2 of a long list", ones)
    report.line(f"page {PAGES} of it", ends, max(20.0, 1.5 * ones[len(ones) * 99 // 100]))
    _by_day(search, times, report, draw)


def _ends_of_a_long_list(asked: Callable[[Pairs], Any]) -> tuple[str, str]:
    page = asked([("sort", "-value_date,amount"), ("limit", str(PAGE))])
    cursors: list[str] = []
    while page.next is not None and len(cursors) < PAGES - 1:
        cursors.append(page.next)
        page = asked([("cursor", page.next)])
    return cursors[0], cursors[-1]


def _by_day(search: Search, times: int, report: Report, draw: random.Random) -> None:
    for days, target in ((60, 120), (rows.DAYS, 250)):

        def span(days: int = days) -> tuple[str, str]:
            first = draw.randrange(rows.DAYS - days + 1)
            return rows.day(first), rows.day(first + days)

        def sums(span: Callable[[], tuple[str, str]] = span) -> object:
            first, last = span()
            return search.positions.by_day(first=first, last=last, currency="ARS")

        def own(span: Callable[[], tuple[str, str]] = span) -> object:
            first, last = span()
            by_state = {
                "terms": {"field": "body.state"},
                "aggs": {"minor": {"sum": {"field": "body.amount.minor"}}},
            }
            asked = {
                "size": 0,
                "query": {"range": {"body.value_date": {"gte": first, "lte": last}}},
                "aggs": {
                    "days": {
                        "date_histogram": {"field": "body.value_date", "calendar_interval": "day"},
                        "aggs": {"states": by_state},
                    }
                },
            }
            path = f"{SPACE}-payments/_search?request_cache=false"
            return search.calls.ask("POST", path, asked)

        report.line(f"states by day over {days} days", timed(times, sums), target)
        report.line("  floor: aggregated by the engine", timed(max(5, times // 10), own))


def project(calls: Calls, report: Report) -> None:
    """Facts of payments that are registered, settled and matched, into empty indices."""
    space = f"{SPACE}-facts"
    world = World(facts=MemoryFacts(sealed=False))
    for number in range(PROJECTED_PAYMENTS):
        payment = world.register(number, 100 + number)
        world.match([world.deliver(number, 100 + number)], [payment])
    generation = next_generation(calls, space)
    indices.go_live(calls, generation)
    views = OpenSearchViewStore(calls, generation, entropy=Entropy())
    start, cpu = time.perf_counter(), time.process_time()
    done = Projection(views, world.facts).catch_up()
    took, cpu = time.perf_counter() - start, time.process_time() - cpu
    rate = done.facts / took
    print(
        f"\n  {done.facts:,} facts projected in {took:.1f} s: {rate:,.0f} a second"
        f" (must: {FACTS_A_SECOND:,}); {cpu:.1f} s of CPU on our side"
    )
    if rate < FACTS_A_SECOND:
        report.missed.append(f"projection: {rate:,.0f} facts a second")


def main() -> int:
    """Print the figures; 1 where a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=5_000_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--heap", default="3g")
    given = parser.parse_args()
    rows.checked(500)
    with (
        opensearch(heap=given.heap) as url,
        Calls(url, waiting=Clock(), entropy=Entropy()) as calls,
    ):
        generation = next_generation(calls, SPACE)
        indices.go_live(calls, generation)
        load(calls, generation, given.documents)
        search = Search(calls=calls, space=SPACE)
        stats = calls.ask("GET", f"{SPACE}-payments/_stats/store").body["_all"]["primaries"]
        print(f"  {stats['store']['size_in_bytes'] / 2**20:,.0f} MiB on disk")
        report = Report()
        ask(search, given.documents, given.questions, report)
        project(calls, report)
    for missed in report.missed:
        print(f"  missed: {missed}")
    return int(bool(report.missed))


if __name__ == "__main__":
    sys.exit(main())
