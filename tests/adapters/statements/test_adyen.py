"""Adyen's settlement details report: every journal, both currencies, zones by name."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.statements.adyen import read, recognises
from tests.adapters.statements.processor_files import (
    charges,
    reading,
    readings,
    refusal,
    survives,
    survives_damage,
    table,
)

HEADER = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,"
    "Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),"
    "Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),"
    "Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Batch Number"
)
SETTLED = (
    "Acme,AcmeAR,QFQTPCQ8HXSKGK82,ORD-31,visa,2026-05-04 04:30:00,CEST,Settled,MOD1,EUR,,100.00,1,"
    "EUR,,97.10,,0.90,0.50,1.50,17"
)
REFUNDED = (
    "Acme,AcmeAR,QFQTPCQ8HXSKGK82,ORD-31,visa,2026-05-05 12:00:00,CEST,Refunded,MOD2,EUR,10.00,,1,"
    "EUR,10.10,,0.10,,,,17"
)
FEE = "Acme,AcmeAR,,,,2026-05-06 02:00:00,CEST,Fee,Transaction Fees May,EUR,,,,EUR,2.00,,,,,,17"
PAID_OUT = (
    'Acme,AcmeAR,,,,2026-05-06 06:00:00,CEST,MerchantPayout,"TX1 batch 17, AcmeAR",EUR,85.00,,,'
    "EUR,85.00,,,,,,17"
)
GOOD = table(HEADER, SETTLED, REFUNDED, FEE, PAID_OUT)


def test_every_journal_row_is_an_entry() -> None:
    """Sales, refunds, fees and the payout are entries of their batch, with their signs."""
    entries, statement = reading(read, GOOD)
    assert [entry.amount_minor for entry in entries] == [9710, -1010, -200, -8500]
    assert [entry.transaction_code for entry in entries] == [
        "Settled",
        "Refunded",
        "Fee",
        "MerchantPayout",
    ]
    assert (statement.statement_id, statement.account, statement.currency) == (
        "17",
        "AcmeAR",
        "EUR",
    )


def test_fees_are_charges_of_their_kind() -> None:
    """Commission and markup are the acquirer's, scheme fees and interchange the schemes'."""
    (settled, refunded, *_), _ = reading(read, GOOD)
    assert charges(settled) == [("ACQ_FEE", -90), ("SCHEME_FEE", -50), ("SCHEME_FEE", -150)]
    assert (settled.gross_minor, refunded.gross_minor) == (10000, -1000)
    assert charges(refunded) == [("ACQ_FEE", -10)]


def test_a_payout_states_no_gross_amount() -> None:
    """What leaves for the bank is no sale, whatever stands in its gross column."""
    (*_, fee, payout), _ = reading(read, GOOD)
    assert (fee.gross_minor, payout.gross_minor, payout.charges) == (None, None, ())


def test_a_batch_that_is_paid_out_leaves_nothing() -> None:
    """The payout is a control: without it there is none, and a wrong one is told."""
    assert reading(read, GOOD)[1].controls_match is True
    assert reading(read, table(HEADER, SETTLED, REFUNDED))[1].controls_match is None
    _, wrong = reading(read, GOOD.replace(b"EUR,85.00,,,,,,17", b"EUR,84.00,,,,,,17"))
    assert wrong.controls_match is False
    assert "leave 100" in (wrong.disagreement or "")


def test_a_batch_carried_over_leaves_nothing_either() -> None:
    """A balance transfer closes a batch as a payout does."""
    carried = FEE.replace("Fee,Transaction Fees May", "Balancetransfer,to batch 18").replace(
        "EUR,2.00,", "EUR,97.10,"
    )
    assert reading(read, table(HEADER, SETTLED, carried))[1].controls_match is True


@pytest.mark.parametrize(
    "kind, reverses",
    [
        ("Settled", False),
        ("Refunded", True),
        ("RefundedReversed", True),
        ("Chargeback", True),
        ("ChargebackReversed", True),
        ("SecondChargeback", True),
        ("InvoiceDeduction", False),
        ("DepositCorrection", False),
        ("MerchantPayout", False),
        ("Misc", False),
    ],
)
def test_what_undoes_a_sale_is_a_reversal(kind: str, reverses: bool) -> None:
    """Refunds and chargebacks say that they reverse, corrections and deductions do not."""
    (entry,), _ = reading(read, table(HEADER, REFUNDED.replace("Refunded", kind)))
    assert entry.reversal is reverses


def test_a_sale_in_another_currency_states_no_gross_amount() -> None:
    """Rupees explain no euros: the charges stay, the gross amount is unknown, nothing is left."""
    row = SETTLED.replace("EUR,,100.00,1,", "INR,,9050.00,0.011,")
    (entry,), _ = reading(read, table(HEADER, row))
    assert (entry.currency, entry.amount_minor, entry.gross_minor) == ("EUR", 9710, None)
    assert sum(amount for _, amount in charges(entry)) == -290
    assert ("gross_currency", "INR") in entry.references


@pytest.mark.parametrize(
    "stamp, zone, day",
    [
        ("2026-05-04 04:59:59", "CEST", date(2026, 5, 3)),
        ("2026-05-04 05:00:00", "CEST", date(2026, 5, 4)),
        ("2026-05-04 02:59:59", "UTC", date(2026, 5, 3)),
        ("2026-05-04 20:30:00", "PDT", date(2026, 5, 5)),
        ("2026-05-04 00:00:00", "ART", date(2026, 5, 4)),
        ("2026-05-04 04:30:00", "Europe/Amsterdam", date(2026, 5, 3)),
        ("2026-01-04 04:30:00", "Europe/Amsterdam", date(2026, 1, 4)),
        ("2026-05-04 00:00:00", "America/Argentina/Buenos_Aires", date(2026, 5, 4)),
        ("2026-05-04 02:30:00", "GMT+1", date(2026, 5, 3)),
        ("2026-05-04 00:30:00", "", date(2026, 5, 4)),
        ("2026-05-04", "CEST", date(2026, 5, 4)),
    ],
)
def test_days_are_argentine_whatever_the_zone(stamp: str, zone: str, day: date) -> None:
    """A stamp is moved from the zone of the report; without a zone it is as written."""
    row = SETTLED.replace("2026-05-04 04:30:00,CEST", f"{stamp},{zone}")
    (entry,), _ = reading(read, table(HEADER, row))
    assert entry.booking_date == day


def test_the_booking_date_goes_before_the_creation_date() -> None:
    """Optional columns say more: when it was booked, in which zone, when it is payable."""
    header = f"{HEADER},Booking Date,Booking Date TimeZone,Payable Date,Metadata"
    row = f'{SETTLED},2026-05-08 01:00:00,UTC,2026-05-11 00:00:00,"{{""a"":""b""}}"'
    (entry,), _ = reading(read, table(header, row))
    assert (entry.booking_date, entry.value_date) == (date(2026, 5, 7), date(2026, 5, 11))
    assert reading(read, GOOD)[0][0].value_date is None


def test_references_are_the_merchants_and_adyens() -> None:
    """The merchant's reference leads from end to end; Adyen's is that of the bank."""
    (settled, *_, payout), _ = reading(read, GOOD)
    assert (settled.end_to_end_id, settled.bank_reference) == ("ORD-31", "QFQTPCQ8HXSKGK82")
    assert (payout.end_to_end_id, payout.bank_reference) == (None, None)
    assert payout.remittance == "TX1 batch 17, AcmeAR"


def test_each_batch_is_a_statement() -> None:
    """Rows are grouped by batch, whatever their order."""
    other = SETTLED.removesuffix("17") + "18"
    found = readings(read, table(HEADER, SETTLED, other, REFUNDED))
    assert [(part[1].statement_id, len(part[0])) for part in found] == [("17", 2), ("18", 1)]


def test_columns_may_stand_in_any_order() -> None:
    """A header is read by its names, and fee columns may be left out."""
    names = HEADER.split(",")
    cells = SETTLED.split(",")
    kept = [at for at, name in enumerate(names) if not name.startswith(("Markup", "Company"))]
    header, row = (",".join(part[at] for at in reversed(kept)) for part in (names, cells))
    (entry,), _ = reading(read, table(header, row))
    assert entry.amount_minor == 9710
    assert charges(entry) == [
        ("SCHEME_FEE", -50),
        ("SCHEME_FEE", -150),
        ("UNEXPLAINED", -90),
    ]


def test_the_report_is_told_by_its_header() -> None:
    """Its columns are known; those of Adyen's accounting report are not these."""
    assert recognises(HEADER.split(","))
    assert not recognises(
        ["Company Account", "Merchant Account", "Psp Reference", "Record Type", "Main Amount"]
    )


