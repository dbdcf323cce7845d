"""The lock files say what pyproject.toml asks for, name no registry, and are what is installed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.source import LAYERS, ROOT, imported, modules

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")
LOCKS_APART = {
    "emulator": "requirements-emulator.lock",
    "gate": "requirements-gate.lock",
    "lambda": "requirements-lambda.lock",
    "peers": "requirements-peers.lock",
    "search": "requirements-search.lock",
}
"""Of environments apart, by dependency group; their versions need not be those of ours."""
NOT_LOCKED = frozenset({"conciliar", "pip", "setuptools"})
"""What stands in the environment besides the lock: ourselves, and what `venv` brings."""


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One line of a lock file."""

    version: str
    marker: str | None
    hashes: int


def pins(text: str) -> dict[str, Pin]:
    """A lock file, by canonical name."""
    entries = re.split(r"\n(?=\S)", text.strip())
    found: dict[str, Pin] = {}
    for entry in entries:
        requirement = Requirement(entry.split("\n")[0].rstrip("\\ "))
        found[canonicalize_name(requirement.name)] = Pin(
            version=str(requirement.specifier).removeprefix("=="),
            marker=str(requirement.marker) if requirement.marker else None,
            hashes=entry.count("--hash=sha256:"),
        )
    return found


def _pins(lock: str) -> dict[str, Pin]:
    return pins((ROOT / lock).read_text(encoding="utf-8"))


def drift(asked: list[str], locked: Mapping[str, Pin]) -> Iterator[str]:
    """Requirements that a lock does not hold, or holds in a version that they refuse."""
    for text in asked:
        requirement = Requirement(text)
        pin = locked.get(canonicalize_name(requirement.name))
        if pin is None:
            yield f"{text}: not locked"
        elif pin.version not in requirement.specifier:
            yield f"{text}: locked as {pin.version}"


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _group(name: str) -> list[str]:
    members: list[str] = []
    for member in _pyproject()["dependency-groups"][name]:
        members += _group(member["include-group"]) if isinstance(member, dict) else [member]
    return members


def test_each_lock_holds_what_pyproject_asks_for():
    """Every requirement of program, development and build is pinned within its bounds."""
    runtime = _pyproject()["project"]["dependencies"]
    assert list(drift(runtime, _pins("requirements.lock"))) == []
    assert list(drift(runtime + _group("dev"), _pins("requirements-dev.lock"))) == []
    assert list(drift(_group("build"), _pins("requirements-build.lock"))) == []
    for group, lock in LOCKS_APART.items():
        assert list(drift(_group(group), _pins(lock))) == []


def test_the_backend_that_builds_us_is_locked():
    """The build backend comes from the lock too, so that building fetches nothing."""
    needed = _pyproject()["build-system"]["requires"]
    assert list(drift(needed, _pins("requirements-build.lock"))) == []


def test_the_locks_agree():
    """A package has one version, whichever lock names it."""
    everything = _pins("requirements-dev.lock")
    for lock in LOCKS:
        for name, pin in _pins(lock).items():
            assert everything[name].version == pin.version, f"{lock}: {name}"


@pytest.mark.parametrize("lock", [*LOCKS, *LOCKS_APART.values()])
def test_a_lock_names_no_address_and_trusts_no_unhashed_file(lock: str):
    """Every entry is hashed; no address and no index option stands anywhere in a lock."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not [line for line in text.splitlines() if line.startswith("-")]
    assert [name for name, pin in pins(text).items() if pin.hashes == 0] == []


def test_what_is_installed_is_what_is_locked():
    """The environment that runs these tests holds the locked versions, and nothing else."""
    present = {canonicalize_name(found.name): found.version for found in distributions()}
    installed = {name: version for name, version in present.items() if name not in NOT_LOCKED}
    wanted = {
        name: pin.version
        for name, pin in _pins("requirements-dev.lock").items()
        if pin.marker is None or Marker(pin.marker).evaluate()
    }
    assert installed == wanted


def test_what_is_declared_ahead_of_its_use_is_not_used_yet():
    """A dependency leaves the list of those that nothing uses yet as soon as something does."""
    deptry = _pyproject()["tool"]["deptry"]
    modules_of = {canonicalize_name(k): v for k, v in deptry["package_module_name_map"].items()}
    unused = {modules_of.get(name, name) for name in deptry["per_rule_ignores"]["DEP002"]}
    used = {name.split(".")[0] for source in modules(*LAYERS) for _, name in imported(source.tree)}
    assert unused & used == set()


def test_the_rule_sees_drift():
    """A requirement that is missing, or pinned outside of its bounds, is found."""
    one = "one==1.0 \\\n    --hash=sha256:aa\n"
    two = "two==2.0 ; os_name == 'nt' \\\n    --hash=sha256:bb\n"
    locked = pins(one + two)
    assert locked["two"] == Pin(version="2.0", marker='os_name == "nt"', hashes=1)
    assert list(drift(["one<2", "two>=1", "three"], locked)) == ["three: not locked"]
    assert list(drift(["one>=2"], locked)) == ["one>=2: locked as 1.0"]
