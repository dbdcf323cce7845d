"""Columns of Mercado Pago's two reports, in their three languages.

After the public glossaries; which columns a file has is chosen by the merchant.
"""

from __future__ import annotations

from adapters.statements.layouts import Layout, names_in, other_names

_ALSO = """
external reference: codigo de referencia, codigo de referencia externa, referencia externa
source id: id de operacion en mercado pago, id de operacion, id da operacao no mercado pago
description: descripcion, descricao
record type: tipo de registro
date: fecha de liberacion, fecha de liquidacion, data de liberacao, data da liberacao, release date
net credit amount: monto neto acreditado, valor liquido creditado, credito neto, net credit
net debit amount: monto neto debitado, valor liquido debitado, debito neto, net debit
gross amount: monto bruto de la operacion, monto bruto, valor bruto da operacao, valor bruto
mp fee amount: comision de mercado pago, comision de mercado pago o mercado libre
mp fee amount: comision de mercado pago o mercado libre incluye iva
mp fee amount: tarifa do mercado pago ou mercado livre
financing fee amount: comision por ofrecer cuotas sin interes, costo por ofrecer cuotas sin interes
financing fee amount: tarifa por oferecer parcelamento sem juros
shipping fee amount: costo de envio, custo de envio, tarifa de envio
taxes amount: impuestos cobrados por retenciones iibb, impuestos cobrados por retenciones
taxes amount: impuestos cobrados, impostos cobrados por retencoes iibb
taxes disaggregated: impuestos desagregados, desglose de impuestos, impostos desagregados
balance amount: saldo, balance
currency: moneda, moeda
payout bank account number: cuenta de destino del retiro
payer name: nombre de quien hace el pago, pagador
payer id number: numero de identificacion del pagador
order id: id de la orden
transaction type: tipo de transaccion, tipo de transacao
transaction amount: valor de la compra, monto de la operacion, valor da compra
transaction date: fecha de origen, data de origem
settlement date: fecha de aprobacion, data de aprovacao
fee amount: comisiones iva, comisiones, tarifas iva, tarifas
settlement net amount: monto neto de la operacion que impacto tu dinero
settlement net amount: monto neto de la operacion que impacto en tu dinero
settlement net amount: valor liquido da operacao que impactou no dinheiro
settlement currency: moneda de la liquidacion, moeda da liquidacao
mkp fee amount: comision de mercado libre iva, comision de mercado libre
money release date: fecha de liberacion del dinero, fecha de liberacion del cobro
"""
"""Columns by their names in capitals, and how reports in Spanish and Portuguese call them."""

_NAME_OF = other_names(_ALSO)

RELEASE = Layout(
    signature=names_in(
        "record type, net credit amount, net debit amount, mp fee amount, gross amount,"
        "financing fee amount, balance amount, source id"
    ),
    signature_least=3,
    required=(
        ("date",),
        ("record type",),
        ("description",),
        ("net credit amount",),
        ("net debit amount",),
    ),
    amounts=names_in(
        "net credit amount, net debit amount, gross amount, mp fee amount, financing fee amount,"
        "shipping fee amount, taxes amount, balance amount"
    ),
    currency="currency",
    also=_NAME_OF,
)
SETTLEMENT = Layout(
    signature=names_in(
        "transaction type, settlement net amount, transaction amount, transaction date,"
        "fee amount, settlement date, real amount, mkp fee amount, money release date"
    ),
    signature_least=3,
    required=(
        ("transaction date", "settlement date"),
        ("transaction type",),
        ("settlement net amount",),
    ),
    amounts=names_in(
        "transaction amount, settlement net amount, fee amount, mkp fee amount, taxes amount"
    ),
    currency="settlement currency",
    # These words mean other columns here than in a release report.
    also=_NAME_OF
    | {
        "tipo de operacion": "transaction type",
        "moneda": "transaction currency",
        "moeda": "transaction currency",
        "fecha de liberacion": "money release date",
    },
)
