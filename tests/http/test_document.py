"""docs/openapi.json is what the routes are, and a document of its standard."""

from __future__ import annotations

import json
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from application.query_fields import FIELDS, OPERATORS
from handlers.http.document import document, document_text
from handlers.http.problems import KINDS
from handlers.http.routes import operations, router
from handlers.http.shapes import ROWS
from projections.resources import NAMES
from tests.architecture.source import ROOT
from tests.http.edges import bank


def test_the_committed_document_is_that_of_the_routes():
    """Whoever changes a route or a field writes the document again: make openapi."""
    kept = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert kept == document_text(), "make openapi"


def test_it_is_a_document_of_openapi():
    """The standard's own schema and rules find nothing wrong with it."""
    assert list(OpenAPIV31SpecValidator(document()).iter_errors()) == []
    assert json.loads(document_text())["openapi"] == "3.1.0"


def test_it_names_every_route_and_no_other():
    """The routes that a resolver is given are those of the document."""
    with bank() as small:
        rules = {str(rule[0]) for rule in router(small.served())._routes}
    described = {
        each.path.replace("{", "<").replace("}", ">") for each in operations() if not each.recalled
    }
    assert rules == described
    assert set(document()["paths"]) == {each.path for each in operations()}


def test_every_parameter_of_a_list_is_described():
    """Each field with each of its operators; and what is not a filter."""
    made = document()
    for resource in NAMES:
        listed = made["paths"][f"/v1/{resource}"]["get"]["parameters"]
        names = {_resolved(made, each)["name"] for each in listed}
        filters = {
            name if op == "eq" else f"{name}.{op}"
            for name, field in FIELDS[resource].items()
            for op in OPERATORS[field.kind]
        }
        own = {"fields", "known_at", "at_least", "cursor", "limit", "sort", "q"}
        assert names == filters | own


def test_every_field_has_its_form():
    """Rows show what the table of fields holds, in the same order."""
    for resource, model in ROWS.items():
        assert list(model.model_fields) == list(FIELDS[resource])


def test_every_operation_is_whole():
    """A name, a sentence, a form of 200, problems, and a scope where a token is asked for."""
    made = document()
    names: set[str] = set()
    for item in made["paths"].values():
        operation = item["get"]
        names.add(operation["operationId"])
        assert operation["description"].endswith((".", "there."))
        assert "application/json" in operation["responses"]["200"]["content"]
        assert {"405", "406", "500", "503"} <= set(operation["responses"])
        if operation["security"]:
            assert {"401", "403", "429"} <= set(operation["responses"])
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(_resolved(made, answer)["content"]) == ["application/problem+json"]
    assert len(names) == len(made["paths"])
    assert "HTTPValidationError" not in document_text()


def test_every_problem_is_declared_somewhere():
    """No type is answered that no operation names, and none is named that does not exist."""
    text = json.dumps(document()["components"]["responses"])
    assert [slug for slug in KINDS if f"`{slug}`" not in text] == []


def _resolved(made: Any, reference: Any) -> Any:
    if "$ref" not in reference:
        return reference
    _, kind, name = reference["$ref"].rsplit("/", 2)
    return made["components"][kind][name]
