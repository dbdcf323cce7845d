"""The laws of a settlement, whatever is asked of it and in whatever order."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain import settlement as s
from tests.domain.controls import HOME, LINE, OTHER, ars, terms
from tests.domain.spec import History

joined_ids = st.sampled_from(["mat:x:1", "mat:y:1"])
all_ids = joined_ids | st.builds(
    lambda number: f"mat:{HOME.removeprefix('set:')}:{number}", st.integers(1, 3)
)
verdicts = st.builds(
    s.SettlementLeftOpen,
    reason=st.sampled_from(["ambiguous", "unexpected"]),
    rule=st.just("E1"),
    candidates=st.just(()),
    candidates_total=st.just(0),
    candidates_hash=st.just("ab" * 32),
)
made = st.builds(
    lambda amounts, fee, currency: terms(*amounts, fee=fee, currency=currency),
    st.lists(st.integers(-50_00, 150_00), max_size=3),
    st.integers(-10_00, 0),
    st.sampled_from(["ARS", "ARS", "ARS", "USD"]),
)


class SettlementMachine(RuleBasedStateMachine):
    """Commands in any order, most of them contradictory."""

    def __init__(self) -> None:
        super().__init__()
        self.history: History[s.Settlement] = History(s.evolve)

    @property
    def state(self) -> s.Settlement:
        state = self.history.state
        assert state is not None
        return state

    @initialize()
    def recorded(self) -> None:
        assert self.history.decide(s.record, line=LINE) == (LINE,)

    @rule(row=st.sampled_from(["S1", "S8", "S9"]), minor=st.sampled_from([100_00, 100_00, 1]))
    def record(self, row: str, minor: int) -> None:
        self.history.decide(s.record, line=replace(LINE, settlement_id=row, amount=ars(minor)))

    @rule(wanted=made, unexplained=st.sampled_from([0, 0, 0, 1, -1]))
    def allocate(self, wanted: s.MatchTerms, unexplained: int) -> None:
        parts = [part.amount for part in (*wanted.allocations, *wanted.residuals)]
        total = sum(amount.minor for amount in parts) + unexplained
        before = self.state
        facts = self.history.decide(s.allocate, stream=HOME, lines_minor=total, terms=wanted)
        if not facts:
            return
        assert before.match_id is None
        assert before.duplicate_of is None
        assert unexplained == 0
        assert {amount.currency for amount in parts} <= {"ARS"}

    @rule(match_id=joined_ids)
    def join(self, match_id: str) -> None:
        self.history.decide(s.join, match_id=match_id, home=OTHER)

    @rule(match_id=all_ids, cause=st.sampled_from(["person", "contradiction"]))
    def release(self, match_id: str, cause: str) -> None:
        self.history.decide(s.release, match_id=match_id, reason="wrong", cause=cause)
        assert self.state.match_id != match_id

    @rule(match_id=all_ids)
    def contradict(self, match_id: str) -> None:
        before = self.state.match_id
        self.history.decide(s.contradict, match_id=match_id, reason="X5", against=())
        assert self.state.match_id == before

    @rule(verdict=verdicts)
    def leave_open(self, verdict: s.SettlementLeftOpen) -> None:
        self.history.decide(s.leave_open, verdict=verdict)

    @rule(of=st.sampled_from([OTHER, "set:bank:017:285:E0"]))
    def mark_duplicate(self, of: str) -> None:
        self.history.decide(s.mark_duplicate, of=of, rule="U3")

    @rule()
    def clear_duplicate(self) -> None:
        self.history.decide(s.clear_duplicate, reason="contradicted")

    @invariant()
    def a_line_is_one_thing_at_a_time(self) -> None:
        if self.history.state is None:
            return
        state = self.state
        claims = (state.match_id, state.duplicate_of, state.left_open)
        assert sum(claim is not None for claim in claims) <= 1
        assert state.match is None or state.match.match_id == state.match_id

    @invariant()
    def no_match_id_is_used_twice(self) -> None:
        made_here = [
            fact.match_id for fact in self.history.facts if isinstance(fact, s.SettlementAllocated)
        ]
        assert len(set(made_here)) == len(made_here)

    @invariant()
    def a_row_id_has_one_content(self) -> None:
        if self.history.state is not None:
            rows = [line.settlement_id for line in self.state.deliveries]
            assert len(set(rows)) == len(rows)
            assert self.state.line == LINE


TestSettlement = SettlementMachine.TestCase
TestSettlement.settings = settings(max_examples=30, stateful_step_count=25)
