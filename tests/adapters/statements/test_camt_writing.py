"""camt.053 as we write it: read back, it is what it was."""

from __future__ import annotations

import io
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.statements import camt
from adapters.statements.camt_writing import write
from adapters.statements.model import Charge, Detail, Entry, Party, Statement
from adapters.statements.values import known
from domain.money import EXPONENTS

WORDS = st.text("aZ09 &<>'\"ñ€🏦-/", min_size=1, max_size=12).map(known).filter(bool)
MAYBE = st.none() | WORDS
MINOR = st.integers(-(10**12), 10**12)
DAYS = st.none() | st.dates(date(1990, 1, 1), date(2100, 12, 31))
CURRENCIES = st.sampled_from(sorted(EXPONENTS))


@st.composite
def charges(draw: st.DrawFn) -> Charge:
    kind = draw(st.sampled_from(["ACQ_FEE", "VAT_21", "WH_SIRTAC", "OTHER"]))
    return Charge(
        kind=kind,
        source_text=kind,
        amount_minor=draw(MINOR.filter(bool)),
        rate_ppm=draw(st.none() | st.integers(0, 999_999)),
        included=draw(st.booleans()),
    )


@st.composite
def parties(draw: st.DrawFn) -> Party | None:
    account, name, bank = draw(MAYBE), draw(MAYBE), draw(MAYBE)
    tax_id = draw(st.none() | st.just("30-71234567-1"))
    if account is None and name is None and bank is None and tax_id is None:
        return None
    return Party(name=name, account=account and f"A{account}", tax_id=tax_id, bank=bank)


@st.composite
def details(draw: st.DrawFn, sign: int) -> Detail:
    amount = draw(st.none() | st.integers(1, 10**12))
    return Detail(
        amount_minor=None if amount is None else amount * sign,
        end_to_end_id=draw(MAYBE),
        uetr=draw(st.none() | st.uuids(version=4).map(str)),
        remittance=draw(MAYBE),
        counterparty=draw(parties()),
        return_reason=draw(st.none() | st.sampled_from(["AC04", "MD01"])),
    )


@st.composite
def entries(draw: st.DrawFn, currency: str, place: str) -> Entry:
    amount = draw(MINOR)
    lines = tuple(
        draw(st.lists(details(-1 if amount < 0 else 1), max_size=3)),
    )
    told = tuple(draw(st.lists(charges(), max_size=3)))
    taken = sum(charge.amount_minor for charge in told if charge.included)
    explained = taken != 0 and draw(st.booleans())
    only = lines[0] if len(lines) == 1 else None
    booked = draw(DAYS)
    return Entry(
        place=place,
        amount_minor=amount,
        currency=currency,
        booking_date=booked,
        value_date=draw(DAYS),
        timestamp=f"{booked}T10:15:00-03:00" if booked and draw(st.booleans()) else None,
        status=draw(st.sampled_from(["BOOK", "PDNG", "INFO"])),
        reversal=draw(st.booleans()),
        end_to_end_id=only and only.end_to_end_id,
        uetr=only and only.uetr,
        bank_reference=draw(MAYBE),
        transaction_code=draw(MAYBE),
        return_reason=only and only.return_reason,
        remittance=(only and only.remittance) or draw(MAYBE),
        structured_remittance=draw(MAYBE) if only else None,
        counterparty=only and only.counterparty,
        gross_minor=amount - taken if explained else None,
        charges=told,
        batch=draw(st.none() | st.integers(0, 99)),
        details=len(lines),
        detail_lines=lines,
    )


@st.composite
def files(draw: st.DrawFn) -> list[Entry | Statement]:
    records: list[Entry | Statement] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        place, currency = f"/camt.053/Stmt[{number}]", draw(CURRENCIES)
        count = draw(st.integers(0, 4))
        records += [draw(entries(currency, f"{place}/Ntry[{n + 1}]")) for n in range(count)]
        records.append(
            Statement(
                place=place,
                statement_id=draw(MAYBE),
                account=draw(MAYBE),
                currency=currency,
                opening_minor=draw(st.none() | MINOR),
                closing_minor=draw(st.none() | MINOR),
                balance_closes=None,
                controls_match=None,
                sequence=draw(st.none() | st.integers(1, 999).map(str)),
                page=draw(st.none() | st.integers(1, 9)),
                first_day=draw(DAYS),
                last_day=draw(DAYS),
                completeness="stated",
            )
        )
    return records


def _stored(records: list[Entry | Statement]) -> list[dict[str, object]]:
    """The records without what the reader concludes by itself."""
    concluded = {"balance_closes", "controls_match", "disagreement", "coelsa_id", "references"}
    return [
        {name: getattr(each, name) for name in each.__struct_fields__ if name not in concluded}
        for each in records
    ]


@settings(max_examples=60, deadline=None)
@given(files())
def test_what_is_written_is_read_back_the_same(records: list[Entry | Statement]) -> None:
    """Entries, details, charges, parties, balances and pages survive being written."""
    file = io.BytesIO()
    write(records, file)
    file.seek(0)
    assert _stored(list(camt.read(file))) == _stored(records)


def test_signs_that_xml_reserves_survive() -> None:
    """An ampersand and angle brackets in a text are written so that they are read."""
    text = 'a<b>&amp;"c"'
    entry = Entry(
        place="/camt.053/Stmt[1]/Ntry[1]",
        amount_minor=5,
        currency="ARS",
        booking_date=None,
        value_date=None,
        remittance=text,
    )
    statement = Statement(
        place="/camt.053/Stmt[1]",
        statement_id=text,
        account=text,
        currency="ARS",
        opening_minor=None,
        closing_minor=None,
        balance_closes=None,
        controls_match=None,
        completeness="stated",
    )
    file = io.BytesIO()
    write([entry, statement], file)
    file.seek(0)
    assert list(camt.read(file)) == [entry, statement]
