"""Match states on DynamoDB keep the port's promises, also when calls are lost between them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from adapters.blinding import Blinding
from adapters.dynamodb.calls import Calls, new_client
from adapters.dynamodb.match_states import DynamoMatchStates
from adapters.dynamodb.tables import Tables
from adapters.system import Entropy, FixedClock
from application.ports import MatchStates, StoreBusy
from domain.match_keys import Key, Place, Span
from tests.adapters.contract_match_states import (
    ACCOUNT,
    BY_AMOUNT,
    OTHER,
    WIDE,
    MatchStatesContract,
    filed,
    found,
)
from tests.fixtures.aws_faults import LOST_ANSWER, LOST_REQUEST, THROTTLED, faulty

OpenStates = Callable[..., DynamoMatchStates]


@pytest.fixture
def open_states(environment: dict[str, str], tables: Tables, tenant: str) -> Generator[OpenStates]:
    """Opens the test's one index, as often as wanted: each time as another process would."""
    clients = []

    def open_one(*, tenant: str = tenant) -> DynamoMatchStates:
        client = new_client()
        clients.append(client)
        return DynamoMatchStates(
            Calls(client, waiting=FixedClock(0), entropy=Entropy()),
            tables=tables,
            tenant=tenant,
            blinding=Blinding(master_key=b"k" * 32, tenant=tenant),
        )

    yield open_one
    for client in clients:
        client.close()


class TestDynamoMatchStates(MatchStatesContract):
    """The contract, on DynamoDB."""

    @pytest.fixture
    def states(self, open_states: OpenStates) -> MatchStates:
        return open_states()


def test_tenants_do_not_meet(open_states: OpenStates, new_tenant: Callable[[], str]):
    """The same key of another bank is another key, and forgetting one forgets no other."""
    here, there = open_states(), open_states(tenant=new_tenant())
    here.put([filed("pay:1", ACCOUNT)])
    there.put([filed("pay:2", ACCOUNT)])
    assert found(here, ACCOUNT) == [["pay:1"]]
    here.clear()
    assert found(there, ACCOUNT) == [["pay:2"]]


FAULTS = [LOST_REQUEST, LOST_ANSWER, THROTTLED]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("at", range(4))
def test_a_lost_call_is_made_again(open_states: OpenStates, fault: str, at: int):
    """Whichever call of a filing is lost, before or after it was carried out, the item stands."""
    states = open_states()
    states.put([filed("pay:1", ACCOUNT, OTHER)])
    with faulty(states._calls.client) as faults:
        faults.plan = [""] * at + [fault]
        states.put([filed("pay:1", OTHER, BY_AMOUNT, version=2)])
    assert found(states, ACCOUNT, OTHER, BY_AMOUNT) == [[], ["pay:1"], ["pay:1"]]


@pytest.mark.parametrize("at", range(5))
def test_who_dies_between_two_calls_leaves_nothing_that_harms(open_states: OpenStates, at: int):
    """The same record again finishes what the dead one began; nothing was missing meanwhile."""
    states = open_states()
    states.put([filed("pay:1", ACCOUNT, OTHER)])
    later = filed("pay:1", OTHER, BY_AMOUNT, version=2)
    with faulty(states._calls.client) as faults:
        faults.plan, faults.then_always = [""] * at, THROTTLED
        with pytest.raises(StoreBusy):
            states.put([later])
    assert found(states, OTHER) == [["pay:1"]]
    open_states().put([later])
    assert found(states, ACCOUNT, OTHER, BY_AMOUNT) == [[], ["pay:1"], ["pay:1"]]


def test_processes_that_race_end_with_the_latest(open_states: OpenStates):
    """Several that file versions of one item at once, each its own order: the last one stands."""
    keys = [Key("payer", str(n)) for n in range(8)]
    versions = [
        filed("pay:1", *(key for n, key in enumerate(keys) if version >> n & 1), version=version)
        for version in range(1, 17)
    ]

    def work(seed: int) -> None:
        states, order = open_states(), list(versions)
        Random(seed).shuffle(order)
        for version in order:
            states.put([version])

    with ThreadPoolExecutor(max_workers=4) as workers:
        list(workers.map(work, range(4)))
    assert found(open_states(), *keys) == [["pay:1"] if n == 4 else [] for n in range(8)]


def test_an_item_with_very_many_places_is_filed(open_states: OpenStates):
    """A list of thousands of members is found by each; its record stays small enough to be kept."""
    states = open_states()
    keys = [Key("paid", str(n)) for n in range(120)]
    states.put([filed("set:1", *keys, Place(WIDE, rank="7"))])
    assert states.find([Span(key) for key in keys[::40]]) != [[]] * 3
    assert found(states, keys[-1], WIDE) == [["set:1"], ["set:1"]]
