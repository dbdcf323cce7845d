"""Is everything there? What an installation needs, looked at one by one."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from adapters.aside import can_work_aside
from adapters.sqlite_files import connect

Condition = Literal["ok", "optional", "look", "missing"]
"""There; not there and not needed; works, yet look at it; needed and not there."""

PYTHON_FIRST, PYTHON_AFTER = (3, 11), (3, 14)

SQLITE_FIRST = (3, 35, 0)
"""The first SQLite with every statement we use."""

FREE_GIB_MIN = 1
"""A million payments take about three times as much."""

GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at: what was found, and what to do where it is not right."""

    name: str
    condition: Condition
    found: str
    advice: str = ""


def checks(folder: Path) -> Iterator[Check]:
    """Everything about this installation, and about `folder`, where stores would be made."""
    yield _python()
    yield from _packages()
    yield _sqlite()
    yield _durable_files(folder)
    yield _disk(folder)
    yield _second_process()


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if PYTHON_FIRST <= sys.version_info[:2] < PYTHON_AFTER:
        return Check(name="Python", condition="ok", found=version)
    advice = "use Python 3.11, 3.12 or 3.13"
    condition: Condition = "missing" if sys.version_info[:2] < PYTHON_FIRST else "look"
    return Check(name="Python", condition=condition, found=version, advice=advice)


_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"extra\s*==\s*[\"']([^\"']+)")


def _packages() -> Iterator[Check]:
    """Each package that ours asks for; those of an extra may be absent."""
    for requirement in metadata.requires("conciliar") or ():
        name = _NAME.match(requirement)
        if name is None:
            continue
        extra = _EXTRA.search(requirement)
        yield _package(name.group(), None if extra is None else extra.group(1))


def _package(name: str, extra: str | None) -> Check:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        if extra is None:
            advice = "install conciliar again"
            return Check(name=name, condition="missing", found="not there", advice=advice)
        advice = f"only for conciliar[{extra}]"
        return Check(name=name, condition="optional", found="not there", advice=advice)
    return Check(name=name, condition="ok", found=version)


def _sqlite() -> Check:
    found = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info >= SQLITE_FIRST:
        return Check(name="SQLite", condition="ok", found=found)
    advice = f"needs {'.'.join(map(str, SQLITE_FIRST))}: use a newer Python"
    return Check(name="SQLite", condition="missing", found=found, advice=advice)


def _durable_files(folder: Path) -> Check:
    """Whether the folder can be written, and lets SQLite keep its write-ahead log there."""
    name = "write-ahead log"
    try:
        with (
            tempfile.TemporaryDirectory(dir=folder, prefix=".conciliar-") as place,
            closing(connect(Path(place) / "probe.sqlite", lock_timeout_s=1)) as connection,
        ):
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    except (OSError, sqlite3.Error) as error:
        advice = "choose a folder on a local disk that you may write to"
        return Check(name=name, condition="missing", found=str(error), advice=advice)
    if mode == "wal":
        return Check(name=name, condition="ok", found=f"works in {folder.resolve()}")
    advice = "network file systems do not allow it: put stores on a local disk"
    return Check(name=name, condition="missing", found=f"journal mode {mode}", advice=advice)


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    found = f"{free // GIB} GiB free"
    if free >= FREE_GIB_MIN * GIB:
        return Check(name="disk", condition="ok", found=found)
    return Check(name="disk", condition="look", found=found, advice="make room: facts only grow")


def _second_process() -> Check:
    found = f"{os.cpu_count() or 1} cores"
    if can_work_aside():
        return Check(name="second process", condition="ok", found=found)
    advice = "works in one process: slower on large runs"
    return Check(name="second process", condition="look", found=found, advice=advice)
