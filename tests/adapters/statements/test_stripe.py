"""Stripe's payout reconciliation report, in the versions and columns that merchants choose."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.statements.stripe import read, recognises
from tests.adapters.statements.processor_files import (
    charges,
    disagreements,
    reading,
    readings,
    refusal,
    survives,
    survives_damage,
    table,
)

HEADER = (
    "automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,created_utc,"
    "currency,gross,fee,net,reporting_category,source_id,payment_intent_id,description"
)
SALE = (
    "po_1,2026-05-06 00:00:00,txn_1,2026-05-04 02:59:59,eur,50.00,1.25,48.75,charge,ch_1,pi_1,"
    '"Order 7, gift"'
)
REFUND = (
    "po_1,2026-05-06 00:00:00,txn_2,2026-05-04 03:00:00,eur,-50.00,0.00,-50.00,refund,re_1,pi_1,"
)
DISPUTE = (
    "po_2,2026-05-07 00:00:00,txn_3,2026-05-05 12:00:00,eur,-20.00,15.00,-35.00,dispute,du_1,pi_2,"
)
PAYOUT = "po_2,2026-05-07 00:00:00,txn_4,2026-05-07 00:00:00,eur,35.00,0.00,35.00,payout,po_2,,"
GOOD = table(HEADER, SALE, REFUND, DISPUTE, PAYOUT)


def test_the_sample_report_is_read_as_expected() -> None:
    """Every entry, date and charge of the sample is what its maker says."""
    assert disagreements(read, "stripe_payout_reconciliation.csv") == []


def test_each_payout_is_a_statement() -> None:
    """Rows are grouped by the payout that they are part of."""
    found = readings(read, GOOD)
    assert [statement.statement_id for _, statement in found] == ["po_1", "po_2"]
    assert [[entry.amount_minor for entry in entries] for entries, _ in found] == [
        [4875, -5000],
        [-3500, 3500],
    ]
    assert {statement.currency for _, statement in found} == {"EUR"}


def test_scattered_rows_of_a_payout_come_together() -> None:
    """Rows sorted by time instead of payout make the same statements, in order of appearance."""
    found = readings(read, table(HEADER, DISPUTE, SALE, PAYOUT, REFUND))
    assert [statement.statement_id for _, statement in found] == ["po_2", "po_1"]
    assert [[entry.place for entry in entries] for entries, _ in found] == [
        ["line 2", "line 4"],
        ["line 3", "line 5"],
    ]


def test_the_day_of_booking_is_argentine_and_the_value_date_is_as_written() -> None:
    """A stamp of UTC before three belongs to the day before; the payout's date is no stamp."""
    (sale, refund), _ = readings(read, GOOD)[0]
    assert (sale.booking_date, refund.booking_date) == (date(2026, 5, 3), date(2026, 5, 4))
    assert sale.value_date == refund.value_date == date(2026, 5, 6)


def test_the_fee_is_a_charge_and_what_is_undone_a_reversal() -> None:
    """Gross less fee is net; refunds and disputes say that they reverse."""
    (sale, refund), _ = readings(read, GOOD)[0]
    (dispute, _), _ = readings(read, GOOD)[1]
    assert charges(sale) == [("ACQ_FEE", -125)]
    assert charges(dispute) == [("ACQ_FEE", -1500)]
    assert [entry.reversal for entry in (sale, refund, dispute)] == [False, True, True]
    assert (sale.bank_reference, sale.end_to_end_id) == ("txn_1", None)
    assert sale.remittance == "Order 7, gift"


def test_a_won_dispute_pays_back_and_reverses() -> None:
    """A negative fee is a charge that comes back."""
    row = DISPUTE.replace("-20.00,15.00,-35.00,dispute", "20.00,-15.00,35.00,dispute_reversal")
    (entry,), _ = reading(read, table(HEADER, row))
    assert (entry.amount_minor, entry.reversal) == (3500, True)
    assert charges(entry) == [("ACQ_FEE", 1500)]


def test_a_payout_row_is_a_control_of_its_payout() -> None:
    """A payout without such a row has no control; with it the rows leave nothing."""
    first, second = readings(read, GOOD)
    assert (first[1].controls_match, second[1].controls_match) == (None, True)
    *_, (_, wrong) = readings(read, GOOD.replace(b"35.00,0.00,35.00", b"34.00,0.00,34.00"))
    assert wrong.controls_match is False
    assert "leave -100" in (wrong.disagreement or "")


@pytest.mark.parametrize(
    "currency, gross, fee, net, minor",
    [
        ("jpy", "1200", "43", "1157", 1157),
        ("jpy", "1200.00", "43.00", "1157.00", 1157),
        ("clp", "10500", "300", "10200", 10200),
        ("kwd", "1.500", "0.125", "1.375", 1375),
        ("usd", "1200", "0", "1200", 120000),
        ("usd", "12.5", ".5", "12", 1200),
    ],
)
def test_amounts_are_major_units_of_their_currency(
    currency: str, gross: str, fee: str, net: str, minor: int
) -> None:
    """The currency's decimals tell the minor units: none of yen, three of dinars."""
    row = SALE.replace("eur,50.00,1.25,48.75", f"{currency},{gross},{fee},{net}")
    (entry,), statement = reading(read, table(HEADER, row))
    assert entry.amount_minor == minor
    assert statement.currency == currency.upper()


