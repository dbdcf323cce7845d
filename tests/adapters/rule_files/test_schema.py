"""The JSON Schema is made from the types of the language, and agrees with the reader."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from adapters.rule_files import read_rules, schema_text
from domain.rules.faults import RulesUnreadable
from tests.adapters.rule_files.texts import GOOD

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "schemas" / "rules-1.schema.json"
SCHEMA: dict[str, Any] = json.loads(schema_text())


def test_the_committed_schema_is_today_s():
    """A change of the language is a change of docs/schemas: `conciliar rules schema` writes it."""
    assert COMMITTED.read_text(encoding="utf-8") == schema_text()


def test_it_is_of_the_draft_that_it_names_and_closed():
    """Every reference leads somewhere, every object refuses keys that it does not know."""
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for node in _walk(SCHEMA):
        if "$ref" in node:
            assert node["$ref"].removeprefix("#/$defs/") in SCHEMA["$defs"]
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert set(node["required"]) <= set(node["properties"])
        if "pattern" in node:
            re.compile(node["pattern"])


def test_every_field_says_what_it_means():
    """An editor has words for each field."""
    for kind in SCHEMA["$defs"].values():
        assert kind["description"]
    rule = SCHEMA["$defs"]["Rule"]["properties"]
    assert all("description" in field for field in rule.values())


def _walk(node: Any) -> Any:
    if isinstance(node, dict):
        yield node
        for each in node.values():
            yield from _walk(each)
    elif isinstance(node, list):
        for each in node:
            yield from _walk(each)


def valid(value: Any, schema: dict[str, Any]) -> bool:
    """The keywords that this schema uses, as the draft defines them."""
    if "$ref" in schema:
        return valid(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")])
    if "oneOf" in schema:
        return sum(valid(value, each) for each in schema["oneOf"]) == 1
    if "const" in schema:
        return value == schema["const"] and type(value) is type(schema["const"])
    if "enum" in schema:
        return any(value == each and type(value) is type(each) for each in schema["enum"])
    match schema["type"]:
        case "object":
            known = schema["properties"]
            return (
                isinstance(value, dict)
                and set(schema["required"]) <= set(value) <= set(known)
                and all(valid(each, known[key]) for key, each in value.items())
            )
        case "array":
            return (
                isinstance(value, list)
                and schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 1 << 30)
                and all(valid(each, schema["items"]) for each in value)
            )
        case "integer":
            right = isinstance(value, int) and not isinstance(value, bool)
            return right and schema["minimum"] <= value <= schema["maximum"]
        case _:
            right = isinstance(value, str) and re.search(schema.get("pattern", ""), value)
            least, most = schema.get("minLength", 0), schema.get("maxLength", 1 << 30)
            return bool(right) and least <= len(value) <= most


class Loader(yaml.SafeLoader):
    """YAML as editors read it: a day is a text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, each) for tag, each in some if tag != "tag:yaml.org,2002:timestamp"]
    for first, some in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

LINES = GOOD.splitlines(keepends=True)
CHANGES = st.tuples(
    st.sampled_from(sorted(set(re.findall(r"[a-z_]+(?=: )|\b[0-9]+\b|[a-z_]{4,}", GOOD)))),
    st.sampled_from(["exact", "7", "as_shown", "suggest", "twins", "xyz", "0", "{last: 9}", "[]"]),
)


def test_the_good_file_is_valid():
    """Reader and schema both take it."""
    assert valid(yaml.load(GOOD, Loader=Loader), SCHEMA)


@given(st.lists(CHANGES, min_size=1, max_size=2))
def test_law_what_the_reader_takes_the_schema_takes(changes: list[tuple[str, str]]):
    """An editor never marks what is right."""
    text = GOOD
    for old, new in changes:
        text = text.replace(old, new, 1)
    try:
        read_rules(text.encode())
    except RulesUnreadable:
        return
    assert valid(yaml.load(text, Loader=Loader), SCHEMA)


@pytest.mark.parametrize(
    "old, new", [("stage: 1", "stage: 12"), ("post", "posts"), ("scope", "scop"), ("ARS", "ars")]
)
def test_what_the_form_rules_out_the_schema_marks(old: str, new: str):
    """Wrong numbers, words, keys and patterns are marked while one writes."""
    assert not valid(yaml.load(GOOD.replace(old, new), Loader=Loader), SCHEMA)
