"""STYLE.md, as far as a program can check it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import (
    LAYERS,
    ROOT,
    Definition,
    Function,
    Module,
    definitions,
    functions,
    module,
    modules,
    project_files,
)

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
"""Without its docstring. Past these limits, look for the seam, or give the reason below."""

LONG_FILES: dict[str, str] = {
    "domain/payment.py": "an aggregate is one file, read downwards (STYLE.md, 1)",
    "domain/rule_set.py": "an aggregate is one file, and this one holds the built-in text",
    "domain/settlement.py": "an aggregate is one file, read downwards (STYLE.md, 1)",
}
LONG_FUNCTIONS: dict[str, str] = {
    "handlers/cli/report.py::report": "a command's options stand with their help in its signature",
}
"""Path, or path::function, with the reason why it stays in one piece."""

CODE = (*LAYERS, "tests", "benchmarks")


def too_long(source: Module) -> Iterator[tuple[str, int]]:
    """Files and functions past their limit, with their lengths."""
    lines = source.text.count("\n")
    if lines > FILE_LINES_MAX:
        yield source.path, lines
    for function in functions(source.tree):
        if (lines := _lines(function)) > FUNCTION_LINES_MAX:
            yield f"{source.path}::{function.name}", lines


def _lines(function: Function) -> int:
    body = function.body
    said = ast.get_docstring(function, clean=False)
    spoken = 0 if said is None else said.count("\n") + 1
    return (body[-1].end_lineno or 0) - function.lineno + 1 - spoken


def undocumented(source: Module) -> Iterator[str]:
    """Public modules, classes, functions and methods without a docstring."""
    if ast.get_docstring(source.tree) is None:
        yield f"{source.path}:1: the module says nothing about itself"
    for node in _public(source.tree):
        if ast.get_docstring(node) is None:
            yield source.at(node, f"{node.name} has no docstring")


def _public(body: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    for node in body.body:
        if not isinstance(node, Definition) or node.name.startswith("_"):
            continue
        marks = {ast.unparse(mark).split(".")[-1] for mark in node.decorator_list}
        if not marks & {"override", "overload", "setter"}:
            yield node
        if isinstance(node, ast.ClassDef):
            yield from _public(node)


def wordless_tests(source: Module) -> Iterator[str]:
    """Tests whose docstring is not a sentence."""
    for node in definitions(source.tree):
        if isinstance(node, Function) and node.name.startswith("test_"):
            said = (ast.get_docstring(node) or "").split("\n\n")[0]
            if not re.search(r"\w.*[.!?]$", said, re.DOTALL):
                yield source.at(node, f"{node.name} does not say what holds")


def floats(source: Module) -> Iterator[str]:
    """Whatever makes or names a float: literals, `float`, and the division that yields one."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Constant(value=float()):
                yield source.at(node, f"{node.value} is a float")
            case ast.Name(id="float"):
                yield source.at(node, "float stands for an amount nowhere")
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield source.at(node, "/ makes a float; // and an explicit rounding do not")
            case _:
                pass


FORBIDDEN = {
    "a package registry's host": r"pypi[.]org|pythonhosted[.]org|npmjs[.](org|com)|crates[.]io"
    r"|proxy[.]golang[.]org|deb[.]debian[.]org|repo1[.]maven",
    "a choice of package index": r"(?<!emit-)(extra-)?index[-]url|find[-]links",
    "a path of one machine": r"(?<![\w.])/(work|root|home/\w+|Users/\w+)/|file:/{3}",
}
"""What no file of the project contains; written so that this file passes its own rule."""


def forbidden(text: str, *, path: str) -> Iterator[str]:
    """Lines that bind the project to one machine or one registry."""
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in FORBIDDEN.items():
            if re.search(pattern, line, re.IGNORECASE):
                yield f"{path}:{number}: names {what}"


def test_files_and_functions_are_short():
    """What is longer than the limits is in the list of exceptions, each with its reason."""
    found = dict(item for source in modules(*CODE) for item in too_long(source))
    reasons = LONG_FILES | LONG_FUNCTIONS
    assert {place: lines for place, lines in found.items() if place not in reasons} == {}


def test_exceptions_are_still_needed():
    """No exception outlives what it excused."""
    found = dict(item for source in modules(*CODE) for item in too_long(source))
    assert [place for place in LONG_FILES | LONG_FUNCTIONS if place not in found] == []


def test_what_is_public_says_what_it_is():
    """Each public module, class, function and method of our packages has a docstring."""
    assert [finding for source in modules(*LAYERS) for finding in undocumented(source)] == []


def test_tests_speak():
    """Each test says in a sentence what holds."""
    assert [finding for source in modules("tests") for finding in wordless_tests(source)] == []


def test_amounts_never_meet_a_float():
    """Domain and projections hold no float, and nothing that makes one."""
    found = [finding for source in modules("domain", "projections") for finding in floats(source)]
    assert found == []


def test_the_project_binds_itself_to_no_machine():
    """No file names a package registry's host, chooses an index, or holds a path of one machine."""
    found: list[str] = []
    for file in project_files():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # compressed or binary data
        found += forbidden(text, path=file.relative_to(ROOT).as_posix())
    assert found == []


def test_the_rule_sees_what_is_too_long():
    """A long file and a long function are both found; a long docstring is not length."""
    long_function = "def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX
    assert [place for place, _ in too_long(module(long_function))] == ["domain/example.py::f"]
    assert [place for place, _ in too_long(module("x = 1\n" * 401))] == ["domain/example.py"]
    spoken = 'def f():\n    """' + "words\n" * 100 + '"""\n    return 1\n'
    assert list(too_long(module(spoken))) == []


def test_the_rule_sees_what_is_undocumented():
    """A silent module, class, method and function are found; private and overriding ones pass."""
    silent = "class A:\n    def m(self): ...\ndef f(): ..."
    assert len(list(undocumented(module(silent)))) == 4
    private = '"""M."""\ndef _f(): ...\nclass _A:\n    def m(self): ...'
    overriding = '"""M."""\nclass B:\n    """B."""\n    @override\n    def m(self): ...'
    assert list(undocumented(module(private))) + list(undocumented(module(overriding))) == []


def test_the_rule_sees_a_wordless_test():
    """No docstring and half a sentence are found; a sentence passes."""
    text = (
        'def test_a(): ...\ndef test_b():\n    """half a"""\ndef test_c():\n    """It holds."""\n'
    )
    found = list(wordless_tests(module(text, path="tests/test_example.py")))
    assert [finding.split(": ")[1].split()[0] for finding in found] == ["test_a", "test_b"]


def test_the_rule_sees_each_float():
    """A literal, the type and both forms of division are found; whole division is not."""
    assert len(list(floats(module("a = 1.5\nb: float\nc = 7 / 2\nc /= 2\nd = 7 // 2")))) == 4


def test_the_rule_sees_a_binding_to_one_machine():
    """A registry's host, an index option and a home folder are found; a relative path is not."""
    lines = [
        "https://files.python" + "hosted.org/x",
        "--extra-index" + "-url x",
        "/hom" + "e/someone/x",
        "../shared/data",
        "docs/work/notes",
    ]
    assert [line for line in lines if list(forbidden(line, path="x"))] == lines[:3]
