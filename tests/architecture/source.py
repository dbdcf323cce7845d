"""Our own source, read as syntax trees, for the rules that a program can check."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("domain", "projections", "application", "adapters", "conciliar", "handlers")
"""Our packages, innermost first."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.ClassDef | Function


@dataclass(frozen=True, kw_only=True)
class Module:
    """One file of Python: `path` is relative to the project, with slashes."""

    path: str
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The top-level folder the module lies in."""
        return self.path.split("/", 1)[0]

    def at(self, node: ast.AST, what: str) -> str:
        """A finding, in the form editors can jump to."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"


def module(text: str, *, path: str = "domain/example.py") -> Module:
    """A module from a string: how each rule is shown able to fail."""
    return Module(path=path, text=text, tree=ast.parse(text, filename=path))


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """All Python files below `folders`, in the order of their names."""
    found = sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    return tuple(
        module(file.read_text(encoding="utf-8"), path=file.relative_to(ROOT).as_posix())
        for file in found
    )


@cache
def project_files() -> tuple[Path, ...]:
    """Every file of the project, committed or about to be; outside of git, every visible file."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    if listing.returncode == 0:
        files = (ROOT / name for name in sorted(set(listing.stdout.split("\0"))) if name)
    else:
        visible = (path for path in ROOT.iterdir() if not path.name.startswith("."))
        files = (file for top in sorted(visible) for file in (top, *sorted(top.rglob("*"))))
    return tuple(file for file in files if file.is_file())


def imported(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Each import with its dotted name: `from a.b import c` gives `a.b.c`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node, name.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for name in node.names:
                yield node, f"{node.module}.{name.name}"


def definitions(body: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    """Classes, functions and methods, outside of functions."""
    for node in body.body:
        if isinstance(node, Definition):
            yield node
        if isinstance(node, ast.ClassDef):
            yield from definitions(node)


def functions(tree: ast.Module) -> Iterator[Function]:
    """Every function, wherever it stands."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))
