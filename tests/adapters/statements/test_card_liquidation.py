"""Argentine card settlements: charges by column, totals, returns, and the ways they are written."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.statements.card_liquidation import read, recognises
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
    "FECHA_PAGO;LIQUIDACION;ESTABLECIMIENTO;LOTE;CUPON;MARCA;PLAN;VENTA;ARANCEL;COSTO_FINANCIERO;"
    "IVA_21;IVA_10_5;RET_IIBB_SIRTAC;PERC_IVA_RG2408;NETO"
)
SALE = (
    "12/03/2026;000901;27654321;0101;00000011;VISA;3;1.000,00;18,00;50,00;3,78;5,25;25,00;0,54;"
    "897,43"
)
RETURN = (
    "12/03/2026;000901;27654321;0101;00000012;VISA;DEVOLUCION;-100,00;0,00;0,00;0,00;0,00;0,00;"
    "0,00;-100,00"
)
OTHER = (
    "13/03/2026;000902;27654321;0102;00000011;CABAL;1;200,00;3,60;0,00;0,76;0,00;5,00;0,11;190,53"
)
GOOD = table(HEADER, SALE, RETURN, OTHER)


def test_the_sample_settlement_is_read_as_expected() -> None:
    """Every entry, date and charge of the sample is what its maker says."""
    assert disagreements(read, "ar_card_liquidacion.csv") == []


def test_each_settlement_is_a_statement() -> None:
    """Rows are grouped by the number of their settlement."""
    found = readings(read, GOOD)
    assert [statement.statement_id for _, statement in found] == ["000901", "000902"]
    assert [[entry.amount_minor for entry in entries] for entries, _ in found] == [
        [89743, -10000],
        [19053],
    ]
    assert {statement.currency for _, statement in found} == {"ARS"}


def test_each_column_of_a_charge_is_a_charge_of_its_kind() -> None:
    """Fee, cost of instalments, both rates of tax, withholding and perception."""
    (sale, _), _ = readings(read, GOOD)[0]
    assert charges(sale) == [
        ("ACQ_FEE", -1800),
        ("FIN_COST", -5000),
        ("VAT_21", -378),
        ("VAT_10_5", -525),
        ("WH_SIRTAC", -2500),
        ("PERC_VAT_2408", -54),
    ]
    assert sale.gross_minor == 100000


def test_the_day_of_payment_is_booked_and_valued() -> None:
    """The document's own day of payment is both dates."""
    (sale, _), _ = readings(read, GOOD)[0]
    assert sale.booking_date == sale.value_date == date(2026, 3, 12)


def test_lot_and_coupon_are_references_and_no_end_to_end_id() -> None:
    """A coupon's number repeats from lot to lot, so it identifies nothing alone."""
    (sale, _), _ = readings(read, GOOD)[0]
    assert (sale.bank_reference, sale.end_to_end_id) == ("000901", None)
    assert dict(sale.references) | {"lote": "0101", "cupon": "00000011"} == dict(sale.references)


@pytest.mark.parametrize(
    "plan, gross, reverses",
    [
        ("1", "100,00", False),
        ("CUOTA SIMPLE 3", "100,00", False),
        ("DEVOLUCION", "-100,00", True),
        ("Devolución", "-100,00", True),
        ("CONTRACARGO", "100,00", True),
        ("ANULACIÓN", "100,00", True),
        ("1", "-100,00", True),
    ],
)
def test_what_undoes_a_sale_is_a_reversal(plan: str, gross: str, reverses: bool) -> None:
    """By the word of the plan, or by the sign of the sale."""
    row = RETURN.replace("DEVOLUCION", plan).replace("-100,00", gross)
    (entry,), _ = reading(read, table(HEADER, row))
    assert entry.reversal is reverses


def test_a_returned_sale_returns_its_charges() -> None:
    """Negative charges of a negative sale come back."""
    row = OTHER.replace("200,00;3,60", "-200,00;-3,60").replace("0,76", "-0,76")
    row = row.replace("5,00;0,11;190,53", "-5,00;-0,11;-190,53")
    (entry,), _ = reading(read, table(HEADER, row))
    assert (entry.gross_minor, entry.amount_minor) == (-20000, -19053)
    assert charges(entry)[0] == ("ACQ_FEE", 360)


def test_charges_written_as_deductions_are_taken_as_they_are() -> None:
    """Where a minus before each charge is what explains the net amount, it is one."""
    row = (
        OTHER.replace("3,60", "-3,60").replace("0,76", "-0,76").replace("5,00;0,11", "-5,00;-0,11")
    )
    (entry,), _ = reading(read, table(HEADER, row))
    assert charges(entry) == charges(reading(read, table(HEADER, OTHER))[0][0])


