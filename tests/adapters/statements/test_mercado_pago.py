"""Mercado Pago's released money and settlement reports, in their languages and with their flaws."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.statements.mercado_pago import format_of, read, recognises
from tests.adapters.statements.processor_files import (
    charges,
    disagreements,
    reading,
    refusal,
    survives,
    survives_damage,
    table,
)

RELEASE = (
    "DATE,SOURCE_ID,EXTERNAL_REFERENCE,RECORD_TYPE,DESCRIPTION,NET_CREDIT_AMOUNT,"
    "NET_DEBIT_AMOUNT,GROSS_AMOUNT,MP_FEE_AMOUNT,FINANCING_FEE_AMOUNT,SHIPPING_FEE_AMOUNT,"
    "TAXES_AMOUNT,TAXES_DISAGGREGATED,BALANCE_AMOUNT"
)
OPENING = (
    "2026-03-02T08:00:00.000-04:00,,,initial_available_balance,,100.00,0.00,100.00,,,,,,100.00"
)
SALE = (
    "2026-03-02T10:00:00.000-04:00,501,ORD-1,release,payment,90.00,0.00,100.00,-6.00,-2.00,-1.00,"
    '-1.00,"[{"financial_entity":"caba","amount":"-0.40"},'
    '{"financial_entity":"debitos_creditos","amount":"-0.60"}]",190.00'
)
REFUND = (
    "2026-03-02T23:30:00.000-04:00,501,ORD-1,release,refund,0.00,90.00,-100.00,6.00,2.00,1.00,"
    '1.00,"[{"financial_entity":"caba","amount":"0.40"},'
    '{"financial_entity":"debitos_creditos","amount":"0.60"}]",100.00'
)
PAYOUT = (
    "2026-03-03T09:00:00.000-04:00,777,K7QW2MZP4LX9RVJ0D6TN3A,release,payout,0.00,40.00,-40.00,"
    "0.00,0.00,0.00,0.00,,60.00"
)
TOTAL = "2026-03-03T09:00:00.000-04:00,,,total,,60.00,0.00,60.00,,,,,,0.00"
GOOD = table(RELEASE, OPENING, SALE, REFUND, PAYOUT, TOTAL)

SETTLEMENT = (
    "EXTERNAL_REFERENCE;SOURCE_ID;TRANSACTION_TYPE;TRANSACTION_AMOUNT;TRANSACTION_CURRENCY;"
    "TRANSACTION_DATE;FEE_AMOUNT;MKP_FEE_AMOUNT;TAXES_AMOUNT;TAXES_DISAGGREGATED;"
    "SETTLEMENT_NET_AMOUNT;SETTLEMENT_CURRENCY;MONEY_RELEASE_DATE;METADATA"
)
SETTLED = (
    "ORD-9;901;SETTLEMENT;200.00;ARS;2026-03-02T22:10:00.000-04:00;-12.00;-3.00;-1.20;"
    "[{financial_entity:debitos_creditos,amount:-1.20,detail:tax_withholding_collector}];"
    '183.80;ARS;2026-03-20T23:30:00.000-04:00;"{"cart":"a;b","note":""}"'
)


def test_the_sample_report_is_read_as_expected() -> None:
    """Every entry, date, charge and balance of the sample is what its maker says."""
    assert disagreements(read, "mp_release_report.csv") == []


def test_movements_become_entries_and_balances_do_not() -> None:
    """Only released rows are entries; opening and total are what the statement states."""
    entries, statement = reading(read, GOOD)
    assert [entry.amount_minor for entry in entries] == [9000, -9000, -4000]
    assert (statement.opening_minor, statement.closing_minor) == (10000, 6000)
    assert (statement.balance_closes, statement.controls_match) == (True, True)


def test_taxes_are_split_into_their_kinds() -> None:
    """Each tax of the JSON column is a charge of its kind, beside the fees of the row."""
    (sale, refund, _), _ = reading(read, GOOD)
    assert charges(sale) == [
        ("ACQ_FEE", -600),
        ("FIN_COST", -200),
        ("SHIPPING", -100),
        ("WH_SIRTAC", -40),
        ("TAX_25413_CR", -60),
    ]
    assert charges(refund) == [(kind, -amount) for kind, amount in charges(sale)]


def test_half_past_eleven_is_the_next_argentine_day() -> None:
    """A stamp of GMT-4 late in the evening belongs to the day after, in Argentina."""
    (sale, refund, _), _ = reading(read, GOOD)
    assert (sale.booking_date, refund.booking_date) == (date(2026, 3, 2), date(2026, 3, 3))
    assert refund.value_date == date(2026, 3, 3)


@pytest.mark.parametrize(
    "stamp, day",
    [
        ("2026-03-02T23:30:00.000-04:00", date(2026, 3, 3)),
        ("2026-03-02T23:30:00.000-0400", date(2026, 3, 3)),
        ("2026-03-02T23:30:00", date(2026, 3, 3)),
        ("2026-03-02 23:30:00", date(2026, 3, 3)),
        ("2026-03-02T23:30:00.000-03:00", date(2026, 3, 2)),
        ("2026-03-03T02:30:00Z", date(2026, 3, 2)),
        ("02/03/2026 23:30:00", date(2026, 3, 3)),
        ("2026-03-02", date(2026, 3, 2)),
    ],
)
def test_a_stamp_without_a_zone_is_of_gmt_4(stamp: str, day: date) -> None:
    """The report's own zone counts where a stamp names none; a bare date is its day."""
    _, rest = PAYOUT.split(",", maxsplit=1)
    (entry,), _ = reading(read, table(RELEASE, f"{stamp},{rest}"))
    assert entry.booking_date == day


