"""The truth of the generated bank follows from the amounts, days and ids that the rows show."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations

import pytest

from adapters.demo_bank import DemoBank, generate
from adapters.demo_bank.irregular import solutions
from adapters.demo_bank.refusals import REFUSALS
from adapters.demo_bank.rows import MerchantRow, PaymentRow, SettlementRow, TruthRow
from domain.calendar import local_day

Case = tuple[TruthRow, list[PaymentRow], list[SettlementRow]]


class Bank:
    """A generated bank with everything by its id."""

    def __init__(self, tables: DemoBank) -> None:
        self.tables = tables
        self.payments = {row["payment_id"]: row for row in tables.payments}
        self.lines = {row["settlement_id"]: row for row in tables.settlements}
        self.merchants = {row["merchant_id"]: row for row in tables.merchants}
        self.business_days = set(tables.calendar["business_days"])

    def cases(self, *noise_classes: str) -> Iterator[Case]:
        """The truth of these classes, with its payments and lines; of all classes if none."""
        for row in self.tables.truth:
            if not noise_classes or row["noise_class"] in noise_classes:
                payments = [self.payments[each] for each in row["payments"]]
                yield row, payments, [self.lines[each] for each in row["settlements"]]

    def rolled(self, day: str) -> str:
        """The first business day on or after `day`."""
        while day not in self.business_days:
            day = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
        return day


@pytest.fixture(scope="module")
def bank() -> Bank:
    return Bank(generate(payments=8_000, days=35, seed="truth", first_day=date(2026, 3, 2)))


# Payouts. The arithmetic is written out here again: it must not agree by sharing a mistake.


def expected_net(merchant: MerchantRow, payments: list[PaymentRow]) -> int:
    by_schedule: defaultdict[str, list[int]] = defaultdict(list)
    for payment in payments:
        day = local_day(payment["created_at"]).isoformat()
        since = max(
            each["effective_from"]
            for each in merchant["schedules"]
            if each["effective_from"] <= day
        )
        by_schedule[since].append(payment["amount"])
    total = 0
    for schedule in merchant["schedules"]:
        amounts = by_schedule[schedule["effective_from"]]
        for gross in amounts if merchant["fee_rounding"] == "item" else [sum(amounts)]:
            fee = rounded(gross, schedule["mdr_bps"])
            total += gross - fee - rounded(fee, schedule["vat_on_fee_bps"])
            total -= rounded(gross, schedule["iibb_bps"])
            total -= rounded(gross, schedule["iva_wh_bps"])
            total -= rounded(gross, schedule["gan_wh_bps"])
    return total


def rounded(amount: int, bps: int) -> int:
    return (2 * amount * bps + 10_000) // 20_000


PAYOUTS = (
    *("batch", "batch_noid", "batch_tz", "batch_mixed", "batch_weekend", "batch_cuit_text"),
    *("batch_hold", "batch_release"),
)


def test_a_payout_is_the_net_of_its_payments_to_the_centavo(bank: Bank):
    """Fees, tax and withholdings, rounded as the merchant's terms say, by schedule version (F2)."""
    checked = 0
    for _, payments, (line,) in bank.cases(*PAYOUTS):
        merchant = bank.merchants[payments[0]["merchant_id"]]
        assert line["amount"] == expected_net(merchant, payments)
        checked += 1
    assert checked > 300


def test_a_payout_is_of_one_merchant_one_value_day_and_one_method_where_they_are_apart(
    bank: Bank,
):
    """All payments share them, but for those that were held back and for the gateway's UTC day."""
    for row, payments, (line,) in bank.cases(*PAYOUTS):
        assert len({payment["merchant_id"] for payment in payments}) == 1
        if bank.merchants[payments[0]["merchant_id"]]["payout_per_method"]:
            word = {"card": "TARJETAS", "qr": "QR"}[payments[0]["method"]]
            assert {payment["method"] for payment in payments} == {payments[0]["method"]}
            assert word in (line["remittance_information"] or "").split()
        days = {payment["expected_value_date"] for payment in payments}
        if row["noise_class"] not in ("batch_tz", "batch_release", "batch_mixed"):
            assert days == {bank.rolled(line["value_date"])}


def test_an_adjusted_payout_differs_and_no_missing_payment_explains_it(bank: Bank):
    """What is missing is less than any payment of the payout: no subset sums to it."""
    found = list(bank.cases("batch_adjusted"))
    assert found
    for row, payments, (line,) in found:
        merchant = bank.merchants[payments[0]["merchant_id"]]
        difference = line["amount"] - expected_net(merchant, payments)
        assert difference != 0
        assert row["label"] == "ambiguous"
        assert -difference < min(expected_net(merchant, [payment]) for payment in payments)


