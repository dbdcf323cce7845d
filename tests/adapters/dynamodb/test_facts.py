"""The fact store on DynamoDB keeps the port's promises, and those that only it makes."""

from __future__ import annotations

from collections.abc import Callable, Generator

import msgspec
import pytest

from adapters.codec import Row, Split, encode, open_envelope
from adapters.dynamodb.calls import Calls, new_client
from adapters.dynamodb.facts import DynamoFactStore
from adapters.dynamodb.items import decode_commit, key_of, stream_key
from adapters.dynamodb.tables import Tables
from adapters.sealing import SealBroken
from adapters.system import Entropy, FixedClock
from adapters.topics import REGISTRY
from application.ports import AppendTooLarge, Clock, VersionConflict
from tests.adapters.contract_facts import NOW_MS, FactStoreContract
from tests.adapters.contract_samples import (
    NAMELESS,
    OTHER,
    REGISTERED,
    STREAM,
    allocated,
    commit,
)
from tests.fixtures.aws_faults import LOST_ANSWER, faulty

OpenStore = Callable[..., DynamoFactStore]


@pytest.fixture
def open_store(environment: dict[str, str], tables: Tables, tenant: str) -> Generator[OpenStore]:
    """Opens the test's one store, as often as wanted: each time as another process would."""
    opened: list[DynamoFactStore] = []

    def open_one(clock: Clock | None = None, *, tenant: str = tenant) -> DynamoFactStore:
        store = DynamoFactStore(
            Calls(new_client(), waiting=FixedClock(0), entropy=Entropy()),
            tables=tables,
            tenant=tenant,
            master_key=b"k" * 32,
            clock=clock or FixedClock(NOW_MS),
            entropy=Entropy(),
        )
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        store.close()


class TestDynamoFactStore(FactStoreContract):
    """The contract, on DynamoDB."""

    @pytest.fixture
    def store_of(self, open_store: OpenStore) -> OpenStore:
        return open_store


def test_two_processes_see_each_other(open_store: OpenStore):
    """What one appends, the other reads at once, and stands by the same versions and positions."""
    here, there = open_store(), open_store()
    here.append([commit(REGISTERED)])
    there.append([commit(NAMELESS, stream=OTHER)])
    (third,) = here.append([commit(allocated(1), expected=1)])
    assert third.position == 3
    assert tuple(here.facts()) == tuple(there.facts())
    with pytest.raises(VersionConflict):
        there.append([commit(allocated(2), expected=1)])


def test_recorded_time_never_falls_among_processes(open_store: OpenStore):
    """A process whose clock is behind records at the time of the last fact."""
    open_store(FixedClock(NOW_MS)).append([commit(REGISTERED)])
    (late,) = open_store(FixedClock(NOW_MS - 5_000)).append([commit(NAMELESS, stream=OTHER)])
    assert late.recorded_at_ms == NOW_MS


def test_a_lost_answer_gives_the_facts_that_are_stored(open_store: OpenStore):
    """What append answers after a lost answer is what everybody reads, nonces and all."""
    store = open_store()
    with faulty(store.reader.calls.client) as faults:
        faults.only, faults.plan = "TransactWriteItems", [LOST_ANSWER]
        answered = store.append([commit(REGISTERED, allocated(1))])
    assert store.stream(STREAM) == answered == tuple(open_store().facts())


def test_a_repeated_command_is_found_in_its_stream(open_store: OpenStore):
    """Sent again, a command meets a conflict, and its stream shows that it was carried out."""
    store = open_store()
    store.append([commit(REGISTERED, command="c-7")])
    with pytest.raises(VersionConflict):
        store.append([commit(REGISTERED, command="c-7")])
    assert [fact.context.command_id for fact in store.stream(STREAM)] == ["c-7"]


def test_a_settlement_and_98_payments_fit_one_transaction(open_store: OpenStore):
    """99 commits and the page are a hundred items; one more is refused and nothing is written."""
    store = open_store()

    def commits(number: int) -> list[object]:
        return [commit(allocated(n), stream=f"pay:core:{number}-{n}") for n in range(number)]

    store.append(commits(99))  # type: ignore[arg-type]
    assert store.head() == 99
    with pytest.raises(AppendTooLarge, match="101 items"):
        store.append(commits(100))  # type: ignore[arg-type]
    assert store.head() == 99


def test_a_commit_larger_than_an_item_is_one_append(open_store: OpenStore):
    """A thousand facts lie in several items and read as what they were, from any position."""
    store = open_store()
    many = [allocated(number, minor=number + 1) for number in range(4_000)]
    appended = store.append([commit(*many)])
    commits = list(store.reader.commits(stream_key(store.reader.tenant, STREAM)))
    assert len(commits) > 1
    assert {each.commits for each in commits} == {len(commits)}
    assert len({each.write_id for each in commits}) == 1
    assert store.stream(STREAM) == appended
    middle = len(commits[0].facts)
    assert [each.version for each in store.facts(after=middle - 1)][:2] == [middle, middle + 1]
    assert [each.version for each in store.stream(STREAM, through_version=3)] == [1, 2, 3]


