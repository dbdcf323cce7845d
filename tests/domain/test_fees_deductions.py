"""What a schedule takes of a gross amount, to the centavo, and how it is inverted."""

from datetime import date
from fractions import Fraction
from math import floor
from typing import get_args

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.errors import BadValue
from domain.fees import (
    Charge,
    ChargeKind,
    Schedule,
    charges,
    deductions,
    gross_candidates,
    net,
    total_rate,
)

NEW_YEAR = date(2026, 1, 1)
USUAL = Schedule(NEW_YEAR, 80, 2100, 250, 50, 50)
NOTHING = Schedule(NEW_YEAR, 0, 0, 0, 0, 0)
GREEDY = Schedule(NEW_YEAR, 4000, 5000, 1000, 1000, 1000)  # 90 %: all that a schedule may take

grosses = st.integers(0, 10**15)
usual_schedules = st.builds(
    Schedule,
    st.just(NEW_YEAR),
    st.integers(0, 600),
    st.sampled_from((0, 1050, 2100, 2700)),
    st.integers(0, 500),
    st.integers(0, 300),
    st.integers(0, 300),
)
wild_schedules = st.builds(
    Schedule,
    st.just(NEW_YEAR),
    st.integers(0, 3000),
    st.integers(0, 10_000),
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.integers(0, 1000),
)
schedules = st.one_of(usual_schedules, wild_schedules, st.sampled_from((NOTHING, GREEDY)))


