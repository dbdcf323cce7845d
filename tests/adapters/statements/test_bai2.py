"""BAI2: records and their continuations, what each becomes, controls, and what is refused."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.statements.bai2 import read
from adapters.statements.model import Entry, Statement, Unreadable
from tests.adapters.statements.processor_files import readings, survives

DAY = date(2026, 11, 20)
HEAD = "02,UNIBANK,0110,1,261120,2400,ARS,2/"
ACCOUNT = "03,0110599520000001234569,,010,100000,,,015,123400,,/"
SALE = "16,165,24400,Z,BANK-1,PED-7,SALE/"
FEE = "16,475,1000,0,BANK-2,,FEE/"


def made(*records: str, head: str = HEAD, end: str = "\n") -> bytes:
    """A file of one group of these records, with trailers that hold for what they are told of."""
    lines = ["01,0110,UNIBANK,261120,0900,7,,,2/", head, *records]
    return (end.join(lines) + end).encode()


def closed(*records: str, total: int, head: str = HEAD, end: str = "\n") -> bytes:
    """The same with an account around the records, each on one line, and right trailers."""
    count = len(records) + 1
    trailers = (f"49,{total},{count}/", f"98,{total},1,{count + 2}/", f"99,{total},1,{count + 4}/")
    return made(*records, *trailers, head=head, end=end)


def one(data: bytes) -> tuple[list[Entry], Statement]:
    """The only statement of a file, with its entries."""
    (found,) = readings(read, data)
    return found


def entry_of(*records: str) -> Entry:
    """The only entry, of a record 16 with its continuations."""
    ((found,), _) = one(closed("03,7,ARS,/", *records, total=500))
    return found


def refusal(data: bytes) -> tuple[str, str]:
    """Place and reason of a file that is refused."""
    with pytest.raises(Unreadable) as refused:
        readings(read, data)
    return refused.value.place, refused.value.reason


GOOD = closed(ACCOUNT, SALE, FEE, total=248800)


# What is read.


def test_an_account_with_its_balances_and_entries_is_a_statement():
    """Signs by type code, dates of the group, references in their places, balances as stated."""
    (sale, fee), statement = one(GOOD)

    assert (sale.amount_minor, sale.currency, sale.booking_date) == (24400, "ARS", DAY)
    assert (sale.bank_reference, sale.end_to_end_id, sale.remittance) == ("BANK-1", "PED-7", "SALE")
    assert (sale.value_date, sale.status, sale.reversal, sale.place) == (
        None,
        "BOOK",
        False,
        "line 4",
    )
    assert (fee.amount_minor, fee.end_to_end_id, fee.transaction_code) == (-1000, None, "475")
    assert (statement.account, statement.currency) == ("0110599520000001234569", "ARS")
    assert (statement.opening_minor, statement.closing_minor) == (100000, 123400)
    assert (statement.balance_closes, statement.controls_match) == (True, True)
    assert (statement.first_day, statement.last_day, statement.disagreement) == (DAY, DAY, None)


@pytest.mark.parametrize(
    "code, amount_minor",
    [
        ("100", 5),
        ("399", 5),
        ("400", -5),
        ("699", -5),
        ("721", 5),
        ("760", -5),
        ("930", 5),
        ("970", -5),
    ],
)
def test_the_type_code_gives_the_sign(code: str, amount_minor: int):
    """Credits to 399, debits to 699, and what loans and the bank's own codes say."""
    assert entry_of(f"16,{code},5,Z,,,/").amount_minor == amount_minor


@pytest.mark.parametrize(
    "funds, value_date",
    [
        ("", None),
        ("Z", None),
        ("0", None),
        ("1", None),
        ("2", None),
        ("V,261123,", date(2026, 11, 23)),
        ("V,991231,2400", date(1999, 12, 31)),
        ("V,,", None),
        ("S,100,200,200", None),
        ("S,,500,", None),
        ("D,0", None),
        ("D,2,0,300,1,200", None),
    ],
)
def test_a_funds_type_takes_its_own_fields_and_no_more(funds: str, value_date: date | None):
    """Whatever a funds type brings, the references after it stay where they are."""
    entry = entry_of(f"16,115,500,{funds},BANK-1,PED-7,TEXT/")

    assert entry.value_date == value_date
    assert (entry.bank_reference, entry.end_to_end_id, entry.remittance) == (
        "BANK-1",
        "PED-7",
        "TEXT",
    )


