"""A data folder comes to a batch with everything it says, or to one refusal with its place."""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from adapters.data_folder import folder as data_folder
from adapters.data_folder import read_folder, stored
from application.batch import Batch, InputRefused
from domain.money import Money
from tests.fixtures.folders import (
    MERCHANT,
    NULLABLE_OF_PAYMENT,
    NULLABLE_OF_SETTLEMENT,
    PAYMENT,
    SETTLEMENT,
    text_of,
    write_folder,
)

ROOT = Path(__file__).resolve().parents[2]
LABELLED = ROOT.parent / "shared/data/labelled-small"
EXAMPLE = re.compile(r"`([a-z]+\.jsonl?)`[^\n]*?:(?: `(?=\{)|\n\n)(.*?)(?=\n\n|`\n|\Z)", re.DOTALL)
"""A file of the paper: its name, and its content in a block or behind it on the line."""

GOOD = text_of([PAYMENT]).encode()


def refused(folder: Path) -> tuple[str, str, str]:
    """What reading the folder is refused with: name of the file, place, reason."""
    with pytest.raises(InputRefused) as caught:
        read_folder(folder)
    return Path(caught.value.file).name, caught.value.place, caught.value.reason


def test_everything_a_row_says_is_in_the_fact(tmp_path: Path):
    """A payment and a line keep each field as it was written, days as days, amounts as money."""
    batch = read_folder(write_folder(tmp_path), source="psp")
    [(place, payment)], [(_, line)] = batch.payments, batch.lines
    assert place == 1
    assert (payment.source, payment.amount) == ("psp", Money(11_500_431, "ARS"))
    assert payment.local_day == date(2026, 3, 2)
    assert payment.expected_value_date == date(2026, 3, 4)
    verbatim = set(PAYMENT) - {"amount", "currency", "expected_value_date"}
    assert {name: getattr(payment, name) for name in verbatim} == {
        name: PAYMENT[name] for name in verbatim
    }
    verbatim = set(SETTLEMENT) - {"amount", "currency", "booking_date", "value_date"}
    assert {name: getattr(line, name) for name in verbatim} == {
        name: SETTLEMENT[name] for name in verbatim
    }
    # What only a statement file says has no field in a row.
    unsaid = {"breakdown", "other_ids"}
    assert {field.name for field in fields(line)} == set(SETTLEMENT) - {"currency"} | unsaid
    assert batch.warnings == ()


def test_reference_data_is_read_with_the_rows(tmp_path: Path):
    """Merchants with schedules, the calendar's days and the rates by day are in the batch."""
    batch = read_folder(write_folder(tmp_path), source="psp")
    [merchant] = batch.merchants
    assert (merchant.registered.merchant_id, merchant.registered.source) == ("M1", "psp")
    assert merchant.schedules[0].effective_from == date(2026, 1, 1)
    assert batch.calendar.holidays == (date(2026, 3, 24),)
    assert [(rate.day, rate.rate) for rate in batch.fx.rates] == [(date(2026, 3, 2), 11_974_812)]


def test_the_hash_is_of_the_bytes_as_stored(tmp_path: Path):
    """A gzipped file has the hash of the gzipped bytes and the rows of what they inflate to."""
    folder, packed = write_folder(tmp_path), gzip.compress(GOOD)
    (folder / "payments.jsonl").unlink()
    (folder / "payments.jsonl.gz").write_bytes(packed)
    batch = read_folder(folder)
    assert batch.payments_file.sha256 == hashlib.sha256(packed).hexdigest()
    assert batch.payments_file.name == str(folder / "payments.jsonl.gz")
    assert batch.fx_file.sha256 == hashlib.sha256((folder / "fx.json").read_bytes()).hexdigest()
    assert len(batch.payments) == 1


@pytest.mark.parametrize("left_out", [True, False])
def test_what_the_source_did_not_say_is_none(tmp_path: Path, left_out: bool):
    """A field that may be null reads as None when it is null, absent, or nothing but blanks."""
    payment, line = dict(PAYMENT), dict(SETTLEMENT)
    for row, names in ((payment, NULLABLE_OF_PAYMENT), (line, NULLABLE_OF_SETTLEMENT)):
        for name in names:
            if left_out:
                del row[name]
            else:
                row[name] = None
    batch = read_folder(write_folder(tmp_path, payments=[payment], settlements=[line]))
    [(_, found)], [(_, arrived)] = batch.payments, batch.lines
    days = {"expected_value_date", "value_date"}
    assert [getattr(found, n) for n in NULLABLE_OF_PAYMENT if n not in days] == [None] * 6
    assert [getattr(arrived, n) for n in NULLABLE_OF_SETTLEMENT if n not in days] == [None] * 10
    assert found.expected_value_date == found.local_day
    assert arrived.value_date == arrived.booking_date


