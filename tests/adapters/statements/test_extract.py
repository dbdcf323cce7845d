"""Argentine account extracts: a dozen layouts of our own, and what refuses one."""

from __future__ import annotations

import io
from datetime import date
from itertools import product
from unittest import mock

import pytest

from adapters.statements import extract, plain_csv
from adapters.statements.model import Entry, Statement, Unreadable


def read(text: str | bytes) -> tuple[list[Entry], Statement]:
    data = text.encode() if isinstance(text, str) else text
    *entries, statement = extract.read(io.BytesIO(data))
    assert isinstance(statement, Statement)
    return [each for each in entries if isinstance(each, Entry)], statement


def amounts(text: str) -> list[int]:
    return [entry.amount_minor for entry in read(text)[0]]


def refused(text: str) -> str:
    with pytest.raises(Unreadable) as found:
        read(text)
    return f"{found.value.place}: {found.value.reason}"


SIDES = "Fecha;Concepto;Débito;Crédito;Saldo\n"
SIGNED = "Fecha;Concepto;Importe;Saldo\n"

FULL = """\
BANCO DE EJEMPLO
CBU: 2850590994009041813526

Fecha;Fecha Valor;Concepto;Nº Comprobante;Débito;Crédito;Saldo
01/09/26;;SALDO ANTERIOR;;;;100,00
01/09/26;02/09/26;TRANSF. 20-05536168-2 ÑANDÚ;77;;50,00;150,00
02/09/26;02/09/26;PAGO CT N83HYZ5LQV0PRE7K1MXW9D;78;170,00;;20,00-
02/09/26;02/09/26;PAGO CT;78;10,00;;30,00-
02/09/26;02/09/26;PAGO CT;78;10,00;;40,00-
03/09/26;;TOTALES;;190,00;50,00;40,00-
"""


def test_an_extract_with_everything_is_read():
    """Dates of two digits, a trailing minus, stated balances and totals, ids in the text, twins."""
    entries, statement = read(FULL.encode("cp1252"))
    first = entries[0]
    assert (first.place, first.booking_date) == ("line 6", date(2026, 9, 1))
    assert (first.value_date, first.bank_reference) == (date(2026, 9, 2), "77")
    assert first.counterparty is not None
    assert first.counterparty.tax_id == "20055361682"
    assert first.remittance == "TRANSF. 20-05536168-2 ÑANDÚ"
    assert entries[1].coelsa_id == "N83HYZ5LQV0PRE7K1MXW9D"
    assert [each.amount_minor for each in entries] == [5000, -17000, -1000, -1000]
    assert [each.balance_after_minor for each in entries] == [15000, -2000, -3000, -4000]
    assert (statement.account, statement.currency) == ("2850590994009041813526", "ARS")
    assert (statement.opening_minor, statement.closing_minor) == (10000, -4000)
    assert (statement.balance_closes, statement.controls_match) == (True, True)


NEWEST_FIRST = (
    SIGNED + "03/09/2026;C;-5,00;20,00\n02/09/2026;B;10,00;25,00\n01/09/2026;A;15,00;15,00\n"
)


