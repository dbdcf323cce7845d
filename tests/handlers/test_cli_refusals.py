"""Whatever is refused is one line that names file, place and reason; nothing of it is recorded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.handlers.terminal import change, conciliar, finished, made_bank, rows, started

Spoil = Callable[[Path], object]


def emptied(name: str) -> Spoil:
    return lambda data: (data / name).write_bytes(b"")


def removed(name: str) -> Spoil:
    return lambda data: (data / name).unlink()


def changed(name: str, row: int, **values: object) -> Spoil:
    return lambda data: change(data / name, row, **values)


def broken_line(data: Path) -> None:
    path = data / "payments.jsonl"
    lines = path.read_text("utf-8").splitlines()
    lines[2] = lines[2][:-5]
    path.write_text("\n".join(lines), "utf-8")


def repeated(data: Path) -> None:
    path = data / "payments.jsonl"
    first = rows(path)[0]
    change(path, 4, **{**first, "amount": first["amount"] + 1})


SPOILT: dict[str, tuple[Spoil, str, str, str]] = {
    "a missing file": (removed("fx.json"), "fx.json", "file", "missing"),
    "a wrong line": (broken_line, "payments.jsonl", "line 3", "JSON"),
    "a float amount": (
        changed("payments.jsonl", 2, amount=12.5), "payments.jsonl", "line 2", "amount"
    ),
    "an unknown currency": (
        changed("settlements.jsonl", 5, currency="XXX"), "settlements.jsonl", "line 5", "currency"
    ),
    "an empty file": (emptied("settlements.jsonl"), "settlements.jsonl", "line 1", "no rows"),
    "an id repeated with other content": (
        repeated, "payments.jsonl", "line 4", "repeated with other content"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT)
def test_bad_input_is_named_and_not_recorded(case: str, tmp_path: Path):
    """File, place and reason in one line, code 2, and no store is made."""
    spoil, file, place, reason = SPOILT[case]
    data = made_bank(tmp_path / "data", payments=60)
    spoil(data)
    refusal = conciliar("reconcile", data, "--out", tmp_path / "out").refusal
    assert refusal.startswith(f"{data / file}: {place}: ")
    assert reason in refusal
    assert not (tmp_path / "out").exists()


def test_a_process_ends_with_the_same_line(tmp_path: Path):
    """As a program of its own: code 2, one line, nothing on standard output."""
    data = made_bank(tmp_path / "data", payments=60)
    change(data / "payments.jsonl", 7, currency="ars")
    said = finished(started("reconcile", data, "--out", tmp_path / "out", cwd=tmp_path))
    assert "payments.jsonl: line 7: currency" in said.refusal
    assert not (tmp_path / "out").exists()


def test_a_missing_folder_is_named(tmp_path: Path):
    """The folder itself is the file that is missing."""
    said = conciliar("reconcile", tmp_path / "none", "--out", tmp_path / "out")
    assert said.refusal == f"{tmp_path / 'none'}: folder: missing"


def test_what_contradicts_the_store_is_refused_with_its_line(data: Path, out: Path, tmp_path: Path):
    """A known payment that comes with another amount is refused, and the store stays as it is."""
    other, mine = tmp_path / "data", tmp_path / "out"
    shutil.copytree(data, other)
    shutil.copytree(out, mine)
    before = conciliar("store", "info", "--store", mine, "--json").json["facts"]
    change(other / "payments.jsonl", 3, reference="SOMETHING-ELSE-1")
    refusal = conciliar("reconcile", other, "--out", mine).refusal
    assert refusal.startswith(f"{other / 'payments.jsonl'}: line 3: payment_id repeated")
    assert conciliar("store", "info", "--store", mine, "--json").json["facts"] == before


@pytest.mark.parametrize(
    "arguments, line",
    [
        (("frobnicate",), "command: command: no such command 'frobnicate'"),
        (("--frob",), "command: --frob: no such option: --frob"),
        (("explain",), "explain: ID: missing"),
        (("explain", "P1", "--frob"), "explain: --frob: no such option: --frob"),
        (("explain", "P1", "--lang", "fr"), "explain: --lang: 'fr' is not one of 'es', 'en'"),
        (("reconcile", "data"), "reconcile: --out: missing"),
        (("report", "--limit", "0"), "report: --limit: input should be greater than or equal to 1"),
        (("payment",), "payment: command: missing"),
    ],
)
def test_a_bad_option_is_named_with_its_command(arguments: tuple[str, ...], line: str):
    """The same form for the command line itself: command, option, reason."""
    assert conciliar(*arguments).refusal == line


@pytest.mark.parametrize(
    "arguments, option",
    [(("report", "--as-of", "monday"), "--as-of"), (("history", "P1", "--at", "now"), "--at")],
)
def test_a_day_that_is_none_is_refused(arguments: tuple[str, ...], option: str, out: Path):
    """Days and instants are ISO 8601, and the refusal says how to write them."""
    refusal = conciliar(*arguments, "--store", out).refusal
    assert refusal.startswith(f"{arguments[0]}: {option}: ")
    assert "write " in refusal


def test_an_unknown_id_is_refused_with_what_is_near(data: Path, out: Path):
    """The store and the id are named, and ids that look like it."""
    known = rows(data / "payments.jsonl")[0]["payment_id"]
    slip = known[:-1] + "X"
    refusal = conciliar("explain", slip, "--store", out).refusal
    assert refusal.startswith(f"{out / 'store'}: {slip}: unknown id; did you mean ")
    assert known in refusal


def test_an_id_of_another_kind_is_refused(data: Path, out: Path):
    """A line is no payment, and the refusal says what it is."""
    line = rows(data / "settlements.jsonl")[0]["settlement_id"]
    refusal = conciliar("payment", "show", line, "--store", out).refusal
    assert f"{line}: not a payment: it names set:" in refusal


def test_without_a_store_it_says_how_to_name_one(tmp_path: Path):
    """Nothing near, nothing named: the folder and the two ways to choose."""
    refusal = conciliar("report", cwd=tmp_path).refusal
    assert refusal.startswith(f"{tmp_path.resolve()}: store: no store here")
    assert "--store" in refusal
    assert "CONCILIAR_STORE" in refusal


def test_a_variable_that_cannot_be_used_is_named():
    """The environment is input too."""
    refusal = conciliar("report", CONCILIAR_LANG="fr").refusal
    assert refusal == "environment: CONCILIAR_LANG: Input should be 'es' or 'en'"


def test_another_banks_store_is_refused(out: Path):
    """A store that holds the facts of one bank is not opened for another."""
    refusal = conciliar("report", "--store", out, CONCILIAR_TENANT="other").refusal
    assert refusal.endswith("it holds the facts of bank, not of other")


def test_an_unexpected_failure_is_one_line_and_code_1(out: Path, monkeypatch: pytest.MonkeyPatch):
    """No traceback, unless it is asked for."""

    def fail(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("so it goes")

    monkeypatch.setattr("handlers.cli.report.summary", fail)
    said = conciliar("report", "--store", out)
    assert (said.code, said.out) == (1, "")
    assert said.err == "conciliar: unexpected failure: ZeroDivisionError: so it goes\n"
    for asked in (
        conciliar("report", "--debug", "--store", out),
        conciliar("report", "--store", out, CONCILIAR_DEBUG="1"),
    ):
        assert asked.code == 1
        assert "Traceback" in asked.err
        assert asked.err.endswith(said.err)
