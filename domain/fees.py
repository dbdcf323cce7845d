"""What an acquirer keeps of a gross amount: fee, tax on the fee, withholdings.

Rates are basis points; amounts are minor units. Each concept is rounded once, half-up:

    fee        = half_up(gross * mdr_bps, 10000)
    deductions = fee + half_up(fee * vat_on_fee_bps, 10000) + half_up(gross * iibb_bps, 10000)
                     + half_up(gross * iva_wh_bps, 10000)   + half_up(gross * gan_wh_bps, 10000)
    net        = gross - deductions

A schedule gives the expectation. Where a document lists its charges, the document is right.

The rates as kinds of charge: `mdr_bps` ACQ_FEE; `vat_on_fee_bps` VAT_21, or VAT_10_5 at 10.5 %;
`iibb_bps` PERC_IIBB (a schedule does not say which provincial regime withholds); `iva_wh_bps`
WH_VAT_140 and `gan_wh_bps` WH_INC_4011, the regimes under which cards paid VAT and income tax on
the gross. VAT at another rate is OTHER.

Laws
    gross + the sum of its charges = net.
    `gross_candidates(schedule, net(schedule, gross))` contains gross, and nothing of another net.
    Rounding item by item and rounding once differ by at most (n + 1) * (2.5 + VAT / 2) minor units
    for n items of one schedule: every rounding errs by at most a half.

Functions of the inner loop take their two arguments by position; amounts below zero are what was
taken, given back: deductions(-gross) = -deductions(gross).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, Literal

from domain.calendar import SETTLEMENT_DELAY_BD_MAX, checked_payout_schedule
from domain.errors import BadValue, NoScheduleInForce

BPS: Final = 10_000
"""Basis points in one."""

_HALF: Final = BPS // 2
# half_up(n, 10000) = (2n + 10000) // 20000 = (n + 5000) // 10000, written out where it runs hot.

TOTAL_RATE_MAX: Final = BPS * BPS * 9 // 10
"""A schedule may take 90 % of the gross, in units of 10⁻⁸: beyond, net would hardly grow."""

SCHEDULES_MAX: Final = 1_000
"""Schedule versions of one merchant."""

MAX_HELD_MAX: Final = 1_000
"""Payments that an acquirer may hold back from one payout."""

FeeRounding = Literal["item", "batch"]
"""Whether an acquirer rounds each payment's deductions, or those of a payout's sub-total once."""

ChargeKind = Literal[
    "ACQ_FEE",
    "SCHEME_FEE",
    "PCT_FEE",
    "FIN_COST",
    "ADVANCE_FEE",
    "VAT_21",
    "VAT_10_5",
    "PERC_VAT_2408",
    "WH_SIRTAC",
    "WH_SIRCUPA",
    "WH_SIRCREB",
    "PERC_IIBB",
    "TAX_25413_CR",
    "TAX_25413_DB",
    "WH_VAT_140",
    "WH_INC_4011",
    "CHARGEBACK",
    "RESERVE",
    "SHIPPING",
    "TIP",
    "FX_SPREAD",
    "ROUNDING",
    "OTHER",
    "UNEXPLAINED",
]
"""Kinds of charge of the canonical model: arancel, taxes, withholdings, and what is left over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A signed line between gross and net: below zero where it was taken.

    `base_minor` is the amount that `rate_ppm` (millionths) was applied to.
    """

    kind: ChargeKind
    amount_minor: int
    base_minor: int | None = None
    rate_ppm: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Rates in force from a day on, in basis points.

    Raises `BadValue`: "not-an-integer", "negative", or "rates-exceed-gross" above 90 % in all.
    """

    effective_from: date
    mdr_bps: int
    vat_on_fee_bps: int
    iibb_bps: int
    iva_wh_bps: int
    gan_wh_bps: int

    def __post_init__(self) -> None:
        _natural(self.mdr_bps, field="mdr_bps")
        _natural(self.vat_on_fee_bps, field="vat_on_fee_bps")
        _natural(self.iibb_bps, field="iibb_bps")
        _natural(self.iva_wh_bps, field="iva_wh_bps")
        _natural(self.gan_wh_bps, field="gan_wh_bps")
        if total_rate(self) > TOTAL_RATE_MAX:
            raise BadValue(field="schedules", reason="rates-exceed-gross")


