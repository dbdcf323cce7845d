"""Topics name stored facts for ever: each belongs to one class, and each stored form is pinned."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import Module, definitions, module, modules

TOPIC = re.compile(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+")


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


def test_a_topic_belongs_to_one_class():
    """No two facts share a topic, and all topics are written alike."""
    assert list(shared_or_misnamed(*modules("domain"))) == []


def test_the_rule_sees_a_shared_and_a_misnamed_topic():
    """A topic claimed twice and one with a capital are both found."""
    text = "class A:\n    TOPIC: ClassVar = 'a.done'\nclass B:\n    TOPIC: ClassVar = 'a.done'\n"
    assert len(list(shared_or_misnamed(module(text)))) == 1
    assert len(list(shared_or_misnamed(module(text.replace("done", "Done", 1))))) == 1
