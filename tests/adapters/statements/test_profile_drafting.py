"""Drafts of profiles: what a file tells of itself, what it leaves open, what a draft reads."""

from __future__ import annotations

import gzip
import io
from random import Random
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.statements.model import Unreadable
from adapters.statements.profile_drafting import SHOWN_ENTRIES, Draft, Read, draft_profile, read_by
from adapters.statements.profiles import Profile, load_profile
from tests.fixtures.fuzzing import FUZZED

EXTRACT = (
    "Banco del Sur\nFecha;Concepto;Débito;Crédito;Saldo\n2/9/26;B;;1,00;5,00\n1/9/26;A;5,00;;4,00\n"
)


def drafted(content: str | bytes) -> Draft:
    """The draft of a file."""
    return draft_profile(io.BytesIO(_bytes(content)), name="mine")


def profile_of(content: str | bytes) -> Profile:
    """The profile that was drafted from a file."""
    return load_profile(drafted(content).text.encode())


def read_back(content: str | bytes) -> Read:
    """What a draft reads of the file that it was drafted from."""
    return read_by(io.BytesIO(_bytes(content)), profile_of(content))


def amounts(read: Read) -> list[int]:
    """Its amounts, where all of it was read."""
    assert read.refusal is None
    return [each.amount_minor for each in read.entries]


