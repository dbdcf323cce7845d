"""`conciliar statement profile`: a draft to correct, what it reads, and refusals of one line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.statements.profiles import load_profile
from tests.architecture.source import ROOT
from tests.handlers.terminal import Said, conciliar

CARD = "4509953566233704"
TABLE = (
    "Fecha;Glosa;Monto;Lado;Saldo\n"
    "19/11/2026;Saldo anterior;;;0,00\n"
    "20/11/2026;Venta;2.000,00;ENTRA;2.000,00\n"
    f"21/11/2026;Pago tarjeta {CARD};1.234,50;SALE;765,50\n"
    "22/11/2026;Venta;0,50;ENTRA;766,00\n"
)
PLAIN = "Day,What,Sum\n2026-11-20,Sale,7.00\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two tables."""
    (tmp_path / "day.csv").write_text(TABLE)
    (tmp_path / "plain.csv").write_text(PLAIN)
    return tmp_path


def profile(*arguments: str, cwd: Path, **variables: str) -> Said:
    """What the command says."""
    return conciliar("statement", "profile", *arguments, cwd=cwd, **variables)


def test_a_draft_is_shown_with_what_it_reads_and_what_it_asks(folder: Path):
    """The profile, the first entries as people read them, and what an analyst has to look at."""
    said = profile("plain.csv", cwd=folder)

    assert (said.code, said.err) == (0, "")
    shown = [re.sub(" +", " ", line).strip() for line in said.out.splitlines()]
    assert "booking_date: Day" in shown
    assert "line date value date amount text reference balance" in shown
    assert "2 2026-11-20 – 7.00 Sale – –" in shown
    assert "No account: no balances that prove the amounts." in shown
    assert [line for line in shown if line.startswith("currency nothing in the file tells it")]
    assert "# ?" not in said.out
    assert [each.name for each in sorted(folder.iterdir())] == ["day.csv", "plain.csv"]


def test_what_is_shown_of_a_draft_is_a_profile(folder: Path):
    """Whoever copies it from the terminal has the same as who writes it with --out."""
    said = profile("day.csv", "--out", "bank.yaml", cwd=folder, COLUMNS="80")

    assert "Written to bank.yaml." in said.out
    shown = said.out.partition("# Drafted")[2].partition("What it reads")[0]
    written = load_profile((folder / "bank.yaml").read_bytes())
    copied = load_profile(f"# Drafted{shown}".encode())
    assert copied.model_dump() == written.model_dump()
    assert (written.name, written.sign, written.columns.balance) == (
        "day",
        "indicator",
        ("Saldo",),
    )
    assert (written.debit_words, written.credit_words) == (("SALE",), ("ENTRA",))


def test_a_corrected_profile_is_shown_with_what_it_reads_before_it_is_used(folder: Path):
    """Draft, correct, look again: the balances tell that it is right; nothing is drafted."""
    profile("day.csv", "--out", "bank.yaml", cwd=folder)
    drafted = (folder / "bank.yaml").read_text()
    (folder / "bank.yaml").write_text(drafted.replace("currency: ARS", "currency: USD"))

    said = profile("day.csv", "--profile", "bank.yaml", cwd=folder)

    assert said.code == 0
    assert "3 entries, in USD" in said.out
    assert "-1,234.50" in said.out
    assert "the balances follow from the amounts" in said.out
    assert "# Drafted" not in said.out


@pytest.mark.parametrize(
    "table, words",
    [
        (PLAIN.replace("Day", "Date").replace("Sum", "Amount"), "it would be taken for csv."),
        (
            "FECHA_PAGO;LIQUIDACION;ESTABLECIMIENTO;VENTA;ARANCEL;NETO\n"
            "05/10/2026;1;30123456;100,00;2,00;98,00\n",
            "It is ar-card, which has a reader of its own: leave the profile out.",
        ),
    ],
)
def test_a_file_that_needs_no_profile_is_told(table: str, words: str, folder: Path):
    """Nobody writes a profile for a report that is known, and reads gross amounts by it."""
    (folder / "known.csv").write_text(table)
    assert words in profile("known.csv", cwd=folder).out


def test_card_numbers_are_masked(folder: Path):
    """In what people see and in what machines read."""
    for said in (profile("day.csv", cwd=folder), profile("day.csv", "--json", cwd=folder)):
        assert "450995" in said.out
        assert CARD not in said.out


