"""Held and released payments (stage 5, L1 to L3): one small set explains a payout, or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

from domain.matching import sums
from domain.matching.items import PaymentItem, ReferenceData
from domain.matching.sums import Budget, Exhausted, accidents_ppm, near_misses, size_of
from tests.domain.matching.netting import half_up, net
from tests.domain.matching.table import (
    SCHEDULE,
    Item,
    card,
    day,
    judge,
    merchant,
    payout,
    posted,
    reasons,
    reference_data,
)

HOLDS = reference_data(merchant("M1", max_held=3), merchant("M2"))
AT_ONCE = reference_data(merchant("M1", max_held=3, fee_rounding="batch"), merchant("M2"))
ROUNDINGS = {"item": HOLDS, "batch": AT_ONCE}
AMOUNTS = (100_33, 250_17, 75_91, 1_310_45)
GROUP = [card(f"P{n}", amount) for n, amount in enumerate(AMOUNTS, start=1)]
TUESDAY, WEDNESDAY, THURSDAY = day(3), day(4), day(5)


def later(name: str, amount: int, *, value: int = WEDNESDAY) -> PaymentItem:
    """A card payment of a later group."""
    return card(name, amount, created=value - 1, expected=value)


def comes_to(some: list[PaymentItem], rounding: str) -> int:
    """The net of a payout of these payments."""
    amounts = [one.amount for one in some]
    return sum(map(net, amounts)) if rounding == "item" else net(sum(amounts))


def statuses(*items: Item, reference: ReferenceData = HOLDS) -> dict[str, str]:
    """Rule and status of each match: `L1 = P1 P2` → `payout-held@2 provisional`."""
    found = judge(*items, reference=reference).matches
    return {
        " ".join(one.key[0]) + " = " + " ".join(one.key[1]): f"{one.rule} {one.status}"
        for one in found
    }


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("held", [(0,), (3,), (1, 2), (0, 1, 3)])
def test_held_payments_are_left_out(held: tuple[int, ...], rounding: str):
    """L2: up to three payments whose absence alone explains the payout stay open."""
    paid = [one for at, one in enumerate(GROUP) if at not in held]
    names = " ".join(one.id for one in paid)
    found = statuses(*GROUP, payout("L1", comes_to(paid, rounding)), reference=ROUNDINGS[rounding])
    assert found == {f"L1 = {names}": "payout-held@2 provisional"}


def test_two_payments_alike_refuse_each_other():
    """L2: where either of two payments could be the held one, nothing is posted."""
    alike = [*GROUP[:2], card("P3", AMOUNTS[1])]
    line = payout("L1", net(AMOUNTS[0]) + net(AMOUNTS[1]))
    assert posted(*alike, line, reference=HOLDS) == set()
    assert reasons(*alike, line, reference=HOLDS) == {"L1": "ambiguous"}


def test_a_second_solution_of_another_size_refuses_the_first():
    """L2: the search goes on after the first solution; 3 + 4 is as good as 7."""
    some = [card("P1", 3_00), card("P2", 4_00), card("P3", 7_00), card("P4", 1_000_00)]
    line = payout("L1", comes_to([*some[:2], some[3]], "batch"))
    assert posted(*some, line, reference=AT_ONCE) == set()
    assert reasons(*some, line, reference=AT_ONCE) == {"L1": "ambiguous"}
    without = [some[0], some[2], some[3]]
    only = payout("L1", comes_to([some[0], some[3]], "batch"))
    assert posted(*without, only, reference=AT_ONCE) == {"L1 = P1 P4"}


def test_four_held_payments_are_too_many():
    """L2: more than three are never searched, so the shortage is unexplained."""
    more = [*GROUP, card("P5", 9_999_77)]
    line = payout("L1", net(9_999_77))
    assert reasons(*more, line, reference=HOLDS) == {"L1": "amount_break"}


def test_nothing_is_held_by_a_merchant_without_holds():
    """`max_held` 0 means that a shortage is unexplained."""
    line = payout("L1", net(AMOUNTS[0]) + net(AMOUNTS[1]))
    without = reference_data(merchant("M1", max_held=0), merchant("M2"))
    assert posted(*GROUP[:3], line, reference=without) == set()


def test_max_held_bounds_the_search():
    """L2: of a merchant from whom one payment is held at most, two are not searched."""
    one_held = reference_data(merchant("M1", max_held=1), merchant("M2"))
    line = payout("L1", net(AMOUNTS[0]) + net(AMOUNTS[1]))
    assert posted(*GROUP, line, reference=one_held) == set()
    line = payout("L1", sum(map(net, AMOUNTS[:3])))
    assert posted(*GROUP, line, reference=one_held) == {"L1 = P1 P2 P3"}


def test_a_sum_outside_of_a_group_is_no_match():
    """L3: the line names no merchant, so no group is derived, and no sum is searched."""
    line = payout("L1", net(AMOUNTS[0]) + net(AMOUNTS[1]), merchant=None)
    assert posted(*GROUP[:3], line, reference=HOLDS) == set()


@pytest.mark.parametrize("rounding", ["item", "batch"])
def test_a_payment_from_before_the_first_schedule_is_no_candidate(rounding: str):
    """It has no expected net, so no sum counts with it, and nothing fails on it."""
    since = replace(SCHEDULE, effective_from=date(2026, 3, 4))
    terms = merchant("M1", max_held=3, schedules=(since,), fee_rounding=rounding)
    early = card("P0", 40_00, created=day(2), expected=day(3))
    late = card("P1", 100_33, created=day(4), expected=day(5))
    line = payout("L1", net(100_33) + net(40_00), value=day(5), booking=day(5))
    assert posted(early, late, line, reference=reference_data(terms)) == set()


def test_a_group_of_two_schedules_is_searched_too():
    """F1, F2 and F3: each sub-total is rounded once, and what is held may be of either version."""
    dearer = replace(SCHEDULE, effective_from=date(2026, 3, 2), mdr_bps=180)
    terms = merchant("M1", max_held=3, schedules=(SCHEDULE, dearer), fee_rounding="batch")
    old = [card(f"P{n}", 10_033 * n * n, created=day(1)) for n in (1, 2, 3)]
    new = [card(f"P{n}", 20_077 * n * n, created=day(2)) for n in (4, 5, 6)]
    paid = [*old[:2], *new[1:]]
    gross = sum(one.amount for one in new[1:])
    fee = half_up(gross * 180, 10_000)
    dear = gross - fee - half_up(fee * 2100, 10_000)
    dear -= half_up(gross * 150, 10_000) + half_up(gross * 50, 10_000)
    line = payout("L1", net(sum(one.amount for one in old[:2])) + dear)
    found = posted(*old, *new, line, reference=reference_data(terms))
    assert found == {"L1 = " + " ".join(one.id for one in paid)}


# L1: how likely an accident is


def test_near_misses_are_counted_on_the_lattice():
    """L1: eight payments 100 pesos apart are each other's near misses, whatever was found."""
    crowd = [card(f"P{n}", 10_000_00 + n * 100_00) for n in range(1, 9)]
    assert near_misses(crowd[:1], crowd, 1, Budget()) == 7
    assert near_misses([card("Q", 3_00)], crowd, 1, Budget()) == 0


