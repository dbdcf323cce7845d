"""Faults between us and OpenSearch (docs/faults.md, 23 to 29), on a real one."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from opensearchpy import ConnectionError as NoAnswer

from adapters.opensearch import bulk, indices
from adapters.opensearch.calls import Calls
from adapters.opensearch.rebuilding import Rebuilding
from adapters.opensearch.sweeping import sweep
from adapters.opensearch.views import OpenSearchViewStore
from adapters.opensearch_refusals import SearchRefused
from adapters.sqlite_views import SqliteViewStore
from adapters.system import Entropy, FixedClock, SeededEntropy
from application.ports import StoreBusy, VersionConflict
from application.projecting import Projector
from application.query_conditions import All
from conciliar.searching import Search
from tests.adapters.opensearch.spaces import space
from tests.projections.world import MERCHANTS, World, begun

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

Reply = tuple[int, str | bytes]
Once = Callable[[str, str, bytes, str], Reply]


class Died(BaseException):
    """The process ends here."""


class FaultyCalls(Calls):
    """Calls to a real server; `fault` may answer, lose or do anything to each."""

    def __init__(self, url: str, *, attempts_max: int = 3) -> None:
        super().__init__(
            url,
            waiting=FixedClock(0),
            entropy=SeededEntropy("faults"),
            attempts_max=attempts_max,
        )
        self.fault: Callable[[Once, str, str, bytes, str], Reply] | None = None
        self.made = 0

    def once(self, method: str, path: str, content: bytes, kind: str) -> Reply:
        self.made += 1
        if self.fault is None:
            return super().once(method, path, content, kind)
        return self.fault(super().once, method, path, content, kind)


def matched() -> World:
    """Payments, lines and matches, one of them taken back."""
    world = begun()
    payments, lines = list(world.payments), list(world.lines)
    world.match(lines[:1], payments[:1])
    gone = world.match(lines[1:2], payments[1:2])
    assert gone is not None
    world.release(gone)
    return world


def replayed(world: World) -> str:
    """The digest of the read models in SQLite, without any fault."""
    with TemporaryDirectory() as folder, SqliteViewStore.open(Path(folder)) as views:
        Projector(facts=world.facts, views=views).catch_up()
        return views.digest()


@dataclass
class Bench:
    """A space under faulty calls."""

    views: OpenSearchViewStore
    calls: FaultyCalls
    world: World = field(default_factory=matched)

    def store(self) -> OpenSearchViewStore:
        """The read models as another process opens them."""
        return OpenSearchViewStore(self.calls, self.views.generation, entropy=Entropy())

    def catch_up(self) -> int:
        """Apply what is new, as a process of its own, in steps of a few facts."""
        return Projector(
            facts=self.world.facts, views=self.store(), chunk_facts=5, step_facts=5
        ).catch_up()

    def assert_same(self) -> None:
        """Documents and rows are those of a run without faults."""
        self.calls.fault = None
        self.catch_up()
        assert self.views.digest() == replayed(self.world)
        queries = Search(calls=self.calls, space=self.views.generation.space).queries
        at = self.views.position()
        found = queries.count("payments", at=at, condition=All(), most=100)
        assert found == len(self.world.payments)


@pytest.fixture
def bench(opensearch_url: str, new_space: Callable[[], str]) -> Generator[Bench]:
    with space(opensearch_url, new_space()) as views, FaultyCalls(opensearch_url) as calls:
        yield Bench(views, calls)


@pytest.mark.parametrize("status", [429, 503])
def test_pressed_for_a_while_ends_the_same(bench: Bench, status: int):
    """Fault 23: every other call is turned away, and each is made again until it is taken."""

    def fault(once: Once, *call: str | bytes) -> Reply:
        return (status, b"{}") if bench.calls.made % 2 else once(*call)  # type: ignore[arg-type]  # four of them

    bench.calls.fault = fault
    bench.catch_up()
    bench.assert_same()


def test_pressed_to_the_end_is_busy_and_goes_on_later(bench: Bench):
    """Fault 23: nobody waits for ever; what was begun is done by who comes next."""

    def fault(once: Once, method: str, path: str, content: bytes, kind: str) -> Reply:
        return (429, b"{}") if "_bulk" in path else once(method, path, content, kind)

    bench.calls.fault = fault
    with pytest.raises(StoreBusy):
        bench.catch_up()
    bench.assert_same()


def test_only_what_failed_of_a_bulk_is_sent_again(bench: Bench):
    """Fault 24: an answer of 200 with failed items; those alone come again, and are written."""
    bulks: list[list[bytes]] = []

    def fault(once: Once, method: str, path: str, content: bytes, kind: str) -> Reply:
        if "_bulk" not in path:
            return once(method, path, content, kind)
        items = bulk.items_of(content)
        bulks.append(items)
        if len(items) < 4:
            return once(method, path, content, kind)
        status, data = once(method, path, b"".join(items[2:]), kind)
        answer = msgspec.json.decode(data)
        pressed = {"index": {"status": 429, "error": {"type": "rejected"}}}
        answer["items"] = [pressed, pressed, *answer["items"]]
        answer["errors"] = True
        return status, msgspec.json.encode(answer)

    bench.calls.fault = fault
    bench.catch_up()
    again = [(one, two) for one, two in pairwise(bulks) if len(one) >= 4]
    assert again
    assert all(two == one[:2] for one, two in again)
    bench.assert_same()


def test_a_lost_answer_is_no_second_write(bench: Bench):
    """Fault 25: whatever was written and not heard of is sent again and changes nothing."""

    def fault(once: Once, method: str, path: str, content: bytes, kind: str) -> Reply:
        answer = once(method, path, content, kind)
        if bench.calls.made % 2:
            raise NoAnswer("N/A", "lost", None)
        return answer

    bench.calls.fault = fault
    bench.catch_up()
    bench.assert_same()


@pytest.mark.parametrize("after", [False, True])
def test_dead_at_any_call_ends_the_same(bench: Bench, after: bool):
    """A projector that dies before or after each of its calls in turn; the next one goes on."""
    deaths = 0

    def fault(once: Once, method: str, path: str, content: bytes, kind: str) -> Reply:
        if bench.calls.made == 3 + deaths and not after:
            raise Died
        answer = once(method, path, content, kind)
        if bench.calls.made == 3 + deaths:
            raise Died
        return answer

    bench.calls.fault = fault
    while True:
        bench.calls.made = 0
        try:
            bench.catch_up()
        except Died:
            deaths += 1
            continue
        break
    assert deaths > 10
    bench.assert_same()


def test_a_writer_that_slept_finds_its_place_taken(bench: Bench):
    """Fault 34's sibling: two begin at one position; the second to end leaves nothing."""
    early, late = bench.store(), bench.store()
    one, two = ({"m": {"k": {"who": who}}} for who in ("one", "two"))
    for store, documents in ((early, one), (late, two)):
        store.begin(after=0)
        store.put(documents)
    late.finish(position=9)
    with pytest.raises(VersionConflict):
        early.finish(position=7)
    assert bench.views.position() == 9
    assert bench.views.get_many("m", ["k"]) == two["m"]


