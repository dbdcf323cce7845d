"""A merchant's terms are registered once; rates are added by effective date and never changed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain import merchant as m
from domain.errors import BadValue
from domain.facts import personal_fields
from domain.fees import SCHEDULES_MAX, MerchantTerms, Schedule
from tests.domain.spec import History, fold, given

JANUARY, APRIL = date(2026, 1, 1), date(2026, 4, 1)
OLD = Schedule(JANUARY, 80, 2100, 250, 50, 0)
NEW = Schedule(APRIL, 120, 2100, 0, 0, 50)
REGISTERED = m.MerchantRegistered(
    merchant_id="M1",
    source="core",
    name="Farmacia López",
    tax_id="33385432890",
    payout_account="0726229088934687001217",
    fee_rounding="item",
    settlement_delay_bd=2,
    payout_per_method=True,
    payout_schedule="weekly:fri",
    max_held=3,
    timezone="-03:00",
)


def added(schedule: Schedule) -> m.MerchantScheduleAdded:
    return m.MerchantScheduleAdded(
        effective_from=schedule.effective_from,
        mdr_bps=schedule.mdr_bps,
        vat_on_fee_bps=schedule.vat_on_fee_bps,
        iibb_bps=schedule.iibb_bps,
        iva_wh_bps=schedule.iva_wh_bps,
        gan_wh_bps=schedule.gan_wh_bps,
    )


def test_registered_once():
    """A merchant is registered as it is; the same again is nothing new."""
    given(m.evolve).when(m.register, registration=REGISTERED).then(REGISTERED)
    given(m.evolve, REGISTERED, added(OLD)).when(m.register, registration=REGISTERED).then()


def test_not_when_what_is_personal_was_shredded():
    """What reads as None may have been shredded: told again, it contradicts nothing."""
    shredded = replace(REGISTERED, **dict.fromkeys(personal_fields(m.MerchantRegistered)))
    given(m.evolve, shredded).when(m.register, registration=REGISTERED).then()


def test_refused_when_the_code_has_other_terms():
    """Other content under the same code is a contradiction; what differs is named."""
    (
        given(m.evolve, REGISTERED)
        .when(m.register, registration=replace(REGISTERED, max_held=9, tax_id=None))
        .refuses(m.MerchantIdReused(merchant_id="M1", fields=("tax_id", "max_held")))
    )


def test_rates_added_by_their_date():
    """Schedules come one by one, in whatever order, each once."""
    given(m.evolve, REGISTERED).when(m.add_schedule, schedule=NEW).then(added(NEW))
    given(m.evolve, REGISTERED, added(NEW)).when(m.add_schedule, schedule=OLD).then(added(OLD))
    given(m.evolve, REGISTERED, added(NEW)).when(m.add_schedule, schedule=NEW).then()


def test_rates_refused_when_the_date_has_others():
    """Other rates for the same date are refused, and the refusal shows both."""
    other = replace(OLD, mdr_bps=81)
    (
        given(m.evolve, REGISTERED, added(OLD))
        .when(m.add_schedule, schedule=other)
        .refuses(m.ScheduleContradicted(merchant_id="M1", known=added(OLD), other=added(other)))
    )


def test_rates_refused_for_an_unknown_merchant():
    """A schedule belongs to a merchant that was registered."""
    given(m.evolve).when(m.add_schedule, schedule=OLD).refuses(m.MerchantUnknown())


def test_rates_refused_that_the_terms_cannot_hold():
    """One schedule more than terms may have would make the merchant useless for ever."""
    days = [JANUARY + timedelta(days=n) for n in range(SCHEDULES_MAX)]
    full = [added(replace(OLD, effective_from=day)) for day in days]
    (
        given(m.evolve, REGISTERED, *full)
        .when(m.add_schedule, schedule=replace(OLD, effective_from=date(2030, 1, 1)))
        .refuses(BadValue(field="schedules", reason="too-large"))
    )


def test_terms_for_computing():
    """What fees and value days compute with is what was registered, schedules in order."""
    merchant = fold(m.evolve, (REGISTERED, added(NEW), added(OLD)))
    assert merchant is not None
    assert m.terms(merchant) == MerchantTerms(
        schedules=(OLD, NEW),
        fee_rounding="item",
        settlement_delay_bd=2,
        payout_per_method=True,
        payout_schedule="weekly:fri",
        max_held=3,
        timezone="-03:00",
    )


def test_no_terms_without_rates():
    """A merchant without a schedule cannot be computed with."""
    merchant = fold(m.evolve, (REGISTERED,))
    assert merchant is not None
    with pytest.raises(BadValue) as refused:
        m.terms(merchant)
    assert refused.value == BadValue(field="schedules", reason="missing")


def test_under_a_stream_named_by_source_and_code():
    """A merchant is never named by its tax id, which is personal."""
    assert m.stream_of(source="core", code="M1") == "mer:core:M1"


schedules = st.builds(
    lambda day, mdr: Schedule(JANUARY + timedelta(days=day), mdr, 2100, 0, 0, 0),
    st.integers(0, 5),
    st.integers(80, 82),
)


@for_all(st.lists(schedules, max_size=12))
def test_law_the_first_rates_of_a_date_stay(wanted: list[Schedule]):
    """Whatever comes later, each date keeps the rates that it was given first."""
    history: History[m.Merchant] = History(m.evolve)
    history.decide(m.register, registration=REGISTERED)
    first: dict[date, Schedule] = {}
    for schedule in wanted:
        history.decide(m.add_schedule, schedule=schedule)
        first.setdefault(schedule.effective_from, schedule)
    assert history.state is not None
    assert history.state.schedules == {day: added(schedule) for day, schedule in first.items()}