def total_rate(schedule: Schedule) -> int:
    """All that the schedule takes of the gross, before rounding, in units of 10⁻⁸."""
    return schedule.mdr_bps * (BPS + schedule.vat_on_fee_bps) + BPS * (
        schedule.iibb_bps + schedule.iva_wh_bps + schedule.gan_wh_bps
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantTerms:
    """How a merchant is charged and paid. The schedules are kept in order of `effective_from`.

    `settlement_delay_bd` are business days; `payout_per_method` says that cards and QR are paid
    apart; `max_held` payments may be held back from a payout; `timezone` is the acquirer's offset.
    Raises `BadValue`: "missing" without a schedule, "schedule-contradiction" for two of one day,
    "not-an-integer", "negative", "too-large", "fee-rounding-unknown", "payout-schedule-unknown".
    """

    schedules: tuple[Schedule, ...]
    fee_rounding: FeeRounding
    settlement_delay_bd: int
    payout_per_method: bool
    payout_schedule: str
    max_held: int
    timezone: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "schedules", _in_order(self.schedules))
        _one_of(self.fee_rounding, ("item", "batch"), field="fee_rounding")
        _natural(
            self.settlement_delay_bd, field="settlement_delay_bd", most=SETTLEMENT_DELAY_BD_MAX
        )
        _natural(self.max_held, field="max_held", most=MAX_HELD_MAX)
        checked_payout_schedule(self.payout_schedule)


@dataclass(frozen=True, slots=True)
class GroupNet:
    """What a payout comes to: `net`, and the charges whose sum is net - gross."""

    net: int
    charges: tuple[Charge, ...]


def schedule_in_force(terms: MerchantTerms, day: int) -> Schedule:
    """The last schedule that is effective on `day`, the payment's local ordinal day.

    Raises `NoScheduleInForce` for a day before the first one: such a payment has no expected net.
    """
    for schedule in reversed(terms.schedules):
        if schedule.effective_from.toordinal() <= day:
            return schedule
    raise NoScheduleInForce(day=day)


def deductions(schedule: Schedule, gross: int) -> int:
    """What the schedule takes of `gross`, each concept rounded once."""
    if gross < 0:
        return -deductions(schedule, -gross)
    fee = (gross * schedule.mdr_bps + _HALF) // BPS
    return (
        fee
        + (fee * schedule.vat_on_fee_bps + _HALF) // BPS
        + (gross * schedule.iibb_bps + _HALF) // BPS
        + (gross * schedule.iva_wh_bps + _HALF) // BPS
        + (gross * schedule.gan_wh_bps + _HALF) // BPS
    )


def net(schedule: Schedule, gross: int) -> int:
    """What is paid out of `gross`."""
    return gross - deductions(schedule, gross)


def charges(schedule: Schedule, gross: int) -> tuple[Charge, ...]:
    """The deductions line by line; they sum to -deductions. A concept that is 0 has no line."""
    return _lines(schedule, _concepts(schedule, (gross,)))


def group_net(terms: MerchantTerms, items: Sequence[tuple[int, int]]) -> GroupNet:
    """The net of a payout of `items`, each the gross and local ordinal day of a payment.

    Rounded as the terms say: "item", the sum of the payments' nets; "batch", once on the sub-total
    of each schedule version. One set of charges for each version, oldest first. Raises
    `NoScheduleInForce`.
    """
    lines: list[Charge] = []
    for schedule, grosses in _by_schedule(terms, items):
        rounded_together = grosses if terms.fee_rounding == "item" else (sum(grosses),)
        lines += _lines(schedule, _concepts(schedule, rounded_together))
    gross = sum(amount for amount, _ in items)
    return GroupNet(gross + sum(line.amount_minor for line in lines), tuple(lines))


