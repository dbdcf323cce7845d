"""template.yaml as plain values: short tags in their long form, globals in each function."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tests.architecture.source import ROOT

Value = Any
"""What YAML holds; a template has no narrower type."""


class TemplateLoader(yaml.SafeLoader):
    """Reads `!Ref x` as `{"Ref": x}` and any other `!Name x` as `{"Fn::Name": x}`."""


def _long_form(loader: TemplateLoader, tag: str, node: yaml.Node) -> dict[str, Value]:
    if isinstance(node, yaml.ScalarNode):
        said: Value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        said = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        said = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt":
        said = said.split(".")
    return {"Ref" if tag == "Ref" else f"Fn::{tag}": said}


TemplateLoader.add_multi_constructor("!", _long_form)


@dataclass(frozen=True, slots=True)
class Template:
    """A template whose sections are plain dictionaries."""

    body: dict[str, Value]

    def resources(self, *kinds: str) -> Iterator[tuple[str, dict[str, Value]]]:
        """Logical id and properties of the resources of these types (`Service::Kind`)."""
        for name, resource in self.body["Resources"].items():
            if resource["Type"].removeprefix("AWS::") in kinds:
                yield name, resource.get("Properties", {})

    def functions(self) -> Iterator[tuple[str, dict[str, Value]]]:
        """Logical id and properties of each function, the globals that hold for it among them."""
        shared = self.body["Globals"]["Function"]
        for name, own in self.resources("Serverless::Function"):
            yield name, {**shared, **own, "Environment": {"Variables": _variables(shared, own)}}

    def statements(self) -> Iterator[tuple[str, dict[str, Value]]]:
        """Each statement of each policy of a role or of a managed policy, with whose it is."""
        for name, role in self.resources("IAM::Role"):
            for policy in role.get("Policies", ()):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield name, statement
        for name, managed in self.resources("IAM::ManagedPolicy"):
            for statement in managed["PolicyDocument"]["Statement"]:
                yield name, statement


def _variables(shared: dict[str, Value], own: dict[str, Value]) -> dict[str, Value]:
    empty: dict[str, Value] = {"Variables": {}}
    return (
        shared.get("Environment", empty)["Variables"] | own.get("Environment", empty)["Variables"]
    )


@cache
def _read() -> dict[str, Value]:
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=TemplateLoader)  # a SafeLoader with tags of our own


def template() -> Template:
    """The project's template; a copy, so that a test may change it."""
    return Template(copy.deepcopy(_read()))


def listed(value: Value) -> list[Value]:
    """CloudFormation allows one value where it allows a list of them."""
    return value if isinstance(value, list) else [value]


def named(value: Value) -> set[str]:
    """Logical ids that a value refers to, at any depth."""
    found: set[str] = set()
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref":
                found.add(inner)
            elif key == "Fn::GetAtt":
                found.add(inner[0])
            elif key == "Fn::Sub" and isinstance(inner, str):
                found |= {piece.split("}")[0].split(".")[0] for piece in inner.split("${")[1:]}
            else:
                found |= named(inner)
    elif isinstance(value, list):
        for inner in value:
            found |= named(inner)
    return found
