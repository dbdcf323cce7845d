"""`--profile`: tables that a bank's analyst described are parsed and imported as described."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.handlers.terminal import Said, conciliar, rows

ACCOUNT = "0110599520000001234569"

PROFILE = """\
name: banco-del-sur
header: [Fec. Mov., Glosa, Monto, Tipo]
currency: USD
decimal: comma
date: dd/mm/yyyy
sign: indicator
debit_words: SALE
credit_words: ENTRA
columns:
  booking_date: Fec. Mov.
  text: Glosa
  amount: Monto
  indicator: Tipo
"""
HEADER = ["Fec. Mov.", "Glosa", "Monto", "Tipo"]
OUT = ["20/11/2026", "Pago", "1.234,50", "SALE"]
IN = ["21/11/2026", "Venta", "2,00", "ENTRA"]
MOVEMENTS = [("2026-11-20", -123450, "USD"), ("2026-11-21", 200, "USD")]


def csv() -> bytes:
    """The table as CSV."""
    return "".join(";".join(row) + "\n" for row in (HEADER, OUT, IN)).encode()


def json_lines() -> bytes:
    """The same, an object a line."""
    objects = (dict(zip(HEADER, row, strict=True)) for row in (OUT, IN))
    return "".join(f"{json.dumps(each)}\n" for each in objects).encode()


def workbook() -> bytes:
    """The same in a worksheet, below a line of the bank's."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Banco del Sur"], HEADER, OUT, IN):
        sheet.append(row)
    book.save(content := io.BytesIO())
    return content.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the table in CSV and its profile."""
    (tmp_path / "day.csv").write_bytes(csv())
    (tmp_path / "bank.yaml").write_text(PROFILE)
    return tmp_path


def parse(*arguments: str, cwd: Path) -> Said:
    """What `statement parse` says."""
    return conciliar("statement", "parse", *arguments, cwd=cwd)


def import_(*arguments: str, cwd: Path) -> Said:
    """What `statement import` says."""
    return conciliar(
        "statement", "import", *arguments, "--store", "store", "--account", ACCOUNT, cwd=cwd
    )


def movements(told: dict[str, Any]) -> list[tuple[str, int, str]]:
    """Day, amount and currency of each entry."""
    return [
        (each["booking_date"], each["amount_minor"], each["currency"])
        for statement in told["statements"]
        for each in statement["entries"]
    ]


@pytest.mark.parametrize(
    "content",
    [csv(), json_lines(), workbook(), gzip.compress(csv())],
    ids=["csv", "json-lines", "xlsx", "gzip"],  # bytes that hold the time would be other names
)
@pytest.mark.parametrize("form", ["csv", "ar-extract"])
def test_a_table_is_read_by_its_profile_in_every_dress(content: bytes, form: str, folder: Path):
    """Its words tell the sign, its currency and its format count; packed or not."""
    (folder / "day").write_bytes(content)
    (folder / "bank.yaml").write_text(f"{PROFILE}format: {form}\n")

    told = parse("day", "--profile", "bank.yaml", cwd=folder).json

    assert (told["format"], movements(told)) == (form, MOVEMENTS)


def test_a_file_that_is_not_of_the_profile_is_refused_and_the_others_are_read(folder: Path):
    """Another header, a message that needs no profile, and nothing at all."""
    (folder / "other").write_text("Date;Amount\n2026-11-20;1,00\n")
    (folder / "camt").write_text(
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt/>'
    )
    (folder / "mt940").write_text("{1:F01X}{2:O940X}{4:\n:20:1\n")
    (folder / "empty").write_bytes(b"")

    said = parse("other", "camt", "mt940", "empty", "day.csv", "--profile", "bank.yaml", cwd=folder)

    assert said.code == 2
    assert said.err.splitlines() == [
        "conciliar: other: file: no line is a header that is known, so nothing tells the columns",
        "conciliar: camt: file: it is camt.053, which is read without a profile",
        "conciliar: mt940: file: it is mt940, which is read without a profile",
        "conciliar: empty: file: the file is empty",
    ]
    assert len(said.out.splitlines()) == 5


@pytest.mark.parametrize("command", ["parse", "import"])
@pytest.mark.parametrize(
    "profile, arguments, refusal",
    [
        (PROFILE + "colour: red\n", (), "bank.yaml: line 14: colour: Extra inputs are"),
        (PROFILE + "- x\n", (), "bank.yaml: line 14: the profile is not YAML"),
        ("#" * 70_000, (), "bank.yaml: file: a profile has at most 65536 bytes"),
        (None, (), "bank.yaml: file: No such file or directory"),
        (PROFILE, ("--format", "mt940"), "--profile: mt940 is read without a profile, but csv, "),
        (PROFILE, ("--format", "ofx"), "--format: this one is not read"),
    ],
)
def test_a_faulty_profile_is_one_line_and_nothing_is_read(
    command: str, profile: str | None, arguments: tuple[str, ...], refusal: str, folder: Path
):
    """It names the line of the profile; no store is made, and nothing is printed."""
    if profile is None:
        (folder / "bank.yaml").unlink()
    else:
        (folder / "bank.yaml").write_text(profile)
    run = parse if command == "parse" else import_

    said = run("day.csv", "--profile", "bank.yaml", *arguments, cwd=folder)

    assert said.refusal.removeprefix(f"statement {command}: ").startswith(refusal)
    assert not (folder / "store").exists()


@pytest.mark.parametrize("form, reason", [("csv", None), ("xlsx", "it is csv, not xlsx")])
def test_a_format_beside_a_profile_is_a_promise(form: str, reason: str | None, folder: Path):
    """A file that does not keep it is refused."""
    said = parse("day.csv", "--profile", "bank.yaml", "--format", form, cwd=folder)

    assert said.err == ("" if reason is None else f"conciliar: day.csv: file: {reason}\n")


def test_files_are_imported_by_their_profile(folder: Path):
    """With the sign and the currency that only the profile knows."""
    said = import_("day.csv", "--profile", "bank.yaml", "--json", cwd=folder)

    (told,) = said.json["files"]
    assert (told["status"], told["format"], said.json["lines"]) == ("imported", "csv", 2)
    report = conciliar("report", "--open", "--json", "--store", "store", cwd=folder).json
    assert {(each["minor"], each["currency"]) for each in report["open"]} == {
        (-123450, "USD"),
        (200, "USD"),
    }


def test_the_profile_by_which_a_table_was_read_is_recorded_with_its_version(folder: Path):
    """Its name and the hash of its text, for a file that is known again too."""
    (folder / "other.csv").write_bytes(csv().replace(b"20/11", b"19/11"))
    shown = [import_(each, "--profile", "bank.yaml", "--json", cwd=folder).json for each in
             ("day.csv", "day.csv", "other.csv")]  # fmt: skip
    version = hashlib.sha256((folder / "bank.yaml").read_bytes()).hexdigest()
    for told in shown:
        (one,) = told["files"][0]["statements"]
        assert (one["profile"], one["profile_hash"]) == ("banco-del-sur", version)
    assert [told["files"][0]["status"] for told in shown] == ["imported", "known", "imported"]
    parsed = parse("day.csv", "--profile", "bank.yaml", cwd=folder).json
    assert parsed["statements"][0]["profile_hash"] == version


def test_a_table_that_nothing_ends_says_so_unless_its_profile_demands_an_end(folder: Path):
    """`ends_with` makes of a missing row of totals a file that was cut."""
    (told,) = import_("day.csv", "--profile", "bank.yaml", "--json", cwd=folder).json["files"]
    assert told["statements"][0]["completeness"] == "not-stated"
    assert "nothing in it says that it is all there" in import_("day.csv", cwd=folder).out
    demanding = f"{PROFILE}ends_with: totals\nrows:\n  totals: [Sumas]\n"
    (folder / "bank.yaml").write_text(demanding)
    (folder / "whole.csv").write_bytes(csv() + b";Sumas;-1.232,50;\n")
    said = parse("day.csv", "whole.csv", "--profile", "bank.yaml", cwd=folder)
    assert said.err == (
        "conciliar: day.csv: line 3: the file ends without totals, as its profile demands\n"
    )
    whole = json.loads(said.out.splitlines()[1])["statements"][0]
    assert (whole["completeness"], whole["checks"]["controls_match"]) == ("stated", True)


def test_a_refused_file_is_sent_again_by_the_profile_it_had(folder: Path):
    """The profile is read anew, as the file is; one that is faulty or gone is told."""
    good = PROFILE.replace("comma", "point")
    (folder / "bank.yaml").write_text(good)
    acks = folder / "acks.jsonl"
    refused = import_("day.csv", "--profile", "bank.yaml", "--acks", "acks.jsonl", cwd=folder)
    assert "has no decimal point" in refused.err
    (told,) = rows(acks)

    def replay() -> dict[str, Any]:
        arguments = ("parked", "replay", told["parked"], "--store", "store", "--json")
        (one,) = json.loads(conciliar(*arguments, cwd=folder).out)["replayed"]
        return one

    (folder / "bank.yaml").write_text("name: x\n")
    assert "bank.yaml: line 1: columns: Field required" in replay()["words"]
    (folder / "bank.yaml").unlink()
    assert "bank.yaml: file: No such file" in replay()["words"]
    (folder / "bank.yaml").write_text(PROFILE)
    assert replay()["done"]