def test_near_misses_stop_at_ten_thousand_pesos():
    """L1: a sum further away than that is not near, one just as far is."""
    far = [card("P1", 1_000_00), card("P2", 11_000_00), card("P3", 11_100_00)]
    assert near_misses(far[:1], far, 1, Budget()) == 1


def test_near_misses_count_every_size_that_was_searched():
    """L1: one payment was found; pairs and triples were searched, so they count as well."""
    some = [card("P1", 600_00), card("P2", 200_00), card("P3", 300_00), card("P4", 150_00)]
    every = [sum(p.amount for p in each) for n in (1, 2, 3) for each in combinations(some, n)]
    near = [total for total in every if not (total - 600_00) % 100_00]
    assert near_misses(some[:1], some, 3, Budget()) == len(near) - 1


def test_near_misses_are_counted_on_gross_amounts():
    """L1: the nets of these two are not 100 pesos apart, what was paid is."""
    assert (net(500_00) - net(400_00)) % 100_00
    some = [card("P1", 500_00), card("P2", 400_00)]
    assert near_misses(some[:1], some, 1, Budget()) == 1


def test_lambda_grows_with_near_misses_and_searches():
    """L1: (h + 1) / 200 for each group that the line could be searched in."""
    assert accidents_ppm(0, searches=1) == 5_000
    assert accidents_ppm(1, searches=1) == sums.ACCIDENTS_MAX_PPM
    assert accidents_ppm(1, searches=2) == 20_000