def test_a_payout_carries_the_coelsa_id() -> None:
    """What a payout has as its reference is the id of the transfer."""
    (_, _, payout), _ = reading(read, GOOD)
    assert payout.end_to_end_id == payout.coelsa_id == "K7QW2MZP4LX9RVJ0D6TN3A"
    assert payout.bank_reference == "777"


@pytest.mark.parametrize(
    "description, reverses",
    [
        ("refund", True),
        ("chargeback", True),
        ("dispute", True),
        ("mediation", True),
        ("chargeback_cancel", True),
        ("tax_withholding_cancel", True),
        ("payment", False),
        ("payout", False),
        ("reserve_for_refund", False),
        ("reserve_for_dispute", False),
        ("asset_management_gain", False),
    ],
)
def test_what_undoes_something_is_a_reversal(description: str, reverses: bool) -> None:
    """Refunds, chargebacks, disputes and whatever is cancelled are reversals, reserves are not."""
    (entry,), _ = reading(read, table(RELEASE, PAYOUT.replace("payout", description)))
    assert entry.reversal is reverses


def test_a_reserve_and_its_release_are_two_entries() -> None:
    """Both rows of a pair stay, with the id that they share."""
    held = PAYOUT.replace("payout", "reserve_for_payout")
    freed = held.replace(",0.00,40.00,-40.00,", ",40.00,0.00,40.00,").replace("60.00", "100.00")
    entries, statement = reading(read, table(RELEASE, OPENING, held, freed))
    assert [entry.amount_minor for entry in entries] == [-4000, 4000]
    assert {entry.bank_reference for entry in entries} == {"777"}
    assert statement.balance_closes is True


def test_old_reports_with_blocks_and_subtotals_are_read() -> None:
    """Blocked and freed money moves the balance; a subtotal is a control."""
    rows = [
        OPENING,
        PAYOUT.replace("release,payout", "block,dispute"),
        PAYOUT.replace("release,payout,0.00,40.00,-40.00", "unblock,dispute,40.00,0.00,40.00"),
        PAYOUT.replace("release,payout", "fullblock,restriction"),
        "2026-03-03T09:00:00.000-04:00,,,subtotal,block,0.00,40.00,-40.00,,,,,,",
        "2026-03-03T09:00:00.000-04:00,,,subtotal,unblock,40.00,0.00,40.00,,,,,,",
    ]
    bare = [row.removesuffix("60.00").removesuffix("100.00") for row in rows]
    entries, good = reading(read, table(RELEASE, *bare, TOTAL))
    assert [entry.amount_minor for entry in entries] == [-4000, 4000, -4000]
    assert (good.balance_closes, good.controls_match) == (True, True)

    bare[-1] = bare[-1].replace("40.00", "39.00")
    _, bad = reading(read, table(RELEASE, *bare, TOTAL))
    assert bad.controls_match is False
    assert "subtotal of unblock" in (bad.disagreement or "")