def rounded(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


@for_all(schedules, grosses)
def test_law_each_concept_is_rounded_once_half_up(schedule: Schedule, gross: int):
    """The fee, the tax on the rounded fee, and each withholding on the gross."""
    fee = rounded(Fraction(gross * schedule.mdr_bps, 10_000))
    assert deductions(schedule, gross) == fee + sum(
        rounded(Fraction(base * bps, 10_000))
        for base, bps in (
            (fee, schedule.vat_on_fee_bps),
            (gross, schedule.iibb_bps),
            (gross, schedule.iva_wh_bps),
            (gross, schedule.gan_wh_bps),
        )
    )


@for_all(schedules, grosses)
def test_law_charges_sum_to_the_deductions(schedule: Schedule, gross: int):
    """Gross plus its charges is net, and a concept of nothing has no line."""
    lines = charges(schedule, gross)
    assert sum(line.amount_minor for line in lines) == -deductions(schedule, gross)
    assert gross + sum(line.amount_minor for line in lines) == net(schedule, gross)
    assert all(line.amount_minor for line in lines)


@for_all(schedules, grosses)
def test_law_what_is_given_back_is_what_was_taken(schedule: Schedule, gross: int):
    """Below zero every figure is the same with the other sign."""
    assert deductions(schedule, -gross) == -deductions(schedule, gross)
    assert net(schedule, -gross) == -net(schedule, gross)
    given_back = [(line.kind, -line.amount_minor) for line in charges(schedule, -gross)]
    assert given_back == [(line.kind, line.amount_minor) for line in charges(schedule, gross)]


@for_all(schedules, grosses)
def test_law_inversion_finds_the_true_gross(schedule: Schedule, gross: int):
    """The gross is among the candidates of its net, and every candidate has that net."""
    target = net(schedule, gross)
    candidates = gross_candidates(schedule, target)
    assert gross in candidates
    assert all(net(schedule, candidate) == target for candidate in candidates)
    assert list(candidates) == sorted(set(candidates))


@for_all(schedules, st.integers(0, 3000))
def test_law_inversion_misses_no_candidate(schedule: Schedule, target: int):
    """Trial of every small gross finds no candidate that the inversion left out."""
    within = range(min(10 * target + 100, 4000))
    found = [gross for gross in within if net(schedule, gross) == target]
    assert [gross for gross in gross_candidates(schedule, target) if gross in within] == found


def test_one_net_may_have_two_gross_amounts():
    """Net is not strictly monotone: where a rounding steps, two gross amounts meet in one net."""
    found = [
        gross_candidates(USUAL, target)
        for target in range(1000)
        if len(gross_candidates(USUAL, target)) > 1
    ]
    assert found
    for one, *_, other in found:
        assert net(USUAL, one) == net(USUAL, other)


@for_all(schedules, st.integers(0, 10**15))
def test_law_every_net_has_a_gross(schedule: Schedule, target: int):
    """Net never skips an amount: some gross explains every net, so a sum alone proves nothing."""
    assert gross_candidates(schedule, target)


def test_a_net_far_below_zero_has_no_gross():
    """Rounding may cost a few units more than the gross; beyond that nothing explains a debit."""
    assert gross_candidates(USUAL, -100) == ()
    assert gross_candidates(GREEDY, -(10**9)) == ()


def test_a_worked_example():
    """115,004.31 at 0.80 % + VAT, 2.5 %, 0.5 %, 0.5 %: 920.03 + 193.21 + 2875.11 + 575.02 × 2."""
    assert charges(USUAL, 11_500_431) == (
        Charge(kind="ACQ_FEE", amount_minor=-92_003, base_minor=11_500_431, rate_ppm=8_000),
        Charge(kind="VAT_21", amount_minor=-19_321, base_minor=92_003, rate_ppm=210_000),
        Charge(kind="PERC_IIBB", amount_minor=-287_511, base_minor=11_500_431, rate_ppm=25_000),
        Charge(kind="WH_VAT_140", amount_minor=-57_502, base_minor=11_500_431, rate_ppm=5_000),
        Charge(kind="WH_INC_4011", amount_minor=-57_502, base_minor=11_500_431, rate_ppm=5_000),
    )
    assert deductions(USUAL, 11_500_431) == 513_839
    assert net(USUAL, 11_500_431) == 10_986_592


@pytest.mark.parametrize("bps, kind", [(2100, "VAT_21"), (1050, "VAT_10_5"), (2700, "OTHER")])
def test_the_tax_on_the_fee_is_named_by_its_rate(bps: int, kind: str):
    """21 % and 10.5 % have kinds of their own."""
    lines = charges(Schedule(NEW_YEAR, 100, bps, 0, 0, 0), 1_000_000)
    assert [line.kind for line in lines] == ["ACQ_FEE", kind]


def test_no_rates_take_nothing():
    """A schedule of zeros pays the gross and has no line."""
    assert net(NOTHING, 12_345) == 12_345
    assert charges(NOTHING, 12_345) == ()
    assert gross_candidates(NOTHING, 12_345) == (12_345,)


def test_kinds_of_charge_are_those_of_the_canonical_model():
    """There are 24 kinds, each named once."""
    kinds = get_args(ChargeKind)
    assert len(kinds) == len(set(kinds)) == 24


@pytest.mark.parametrize("value", [1.5, 80.0, "80", True, None])
@pytest.mark.parametrize("place", range(5))
def test_a_rate_that_is_no_integer_is_refused(value: object, place: int):
    """A float, a text or a boolean is no rate, and the refusal names the field."""
    names = ("mdr_bps", "vat_on_fee_bps", "iibb_bps", "iva_wh_bps", "gan_wh_bps")
    rates: list[object] = [0, 0, 0, 0, 0]
    rates[place] = value
    with pytest.raises(BadValue) as refused:
        Schedule(NEW_YEAR, *rates)  # pyright: ignore[reportArgumentType]  (what the edge may bring)
    assert refused.value == BadValue(field=names[place], reason="not-an-integer")


def test_a_rate_below_zero_is_refused():
    """An acquirer takes, or takes nothing."""
    with pytest.raises(BadValue) as refused:
        Schedule(NEW_YEAR, 80, 2100, -1, 0, 0)
    assert refused.value == BadValue(field="iibb_bps", reason="negative")


@pytest.mark.parametrize(
    "rates", [(10_000, 0, 0, 0, 0), (8_000, 2_100, 0, 0, 0), (0, 0, 9_001, 0, 0), (10**30,) * 5]
)
def test_rates_that_leave_nothing_are_refused(rates: tuple[int, int, int, int, int]):
    """More than 90 % of the gross is a mistake of whoever typed it."""
    with pytest.raises(BadValue) as refused:
        Schedule(NEW_YEAR, *rates)
    assert refused.value == BadValue(field="schedules", reason="rates-exceed-gross")


def test_the_greediest_schedule_is_still_one():
    """Exactly 90 % is accepted, and inverted."""
    assert total_rate(GREEDY) == 90_000_000
    assert 1_000 in gross_candidates(GREEDY, net(GREEDY, 1_000))