def test_an_older_write_after_a_newer_is_left_out(bench: Bench):
    """Fault 27: the external version refuses it, and that counts as done."""
    index = bench.views.generation.index("documents")
    newer, older = (
        bulk.indexed(index, "m|k", version, b'{"model":"m","key":"k","at":%d}' % version)
        for version in (7, 5)
    )
    for item in (newer, older):
        assert bulk.write(bench.calls, [item], space=bench.views.generation.space, position=7) == 0
    got = bench.calls.ask("GET", f"{index}/_doc/m%7Ck").body
    assert got["_source"]["at"] == 7


def test_a_refused_document_is_parked_and_all_others_go_on(bench: Bench):
    """Fault 28: what the mapping does not take lies aside with its reason."""
    name = bench.views.generation.space
    index = bench.views.generation.index("payments")
    items = [
        bulk.indexed(index, f"p{number}", 1, content)
        for number, content in enumerate((b'{"since":1}', b'{"since":"x"}', b'{"new":1}'))
    ]
    assert bulk.write(bench.calls, items, space=name, position=1) == 2
    assert bench.calls.ask("GET", f"{index}/_doc/p0").body["found"]
    parked = bench.calls.ask("GET", f"{indices.parked_index(name)}/_search").body["hits"]["hits"]
    reasons = sorted((hit["_source"]["id"], hit["_source"]["reason"]) for hit in parked)
    assert reasons == [
        ("p1", "400 mapper_parsing_exception"),
        ("p2", "400 strict_dynamic_mapping_exception"),
    ]


