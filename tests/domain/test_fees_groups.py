"""A payout's net: rounded item by item or once for each schedule version, never in between."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.calendar import BusinessCalendar, local_day
from domain.errors import BadValue, NoScheduleInForce
from domain.fees import (
    Charge,
    FeeRounding,
    GroupNet,
    MerchantTerms,
    Schedule,
    group_net,
    net,
    schedule_in_force,
)

FIRST, SECOND = date(2026, 1, 1), date(2026, 4, 1)
OLD = Schedule(FIRST, 80, 2100, 250, 50, 0)
NEW = Schedule(SECOND, 120, 2100, 0, 0, 50)
BEFORE, ON = (SECOND - timedelta(days=1)).toordinal(), SECOND.toordinal()

items = st.lists(
    st.tuples(st.integers(1, 10**12), st.integers(FIRST.toordinal(), FIRST.toordinal() + 200)),
    max_size=30,
)
orders = st.permutations((OLD, NEW))


def terms(
    fee_rounding: FeeRounding = "item", schedules: Sequence[Schedule] = (OLD, NEW)
) -> MerchantTerms:
    return MerchantTerms(
        schedules=tuple(schedules),
        fee_rounding=fee_rounding,
        settlement_delay_bd=1,
        payout_per_method=False,
        payout_schedule="daily",
        max_held=3,
        timezone="-03:00",
    )


def test_the_schedule_is_the_last_one_that_is_effective():
    """A schedule is in force from its first day on, that day included."""
    assert schedule_in_force(terms(), BEFORE) == OLD
    assert schedule_in_force(terms(), ON) == NEW
    assert schedule_in_force(terms(), ON + 10_000) == NEW
    assert schedule_in_force(terms(), FIRST.toordinal()) == OLD


def test_before_the_first_schedule_nothing_is_in_force():
    """A payment older than its merchant's terms has no expected net, and nobody guesses one."""
    day = FIRST.toordinal() - 1
    with pytest.raises(NoScheduleInForce) as refused:
        schedule_in_force(terms(), day)
    assert refused.value == NoScheduleInForce(day=day)
    with pytest.raises(NoScheduleInForce):
        group_net(terms("batch"), [(100, ON), (100, day)])


@for_all(items)
def test_law_item_rounding_sums_the_nets_of_the_payments(group: list[tuple[int, int]]):
    """Each payment is priced alone, by the schedule of its own day."""
    expected = sum(net(schedule_in_force(terms(), day), gross) for gross, day in group)
    assert group_net(terms("item"), group).net == expected


@for_all(items)
def test_law_batch_rounding_prices_a_sub_total_of_each_version(group: list[tuple[int, int]]):
    """What was sold under one schedule version is summed first and priced once."""
    expected = sum(
        net(schedule, sum(gross for gross, day in group if (day >= ON) == (schedule == NEW)))
        for schedule in (OLD, NEW)
    )
    assert group_net(terms("batch"), group).net == expected


@for_all(items, st.sampled_from(("item", "batch")))
def test_law_charges_explain_the_whole_difference(
    group: list[tuple[int, int]], fee_rounding: FeeRounding
):
    """Gross plus charges is net, and every charge stands on a base and a rate."""
    result = group_net(terms(fee_rounding), group)
    gross = sum(amount for amount, _ in group)
    assert gross + sum(line.amount_minor for line in result.charges) == result.net
    assert all(line.base_minor and line.rate_ppm for line in result.charges)


@for_all(items)
def test_law_the_two_roundings_differ_by_a_bounded_amount(group: list[tuple[int, int]]):
    """At most (n + 1) * (2.5 + VAT / 2) minor units for n items of one schedule version."""
    one_version = [(gross, day) for gross, day in group if day < ON]
    difference = (
        group_net(terms("item"), one_version).net - group_net(terms("batch"), one_version).net
    )
    bound = (len(one_version) + 1) * (Fraction(5, 2) + Fraction(2100, 20_000))
    assert abs(difference) <= bound


@for_all(items, st.randoms(use_true_random=False), orders, st.sampled_from(("item", "batch")))
def test_law_the_order_of_items_and_schedules_changes_nothing(
    group: list[tuple[int, int]],
    random: Any,
    schedules: Sequence[Schedule],
    fee_rounding: FeeRounding,
):
    """A payout is a set: the same result, line by line, however it was read."""
    shuffled = list(group)
    random.shuffle(shuffled)
    assert group_net(terms(fee_rounding, schedules), shuffled) == group_net(
        terms(fee_rounding), group
    )


def test_the_sum_of_the_rounded_is_not_the_rounded_sum():
    """Ten payments of 0.50 at 1 %: half a centavo each rounds up to ten, and together to five."""
    one_percent = Schedule(FIRST, 100, 0, 0, 0, 0)
    group = [(50, ON)] * 10
    assert group_net(terms("item", [one_percent]), group).net == 490
    assert group_net(terms("batch", [one_percent]), group).net == 495