@pytest.mark.parametrize("blank", ["", " ", "\t\u00a0"])
def test_blanks_say_nothing(tmp_path: Path, blank: str):
    """Blank ids and texts would make strangers alike: they are None."""
    line = SETTLEMENT | {"bank_entry_id": blank, "remittance_information": blank}
    [(_, arrived)] = read_folder(write_folder(tmp_path, settlements=[line])).lines
    assert (arrived.bank_entry_id, arrived.remittance_information) == (None, None)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"\n  \n" + text + b"\n\n",
        lambda text: text.rstrip(b"\n"),
        lambda text: text.replace(b'"amount": ', b'\t"amount" :  '),
    ],
    ids=["mark", "crlf", "blank lines", "no last line end", "white space"],
)
def test_harmless_forms_are_accepted(tmp_path: Path, spoil: Callable[[bytes], bytes]):
    """A byte order mark, line ends of Windows, blank lines and white space change nothing."""
    plain = read_folder(write_folder(tmp_path / "a")).payments
    again = read_folder(write_folder(tmp_path / "b", raw={"payments.jsonl": spoil(GOOD)}))
    assert [row for _, row in again.payments] == [row for _, row in plain]


def test_the_same_row_again_counts_once(tmp_path: Path):
    """A repeated row is taken once, as received first, whatever the order of the lines."""
    late = PAYMENT | {"received_at": "2026-03-03T09:00:00Z"}
    elsewhere = PAYMENT | {"created_at": "2026-03-02T20:30:00-03:00"}
    rows = [late, PAYMENT, elsewhere]
    lines = [SETTLEMENT, SETTLEMENT]
    one = read_folder(write_folder(tmp_path / "a", payments=rows, settlements=lines))
    other = read_folder(write_folder(tmp_path / "b", payments=rows[::-1], settlements=lines))
    assert len(one.payments) == len(one.lines) == 1
    assert one.payments == other.payments
    assert one.payments[0][1].received_at == PAYMENT["received_at"]


def test_an_id_with_other_content_is_refused_with_both_lines(tmp_path: Path):
    """The refusal of a second content for one id names both lines and what differs."""
    rows = [PAYMENT, PAYMENT | {"payment_id": "P2"}, PAYMENT | {"amount": 1, "reference": "X"}]
    assert refused(write_folder(tmp_path / "a", payments=rows)) == (
        "payments.jsonl",
        "line 3",
        "payment_id repeated with other content (first on line 1): amount, reference",
    )
    lines = [SETTLEMENT, SETTLEMENT | {"account": "0116062064925275886877"}]
    assert refused(write_folder(tmp_path / "b", settlements=lines)) == (
        "settlements.jsonl",
        "line 2",
        "settlement_id repeated with other content (first on line 1): account",
    )


# Files.


def test_a_missing_folder_and_each_missing_file(tmp_path: Path):
    """What is not there is named."""
    with pytest.raises(InputRefused) as caught:
        read_folder(tmp_path / "nowhere")
    assert (caught.value.place, caught.value.reason) == ("folder", "missing")
    for name in ("payments.jsonl", "settlements.jsonl", "merchants.json", "calendar.json"):
        folder = write_folder(tmp_path / name)
        (folder / name).unlink()
        assert refused(folder) == (name, "file", "missing")
        (folder / name).mkdir()
        assert refused(folder) == (name, "file", "not a regular file")


def test_a_file_where_a_folder_is_due(tmp_path: Path):
    """A file is no data folder."""
    (tmp_path / "file").write_bytes(GOOD)
    assert refused(tmp_path / "file") == ("file", "folder", "not a folder")


def test_both_forms_of_a_file_are_ambiguous(tmp_path: Path):
    """Where a file is there plain and gzipped, nobody knows which one counts."""
    folder = write_folder(tmp_path, raw={"settlements.jsonl.gz": b""})
    assert refused(folder) == (
        "settlements.jsonl",
        "file",
        "ambiguous: settlements.jsonl.gz is there too",
    )