def test_decimal_commas_are_read_if_the_whole_file_has_them() -> None:
    """The report can be asked for with another decimal separator."""
    row = SALE.replace("50.00,1.25,48.75", '"1.050,00","1,25","1.048,75"')
    (entry,), _ = reading(read, table(HEADER, row))
    assert (entry.gross_minor, entry.amount_minor) == (105000, 104875)


def test_older_columns_and_another_order_are_read() -> None:
    """Without the UTC columns the stamps that are there are UTC all the same."""
    header = (
        "reporting_category,net,fee,gross,currency,created,available_on,balance_transaction_id,"
        "automatic_payout_id,automatic_payout_effective_at,payment_metadata[order]"
    )
    row = "charge,48.75,1.25,50.00,EUR,2026-05-04 02:10:00,2026-05-06,txn_1,po_1,2026-05-06,A7"
    (entry,), statement = reading(read, table(header, row))
    assert (entry.booking_date, entry.value_date) == (date(2026, 5, 3), date(2026, 5, 6))
    assert (entry.amount_minor, statement.statement_id) == (4875, "po_1")


def test_what_belongs_to_no_payout_yet_is_a_statement_without_id() -> None:
    """Rows without a payout stay, apart from those that have one."""
    row = SALE.replace("po_1,2026-05-06 00:00:00", ",")
    (entries, statement), _ = readings(read, table(HEADER, row, DISPUTE))
    assert (len(entries), statement.statement_id) == (1, None)
    assert entries[0].value_date is None


def test_what_gross_and_fee_leave_is_unexplained() -> None:
    """A row that does not add up keeps its figures and names the difference."""
    (entry,), _ = reading(read, table(HEADER, SALE.replace("1.25", "1.20")))
    assert charges(entry) == [("ACQ_FEE", -120), ("UNEXPLAINED", -5)]


def test_the_report_is_told_by_its_header() -> None:
    """Its columns are known in any order, those of others are not."""
    assert recognises(HEADER.split(","))
    assert recognises(["Automatic_Payout_ID", "net", "reporting_category"])
    assert not recognises(["payout_id", "gross", "fee", "net", "currency"])


def test_a_report_without_rows_is_an_empty_statement() -> None:
    """A period without payouts is no error."""
    entries, statement = reading(read, table(HEADER))
    assert (entries, statement.statement_id) == ([], None)


@pytest.mark.parametrize(
    "column",
    [
        "automatic_payout_id",
        "balance_transaction_id",
        "created_utc",
        "currency",
        "gross",
        "fee",
        "net",
        "reporting_category",
    ],
)
def test_a_missing_column_refuses_the_file(column: str) -> None:
    """Without one of the columns that carry a movement nothing is read."""
    header = ",".join("other" if name == column else name for name in HEADER.split(","))
    place, reason = refusal(read, table(header, SALE))
    assert place == "line 1"
    assert column.replace("_", " ") in reason
    assert "is missing" in reason


@pytest.mark.parametrize(
    "old, new, reason",
    [
        (",48.75,", ",forty,", "net of 5 characters is not a number"),
        (",48.75,", ",48..75,", "net '48..75' is not a number"),
        (",48.75,", ",,", "net is empty"),
        (",48.75,", ",48.755,", "net '48.755' has more decimals than EUR has"),
        (",eur,", ",,", "currency is empty"),
        (",eur,", ",zzz,", "currency 'ZZZ' is unknown"),
        ("2026-05-04 02:59:59", "2026-13-04 02:59:59", "is not a day of the calendar"),
        ("2026-05-04 02:59:59", "04.05.2026 about noon", "is not a date"),
        ("2026-05-04 02:59:59", "2026-05-04 02:59:60", "has a time that no day has"),
        ("2026-05-04 02:59:59", "", "created is empty"),
        (",charge,", ",,", "reporting category is empty"),
        (",ch_1,", ",ch_1,,,", "columns, but the header has 12"),
        (",ch_1,pi_1,", ",ch_1,", "11 columns, but the header has 12"),
        ('"Order 7, gift"', '"Order 7, gift', "a quoted field does not end"),
    ],
)
def test_an_unreadable_row_refuses_the_file(old: str, new: str, reason: str) -> None:
    """A bad amount, date or row is refused at its line with what it says."""
    place, said = refusal(read, table(HEADER, REFUND, SALE.replace(old, new)))
    assert place == "line 3"
    assert reason in said


@example(b"")
@given(data=st.binary(max_size=400))
def test_whatever_follows_the_header_is_read_or_refused(data: bytes) -> None:
    """Any bytes end in entries that add up or in a refusal."""
    survives(read, HEADER.encode() + b"\n" + data)


@given(
    cut=st.integers(0, len(GOOD)),
    at=st.integers(0, len(GOOD) - 1),
    flip=st.integers(1, 255),
)
def test_a_damaged_report_is_read_or_refused(cut: int, at: int, flip: int) -> None:
    """A report that is cut off or has a byte changed never ends in an error."""
    survives_damage(read, GOOD, cut=cut, at=at, flip=flip)
