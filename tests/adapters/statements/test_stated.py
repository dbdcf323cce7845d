"""Rows and lines of an extract that state balances and totals, in the words that banks use."""

from __future__ import annotations

import io

import pytest

from adapters.statements import extract
from adapters.statements.model import Entry, Statement, Unreadable

HEADER = "Fecha;Concepto;Débito;Crédito;Saldo\n"
ROWS = "02/10/2026;DEP;;100,00;200,00\n03/10/2026;DEB;50,00;;150,00\n"
NEWEST = "03/10/2026;DEB;50,00;;150,00\n02/10/2026;DEP;;100,00;200,00\n"


def read(text: str) -> Statement:
    entries, statement = entries_and_statement(text)
    assert len(entries) == 2
    return statement


def entries_and_statement(text: str) -> tuple[list[Entry], Statement]:
    *entries, statement = extract.read(io.BytesIO(text.encode()))
    assert isinstance(statement, Statement)
    return [each for each in entries if isinstance(each, Entry)], statement


@pytest.mark.parametrize(
    "row",
    [
        "01/10/2026;SALDO ANTERIOR AL 30/09/2026;;;100,00",
        "30/09/2026;Saldo al 30/09/2026;;;100,00",
        "30/09/2026;Saldo al 30/09/2026;;100,00;",
        "30/09/2026;SALDO ULTIMO EXTRACTO AL 30/09/2026;;;100,00",
        ";Saldo período anterior;;;100,00",
        ";Saldo del Resumen Anterior;;;100,00",
        "01/10/2026;SDO. ANTERIOR;;;100,00",
        "01/10/2026;SALDO ANT.;;;100,00",
        "01/10/2026;TRANSPORTE;;;100,00",
        "SALDO ANTERIOR;100,00",
        "SALDO ANTERIOR ARS 100,00",
    ],
)
def test_a_balance_above_the_first_movement_is_the_opening(row: str):
    """Whatever it is called, a balance without an amount before all movements opens the file."""
    statement = read(HEADER + row + "\n" + ROWS)
    assert (statement.opening_minor, statement.closing_minor) == (10000, 15000)
    assert statement.balance_closes


@pytest.mark.parametrize(
    "row",
    [
        "03/10/2026;SALDO AL 31/10/2026;;;150,00",
        ";Saldo de cierre;;;150,00",
        ";SALDO PERIODO ACTUAL;;;150,00",
        ";SALDO AL DIA 31/10/2026;;;150,00",
        ";SALDO;;;150,00",
    ],
)
def test_a_balance_below_the_last_movement_is_the_closing(row: str):
    """A balance after all movements closes the file, and has to agree with them."""
    assert read(HEADER + ROWS + row + "\n").closing_minor == 15000
    wrong = read(HEADER + ROWS + row.replace("150,00", "150,01") + "\n")
    assert (wrong.closing_minor, wrong.balance_closes) == (15001, False)


def test_balances_of_newest_first_stand_the_other_way_round():
    """Where the newest row stands first, the balance below all rows is the opening."""
    statement = read(f"{HEADER};Saldo;;;150,00\n{NEWEST};Saldo;;;100,00\n")
    assert (statement.opening_minor, statement.closing_minor) == (10000, 15000)
    assert statement.balance_closes


def test_a_balance_between_movements_is_no_end():
    """A balance of a day amid the movements is checked, and is not the closing balance."""
    first, last = ROWS.splitlines(keepends=True)
    statement = read(f"{HEADER}{first}02/10/2026;Saldo del día;;;200,00\n{last}")
    assert (statement.closing_minor, statement.balance_closes) == (15000, True)
    statement = read(f"{HEADER}{first}02/10/2026;Saldo del día;;;201,00\n{last}")
    assert statement.balance_closes is False


def test_a_balance_with_a_day_before_the_table_is_neither_end():
    """A line above the header says a balance of some day, and nothing tells of which end."""
    statement = read(f"Saldo al 31/10/2026: $ 150,00\n{HEADER}{ROWS}")
    assert (statement.opening_minor, statement.closing_minor) == (None, 15000)


@pytest.mark.parametrize(
    "row",
    [
        ";Total de movimientos;50,00;100,00;",
        ";SUMAS;50,00;100,00;",
        ";TOTALES MES OCTUBRE;50,00;100,00;150,00",
        "TOTAL MOVIMIENTOS DEL MES;;50,00;100,00;",
    ],
)
@pytest.mark.parametrize("rows", [ROWS, NEWEST])
def test_totals_without_a_day_are_compared_below_and_above_the_rows(row: str, rows: str):
    """Totals agree or not, wherever they stand and whatever period they name."""
    for place in (f"{row}\n{rows}", f"{rows}{row}\n"):
        assert read(HEADER + place).controls_match is True
        assert read(HEADER + place.replace(";50,00;100,00", ";50,01;100,00")).controls_match is (
            False
        )


@pytest.mark.parametrize("rows", [ROWS, NEWEST])
def test_the_balance_beside_totals_is_one_of_them(rows: str):
    """It is that after the last movement; a 0 only fills the cell."""
    assert read(f"{HEADER}{rows};TOTALES;50,00;100,00;150,00\n").controls_match is True
    assert read(f"{HEADER}{rows};TOTALES;50,00;100,00;0,00\n").controls_match is True
    assert read(f"{HEADER}{rows};TOTALES;50,00;100,00;150,01\n").controls_match is False


@pytest.mark.parametrize(
    "row", ["31/02/2026;TOTAL GAS;50,00;;100,00", "04/10/2026;TOTAL GAS;;;", ";PAGO;50,00;;100,00"]
)
def test_a_damaged_movement_is_not_taken_for_totals(row: str):
    """A day that is none, or no amount at all, refuses the file whatever the text begins with."""
    with pytest.raises(Unreadable):
        read(HEADER + ROWS + row + "\n")


def test_a_movement_may_begin_with_the_words_of_a_total():
    """With a day and an amount it is one."""
    entries, _ = entries_and_statement(f"{HEADER}{ROWS}04/10/2026;TRANSPORTE SUR;50,00;;100,00\n")
    assert [entry.amount_minor for entry in entries] == [10000, -5000, -5000]
