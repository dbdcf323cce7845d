"""Card and QR payments, which an acquirer pays out in groups, net of its fees.

One payout for each merchant, method (where they are paid apart) and value day.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.demo_bank.books import Books, whole_text
from adapters.demo_bank.irregular import Payout, make_irregular
from adapters.demo_bank.items import SECONDS_PER_DAY, Line, Method, Payment
from adapters.demo_bank.merchants import Merchant
from adapters.demo_bank.people import hyphenated, plain_capitals
from domain.fees import group_net, schedule_in_force

CARD_METHODS: tuple[Method, ...] = ("card", "card", "qr")
WORDS = {"card": "TARJETAS", "qr": "QR", "": "VENTAS"}
"""How a payout says which sales it pays: cards, QR, or both together."""

NOT_NAMED_PERCENT = 20
NAMED_IN_TEXT_PERCENT = 4
WEEKEND_PERCENT = 20
CHARGEBACK_PERMILLE = 2
UTC_OFFSET_SECONDS = 3 * 3_600

TEXT_LENGTH_MAX = 70
NAME_LENGTH_MAX = 22


@dataclass(slots=True, eq=False, kw_only=True)
class _Series:
    """The payouts of one merchant and method, by value day."""

    merchant: Merchant
    method: str
    days: dict[int, list[Payment]] = field(default_factory=dict[int, list[Payment]])


def sell_and_pay_out(books: Books, count: int) -> None:
    """Make `count` card and QR payments, and every payout of them."""
    for series in _sales(books, count):
        for payout in _payouts(books, series):
            _settle(books, payout)


def _sales(books: Books, count: int) -> list[_Series]:
    found: dict[tuple[int, str], _Series] = {}
    for _ in range(count):
        merchant = books.draw_merchant()
        payment = _sale(books, merchant)
        method = payment.method if merchant.terms.payout_per_method else ""
        series = found.setdefault(
            (merchant.number, method), _Series(merchant=merchant, method=method)
        )
        # The acquirer goes by the local day, whatever day the gateway wrote (F4).
        series.days.setdefault(_value_day(books, merchant, payment.day), []).append(payment)
    return list(found.values())


def _sale(books: Books, merchant: Merchant) -> Payment:
    payment = books.expect(merchant, method=books.dice.pick(CARD_METHODS))
    payment.utc = merchant.stamps_utc
    tomorrow_in_utc = payment.second + UTC_OFFSET_SECONDS >= SECONDS_PER_DAY
    day = payment.day + 1 if payment.utc and tomorrow_in_utc else payment.day
    payment.expected_day = _value_day(books, merchant, day)
    return payment


def _value_day(books: Books, merchant: Merchant, day: int) -> int:
    return books.timetable.calendar.value_day(
        day,
        settlement_delay_bd=merchant.terms.settlement_delay_bd,
        payout_schedule=merchant.terms.payout_schedule,
    )


def _payouts(books: Books, series: _Series) -> list[Payout]:
    """The payouts of a series in order of value day, one of them perhaps irregular."""
    payouts = [
        Payout(merchant=series.merchant, method=series.method, value_day=day, payments=payments)
        for day, payments in sorted(series.days.items())
    ]
    make_irregular(books, payouts)
    return payouts


def _settle(books: Books, payout: Payout) -> None:
    line = _pay_out(books, payout)
    noise_class = _tell(books, payout, line)
    if payout.adjustment:
        books.ambiguous(noise_class, payout.payments, [line])
        return
    books.match(noise_class, payout.payments, [line], kind="n:1")
    for payment in payout.payments:
        if books.dice.permille(CHARGEBACK_PERMILLE):
            _charge_back(books, payment, line)


def _pay_out(books: Books, payout: Payout) -> Line:
    """The acquirer's line, with everything that it may say about the merchant."""
    dice, merchant = books.dice, payout.merchant
    items = [(payment.amount, payment.day) for payment in payout.payments]
    number = dice.digits(8)
    shop = plain_capitals(merchant.name)
    line = Line(
        source=f"acquirer:{dice.pick('AB')}",
        account=dice.pick(books.accounts),
        amount=group_net(merchant.terms, items).net + payout.adjustment,
        currency="ARS",
        booking_day=payout.value_day,
        value_day=payout.value_day,
        bank_entry_id=books.next_entry_id(),
        reference=f"LIQ{number}",
        text=whole_text(f"LIQUIDACION {WORDS[payout.method]} {number} {shop}"[:TEXT_LENGTH_MAX]),
        counterparty_name=shop[:NAME_LENGTH_MAX],
        counterparty_account=merchant.payout_account,
        counterparty_tax_id=merchant.tax_id,
        merchant_id=merchant.merchant_id,
    )
    books.lines.append(line)
    return line


def _tell(books: Books, payout: Payout, line: Line) -> str:
    """Take away what this acquirer does not say, and name the noise class by what is hardest."""
    anonymous = books.dice.percent(NOT_NAMED_PERCENT)
    if anonymous:
        _leave_out_merchant(books, line)
    if payout.oddity:
        return payout.oddity
    terms = payout.merchant.terms
    if len({schedule_in_force(terms, payment.day) for payment in payout.payments}) > 1:
        return "batch_mixed"
    if any(payment.expected_day != payout.value_day for payment in payout.payments):
        return "batch_tz"
    if _value_on_closed_day(books, payout, line):
        return "batch_weekend"
    if books.dice.percent(NAMED_IN_TEXT_PERCENT):
        _name_in_text_only(payout, line)
        return "batch_cuit_text"
    return "batch_noid" if anonymous else "batch"


def _leave_out_merchant(books: Books, line: Line) -> None:
    line.merchant_id = None
    if books.dice.percent(50):
        line.counterparty_account = None


def _name_in_text_only(payout: Payout, line: Line) -> None:
    """Only a tax id in the text says whose payout this is (section 2)."""
    line.merchant_id = line.counterparty_account = line.counterparty_tax_id = None
    head = f"LIQUIDACION {WORDS[payout.method]} {(line.reference or '')[3:]}"
    line.text = whole_text(f"{head} CUIT {hyphenated(payout.merchant.tax_id)}")


def _value_on_closed_day(books: Books, payout: Payout, line: Line) -> bool:
    """Write a weekend or holiday just before the payout as its value date, now and then (F5)."""
    before = payout.value_day - 1
    made = max(payment.day for payment in payout.payments)
    if books.timetable.is_business_day(before) or made > before:
        return False
    if not books.dice.percent(WEEKEND_PERCENT):
        return False
    line.value_day = before
    return True


def _charge_back(books: Books, payment: Payment, payout: Line) -> None:
    """The cardholder disputed the sale: the acquirer takes the gross amount back (stage 6)."""
    day = books.timetable.later(payout.booking_day, books.dice.between(3, 14))
    line = books.give_back(
        payout,
        amount=payment.amount,
        day=day,
        reference=payment.reference,
        text=f"CONTRACARGO {payment.reference}",
    )
    line.reversal = False
    line.account = books.dice.pick(books.accounts)
    line.merchant_id, line.counterparty_account = payment.merchant.merchant_id, None
    line.counterparty_tax_id = payment.merchant.tax_id
    books.match("chargeback", [payment], [line], kind="chargeback")