def test_a_closed_index_stops_and_parks_nothing(bench: Bench):
    """Fault 28: an index that takes nothing is no fault of the documents; opened, all goes on."""
    bench.catch_up()
    bench.world.register(70, 5)
    index = bench.views.generation.index("payments")
    bench.calls.ask("PUT", f"{index}/_settings", {"index": {"blocks": {"write": True}}})
    with pytest.raises(SearchRefused, match="cluster_block_exception"):
        bench.catch_up()
    bench.calls.ask("PUT", f"{index}/_settings", {"index": {"blocks": {"write": False}}})
    bench.assert_same()


def test_a_deleted_index_is_named_and_made_again(bench: Bench):
    """Fault 26: neither hidden nor made anew in silence; rebuilt, the hash is the same."""
    bench.catch_up()
    bench.calls.ask("DELETE", bench.views.generation.index("payments"))
    bench.world.register(70, 5)
    with pytest.raises(SearchRefused, match="index_not_found_exception"):
        bench.catch_up()
    name = bench.views.generation.space
    rebuilt = Rebuilding(bench.calls, name, bench.world.facts, entropy=Entropy()).anew()
    assert rebuilt.lives
    bench.views = OpenSearchViewStore.open(bench.calls, name, entropy=Entropy())
    bench.assert_same()


def test_made_again_beside_while_writing_goes_on(bench: Bench):
    """The new generation takes over at the last fact, though facts came all the while."""
    bench.catch_up()
    name, number = bench.views.generation.space, 70

    def goes_on(at: int, of: int) -> None:
        nonlocal number
        number += 1
        bench.world.register(number, number)
        bench.catch_up()

    rebuilding = Rebuilding(bench.calls, name, bench.world.facts, entropy=Entropy())
    rebuilt = rebuilding.beside(goes_on)
    assert rebuilt.lives
    assert [each.differing for each in rebuilt.compared] == [0, 0]
    assert all(each.old == each.new for each in rebuilt.compared)
    assert all(each.old_hash == each.new_hash for each in rebuilt.compared)
    assert number > 70
    bench.world.register(69, 5)
    bench.catch_up()  # a process that still holds the old generation
    assert indices.live(bench.calls, name) == rebuilt.generation
    bench.views = OpenSearchViewStore.open(bench.calls, name, entropy=Entropy())
    bench.assert_same()


def test_a_projector_with_a_bug_is_seen_and_put_right(bench: Bench):
    """Fault 29: the difference names documents; told to, the new one lives, and can go back."""
    bench.catch_up()
    name, old = bench.views.generation.space, bench.views.generation
    at = bench.views.position()
    wrong = bench.views.get_many("payment_status", ["pay:core:P0"])["pay:core:P0"]
    wrong["merchant"] = MERCHANTS[1]
    bench.world.register(70, 5)
    bench.views.apply(
        after=at, position=at + 1, documents={"payment_status": {"pay:core:P0": wrong}}
    )
    rebuilding = Rebuilding(bench.calls, name, bench.world.facts, entropy=Entropy())
    seen = rebuilding.beside()
    assert not seen.lives
    assert "payment_status/pay:core:P0" in seen.compared[0].shown
    assert indices.live(bench.calls, name) == old
    right = rebuilding.beside(may_differ=True)
    assert right.lives
    bench.views = OpenSearchViewStore.open(bench.calls, name, entropy=Entropy())
    assert bench.views.digest() == replayed(bench.world)
    rebuilding.back_to(old)
    assert indices.live(bench.calls, name) == old
    bench.world.register(72, 5)
    bench.catch_up()  # a process that still holds what lived until now
    again = OpenSearchViewStore.open(bench.calls, name, entropy=Entropy())
    assert again.position() == len(bench.world.facts.recorded)


def test_what_no_cursor_reaches_is_swept(bench: Bench):
    """After a day ended rows, marks and old steps go; what stands, stands."""
    bench.catch_up()
    bench.world.cancel("pay:core:P2")
    bench.catch_up()
    assert sweep(bench.views) == 0
    bench.world.pass_hours(25)
    bench.world.register(70, 5)
    bench.catch_up()
    bench.world.register(71, 5)
    bench.catch_up()
    assert sweep(bench.views) > 0
    assert sweep(bench.views) == 0
    bench.assert_same()
