"""The laws of a payment, whatever is asked of it and in whatever order."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain import payment as p
from domain.money import Money
from tests.domain.controls import HOME, OTHER, REGISTERED, TUESDAY
from tests.domain.spec import History

match_ids = st.sampled_from(["m1", "m2", "m3", "m4"])
amounts = st.builds(Money, st.integers(-10, 120_00), st.sampled_from(["ARS", "ARS", "ARS", "USD"]))
kinds = st.sampled_from(["reversal", "refund", "chargeback"])


class PaymentMachine(RuleBasedStateMachine):
    """Commands in any order, most of them contradictory; a model counts what was really taken."""

    def __init__(self) -> None:
        super().__init__()
        self.history: History[p.Payment] = History(p.evolve)
        self.allocated: dict[str, Money] = {}
        self.went_back: dict[str, Money] = {}
        self.cancelled = False

    @initialize()
    def registered(self) -> None:
        assert self.history.decide(p.register, registration=REGISTERED) == (REGISTERED,)

    @rule()
    def registered_again(self) -> None:
        assert self.history.decide(p.register, registration=REGISTERED) == ()

    @rule(match_id=match_ids, amount=amounts)
    def allocate(self, match_id: str, amount: Money) -> None:
        taken = self.history.decide(
            p.allocate, match_id=match_id, amount=amount, settlements=(HOME,)
        )
        if taken:
            self.allocated[match_id] = amount

    @rule(match_id=match_ids)
    def release(self, match_id: str) -> None:
        facts = self.history.decide(p.release, match_id=match_id, reason="unmatched")
        assert bool(facts) == (self.allocated.pop(match_id, None) is not None)

    @rule(match_id=match_ids, amount=amounts, kind=kinds)
    def record_return(self, match_id: str, amount: Money, kind: str) -> None:
        taken = self.history.decide(
            p.record_return, match_id=match_id, kind=kind, amount=amount, settlement=OTHER
        )
        if taken:
            self.went_back[match_id] = amount

    @rule(match_id=match_ids)
    def release_return(self, match_id: str) -> None:
        facts = self.history.decide(p.release_return, match_id=match_id, reason="contradicted")
        assert bool(facts) == (self.went_back.pop(match_id, None) is not None)

    @rule()
    def cancel(self) -> None:
        facts = self.history.decide(p.cancel, reason="expired", business_date=TUESDAY)
        assert (facts is None) == bool(self.allocated or self.went_back)
        self.cancelled = self.cancelled or bool(facts)

    @invariant()
    def neither_allocations_nor_returns_exceed_the_amount(self) -> None:
        for taken in (self.allocated, self.went_back):
            assert sum(amount.minor for amount in taken.values()) <= REGISTERED.amount.minor
            assert all(amount.minor > 0 and amount.currency == "ARS" for amount in taken.values())

    @invariant()
    def the_state_says_what_was_taken(self) -> None:
        match self.history.state:
            case p.Expected() as state:
                assert not self.cancelled
                assert state.allocated_minor == sum(m.minor for m in self.allocated.values())
                assert state.returned_minor == sum(m.minor for m in self.went_back.values())
                assert state.open_minor == 100_00 - state.allocated_minor >= 0
            case p.Cancelled():
                assert self.cancelled
                assert not self.allocated
                assert not self.went_back
            case None:
                assert not self.history.facts


TestPayment = PaymentMachine.TestCase
TestPayment.settings = settings(max_examples=30, stateful_step_count=25)
