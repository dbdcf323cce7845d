"""The finished books as rows, and the rows as files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from adapters.demo_bank.books import Books
from adapters.demo_bank.days import RATE_SCALE, Timetable
from adapters.demo_bank.items import SECONDS_PER_DAY, Group, Line, Payment
from adapters.demo_bank.merchants import Merchant
from adapters.demo_bank.rows import (
    CalendarTable,
    DemoBank,
    FxTable,
    MerchantRow,
    PaymentRow,
    RatesRow,
    ScheduleRow,
    SettlementRow,
    TruthRow,
)
from domain.fees import Schedule

LOCAL_OFFSET = "-03:00"
UTC_OFFSET_SECONDS = 3 * 3_600


def tables(books: Books) -> DemoBank:
    """The finished books as rows."""
    clock = _Writer(books.timetable)
    return DemoBank(
        payments=[_payment_row(payment, clock) for payment in books.payments],
        settlements=[_settlement_row(line, clock) for line in books.lines],
        merchants=[_merchant_row(merchant) for merchant in books.merchants],
        calendar=CalendarTable(
            holidays=list(books.timetable.holidays),
            business_days=list(books.timetable.business_days),
        ),
        fx=FxTable(
            pair="USDARS",
            scale=RATE_SCALE,
            rates=dict(zip(books.timetable.written, books.timetable.rates, strict=True)),
        ),
        truth=[_truth_row(number, group) for number, group in enumerate(books.groups)],
    )


def write(bank: DemoBank, *, folder: Path) -> None:
    """Write the six files into `folder`, which is made if need be. Equal banks give equal bytes.

    payments.jsonl settlements.jsonl truth.jsonl merchants.json calendar.json fx.json
    """
    folder.mkdir(parents=True, exist_ok=True)
    encode_lines = msgspec.json.Encoder().encode_lines
    (folder / "payments.jsonl").write_bytes(encode_lines(bank.payments))
    (folder / "settlements.jsonl").write_bytes(encode_lines(bank.settlements))
    (folder / "truth.jsonl").write_bytes(encode_lines(bank.truth))
    (folder / "merchants.json").write_bytes(_readable(bank.merchants))
    (folder / "calendar.json").write_bytes(_readable(bank.calendar))
    (folder / "fx.json").write_bytes(_readable(bank.fx))


def _readable(table: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(table), indent=1) + b"\n"


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes days and seconds as the format wants them."""

    days: Timetable

    def local(self, day: int, second: int) -> str:
        """The instant with the offset of Argentina."""
        return f"{self.days.iso(day)}T{_time(second)}{LOCAL_OFFSET}"

    def utc(self, day: int, second: int) -> str:
        """The same instant in UTC."""
        days, second = divmod(second + UTC_OFFSET_SECONDS, SECONDS_PER_DAY)
        return f"{self.days.iso(day + days)}T{_time(second)}Z"

    def received(self, seconds: int) -> str:
        """An instant counted from day 0."""
        day, second = divmod(seconds, SECONDS_PER_DAY)
        return self.local(day, second)


def _time(second: int) -> str:
    return f"{second // 3_600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def _payment_row(payment: Payment, write: _Writer) -> PaymentRow:
    created = write.utc if payment.utc else write.local
    return PaymentRow(
        payment_id=payment.payment_id,
        merchant_id=payment.merchant.merchant_id,
        amount=payment.amount,
        currency=payment.currency,
        created_at=created(payment.day, payment.second),
        expected_value_date=write.days.iso(payment.expected_day),
        reference=payment.reference,
        end_to_end_id=payment.end_to_end_id,
        payer_name=payment.payer.name,
        payer_account=payment.payer.account,
        payer_tax_id=payment.payer.tax_id,
        method=payment.method,
        received_at=write.received(payment.received),
    )


def _settlement_row(line: Line, write: _Writer) -> SettlementRow:
    return SettlementRow(
        settlement_id=line.settlement_id,
        source=line.source,
        account=line.account,
        amount=line.amount,
        currency=line.currency,
        booking_date=write.days.iso(line.booking_day),
        value_date=write.days.iso(line.value_day),
        bank_entry_id=line.bank_entry_id,
        reference=line.reference,
        end_to_end_id=line.end_to_end_id,
        remittance_information=line.text,
        counterparty_name=line.counterparty_name,
        counterparty_account=line.counterparty_account,
        counterparty_tax_id=line.counterparty_tax_id,
        reversal=line.reversal,
        merchant_id=line.merchant_id,
        received_at=write.received(line.received),
        statement_id=line.statement_id,
    )


def _merchant_row(merchant: Merchant) -> MerchantRow:
    terms = merchant.terms
    return MerchantRow(
        merchant_id=merchant.merchant_id,
        name=merchant.name,
        tax_id=merchant.tax_id,
        payout_account=merchant.payout_account,
        **_rates(terms.schedules[0]),
        fee_rounding=terms.fee_rounding,
        settlement_delay_bd=terms.settlement_delay_bd,
        payout_per_method=terms.payout_per_method,
        payout_schedule=terms.payout_schedule,
        max_held=terms.max_held,
        timezone=terms.timezone,
        schedules=[
            ScheduleRow(effective_from=each.effective_from.isoformat(), **_rates(each))
            for each in terms.schedules
        ],
    )


def _rates(schedule: Schedule) -> RatesRow:
    return RatesRow(
        mdr_bps=schedule.mdr_bps,
        vat_on_fee_bps=schedule.vat_on_fee_bps,
        iibb_bps=schedule.iibb_bps,
        iva_wh_bps=schedule.iva_wh_bps,
        gan_wh_bps=schedule.gan_wh_bps,
    )


def _truth_row(number: int, group: Group) -> TruthRow:
    row = TruthRow(
        group_id=f"G{number:09d}",
        label=group.label,
        kind=group.kind,
        noise_class=group.noise_class,
        pairing=group.pairing,
        payments=[payment.payment_id for payment in group.payments],
        settlements=[line.settlement_id for line in group.lines],
    )
    if group.copies:
        row["copies"] = {copy.settlement_id: first.settlement_id for copy, first in group.copies}
    return row