def gross_candidates(schedule: Schedule, net_minor: int) -> tuple[int, ...]:
    """Every gross of zero or more whose net is `net_minor`, in rising order.

    At least one for a net of zero or more, since one more of gross is at most one more of net. Net
    is not strictly monotone, so it is inverted by trial around net / (1 - total rate): within 6
    units, and further only where a schedule takes so much that rounding moves it further.
    """
    kept = BPS * BPS - total_rate(schedule)
    near = net_minor * BPS * BPS // kept
    # Five roundings err by a half at most, the first also through the VAT on it: in net, and
    # divided by what is kept of each unit, in gross.
    rounding = (5 * BPS + schedule.vat_on_fee_bps) * BPS
    reach = max(6, 2 + rounding // (2 * kept))
    return tuple(
        gross
        for gross in range(max(0, near - reach), near + reach + 1)
        if gross - deductions(schedule, gross) == net_minor
    )


@dataclass(frozen=True, slots=True)
class _Concepts:
    """The gross that went in, and the rounded amounts of each concept, summed."""

    gross: int
    fee: int
    vat: int
    iibb: int
    iva: int
    gan: int


def _concepts(schedule: Schedule, grosses: Iterable[int]) -> _Concepts:
    mdr, vat_on_fee = schedule.mdr_bps, schedule.vat_on_fee_bps
    iibb_bps, iva_bps, gan_bps = schedule.iibb_bps, schedule.iva_wh_bps, schedule.gan_wh_bps
    total = fees = vat = iibb = iva = gan = 0
    for signed in grosses:
        gross, sign = (signed, 1) if signed >= 0 else (-signed, -1)
        fee = (gross * mdr + _HALF) // BPS
        total += signed
        fees += sign * fee
        vat += sign * ((fee * vat_on_fee + _HALF) // BPS)
        iibb += sign * ((gross * iibb_bps + _HALF) // BPS)
        iva += sign * ((gross * iva_bps + _HALF) // BPS)
        gan += sign * ((gross * gan_bps + _HALF) // BPS)
    return _Concepts(gross=total, fee=fees, vat=vat, iibb=iibb, iva=iva, gan=gan)


_VAT_KINDS: Final[dict[int, ChargeKind]] = {2100: "VAT_21", 1050: "VAT_10_5"}


def _lines(schedule: Schedule, taken: _Concepts) -> tuple[Charge, ...]:
    vat_kind = _VAT_KINDS.get(schedule.vat_on_fee_bps, "OTHER")
    concepts: tuple[tuple[ChargeKind, int, int, int], ...] = (
        ("ACQ_FEE", taken.fee, taken.gross, schedule.mdr_bps),
        (vat_kind, taken.vat, taken.fee, schedule.vat_on_fee_bps),
        ("PERC_IIBB", taken.iibb, taken.gross, schedule.iibb_bps),
        ("WH_VAT_140", taken.iva, taken.gross, schedule.iva_wh_bps),
        ("WH_INC_4011", taken.gan, taken.gross, schedule.gan_wh_bps),
    )
    return tuple(
        Charge(kind=kind, amount_minor=-amount, base_minor=base, rate_ppm=bps * 100)
        for kind, amount, base, bps in concepts
        if amount
    )


def _by_schedule(
    terms: MerchantTerms, items: Iterable[tuple[int, int]]
) -> list[tuple[Schedule, list[int]]]:
    """The gross amounts of each schedule version that applies to an item, oldest version first."""
    of_version: dict[date, tuple[Schedule, list[int]]] = {}
    of_day: dict[int, list[int]] = {}
    for gross, day in items:
        grosses = of_day.get(day)
        if grosses is None:
            schedule = schedule_in_force(terms, day)
            grosses = of_version.setdefault(schedule.effective_from, (schedule, []))[1]
            of_day[day] = grosses
        grosses.append(gross)
    return [of_version[start] for start in sorted(of_version)]


# What terms may say.


def _in_order(schedules: Iterable[Schedule]) -> tuple[Schedule, ...]:
    ordered = sorted(set(schedules), key=lambda schedule: schedule.effective_from)
    if not ordered:
        raise BadValue(field="schedules", reason="missing")
    if len(ordered) > SCHEDULES_MAX:
        raise BadValue(field="schedules", reason="too-large")
    for one, other in pairwise(ordered):
        if one.effective_from == other.effective_from:
            day = one.effective_from.isoformat()
            raise BadValue(field="schedules", reason="schedule-contradiction", detail=day)
    return tuple(ordered)


def _natural(value: object, *, field: str, most: int | None = None) -> None:
    if type(value) is not int:  # a boolean is an int to isinstance
        raise BadValue(field=field, reason="not-an-integer")
    if value < 0:
        raise BadValue(field=field, reason="negative")
    if most is not None and value > most:
        raise BadValue(field=field, reason="too-large", detail=f"more than {most}")


def _one_of(value: object, known: tuple[str, ...], *, field: str) -> None:
    if value not in known:
        raise BadValue(field=field, reason=f"{field.replace('_', '-')}-unknown")