@pytest.mark.parametrize(
    "column",
    [
        "Psp Reference",
        "Merchant Reference",
        "Type",
        "Creation Date",
        "Gross Currency",
        "Gross Debit (GC)",
        "Gross Credit (GC)",
        "Net Currency",
        "Net Debit (NC)",
        "Net Credit (NC)",
        "Batch Number",
    ],
)
def test_a_missing_column_refuses_the_file(column: str) -> None:
    """Without one of the columns that carry a movement nothing is read."""
    header = ",".join("Other" if name == column else name for name in HEADER.split(","))
    place, reason = refusal(read, table(header, SETTLED))
    assert place == "line 1"
    assert "is missing" in reason


@pytest.mark.parametrize(
    "old, new, reason",
    [
        (",97.10,", ",97.1x,", "net credit nc of 5 characters is not a number"),
        (",97.10,", ",97.105,", "has more decimals than EUR has"),
        (",97.10,", ",,", "neither net debit nor net credit"),
        (",,97.10,", ",1.00,97.10,", "both not zero"),
        (",97.10,", ",-97.10,", "one is negative"),
        ("EUR,,97.10", ",,97.10", "net currency is empty"),
        ("EUR,,97.10", "EURO,,97.10", "currency 'EURO' is unknown"),
        (",0.50,", ",n/a,", "scheme fees nc"),
        ("2026-05-04 04:30:00", "2026-02-29 04:30:00", "is not a day of the calendar"),
        ("2026-05-04 04:30:00", "soon", "date 'soon' is not a date"),
        ("2026-05-04 04:30:00", "", "neither booking date nor creation date"),
        (",CEST,", ",XYZT,", "time zone 'XYZT' is unknown"),
        (",CEST,", ",Europe/Nowhere,", "time zone of 14 characters is unknown"),
        (",Settled,", ",,", "type is empty"),
        (",visa,", ",visa,debit,", "22 columns, but the header has 21"),
        (",visa,", ",", "20 columns, but the header has 21"),
    ],
)
def test_an_unreadable_row_refuses_the_file(old: str, new: str, reason: str) -> None:
    """A bad amount, date, zone or row is refused at its line with what it says."""
    place, said = refusal(read, table(HEADER, REFUNDED, SETTLED.replace(old, new)))
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
