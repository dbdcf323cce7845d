"""One state machine over the whole embedded service: whatever happens, in whatever order."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from adapters.backup import backup, restore
from adapters.sqlite_facts import SqliteFactStore
from adapters.sqlite_views import SqliteViewStore
from adapters.system import FixedClock, SeededEntropy
from adapters.verification import verify
from application.lookup import Target
from application.ports import Commit, FactStore, Move
from application.projecting import Projector
from application.registry import Registry
from application.undoing import Order, cancel_payment, unmatch
from domain.facts import Recorded
from domain.payment import Cancelled, Expected, PaymentHasAllocations
from domain.settlement import PROVISIONAL, Settlement, SettlementRecorded
from tests.service.tiny import (
    Remembered,
    Row,
    again,
    loaded,
    reconcile,
    reconciler,
    rows,
    state_of,
)

TENANT = "bank-01"
STEPS, EXAMPLES, EXAMPLES_THOROUGH = 12, 8, 150
NOON_MS, STEP_MS = 1_772_463_600_000, 1_000
DIES_AT_MAX = 4
"""The append that fails is one of the first so many."""


class Crashed(Exception):  # noqa: N818  (nothing is wrong)
    """The process died."""


class Dying:
    """A FactStore whose `dies_at`th append does not come back, its facts written or not."""

    def __init__(self, facts: FactStore, *, dies_at: int, written: bool) -> None:
        self._facts = facts
        self.commits_max, self.numbers_at_once = facts.commits_max, facts.numbers_at_once
        self._left = dies_at
        self._written = written

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        self._left -= 1
        if self._left == 0:
            if self._written:
                self._facts.append(commits)
            raise Crashed
        return self._facts.append(commits)

    def stream(self, stream: str, *, through_version: int | None = None) -> tuple[Recorded, ...]:
        return self._facts.stream(stream, through_version=through_version)

    def streams(self, streams: Iterable[str]) -> Mapping[str, tuple[Recorded, ...]]:
        return self._facts.streams(streams)

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        return self._facts.facts(after=after, sealed=sealed)

    def written(self, *, sealed: bool = False) -> Iterator[Move]:
        return self._facts.written(sealed=sealed)

    def head(self) -> int:
        return self._facts.head()


class Service(RuleBasedStateMachine):
    """A store on disk, a tiny colliding world to deliver piece by piece, and people who undo."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="conciliar-service-"))
        self.folder = self.place / "store"
        self.opened = 0
        self.world: list[Row] = []
        self.delivered: list[Row] = []
        self.last: list[Row] = []
        self.undone: set[tuple[str, str]] = set()
        self.alone = self.people = False
        self.open()

    # The store.

    def open(self) -> None:
        self.opened += 1
        self.facts = SqliteFactStore.open(
            self.folder,
            tenant=TENANT,
            clock=FixedClock(NOON_MS, STEP_MS),
            entropy=SeededEntropy(f"service {self.opened}"),
        )
        self.views = SqliteViewStore.open(self.folder)

    def close(self) -> None:
        self.views.close()
        self.facts.close()

    def teardown(self) -> None:
        try:
            self.everything_ends_as_one_batch()
        finally:
            self.close()
            shutil.rmtree(self.place)

    # What happens.

    @initialize(world=rows(), alone=st.booleans(), first=st.integers(1, 100))
    def there_is_a_world(self, world: list[Row], alone: bool, first: int) -> None:
        """A part of the world is known at first; in every second one nobody ever intervenes."""
        self.world, self.alone = world, alone
        self.reconcile(world[: 1 + len(world) * first // 100])

    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """Some rows arrive, known or new, and are reconciled."""
        some = data.draw(st.lists(st.sampled_from(self.world), min_size=1, max_size=6))
        self.reconcile(list(dict.fromkeys(some)))

    @rule(data=st.data())
    def deliver_an_entry_again(self, data: st.DataObject) -> None:
        """A statement comes once more, with row ids and a statement id of its own."""
        lines = [one for one in self.delivered if isinstance(one, SettlementRecorded)]
        known = [one for one in lines if one.bank_entry_id and one.statement_id != "ST9"]
        if known:
            self.reconcile([again(data.draw(st.sampled_from(known)))])

    def reconcile(self, some: list[Row]) -> None:
        self.note(some)
        reconcile(self.facts, some)

    def note(self, some: list[Row]) -> None:
        self.last = some
        self.delivered += [one for one in some if one not in self.delivered]

    @rule(data=st.data(), dies_at=st.integers(1, DIES_AT_MAX), written=st.booleans())
    def crash(self, data: st.DataObject, dies_at: int, written: bool) -> None:
        """A run dies in one of its appends; the next process opens what is there and goes on."""
        some = data.draw(st.lists(st.sampled_from(self.world), min_size=1, max_size=6))
        some = list(dict.fromkeys(some))
        try:
            reconcile(Dying(self.facts, dies_at=dies_at, written=written), some)
        except Crashed:
            self.close()
            self.open()
            self.reconcile(some)
        else:
            self.note(some)

    @precondition(lambda self: not self.alone and self.registry().matches)
    @rule(data=st.data())
    def undo_a_match(self, data: st.DataObject) -> None:
        """A person undoes a match; what it held is judged again."""
        match_id = data.draw(st.sampled_from(sorted(self.registry().matches)))
        match = self.registry().matches[match_id]
        order = ordered("wrong pair")
        assert unmatch(self.facts, match_id=match_id, order=order).is_new
        assert not unmatch(self.facts, match_id=match_id, order=order).is_new
        self.people = True
        self.undone |= {(line, paid) for line in match.settlements for paid in match.payments}
        self.judge_again()

    @precondition(lambda self: not self.alone and self.payments())
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """A payment is no longer expected, unless a match stands on it."""
        stream = data.draw(st.sampled_from(sorted(self.payments())))
        state = self.registry().payment(stream)
        target = Target(kind="payment", id=stream, stream=stream)
        try:
            cancel_payment(self.facts, target=target, order=ordered("void"))
        except PaymentHasAllocations:
            assert isinstance(state, Expected)
            assert state.allocations or state.returns
            return
        self.people = True
        self.judge_again()

    def judge_again(self) -> None:
        reconciler(self.facts).judge_again(correlation="order")

    @rule()
    def restore_a_backup(self) -> None:
        """The store is lost, and its backup takes its place."""
        number = self.opened
        backup(self.folder, self.place / f"backup-{number}")
        before = list(self.facts.facts())
        self.close()
        self.folder = self.place / f"restored-{number}"
        restore(
            self.place / f"backup-{number}",
            self.folder,
            clock=FixedClock(NOON_MS, STEP_MS),
            entropy=SeededEntropy("restore"),
        )
        self.open()
        assert list(self.facts.facts()) == before

    # What always holds.

    @invariant()
    def money_is_kept(self) -> None:
        """No payment is over-allocated; allocations and residuals sum to the lines."""
        registry = self.registry()
        for state in registry.states.values():
            if isinstance(state, Expected):
                paid = sum(one.amount.minor for one in state.allocations.values())
                assert 0 <= paid <= state.registered.amount.minor
                gone = sum(one.amount.minor for one in state.returns.values())
                assert 0 <= gone <= state.registered.amount.minor
        for match in registry.matches.values():
            lines = [registry.settlement(line) for line in match.settlements]
            total = sum(line.line.amount.minor for line in lines if line is not None)
            parts = [part.amount.minor for part in (*match.allocations, *match.residuals)]
            assert sum(parts) == total

    @invariant()
    def a_line_is_in_one_match_at_most(self) -> None:
        """Lines and payments know exactly the matches that they are in."""
        registry = self.registry()
        of_line = [
            (line, match.match_id)
            for match in registry.matches.values()
            for line in match.settlements
        ]
        assert len(dict(of_line)) == len(of_line)
        states = registry.states.items()
        assert dict(of_line) == {
            stream: state.match_id
            for stream, state in states
            if isinstance(state, Settlement) and state.match_id is not None
        }
        assert {
            (stream, match_id)
            for stream, state in states
            if isinstance(state, Expected)
            for match_id in (*state.allocations, *state.returns)
        } == {
            (paid, match.match_id)
            for match in registry.matches.values()
            for paid in match.payments
            if match.status != PROVISIONAL  # it stands on its line alone
        }

    @invariant()
    def void_things_stand_in_no_match(self) -> None:
        """Duplicates and cancelled items settle nothing."""
        for state in self.registry().states.values():
            if isinstance(state, Settlement) and state.duplicate_of is not None:
                assert state.match_id is None

    @invariant()
    def what_a_person_undid_stays_undone(self) -> None:
        """No match pairs again what a person took apart."""
        for match in self.registry().matches.values():
            pairs = {(line, paid) for line in match.settlements for paid in match.payments}
            assert not pairs & self.undone

    @invariant()
    def the_store_is_sound(self) -> None:
        """Positions and versions are contiguous, and every box opens."""
        assert verify(self.facts).findings == ()

    @invariant()
    def read_models_follow(self) -> None:
        """Read models that are kept up are those that are made anew."""
        Projector(facts=self.facts, views=self.views).catch_up()
        kept = self.views.digest()
        Projector(facts=self.facts, views=self.views, chunk_facts=7).rebuild()
        assert self.views.digest() == kept

    @invariant()
    def repeating_the_last_delivery_records_nothing(self) -> None:
        """What is known already is nothing new, and is judged already."""
        if self.last:
            head = self.facts.head()
            outcome = reconcile(self.facts, self.last)
            assert (outcome.recorded, outcome.judged) == (0, 0)
            assert self.facts.head() == head

    def everything_ends_as_one_batch(self) -> None:
        """Where no person took part, one batch of everything says the same."""
        if self.delivered and not self.people:
            once = reconcile(Remembered(), self.delivered)
            assert state_of(self.registry()) == state_of(once.registry)

    # What is known.

    def registry(self) -> Registry:
        return loaded(self.facts)

    def payments(self) -> list[str]:
        states = self.registry().states.items()
        return [stream for stream, state in states if isinstance(state, Expected | Cancelled)]


def ordered(reason: str) -> Order:
    return Order(
        actor="tester", reason=reason, business_date=date(2026, 3, 9), correlation_id="order"
    )


_profile = settings.default or settings()
_examples = EXAMPLES_THOROUGH if _profile.max_examples >= 1_000 else EXAMPLES

Service.TestCase.settings = settings(
    _profile, max_examples=_examples, stateful_step_count=STEPS, deadline=None
)
TestService = pytest.mark.timeout(900)(Service.TestCase)
"""Everything above, over and over."""