def test_mixed_payouts_are_priced_by_two_schedules(bank: Bank):
    """Some payouts hold payments from before and after a change of terms."""
    for _, payments, _ in bank.cases("batch_mixed"):
        schedules = bank.merchants[payments[0]["merchant_id"]]["schedules"]
        since = schedules[1]["effective_from"]
        days = [local_day(payment["created_at"]).isoformat() for payment in payments]
        assert min(days) < since <= max(days)


def test_weekend_payouts_are_valued_on_a_closed_day_before_their_own(bank: Bank):
    """The written value date is no business day, rolls to the payout's, and no sale is later."""
    for _, payments, (line,) in bank.cases("batch_weekend"):
        assert line["value_date"] not in bank.business_days
        assert bank.rolled(line["value_date"]) == line["booking_date"]
        assert all(payment["created_at"][:10] <= line["value_date"] for payment in payments)


def test_gateways_that_stamp_utc_expect_another_day_than_the_acquirer(bank: Bank):
    """In each such payout a payment was made late enough to be tomorrow's in UTC (F4)."""
    for _, payments, _ in bank.cases("batch_tz"):
        assert all(payment["created_at"].endswith("Z") for payment in payments)
        assert any(
            payment["created_at"][:10] != local_day(payment["created_at"]).isoformat()
            for payment in payments
        )


def test_the_merchant_of_some_payouts_stands_in_the_text_only(bank: Bank):
    """No field names the merchant; its tax id does, in the text."""
    for _, payments, (line,) in bank.cases("batch_cuit_text"):
        tax_id = bank.merchants[payments[0]["merchant_id"]]["tax_id"]
        assert line["merchant_id"] is None
        assert line["counterparty_account"] is line["counterparty_tax_id"] is None
        assert tax_id in (line["remittance_information"] or "").replace("-", "")


def test_subsets_are_counted_as_by_hand():
    """Every subset of the sizes asked for whose sum is within three centavos counts once."""
    values = sorted([100, 250, 250, 349, 600, 602, 1_000])
    for target in (100, 349, 350, 500, 601, 602, 850, 1_950):
        for most in (1, 2, 3):
            by_hand = sum(
                abs(sum(some) - target) <= 3
                for size in range(1, most + 1)
                for some in combinations(values, size)
            )
            assert solutions(values, target, sizes=range(1, most + 1)) == by_hand


def test_a_held_payment_comes_within_its_window_or_never(bank: Bank):
    """A release comes after the payout that lacked the payments, at most 12 days (X7)."""
    released = 0
    for _, payments, (line,) in bank.cases("batch_release"):
        held = [each for each in payments if each["expected_value_date"] < line["value_date"]]
        assert 1 <= len(held) <= 3
        for payment in held:
            last = date.fromisoformat(payment["expected_value_date"]) + timedelta(days=12)
            assert line["value_date"] <= last.isoformat()
        released += 1
    assert released


# Credited one by one.


def test_exact_classes_bring_the_exact_amount(bank: Bank):
    """Parts, sums of references and plain credits sum to their payments; nothing else is named."""
    explained_otherwise = {"rounding", "fx", *PAYOUTS}
    for row, payments, lines in bank.cases():
        if row["label"] != "match" or row["noise_class"] in explained_otherwise:
            continue
        if row["kind"] in ("reversal", "chargeback", "duplicate"):
            continue
        paid = sum(line["amount"] for line in lines)
        assert paid == sum(payment["amount"] for payment in payments), row


def test_money_in_dollars_comes_at_a_published_rate(bank: Bank):
    """Half-up at the rate of the value day or of the day before, within a centavo (X6)."""
    by_reference = {row["reference"]: row for row in bank.tables.payments}
    for _, (payment,), (line,) in bank.cases("fx"):
        assert min(off_by(bank, payment, line)) <= 1
    forbidden = [line for _, _, (line,) in bank.cases("fx_off_line")]
    assert forbidden
    for line in forbidden:
        assert min(off_by(bank, by_reference[line["reference"]], line)) > 1


def off_by(bank: Bank, payment: PaymentRow, line: SettlementRow) -> list[int]:
    """How many centavos the line is off the two rates that may explain it."""
    rates, day = bank.tables.fx["rates"], date.fromisoformat(line["value_date"])
    published = (rates[each.isoformat()] for each in (day, day - timedelta(days=1)))
    return [abs(line["amount"] - rounded(payment["amount"], rate)) for rate in published]


