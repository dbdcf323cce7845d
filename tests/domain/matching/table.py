"""A small table of payments and lines to judge: a test says what differs from the defaults.

The default payment and the default line show no id at all: each test adds the evidence it is about.
Days are of March 2026 (the 2nd is a Monday): `day(31) + 1` is the first of April. Fields are `Any`,
since tests spread dicts of them; the items that are built check nothing either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

from domain.calendar import BusinessCalendar
from domain.fees import MerchantTerms, Schedule
from domain.matching.engine import Matcher
from domain.matching.items import FxTable, LineItem, MerchantItem, PaymentItem, ReferenceData
from domain.matching.verdicts import Judgement

Item = PaymentItem | LineItem


def day(of_march: int) -> int:
    """The ordinal of a day of March 2026, and on into April."""
    return date(2026, 3, 1).toordinal() + of_march - 1


# Ids with valid check digits.


def account(number: int) -> str:
    """The CBU number `number`, of 22 digits."""
    bank, rest = "0170001", f"{number:013d}"
    first = -_weighted(bank, (7, 1, 3, 9, 7, 1, 3)) % 10
    second = -_weighted(rest, (3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3)) % 10
    return f"{bank}{first}{rest}{second}"


def tax_id(number: int) -> str:
    """The CUIT number `number`, of 11 digits; numbers without a check digit give the next one's."""
    for candidate in count(number * 10):
        body = f"20{candidate:08d}"
        check = 11 - _weighted(body, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
        if check != 10:
            return f"{body}{check % 11}"
    raise AssertionError


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def other_digit(digits: str) -> str:
    """The same id with its last digit, the check digit, changed."""
    return digits[:-1] + str((int(digits[-1]) + 1) % 10)


PAYER, PAYER_TAX = account(111), tax_id(111_111)
STRANGER, STRANGER_TAX = account(222), tax_id(222_222)
SHOP, SHOP_TAX = account(901), tax_id(901_901)
OTHER_SHOP, OTHER_SHOP_TAX = account(902), tax_id(902_902)


# Reference data.

SCHEDULE = Schedule(date(2026, 1, 1), 80, 2100, 150, 50, 0)
TERMS = MerchantTerms(
    schedules=(SCHEDULE,),
    fee_rounding="item",
    settlement_delay_bd=1,
    payout_per_method=False,
    payout_schedule="daily",
    max_held=0,
    timezone="-03:00",
)
"""Nothing is held back: sums by search (stage 5) are tested where they are wanted."""
NO_FEES = Schedule(date(2026, 1, 1), 0, 0, 0, 0, 0)


def merchant(code: str = "M1", **changes: Any) -> MerchantItem:
    """A merchant; `account` and `tax_id` name it, everything else changes its terms."""
    known = {"M1": (SHOP, SHOP_TAX), "M2": (OTHER_SHOP, OTHER_SHOP_TAX)}
    own_account, own_tax = known.get(code, (None, None))
    return MerchantItem(
        code=code,
        payout_account=changes.pop("account", own_account),
        tax_id=changes.pop("tax_id", own_tax),
        terms=replace(TERMS, **changes),
    )


HOLIDAYS = frozenset({date(2026, 3, 23), date(2026, 3, 24), date(2026, 4, 2), date(2026, 4, 3)})
CALENDAR = BusinessCalendar(holidays=HOLIDAYS)
RATES = {day(n): 1_180_0000 + n * 1_0000 for n in range(1, 61)}
"""ARS for a dollar, scaled by 10,000: 1,180 and as many pesos as the day has in March."""


def reference_data(*merchants: MerchantItem) -> ReferenceData:
    """Merchants M1 and M2, unless others are given."""
    some = merchants or (merchant("M1"), merchant("M2"))
    return ReferenceData(
        merchants={one.code: one for one in some},
        calendar=CALENDAR,
        calendar_version="calendar@1",
        fx={"USD": FxTable(home="ARS", scale=10_000, rates=RATES)},
    )


# Items.


def payment(name: str = "P1", /, amount: Any = 100_00, **changes: Any) -> PaymentItem:
    """A transfer of 100 pesos to M1, made on Monday the 2nd and expected on the 3rd."""
    fields: dict[str, Any] = {
        "version": 1,
        "merchant": "M1",
        "currency": "ARS",
        "created": day(2),
        "expected": day(3),
        "method": "transfer",
        "reference": None,
        "end_to_end_id": None,
        "account": None,
        "tax_id": None,
    }
    return PaymentItem(id=name, amount=amount, **{**fields, **changes})


def card(name: str, /, amount: Any, **changes: Any) -> PaymentItem:
    """A card payment, paid out on the 3rd."""
    return payment(name, amount, **{"method": "card", **changes})


def line(name: str = "L1", /, amount: Any = 100_00, **changes: Any) -> LineItem:
    """A credit of 100 pesos, booked on Tuesday the 3rd in a statement of its account and day."""
    value: int = changes.get("value", day(3))
    booking: int = changes.get("booking", value)
    fields: dict[str, Any] = {
        "version": 1,
        "settlement_id": name,
        "source": "bank:017",
        "account": "ours",
        "currency": "ARS",
        "booking": booking,
        "value": value,
        "reference": None,
        "end_to_end_id": None,
        "text": None,
        "counterparty_name": None,
        "counterparty_account": None,
        "counterparty_tax_id": None,
        "reversal": False,
        "merchant": None,
        "statement": f"statement of {booking}",
        "received_at": f"{date.fromordinal(booking + 1).isoformat()}T06:00:00-03:00",
    }
    return LineItem(id=name, amount=amount, **{**fields, **changes})


def payout(name: str, /, amount: Any, **changes: Any) -> LineItem:
    """An acquirer's payout to M1."""
    said = {"source": "acquirer:A", "merchant": "M1", "text": "LIQUIDACION VENTAS"}
    return line(name, amount, **{**said, **changes})


# Judgements.


def judge(
    *items: Item, reference: ReferenceData | None = None, seal: str | None = "the end"
) -> Judgement:
    """The verdict on all items at once."""
    return matcher(items, reference=reference).judge(seal=seal)


def matcher(items: Iterable[Item], *, reference: ReferenceData | None = None) -> Matcher:
    """An engine that knows the items."""
    engine = Matcher(reference or reference_data())
    for item in items:
        admit(engine, item)
    return engine


def admit(engine: Matcher, item: Item) -> None:
    """Make an item known, whatever it is."""
    if isinstance(item, PaymentItem):
        engine.admit_payment(item)
    else:
        engine.admit_line(item)


def matches(judgement: Judgement) -> set[str]:
    """The matches in the form `L1 L2 = P1`, ids in order."""
    return {" ".join(lines) + " = " + " ".join(paid) for lines, paid in keys(judgement)}


def keys(judgement: Judgement) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """What was decided: the ids of lines and payments of each match."""
    return [found.key for found in judgement.matches]


def posted(
    *items: Item, reference: ReferenceData | None = None, seal: str | None = "the end"
) -> set[str]:
    """The matches that the items make, in the form `L1 L2 = P1`."""
    return matches(judge(*items, reference=reference, seal=seal))


def classes(*items: Item, reference: ReferenceData | None = None) -> dict[str, str]:
    """The evidence class and rule of each match: `L1 = P1` → `I identity@1`."""
    found = judge(*items, reference=reference).matches
    return {
        " ".join(one.key[0]) + " = " + " ".join(one.key[1]): f"{one.evidence} {one.rule}"
        for one in found
    }


def duplicates(*items: Item, reference: ReferenceData | None = None) -> dict[str, str]:
    """The duplicates in the form `L2` → `L1 U3`."""
    found = judge(*items, reference=reference).duplicates
    return {name: f"{one.of} {one.rule}" for name, one in found.items()}


def reasons(*items: Item, reference: ReferenceData | None = None) -> dict[str, str]:
    """Why each open line is open."""
    found = judge(*items, reference=reference).left_open
    return {name: one.reason for name, one in found.items()}
