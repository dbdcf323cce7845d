"""Class S never posts: nothing that decides knows of suggestions, so nothing depends on them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import get_args

from domain.matching.proof import EvidenceClass
from tests.architecture.source import Module, module, modules

SUGGESTIONS = ("domain.suggestions", "application.suggesting")
SHOWN_IN = (
    "domain/suggestions/",
    "application/suggesting.py",
    "application/outcome.py",
    "application/results.py",
    "application/wording/suggested.py",
    "conciliar/asking.py",
    "conciliar/running.py",
    "handlers/",
)
"""Where suggestions are made and shown."""


def asked_for(source: Module) -> Iterator[str]:
    """Imports of suggestions by a module that does not show them."""
    if source.path.startswith(SHOWN_IN):
        return
    for node in ast.walk(source.tree):
        names = (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        if any(name.startswith(SUGGESTIONS) for name in names):
            yield source.at(node, "asks for suggestions")


def test_nothing_that_decides_asks_for_suggestions():
    """With suggestions and without, every decision is the same: nothing else can see them."""
    every = modules("domain", "projections", "application", "adapters", "conciliar")
    assert [finding for source in every for finding in asked_for(source)] == []


def test_class_s_has_no_way_to_be_posted():
    """A match's evidence is one of the classes that post; S is not among them."""
    assert set(get_args(EvidenceClass)) == {"I", "G", "C", "D"}


def test_the_rule_sees_who_asks():
    """Both forms of import are found in what decides; a page may show."""
    text = "import domain.suggestions.pool\nfrom application.suggesting import suggested"
    assert len(list(asked_for(module(text, path="domain/matching/judge.py")))) == 2
    assert list(asked_for(module(text, path="handlers/page/tables.py"))) == []