@pytest.mark.parametrize("pool, size", [(60, 3), (61, 2), (400, 2), (401, 1)])
def test_the_larger_the_pool_the_smaller_the_sums(pool: int, size: int):
    """L2: three of up to 60, two of up to 400, else one."""
    some = [card(f"P{n}", n) for n in range(pool)]
    assert size_of(some, merchant("M1", max_held=3)) == size


def test_an_exhausted_search_says_so(monkeypatch: pytest.MonkeyPatch):
    """L2: where the budget ends first, nothing is posted, and nothing is said either way."""
    line = payout("L1", sum(map(net, AMOUNTS[:3])))
    monkeypatch.setattr(sums.Budget.__init__, "__defaults__", (3,))
    found = judge(*GROUP, line, reference=HOLDS)
    assert found.matches == ()
    assert found.left_open["L1"].reason == "search_exhausted"
    with pytest.raises(Exhausted):
        Budget().spend(4)


# Corroboration


RELEASING = [later("P8", 640_07), later("P9", 33_19)]


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("held", [(0,), (1, 2)])
def test_a_later_payout_that_closes_with_the_held_ones_makes_both_final(
    held: tuple[int, ...], rounding: str
):
    """L2: what one payout holds and another releases corroborates both."""
    out = [GROUP[at] for at in held]
    paid = [one for one in GROUP if one not in out]
    first = payout("L1", comes_to(paid, rounding))
    second = payout("L2", comes_to([*RELEASING, *out], rounding), value=WEDNESDAY)
    found = judge(*GROUP, *RELEASING, first, second, reference=ROUNDINGS[rounding]).matches
    assert {(one.rule, one.status) for one in found} == {
        ("payout-held@2", "final"),
        ("payout-released@2", "final"),
    }
    by = {one.lines[0].id: one.proof.sums for one in found}
    assert by["L1"]
    assert by["L2"]
    assert (by["L1"].corroborated_by, by["L2"].corroborated_by) == (("L2",), ("L1",))
    assert by["L1"].chosen == by["L2"].chosen == tuple(one.id for one in out)


def test_held_payments_may_be_released_one_by_one():
    """L2: two payouts release what one held; the three confirm each other, or none does."""
    first = payout("L1", net(AMOUNTS[2]) + net(AMOUNTS[3]))
    second = payout("L2", net(640_07) + net(AMOUNTS[0]), value=WEDNESDAY)
    third = payout("L3", net(33_19) + net(AMOUNTS[1]), value=THURSDAY)
    groups = [*GROUP, later("P8", 640_07), later("P9", 33_19, value=THURSDAY)]
    assert set(statuses(*groups, first, second, third).values()) == {
        "payout-held@2 final",
        "payout-released@2 final",
    }
    assert set(statuses(*groups, first, second).values()) == {
        "payout-held@2 provisional",
        "payout-released@2 provisional",
    }


def test_a_release_without_a_hold_stays_provisional():
    """L2: the payment is open for some other reason, so nothing confirms the sum."""
    line = payout("L2", net(640_07) + net(33_19) + net(AMOUNTS[0]), value=WEDNESDAY)
    found = statuses(GROUP[0], *RELEASING, line)
    assert found == {"L2 = P1 P8 P9": "payout-released@2 provisional"}


def test_a_held_payment_may_come_after_its_break_day():
    """X7 and L2: an acquirer releases when it likes; only what it held may come so late."""
    first = payout("L1", sum(map(net, AMOUNTS[1:])))
    second = payout("L2", net(640_07) + net(AMOUNTS[0]), value=day(20))
    group = later("P8", 640_07, value=day(20))
    assert set(statuses(*GROUP, group, first, second).values()) == {
        "payout-held@2 final",
        "payout-released@2 final",
    }
    assert statuses(GROUP[0], group, second) == {}


