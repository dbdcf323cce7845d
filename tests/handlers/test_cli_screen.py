"""What people see: figures, tables, help, progress; plain where nobody looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from application.rates import Share
from handlers.cli import figures
from handlers.cli.progress import progress
from handlers.cli.screen import PIPE_WIDTH
from tests.handlers.terminal import conciliar, rows

COMMANDS = (
    ("demo",), ("reconcile",), ("explain",), ("report",), ("history",), ("unmatch",),
    ("payment", "show"), ("payment", "cancel"), ("settlement", "show"), ("settlement", "cancel"),
    ("store", "info"), ("store", "verify"), ("store", "rebuild"), ("store", "backup"),
    ("store", "restore"), ("doctor",),
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_helps_with_an_example(command: tuple[str, ...]):
    """Help says what it does, has `--json`, and shows how to call it."""
    said = conciliar(*command, "--help")
    assert said.code == 0
    assert f"conciliar {' '.join(command)}" in said.out.partition("Example")[2]
    assert "--json" in said.out


def test_alone_it_shows_what_there_is():
    """Without a command the help is printed, and that is no failure."""
    said = conciliar()
    assert said.code == 0
    assert all(command[0] in said.out for command in COMMANDS)


def test_the_version_is_one_line():
    """`--version` says name and version."""
    assert conciliar("--version").out.startswith("conciliar 0.")


def test_nothing_is_coloured_where_nobody_looks(out: Path):
    """No escape codes in a pipe, and no line that is cut."""
    said = conciliar("report", "--open", "--limit", "1000", "--store", out)
    assert "\x1b" not in said.out
    assert "…" not in said.out
    assert all(len(line) <= max(PIPE_WIDTH, 200) for line in said.out.splitlines())


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((), ("Match rate", "Open", "Books", "Ages of open items")),
        (("--rates",), ("Lines and payments in ARS", "identity@1")),
        (("--position",), ("Daily position", "expected", "settled")),
        (("--books",), ("statement", "ledger", "closes")),
        (("--ages",), ("not due", "over 12")),
        (("--open", "--limit", "2"), ("Open items", "more with --limit")),
    ],
)
def test_reports_are_tables(arguments: tuple[str, ...], words: tuple[str, ...], out: Path):
    """Each report has a heading and aligned columns."""
    said = conciliar("report", *arguments, "--store", out)
    assert said.code == 0
    assert [word for word in words if word not in said.out] == []


def test_the_books_of_an_account_close_in_words(out: Path):
    """The statement of one account ends with a verdict."""
    books = conciliar("report", "--books", "--json", "--store", out).json["books"]
    one = next(each for each in books if each["difference_minor"])
    account, currency = one["account"], one["currency"]
    narrowed = ("--account", account, "--currency", currency)
    said = conciliar("report", "--books", *narrowed, "--store", out)
    assert f"Bank reconciliation  {account}" in said.out
    assert "The books close" in said.out


def test_explanations_speak_the_language_of_the_system(data: Path, out: Path):
    """An option goes before CONCILIAR_LANG, and that before LANG."""
    payment = rows(data / "payments.jsonl")[0]["payment_id"]
    ask = ("explain", payment, "--store", out)
    assert "El pago" in conciliar(*ask, LC_ALL="", LANG="es_AR.UTF-8").out
    assert "Payment" in conciliar(*ask, LC_ALL="", LANG="es_AR.UTF-8", CONCILIAR_LANG="en").out
    assert "El pago" in conciliar(*ask, "--lang", "es", CONCILIAR_LANG="en").out


def test_a_demonstration_shows_everything_and_runs_again(tmp_path: Path):
    """Summary, whys, books, where to look; again, nothing is new; another seed needs room."""
    demo = ("demo", "--payments", "150", "--days", "2")
    first = conciliar(*demo, cwd=tmp_path)
    assert (first.code, first.err) == (0, "")
    for part in ("Reconciled 150 payments", "Why", "Why not", "Where to look", "How to go on"):
        assert part in first.out
    assert "Nothing new in 150 payments" in conciliar(*demo, cwd=tmp_path).out
    other = (*demo, "--seed", "2")
    assert "add --fresh" in conciliar(*other, cwd=tmp_path).refusal
    assert "Reconciled 150 payments" in conciliar(*other, "--fresh", cwd=tmp_path).out


def test_the_one_store_that_is_near_is_taken(out: Path, data: Path):
    """In a folder of results, beside one, and inside the store itself."""
    for folder in (out, out.parent, out / "store"):
        assert conciliar("store", "info", "--json", cwd=folder).json["facts"] > 0
    assert conciliar("store", "info", "--json", CONCILIAR_STORE=str(out)).json["facts"] > 0


def test_figures_are_read_at_a_glance():
    """Numbers are grouped, amounts carry their currency, shares have one decimal."""
    assert figures.count(1_234_567) == "1,234,567"
    assert figures.amount(-1_234_567, "ARS") == "ARS -12,345.67"
    assert [figures.percent(Share(*each)) for each in ((2, 3), (1, 1), (0, 7), (0, 0))] == [
        "66.7 %",
        "100.0 %",
        "0.0 %",
        "–",
    ]
    assert [figures.duration(ms) for ms in (0, 840, 59_900, 125_000)] == [
        "0.0 s",
        "0.8 s",
        "59.9 s",
        "2 min 05 s",
    ]
    assert [figures.size(each) for each in (512, 1_536, 63_000_000)] == [
        "512 B",
        "1.5 KiB",
        "60.1 MiB",
    ]
    assert figures.instant_utc(1_772_812_800_123) == "2026-03-06T16:00:00.123Z"
    assert figures.instant(1_772_812_800_123) == "2026-03-06 13:00:00"


def test_progress_is_quiet_where_work_is_short(capsys: pytest.CaptureFixture[str]):
    """In a pipe no line comes in the first seconds, and none at all before input is accepted."""
    with progress("lines") as told:
        told("read", 1, 2)
        told("match", 1, 2)
    assert capsys.readouterr().err == ""


def test_progress_tells_rate_and_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """A line now and then: how much of how much, how fast, how long still."""
    moments = iter((0, 6_000, 8_000, 20_000))
    monkeypatch.setattr("handlers.cli.progress.stopwatch", lambda: lambda: next(moments))
    with progress("lines") as told:
        told("match", 0, 100_000)
        told("match", 24_000, 100_000)
        told("match", 30_000, 100_000)
        told("read", 50_000, 100_000)
    said = capsys.readouterr().err
    assert said == "Matching: 24,000 of 100,000 (4,000/s, 19 s left)\n"


def test_a_forced_bar_shows_stage_and_rate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """`--progress bar` draws it wherever standard error goes, on any terminal that can move."""
    monkeypatch.setenv("TERM", "xterm-256color")
    with progress("bar") as told:
        for done in range(0, 1_001, 100):
            told("match", done, 1_000)
    assert "Matching" in capsys.readouterr().err


def test_progress_may_be_off(capsys: pytest.CaptureFixture[str]):
    """`--progress off` says nothing."""
    with progress("off") as told:
        told("match", 1, 2)
    assert capsys.readouterr().err == ""