# Personal fields.


def test_personal_text_lies_nowhere_in_the_open(open_store: OpenStore):
    """The item of a fact with a name in it holds no name."""
    store = open_store()
    store.append([commit(REGISTERED)])
    client = store.reader.calls.client
    item = client.get_item(
        TableName=store.reader.tables.named("events"),
        Key=key_of(stream_key(store.reader.tenant, STREAM), 1),
    )["Item"]  # type: ignore[typeddict-item]
    assert "Tomás" not in repr(item)
    assert decode_commit(item).facts[0].box


def test_shredding_is_seen_everywhere_at_once(open_store: OpenStore):
    """After shredding, every process reads None; the rest of the facts stays."""
    here, there = open_store(), open_store()
    here.append([commit(REGISTERED, allocated(1)), commit(REGISTERED, stream=OTHER)])
    assert there.stream(STREAM)[0].fact == REGISTERED
    assert here.shred([STREAM, OTHER, "pay:core:none"]) == 2
    assert here.shred([STREAM]) == 0
    assert [fact.fact for fact in there.facts()] == [NAMELESS, allocated(1), NAMELESS]


def test_what_is_recorded_after_shredding_has_a_new_key(open_store: OpenStore):
    """Shredding takes what was there; a later fact of the stream is sealed anew, until the next."""
    store = open_store()
    store.append([commit(REGISTERED)])
    store.shred([STREAM])
    store.append([commit(REGISTERED, expected=1)])
    assert [fact.fact for fact in store.stream(STREAM)] == [NAMELESS, REGISTERED]
    assert store.shred([STREAM]) == 1
    assert [fact.fact for fact in store.stream(STREAM)] == [NAMELESS, NAMELESS]


def test_of_two_new_keys_for_one_stream_one_counts(open_store: OpenStore):
    """Whoever is second uses the first one's salt; no fact is sealed under a lost one."""
    here, there = open_store(), open_store()
    first = here.keys.provide([(STREAM, 1, b"a" * 16)])
    second = there.keys.provide([(STREAM, 1, b"b" * 16)])
    assert first == second == [(STREAM, 1, b"a" * 16)]
    there.append([commit(REGISTERED)])
    assert here.stream(STREAM)[0].fact == REGISTERED


def test_a_refused_append_needs_no_key(open_store: OpenStore, tenant: str):
    """Keys are made for facts that can be recorded, not for those that are refused."""
    store = open_store()
    store.append([commit(allocated(1))])
    with pytest.raises(VersionConflict):
        store.append([commit(REGISTERED)])
    keys = store.reader.tables.named("keys")
    key = {"pk": {"S": stream_key(tenant, STREAM)}}
    assert "Item" not in store.reader.calls.client.get_item(TableName=keys, Key=key)


def test_a_lost_key_is_not_a_shredded_one(open_store: OpenStore, tenant: str):
    """A salt that is gone without an order is a fault, not an empty field."""
    store = open_store()
    store.append([commit(REGISTERED)])
    store.reader.calls.client.delete_item(
        TableName=store.reader.tables.named("keys"),
        Key={"pk": {"S": stream_key(tenant, STREAM)}},
    )
    with pytest.raises(SealBroken):
        store.stream(STREAM)


def test_tenants_do_not_see_each_other(open_store: OpenStore, new_tenant: Callable[[], str]):
    """Two banks in the same tables have streams, positions and keys of their own."""
    one, two = open_store(), open_store(tenant=new_tenant())
    one.append([commit(REGISTERED)])
    assert (two.head(), two.stream(STREAM)) == (0, ())
    (fact,) = two.append([commit(REGISTERED)])
    assert fact.position == 1
    two.shred([STREAM])
    assert one.stream(STREAM)[0].fact == REGISTERED


# The same facts as in the embedded store.


def test_an_item_holds_what_the_embedded_store_would_write(open_store: OpenStore):
    """From a commit's item, each fact's state in the embedded store can be written to the byte."""
    store = open_store()
    recorded = store.append([commit(REGISTERED, allocated(1))])
    ((_, item),) = store.reader.numbered(1)
    for fact, stored in zip(recorded, item.facts, strict=True):
        envelope = {
            "business_time": fact.business_time,
            "recorded_at_ms": fact.recorded_at_ms,
            "context": fact.context,
            "nonce": fact.nonce,
            "box": stored.box,
        }
        from_item = encode(split=Split(stored.topic, msgspec.Raw(stored.state), None), **envelope)
        assert from_item == encode(split=REGISTRY.split(fact.fact), **envelope)
        row = Row(fact.position, fact.stream, fact.version, stored.topic, from_item)
        assert open_envelope(row).rec == item.recorded_at_ms