def asked(content: str | bytes) -> set[str]:
    """The keys that a draft asks about."""
    return {question.partition(": ")[0] for question in drafted(content).questions}


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def workbook(*rows: list[Any]) -> bytes:
    """A worksheet of these rows."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(content := io.BytesIO())
    return content.getvalue()


def test_a_draft_reads_the_file_it_was_drafted_from():
    """Its columns, style, sign and order are those of the file."""
    profile = profile_of(EXTRACT)
    assert (profile.name, profile.format, profile.decimal) == ("mine", "ar-extract", "comma")
    assert (profile.sign, profile.order) == ("sides", "newest-first")
    assert (profile.columns.text, profile.separator) == (("Concepto",), ";")
    read = read_back(EXTRACT)
    assert (amounts(read), read.count) == ([100, -500], 2)
    assert read.statements[0].balance_closes
    assert drafted(EXTRACT).known_as == "ar-extract"


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(EXTRACT.encode()),
        EXTRACT.encode("cp1252"),
        workbook(["Banco"], ["Fecha", "Concepto", "Débito", "Crédito", "Saldo"],
                 ["2/9/26", "B", None, "1,00", "5,00"], ["1/9/26", "A", "5,00", None, "4,00"]),
        '{"Fecha":"2/9/26","Concepto":"B","Débito":"","Crédito":"1,00","Saldo":"5,00"}\n'
        '{"Fecha":"1/9/26","Concepto":"A","Débito":"5,00","Crédito":"","Saldo":"4,00"}\n',
    ],
    ids=["gzip", "cp1252", "xlsx", "jsonl"],
)  # fmt: skip
def test_a_table_may_come_in_any_dress(content: str | bytes):
    """Packed, in another encoding, in a workbook, as JSON Lines: the same entries."""
    assert amounts(read_back(content)) == [100, -500]


def test_columns_of_unknown_names_are_told_by_their_cells():
    """Days with the month first, an amount, the balance that follows from it, the longest text."""
    content = (
        "Bank;;;;\nWann;Nr;Was;Wieviel;Stand;Geld\n"
        "01/13/2026;7;Miete für Mai;-1.234,50;10.000,00;EUR\n"
        "01/14/2026;8;Verkauf;2.000,00;12.000,00;EUR\n01/15/2026;9;x;(3,50);11.996,50;EUR\n"
    )
    columns = profile_of(content).columns
    assert (columns.booking_date, columns.amount, columns.balance) == (
        ("Wann",),
        ("Wieviel",),
        ("Stand",),
    )
    assert (columns.text, columns.currency) == (("Was",), ("Geld",))
    assert profile_of(content).date == "m/d/yyyy"
    assert amounts(read_back(content)) == [-123450, 200000, -350]
    assert {"columns", "account", "date"} == asked(content)


@pytest.mark.parametrize(
    "rows, debit, credit",
    [
        ("1/9/26;;5,00;15,00\n2/9/26;3,00;;12,00\n3/9/26;;1,00;13,00\n", "Y", "Z"),
        ("1/9/26;5,00;;15,00\n2/9/26;;3,00;12,00\n3/9/26;1,00;;13,00\n", "Z", "Y"),
        ("3/9/26;;1,00;13,00\n2/9/26;3,00;;12,00\n1/9/26;;5,00;15,00\n", "Y", "Z"),
    ],
)
def test_the_balance_tells_which_of_two_columns_is_the_debit(rows: str, debit: str, credit: str):
    """Down the table or up it."""
    content = f"W;Y;Z;S\n{rows}"
    columns = profile_of(content).columns
    assert (columns.debit, columns.credit, columns.balance) == ((debit,), (credit,), ("S",))
    assert read_back(content).statements[0].balance_closes


def test_sides_without_a_balance_are_asked_for():
    """The first one is taken for the debit, and that is no certainty."""
    content = "W;Y;Z\n1/9/26;;5,00\n2/9/26;3,00;\n"
    assert profile_of(content).columns.debit == ("Y",)
    assert "columns: no balance tells which of Y and Z is the debit" in drafted(content).questions


@pytest.mark.parametrize(
    "content, key",
    [
        ("Date,Amount\n2026-09-01,5.00\n2026-09-02,-5.00\n", "currency"),
        ("Fecha;Importe\n1/9/26;5,00\n", "currency"),
        ("Date,Amount,Currency\n01/02/2026,-5.00,USD\n", "date"),
        ("Fecha;Importe\n09/13/2026;-5,00\n08/10/2026;5,00\n", "date"),
        ("Date,Text,Amount\n2026-09-01,a,5.00\n2026-09-02,b,5.00\n", "sign"),
        ("Date,Amount\n2026-09-01,-5.00\n", "columns.text"),
        ("Date,Amount,Foo\n2026-09-01,-5.00,1\n", "columns"),
        ("Date,Amount\n2026-09-01,-5.00\n", "account"),
        ("Day,Text,Sum,Net\n2026-09-01,a,-5.00,-4.00\n", "columns.amount"),
        ("Date;Amount;Currency\n2026-09-01;1,234;KWD\n", "decimal"),
        ("Date,Amount\n", "decimal"),
    ],
)
def test_what_the_file_does_not_tell_is_asked_for(content: str, key: str):
    """By the key that would say it; the question stands in the draft too."""
    assert key in asked(content)
    assert f"# ? {key}: " in drafted(content).text


def test_what_the_file_tells_is_not_asked_for():
    """An account, a currency, days, signs and a text: nothing is left open."""
    content = (
        "Account 0110599520000001234569\nDate;Description;Amount;Currency\n"
        "20/09/2026;Sale;-5,00;ARS\n"
    )
    assert asked(content) == set()


def test_two_words_beside_amounts_without_a_sign_are_pointed_at():
    """Credits only is rarely meant: the question says which column may tell, and what to write."""
    content = "Fecha;Glosa;Monto;Lado\n20/11/26;Pago;5,00;BAJA\n21/11/26;Venta;5,00;ALZA\n"
    (question,) = [each for each in drafted(content).questions if each.startswith("sign")]
    assert "if Lado tells" in question
    assert "for ALZA and BAJA" in question
    assert profile_of(content).columns.text == ("Glosa",)


def test_words_that_only_their_counterpart_explains_stand_in_the_draft():
    """SALE is no debit everywhere: the profile says that it is one here, and reads the file."""
    content = "Fecha;Glosa;Monto;Lado\n20/11/26;Pago;5,00;SALE\n21/11/26;Venta;2,00;ENTRA\n"
    profile = profile_of(content)
    assert (profile.sign, profile.debit_words, profile.credit_words) == (
        "indicator",
        ("SALE",),
        ("ENTRA",),
    )
    assert amounts(read_back(content)) == [-500, 200]


def test_a_balance_of_another_name_is_found_and_its_first_row_is_asked_for():
    """Balances follow from amounts whatever their column is called, and then tell the signs."""
    content = (
        "Fecha;Glosa;Monto;Lado;Queda;Op.\n19/11/26;Arrastre;;;10,00;\n"
        "20/11/26;Venta;5,00;ALZA;15,00;7,00\n21/11/26;Pago;6,00;BAJA;9,00;\n"
    )
    draft, profile = drafted(content), profile_of(content)
    assert (profile.columns.balance, profile.sign) == (("Queda",), "balance")
    (question,) = [each for each in draft.questions if each.startswith("rows: ")]
    assert question.startswith("rows: line 2 has no amount; if it states a balance")
    corrected = load_profile(draft.text.replace("opening: [", "opening: [Arrastre, ").encode())
    assert amounts(read_by(io.BytesIO(content.encode()), corrected)) == [500, -600]


@pytest.mark.parametrize("above, below", [("Saldo anterior;;", ""), ("", "Total;;\n")])
def test_rows_that_are_no_movements_do_not_hide_what_days_look_like(above: str, below: str):
    """The month comes first in every row that has an amount."""
    content = f"Date;Description;Amount\n{above}\n09/13/2026;x;-5.00\n{below}"
    assert profile_of(content).date == "m/d/yyyy"


def test_a_column_of_known_words_is_the_indicator_of_the_draft():
    """Whatever it is called: the rows themselves said that it tells debits from credits."""
    content = "Fecha;Concepto;Importe;Tipo\n20/11/26;a;5,00;D\n21/11/26;b;5,00;C\n"
    profile = profile_of(content)
    assert (profile.sign, profile.columns.indicator) == ("indicator", ("Tipo",))
    assert amounts(read_back(content)) == [-500, 500]


def test_only_the_first_entries_are_kept_and_all_are_counted():
    """A large file is read to its end, in little memory."""
    rows = "".join(f"2026-09-01,{n}.00\n" for n in range(1, 1001))
    read = read_back(f"Date,Amount\n{rows}")
    assert (len(read.entries), read.count) == (SHOWN_ENTRIES, 1000)


def test_a_refusal_comes_with_what_was_read_before_it():
    """Of rows that the draft was not made from."""
    rows = "".join(f"2026-09-01,{n}.00\n" for n in range(1, 1001))
    read = read_back(f"Date,Amount\n{rows}2026-09-01,x\n")
    assert read.refusal is not None
    assert read.refusal.place == "line 1002"
    assert len(read.entries) == SHOWN_ENTRIES


@pytest.mark.parametrize(
    "content, reason",
    [
        ("1;2\n", "no line is a header"),
        ("a;b;c\nd;e;f\n", "no line is a header with days and amounts"),
        ("", "the file is empty"),
        ("%PDF-1.7", "pdf is not read"),
        ("01,0110,UNIBANK,261120,0900,7,,,2/\n", "it is bai2, which is read without a profile"),
        ("{1:F01X}{2:O940X}{4:\n:20:1\n", "it is mt940, which is read without a profile"),
        ('[{"a": 1}]', "a JSON array is not read"),
        ('{"a": "b"}\n', "no line is a header with days and amounts"),
        ("Date,Amount\n2026-09-01,5.00,9\n", "3 columns, but the header has 2"),
    ],
)
def test_what_is_no_table_is_refused(content: str, reason: str):
    """With the place and the reason that a reader would give."""
    with pytest.raises(Unreadable, match=reason):
        drafted(content)


@given(st.integers(0, 2**32), st.sampled_from([EXTRACT, "W;Y;Z\n1/9/26;;5,00\n2/9/26;3,00;\n"]))
@settings(max_examples=FUZZED, deadline=None)
def test_damage_is_refused_or_drafted_and_never_a_trace(seed: int, content: str):
    """Cut, with bytes changed: a draft that is a profile, or a refusal."""
    random, damaged = Random(seed), bytearray(content.encode())
    for _ in range(random.randrange(4)):
        damaged[random.randrange(len(damaged))] = random.choice(b"\0\n;,\"'1a:#{}[]&*!\xff- ")
    try:
        text = drafted(bytes(damaged[: random.randrange(len(damaged) + 1)])).text
        load_profile(text.encode())
    except Unreadable:
        pass
