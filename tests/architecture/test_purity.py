"""Time, ids and chance come from one file; the core knows neither libraries nor the machine."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.architecture.source import LAYERS, Module, imported, module, modules

THE_ONE_SOURCE = "adapters/system.py"

UNPREDICTABLE_MODULES = frozenset({"random", "secrets", "time", "uuid"})
UNPREDICTABLE_NAMES = frozenset({"os.getrandom", "os.urandom"})
PREDICTABLE_NAMES = frozenset({"uuid.UUID"})  # the class holds an id and makes up none
CLOCK_READS = frozenset({"now", "today", "utcnow"})

OUTSIDE_WORLD = frozenset(
    {
        "asyncio",
        "ctypes",
        "glob",
        "http",
        "io",
        "locale",
        "logging",
        "mmap",
        "multiprocessing",
        "os",
        "pathlib",
        "platform",
        "select",
        "shutil",
        "signal",
        "socket",
        "socketserver",
        "sqlite3",
        "ssl",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "urllib",
    }
)
"""Modules of the standard library that reach beyond the arguments of a function."""

PURE = ("domain", "projections")


def unpredictable(source: Module) -> Iterator[str]:
    """Every use of a clock, of chance or of generated ids."""
    if source.path == THE_ONE_SOURCE:
        return
    for node, name in imported(source.tree):
        if name in PREDICTABLE_NAMES:
            continue
        if name.split(".")[0] in UNPREDICTABLE_MODULES or name in UNPREDICTABLE_NAMES:
            yield source.at(node, f"{name} belongs to {THE_ONE_SOURCE}")
    dates = _names_of_dates(source)
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Attribute):
            continue
        owner = ast.unparse(node.value)
        if f"{owner}.{node.attr}" in UNPREDICTABLE_NAMES or (
            node.attr in CLOCK_READS and owner in dates
        ):
            yield source.at(node, f"{owner}.{node.attr} belongs to {THE_ONE_SOURCE}")


def _names_of_dates(source: Module) -> frozenset[str]:
    """How this module calls `datetime` and `date`, whatever it renamed them to."""
    names: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.name == "datetime":
                    here = name.asname or name.name
                    names |= {f"{here}.datetime", f"{here}.date"}
        elif isinstance(node, ast.ImportFrom) and node.module == "datetime":
            names |= {name.asname or name.name for name in node.names}
    return frozenset(names)


def foreign_imports(source: Module) -> Iterator[str]:
    """Imports of the pure layers beyond the standard library and the layers within."""
    inner = LAYERS[: LAYERS.index(source.package) + 1]
    for node, name in imported(source.tree):
        top = name.split(".")[0]
        if top not in inner and top not in sys.stdlib_module_names:
            yield source.at(node, f"{name} is neither ours nor of the standard library")
        if top in OUTSIDE_WORLD:
            yield source.at(node, f"{name} reaches outside: pass in what it would give")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"open", "input", "print"}:
            yield source.at(node, f"{ast.unparse(node.func)}() reaches outside")


def test_clock_chance_and_ids_come_from_one_file():
    """Nothing but adapters/system.py reads a clock, draws at random or makes up an id."""
    assert [finding for source in modules(*LAYERS) for finding in unpredictable(source)] == []


def test_the_core_is_pure():
    """Domain and projections use the standard library only, without what reaches outside."""
    assert [finding for source in modules(*PURE) for finding in foreign_imports(source)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "from time import monotonic",
        "import uuid",
        "from uuid import uuid4",
        "import random",
        "from secrets import token_bytes",
        "import os\nos.urandom(8)",
        "from os import urandom",
        "from datetime import datetime as moment\nmoment.now()",
        "from datetime import date\ndate.today()",
        "import datetime as dt\ndt.datetime.utcnow()",
    ],
)
def test_the_rule_sees_each_way_to_be_unpredictable(text: str):
    """The ban on clock, chance and ids finds each spelling that it forbids."""
    assert list(unpredictable(module(text)))


def test_the_rule_lets_pass_what_is_given():
    """Instants that were passed in are no use of a clock, and the one source may do anything."""
    names = "from uuid import UUID\nfrom datetime import time\n"
    given = names + "def f(clock, at): return clock.now(), at.today, time(1)"
    assert list(unpredictable(module(given))) == []
    assert list(unpredictable(module("import time", path=THE_ONE_SOURCE))) == []


@pytest.mark.parametrize(
    "text",
    [
        "import msgspec",
        "from application.ports import Clock",
        "import os.path",
        "from pathlib import Path",
        "open('x')",
    ],
)
def test_the_rule_sees_each_way_out_of_the_core(text: str):
    """A library, an outer layer and the file system are all seen."""
    assert list(foreign_imports(module(text)))


def test_the_rule_lets_the_core_use_itself():
    """The standard library's data types and the layers within are free."""
    text = "from dataclasses import dataclass\nfrom domain.money import Money"
    assert list(foreign_imports(module(text, path="projections/example.py"))) == []