def test_two_payouts_that_could_release_the_same_payment_refuse_each_other():
    """E1: the earlier day gives no right to it, and nothing is final."""
    first = payout("L1", sum(map(net, AMOUNTS[1:])))
    second = payout("L2", net(640_07) + net(AMOUNTS[0]), value=WEDNESDAY)
    third = payout("L3", net(33_19) + net(AMOUNTS[0]), value=THURSDAY)
    groups = [*GROUP, later("P8", 640_07), later("P9", 33_19, value=THURSDAY)]
    assert statuses(*groups, first, second, third) == {"L1 = P2 P3 P4": "payout-held@2 provisional"}


def test_a_provisional_match_reserves_its_payments():
    """L2: the payments of a provisional payout are not released by a later one."""
    first = payout("L1", net(AMOUNTS[0]) + net(AMOUNTS[1]))
    second = payout("L2", net(640_07) + net(AMOUNTS[0]), value=WEDNESDAY)
    group = later("P8", 640_07)
    assert statuses(*GROUP[:3], group, first, second) == {"L1 = P1 P2": "payout-held@2 provisional"}


def test_an_identity_overrides_a_provisional_match():
    """X8: a provisional match consumes nothing, so the line that shows P1's id gets it."""
    named = [card("P1", AMOUNTS[0], reference="ORD-000111"), *GROUP[1:3]]
    first = payout("L1", net(AMOUNTS[0]) + net(AMOUNTS[1]))
    assert statuses(*named, first) == {"L1 = P1 P2": "payout-held@2 provisional"}
    second = payout("L2", AMOUNTS[0], reference="ORD-000111")
    assert statuses(*named, first, second) == {"L2 = P1": "identity@1 final"}


def test_held_payments_that_were_settled_elsewhere_make_a_payout_final():
    """L2: class I says where P1 went; what is left is the group, to the centavo."""
    named = [card("P1", AMOUNTS[0], reference="ORD-000111"), *GROUP[1:3]]
    first = payout("L1", net(AMOUNTS[1]) + net(AMOUNTS[2]))
    assert statuses(*named, first) == {"L1 = P2 P3": "payout-held@2 provisional"}
    second = payout("L2", AMOUNTS[0], reference="ORD-000111")
    found = statuses(*named, first, second)
    assert found == {"L1 = P2 P3": "payout@1 final", "L2 = P1": "identity@1 final"}


def test_a_provisional_match_falls_by_a_second_solution():
    """L2: a payment that arrives late could be the held one as well."""
    line = payout("L1", net(AMOUNTS[0]) + net(AMOUNTS[1]))
    assert statuses(*GROUP[:3], line) == {"L1 = P1 P2": "payout-held@2 provisional"}
    late = card("P5", 1_00)
    assert statuses(*GROUP[:3], late, line) == {"L1 = P1 P2": "payout-held@2 provisional"}
    twin = card("P5", AMOUNTS[1] - AMOUNTS[2])  # P3 and this one together are as much as P2
    assert statuses(*GROUP[:3], twin, line) == {}


def test_the_proof_names_what_was_searched():
    """Section 9: pool, sizes, solutions, near misses, λ, the chosen ones and the seal."""
    line = payout("L1", net(AMOUNTS[0]) + net(AMOUNTS[1]))
    (found,) = judge(*GROUP[:3], line, reference=HOLDS).matches
    search = found.proof.sums
    assert search
    assert (search.pool, search.size_max, search.solutions, search.searches) == (3, 3, 1, 1)
    assert (search.chosen, search.pool_ids) == (("P3",), ("P1", "P2", "P3"))
    assert search.lambda_ppm == accidents_ppm(search.near_misses, searches=1)
    assert found.proof.sealed == "the end"
    assert found.evidence == "G"


def test_sums_wait_for_the_seal():
    """E9: a payment that is late could be a second solution."""
    line = payout("L1", net(AMOUNTS[0]) + net(AMOUNTS[1]))
    assert posted(*GROUP[:3], line, reference=HOLDS, seal=None) == set()
