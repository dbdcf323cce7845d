"""Words that tell debits from credits where amounts have no sign: known, paired, or refused."""

from __future__ import annotations

import io

import pytest

from adapters.statements.model import Entry, Unreadable
from adapters.statements.plain_csv import read


def amounts(*rows: str, header: str = "Fecha;Lado;Importe") -> list[int]:
    text = "\n".join((header, *(f"{1 + n}/10/26;{row}" for n, row in enumerate(rows))))
    records = read(io.BytesIO(f"{text}\n".encode()))
    return [each.amount_minor for each in records if isinstance(each, Entry)]


def refused(*rows: str, header: str = "Fecha;Lado;Importe") -> str:
    with pytest.raises(Unreadable) as found:
        amounts(*rows, header=header)
    return f"{found.value.place}: {found.value.reason}"


@pytest.mark.parametrize(
    "debit, credit",
    [
        *(("SALE", "ENTRA"), ("Egreso", "Ingreso"), ("Salida", "Entrada"), ("Cargo", "Abono")),
        *(("E", "I"), ("S", "E"), ("C", "A"), ("D", "A"), ("Deb.", "Cred."), ("Debe", "Haber")),
        *(("Saída", "Entrada"), ("Débito", "Crédito"), ("Out", "In"), ("Retiro", "Depósito")),
        *(("Money out", "Money in"), ("Nota de Débito", "Nota de Crédito"), ("N", "P")),
        *(("Envío", "Recepción"), ("Sent", "Received")),
    ],
)
@pytest.mark.parametrize(
    "header", ["Fecha;Lado;Importe", "Fecha;Concepto;Importe", "Fecha;Q;Monto"]
)
def test_words_in_common_use_tell_debits_from_credits(debit: str, credit: str, header: str):
    """By themselves or by the word beside them, whatever the column is called."""
    rows = f"{debit};5,00", f"{credit.upper()};2,00", f"{debit.lower()};1,00"
    assert amounts(*rows, header=header) == [-500, 200, -100]


def test_a_sale_is_a_credit_where_nothing_enters():
    """SALE is a Spanish debit beside its counterpart only: in English it is money that came."""
    assert amounts("SALE;5,00", "SALE;2,00", header="Date;Description;Amount") == [500, 200]


def test_unknown_words_beside_amounts_without_a_sign_refuse_the_file():
    """Taken for nothing they would make credits of all debits: column and word are named."""
    said = refused("Baja;5,00", "Alza;2,00", "Baja;1,00", header="Fecha;Q;Importe")
    assert said.startswith("line 2: Q says 'baja', and no amount has a sign")
    assert "Lado says 'baja'" in refused("Baja;5,00", "Alza;2,00")
    assert "Lado says 'sube'" in refused("Débito;5,00", "Sube;2,00", "Baja;1,00")
    assert "Concepto says 'venta'" in refused(
        "Venta;5,00", "Anula;2,00", "Venta;1,00", header="Fecha;Concepto;Importe"
    )
    assert "D C says 'x'" in refused("X;5,00", header="Fecha;D C;Importe")
    assert "Lado says 'baja'" in refused("Baja;5,00", ";2,00")


def test_columns_that_tell_something_else_leave_amounts_as_they_are():
    """A branch, a card, a person, or texts of many kinds are no direction; nor is one word."""
    for name in ("Sucursal", "Canal", "Tarjeta", "Medio de Pago", "Nombre del cliente"):
        rows = "Débito;5,00", "Crédito;2,00", "Débito;1,00"
        assert amounts(*rows, header=f"Fecha;{name};Importe") == [500, 200, 100]
    assert amounts("Norte;5,00", "Sur;2,00", "Este;1,00") == [500, 200, 100]
    assert amounts("Imputado;5,00", "Imputado;2,00", "Imputado;1,00") == [500, 200, 100]
    texts = "Fecha;Concepto;Importe"
    assert amounts("Venta;5,00", "Cobro;2,00", header=texts) == [500, 200]


def test_a_sign_of_their_own_makes_words_unimportant():
    """One minus anywhere tells that amounts are signed."""
    assert amounts("Baja;-5,00", "Alza;2,00", "Baja;-1,00") == [-500, 200, -100]


def test_a_balance_tells_what_unknown_words_do_not():
    """Where balances follow, no word is needed."""
    rows = "Alza;5,00;15,00", "Baja;2,00;13,00", "Baja;1,00;12,00"
    header = "Fecha;Lado;Importe;Saldo"
    assert "no balance before it" in refused(*rows, header=header)
    grown = "Alza;5,00;15,00", "Baja;2,00;17,00", "Baja;1,00;18,00"
    assert amounts(*grown, header=header) == [500, 200, 100]
