"""Which format a file has, told by its content alone; what is refused by name; --format."""

from __future__ import annotations

import gzip
import io
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from adapters.statements.detection import HEAD_BYTES, READERS, detect, format_named, read
from adapters.statements.model import Entry, Statement, Unreadable
from tests.adapters.statements.test_source import zipped

SHARED = Path(__file__).parents[4] / "shared" / "data" / "statements"
"""Files with their expected reading, beside a clone; not everywhere."""

BAI2 = (
    "01,0110,UNIBANK,261120,0900,7,,,2/\n02,UNIBANK,0110,1,261120,2400,ARS,2/\n"
    "03,7,,,/\n16,165,500,,B1,,SALE/\n49,500,3/\n98,500,1,5/\n99,500,1,7/\n"
)
MT940 = ":20:1\n:25:7\n:60F:C261119ARS0,\n:61:261120C5,NTRFR1\n:62F:C261120ARS5,\n"
MT942 = ":20:1\n:25:7\n:34F:ARS0,\n:13D:2611201000-0300\n:61:261120C5,NTRFR1\n:90C:1ARS5,\n"
CSV = "Date,Description,Amount,Currency\n2026-11-20,SALE,5.00,ARS\n"
EXTRACT = "Banco\n\nFecha;Concepto;Importe;Saldo\n20/11/2026;VENTA;5,00;5,00\n"
RELEASE = (
    "DATE,SOURCE_ID,EXTERNAL_REFERENCE,RECORD_TYPE,DESCRIPTION,NET_CREDIT_AMOUNT,"
    "NET_DEBIT_AMOUNT,GROSS_AMOUNT,MP_FEE_AMOUNT,FINANCING_FEE_AMOUNT,SHIPPING_FEE_AMOUNT,"
    "TAXES_AMOUNT,BALANCE_AMOUNT\n"
    "2026-11-20T10:00:00.000-04:00,1,P1,release,payment,5.00,0.00,5.00,0.00,0.00,0.00,0.00,5.00\n"
)
SETTLEMENT = (
    "EXTERNAL_REFERENCE,SOURCE_ID,PAYMENT_METHOD_TYPE,TRANSACTION_TYPE,TRANSACTION_AMOUNT,"
    "TRANSACTION_CURRENCY,TRANSACTION_DATE,FEE_AMOUNT,SETTLEMENT_NET_AMOUNT,SETTLEMENT_CURRENCY,"
    "SETTLEMENT_DATE,REAL_AMOUNT,COUPON_AMOUNT,METADATA,MKP_FEE_AMOUNT,FINANCING_FEE_AMOUNT,"
    "SHIPPING_FEE_AMOUNT,TAXES_AMOUNT,MONEY_RELEASE_DATE\n"
    "P1,1,credit_card,SETTLEMENT,5.00,ARS,2026-11-20T10:00:00.000-04:00,0.00,5.00,ARS,"
    "2026-11-20T10:00:00.000-04:00,5.00,0.00,,0.00,0.00,0.00,0.00,2026-11-20T10:00:00.000-04:00\n"
)
STRIPE = (
    "automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,created_utc,"
    "reporting_category,currency,gross,fee,net\n"
    "po_1,2026-11-21 00:00:00,txn_1,2026-11-20 10:00:00,charge,ars,5.00,0.00,5.00\n"
)
ADYEN = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,"
    "Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),"
    "Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),"
    "Markup (NC),Scheme Fees (NC),Interchange (NC),Batch Number\n"
    "C,M,8801,P1,visa,2026-11-20 10:00:00,ART,Settled,8802,ARS,,5.00,1,ARS,,5.00,"
    ",0.00,0.00,0.00,1\n"
)
CARD = (
    "LIQUIDACION;FECHA_PAGO;CUPON;LOTE;TARJETA;PLAN;VENTA;ARANCEL;IVA_21;NETO;MONEDA\n"
    "004501;20/11/2026;1;1;VISA;1;5,00;0,00;0,00;5,00;ARS\n"
)
JSONL = '{"date": "2026-11-20", "amount": "5.00", "currency": "ARS"}\n'

