"""Every rule that matching goes by is shown by a test that cites it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from domain.rule_set import CORE_2
from tests.architecture.source import Module, functions, modules

CITED = re.compile(r"\b[XERFLU]\d{1,2}\b")


def rules() -> list[str]:
    """The numbered rules, as the built-in rule set lists them."""
    return re.findall(r"^([XERFLU]\d{1,2})\b", CORE_2, flags=re.MULTILINE)


def cited(sources: Iterable[Module]) -> set[str]:
    """The rules that the sentences of tests name."""
    sentences = [
        ast.get_docstring(function) or ""
        for source in sources
        for function in functions(source.tree)
        if function.name.startswith("test_")
    ]
    return {rule for sentence in sentences for rule in CITED.findall(sentence)}


def test_each_rule_is_cited_by_a_test():
    """X1 to X8, E1 to E10, R1 to R6, F1 to F6, L1 to L3 and U1 to U3: none is only on paper."""
    tests = [source for source in modules("tests") if source.path.startswith("tests/domain/")]
    assert len(rules()) == 36
    assert sorted(set(rules()) - cited(tests)) == []


def test_a_rule_without_a_test_is_found():
    """Citations stand in the sentence of a test; names, comments and helpers do not count."""
    source = '''
def test_one():
    """X1 and E10: as rules are cited; X77 is none of them, and AX3 is a word."""
    # R1 is not cited by a comment.

def helper_of_f2():
    """F2: a helper shows nothing."""
'''
    module = Module(path="tests/domain/test_x.py", text=source, tree=ast.parse(source))
    assert cited([module]) & set(rules()) == {"X1", "E10"}