def test_what_sale_and_charges_leave_is_unexplained() -> None:
    """A centavo of rounding is named, and no figure is changed."""
    (entry,), _ = reading(read, table(HEADER, OTHER.replace("190,53", "190,54")))
    assert entry.amount_minor == 19054
    assert charges(entry)[-1] == ("UNEXPLAINED", 1)


def test_other_columns_of_taxes_are_charges_too() -> None:
    """Names tell the kind, whatever set an acquirer has; bases and rates are no charges."""
    header = (
        "Fecha de Pago;Nro. Liquidación;Nro. Comercio;Nro. Cupón;Plan;Importe Bruto;Arancel;"
        "% Arancel;Arancel base;IVA s/Arancel 21%;Ret. Ganancias;Ret. IVA;Perc. IIBB;"
        "Cargo Terminal;Importe Neto"
    )
    row = "12-03-2026;7;55;9;1;$ 100,00;1,80;1,80;100,00;0,38;1,00;0,50;2,00;0,32;$ 94,00"
    (entry,), _ = reading(read, table(header, row))
    assert charges(entry) == [
        ("ACQ_FEE", -180),
        ("VAT_21", -38),
        ("WH_INC_4011", -100),
        ("WH_VAT_140", -50),
        ("PERC_IIBB", -200),
        ("OTHER", -32),
    ]


def test_one_row_for_a_whole_settlement_is_read() -> None:
    """Daily settlements without coupons: totals of deductions beside the deductions count once."""
    header = (
        "COMERCIO;FECHA DE PAGO;FECHA DE PRESENTACION;NUMERO LIQUIDACION;TIPO;MONEDA;TARJETA;"
        "VENTAS C/DESCUENTO CONTADO;TOTAL IMPORTE ACEPTADO;ARANCEL;"
        "IVA CRED.FISC.COMERCIO S/ARANC 21,00%;RETENCION ING.BRUTOS SIRTAC;"
        "PERCEPCION IVA R.G. 2408 3,00%;TOTAL DEDUCCIONES;TOTAL LIQUIDACION;"
        "CARGO TERMINAL FISERV;SUBTOTAL NETO DE PAGOS;IMPORTE NETO"
    )
    row = (
        "27654321;12/03/2026;10/03/2026;55;CREDITO;$;Visa Crédito;1.000,00;1.000,00;18,00;3,78;"
        "25,00;0,54;47,32;952,68;10,00;942,68;942,68"
    )
    (entry,), statement = reading(read, table(header, row))
    assert (entry.gross_minor, entry.amount_minor) == (100000, 94268)
    assert charges(entry) == [
        ("ACQ_FEE", -1800),
        ("VAT_21", -378),
        ("WH_SIRTAC", -2500),
        ("PERC_VAT_2408", -54),
        ("OTHER", -1000),
    ]
    assert (statement.statement_id, statement.account) == ("55", "27654321")


def test_points_and_commas_as_separators_are_read() -> None:
    """The same settlement with decimal points between commas means the same."""
    as_points = OTHER.replace(",", ".").replace(";", ",")
    (entry,), _ = reading(read, table(HEADER.replace(";", ","), as_points))
    assert entry.amount_minor == 19053


@pytest.mark.parametrize("stamp", ["12/03/26", "12-03-2026", "2026-03-12", "12/03/2026 00:00:00"])
def test_days_are_read_in_every_usual_form(stamp: str) -> None:
    """Day first, or year first; a time beside it changes nothing."""
    (entry,), _ = reading(read, table(HEADER, SALE.replace("12/03/2026", stamp)))
    assert entry.booking_date == date(2026, 3, 12)


def test_a_header_below_a_letterhead_is_found() -> None:
    """Lines before the header are no rows, and Windows-1252 is text."""
    text = f"Administradora Ñandú S.A.\nPeríodo marzo\n\n{HEADER}\n{SALE}\n"
    (entry,), statement = reading(read, text.encode("cp1252"))
    assert entry.place == statement.place == "line 5"


