"""A merchant: who is paid, on which terms, at which rates from which day on.

    ── register ──▶ Merchant ── add_schedule ──▶ Merchant

A payment is priced by the schedule that was in force when it was made, so schedules are only ever
added: history matters.

Laws
    One effective date has one schedule; another one for it is refused, with both.
    Repeating a decision changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, assert_never

from domain.errors import Refusal
from domain.facts import PersonalText, fields_differing
from domain.fees import FeeRounding, MerchantTerms, Schedule

# Facts. Topics and field names are storage format: they only ever gain optional fields or new
# versions.


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantRegistered:
    """A merchant that payments may name; `merchant_id` is the code that `source` knows it by.

    `settlement_delay_bd` are business days; `payout_per_method` says that cards and QR are paid
    apart; `payout_schedule` is "daily" or "weekly:fri"; `max_held` payments may be held back from a
    payout; `timezone` is the acquirer's offset, such as "-03:00".
    """

    TOPIC: ClassVar[str] = "merchant.registered"
    merchant_id: str
    source: str
    name: str
    tax_id: PersonalText
    payout_account: PersonalText
    fee_rounding: FeeRounding
    settlement_delay_bd: int
    payout_per_method: bool
    payout_schedule: str
    max_held: int
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantScheduleAdded:
    """Rates in basis points, for payments made on `effective_from` or later (local day)."""

    TOPIC: ClassVar[str] = "merchant.schedule_added"
    effective_from: date
    mdr_bps: int
    vat_on_fee_bps: int
    iibb_bps: int
    iva_wh_bps: int
    gan_wh_bps: int


MerchantFact = MerchantRegistered | MerchantScheduleAdded


# State.


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """A merchant with its schedules by effective date."""

    registered: MerchantRegistered
    schedules: Mapping[date, MerchantScheduleAdded]


def stream_of(*, source: str, code: str) -> str:
    """The merchant's stream: never from a tax id, which is personal."""
    return f"mer:{source}:{code}"


def evolve(merchant: Merchant | None, fact: MerchantFact) -> Merchant:
    """The merchant after `fact`. It only remembers: every stored fact is accepted."""
    match fact:
        case MerchantRegistered():
            return Merchant(registered=fact, schedules={})
        case MerchantScheduleAdded():
            assert merchant is not None, "the first fact of a merchant is its registration"
            return replace(merchant, schedules={**merchant.schedules, fact.effective_from: fact})
        case _:
            assert_never(fact)


def terms(merchant: Merchant) -> MerchantTerms:
    """What matching and fees compute with.

    Raises `BadValue` as `MerchantTerms` does: "missing" for a merchant without a schedule.
    """
    return _terms(merchant.registered, merchant.schedules.values())


def _terms(
    registered: MerchantRegistered, schedules: Iterable[MerchantScheduleAdded]
) -> MerchantTerms:
    return MerchantTerms(
        schedules=tuple(_schedule(fact) for fact in schedules),
        fee_rounding=registered.fee_rounding,
        settlement_delay_bd=registered.settlement_delay_bd,
        payout_per_method=registered.payout_per_method,
        payout_schedule=registered.payout_schedule,
        max_held=registered.max_held,
        timezone=registered.timezone,
    )


def _schedule(fact: MerchantScheduleAdded) -> Schedule:
    return Schedule(
        effective_from=fact.effective_from,
        mdr_bps=fact.mdr_bps,
        vat_on_fee_bps=fact.vat_on_fee_bps,
        iibb_bps=fact.iibb_bps,
        iva_wh_bps=fact.iva_wh_bps,
        gan_wh_bps=fact.gan_wh_bps,
    )


# Decisions.


def register(
    merchant: Merchant | None, *, registration: MerchantRegistered
) -> tuple[MerchantFact, ...]:
    """Note a merchant and its terms; the same again is nothing new."""
    if merchant is None:
        return (registration,)
    differing = fields_differing(merchant.registered, registration, kind=MerchantRegistered)
    if differing:
        raise MerchantIdReused(merchant_id=registration.merchant_id, fields=differing)
    return ()


def add_schedule(merchant: Merchant | None, *, schedule: Schedule) -> tuple[MerchantFact, ...]:
    """Note rates from a day on; the same schedule again is nothing new.

    Raises `BadValue` when the terms would not take it, as "too-large" for one schedule too many.
    """
    if merchant is None:
        raise MerchantUnknown
    fact = MerchantScheduleAdded(
        effective_from=schedule.effective_from,
        mdr_bps=schedule.mdr_bps,
        vat_on_fee_bps=schedule.vat_on_fee_bps,
        iibb_bps=schedule.iibb_bps,
        iva_wh_bps=schedule.iva_wh_bps,
        gan_wh_bps=schedule.gan_wh_bps,
    )
    known = merchant.schedules.get(fact.effective_from)
    if known == fact:
        return ()
    if known is not None:
        raise ScheduleContradicted(
            merchant_id=merchant.registered.merchant_id, known=known, other=fact
        )
    # Terms that cannot be computed with would stand in the store for ever.
    _terms(merchant.registered, (*merchant.schedules.values(), fact))
    return (fact,)


# Refusals.
#
#   MerchantRefusal
#     MerchantUnknown · MerchantIdReused · ScheduleContradicted


@dataclass(unsafe_hash=True)
class MerchantRefusal(Refusal):
    """A decision about a merchant that was not taken, and why."""


@dataclass(unsafe_hash=True)
class MerchantUnknown(MerchantRefusal):
    """Nothing was registered under this code."""


@dataclass(unsafe_hash=True, kw_only=True)
class MerchantIdReused(MerchantRefusal):
    """The code belongs to a merchant with other content; `fields` names what differs."""

    merchant_id: str
    fields: tuple[str, ...]


@dataclass(unsafe_hash=True, kw_only=True)
class ScheduleContradicted(MerchantRefusal):
    """The effective date has other rates already."""

    merchant_id: str
    known: MerchantScheduleAdded
    other: MerchantScheduleAdded