def test_a_wrong_total_is_told() -> None:
    """Where the rows do not lead from opening to total, the statement says so with both."""
    _, statement = reading(read, GOOD.replace(b"total,,60.00", b"total,,61.00"))
    assert (statement.balance_closes, statement.controls_match) == (False, False)
    assert "6100" in (statement.disagreement or "")


def test_a_wrong_running_balance_is_told() -> None:
    """A balance that does not follow from the one before breaks the chain."""
    _, statement = reading(read, GOOD.replace(b'"0.60"}]",100.00', b'"0.60"}]",100.01'))
    assert statement.balance_closes is False


def test_newest_first_closes_too() -> None:
    """A chain that runs upwards is as good as one that runs downwards."""
    _, statement = reading(read, table(RELEASE, TOTAL, PAYOUT, REFUND, SALE, OPENING))
    assert (statement.balance_closes, statement.closing_minor) == (True, 6000)


def test_without_a_total_the_last_balance_closes() -> None:
    """A report that ends without a total states its last running balance."""
    _, statement = reading(read, table(RELEASE, OPENING, SALE))
    assert (statement.opening_minor, statement.closing_minor) == (10000, 19000)


def test_a_balance_between_that_contradicts_its_row_is_told() -> None:
    """The rows around a payout repeat the running balance; if not, something is wrong."""
    between = (
        "2026-03-03T08:59:00.000-04:00,,,available_balance,pre_payout_777,99.00,0.00,,,,,,,100.00"
    )
    _, statement = reading(read, table(RELEASE, OPENING, between))
    assert statement.controls_match is False


def test_taxes_that_do_not_add_up_are_told_and_kept_apart() -> None:
    """The total of the taxes stands; what the items leave of it is unexplained."""
    (entry,), statement = reading(read, table(RELEASE, SALE.replace('"-0.40"', '"-0.30"')))
    assert charges(entry)[-1] == ("UNEXPLAINED", -10)
    assert sum(amount for _, amount in charges(entry)) == -1000
    assert statement.controls_match is False


def test_taxes_without_a_gross_amount_keep_their_total() -> None:
    """Also where nothing can be explained, the charges are what the row says of its taxes."""
    row = SALE.replace('"-0.40"', '"-0.30"').replace("90.00,0.00,100.00", "90.00,0.00,")
    (entry,), _ = reading(read, table(RELEASE, row))
    assert entry.gross_minor is None
    assert sum(amount for _, amount in charges(entry)) == -1000


def test_what_gross_and_charges_leave_is_unexplained() -> None:
    """A row that does not add up keeps its figures and names the difference."""
    (entry,), _ = reading(read, table(RELEASE, SALE.replace("-6.00", "-5.00")))
    assert (entry.amount_minor, entry.gross_minor) == (9000, 10000)
    assert charges(entry)[-1] == ("UNEXPLAINED", -100)


def test_columns_may_be_left_out_and_stand_in_any_order() -> None:
    """Fees, gross amounts and balances are optional, and so is their place."""
    header = "BALANCE_AMOUNT;NET_DEBIT_AMOUNT;NET_CREDIT_AMOUNT;DESCRIPTION;RECORD_TYPE;DATE"
    row = "60.00;40.00;0.00;payout;release;2026-03-03T09:00:00.000-04:00"
    (entry,), _ = reading(read, table(header, row))
    assert (entry.amount_minor, entry.gross_minor, entry.charges) == (-4000, None, ())