def test_totals_are_controls_and_no_entries() -> None:
    """A total of the settlement or of the whole file is held against the rows."""
    of_first = "TOTAL LIQUIDACION;;;;;;;;;;;;;;797,43"
    of_all = "TOTALES;;;;;;;;;;;;;;987,96"
    first, second = readings(read, table(HEADER, SALE, RETURN, of_first, OTHER, of_all))
    assert [len(first[0]), len(second[0])] == [2, 1]
    assert (first[1].controls_match, second[1].controls_match) == (True, True)
    assert readings(read, GOOD)[0][1].controls_match is None

    *_, (_, wrong) = readings(read, table(HEADER, SALE, RETURN, OTHER, of_all.replace("96", "95")))
    assert wrong.controls_match is False
    assert "98795" in (wrong.disagreement or "")


def test_dollars_are_a_column_of_their_own() -> None:
    """A currency column counts, also where it names the currency in words."""
    header = HEADER.replace("MARCA", "MONEDA")
    (entry,), statement = reading(read, table(header, OTHER.replace("CABAL", "Dolares")))
    assert (entry.currency, statement.currency) == ("USD", "USD")


def test_the_settlement_is_told_by_its_header() -> None:
    """Its columns are known, those of a bank's extract are not."""
    assert recognises(HEADER.split(";"))
    assert not recognises(["Fecha", "Concepto", "Comprobante", "Débito", "Crédito", "Saldo"])


@pytest.mark.parametrize(
    "column", ["FECHA_PAGO", "LIQUIDACION", "PLAN", "VENTA", "ARANCEL", "NETO"]
)
def test_a_missing_column_refuses_the_file(column: str) -> None:
    """Without one of the columns that carry a movement nothing is read."""
    header = ";".join("OTRA" if name == column else name for name in HEADER.split(";"))
    place, reason = refusal(read, table(header, SALE))
    assert place == "line 1"
    assert "is missing" in reason


@pytest.mark.parametrize(
    "old, new, reason",
    [
        ("897,43", "897,4E", "neto of 6 characters is not a number"),
        ("897,43", "897,,43", "neto '897,,43' is not a number"),
        ("897,43", "", "neto is empty"),
        ("897,43", "897,435", "has more decimals than ARS has"),
        ("897,43", "897.43", "has no decimal comma, but others of the file have"),
        ("1.000,00", "", "venta is empty"),
        ("12/03/2026", "31/02/2026", "is not a day of the calendar"),
        ("12/03/2026", "marzo", "is not a date"),
        ("12/03/2026", "", "fecha pago is empty"),
        (";VISA;", ";VISA;CREDITO;", "16 columns, but the header has 15"),
        (";VISA;", ";", "14 columns, but the header has 15"),
    ],
)
def test_an_unreadable_row_refuses_the_file(old: str, new: str, reason: str) -> None:
    """A bad amount, date or row is refused at its line with what it says."""
    place, said = refusal(read, table(HEADER, RETURN, SALE.replace(old, new)))
    assert place == "line 3"
    assert reason in said


def test_a_column_that_stands_twice_refuses_the_file() -> None:
    """Two net amounts in a row leave open which one is meant."""
    _, reason = refusal(read, table(f"{HEADER};NETO", f"{SALE};1,00"))
    assert reason == "the column neto stands twice"


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
def test_a_damaged_settlement_is_read_or_refused(cut: int, at: int, flip: int) -> None:
    """A settlement that is cut off or has a byte changed never ends in an error."""
    survives_damage(read, GOOD, cut=cut, at=at, flip=flip)


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_net_amount_that_was_cut_refuses_the_file(lost: int) -> None:
    """A file that ends inside its last amount is no smaller settlement with an unexplained rest."""
    data = GOOD.removesuffix(b"\n")
    assert len(readings(read, data)) == 2
    assert refusal(read, data[:-lost]) == ("line 4", "the file ends inside a row")


def test_whole_pesos_in_groups_of_three_are_thousands() -> None:
    """Spanish columns without a decimal in the whole file: a point groups, a comma says nothing."""
    header = "FECHA_PAGO;LIQUIDACION;ESTABLECIMIENTO;LOTE;PLAN;VENTA;ARANCEL;NETO"
    row = "12/03/2026;1;2;3;1;1.000;18;982"
    (entry,), _ = reading(read, table(header, row))
    assert (entry.gross_minor, entry.amount_minor) == (100000, 98200)
    _, reason = refusal(read, table(header, row.replace(".", ",")))
    assert reason == "venta '1,000' may be thousands or decimals"


def test_a_row_without_its_settlement_refuses_the_file() -> None:
    """The number groups the rows and refers to the payment: without it a row belongs to nothing."""
    bare = SALE.replace(";000901;", ";;")
    assert refusal(read, table(HEADER, RETURN, bare)) == ("line 3", "liquidacion is empty")
