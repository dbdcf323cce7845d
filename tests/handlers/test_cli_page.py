"""The page about the command line is complete: commands, variables and keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from conciliar.settings import PREFIX, VARIABLES
from handlers.cli.entry import DONE, FAILED, INTERRUPTED, REFUSED, UNREAD
from tests.architecture.source import ROOT
from tests.handlers.terminal import conciliar, rows
from tests.handlers.test_cli_screen import COMMANDS

PAGE = (ROOT / "docs/cli.md").read_text(encoding="utf-8")


def test_each_command_variable_and_code_is_on_the_page():
    """Nothing that is promised is promised in secret."""
    assert [each for each in COMMANDS if f"`conciliar {' '.join(each)}" not in PAGE] == []
    assert [each for each in VARIABLES if f"`{PREFIX}{each.upper()}`" not in PAGE] == []
    codes = (DONE, FAILED, REFUSED, INTERRUPTED, UNREAD)
    assert [code for code in codes if f"\n| {code} | " not in PAGE] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("reconcile", "{data}", "--out", "{out}"),
        ("report",),
        ("report", "--open", "--ages", "--rates", "--position", "--books"),
        ("explain", "{payment}"),
        ("history", "{payment}"),
        ("store", "info"),
        ("store", "verify"),
        ("store", "rebuild"),
        ("doctor",),
    ],
    ids=" ".join,
)
def test_each_key_is_on_the_page(arguments: tuple[str, ...], data: Path, out: Path):
    """The keys of each document, and of what lies directly in it."""
    names = {"data": data, "out": out, "payment": rows(data / "payments.jsonl")[0]["payment_id"]}
    said = conciliar(*(each.format_map(names) for each in arguments), "--store", out, "--json").json
    keys = [*said]
    for name, value in said.items():
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, dict) and name not in {"explanation", "state", "steps", "files"}:
            keys += first
    assert [key for key in keys if f"`{key}`" not in PAGE] == []