@pytest.mark.parametrize(
    "text, expected",
    [
        pytest.param(NEWEST_FIRST, [-500, 1000, 1500], id="newest first"),
        pytest.param(
            "Fecha,Concepto,Importe,Saldo\n"
            '1/9/26,SALDO INICIAL,,"1.000,00"\n1/9/26,A,"500,00-","500,00"\n',
            [-50000],
            id="trailing minus, comma between",
        ),
        pytest.param(
            SIGNED + "1/9/26;SALDO ANTERIOR;;9,00\n1/9/26;A;5,00;4,00\n2/9/26;B;1,00;5,00\n",
            [-500, 100],
            id="sign by balance",
        ),
        pytest.param(
            SIGNED + "2/9/26;B;1,00;5,00\n1/9/26;A;5,00;4,00\n1/9/26;SALDO ANTERIOR;;9,00\n",
            [100, -500],
            id="sign by balance, newest first",
        ),
        pytest.param(
            SIDES + "1/9/26;A;-5,00;;4,00\n2/9/26;B;;1,00;5,00\n",
            [-500, 100],
            id="debits printed negative",
        ),
        pytest.param(
            SIDES + "1/9/26;A;5,00;0,00;4,00\n2/9/26;B;0,00;1,00;5,00\n", [-500, 100], id="zeros"
        ),
        pytest.param(
            "Fecha\tConcepto\tDébito en $\tCrédito en $\tSaldo en $\n"
            "1/9/26\tA\t$ 1.005,10\t\t$ 4,00\n",
            [-100510],
            id="currency signs, tabs",
        ),
        pytest.param(
            "Fecha;Concepto;Importe;D/C;Saldo\n1/9/26;A;5,00;D;4,00\n1/9/26;B;1,00;C;5,00\n",
            [-500, 100],
            id="a word tells the sign",
        ),
        pytest.param(
            'Fecha,Detalle,Débito,Crédito,Saldo\n2026-09-01,A,"1,005.00",,4.50\n',
            [-100500],
            id="points",
        ),
        pytest.param(
            "Fecha ; Concepto ; Débito ; Crédito ; Saldo\n1/9/26 ; A ; 5,00 ; ; 4,00 \n",
            [-500],
            id="blanks around",
        ),
        pytest.param(
            SIDES + "1/9/26;A;5,00;;4,00\n" + SIDES + "2/9/26;B;;1,00;5,00\n\nFin del informe\n",
            [-500, 100],
            id="header repeated, note at the end",
        ),
        pytest.param(
            SIGNED + "1/9/26;A;-1.234;4.500\n", [-123400], id="thousands without decimals"
        ),
        pytest.param(SIDES + "1/9/26;A;0,00;0,00;4,00\n", [0], id="nothing moved"),
    ],
)
def test_each_layout_gives_its_amounts(text: str, expected: list[int]):
    """Whatever the order of columns and rows, and wherever the sign stands."""
    assert amounts(text) == expected
    header = text.split("\n", maxsplit=1)[0].replace(",", ";").replace("\t", ";")
    assert extract.recognises(header.split(";"))


def test_the_last_balance_in_time_closes():
    """Newest first, that is the first row's."""
    _, statement = read(NEWEST_FIRST)
    assert (statement.closing_minor, statement.balance_closes) == (2000, True)
    assert (statement.first_day, statement.last_day) == (date(2026, 9, 1), date(2026, 9, 3))


def test_a_balance_that_does_not_follow_is_told_not_changed():
    """Both values are said with their line; the entries are as written."""
    entries, statement = read(
        SIGNED + "1/9/26;A;-5,00;4,00\n2/9/26;B;1,00;6,00\n3/9/26;C;1,00;7,00\n"
    )
    assert [each.balance_after_minor for each in entries] == [400, 600, 700]
    assert statement.balance_closes is False
    assert statement.disagreement == "line 3: balance 600, but the rows before it lead to 500"


def test_totals_that_differ_are_told():
    """The file's own totals are its control."""
    _, statement = read(SIDES + "1/9/26;A;5,00;;4,00\n;TOTALES;6,00;0,00;\n")
    assert statement.controls_match is False
    assert statement.disagreement == "line 3: total debit 600, but the rows add up to 500"


def test_a_movement_that_only_begins_like_a_mark_is_a_movement():
    """A payee may be called Total; the whole text counts."""
    assert amounts(SIDES + "1/9/26;TOTAL SEGUROS S.A.;5,00;;4,00\n") == [-500]


def test_a_line_of_text_below_a_movement_belongs_to_it():
    """Some exports wrap long texts into a row of their own."""
    entries, _ = read(SIDES + "1/9/26;A;5,00;;4,00\n;sigue;;;\n2/9/26;B;;1,00;5,00\n")
    assert [each.remittance for each in entries] == ["A sigue", "B"]


def test_dollars_said_by_the_header_are_dollars():
    """A currency beside the names of the columns beats the default."""
    entries, statement = read(
        "Fecha;Concepto;Débito U$S;Crédito U$S;Saldo U$S\n1/9/26;A;5,00;;4,00\n"
    )
    assert (entries[0].currency, statement.currency) == ("USD", "USD")


