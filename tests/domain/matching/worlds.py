"""Small worlds whose keys collide on purpose: few payers, amounts and days, references alike.

Fees are zero, so that a payout is a plain sum and equals other amounts as often as possible.
"""

from __future__ import annotations

from hypothesis import strategies as st

from domain.matching.items import LineItem, PaymentItem
from tests.domain.matching.table import (
    NO_FEES,
    OTHER_SHOP,
    OTHER_SHOP_TAX,
    PAYER,
    PAYER_TAX,
    SHOP_TAX,
    STRANGER,
    STRANGER_TAX,
    Item,
    day,
    line,
    merchant,
    payment,
    reference_data,
)

REFERENCE = reference_data(
    merchant("M1", schedules=(NO_FEES,), max_held=3),
    merchant("M2", schedules=(NO_FEES,), max_held=3, payout_per_method=True),
    merchant("M3", schedules=(NO_FEES,), tax_id=SHOP_TAX, account=OTHER_SHOP),
)

REFERENCES = (
    "ORD-0000001234",
    "ORD-0000001235",
    "ORD-00000012345",
    "ORD-000000001234",  # of 16 characters
    "ORD-1234",
    "0000001234",
    "PV-000012",
    "FAC-A-0007-00005678",
    f"FAC-{STRANGER_TAX}-77",
    "PEDIDO/ALMACEN/2026/00000042",
)
END_TO_END_IDS = ("VRDPNEUTRS2NF2URRUFNLN", "K7Q2M4X9B3T6W8Z5C2D4F6")
ACCOUNTS = (PAYER, STRANGER, OTHER_SHOP)
TAX_IDS = (PAYER_TAX, STRANGER_TAX, SHOP_TAX, OTHER_SHOP_TAX)
AMOUNTS = (40_00, 60_00, 100_00, 100_01, 140_00, 160_00)
DOLLARS = 10_00
IN_PESOS = (11_830_00, 11_840_00)
"""Ten dollars at the rates of the 3rd and of the 4th."""

_maybe = st.sampled_from((None, None, True))