@pytest.mark.parametrize(
    "records, bank_reference, end_to_end_id, text",
    [
        (["16,165,500,,BANK-1,/", "88,FIRST/SECOND, THIRD", "88,FOURTH/"], "BANK-1", None,
         "FIRST/SECOND, THIRD FOURTH"),
        (["16,165,500,S,500,0,0/", "88,BANK-1,/", "88,TEXT OF IT"], "BANK-1", None, "TEXT OF IT"),
        (["16,165,500,Z,BANK-1/", "88,PED-7,TEXT"], "BANK-1", "PED-7", "TEXT"),
        (["16,165,500,V,261120,0638,BANK-1/", "88,TOTAL OF THE DAY/"], "BANK-1", None,
         "TOTAL OF THE DAY"),
        (["16,165,500,,,PED/7/2,A TEXT\nthat goes on/ in it/", "88,AND ON"], None, "PED/7/2",
         "A TEXT that goes on/ in it AND ON"),
        (["16,165,500,,,PED-7,ENDS/\n88:NOT A RECORD"], None, "PED-7", "ENDS/ 88:NOT A RECORD"),
        (["16,165,500,,NONREF,NOTPROVIDED,/"], None, None, None),
    ],
)  # fmt: skip
def test_continuations_go_on_where_the_record_ended(
    records: list[str], bank_reference: str | None, end_to_end_id: str | None, text: str | None
):
    """An 88 begins a new field or goes on with the text; text may hold slashes and line ends."""
    entry = entry_of(*records)

    assert (entry.bank_reference, entry.end_to_end_id) == (bank_reference, end_to_end_id)
    assert entry.remittance == text


@pytest.mark.parametrize(
    "records",
    [
        ["03,7,ARS,010,100,,,015/", "88,200,,/"],
        ["03,7,ARS,,,,,010,100,,,/", "88,,015,200,4,V,261120,/"],
        ["03,7,ARS,100,9,,D,3,0,2,1,3,3,4,010,100,,S,1,2,3/", "88,015,200,,Z/"],
        ["03,7,,010,100,,/", "88,015,200"],
    ],
)
def test_balances_are_found_wherever_records_break(records: list[str]):
    """A list may break between type code and amount; empty type codes are no balances."""
    _, statement = one(made(*records, "49,,/", "98,,,/", "99,,,/"))

    assert (statement.opening_minor, statement.closing_minor) == (100, 200)
    assert (statement.currency, statement.controls_match) == ("ARS", None)


def test_records_may_share_a_line():
    """After a slash and blanks another record begins, but never inside a text."""
    shared = GOOD.replace(b"/\n", b"/   ").replace(b"SALE", b"3/ 16, RUE / 88 A/49,1")

    (sale, fee), statement = one(shared)

    assert sale.remittance == "3/ 16, RUE / 88 A/49,1"
    assert (fee.amount_minor, statement.controls_match) == (-1000, True)


def test_each_account_is_a_statement_of_its_own_currency():
    """The account's currency, else the group's, else none."""
    data = made(
        "03,1,USD,/", "49,0,2/", "03,2,,/", "49,0,2/", "98,0,2,6/", "99,0,1,8/",
    )  # fmt: skip

    assert [each.currency for _, each in readings(read, data)] == ["USD", "ARS"]
    without = data.replace(HEAD.encode(), b"02,,0110,1,261120,,,/")
    assert [each.currency for _, each in readings(read, without)] == ["USD", None]


def test_files_that_follow_each_other_are_read_as_one():
    """Some banks append a day's file to the last one; each keeps its own controls."""
    found = readings(read, GOOD + GOOD.replace(b"99,248800", b"99,248801"))

    assert [statement.controls_match for _, statement in found] == [True, False]


def test_what_a_text_tells_is_found_in_it():
    """A COELSA id, and the word that makes it a reversal; a code for information moves nothing."""
    told = entry_of("16,165,500,,,,REVERSAL OF/", "88,N83HYZ5LQV0PRE7K1MXW9D/")
    assert (told.reversal, told.coelsa_id) == (True, "N83HYZ5LQV0PRE7K1MXW9D")
    assert entry_of("16,252,500,,,,/").reversal
    information = entry_of("16,890,,,,,DELAYED TODAY/")
    assert (information.amount_minor, information.status) == (0, "INFO")


# Controls.


@pytest.mark.parametrize(
    "right, wrong",
    [
        ("49,248800,4/", "49,248801,4/"),
        ("49,248800,4/", "49,248800,5/"),
        ("98,248800,1,6/", "98,248801,1,6/"),
        ("98,248800,1,6/", "98,248800,2,6/"),
        ("98,248800,1,6/", "98,248800,1,7/"),
        ("99,248800,1,8/", "99,248801,1,8/"),
        ("99,248800,1,8/", "99,248800,2,8/"),
        ("99,248800,1,8/", "99,248800,1,9/"),
        ("24400,Z", "24401,Z"),
    ],
)
def test_a_control_that_does_not_hold_is_told_with_both_values(right: str, wrong: str):
    """Sums and numbers of records, of the account, its group and the file."""
    _, statement = one(GOOD.replace(right.encode(), wrong.encode()))

    assert statement.controls_match is False
    assert statement.disagreement is not None
    assert " states " in statement.disagreement
    assert " found " in statement.disagreement


def test_a_wrong_control_concerns_its_own_account_only():
    """Another account of the group keeps its verdict, as the group counts what accounts state."""
    data = made(
        "03,1,,010,5,,/", "49,6,2/", "03,2,,010,7,,/", "49,7,2/", "98,13,2,6/", "99,13,1,8/",
    )  # fmt: skip

    assert [each.controls_match for _, each in readings(read, data)] == [False, True]