@pytest.mark.parametrize("content", [b"", b"\n", b" \n\r\n\t\n", b"\xef\xbb\xbf\n"])
def test_a_file_without_rows_is_refused(tmp_path: Path, content: bytes):
    """An empty file is more likely a failed delivery than a day without payments."""
    for name in ("payments.jsonl", "settlements.jsonl"):
        folder = write_folder(tmp_path / name, raw={name: content})
        assert refused(folder) == (name, "line 1", "no rows")


PACKED = gzip.compress(GOOD, mtime=0)  # the same bytes in every process that collects the tests


@pytest.mark.parametrize(
    "packed, reason",
    [
        (PACKED[:-1], "gzip truncated"),
        (PACKED[:30], "gzip truncated"),
        (b"", "gzip truncated"),
        (PACKED + b"\0", "bytes after the end of the gzip data"),
        (PACKED + PACKED, "bytes after the end of the gzip data"),
        (PACKED + b"x" * (stored.CHUNK_BYTES + 1), "bytes after the end of the gzip data"),
        (PACKED[:-8] + b"\0" * 8, "gzip damaged, or no gzip at all"),
        (GOOD, "gzip damaged, or no gzip at all"),
    ],
)
def test_gzip_is_whole_and_nothing_else(tmp_path: Path, packed: bytes, reason: str):
    """Truncated, damaged and prolonged gzip files are refused."""
    folder = write_folder(tmp_path, raw={"payments.jsonl.gz": packed})
    (folder / "payments.jsonl").unlink()
    name, place, said = refused(folder)
    assert (name, said) == ("payments.jsonl.gz", reason)
    assert place.startswith("line ")


def test_lines_that_cross_chunks_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """However the bytes come in pieces, the rows are the same."""
    rows = [PAYMENT | {"payment_id": f"P{number}"} for number in range(30)]
    text = text_of(rows).encode()
    whole = read_folder(write_folder(tmp_path / "a", payments=rows)).payments
    packed = {"payments.jsonl.gz": gzip.compress(text)}
    for size in (1, 7, 511, len(text)):
        monkeypatch.setattr(stored, "CHUNK_BYTES", size)
        assert read_folder(tmp_path / "a").payments == whole
        folder = write_folder(tmp_path / f"b{size}", raw=packed)
        (folder / "payments.jsonl").unlink()
        assert read_folder(folder).payments == whole


def test_a_line_of_a_megabyte_is_not_read_to_its_end(tmp_path: Path):
    """A line past the limit is refused, plain or inflated, before anything is made of it."""
    long = GOOD + b'{"payment_id": "' + b"x" * 5_000_000
    reason = f"line longer than {stored.LINE_BYTES_MAX} bytes"
    read: list[int] = []
    folder = write_folder(tmp_path, raw={"payments.jsonl": long})
    with pytest.raises(InputRefused) as caught:
        read_folder(folder, progress=lambda done, total: read.append(done))
    assert (caught.value.place, caught.value.reason) == ("line 2", reason)
    assert read == [stored.CHUNK_BYTES]
    (folder / "payments.jsonl").unlink()
    (folder / "payments.jsonl.gz").write_bytes(gzip.compress(long))
    assert refused(folder) == ("payments.jsonl.gz", "line 2", reason)