@pytest.mark.parametrize(
    "text, expected",
    [
        (SIDES + "1/9/26;A;5,00;1,00;4,00\n", "line 2: Crédito '1,00' stands beside a debit"),
        (SIDES + "1/9/26;A;;;4,00\n", "line 2: Débito (blank) is no amount, and the other"),
        (
            SIDES + "1/9/26;A;5,00;;4,00\n1/9/26;B;5.00;;4,00\n",
            "line 3: Débito '5.00' has no decimal",
        ),
        (SIDES + "1/9/26;A;5,00;;4,00\n1/9/26;B\n", "line 3: 2 columns, but the header has 5"),
        (SIDES + "1/9/26;A;5,00;;4,00;9\n", "line 2: 6 columns, but the header has 5"),
        (SIDES + "nota\n1/9/26;A;5,00;;4,00\n", "line 2: 1 columns, but the header has 5"),
        (SIDES + "31/02/2026;A;5,00;;4,00\n", "line 2: Fecha '31/02/2026' is not a day of"),
        (SIDES + ";A;5,00;;4,00\n", "line 2: Fecha (blank) is not a date"),
        (SIDES + "1/9/26;A;12..34;;4,00\n", "line 2: Débito '12..34' is not a number"),
        (SIDES + "1/9/26;A;5,005;;4,00\n", "line 2: Débito '5,005' has more decimals than ARS"),
        (
            SIDES + "1/9/26;A;5,00;;4,00\n2/9/26;B;-5,00;;4,00\n",
            "line 3: Débito '-5,00' has another",
        ),
        (
            SIGNED + "1/9/26;A;5,00;4,00\n1/9/26;B;3,00;1,00\n",
            "line 2: Importe '5,00' has no balance",
        ),
        (
            SIGNED + "1/9/26;A;5,00;4,00\n1/9/26;B;5,00;-1,00\n",
            "file: nothing tells whether the amounts are debits",
        ),
        (SIDES + "1/9/26;A;5,00;;-4,00\n1/9/26;B;5,00;;-9,0", "line 3: the file ends inside a row"),
        (SIDES + "1/9/26;A;5,00;;4,00-\n1/9/26;B;5,00;;9,00", "line 3: the file ends inside a row"),
        (SIDES + '1/9/26;"A;5,00;;4,00\n', "line 2: a quoted field does not end"),
        (
            SIDES.replace("Concepto", "Saldo") + "1/9/26;1,00;5,00;;4,00\n",
            "line 1: two columns could",
        ),
        (SIDES + f"1/9/26;{'A' * 2001};5,00;;4,00\n", "line 2: a text of more than 2000"),
    ],
)
def test_a_bad_extract_is_refused_with_its_line(text: str, expected: str):
    """Whole, with the place, the column and the value."""
    assert refused(text).startswith(expected)


def test_plain_rows_at_once_and_one_by_one_are_the_same():
    """An unusual cell takes its whole batch the slow way; nothing of the result shows it."""
    rows = [f"{1 + day % 28:02}/09/2026;T{day};{day % 7}1,00;;-{day},00\n" for day in range(2500)]
    plain, told = read(SIDES + "".join(rows))
    rows[1200] = rows[1200].replace(";T1200;", ";T1200 ;").replace(",00;;", ",0;;")
    other, also_told = read(SIDES + "".join(rows))
    assert other == plain
    assert also_told == told
    assert len(plain) == 2500


def test_a_plain_table_is_no_extract():
    """Without a saldo a Spanish table is a plain one, in pesos; an English one says no currency."""
    spanish, english = "Fecha;Concepto;Importe\n1/9/26;A;-5,00\n", "date,amount\n2026-09-01,-5.00\n"
    for text, currency in ((spanish, "ARS"), (english, None)):
        entry, statement = plain_csv.read(io.BytesIO(text.encode()))
        assert isinstance(entry, Entry)
        assert isinstance(statement, Statement)
        assert (entry.amount_minor, entry.currency) == (-500, currency)
        assert (statement.currency, statement.balance_closes) == (currency, None)
        assert not extract.recognises(text.split("\n", maxsplit=1)[0].replace(",", ";").split(";"))