def test_balances_that_do_not_close_are_told():
    """The closing balance stays as stated."""
    data = GOOD.replace(b"015,123400", b"015,123401").replace(b",248800", b",248801")
    _, statement = one(data)

    assert (statement.balance_closes, statement.closing_minor) == (False, 123401)
    assert statement.controls_match is True


# What is refused.


@pytest.mark.parametrize(
    "right, wrong, place, words",
    [
        ("24400", "244.00", "line 4", "amount '244.00' is not a whole number"),
        ("24400", "", "line 4", "amount is missing"),
        ("24400", "-24400", "line 4", "negative"),
        ("24400", "1234567890123456789", "line 4", "not a whole number"),
        ("16,165", "16,1x5", "line 4", "type code"),
        ("16,165", "16,015", "line 4", "neither a credit nor a debit"),
        ("16,165", "17,165", "line 4", "record code '17' is unknown"),
        (",Z,BANK-1", ",X,BANK-1", "line 4", "funds type 'X' is unknown"),
        (",Z,BANK-1", ",V,261320,,BANK-1", "line 4", "value date '261320'"),
        (",Z,BANK-1", ",V,261120,BANK-1", "line 4", "is not a time"),
        (",Z,BANK-1", ",D,x,BANK-1", "line 4", "is not a number"),
        (",Z,BANK-1", ",D,999999999,BANK-1", "line 4", "more than 100 days"),
        ("261120,2400", "260231,2400", "line 2", "as-of date '260231' is not a day"),
        ("261120,2400", ",2400", "line 2", "as-of date"),
        (",ARS,", ",XQZ,", "line 2", "currency 'XQZ' is unknown"),
        (",0110,1,", ",0110,4,", "line 2", "a test"),
        (",0110,1,", ",0110,2,", "line 2", "a deletion"),
        ("010,100000", "01x,100000", "line 3", "type code"),
        ("010,100000", "010,1.5", "line 3", "amount '1.5'"),
        ("01,0110", "02,0110", "line 1", "a record 02 at the beginning"),
        ("49,248800,4/\n", "", "line 6", "a record 98 after a record 16"),
        ("98,248800,1,6/\n", "", "line 7", "a record 99 after a record 49"),
        ("99,248800,1,8/\n", "", "file", "cut off: it ends with a record 98"),
        ("99,248800,1,8/\n", "99,248800,", "line 8", "cut off in its record 99"),
        ("99,248800,1,8/\n", "99,248800,1,", "line 8", "cut off in its record 99"),
        ("03,0110599520000001234569,", "03, ,", "line 3", "without an account"),
        ("01,0110,UNIBANK,261120", "01,0110,UNIBANK,261320", "line 1", "day of the file '261320'"),
        ("49,248800,4/", "49,248800,4/\nand so on", "line 7", "no record"),
        ("SALE/", f"{'x' * 2001}/", "line 4", "a text of 2001 characters"),
        ("PED-7", "x" * 141, "line 4", "a reference of 141 characters"),
        ("SALE", "SA\0LE", "line 4", "NUL"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_with_its_place(right: str, wrong: str, place: str, words: str):
    """The line, and the value where it is nothing personal."""
    assert right.encode() in GOOD
    found = refusal(GOOD.replace(right.encode(), wrong.encode()))

    assert found[0] == place
    assert words in found[1]


@pytest.mark.parametrize("data", [b"", b"\n \n", b"88,100,5/\n", b"99,0,0,1/\n", b"hello\n"])
def test_what_is_no_bai2_is_refused(data: bytes):
    """Nothing is read into bytes that only look like it."""
    refusal(data)


def test_a_record_without_end_is_refused():
    """Continuations are bounded like everything that is kept."""
    place, reason = refusal(made(ACCOUNT, SALE, *["88,and so on/"] * 20_000))
    assert (place, "more than" in reason) == ("line 4", True)


@given(cut=st.integers(0, len(GOOD) - 4))
def test_a_file_that_was_cut_off_is_never_read(cut: int):
    """At whatever byte, but for the last slash and line end."""
    refusal(GOOD[:cut])


@given(seed=st.integers(min_value=0))
def test_damaged_files_are_read_or_refused(seed: int):
    """Bytes that were flipped, cut out or doubled raise nothing but a refusal."""
    damage(random.Random(seed))


def damage(chance: random.Random) -> None:
    """One damaged file, read or refused; for a fuzzer to call."""
    data = bytearray(
        GOOD.replace(b"0,BANK-2", b"D,1,0,1000,BANK-2").replace(b"SALE/", b"A\nB/ 88,C/")
    )
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randrange(1, 20)]
            case 2:
                data[at:at] = data[chance.randrange(len(data)) :][:20]
            case _:
                data[at:at] = chance.choice([b"/", b",", b"\n", b"88,", b"16,165,", b"-", b"D,9,"])
        data = data or bytearray(b"01")
    survives(read, bytes(data))
