"""Argentine card settlements ("liquidaciones"), each a statement.

No acquirer publishes a file layout; this reads the columns that integrators know, under the names
that they go by: a row for each coupon, or one for a whole settlement. Every column of a fee, tax,
withholding or perception is a charge, totals of them are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from adapters.statements.layouts import RATE, Layout, names_in, other_names
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.processor import Key, Record, Tally, charges_of, open_report
from adapters.statements.table import normalised

FORMATS = ("ar-card",)

DEFAULT_CURRENCY = "ARS"

_ALSO = """
fecha pago: fecha de pago, fecha acreditacion, fecha de acreditacion, f pago, fec pago
liquidacion: nro liquidacion, numero liquidacion, numero de liquidacion, n liquidacion
liquidacion: nro de liquidacion, id liquidacion
establecimiento: nro establecimiento, numero de establecimiento, comercio, nro comercio
establecimiento: numero de comercio, nro de establecimiento
lote: nro lote, numero de lote, nro de lote
cupon: nro cupon, numero de cupon, nro de cupon, comprobante
marca: tarjeta, bandera
plan: cuotas, plan cuotas, plan de cuotas
venta: bruto, importe bruto, monto bruto, importe venta, importe de venta, monto venta, total bruto
venta: imp bruto, imp venta, ventas, monto de venta, total importe aceptado, importe aceptado
venta: total presentado
neto: importe neto, monto neto, neto a pagar, neto a cobrar, neto a liquidar, neto liquidado
neto: total neto, imp neto, importe neto a pagar, importe neto de pagos
tipo: tipo operacion, tipo de operacion, operacion, tipo movimiento
autorizacion: cod autorizacion, codigo autorizacion, codigo de autorizacion, nro autorizacion
moneda: divisa
"""

_CHARGE_WORDS = names_in(
    "arancel, aranceles, comision, comisiones, costo, cargo, cargos, descuento, descuentos, dto,"
    "interes, intereses, adelanto, anticipo, iva, ret, reten, retencion, retenciones, perc, percep,"
    "percepcion, percepciones, imp, impuesto, impuestos, ley, sirtac, sircupa, sircreb, iibb,"
    "ganancias, sellos, promo, qr, cob, per, servicio, reintento, reintentos, ajuste"
)
_NO_CHARGE_WORDS = names_in(
    f"{RATE}, base, tasa, alicuota, pct, tipo, codigo, cod, fecha, nro, numero, descripcion"
)
_KINDS = (
    (("2408",), "PERC_VAT_2408"),
    (("25413",), "TAX_25413_CR"),
    (("sircupa",), "WH_SIRCUPA"),
    (("sircreb",), "WH_SIRCREB"),
    (("sirtac",), "WH_SIRTAC"),
    (("perc", "iva"), "PERC_VAT_2408"),
    (("perc", "iibb"), "PERC_IIBB"),
    (("perc", "brutos"), "PERC_IIBB"),
    (("ret", "iva"), "WH_VAT_140"),
    (("ret", "ganancias"), "WH_INC_4011"),
    (("ret", "iibb"), "WH_SIRTAC"),
    (("ret", "brutos"), "WH_SIRTAC"),
    (("ganancias",), "WH_INC_4011"),
    (("iva", "10"), "VAT_10_5"),
    (("iva",), "VAT_21"),
    (("arancel",), "ACQ_FEE"),
    (("comision",), "ACQ_FEE"),
    (("adelanto",), "ADVANCE_FEE"),
    (("anticipo",), "ADVANCE_FEE"),
    (("fin",), "FIN_COST"),
    (("cuota",), "FIN_COST"),
    (("interes",), "FIN_COST"),
)
"""The charge kind of a column, by the beginnings of words that it holds: the first that fits."""

_UNDOING = ("contracargo", "contra cargo", "devolucion", "anulacion", "reverso")
_CURRENCIES = {
    "$": "ARS",
    "pesos": "ARS",
    "peso": "ARS",
    "032": "ARS",
    "u$s": "USD",
} | dict.fromkeys(("dolares", "dolar", "us$", "840"), "USD")


def _is_charge(name: str) -> bool:
    words = name.split()
    return bool(words) and words[0] in _CHARGE_WORDS and _NO_CHARGE_WORDS.isdisjoint(words)


def _is_total(cells: Sequence[str]) -> bool:
    """Whether a row says what others add up to."""
    first = next(filter(str.strip, cells), "")
    return normalised(first).startswith(("total", "subtotal", "sub total"))


_LAYOUT = Layout(
    signature=frozenset(
        {
            "fecha pago",
            "liquidacion",
            "establecimiento",
            "lote",
            "cupon",
            "arancel",
            "neto",
            "venta",
        }
    ),
    signature_least=4,
    required=(
        ("fecha pago",),
        ("liquidacion",),
        ("venta",),
        ("arancel",),
        ("neto",),
        ("plan", "tipo"),
    ),
    amounts=frozenset({"venta", "neto"}),
    groups=("liquidacion",),
    currency="moneda",
    is_spanish=True,
    also=other_names(_ALSO),
    is_charge=_is_charge,
    is_total=_is_total,
)


def recognises(header: Sequence[str]) -> bool:
    """Whether a header is that of a card settlement, its cells as written."""
    return _LAYOUT.recognises(header)


def read(stream: BinaryIO) -> Iterator[Entry | Statement]:
    """The entries of each settlement and its statement. Raises Unreadable."""
    report = open_report(stream, _LAYOUT)
    charges = [(name, report.header[at]) for name, at in report.columns.items() if _is_charge(name)]
    before = 0
    empty = True
    for liquidation, records in report.grouped():
        empty = False
        tally = Tally()
        yield from _liquidation(liquidation, records, charges, tally, before)
        before += sum(tally.sums.values())
    if empty:
        yield Tally().statement(None, controls_match=None, disagreement=None)


def _liquidation(
    liquidation: Key,
    records: Iterator[Record],
    charges: Sequence[tuple[str, str]],
    tally: Tally,
    before: int,
) -> Iterator[Entry | Statement]:
    """Entries, then the statement; `before` is what earlier ones in the file add up to."""
    controls: bool | None = None
    wrong: str | None = None
    for record in records:
        if not _is_total(record.cells):
            if liquidation is None:
                raise Unreadable(record.place, "liquidacion is empty")
            entry = _entry(record, charges)
            tally.add(entry, account=record.text("establecimiento"))
            yield entry
            continue
        stated = record.amount("neto", tally.currency or DEFAULT_CURRENCY)
        if stated is None:
            continue
        here = sum(tally.sums.values())
        if stated in (here, here + before):
            controls = controls is not False
        else:
            controls = False
            wrong = wrong or f"{record.place}: total {stated}, but the rows are {here}"
    yield tally.statement(liquidation, controls_match=controls, disagreement=wrong)


def _entry(record: Record, charges: Sequence[tuple[str, str]]) -> Entry:
    money = record.text("moneda")
    currency = (
        DEFAULT_CURRENCY if money is None else _CURRENCIES.get(money.casefold(), money.upper())
    )
    day = record.day_as_written("fecha pago")
    if day is None:
        raise Unreadable(record.place, "fecha pago is empty")
    net = record.due_amount("neto", currency)
    gross = record.due_amount("venta", currency)
    taken = [(name, record.amount(name, currency) or 0, source) for name, source in charges]
    whole = sum(amount for _, amount, _ in taken)
    # Charges are written without a sign, or with the one that they have: the net amount tells.
    sign = 1 if gross + whole == net != gross - whole else -1
    plan = record.text("plan")
    kind = f"{plan or ''} {record.text('tipo') or ''}"
    return Entry(
        place=record.place,
        amount_minor=net,
        currency=currency,
        booking_date=day,
        value_date=day,
        reversal=gross < 0 or any(word in normalised(kind) for word in _UNDOING),
        bank_reference=record.text("liquidacion"),
        references=record.references(
            lote="lote",
            cupon="cupon",
            auth_code="autorizacion",
            establecimiento="establecimiento",
        ),
        transaction_code=plan or record.text("tipo"),
        remittance=record.free_text("marca"),
        gross_minor=gross,
        charges=charges_of(
            gross=gross,
            net=net,
            parts=[(_kind_of(name), sign * amount, source) for name, amount, source in taken],
        ),
    )


def _kind_of(name: str) -> str:
    """The charge kind of a column."""
    words = name.split()
    for starts, kind in _KINDS:
        if all(any(word.startswith(start) for word in words) for start in starts):
            return kind
    return "OTHER"