def _one_of(values: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return _maybe.flatmap(lambda yes: st.sampled_from(values) if yes else st.none())


@st.composite
def payments(draw: st.DrawFn, name: str) -> PaymentItem:
    """A payment of few merchants, payers, amounts and days."""
    created = draw(st.integers(2, 4))
    in_dollars = draw(st.integers(0, 7)) == 0
    return payment(
        name,
        DOLLARS if in_dollars else draw(st.sampled_from(AMOUNTS)),
        currency="USD" if in_dollars else "ARS",
        merchant=draw(st.sampled_from(("M1", "M1", "M2", "M3"))),
        created=day(created),
        expected=day(created + draw(st.sampled_from((0, 1, 1)))),
        method=draw(st.sampled_from(("transfer", "transfer", "debin", "card", "qr"))),
        reference=draw(st.none() | st.sampled_from(REFERENCES)),
        end_to_end_id=draw(_one_of(END_TO_END_IDS)),
        account=draw(st.none() | st.sampled_from(ACCOUNTS)),
        tax_id=draw(_one_of(TAX_IDS[:3])),
        cancelled=draw(st.integers(0, 15)) == 0,
    )


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """A reference, or what a bank makes of it."""
    reference = draw(st.sampled_from(REFERENCES))
    match draw(st.integers(0, 7)):
        case 0:
            return reference.lower().replace("-", " ")
        case 1:
            return reference.replace("-0", "-").replace("-0", "-")
        case 2:
            return reference[:16]
        case 3:
            return reference[:-1] + "9"
        case 4:
            return reference[:-2]
        case _:
            return reference


@st.composite
def texts(draw: st.DrawFn) -> str | None:
    """A few words, among them ids; sometimes cut to 35 characters, or that long by chance."""
    word = spellings() | st.sampled_from((*END_TO_END_IDS, *ACCOUNTS, *TAX_IDS, "TARJETAS", "QR"))
    words = draw(st.lists(word, max_size=3))
    if not words:
        return draw(st.sampled_from((None, "TRANSFERENCIA")))
    text = " ".join(("PAGO", *words))
    match draw(st.integers(0, 5)):
        case 0:
            return text[:35]
        case 1:
            return text.ljust(35) if len(text) < 35 else text[-35:]
        case _:
            return text


@st.composite
def lines(draw: st.DrawFn, name: str) -> LineItem:
    """A line that shows some of a payment's ids, or of several payments'."""
    value = draw(st.integers(1, 5))
    amount = draw(st.sampled_from((*AMOUNTS, *AMOUNTS, 200_00, *IN_PESOS)))
    delivery = draw(st.sampled_from(("1", "1", "1", "2")))
    return line(
        name,
        -amount if draw(st.integers(0, 7)) == 0 else amount,
        source=draw(st.sampled_from(("bank:017", "bank:017", "acquirer:A"))),
        currency=draw(st.sampled_from(("ARS",) * 9 + ("USD",))),
        value=day(value),
        booking=day(draw(st.sampled_from((3, 3, value)))),
        reference=draw(st.none() | spellings()),
        end_to_end_id=draw(_one_of(END_TO_END_IDS)),
        text=draw(st.none() | texts()),
        counterparty_account=draw(_one_of(ACCOUNTS)),
        counterparty_tax_id=draw(_one_of(TAX_IDS)),
        merchant=draw(st.sampled_from((None, None, "M1", "M2", "M3"))),
        statement=f"ST{delivery}",
        received_at=f"2026-03-0{6 + int(delivery)}T06:00:00-03:00",
    )


@st.composite
def copies(draw: st.DrawFn, original: LineItem, name: str) -> LineItem:
    """A line alike in everything, in the same delivery or in another one."""
    fields = {slot: getattr(original, slot) for slot in LineItem.__slots__}
    delivery = draw(st.sampled_from(("1", "2")))
    fields |= {
        "id": name,
        "settlement_id": name,
        "statement": f"ST{delivery}",
        "received_at": f"2026-03-0{6 + int(delivery)}T06:00:00-03:00",
    }
    return LineItem(**fields)


@st.composite
def worlds(draw: st.DrawFn) -> list[Item]:
    """Up to six payments and six lines, some of them copies."""
    known = [draw(payments(f"P{n}")) for n in range(1, draw(st.integers(1, 6)) + 1)]
    shown: list[LineItem] = []
    for n in range(1, draw(st.integers(1, 6)) + 1):
        if shown and draw(st.integers(0, 4)) == 0:
            shown.append(draw(copies(draw(st.sampled_from(shown)), f"L{n}")))
        else:
            shown.append(draw(lines(f"L{n}")))
    return [*known, *shown]


@st.composite
def planned_worlds(draw: st.DrawFn) -> list[Item]:
    """Lines made from payments, whole, in parts, for several or for twins; then what disturbs."""
    known = [draw(payments(f"P{n}")) for n in range(1, draw(st.integers(1, 4)) + 1)]
    if draw(st.booleans()):
        known += draw(twins(known[-1], len(known)))
    shown: list[LineItem] = []
    for _ in range(draw(st.integers(1, 3))):
        shown += draw(plans(known, len(shown)))
    if draw(st.integers(0, 2)) == 0:
        shown.append(draw(lines(f"L{len(shown) + 1}")))
    return [*known, *shown]


@st.composite
def twins(draw: st.DrawFn, of: PaymentItem, number: int) -> list[PaymentItem]:
    """One or two payments alike, ids and all if there are any."""
    fields = (
        "amount",
        "currency",
        "merchant",
        "created",
        "expected",
        "method",
        "account",
        "tax_id",
    )
    same = {name: getattr(of, name) for name in fields}
    if draw(st.booleans()):
        same |= {"reference": None, "end_to_end_id": None}
        of.reference = of.end_to_end_id = of.key = of.stripped_key = None
    more = draw(st.integers(1, 2))
    return [payment(f"P{n}", **same) for n in range(number + 1, number + more + 1)]


@st.composite
def plans(draw: st.DrawFn, known: list[PaymentItem], number: int) -> list[LineItem]:
    """The lines that settle a payment, or some of them, and what they show of it."""
    of, also = draw(st.sampled_from(known)), draw(st.sampled_from(known))
    evidence = draw(evidences(of))
    whole = draw(st.sampled_from(IN_PESOS)) if of.currency == "USD" else of.amount
    match draw(st.integers(0, 6)):
        case 0:
            amounts = [whole - 30_00, 30_00]
        case 1:
            amounts = [whole - 35_00, 15_00, 20_00]
        case 2:
            evidence |= {"reference": None, "text": f"{of.reference} Y {also.reference}"}
            amounts = [of.amount + also.amount]
        case 3:
            group = [one.amount for one in known if one.merchant == of.merchant and one.grouped]
            evidence = {"merchant": of.merchant, "source": "acquirer:A"}
            amounts = [sum(group) or whole]
        case 4:
            amounts = [whole, whole]
        case _:
            amounts = [whole, *([-whole] if draw(st.integers(0, 4)) == 0 else [])]
    value = of.expected + draw(st.sampled_from((0, 0, 0, 1, -1, -2)))
    return [
        line(f"L{number + n}", amount, value=value, booking=day(3), **evidence)
        for n, amount in enumerate(amounts, start=1)
        if amount
    ]


@st.composite
def evidences(draw: st.DrawFn, of: PaymentItem) -> dict[str, str | None]:
    """Some of what the payment is known by, sometimes with a text."""
    what = {
        "reference": of.reference,
        "end_to_end_id": of.end_to_end_id,
        "counterparty_account": of.account,
        "counterparty_tax_id": of.tax_id,
        "merchant": of.merchant,
    }
    kept = draw(st.sets(st.sampled_from(sorted(what)), min_size=1, max_size=3))
    text = draw(texts()) if draw(st.integers(0, 3)) == 0 else None
    return {"text": text, **{name: what[name] for name in sorted(kept)}}


any_world = planned_worlds() | worlds() | planned_worlds()