def test_accounts_of_one_table_are_statements_of_their_own():
    """Also where their rows stand mixed; a formula in a text stays as it is."""
    text = "date,amount,account,details\n" + "".join(
        f"2026-09-0{day},{day}.00,{account},=cmd|'x'!A{day}\n"
        for day, account in ((1, "A"), (2, "B"), (3, "A"))
    )
    one, three, of_a, two, of_b = plain_csv.read(io.BytesIO(text.encode()))
    assert [getattr(each, "amount_minor", None) for each in (one, three, two)] == [100, 300, 200]
    assert [getattr(each, "account", None) for each in (of_a, of_b)] == ["A", "B"]
    assert getattr(one, "remittance", None) == "=cmd|'x'!A1"


def test_an_unknown_currency_is_refused():
    """XXX is no money."""
    with pytest.raises(Unreadable, match="XXX"):
        list(plain_csv.read(io.BytesIO(b"date,amount,currency\n2026-09-01,1.00,XXX\n")))


TEXTS = ("", " ", "Pago", " DEBIN 30-71599322-3", "Saldo inicial", "N83HYZ5LQV0PRE7K1MXW9D")
OTHERS = ("", "a\tb ", "7" * 64, "7" * 65, "30715993223")


@pytest.mark.parametrize("texts", [*product(TEXTS, TEXTS, OTHERS)])
def test_rows_of_many_columns_are_read_at_once_as_one_by_one(texts: tuple[str, ...]) -> None:
    """Several texts and columns that no field is for are the same, however rows are taken."""
    text = (
        "Fecha;Concepto;Detalle;Sucursal;Importe;Saldo\n"
        f"01/10/2026;{';'.join(texts)};1,00;1,00\n02/10/2026;Pago;Varios;3;1,00;2,00\n"
    )
    at_once = read(text)
    with mock.patch("adapters.statements.tabular._Reading._at_once", return_value=None):
        assert read(text) == at_once


PARTS = """\
Movimientos del Día
Cuenta Corriente en Pesos Nro. 067-093708/3
Fecha;Concepto;Referencia;Importe Pesos;Saldo Pesos
05/08/2026;Débito;;(8,50);91,50

Últimos Movimientos
Cuenta Corriente en Pesos Nro. 067-093708/3
Fecha;Concepto;Referencia;Importe Pesos;Saldo Pesos
04/08/2026;Cobro;122;60,00;100,00
03/08/2026;Pago;;(10,00);40,00
"""


def test_a_list_in_parts_is_one_where_all_are_of_one_account():
    """The day's movements and those before it, each under a title and the header again."""
    entries, statement = read(PARTS)
    assert [each.amount_minor for each in entries] == [-850, 6000, -1000]
    assert [each.bank_reference for each in entries] == [None, "122", None]
    assert (statement.closing_minor, statement.balance_closes) == (9150, True)
    head, below = PARTS.rsplit("Últimos", 1)
    for old, new in (("093708", "093709"), ("en Pesos", "en Dólares")):
        said = refused(head + "Últimos" + below.replace(old, new))
        assert said == "line 8: the header again, below what may be another account"
    other_header = PARTS.replace("Fecha;", "Día;").replace("Día;", "Fecha;", 1)
    assert refused(other_header).startswith("line 8: Fecha")


def test_a_blank_reference_is_none():
    """However rows are read: at once, or one by one."""
    for rows in ("1/9/26;A;;1,00\n", "1/9/26;A;;1,00\n2/9/26;B; ;1,00\n3/9/26;B;-;(1,00)\n"):
        entries = [*plain_csv.read(io.BytesIO(f"Fecha;Concepto;Ref;Importe\n{rows}".encode()))]
        assert getattr(entries[0], "bank_reference", "") is None


def test_a_movement_that_is_not_booked_says_so():
    """Pending and rejected ones are told and move no balance."""
    words = ("Booked", "PENDING", "Failed", "Completed", "")
    rows = "".join(f"2026-09-01,1.00,{word}\n" for word in words)
    records = plain_csv.read(io.BytesIO(f"Date,Amount,Status\n{rows}".encode()))
    said = [each.status for each in records if isinstance(each, Entry)]
    assert said == ["BOOK", "PDNG", "INFO", "BOOK", "BOOK"]