def test_a_payout_of_two_versions_has_charges_of_both():
    """Oldest version first, each with its own base and rate."""
    fee_only = [Schedule(FIRST, 100, 0, 0, 0, 0), Schedule(SECOND, 200, 0, 0, 0, 0)]
    assert group_net(terms("batch", fee_only), [(1_000, ON), (3_000, BEFORE), (500, ON)]) == (
        GroupNet(
            4_440,
            (
                Charge(kind="ACQ_FEE", amount_minor=-30, base_minor=3_000, rate_ppm=10_000),
                Charge(kind="ACQ_FEE", amount_minor=-30, base_minor=1_500, rate_ppm=20_000),
            ),
        )
    )


def test_an_empty_payout_is_nothing():
    """No payments, no charges."""
    assert group_net(terms(), []) == GroupNet(0, ())


def test_terms_keep_their_schedules_in_order():
    """Whatever order they are read in, terms that say the same are the same."""
    assert terms("item", (NEW, OLD, NEW)) == terms("item", (OLD, NEW))
    assert terms("item", (NEW, OLD)).schedules == (OLD, NEW)


def test_two_schedules_of_one_day_are_refused():
    """Other content for the same effective date is a contradiction, with its day."""
    other = Schedule(FIRST, 81, 2100, 250, 50, 0)
    with pytest.raises(BadValue) as refused:
        terms("item", (OLD, other))
    assert refused.value == BadValue(field="schedules", reason="schedule-contradiction")
    assert refused.value.detail == "2026-01-01"


def test_terms_without_a_schedule_are_refused():
    """A merchant nobody can price."""
    with pytest.raises(BadValue) as refused:
        terms("item", ())
    assert refused.value == BadValue(field="schedules", reason="missing")


@pytest.mark.parametrize(
    "field, value, reason",
    [
        ("fee_rounding", "none", "fee-rounding-unknown"),
        ("fee_rounding", None, "fee-rounding-unknown"),
        ("settlement_delay_bd", -1, "negative"),
        ("settlement_delay_bd", 367, "too-large"),
        ("settlement_delay_bd", 1.0, "not-an-integer"),
        ("settlement_delay_bd", True, "not-an-integer"),
        ("max_held", -1, "negative"),
        ("max_held", "3", "not-an-integer"),
        ("payout_schedule", "monthly", "payout-schedule-unknown"),
        ("payout_schedule", None, "payout-schedule-unknown"),
    ],
)
def test_terms_that_cannot_be_kept_are_refused(field: str, value: object, reason: str):
    """Each by its field and reason."""
    values: dict[str, Any] = {
        "schedules": (OLD,),
        "fee_rounding": "item",
        "settlement_delay_bd": 1,
        "payout_per_method": False,
        "payout_schedule": "daily",
        "max_held": 3,
        "timezone": "-03:00",
        field: value,
    }
    with pytest.raises(BadValue) as refused:
        MerchantTerms(**values)
    assert refused.value == BadValue(field=field, reason=reason)


# The labelled data's payouts, where they lie beside the project.

LABELLED = Path(__file__).parents[2].parent / "shared" / "data" / "labelled-small"
RATES = ("mdr_bps", "vat_on_fee_bps", "iibb_bps", "iva_wh_bps", "gan_wh_bps")
TERMS = ("fee_rounding", "settlement_delay_bd", "payout_per_method", "payout_schedule")


def labelled_terms(row: dict[str, Any]) -> MerchantTerms:
    return MerchantTerms(
        schedules=tuple(
            Schedule(date.fromisoformat(each["effective_from"]), *(each[rate] for rate in RATES))
            for each in row["schedules"]
        ),
        **{name: row[name] for name in (*TERMS, "max_held", "timezone")},
    )


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (LABELLED / name).read_text("utf-8").splitlines()]


@pytest.mark.skipif(not LABELLED.exists(), reason="no labelled data beside the project")
def test_every_labelled_payout_closes_to_the_centavo_on_its_day():
    """The net of the payments is the line's amount, and their value day is the line's."""
    days = json.loads((LABELLED / "calendar.json").read_text("utf-8"))
    calendar = BusinessCalendar(
        holidays=frozenset(map(date.fromisoformat, days["holidays"])),
        business_days=frozenset(map(date.fromisoformat, days["business_days"])),
    )
    merchants = {
        row["merchant_id"]: labelled_terms(row)
        for row in json.loads((LABELLED / "merchants.json").read_text("utf-8"))
    }
    payments = {row["payment_id"]: row for row in rows("payments.jsonl")}
    lines = {row["settlement_id"]: row for row in rows("settlements.jsonl")}
    payouts = [
        truth
        for truth in rows("truth.jsonl")
        if truth["noise_class"] in {"batch", "batch_noid", "batch_tz"}
    ]
    assert payouts
    for payout in payouts:
        line = lines[payout["settlements"][0]]
        members = [payments[each] for each in payout["payments"]]
        agreed = merchants[members[0]["merchant_id"]]
        group = [(each["amount"], local_day(each["created_at"]).toordinal()) for each in members]
        assert group_net(agreed, group).net == line["amount"]
        assert {
            calendar.value_day(
                day,
                settlement_delay_bd=agreed.settlement_delay_bd,
                payout_schedule=agreed.payout_schedule,
            )
            for _, day in group
        } == {date.fromisoformat(line["value_date"]).toordinal()}
