"""A sum's life: posted on its line alone, then made final by what comes later, or taken back."""

from __future__ import annotations

from collections.abc import Sequence

from application.outcome import exception_rows, match_rows
from domain import payment as p
from domain import settlement as s
from domain.facts import Fact
from domain.matching.holding import PROVISIONAL_DAYS_MAX
from domain.matching.items import PaymentItem
from tests.domain.matching.table import Item, card, day, line, payment, payout
from tests.service.tiny import Remembered, loaded, reconcile, row, state_of

AMOUNTS = (100_33, 250_17, 75_91)
GROUP = [card(f"P{n}", amount) for n, amount in enumerate(AMOUNTS, start=1)]
HOLDING = payout("L1", AMOUNTS[0] + AMOUNTS[1])
"""P3 is held back; fees are 0."""

NEXT = card("P8", 640_07, created=day(3), expected=day(4))
RELEASING = payout("L2", 640_07 + AMOUNTS[2], value=day(4))


def days(*delivered: Sequence[Item]) -> Remembered:
    """A store after these deliveries, one run each."""
    facts = Remembered()
    for some in delivered:
        reconcile(facts, [row(item) for item in some])
    return facts


def found(facts: Remembered, *kinds: type[Fact]) -> list[Fact]:
    """The recorded facts of these kinds, in order."""
    return [one.fact for one in facts.recorded if isinstance(one.fact, kinds)]


def standing(facts: Remembered) -> dict[tuple[str, ...], str]:
    """Payments and status of each match that stands, by line."""
    rows = match_rows(loaded(facts))
    return {(*one.settlements, *sorted(one.payments)): one.status for one in rows}


def assert_as_at_once(facts: Remembered, *delivered: Sequence[Item]) -> None:
    assert state_of(loaded(facts)) == state_of(
        loaded(days([one for day in delivered for one in day]))
    )


def test_a_sum_is_posted_on_its_line_alone():
    """L2: the match is provisional, its payments know nothing, and all of it is open work."""
    facts = days([*GROUP, HOLDING])
    assert standing(facts) == {("L1", "P1", "P2"): s.PROVISIONAL}
    assert found(facts, p.PaymentAllocated) == []
    reasons = {one.id: one.reason for one in exception_rows(loaded(facts))}
    assert reasons == {
        "L1": "provisional",
        "P1": "provisional",
        "P2": "provisional",
        "P3": "pending",
    }


def test_a_later_payout_makes_both_final():
    """L2: what was held appears in a payout that closes; the first match is finalised."""
    facts = days([*GROUP, HOLDING], [NEXT, RELEASING])
    assert set(standing(facts).values()) == {s.FINAL}
    (final,) = found(facts, s.SettlementFinalised)
    (first, second) = found(facts, s.SettlementAllocated)
    assert isinstance(final, s.SettlementFinalised)
    assert isinstance(first, s.SettlementAllocated)
    assert isinstance(second, s.SettlementAllocated)
    assert (first.status, second.status) == (s.PROVISIONAL, s.FINAL)
    assert final.match_id == first.match_id
    assert final.proof.sums
    assert final.proof.sums.corroborated_by == second.settlements
    assert len(found(facts, p.PaymentAllocated)) == 4
    assert found(facts, s.SettlementAllocationReleased, s.SettlementContradictionDetected) == []
    assert_as_at_once(facts, [*GROUP, HOLDING], [NEXT, RELEASING])


def test_a_second_solution_makes_it_fall():
    """L2: a late payment could be the held one as well; what was not final is not contradicted."""
    late = card("P5", AMOUNTS[1] - AMOUNTS[2])
    facts = days([*GROUP, HOLDING], [late])
    (released,) = found(facts, s.SettlementAllocationReleased)
    assert isinstance(released, s.SettlementAllocationReleased)
    assert released.cause == "fallen"
    assert len(released.freed) == 2
    assert standing(facts) == {}
    assert found(facts, s.SettlementContradictionDetected) == []
    assert_as_at_once(facts, [*GROUP, HOLDING], [late])


def test_an_identity_overrides_it():
    """L2 and X8: a line that shows the id of a reserved payment gets it, and the sum falls."""
    some: list[PaymentItem] = [card("P1", AMOUNTS[0], reference="ORD-000111"), *GROUP[1:]]
    named = line("L3", AMOUNTS[0], reference="ORD-000111", statement="other")
    facts = days([*some, HOLDING], [named])
    assert standing(facts) == {("L3", "P1"): s.FINAL}
    assert [
        one.cause
        for one in found(facts, s.SettlementAllocationReleased)
        if isinstance(one, s.SettlementAllocationReleased)
    ] == ["fallen"]
    assert_as_at_once(facts, [*some, HOLDING], [named])


def test_an_identity_elsewhere_makes_it_final():
    """L2: class I says where the held payment went, so the payout is the rest, to the centavo."""
    some: list[PaymentItem] = [*GROUP[:2], card("P3", AMOUNTS[2], reference="ORD-000111")]
    named = line("L3", AMOUNTS[2], reference="ORD-000111", statement="other")
    facts = days([*some, HOLDING], [named])
    assert standing(facts) == {("L1", "P1", "P2"): s.FINAL, ("L3", "P3"): s.FINAL}
    (final,) = found(facts, s.SettlementFinalised)
    assert isinstance(final, s.SettlementFinalised)
    assert final.rule == "payout@1"
    assert_as_at_once(facts, [*some, HOLDING], [named])


def test_it_stands_until_its_break_day_and_no_longer():
    """L2: on the day after, it falls by itself, though nothing came that touches it."""
    last = HOLDING.value + PROVISIONAL_DAYS_MAX
    for after, still in ((0, True), (1, False)):
        some = [payment("Q1", 5_00, created=last + after - 1, expected=last + after, account="1")]
        other = line("L9", 7_00, value=last + after, statement="last")
        facts = days([*GROUP, HOLDING], [*some, other])
        assert (("L1", "P1", "P2") in standing(facts)) is still
        assert_as_at_once(facts, [*GROUP, HOLDING], [*some, other])


def test_what_takes_a_corroboration_away_contradicts_the_match():
    """E10: both were final; a second solution comes late, and neither is silently changed."""
    late = card("P5", AMOUNTS[1] - AMOUNTS[2])
    facts = days([*GROUP, HOLDING], [NEXT, RELEASING], [late])
    contradicted = found(facts, s.SettlementContradictionDetected)
    assert len(contradicted) == 2
    assert standing(facts).get(("L1", "P1", "P2")) is None
    assert_as_at_once(facts, [*GROUP, HOLDING], [NEXT, RELEASING], [late])


def test_judging_again_changes_nothing():
    """A provisional match that still holds is not posted anew."""
    facts = days([*GROUP, HOLDING])
    before = len(facts.recorded)
    reconcile(facts, [row(item) for item in [*GROUP, HOLDING]])
    kinds = {type(one.fact) for one in facts.recorded[before:]}
    assert s.SettlementAllocated not in kinds
    assert s.SettlementAllocationReleased not in kinds
