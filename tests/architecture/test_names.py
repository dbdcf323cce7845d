"""Six plain words are our package names: nothing else that is installed may use them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

from tests.architecture.source import LAYERS, ROOT

OURS = "conciliar"


def claims(installed: Mapping[str, Sequence[str]], names: Sequence[str]) -> Iterator[str]:
    """Distributions other than ours that bring a package of one of `names`."""
    for name in names:
        for owner in installed.get(name, ()):
            if owner != OURS:
                yield f"{name} is also a package of {owner}"


def test_no_other_distribution_brings_a_package_of_our_names():
    """In the locked environment nobody else owns one of our names, nor `tests` or `benchmarks`."""
    assert list(claims(packages_distributions(), (*LAYERS, "tests", "benchmarks"))) == []


def test_our_names_are_not_of_the_standard_library():
    """No supported Python has a module of one of our names."""
    assert sys.stdlib_module_names.isdisjoint(LAYERS)


def test_our_names_lead_to_this_project():
    """Importing one of our names from here loads this clone, not an installed copy."""
    for name in LAYERS:
        spec = find_spec(name)
        assert spec is not None, name
        assert spec.origin == str(ROOT / name / "__init__.py")


def test_the_packages_are_typed():
    """Each package carries the marker that lets type checkers of others read its types."""
    assert [name for name in LAYERS if not Path(ROOT, name, "py.typed").is_file()] == []


def test_the_rule_sees_a_second_owner():
    """A distribution with one of our names is found, ours is not."""
    installed = {"domain": ["conciliar", "somebody"], "other": ["somebody"]}
    assert list(claims(installed, LAYERS)) == ["domain is also a package of somebody"]