FILES = {
    "bai2": BAI2,
    "mt940": MT940,
    "mt942": MT942,
    "csv": CSV,
    "ar-extract": EXTRACT,
    "mp-release": RELEASE,
    "mp-settlement": SETTLEMENT,
    "stripe-payout": STRIPE,
    "adyen-sdr": ADYEN,
    "ar-card": CARD,
    "jsonl": JSONL,
}


def camt(message: str = "camt.053", root: str = "BkToCstmrStmt", container: str = "Stmt") -> str:
    """A message with one entry."""
    return (
        f'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}.001.08">'
        f"<{root}><{container}><Id>1</Id><Acct><Id><Othr><Id>7</Id></Othr></Id><Ccy>ARS</Ccy></Acct>"
        '<Ntry><Amt Ccy="ARS">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        "<BookgDt><Dt>2026-11-20</Dt></BookgDt><BkTxCd/></Ntry>"
        f"</{container}></{root}></Document>"
    )


FILES |= {
    "camt.052": camt("camt.052", "BkToCstmrAcctRpt", "Rpt"),
    "camt.053": camt(),
    "camt.054": camt("camt.054", "BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}


def workbook(*rows: tuple[str, ...]) -> bytes:
    """An XLSX file with these rows."""
    book, made = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(made)
    return made.getvalue()


XLSX = workbook(("Fecha", "Concepto", "Importe", "Saldo"), ("20/11/2026", "VENTA", "5,00", "5,00"))


def amounts(data: bytes, form: str | None = None) -> tuple[str, list[int]]:
    """The format of a file, and the amounts of its entries."""
    name, records = read(io.BytesIO(data), form=form)
    return name, [each.amount_minor for each in records if isinstance(each, Entry)]


def refusal(data: bytes, form: str | None = None) -> tuple[str, str]:
    """Place and reason of a file that is refused."""
    with pytest.raises(Unreadable) as refused:
        amounts(data, form)
    return refused.value.place, refused.value.reason


# What is recognised.


@pytest.mark.parametrize("form", FILES)
def test_a_format_is_told_by_its_content(form: str):
    """Each, with a byte order mark, other line ends, white space before it, or packed."""
    text = FILES[form]
    plain = text.encode()
    told = "csv" if form == "jsonl" else form
    as_written = [
        plain,
        b"\xef\xbb\xbf" + plain,
        text.replace("\n", "\r\n").encode(),
        b"\r\n" + plain,
    ]

    for data in [*as_written, gzip.compress(plain), zipped(plain)]:
        assert amounts(data) == (told, [500])
    for data in as_written:
        assert detect(io.BytesIO(data)) == form
    assert amounts(plain, form) == (told, [500])


def test_every_reader_has_its_file_here():
    """No format that is read goes untested."""
    assert {*FILES, "xlsx"} == set(READERS)


def test_a_workbook_is_told_as_what_it_holds():
    """XLSX is a dress of a table; so is JSON Lines."""
    assert detect(io.BytesIO(XLSX)) == "xlsx"
    for data in (XLSX, gzip.compress(XLSX), zipped(XLSX)):
        assert amounts(data) == ("ar-extract", [500])


def test_a_table_is_found_in_other_encodings():
    """UTF-16 with its mark, and Windows-1252, also where a letter is cut in two by the limit."""
    assert amounts(EXTRACT.replace("VENTA", "SEÑA").encode("utf-16"))[0] == "ar-extract"
    assert amounts(EXTRACT.replace("VENTA", "SEÑA").encode("cp1252"))[0] == "ar-extract"
    rows = "".join(f"20/11/2026;ñ{'ñ' * (number % 7)};5,00;\n" for number in range(5_000))
    long = "Fecha;Concepto;Importe;Saldo\n" + rows
    assert len(long.encode()) > HEAD_BYTES
    assert detect(io.BytesIO(long.encode())) == "ar-extract"


def test_members_of_a_zip_are_read_one_after_the_other():
    """A bank's files of a day, in one statement file after the other."""
    data = zipped(MT940.encode(), MT940.replace("C5,", "C7,").encode())
    assert amounts(data) == ("mt940", [500, 700])
    assert refusal(zipped(MT940.encode(), BAI2.encode())) == (
        "member 2",
        "it is bai2, and the first member is mt940",
    )


def test_a_refusal_names_the_member_of_a_zip():
    """And its place there."""
    bad = BAI2.replace("500,,", "5.00,,").encode()
    place, _ = refusal(zipped(BAI2.encode(), bad))
    assert place == "member 2, line 4"
    assert refusal(zipped(b"%PDF-1.7", BAI2.encode()))[0] == "member 1"
    assert refusal(zipped(bad))[0] == "line 4"


# What is refused by name.


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "empty"),
        (b" \r\n\t\r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"%PDF-1.7\n", "pdf is not read"),
        (b"OFXHEADER:100\n", "ofx is not read"),
        (b'<?xml version="1.0"?>\n<?OFX OFXHEADER="200"?><OFX>', "ofx is not read"),
        (b"<OFX><SIGNONMSGSRSV1>", "ofx is not read"),
        (b"!Type:Bank\nD11/20/26\n", "qif is not read"),
        (b"<html><body><table>", "html is not read"),
        (b"<!DOCTYPE html>\n<html>", "html is not read, and no DOCTYPE"),
        (b"<!DOCTYPE Document [<!ENTITY a 'b'>]><Document/>", "a DOCTYPE is not accepted"),
        (b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "x"><a/>', "a DOCTYPE is not accepted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls is not read"),
        (b"7z\xbc\xaf\x27\x1c", "7z is not read"),
        (b'[{"date": "2026-11-20"}]', "a JSON array is not read"),
        (b'[\n  {"date": "2026-11-20"}]', "a JSON array is not read"),
        (b"[Extracto]\n", "text without a header"),
        (b'{"name": "x"}\n', "unknown format"),
        (b"\x00\x01\x02\x03", "unknown format: binary data"),
        (b"\x89PNG\r\n", "png is not read"),
        (b"{1:F01BANKARBAXXXX0000000000}{2:I103BANKARBAXXXXN}{4:\n:20:1\n", "mt103 is not a"),
        (b"<Workbook xmlns='urn:x'></Workbook>", "XML of the element 'Workbook'"),
        (b"<<<<", "XML without an element"),
        (b"nothing of this\nis a table\n", "unknown format: text without a header"),
        (b"Fecha;Concepto\n20/11/2026;x\n", "unknown format: text without a header"),
        (camt("camt.003", "GetAcct", "X").encode(), "camt.003"),
        (camt("pacs.008", "FIToFICstmrCdtTrf", "X").encode(), "pacs.008"),
        (camt("pacs.002", "FIToFIPmtStsRpt", "X").encode(), "pacs.002"),
        (camt("pain.001", "CstmrCdtTrfInitn", "X").encode(), "pain.001"),
    ],
)
def test_what_is_not_read_is_refused_by_name(data: bytes, words: str):
    """A sender learns what it was taken for."""
    assert words in refusal(data)[1]


def test_a_nul_is_told_by_its_line():
    """In what else is text."""
    place, reason = refusal(CSV.encode() + b"\n\0")
    assert (place, "NUL" in reason) == ("line 4", True)


class Endless(io.RawIOBase):
    """A stream of one sign that never ends; it remembers how far it was read."""

    def __init__(self, sign: bytes) -> None:
        self._sign, self._at, self.read_bytes = sign, 0, 0

    def read(self, size: int = -1) -> bytes:
        """So many signs."""
        assert size >= 0, "it was to be read to its end"
        self.read_bytes += size
        return self._sign * size

    def seek(self, offset: int, whence: int = 0) -> int:
        """Anywhere."""
        del whence
        return offset


@pytest.mark.parametrize("sign", [b"a", b",", b"0", b"<", b"'", b'"', b"\n", b"\xff", b"{"])
def test_a_line_without_end_is_told_by_its_first_bytes(sign: bytes):
    """However long it is, only its head is looked at."""
    endless = Endless(sign)
    with pytest.raises(Unreadable):
        detect(endless)  # pyright: ignore[reportArgumentType]  (it has what is used of a stream)
    assert endless.read_bytes <= HEAD_BYTES + 4


def test_a_header_that_the_limit_cuts_is_no_header():
    """Half a header could be that of another format."""
    before = "x" * 6_000 + "\n"
    header = "Fecha;Importe;Saldo\n"
    data = (
        before * 10 + "x" * (HEAD_BYTES - len(before) * 10 - len("\nFecha;Importe")) + "\n" + header
    )
    assert data.encode()[:HEAD_BYTES].endswith(b"\nFecha;Importe")
    assert refusal(data.encode())[1].startswith("unknown format: text without a header")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("signs", [b"\n", b"\n ", b"\r", b" ", b"\x01", b"{1:", b":20:", b"<a "])
def test_no_sign_is_looked_at_again_and_again(signs: bytes):
    """However often it stands there, the time is that of a short file."""
    refusal(b"x" + signs * (HEAD_BYTES // len(signs)))


# What --format does.


def test_a_format_that_is_named_goes_before_the_content():
    """Its reader then refuses what it cannot read."""
    assert amounts(EXTRACT.encode(), "csv")[0] == "csv"
    assert refusal(MT940.encode(), "bai2")[1] == "not a record 01, with which BAI2 begins"
    assert "DOCTYPE" in refusal(b"<!DOCTYPE a><a/>", "camt.053")[1]
    assert refusal(b"", "csv") == ("file", "the file is empty")


@pytest.mark.parametrize(
    "first, second",
    [
        (BAI2, MT940), (MT940, BAI2), (camt(), MT940), (MT940, camt()), (BAI2, camt()),
        (CSV, MT940), (EXTRACT, MT942), (RELEASE, MT940),
    ],
)  # fmt: skip
def test_another_format_beside_the_first_one_is_not_lost(first: str, second: str):
    """A file of two formats is refused: one of them would vanish in silence."""
    place, _ = refusal(f"{first}\n{second}".encode())
    assert place.startswith("line ")


def test_a_file_of_a_sister_format_is_refused_by_both_names():
    """One reader reads several formats; none is told as another."""
    assert refusal(MT940.encode(), "mt942") == ("file", "it is mt940, not mt942")
    assert refusal(FILES["camt.052"].encode(), "camt.053") == (
        "file",
        "it is camt.052, not camt.053",
    )
    assert refusal(RELEASE.encode(), "mp-settlement")[1] == "it is mp-release, not mp-settlement"
    assert refusal(XLSX, "csv")[1] == "it is ar-extract, not csv"
    assert amounts(XLSX, "ar-extract") == ("ar-extract", [500])
    assert amounts(JSONL.encode(), "csv") == ("csv", [500])


def test_a_format_may_be_named_with_its_version():
    """As messages are; whatever is not read is refused, with all that are."""
    assert format_named("camt.053.001.08") == format_named("camt.053") == "camt.053"
    for name in ("pacs.008", "camt.029.001.01", "mt940.001", "CSV", ""):
        with pytest.raises(Unreadable) as refused:
            format_named(name)
        assert "mp-release" in refused.value.reason
    assert refusal(CSV.encode(), "ofx")[0] == "format"


# Everything together.


def test_the_shared_samples_are_told_and_read():
    """Each format, number of entries and sum; each broken one is refused."""
    if not SHARED.is_dir():
        pytest.skip("no sample files beside this clone")
    found: dict[str, object] = {}
    wanted: dict[str, object] = {}
    for folder in SHARED.iterdir():
        for file in json.loads((folder / "EXPECTED.json").read_text())["files"]:
            path = folder / file["file"]
            try:
                name, values = amounts(path.read_bytes())
                found[file["file"]] = name, len(values), sum(values)
            except Unreadable:
                found[file["file"]] = "error"
            wanted[file["file"]] = (
                (file["format"], file["entry_count"], file["sum_minor"])
                if file["outcome"] == "ok"
                else "error"
            )
    assert found == wanted


@given(seed=st.integers(min_value=0))
def test_damaged_files_are_told_and_read_or_refused(seed: int):
    """Any format, with bytes that were flipped, cut off or put into another file."""
    damage(random.Random(seed))


def damage(chance: random.Random) -> None:
    """One damaged file of any format; for a fuzzer to call."""
    files = [*map(str.encode, FILES.values()), XLSX]
    data = bytearray(chance.choice(files))
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at:]
            case 2:
                other = chance.choice(files)
                data[at:at] = other[chance.randrange(len(other)) :][: chance.randrange(200)]
            case _:
                data = bytearray(gzip.compress(bytes(data)))
        data = data or bytearray(b"x")
    try:
        _, records = read(io.BytesIO(bytes(data)))
        assert all(isinstance(each, Entry | Statement) for each in records)
    except Unreadable:
        return
