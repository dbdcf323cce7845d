"""The command line as its users meet it: arguments in, exit code and two streams out."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from adapters.demo_bank import generate, write
from handlers.cli.entry import run
from tests.architecture.source import ROOT

FIRST_DAY = date(2026, 3, 2)

QUIET = {"COLUMNS": "200", "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "CONCILIAR_ACTOR": "tester"}
UNSET = ("CONCILIAR_STORE", "CONCILIAR_LANG", "CONCILIAR_DEBUG", "CONCILIAR_TENANT", "LANG")


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The one line on standard error of a refused command, which printed nothing else."""
        assert self.code == 2, self.err
        assert self.out == ""
        assert self.err.startswith("conciliar: ")
        assert self.err.count("\n") == 1
        return self.err.removeprefix("conciliar: ").rstrip("\n")


def conciliar(*arguments: str | Path, cwd: Path | None = None, **variables: str) -> Said:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with _environment(variables), _working_in(cwd), redirect_stdout(out), redirect_stderr(err):
        code = run([str(each) for each in arguments])
    return Said(code=code, out=out.getvalue(), err=err.getvalue())


def started(*arguments: str | Path, cwd: Path, **variables: str) -> subprocess.Popen[str]:
    """The same in a process of its own."""
    # A shell that starts a job in the background has its children ignore Ctrl-C; this one heeds it.
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heeding}; from handlers.cli import main; main()"]
    environment = {key: value for key, value in os.environ.items() if key not in UNSET}
    return subprocess.Popen(
        [*command, *map(str, arguments)],
        cwd=cwd,
        env={**environment, **QUIET, "PYTHONPATH": str(ROOT), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> Said:
    """What a process said until its end."""
    out, err = process.communicate(timeout=100)
    return Said(code=process.returncode, out=out, err=err)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    for name in UNSET:
        os.environ.pop(name, None)
    os.environ.update({**QUIET, **variables})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _working_in(folder: Path | None) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder or before)
    try:
        yield
    finally:
        os.chdir(before)


# Data.


def made_bank(folder: Path, *, payments: int = 200, seed: str = "cli") -> Path:
    """A bank's files."""
    write(generate(payments=payments, days=2, seed=seed, first_day=FIRST_DAY), folder=folder)
    return folder


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON Lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def change(path: Path, row: int, **values: object) -> None:
    """Change fields of a row, counted from 1."""
    lines = path.read_text("utf-8").splitlines()
    lines[row - 1] = json.dumps({**json.loads(lines[row - 1]), **values})
    path.write_text("\n".join(lines) + "\n", "utf-8")
