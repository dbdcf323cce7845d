"""What the rows of a table tell of all of them: style, sign, currency, whether the last was cut."""

from __future__ import annotations

import io

import pytest

from adapters.statements import plain_csv
from adapters.statements.extract import read as read_extract
from adapters.statements.model import Entry, Statement, Unreadable

ENGLISH = "Date,Description,Amount,Currency\n2026-10-02,x,"
SPANISH = "Fecha;Concepto;Importe\n02/10/2026;x;"
SIGNED = "Fecha;Concepto;Importe;Saldo\n"


def read(text: str) -> tuple[list[int], Statement]:
    reader = read_extract if "Saldo" in text else plain_csv.read
    *entries, statement = reader(io.BytesIO(text.encode()))
    assert isinstance(statement, Statement)
    return [each.amount_minor for each in entries if isinstance(each, Entry)], statement


def refused(text: str) -> str:
    with pytest.raises(Unreadable) as found:
        read(text)
    return f"{found.value.place}: {found.value.reason}"


@pytest.mark.parametrize(
    "text, expected",
    [
        pytest.param(SPANISH + "1.230\n", [123000], id="Spanish words, a point: thousands"),
        pytest.param(ENGLISH + '"1,500",USD\n', [150000], id="English words, a comma: thousands"),
        pytest.param(ENGLISH + "1.234,KWD\n", [1234], id="a currency of three decimals"),
        pytest.param(
            "date,amount,balance\n2026-10-01,1.500,1.500\n2026-10-02,500,2.000\n",
            [150000, 50000],
            id="the balances fit thousands alone",
        ),
        pytest.param(
            'Fecha;Importe;Saldo\n1/10/26;500;500\n2/10/26;"-1,500";"-1,000"\n',
            [50000, -150000],
            id="they fit thousands by a comma alone",
        ),
    ],
)
def test_groups_of_three_are_told_by_the_balances_or_by_custom(text: str, expected: list[int]):
    """A number that each style reads otherwise is read where the file itself leaves one reading."""
    assert read(text)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH + "10.005,ARS\n",
        ENGLISH + "1.500,ARS\n",
        ENGLISH + '"1,500",KWD\n',
        SPANISH + "10,005\n",
        SIGNED + "1/10/26;A;10,005;10,005\n2/10/26;B;10,005;20,010\n",
    ],
)
def test_groups_of_three_are_refused_where_custom_says_decimals(text: str):
    """A third decimal would be lost or a thousand made: nobody but a profile can say."""
    assert "has thousands or decimals" in refused(text)


def test_a_column_of_words_tells_the_sign_whatever_it_is_called():
    """Debits stay debits in a column of types; without a balance nothing else tells them."""
    for name in ("Tipo", "Tipo de Movimiento", "Naturaleza", "Type"):
        text = f"Fecha;{name};Importe\n1/10/26;Crédito;500,00\n2/10/26;DEBITO;1.230,00\n"
        assert read(text)[0] == [50000, -123000]
        text = f"Fecha;{name};Importe;Saldo\n1/10/26;Crédito;5,00;15,00\n2/10/26;DEBITO;2,00;13,00"
        assert read(text)[0] == [500, -200]
    assert read("Fecha;Signo;Importe\n1/10/26;+;5,00\n2/10/26;-;2,00\n")[0] == [500, -200]


def test_words_and_balances_tell_the_sign_of_the_first_row_together():
    """No balance stands before it, so the words do; they fit all balances that follow."""
    text = "Fecha;Tipo;Importe;Saldo\n1/10/26;Débito;5,00;15,00\n2/10/26;Crédito;2,00;17,00\n"
    assert read(text)[0] == [-500, 200]


def test_a_minus_in_a_column_of_signs_leaves_the_others_positive():
    """A blank beside amounts without a sign is a plus if the column holds a minus or nothing."""
    text = "Fecha;Signo;Importe;Saldo\n1/10/26;-;5,00;15,00\n2/10/26;;2,00;17,00\n"
    assert read(text)[0] == [-500, 200]


def test_an_unknown_word_beside_debits_refuses_the_file():
    """A column named for debits and credits is one, even if not all of its words are known."""
    text = "Fecha;D/C;Importe\n1/10/26;D;5,00\n2/10/26;X;2,00\n"
    assert refused(text) == "line 3: D/C 'X' says neither debit nor credit"
    assert "says neither debit nor credit" in refused(text.replace("X", ""))


def test_a_blank_amount_is_said_to_be_blank():
    """By its own column, also where a blank value date stands before it."""
    text = "Fecha;F. Valor;Concepto;Monto\n1/10/26;;A;5,00\n2/10/26;;B;\n"
    assert refused(text) == "line 3: Monto (blank) is not a number"


def test_words_tell_no_sign_where_the_amounts_do():
    """A kind of card is no direction where a minus or the balances say how amounts are signed."""
    text = "Fecha;Tipo;Importe\n1/10/26;Crédito;-5,00\n2/10/26;Débito;2,00\n"
    assert read(text)[0] == [-500, 200]
    text = "Fecha;Tipo;Importe;Saldo\n1/10/26;Crédito;5,00;5,00\n2/10/26;Débito;2,00;7,00\n"
    assert read(text)[0] == [500, 200]
    assert read("Fecha;Tipo;Importe\n1/10/26;Imputado;5,00\n")[0] == [500]