def test_spanish_headers_and_row_words_are_read() -> None:
    """A report in Spanish says the same, also with the code of a column behind its name."""
    header = (
        "Fecha de liberación (DATE);ID de operación en Mercado Pago;Código de referencia;"
        "Tipo de registro;Descripción;Monto neto acreditado;Monto neto debitado;"
        "Monto bruto de la operación;Comisión de Mercado Pago o Mercado Libre (incluye IVA);Saldo"
    )
    rows = (
        "2026-03-02T08:00:00-03:00;;;Dinero disponible del período anterior;;100.00;0.00;;;100.00",
        "2026-03-02T09:00:00-03:00;5;A-1;Dinero liquidado;Pago;94.00;0.00;100.00;-6.00;194.00",
        "2026-03-02T09:30:00-03:00;5;A-1;Dinero liquidado;Devolución de dinero;0.00;94.00;-100.00;"
        "6.00;100.00",
        ";;;Total;;100.00;0.00;;;",
    )
    entries, statement = reading(read, table(header, *rows, end="\r\n"))
    assert [(entry.amount_minor, entry.reversal) for entry in entries] == [
        (9400, False),
        (-9400, True),
    ]
    assert charges(entries[0]) == [("ACQ_FEE", -600)]
    assert statement.balance_closes is True


def test_a_settlement_report_is_read() -> None:
    """Net and gross of an operation, its release date, and JSON without any quotes."""
    (entry,), statement = reading(read, table(SETTLEMENT, SETTLED))
    assert (entry.amount_minor, entry.gross_minor) == (18380, 20000)
    assert charges(entry) == [("ACQ_FEE", -1200), ("TAX_25413_CR", -120), ("ACQ_FEE", -300)]
    assert (entry.booking_date, entry.value_date) == (date(2026, 3, 2), date(2026, 3, 21))
    assert (statement.opening_minor, statement.balance_closes) == (None, None)


def test_a_settlement_that_is_not_released_has_no_value_date() -> None:
    """An empty release date is unknown, not today's."""
    row = SETTLED.replace("2026-03-20T23:30:00.000-04:00", "")
    (entry,), _ = reading(read, table(SETTLEMENT, row))
    assert entry.value_date is None


def test_a_cancelled_chargeback_is_a_reversal_that_pays() -> None:
    """A dispute that was won brings money back and is no new sale."""
    row = SETTLED.replace("SETTLEMENT", "CHARGEBACK_CANCEL")
    (entry,), _ = reading(read, table(SETTLEMENT, row))
    assert (entry.amount_minor, entry.reversal) == (18380, True)


def test_a_marketplace_fee_inside_the_fee_is_not_taken_twice() -> None:
    """Where fee and taxes explain the net amount, the marketplace's fee is part of them."""
    row = SETTLED.replace("-12.00", "-15.00")
    (entry,), _ = reading(read, table(SETTLEMENT, row))
    assert charges(entry) == [("ACQ_FEE", -1500), ("TAX_25413_CR", -120)]


def test_a_sale_in_another_currency_states_no_gross_amount() -> None:
    """Dollars explain no pesos, so the gross amount stays unknown."""
    row = SETTLED.replace("200.00;ARS", "200.00;USD")
    (entry,), _ = reading(read, table(SETTLEMENT, row))
    assert (entry.currency, entry.gross_minor) == ("ARS", None)


def test_a_report_without_rows_is_an_empty_statement() -> None:
    """A quiet period is no error."""
    entries, statement = reading(read, table(RELEASE))
    assert (entries, statement.opening_minor) == ([], None)


@pytest.mark.parametrize(
    "header, found",
    [
        (RELEASE.split(","), "mp-release"),
        (SETTLEMENT.split(";"), "mp-settlement"),
        (["Tipo de registro", "Monto neto acreditado", "Monto neto debitado"], "mp-release"),
        (["Fecha", "Concepto", "Débito", "Crédito", "Saldo"], None),
        (["automatic_payout_id", "gross", "fee", "net", "source_id"], None),
    ],
)
def test_the_two_reports_are_told_by_their_headers(header: list[str], found: str | None) -> None:
    """A header is of one report, of the other, or of neither."""
    assert format_of(header) == found
    assert recognises(header) is (found is not None)


