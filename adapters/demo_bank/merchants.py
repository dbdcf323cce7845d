"""Merchants: their terms, and the order numbers that they give their payments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from adapters.demo_bank.dice import Dice
from adapters.demo_bank.people import Registry, plain_capitals
from domain.fees import FeeRounding, MerchantTerms, Schedule

MERCHANTS_MIN = 20
MERCHANTS_MAX = 4_000
"""Numbers of merchants stand in references of four digits."""

PAYMENTS_PER_MERCHANT = 400

ORDER_FIRST = 100_000
"""An order number has six digits, the first never 0: keys without leading zeros stay apart.

The largest shop of the largest bank makes some 360,000 steps from a start below 300,000.
"""

TIMEZONE = "-03:00"
MAX_HELD = 3
VAT_ON_FEE_BPS = 2_100

UTC_EVERY, CHANGING_EVERY, WEEKLY_EVERY, FUTURE_EVERY = 16, 8, 8, 8
"""One merchant in so many: stamps UTC, changes terms in the period, is paid weekly, later."""


@dataclass(slots=True, eq=False, kw_only=True)
class Merchant:
    """A shop: who it is, what its acquirer charges, and its running order number.

    `stamps_utc`: its gateway writes card and QR payments in UTC and derives their expected value
    date from the UTC day. `changes_terms`: a second schedule begins within the period.
    """

    number: int
    name: str
    tax_id: str
    payout_account: str
    terms: MerchantTerms
    style: Style
    stamps_utc: bool
    changes_terms: bool
    order: int
    merchant_id: str = field(init=False)
    slug: str = field(init=False)

    def __post_init__(self) -> None:
        self.merchant_id = f"M{self.number:06d}"
        letters = "".join(filter(str.isalnum, plain_capitals(self.name)))
        self.slug = letters[:8]


Style = Callable[[Merchant, Dice], str]
"""How a merchant writes the number `merchant.order` into a reference."""


def order_style(merchant: Merchant, _dice: Dice) -> str:
    """ORD-0001123456: ten digits with leading zeros."""
    return f"ORD-{merchant.number:04d}{merchant.order:06d}"


def invoice_style(merchant: Merchant, _dice: Dice) -> str:
    """FAC-A-0001-00123456: point of sale and number, as invoices are numbered here."""
    return f"FAC-A-{merchant.number:04d}-00{merchant.order:06d}"


def random_style(_merchant: Merchant, dice: Dice) -> str:
    """A91F03D26C7E5B804F1D: twenty hexadecimal digits."""
    return dice.hexadecimal(20)


def digits_style(merchant: Merchant, _dice: Dice) -> str:
    """005001123456: twelve digits, no letters."""
    return f"00{5_000_000_000 + merchant.number * 1_000_000 + merchant.order}"


def shop_style(merchant: Merchant, _dice: Dice) -> str:
    """PEDIDO/LIBRERIA1/WEB/00123456: long, with the shop's name."""
    return f"PEDIDO/{merchant.slug}{merchant.number}/WEB/00{merchant.order:06d}"


def spoken_style(merchant: Merchant, _dice: Dice) -> str:
    """Cobranza Nº 001123456 Área 12: with blanks, accents and an ordinal mark."""
    zone = 10 + merchant.number % 90
    return f"Cobranza Nº {merchant.number:03d}{merchant.order:06d} Área {zone}"


STYLES: Sequence[Style] = (
    order_style,
    invoice_style,
    random_style,
    digits_style,
    shop_style,
    spoken_style,
)
LONG_STYLES: Sequence[Style] = (invoice_style, random_style, shop_style, spoken_style)
"""Longer than 16 characters: what a bank's field cuts."""


def merchants(
    *, count: int, dice: Dice, registry: Registry, first_day: date, days: int
) -> list[Merchant]:
    """`count` merchants, numbered from 1; larger banks have the same mix of habits."""
    return [
        _merchant(number, dice, registry, first_day=first_day, days=days)
        for number in range(1, count + 1)
    ]


def _merchant(
    number: int, dice: Dice, registry: Registry, *, first_day: date, days: int
) -> Merchant:
    changes = number % CHANGING_EVERY == 3 and days > 1
    # Every other one that changes its terms is paid weekly: its payouts surely mix both versions.
    weekly = number % WEEKLY_EVERY == 6 or (changes and number % (2 * CHANGING_EVERY) == 3)
    rounding: FeeRounding = "item" if dice.percent(50) else "batch"
    terms = MerchantTerms(
        schedules=_schedules(number, dice, first_day=first_day, days=days, changes=changes),
        fee_rounding=rounding,
        settlement_delay_bd=dice.pick((0, 1, 1, 2, 5, 8)),
        payout_per_method=dice.percent(30),
        payout_schedule="weekly:fri" if weekly else "daily",
        max_held=MAX_HELD,
        timezone=TIMEZONE,
    )
    return Merchant(
        number=number,
        name=registry.shop_name(),
        tax_id=registry.tax_id("30", "33"),
        payout_account=registry.bank_account(),
        terms=terms,
        style=STYLES[number % len(STYLES)],
        stamps_utc=number % UTC_EVERY == 5,
        changes_terms=changes,
        order=dice.between(ORDER_FIRST, 3 * ORDER_FIRST),
    )


def _schedules(
    number: int, dice: Dice, *, first_day: date, days: int, changes: bool
) -> tuple[Schedule, ...]:
    rates = (
        dice.pick((60, 80, 80, 120, 180)),
        VAT_ON_FEE_BPS,
        dice.pick((0, 100, 150, 250, 300)),
        dice.pick((0, 0, 50, 100)),
        dice.pick((0, 0, 50)),
    )
    first = Schedule(first_day.replace(month=1, day=1), *rates)
    if changes:
        return (first, _changed(first, dice, since=_monday_within(first_day, days)))
    if number % FUTURE_EVERY == 0:
        return (first, _changed(first, dice, since=first_day + timedelta(days=days + 45)))
    return (first,)


def _changed(first: Schedule, dice: Dice, *, since: date) -> Schedule:
    return Schedule(
        since,
        first.mdr_bps + dice.pick((-20, 15, 40)),
        first.vat_on_fee_bps,
        dice.pick((100, 200, 350)),
        dice.pick((0, 50)),
        first.gan_wh_bps,
    )


def _monday_within(first_day: date, days: int) -> date:
    """A day inside the period; a Monday where there is one, as a weekend is paid out with it."""
    inside = [first_day + timedelta(days=n) for n in range(1, days)]
    mondays = [day for day in inside if day.weekday() == 0]
    choice = mondays or inside
    return choice[len(choice) // 2]
