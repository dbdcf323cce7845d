"""MT940 and MT942: lines, balances, controls, pages, envelopes; and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.statements.mt940 import format_in, read
from tests.adapters.statements.mt940_writing import WrittenLine, written
from tests.adapters.statements.processor_files import Reading, reading, readings, refusal

HEAD = ":20:REF1\n:25:12345678/0001\n:28C:12/3\n:60F:C260102EUR100,00\n"
TAIL = ":62F:C260102EUR100,00\n-\n"
HEAD_942 = ":20:REF2\n:25:12345678/0001\n:34F:EURD0,\n:34F:EURC0,\n:13D:2601021730+0100\n"


def one(line: str, *, head: str = HEAD, tail: str = TAIL) -> Reading:
    """The statement of one line."""
    return reading(read, f"{head}{line}\n{tail}".encode())


# Lines.


@pytest.mark.parametrize(
    "mark, minor, reversal",
    [
        ("C", 1050, False),
        ("D", -1050, False),
        ("RC", -1050, True),
        ("RD", 1050, True),
        ("CR", 1050, False),
        ("DR", -1050, False),
        ("RCR", -1050, True),
        ("RDR", 1050, True),
        ("d", -1050, False),
    ],
)
def test_the_sign_is_what_the_line_does_to_the_account(
    mark: str, minor: int, reversal: bool
) -> None:
    """The reversal of a credit is a debit; a letter after the mark is of the currency."""
    ((entry,), _) = one(f":61:2601020102{mark}10,5NTRFNONREF")
    assert (entry.amount_minor, entry.reversal, entry.status) == (minor, reversal, "BOOK")


@pytest.mark.parametrize(
    "text, minor",
    [
        ("9,", 900),
        ("500", 50000),
        ("000000012,00", 1200),
        (",5", 50),
        ("12,34 ", 1234),
        (" 12,34", 1234),
    ],
)
def test_amounts_are_read_as_banks_write_them(text: str, minor: int) -> None:
    """No decimals, no comma, leading zeros, a blank before the type."""
    ((entry,), _) = one(f":61:2601020102C{text}NTRFNONREF")
    assert entry.amount_minor == minor


def test_a_bank_may_write_points_throughout() -> None:
    """A file whose amounts all have a decimal point is read; one point among commas is refused."""
    head, tail = HEAD.replace(",", "."), TAIL.replace(",", ".")
    ((entry,), statement) = one(":61:2601020102C12.34NTRFNONREF", head=head, tail=tail)
    assert (entry.amount_minor, statement.opening_minor) == (1234, 10000)
    place, reason = refusal(read, f"{HEAD}:61:2601020102C12.34NTRFX\n{TAIL}".encode())
    assert (place, "'12.34'" in reason) == ("line 5", True)


@pytest.mark.parametrize(
    "currency, text, minor",
    [("JPY", "1500,", 1500), ("KWD", "1,250", 1250), ("CLF", "1,2345", 12345), ("DEM", "1,5", 150)],
)
def test_the_exponent_is_the_currencys(currency: str, text: str, minor: int) -> None:
    """Minor units follow ISO 4217, also for a currency that has ended."""
    head, tail = HEAD.replace("EUR100,00", f"{currency}1,"), TAIL.replace("EUR100,00", "USD1,")
    ((entry,), statement) = one(f":61:2601020102C{text}NTRFNONREF", head=head, tail=tail)
    assert (entry.amount_minor, entry.currency) == (minor, currency)
    assert (statement.closing_minor, statement.balance_closes) == (None, None)


@pytest.mark.parametrize(
    "dates, value, booked",
    [
        ("2601020103", date(2026, 1, 2), date(2026, 1, 3)),
        ("260102", date(2026, 1, 2), date(2026, 1, 2)),
        ("260102    ", date(2026, 1, 2), date(2026, 1, 2)),
        ("2512310102", date(2025, 12, 31), date(2026, 1, 2)),
        ("2601011231", date(2026, 1, 1), date(2025, 12, 31)),
        ("2402280229", date(2024, 2, 28), date(2024, 2, 29)),
        ("2602300301", date(2026, 2, 28), date(2026, 3, 1)),
        ("2402300301", date(2024, 2, 29), date(2024, 3, 1)),
        ("991231", date(1999, 12, 31), date(1999, 12, 31)),
    ],
)
def test_dates_are_read_with_the_nearest_year(dates: str, value: date, booked: date) -> None:
    """The entry date may be of the next or the last year; 30 February is the last of the month."""
    ((entry,), _) = one(f":61:{dates}C1,NTRFNONREF")
    assert (entry.value_date, entry.booking_date) == (value, booked)


@pytest.mark.parametrize(
    "rest, customer, bank, kind",
    [
        ("NTRFNONREF//BANK1", None, "BANK1", "NTRF"),
        ("NTRFA//B//C", "A", "B//C", "NTRF"),
        ("NTRFREF 1234567//DE0212030000000020", "REF 1234567", "DE0212030000000020", "NTRF"),
        ("NMSCPAY///INV", "PAY", "/INV", "NMSC"),
        ("S051X", "X", None, "S051"),
        ("S   X", "X", None, "S"),
        ("NOV NONREF", None, None, "NOV"),
        ("NTRFKREF+//77", None, "77", "NTRF"),
        ("N0440121470966      W.P. Jansen   ", "0121470966", None, "N044"),
        ("//19239782213", None, "19239782213", None),
        ("NONREF", None, None, None),
        ("", None, None, None),
    ],
)
def test_references_are_kept_apart(
    rest: str, customer: str | None, bank: str | None, kind: str | None
) -> None:
    """The first two slashes divide; words that say that there is no reference are none."""
    ((entry,), _) = one(f":61:2601020102C1,{rest}")
    assert dict(entry.references).get("account_owner_tx") == customer
    assert (entry.bank_reference, entry.transaction_code) == (bank, kind)


def test_a_supplementary_line_is_no_part_of_a_reference() -> None:
    """What follows the first line of a :61: is text, and may hold a COELSA id."""
    ((entry,), _) = one(":61:2601020102C1,NTRFNONREF//B1\nPAGO 86VRPQ2GVJEQE70M2GLY0M\n:86:TEXT")
    assert (entry.bank_reference, entry.coelsa_id) == ("B1", "86VRPQ2GVJEQE70M2GLY0M")
    assert entry.remittance == "TEXT PAGO 86VRPQ2GVJEQE70M2GLY0M"


def test_a_line_folded_before_its_amount_is_read() -> None:
    """Some banks fold a line that is not full."""
    ((entry,), _) = one(":61:2601020102CR\n30,00N062NONREF")
    assert (entry.amount_minor, entry.transaction_code) == (3000, "N062")


def test_charges_within_an_amount_are_told() -> None:
    """Original amount and charges make the amount; what is missing is named, not changed."""
    ((entry,), _) = one(":61:2601020102D5,NTRFX\n/OCMT/EUR4,5/\n:86:020?25/CHGS/EUR0,4/")
    assert entry.gross_minor == -450
    assert [(charge.kind, charge.amount_minor) for charge in entry.charges] == [
        ("OTHER", -40),
        ("UNEXPLAINED", -10),
    ]


# Statements.


def test_a_statement_says_what_its_fields_say() -> None:
    """Account, number, page, balances; the id holds the day, because banks repeat the rest."""
    ((entry,), statement) = one(":61:2601020102C0,NTRFNONREF")
    assert (entry.place, statement.place) == ("line 5", "line 1")
    assert statement.statement_id == "REF1/12/3/2026-01-02"
    assert (statement.account, statement.currency) == ("12345678/0001", "EUR")
    assert (statement.opening_minor, statement.closing_minor) == (10000, 10000)
    assert (statement.balance_closes, statement.controls_match) == (True, None)
    assert (statement.sequence, statement.page, statement.last_page) == ("12", 3, True)
    assert statement.last_day == date(2026, 1, 2)


def test_a_statement_that_does_not_close_says_so() -> None:
    """The difference is told with both sides, in minor units."""
    _, statement = one(":61:2601020102C1,NTRFNONREF")
    assert statement.balance_closes is False
    assert "10000 and movements 100 do not make the closing balance 10000" in (
        statement.disagreement or ""
    )


def test_each_reference_field_starts_a_statement() -> None:
    """Pages with intermediate balances, an empty statement, and no dash between them."""
    page_1 = HEAD + ":61:2601020102D1,NTRFNONREF\n:62M:C26010299,00\n"
    page_2 = HEAD.replace("60F", "60M").replace("12/3", "12/4") + TAIL
    found = readings(read, (page_1 + page_2 + HEAD.replace(":12/3", ":0") + TAIL).encode())
    assert [len(entries) for entries, _ in found] == [1, 0, 0]
    assert [statement.last_page for _, statement in found] == [False, True, True]
    assert [statement.page for _, statement in found] == [3, 4, None]
    assert (found[0][1].closing_minor, found[0][1].balance_closes) == (9900, True)
    assert found[2][1].sequence is None


@pytest.mark.parametrize(
    "name, number, minor, agrees",
    [("90D", 2, "3,00", True), ("90D", 1, "3,00", False), ("90C", 1, "5,00", True)],
)
def test_controls_are_compared(name: str, number: int, minor: str, agrees: bool) -> None:
    """Number and sum of debits and of credits; reversals count on either side."""
    lines = ":61:260102D1,NTRFA\n:61:260102RC2,NTRFB\n:61:260102C5,NTRFC\n"
    _, statement = reading(read, f"{HEAD_942}{lines}:{name}:{number}EUR{minor}\n".encode())
    assert statement.controls_match is agrees
    assert (statement.disagreement is None) is agrees
    assert statement.opening_minor is None


def test_an_interim_report_is_read_to_its_end() -> None:
    """Expected lines are no movements, and a report has no balances."""
    data = f"{HEAD_942}:61:260102EC1,NTRFNONREF\n-\n".encode()
    (entries, statement) = reading(read, data)
    assert [entry.status for entry in entries] == ["PDNG"]
    assert (statement.currency, statement.last_day) == ("EUR", date(2026, 1, 2))
    assert statement.statement_id == "REF2/2601021730+0100"
    assert one(":61:260102ED1,NTRFNONREF")[1].balance_closes is True


@pytest.mark.parametrize(
    "before, after",
    [
        ("{1:F01BANKDEFFAXXX0000000000}{2:I940BANKDEFFXXXXN}{4:\n", "-}{5:{CHK:00}}\x03\n"),
        ("{1:F01BANKDEFFAXXX0000000000}{2:I940BANKDEFFXXXXN}{4:", "-}\n"),
        ("ABNANL2A\n940\nABNANL2A\n", "-\n"),
        (":940:\n", ""),
        ("\x01\n", "-\x03\n\n"),
        ("\ufeff", "\x1a"),
        ("  ", "-XXX\n"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "@@"])
def test_what_stands_around_a_message_is_left_out(before: str, after: str, end: str) -> None:
    """Blocks, banner lines, control characters, a byte order mark, and every line end."""
    body = HEAD + ":61:2601020102C0,NTRFNONREF\n:86:TEXT\n" + TAIL.removesuffix("-\n")
    text = f"{before}{body}{after}".replace("\n", end)
    if end == "@@" and before != "\ufeff":
        text = f"@@{text}"
    ((entry,), statement) = reading(read, text.encode())
    assert (entry.remittance, statement.balance_closes) == ("TEXT", True)


def test_text_that_looks_like_a_field_stays_text() -> None:
    """A time folded at its hour, a dash before the closing balance, text of the account."""
    text = ":61:2601020102C0,NTRFX\n:86:a-}b 2017-01-01T13\n:20:11 Folge\n:12:11\n-\n:KO:NR 4"
    ((entry,), _) = one(f"-\n{text}", tail=TAIL.replace("-\n", ":86:ACCOUNT TEXT\n-\n"))
    assert entry.remittance == "a-}b 2017-01-01T13 :20:11 Folge :12:11 - :KO:NR 4"


# Refusals.


@pytest.mark.parametrize(
    "line, said",
    [
        ("2601020102C12,,34NTRFX", "amount '12,,34' is not a number"),
        ("2601020102C1.234,56NTRFX", "amount '1.234,56' is not a number"),
        ("2601020102C-5,00NTRFX", "amount '-5,00' is not a number"),
        ("2601020102CNTRFX", "amount"),
        ("2601020102C10,005NTRFX", "amount '10.005' has more decimals than EUR has"),
        ("2601020102X10,00NTRFX", "mark 'X' is none of C, D, RC and RD"),
        ("260102010210,00NTRFX", "mark '10'"),
        ("2613020102C1,NTRFX", "value date '261302' is not a day of the calendar"),
        ("2611310102C1,NTRFX", "value date '261131' is not a day of the calendar"),
        ("2602290228C1,NTRFX", "value date '260229' is not a day of the calendar"),
        ("2601020231C1,NTRFX", "entry date '0231' is not a day of the calendar"),
        ("2601C1,NTRFX", "is not six digits"),
        ("2601020102C1,NTR", "no transaction type"),
        ("2601020102C1234567890123456789,NTRFX", "amount"),
    ],
)
def test_a_line_that_cannot_be_read_refuses_the_file(line: str, said: str) -> None:
    """The refusal names the line, the part and its value."""
    place, reason = refusal(read, f"{HEAD}:61:{line}\n{TAIL}".encode())
    assert place == "line 5"
    assert said in reason


@pytest.mark.parametrize(
    "text, place, said",
    [
        ("", "file", "no field :20:"),
        ("no statement\nat all\n", "file", "no field :20:"),
        (":86:091\n-\n", "line 1", ":86: without a field :20:"),
        (":20:A\n", "line 1", "no account :25:"),
        (":20:A\n:25:B\n", "line 2", "no opening balance :60F:"),
        (HEAD, "line 4", "without a closing balance :62F:"),
        (HEAD + "-\n", "line 4", "without a closing balance :62F:"),
        (HEAD + HEAD + TAIL, "line 5", "without a closing balance :62F:"),
        (HEAD.replace(":25:12345678/0001\n", "") + TAIL, "line 5", "no account :25:"),
        (HEAD.replace(":60F:", ":6OF:") + TAIL, "line 4", "looks like one"),
        (HEAD + TAIL + ":61:2601020102C1,NTRFX\n", "line 7", "without a field :20:"),
        (HEAD + TAIL.replace("-", ":61:2601020102C1,NTRFX"), "line 6", "after the closing"),
        (HEAD + TAIL.replace("-", ":62F:C260102EUR1,"), "line 6", "second closing balance"),
        (HEAD + ":60F:C260102EUR1,\n" + TAIL, "line 5", "second opening balance"),
        (HEAD.replace("28C:12/3", "25:9") + TAIL, "line 3", "second field :25:"),
        (HEAD + ":25:9\n" + TAIL, "line 5", "behind its place"),
        (":20:A\n:25:B\n:61:2601020102C1,NTRFX\n" + TAIL, "line 3", "before any :60F:"),
        (":20:A\n:25:B\n" + TAIL, "line 3", "without an opening balance"),
        (HEAD + TAIL.replace("C260102", "X260102"), "line 5", "balance of :62F:"),
        (HEAD + TAIL.replace("260102", "261131"), "line 5", "'261131'"),
        (HEAD + TAIL.replace("100,00", "100.00"), "line 5", "another decimal mark"),
        (HEAD.replace("EUR", "") + TAIL, "line 4", "has no currency"),
        (HEAD.replace("EUR", "QQQ") + TAIL, "line 4", "currency 'QQQ' is unknown"),
        (HEAD_942.replace("EUR", "") + "-\n", "line 3", ":34F:"),
        (HEAD_942.replace("2601021730", "26010217") + "-\n", "line 5", ":13D:"),
        (HEAD_942 + ":90D:x\n", "line 6", ":90D:"),
        ("{1:F}{2:I940}{4:\n" + HEAD + TAIL.removesuffix("-\n"), "line 1", "no '-}'"),
        ("text :61:2601020102C1,NTRFX\n", "line 1", "looks like one"),
    ],
)
def test_a_fragment_or_a_truncated_file_is_refused(text: str, place: str, said: str) -> None:
    """Account, opening and closing balance are demanded, in their order, once."""
    found, reason = refusal(read, text.encode())
    assert (found, said in reason) == (place, True), reason


@pytest.mark.parametrize("damaged", [":51:", ":6l:", "61:", ";61:", ":S1:"])
def test_a_line_whose_tag_is_damaged_is_not_lost_in_a_text(damaged: str) -> None:
    """What looks like a statement line inside a text refuses the file."""
    line = f"{damaged}2601020102C7,00NTRFX"
    text = f"{HEAD}:61:2601020102C0,NTRFX\n:86:T\n{line}\n{TAIL}"
    assert refusal(read, text.encode())[0] == "line 7"
    assert refusal(read, f"{HEAD}{line}\n{TAIL}".encode())[0] == "line 5"
    assert refusal(read, f"{HEAD}{TAIL}{line}\n".encode())[0] == "line 7"


@pytest.mark.parametrize(
    "line, said",
    [
        (b":86:" + b"x" * 70_000, "bytes"),
        (b":86:a\0b", "NUL"),
        (b":86:" + b"x" * 2_001, "characters"),
        (b":86:" + b"y\n" * 101, "lines"),
        (b":86:166?32" + b"N" * 141, "name"),
        (b":62F:C260102EUR" + b" " * 65_000 + b"x", ":62F:"),
    ],
)
def test_sizes_are_bounded(line: bytes, said: str) -> None:
    """A line, a text, a name and a field have a size, and no file holds NUL."""
    data = HEAD.encode() + b":61:2601020102C0,NTRFX\n" + line + b"\n" + TAIL.encode()
    assert said in refusal(read, data)[1]


@pytest.mark.parametrize(
    "head, form",
    [
        (b":20:A\n:25:B\n:60F:C", "mt940"),
        (b"{1:F}{4:\r\n:20:A\r\n:34F:EUR0,\r\n", "mt942"),
        (b"\x01{4::20:A\r:60M:C", "mt940"),
        (b":61:260102C1,NTRF", "mt940"),
        (b"01,BANK,X,260102/", None),
        (b"<Document>:20:</Document>", None),
        (b"", None),
    ],
)
def test_a_beginning_tells_the_format(head: bytes, form: str | None) -> None:
    """The opening balance is of MT940, the floor limit of MT942; a fragment is still theirs."""
    assert format_in(head) == form


DAYS = st.dates(date(1990, 2, 1), date(2079, 11, 1))
LINES = st.builds(
    lambda minor, day, later, reversal, bank, text: WrittenLine(
        minor=minor,
        value_date=day,
        booking_date=day + timedelta(days=later),
        reversal=reversal,
        bank=bank,
        text=text,
    ),
    st.integers(-(10**12), 10**12),
    DAYS,
    st.integers(-30, 30),
    st.booleans(),
    st.none() | st.from_regex(r"[A-Z0-9]{7,20}", fullmatch=True),
    st.none() | st.from_regex(r"[A-Z][A-Z0-9 ]{0,180}[A-Z]", fullmatch=True),
)


@given(
    lines=st.lists(LINES, max_size=5),
    currency=st.sampled_from(["EUR", "ARS", "JPY", "KWD"]),
    opening=st.integers(-(10**12), 10**12),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_is_written_is_read_back(
    lines: list[WrittenLine], currency: str, opening: int, end: str
) -> None:
    """Amounts, signs, dates, reversals and references of any statement come back as they were."""
    entries, statement = reading(read, written(lines, currency=currency, opening=opening, end=end))
    assert statement.balance_closes is True
    assert statement.opening_minor == opening
    found = [
        (e.amount_minor, e.value_date, e.booking_date, e.bank_reference, e.remittance)
        for e in entries
    ]
    given_lines = [(w.minor, w.value_date, w.booking_date, w.bank, w.text) for w in lines]
    assert found == given_lines
    assert [e.reversal for e in entries] == [w.reversal for w in lines]
