"""The template keeps the controls that no scanner knows; each test fails without its control."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.template import access, resources
from tests.template.mutants import MUTANTS, Mutant
from tests.template.source import Template, template

CONTROLS: dict[str, Callable[[Template], Iterator[str]]] = {
    "C1": access.least_privilege,
    "C2": access.append_only,
    "C3": access.change_is_visible,
    "C4": access.sides_are_apart,
    "C8": resources.own_keys,
    "C10": resources.facts_survive,
    "C14": resources.network_is_closed,
    "C15": resources.groups_are_narrow,
    "C16": resources.search_is_guarded,
    "C20": access.tenant_from_the_token,
    "C21": resources.queues_lose_nothing,
    "C22": resources.queue_mappings,
    "C23": resources.stream_mappings,
    "C24": access.functions_are_bounded,
    "C25": resources.workflow_is_watched,
}


@pytest.mark.parametrize("control", CONTROLS)
def test_the_template_keeps_the_control(control: str):
    """Nothing of the template is against it."""
    assert list(CONTROLS[control](template())) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_without_the_control_its_test_fails(mutant: Mutant):
    """In a copy from which the control was taken, its test finds what is wrong."""
    changed = template()
    mutant.bad(changed)
    assert list(CONTROLS[mutant.control](changed)) != []


def test_each_control_is_shown_failing():
    """No control stands without a template that breaks it."""
    assert {mutant.control for mutant in MUTANTS} == set(CONTROLS)
