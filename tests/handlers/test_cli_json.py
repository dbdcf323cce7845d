"""Each command has a form for machines: one JSON document on standard output, with kept keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.handlers.terminal import conciliar, rows

SUMMARY = {
    "as_of", "position", "auto_of_matchable", "auto_of_all", "payments_reconciled",
    "needs_a_person", "missing", "contradictions", "open", "ages", "rates", "books_close", "books",
}  # fmt: skip


@pytest.fixture
def payment(data: Path) -> str:
    return rows(data / "payments.jsonl")[0]["payment_id"]


@pytest.fixture
def line(data: Path) -> str:
    return rows(data / "settlements.jsonl")[0]["settlement_id"]


def test_reconcile(data: Path, out: Path):
    """What was read and recorded, how long it took, and the summary."""
    said = conciliar("reconcile", data, "--out", out, "--json").json
    assert set(said) == {
        "out", "store", "payments", "lines", "recorded", "judged", "duration_ms",
        "payments_a_second", "warnings", "warnings_total", "summary", "pages", "check",
    }  # fmt: skip
    assert said["payments"] == 200
    assert said["recorded"] == 0
    assert set(said["summary"]) == SUMMARY
    assert said["summary"]["books_close"] is True


def test_report_as_a_whole(out: Path):
    """The summary, as of the last day known."""
    said = conciliar("report", "--store", out, "--json").json
    assert set(said) == {"as_of", "summary"}
    assert set(said["summary"]) == SUMMARY


def test_report_in_parts(out: Path):
    """Each part under its name, and only those asked for."""
    parts = ("open", "ages", "rates", "position", "books")
    said = conciliar("report", "--store", out, "--json", *(f"--{part}" for part in parts)).json
    assert set(said) == {"as_of", *parts}
    assert all(said[part] for part in parts)
    assert {"id", "reason", "minor", "currency", "age_days", "candidates"} <= set(said["open"][0])
    assert sum(each["count"] for each in said["ages"]) == len(said["open"])
    assert all(book["closes"] and book["residual_minor"] == 0 for book in said["books"])


def test_report_narrowed(out: Path):
    """Filters narrow the open items, and one account's books are one statement."""
    every = conciliar("report", "--store", out, "--json", "--open").json["open"]
    reason = every[0]["reason"]
    some = conciliar("report", "--store", out, "--json", "--open", "--reason", reason).json["open"]
    assert some == [each for each in every if each["reason"] == reason]
    account = next(each["account"] for each in every if each["account"])
    books = ("report", "--store", out, "--json", "--books", "--account", account)
    (book,) = conciliar(*books, "--currency", "ARS").json["books"]
    assert book["account"] == account


def test_explain(payment: str, out: Path):
    """Sentences in the language asked for, and the explanation as data."""
    said = conciliar("explain", payment, "--store", out, "--lang", "es", "--json").json
    assert set(said) == {"id", "kind", "language", "sentences", "explanation", "suggestions"}
    assert (said["kind"], said["language"]) == ("payment", "es")
    assert said["sentences"][0].startswith("El pago")


def test_what_is_open_is_shown_with_the_suggestions_of_the_result_file(out: Path):
    """The list of open items, the explanation and exceptions.jsonl suggest the same."""
    said = conciliar("report", "--store", out, "--json", "--open").json["open"]
    listed = [each["suggestions"] for each in said if each["suggestions"]]
    written = {
        row["id"]: row["suggestions"]
        for row in rows(out / "exceptions.jsonl")
        if row["suggestions"]
    }
    assert sorted(map(repr, listed)) == sorted(map(repr, written.values()))
    item, suggestions = next(iter(sorted(written.items())))
    explained = conciliar("explain", item, "--store", out, "--lang", "en", "--json").json
    assert explained["suggestions"] == suggestions
    assert explained["sentences"][1].startswith("Suggestion, right in")


def test_history(payment: str, out: Path):
    """Each step with its envelope, the state, and how many steps came later."""
    said = conciliar("history", payment, "--store", out, "--json").json
    assert set(said) == {"id", "kind", "known_at_ms", "position", "state", "steps", "later"}
    assert said["steps"][0]["topic"] == "payment.registered"
    assert "payer_account" not in said["steps"][0]["fields"]
    personal = conciliar("history", payment, "--store", out, "--json", "--personal").json
    assert "payer_account" in personal["steps"][0]["fields"]


def test_show(payment: str, line: str, out: Path):
    """The documents of the read models, with their ids."""
    paid = conciliar("payment", "show", payment, "--store", out, "--json").json
    assert paid["payment_id"] == payment
    arrived = conciliar("settlement", "show", line, "--store", out, "--json").json
    assert arrived["rows"][0] == line


def test_store(out: Path, tmp_path: Path):
    """Info, verify, rebuild, backup and restore say what they found and did."""
    info = conciliar("store", "info", "--store", out, "--json").json
    assert info["facts"] == info["read_models_position"]
    verified = conciliar("store", "verify", "--store", out, "--json").json
    assert (verified["sound"], verified["facts"]) == (True, info["facts"])
    rebuilt = conciliar("store", "rebuild", "--store", out, "--json").json
    assert rebuilt["facts"] == info["facts"]
    copy, again = tmp_path / "copy", tmp_path / "again"
    backup = conciliar("store", "backup", copy, "--store", out, "--json").json
    assert backup["facts"] == info["facts"]
    assert conciliar("store", "restore", copy, again, "--json").json["facts"] == info["facts"]
    assert conciliar("store", "rebuild", "--store", again, "--json").json == rebuilt


def test_doctor(out: Path):
    """Everything that was looked at, and whether all that is needed is here."""
    said = conciliar("doctor", "--store", out, "--json", cwd=out).json
    assert said["ok"] is True
    assert {"Python", "SQLite", "typer", "store"} <= {each["name"] for each in said["checks"]}


def test_demo(tmp_path: Path):
    """The same document as of reconcile."""
    said = conciliar("demo", "--payments", "100", "--json", cwd=tmp_path).json
    assert said["payments"] == 100
    assert set(said["summary"]) == SUMMARY


def test_store_export(out: Path, tmp_path: Path):
    """What was written, through which position, and the digest by which it is known."""
    file = tmp_path / "facts.jsonl"
    said = conciliar("store", "export", file, "--store", out, "--json").json
    assert set(said) == {"file", "facts", "through", "sha256", "personal"}
    assert said["facts"] == said["through"] == len(rows(file))
    assert said["personal"] is False
    again = conciliar("store", "export", file, "--store", out)
    assert (again.code, "the name is taken" in again.err) == (2, True)
