"""Topics name stored facts for ever: each belongs to one class, and each stored form is pinned."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

import pytest

from tests.architecture.source import ROOT, Module, definitions, module, modules

TOPIC = re.compile(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+(\.[2-9])?")


def topics(source: Module) -> Iterator[tuple[str, str]]:
    """Each topic that a class of the module declares, with where."""
    for node in definitions(source.tree):
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                match line:
                    case ast.AnnAssign(
                        target=ast.Name(id="TOPIC"), value=ast.Constant(value=str() as topic)
                    ):
                        yield topic, source.at(node, node.name)
                    case _:
                        pass


def shared_or_misnamed(*sources: Module) -> Iterator[str]:
    """Topics that two classes claim, or that are not `thing.past_participle` in small letters."""
    claimed: dict[str, str] = {}
    for source in sources:
        for topic, place in topics(source):
            if topic in claimed:
                yield f"{place}: {topic} belongs to {claimed[topic]}"
            if not TOPIC.fullmatch(topic):
                yield f"{place}: {topic!r} is no topic"
            claimed[topic] = place


def unpinned(
    declared: Collection[str], *, registered: Collection[str], golden: Collection[str]
) -> Iterator[str]:
    """Topics that the registry does not know, or whose stored form no golden file pins."""
    for topic in declared:
        if topic not in registered:
            yield f"{topic} is not registered"
        if f"{topic}.json" not in golden:
            yield f"{topic} has no golden file"


def test_a_topic_belongs_to_one_class():
    """No two facts share a topic, and all topics are written alike."""
    assert list(shared_or_misnamed(*modules("domain"))) == []


def test_each_stored_form_is_pinned():
    """The registry knows each fact of the domain, and a golden file holds each form it can read."""
    registry = pytest.importorskip("adapters.topics", reason="no registry yet").REGISTRY
    declared = {topic for source in modules("domain") for topic, _ in topics(source)}
    golden = {file.name for file in (ROOT / "tests").rglob("golden/**/*.json")}
    known = registry.topics
    assert list(unpinned(sorted(declared | known), registered=known, golden=golden)) == []


def test_the_rule_sees_an_unknown_topic_and_a_missing_golden_file():
    """A topic that is not registered and one without a golden file are found."""
    known, files = ["a.done"], ["a.done.json", "b.done_again.json"]
    assert list(unpinned(["a.done"], registered=known, golden=files)) == []
    assert len(list(unpinned(["b.done"], registered=known, golden=files))) == 2


def test_the_rule_sees_a_shared_and_a_misnamed_topic():
    """A topic claimed twice and one with a capital are both found."""
    text = "class A:\n    TOPIC: ClassVar = 'a.done'\nclass B:\n    TOPIC: ClassVar = 'a.done'\n"
    assert len(list(shared_or_misnamed(module(text)))) == 1
    assert len(list(shared_or_misnamed(module(text.replace("done", "Done", 1))))) == 1
