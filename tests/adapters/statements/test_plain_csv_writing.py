"""What is written as a plain CSV is read back the same."""

from __future__ import annotations

import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.statements import plain_csv
from adapters.statements.model import Entry, Party, Statement
from adapters.statements.plain_csv_writing import write

WORDS = st.text("abc ñ;,\"'|=@\n.-5", min_size=1, max_size=20).map(str.strip).filter(bool)
IDS = st.none() | st.text("ABC123", min_size=1, max_size=16)
UETRS = st.none() | st.uuids(version=4).map(str)
DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@st.composite
def statements(draw: st.DrawFn) -> list[Entry]:
    currency = draw(st.sampled_from(["ARS", "JPY", "CLF"]))  # 1.000 dinars could be a thousand
    amounts = draw(st.lists(st.integers(-(10**15), 10**15), max_size=4))
    balance = draw(st.integers(-(10**15), 10**15)) - sum(amounts)
    entries: list[Entry] = []
    for line, amount in enumerate(amounts):
        balance += amount
        party = Party(name=draw(IDS), account=draw(IDS), bank=draw(IDS))
        entries.append(
            Entry(
                place=f"entry {line}",
                amount_minor=amount,
                currency=currency,
                booking_date=draw(DAYS),
                value_date=draw(st.none() | DAYS),
                reversal=draw(st.booleans()),
                end_to_end_id=draw(IDS),
                uetr=draw(UETRS),
                bank_reference=draw(IDS),
                coelsa_id=draw(IDS),
                remittance=draw(st.none() | WORDS.filter(lambda text: not text.startswith("c"))),
                counterparty=None if party == Party() else party,
                balance_after_minor=balance,
            )
        )
    return entries


@settings(max_examples=50)
@given(statements())
def test_what_is_written_is_read_back(entries: list[Entry]):
    """Every field that has a column comes back exactly, and the balances close."""
    text = io.StringIO(newline="")
    write(entries, text, account="ACC-1")
    *read, statement = plain_csv.read(io.BytesIO(text.getvalue().encode()))
    assert all(isinstance(each, Entry) for each in read)
    assert [unplaced(each) for each in read] == [unplaced(each) for each in entries]
    assert isinstance(statement, Statement)
    assert statement.account == ("ACC-1" if entries else None)
    assert statement.balance_closes is (True if len(entries) > 1 else None)


def unplaced(entry: object) -> dict[str, object]:
    assert isinstance(entry, Entry)
    return {name: getattr(entry, name) for name in entry.__struct_fields__ if name != "place"}


def test_an_entry_without_a_currency_cannot_be_written():
    """An amount without a currency has no decimals that could be written."""
    entry = Entry(
        place="line 2",
        amount_minor=1,
        currency=None,
        booking_date=date(2026, 1, 2),
        value_date=None,
    )
    with pytest.raises(ValueError, match="line 2"):
        write([entry], io.StringIO(), account="A")