@pytest.mark.parametrize("column", ["DATE", "RECORD_TYPE", "NET_CREDIT_AMOUNT", "NET_DEBIT_AMOUNT"])
def test_a_missing_column_refuses_the_file(column: str) -> None:
    """Without one of the columns that carry a movement nothing is read."""
    place, reason = refusal(read, GOOD.replace(column.encode(), b"OTHER", 1))
    assert (place, reason) == (
        "line 1",
        f"the column {column.lower().replace('_', ' ')} is missing",
    )


@pytest.mark.parametrize(
    "old, new, reason",
    [
        ("90.00,0.00,100.00", "9o.00,0.00,100.00", "net credit amount of 5 characters"),
        ("90.00,0.00,100.00", "90.005,0.00,100.00", "has more decimals than ARS has"),
        ("90.00,0.00,100.00", "90..00,0.00,100.00", "'90..00' is not a number"),
        ("90.00,0.00,100.00", "90.00,1.00,100.00", "both not zero"),
        ("90.00,0.00,100.00", "-90.00,0.00,100.00", "one is negative"),
        ("90.00,0.00,100.00", ",,100.00", "neither credit nor debit"),
        ("2026-03-02T10", "2026-02-30T10", "is not a day of the calendar"),
        ("2026-03-02T10", "2026-03-02T25", "has a time that no day has"),
        ("2026-03-02T10:00:00.000-04:00", "yesterday", "is not a date"),
        ("2026-03-02T10:00:00.000-04:00", "", "the date is empty"),
        ("release,payment", "riddle,payment", "record type of 6 characters is unknown"),
        ("-6.00,-2.00", "-6.00", "13 columns, but the header has 14"),
        ("-6.00,-2.00", "-6.00,-2.00,-2.00", "15 columns, but the header has 14"),
    ],
)
def test_an_unreadable_row_refuses_the_file(old: str, new: str, reason: str) -> None:
    """A bad amount or date, or a displaced column, is refused at its line with what it says."""
    place, said = refusal(read, table(RELEASE, OPENING, SALE.replace(old, new), TOTAL))
    assert place == "line 3"
    assert reason in said


def test_decimal_commas_are_read_if_the_whole_file_has_them() -> None:
    """A report exported with decimal commas means the same."""
    header = "DATE;RECORD_TYPE;DESCRIPTION;NET_CREDIT_AMOUNT;NET_DEBIT_AMOUNT"
    row = "2026-03-03T09:00:00.000-04:00;release;payment;1.234,50;0,00"
    (entry,), _ = reading(read, table(header, row))
    assert entry.amount_minor == 123450
    place, reason = refusal(read, table(header, row, row.replace("1.234,50", "1234.50")))
    assert place == "line 3"
    assert "has no decimal comma, but others of the file have" in reason


def test_an_amount_that_may_be_thousands_refuses_the_file() -> None:
    """If no amount of the file tells what the point means, none is guessed."""
    header = "DATE;RECORD_TYPE;DESCRIPTION;NET_CREDIT_AMOUNT;NET_DEBIT_AMOUNT"
    _, reason = refusal(read, table(header, "2026-03-03;release;payment;9.700;0"))
    assert reason == "net credit amount '9.700' may be thousands or decimals"


def test_two_openings_refuse_the_file() -> None:
    """A file with two initial balances is two files in one."""
    assert refusal(read, table(RELEASE, OPENING, OPENING))[1] == "a second initial balance"


@example(b"")
@example(RELEASE.encode() + b'\n"[{"')
@given(data=st.binary(max_size=400))
def test_whatever_follows_the_header_is_read_or_refused(data: bytes) -> None:
    """Any bytes end in entries that add up or in a refusal."""
    survives(read, RELEASE.encode() + b"\n" + data)
    survives(read, data)


@given(
    cut=st.integers(0, len(GOOD)),
    at=st.integers(0, len(GOOD) - 1),
    flip=st.integers(1, 255),
)
def test_a_damaged_report_is_read_or_refused(cut: int, at: int, flip: int) -> None:
    """A report that is cut off or has a byte changed never ends in an error."""
    survives_damage(read, GOOD, cut=cut, at=at, flip=flip)