def test_a_wrong_balance_makes_no_debits_of_credits():
    """Days tell in which direction time runs; the balances of the other one are an accident."""
    text = "2/10/26;A;100,00;900,00\n3/10/26;B;50,00;951,00\n4/10/26;C;50,00;1.001,00\n"
    amounts, statement = read(SIGNED + text)
    assert (amounts, statement.balance_closes) == ([10000, 5000, 5000], False)


def test_a_plain_table_without_signs_is_signed_by_its_balances():
    """Debits of an English export without a minus are no credits."""
    text = (
        "date,amount,balance\n2026-10-01,5.00,15.00\n2026-10-02,2.00,13.00\n2026-10-03,1.00,14.00\n"
    )
    assert "no balance before it" in refused(text)
    opened = text.replace("2026-10-01,", "2026-09-30,,10.00\n2026-10-01,")
    assert "is not a number" in refused(opened)
    described = "date,description,amount,balance\n2026-09-30,Opening balance,,10.00\n" + "".join(
        line.replace(",", ",x,", 1) for line in text.splitlines(keepends=True)[1:]
    )
    assert read(described)[0] == [500, -200, 100]


def test_a_plain_table_whose_balances_follow_as_signed_is_signed():
    """Days out of order make no debits where each balance follows from the one above it."""
    text = "date,amount,balance\n2026-10-02,0.01,-0.01\n2026-10-01,0.01,0.00\n"
    assert read(text)[0] == [1, 1]


def test_a_sign_of_money_beside_the_amounts_tells_their_currency():
    """Only where all say the same, and the file says no other; a bare dollar sign is of pesos."""
    rows = "1/10/26;A;{0} 5,00;{0} 5,00\n"
    assert read(SIGNED + rows.format("U$S"))[1].currency == "USD"
    assert read(SIGNED + rows.format("€"))[1].currency == "EUR"
    assert read(SIGNED + rows.format("$"))[1].currency == "ARS"
    assert "is no amount of ARS" in refused(SIGNED + rows.format("US$") + rows.format("ARS"))
    assert "is no amount of USD" in refused("Moneda: USD\n" + SIGNED + rows.format("€"))


@pytest.mark.parametrize(
    "line",
    ["Cuenta: CA USD 123-4", "Extracto CUENTA CORRIENTE EN U$S", "C.A. (usd) 77", "Caja U$S 1"],
)
def test_the_account_before_the_table_tells_the_currency(line: str):
    """In the short forms of account and money too."""
    assert read(f"{line}\n{SIGNED}1/10/26;A;5,00;5,00\n")[1].currency == "USD"


def test_parentheses_are_negative():
    """As accountants write it, in either style."""
    assert read(ENGLISH + '"(1,234.56)",USD\n')[0] == [-123456]
    assert read(SIGNED + "1/10/26;A;(5,00);-5,00\n")[0] == [-500]


def test_a_last_row_without_the_balance_of_all_others_was_cut():
    """A row that ends at the separator before its balance is no whole row; a last blank may be."""
    rows = "1/10/26;A;5,00;5,00\n2/10/26;B;2,00;7,00\n3/10/26;C;2,00;"
    assert refused(SIGNED + rows) == "line 4: the file ends inside a row"
    assert read(SIGNED + rows + "\n")[0] == [500, 200, 200]
    assert read(SIGNED + rows.replace(";7,00", ";"))[0] == [500, 200, 200]


def test_a_file_that_ends_in_its_header_may_have_been_cut_there():
    """A header alone is an empty statement only if its line ends."""
    for header in (SIGNED.rstrip(), "Fecha;Importe;Sal"):
        assert refused(header) == "line 1: the file ends in its header"
        assert read(header + "\n")[0] == []


@pytest.mark.parametrize(
    "text, completeness",
    [
        (SIGNED + "1/10/26;A;5,00;5,00\n", "not-stated"),
        (SIGNED + "1/10/26;A;5,00;5,00\nSaldo final;;;5,00\n", "stated"),
        (SIGNED + "1/10/26;A;5,00;5,00\nTotales;;5,00;\n", "stated"),
        ("Saldo final: 5,00\n" + SIGNED + "1/10/26;A;5,00;5,00\n", "stated"),
        (SIGNED + "2/10/26;B;1,00;6,00\n1/10/26;A;5,00;5,00\nSaldo anterior;;;0,00\n", "stated"),
    ],
)
def test_a_table_is_all_there_where_something_behind_its_rows_says_so(text: str, completeness: str):
    """Totals, a closing balance, or the opening one where the newest row stands first."""
    _, statement = read(text)
    assert (statement.completeness, statement.balance_closes) != ("stated", False)
    assert statement.completeness == completeness


def test_a_closing_balance_above_the_table_shows_that_rows_are_missing():
    """The rows lead to another one, whether the file states an opening balance or not."""
    text = "Saldo final: 7,00\n" + SIGNED + "1/10/26;A;5,00;5,00\n"
    _, statement = read(text)
    assert statement.balance_closes is False
    assert statement.disagreement == "closing balance 700, but the rows lead to 500"
