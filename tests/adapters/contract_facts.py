"""What every FactStore promises. An adapter's test subclasses this and gives it a new store."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from adapters.system import FixedClock
from application.ports import Clock, FactStore, VersionConflict
from tests.adapters.contract_samples import (
    CONTEXT,
    NAMELESS,
    OTHER,
    REGISTERED,
    STREAM,
    allocated,
    commit,
)

NOW_MS = 1_794_835_230_000

WRITERS, INSERTS, FACTS_EACH = 6, 40, 3

StoreOf = Callable[[Clock], FactStore]


class FactStoreContract:
    """The laws of the port."""

    @abstractmethod
    @pytest.fixture
    def store_of(self) -> StoreOf:
        """Makes the test's one store, empty, with this clock."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, store_of: StoreOf) -> FactStore:
        return store_of(FixedClock(NOW_MS))

    def test_a_fact_comes_back_as_it_went_in(self, store: FactStore):
        """Fact and envelope are read as they were recorded, from the stream and from the store."""
        (recorded,) = store.append([commit(REGISTERED)])
        assert (recorded.stream, recorded.version, recorded.position) == (STREAM, 1, 1)
        assert (recorded.business_time, recorded.recorded_at_ms) == ("2026-11-16", NOW_MS)
        assert (recorded.context, recorded.fact) == (CONTEXT, REGISTERED)
        assert store.stream(STREAM) == (recorded,)
        assert tuple(store.facts()) == (recorded,)

    def test_versions_count_in_the_stream_and_positions_in_the_store(self, store: FactStore):
        """Both start at 1 and have no gap; an append answers in the order it was given."""
        first = store.append([commit(REGISTERED, allocated(1)), commit(NAMELESS, stream=OTHER)])
        second = store.append([commit(allocated(2), expected=2)])
        assert [fact.fact_id for fact in first] == [f"{STREAM}@1", f"{STREAM}@2", f"{OTHER}@1"]
        assert [fact.position for fact in (*first, *second)] == [1, 2, 3, 4]
        assert second[0].version == 3
        assert store.head() == 4

    def test_an_empty_store(self, store: FactStore):
        """Nothing is there: no stream, no fact, position 0; appending nothing changes nothing."""
        assert store.append([]) == ()
        assert store.append([commit()]) == ()
        assert (store.head(), store.stream(STREAM), tuple(store.facts())) == (0, (), ())
        assert dict(store.streams([STREAM])) == {}

    @pytest.mark.parametrize("expected", [0, 1, 3, 40])
    def test_neither_a_taken_version_nor_a_gap(self, store: FactStore, expected: int):
        """A commit that expects another version than the last is refused, and says which."""
        store.append([commit(REGISTERED, allocated(1))])
        with pytest.raises(VersionConflict) as refused:
            store.append([commit(allocated(2), expected=expected)])
        assert refused.value == VersionConflict(stream=STREAM, expected_version=expected)
        assert store.head() == 2

    def test_all_commits_or_none(self, store: FactStore):
        """When one of several commits is refused, nothing of the others is kept."""
        with pytest.raises(VersionConflict):
            store.append([commit(REGISTERED), commit(allocated(1), stream=OTHER, expected=1)])
        assert (store.head(), store.stream(STREAM)) == (0, ())
        store.append([commit(REGISTERED)])
        assert store.head() == 1

    def test_commits_to_one_stream_follow_each_other(self, store: FactStore):
        """In one append, the second commit to a stream stands on the first, or is refused."""
        store.append([commit(REGISTERED), commit(allocated(1), expected=1, command="c-2")])
        assert [fact.context.command_id for fact in store.stream(STREAM)] == ["c-1", "c-2"]
        with pytest.raises(VersionConflict):
            store.append([commit(allocated(2), expected=2), commit(allocated(3), expected=2)])

    def test_a_stream_up_to_a_version(self, store: FactStore):
        """A stream can be read as it was at any version."""
        store.append([commit(REGISTERED, allocated(1), allocated(2))])
        assert [fact.version for fact in store.stream(STREAM, through_version=2)] == [1, 2]
        assert store.stream(STREAM, through_version=0) == ()

    def test_many_streams_at_once(self, store: FactStore):
        """Only streams that exist are answered, each once and whole, however often it is asked."""
        store.append([commit(REGISTERED, allocated(1)), commit(NAMELESS, stream=OTHER)])
        found = store.streams([OTHER, "pay:core:none", STREAM, STREAM])
        assert dict(found) == {STREAM: store.stream(STREAM), OTHER: store.stream(OTHER)}

    def test_facts_after_a_position_as_of_the_call(self, store: FactStore):
        """Reading goes from a position to what was the end when it began."""
        store.append([commit(REGISTERED, allocated(1), allocated(2))])
        facts = store.facts(after=1)
        store.append([commit(allocated(3), expected=3)])
        assert [fact.position for fact in facts] == [2, 3]
        assert [fact.position for fact in store.facts(after=3)] == [4]
        assert list(store.facts(after=4)) == []

    def test_sealed_facts_keep_personal_text_to_themselves(self, store: FactStore):
        """Read sealed, a fact has everything but its personal fields."""
        store.append([commit(REGISTERED), commit(NAMELESS, stream=OTHER)])
        assert [fact.fact for fact in store.facts(sealed=True)] == [NAMELESS, NAMELESS]
        assert [fact.fact for fact in store.facts()] == [REGISTERED, NAMELESS]

    def test_recorded_time_never_falls(self, store_of: StoreOf):
        """A clock that is set back does not set recorded time back."""
        store = store_of(FixedClock(NOW_MS, step_ms=-1_000))
        for version in range(3):
            store.append([commit(allocated(version), expected=version)])
        times = [fact.recorded_at_ms for fact in store.facts()]
        assert times == sorted(times)
        assert len(set(times)) == 1

    def test_each_fact_has_a_nonce_of_its_own(self, store: FactStore):
        """Nonces are long, kept, and never the same."""
        store.append([commit(REGISTERED, allocated(1)), commit(REGISTERED, stream=OTHER)])
        nonces = {fact.nonce for fact in store.facts()}
        assert len(nonces) == 3
        assert all(len(nonce) >= 16 for nonce in nonces)

    def test_one_of_two_writers_wins(self, store: FactStore):
        """Of writers that expect the same version, one is answered and the others are refused."""

        def write(number: int) -> bool:
            try:
                store.append([commit(allocated(number), command=f"c-{number}")])
            except VersionConflict:
                return False
            return True

        with ThreadPoolExecutor(max_workers=4) as writers:
            assert sum(writers.map(write, range(8))) == 1
        assert store.head() == 1

    def test_a_tailing_reader_misses_nothing(self, store: FactStore):
        """While six writers append, a reader sees each fact once, in order, without a gap."""
        assert tailed(store) == list(range(1, WRITERS * INSERTS * FACTS_EACH + 1))


def tailed(store: FactStore, *, inserts: int = INSERTS) -> list[int]:
    """The positions that a reader sees who follows the store while others write."""
    done = Event()

    def write(writer: int) -> None:
        for insert in range(inserts):
            stream = f"pay:core:{writer}-{insert}"
            store.append([commit(*map(allocated, range(FACTS_EACH)), stream=stream)])

    def tail() -> list[int]:
        seen: list[int] = []
        while not done.is_set() or (seen[-1] if seen else 0) < store.head():
            seen += [fact.position for fact in store.facts(after=seen[-1] if seen else 0)]
        return seen

    with ThreadPoolExecutor(max_workers=WRITERS + 1) as threads:
        seen = threads.submit(tail)
        try:
            list(threads.map(write, range(WRITERS)))
        finally:
            done.set()
    return seen.result()