def test_what_inflates_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The number of lines and of inflated bytes have a limit."""
    monkeypatch.setattr(stored, "LINES_MAX", 1_000)
    blank = {"payments.jsonl.gz": gzip.compress(b"\n" * 2_000)}
    folder = write_folder(tmp_path, raw=blank)
    (folder / "payments.jsonl").unlink()
    assert refused(folder) == ("payments.jsonl.gz", "line 1001", "more than 1000 lines")
    monkeypatch.setattr(stored, "INFLATED_BYTES_MAX", 1_000)
    assert refused(folder)[2] == "inflates to more than 1000 bytes"


def test_progress_counts_the_stored_bytes(tmp_path: Path):
    """The last report says that every byte of both files of rows was read."""
    seen: list[tuple[int, int]] = []
    folder = write_folder(tmp_path)
    read_folder(folder, progress=lambda done, total: seen.append((done, total)))
    names = (data_folder.PAYMENTS, data_folder.SETTLEMENTS)
    total = sum((folder / name).stat().st_size for name in names)
    assert seen[-1] == (total, total)


def test_a_fault_in_the_last_line_gives_out_nothing(tmp_path: Path):
    """Reading is one answer: a refusal leaves no batch behind, and the collector as it was."""
    folder = write_folder(tmp_path, settlements=[SETTLEMENT, SETTLEMENT | {"amount": 1.5}])
    assert refused(folder) == ("settlements.jsonl", "line 2", "amount: not-an-integer (1.5)")
    assert data_folder.gc.isenabled()


def test_labelled_data_is_accepted_without_a_warning(tmp_path: Path):
    """The labelled data, where it exists, is read whole, plain and gzipped alike."""
    if not LABELLED.is_dir():
        pytest.skip("no labelled data beside this project")
    batch: Batch = read_folder(LABELLED)
    assert (len(batch.payments), len(batch.lines)) == (506, 458)
    assert (batch.warnings, batch.warnings_total) == ((), 0)
    for name in ("merchants.json", "calendar.json", "fx.json", "settlements.jsonl"):
        shutil.copyfile(LABELLED / name, tmp_path / name)
    packed = gzip.compress((LABELLED / "payments.jsonl").read_bytes())
    (tmp_path / "payments.jsonl.gz").write_bytes(packed)
    assert read_folder(tmp_path).payments == batch.payments


def test_a_merchant_that_nobody_described(tmp_path: Path):
    """A payment for an unknown merchant is refused; a line that names one is flagged."""
    rows = [PAYMENT, PAYMENT | {"payment_id": "P2", "merchant_id": "M2"}]
    folder = write_folder(tmp_path / "a", payments=rows)
    reason = "merchant_id: merchant-unknown (not in merchants.json)"
    assert refused(folder) == ("payments.jsonl", "line 2", reason)
    lines = [SETTLEMENT | {"merchant_id": "M2"}]
    [warning] = read_folder(write_folder(tmp_path / "b", settlements=lines)).warnings
    assert (warning.place, warning.field, warning.kind) == (
        "line 1",
        "merchant_id",
        "merchant-unknown",
    )


def test_wrong_check_digits_are_flagged_never_refused(tmp_path: Path):
    """Accounts and tax ids are kept as they came; what is odd about them is a warning."""
    odd = {
        "payer_account": "0177792125336137481864",
        "payer_tax_id": "24-66764921-5",
    }
    line = SETTLEMENT | {
        "account": "0000003100010000000002",
        "counterparty_account": "177792125336137481863",
        "counterparty_tax_id": "99667649214",
    }
    merchant = MERCHANT | {"tax_id": "x", "payout_account": "IBAN", "mdr_bps": 1}
    batch = read_folder(
        write_folder(tmp_path, payments=[PAYMENT | odd], settlements=[line], merchants=[merchant])
    )
    assert [(Path(w.file).name, w.place, w.field, w.kind) for w in batch.warnings] == [
        ("merchants.json", "$[0].tax_id", "tax_id", "cuit-length"),
        ("merchants.json", "$[0].payout_account", "payout_account", "cbu-length"),
        ("merchants.json", "$[0].mdr_bps", "mdr_bps", "differs-from-first-schedule"),
        ("payments.jsonl", "line 1", "payer_account", "cbu-check-digit"),
        ("payments.jsonl", "line 1", "payer_tax_id", "cuit-check-digit"),
        ("settlements.jsonl", "line 1", "account", "cvu-check-digit"),
        ("settlements.jsonl", "line 1", "counterparty_account", "cbu-length"),
        ("settlements.jsonl", "line 1", "counterparty_tax_id", "cuit-prefix"),
    ]
    assert batch.payments[0][1].payer_tax_id == "24-66764921-5"


def test_warnings_are_limited_and_counted(tmp_path: Path):
    """A thousand warnings are kept, and all are counted."""
    rows = [PAYMENT | {"payment_id": f"P{n}", "payer_tax_id": "1"} for n in range(1_005)]
    batch = read_folder(write_folder(tmp_path, payments=rows))
    assert (len(batch.warnings), batch.warnings_total) == (1_000, 1_005)


def test_the_small_folder_of_the_paper_is_accepted(tmp_path: Path):
    """The example that docs/data-folder.md ends with is a folder that can be read."""
    paper = (ROOT / "docs/data-folder.md").read_text(encoding="utf-8")
    example = paper.partition("## A small folder")[2]
    for name, text in EXAMPLE.findall(example):
        (tmp_path / name).write_text(" ".join(text.split()), encoding="utf-8")
    batch = read_folder(tmp_path)
    assert (batch.payments[0][1].payment_id, batch.lines[0][1].settlement_id) == ("P1", "S1")
    assert batch.calendar.holidays == (date(2026, 3, 24),)