def test_machines_get_the_draft_and_the_entries(folder: Path):
    """With the keys that `statement parse` has for entries and statements."""
    told = profile("day.csv", "--json", cwd=folder).json

    assert load_profile(told["profile"].encode()).name == "day"
    assert (told["file"], told["out"], told["error"]) == ("day.csv", None, None)
    assert (told["known_as"], told["entries_total"]) == ("ar-extract", 3)
    assert [each["amount_minor"] for each in told["entries"]] == [200000, -123450, 50]
    assert told["entries"][0]["booking_date"] == "2026-11-20"
    assert told["statements"][0]["checks"]["balance_closes"] is True
    assert [each for each in told["questions"] if each.startswith("currency: ")]


def test_a_draft_that_cannot_read_its_file_says_so_and_is_shown(folder: Path):
    """There is something to correct, and where."""
    (folder / "plain.csv").write_text(PLAIN + "2026-11-21,Sale,7.00\n" * 600 + "x,y,z\n")

    said = profile("plain.csv", cwd=folder)

    assert said.code == 0
    assert "600 entries, the first 10 of them" in said.out
    assert "Not read: line 603: " in said.out
    assert profile("plain.csv", "--json", cwd=folder).json["error"].startswith("line 603: ")


def test_balances_that_contradict_are_told(folder: Path):
    """An amount that is not what its balance says is an amount read wrongly, or a wrong file."""
    (folder / "bank.yaml").write_text(
        "name: x\ncurrency: ARS\ndecimal: comma\nsign: amount\n"
        "columns: {booking_date: Fecha, amount: Monto, balance: Saldo}\n"
    )
    told = profile("day.csv", "--profile", "bank.yaml", "--json", cwd=folder).json
    said = profile("day.csv", "--profile", "bank.yaml", cwd=folder)

    assert told["statements"][0]["checks"]["balance_closes"] is False
    assert told["statements"][0]["disagreement"] in " ".join(said.out.split())


@pytest.mark.parametrize(
    "arguments, refusal",
    [
        (("none.csv",), "none.csv: file: No such file or directory"),
        ((".",), ".: file: it is a folder"),
        (("nothing",), "nothing: file: the file is empty"),
        (("camt",), "camt: file: it is camt.053, which is read without a profile"),
        (("words",), "words: file: no line is a header that is known"),
        (("day.csv", "--out", "plain.csv"), "plain.csv: file: File exists"),
        (("day.csv", "--out", "no/where.yaml"), "no/where.yaml: file: No such file or directory"),
        (("day.csv", "--profile", "words"), "words: line 1: a profile is a list of keys"),
        (("day.csv", "--profile", "none"), "none: file: No such file or directory"),
        (("words", "--profile", "good.yaml"), "words: file: no line is a header that is known"),
        (
            ("day.csv", "--profile", "good.yaml", "--out", "x"),
            "statement profile: --out: there is no draft to write with --profile",
        ),
        ((), "statement profile: FILE: missing"),
    ],
)
def test_wrong_input_is_one_line(arguments: tuple[str, ...], refusal: str, folder: Path):
    """File or option, place and reason; code 2, and nothing printed or overwritten."""
    (folder / "nothing").write_bytes(b"")
    (folder / "words").write_text("just words\n")
    (folder / "camt").write_text(
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt/>'
    )
    (folder / "good.yaml").write_text("name: x\ncolumns: {booking_date: a, amount: b}\n")

    assert profile(*arguments, cwd=folder).refusal.startswith(refusal)
    assert (folder / "plain.csv").read_text() == PLAIN


def test_help_shows_how_to_go_on():
    """With an example of drafting and one of looking again."""
    said = conciliar("statement", "profile", "--help")
    examples = said.out.partition("Example")[2]
    assert "--out our-bank.yaml" in examples
    assert "--profile our-bank.yaml" in examples


def test_the_example_of_the_papers_is_shown_as_they_show_it(tmp_path: Path):
    """The table and the profile of docs/statements.md: whoever copies them sees the same."""
    paper = (ROOT / "docs/statements.md").read_text("utf-8")
    table, declared, shown = re.findall(r"```(?:text|yaml)\n(.*?)```", paper, re.DOTALL)
    (tmp_path / "movements.csv").write_text(table)
    (tmp_path / "south.yaml").write_text(declared)

    said = profile("movements.csv", "--profile", "south.yaml", cwd=tmp_path)

    assert [line.rstrip() for line in said.out.strip().splitlines()] == (
        [line.rstrip() for line in shown.strip().splitlines()]
    )