def test_refunds_stay_within_the_payment_unless_they_exceed_it(bank: Bank):
    """What is given back sums to no more than came in; the refund that exceeds it is an orphan."""
    for _, (payment,), lines in bank.cases("reversal", "partial_refund", "refund_exceeds"):
        back = -sum(line["amount"] for line in lines if line["amount"] < 0)
        assert 0 < back <= payment["amount"]
    assert len(list(bank.cases("refund_exceeds_line"))) == len(list(bank.cases("refund_exceeds")))


def test_money_never_comes_before_its_payment_but_a_day_under_an_id(bank: Bank):
    """Value dates of matches lie in the window of each payment (X7)."""
    for row, payments, lines in bank.cases():
        if row["label"] != "match":
            continue
        early = 1 if row["noise_class"] == "tz_shift" else 0
        for payment in payments:
            first = local_day(payment["created_at"]) - timedelta(days=early)
            last = date.fromisoformat(payment["expected_value_date"]) + timedelta(days=12)
            for line in lines:
                assert first.isoformat() <= line["value_date"]
                assert line["amount"] < 0 or line["value_date"] <= last.isoformat()


def test_a_line_of_weak_evidence_fits_one_open_payment_only(bank: Bank):
    """Lines that show merchant and amount alone have no second payment to choose from (E1)."""
    open_payments: defaultdict[tuple[str, int], list[PaymentRow]] = defaultdict(list)
    for payment in bank.tables.payments:
        if payment["method"] not in ("card", "qr"):
            open_payments[payment["merchant_id"], payment["amount"]].append(payment)
    for _, (paid,), (line,) in bank.cases("amount_date_merchant"):
        rivals = [
            payment["payment_id"]
            for payment in open_payments[line["merchant_id"] or "", line["amount"]]
            if payment is not paid and fits(line, payment)
        ]
        assert rivals == []


def test_a_line_that_a_stranger_fits_by_accident_is_neutral():
    """Where merchants sell at few prices, accidents happen, and the truth does not pretend."""
    crowded = Bank(generate(payments=30_000, days=5, seed="few", first_day=date(2026, 3, 2)))
    accidents = list(crowded.cases("ambiguous_accidental"))
    assert accidents
    assert {row["label"] for row, _, _ in accidents} == {"neutral"}


def fits(line: SettlementRow, payment: PaymentRow) -> bool:
    last = date.fromisoformat(payment["expected_value_date"]) + timedelta(days=12)
    made = local_day(payment["created_at"]).isoformat()
    return made <= line["value_date"] <= last.isoformat() and payment["currency"] == "ARS"


def test_forbidden_lines_stay_orphans(bank: Bank):
    """Each line that looks like a payment's money and is not belongs to nothing."""
    for row, payments, lines in bank.cases():
        if row["noise_class"].removesuffix("_line") in {*REFUSALS, "decoy"} and not payments:
            assert row["label"] == "orphan_settlement"
            assert len(lines) == 1


def test_forbidden_lines_show_what_forbids_them(bank: Bank):
    """The contradiction of each class can be seen in its rows."""
    payers = {row["payer_tax_id"] for row in bank.tables.payments}
    references = {row["reference"] for row in bank.tables.payments}
    for row, _, lines in bank.cases():
        for line in lines:
            match row["noise_class"]:
                case "other_currency_line":
                    assert line["currency"] == "USD"
                case "unknown_reference_line" | "typo_without_payer_line":
                    assert line["reference"] not in references
                case "other_merchant_line":
                    owners = [
                        each
                        for each in bank.tables.payments
                        if each["reference"] == line["reference"]
                    ]
                    assert {each["merchant_id"] for each in owners} != {line["merchant_id"]}
                case "text_cuit_invalid_line":
                    text = line["remittance_information"] or ""
                    assert payers.isdisjoint(text.split())
                case _:
                    pass


def test_a_statement_delivered_twice_repeats_every_line_under_new_ids(bank: Bank):
    """The copies of a statement are its lines to the last field, but for ids and arrival (U2)."""
    copies = {
        copy: first for row in bank.tables.truth for copy, first in row.get("copies", {}).items()
    }
    assert copies
    own = ("settlement_id", "bank_entry_id", "received_at", "statement_id")
    for copy, first in copies.items():
        one, other = bank.lines[copy], bank.lines[first]
        assert {key: one[key] for key in one if key not in own} == {
            key: other[key] for key in other if key not in own
        }
        assert one["bank_entry_id"] != other["bank_entry_id"]
        assert one["received_at"] > other["received_at"]
    sizes = Counter(row["statement_id"] for row in bank.tables.settlements)
    of = {bank.lines[c]["statement_id"]: bank.lines[f]["statement_id"] for c, f in copies.items()}
    assert all(sizes[again] == sizes[before] for again, before in of.items())
