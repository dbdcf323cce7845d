"""The template is what its parts, the store and the program say, and what it names is there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from adapters.dynamodb.tables import TABLES
from adapters.dynamodb.tables import template as tables_template
from tests.architecture.source import ROOT
from tests.template.resources import states
from tests.template.source import named, template

AWAITED = frozenset(
    {
        "handlers.projector",
        "handlers.sweeps",
    }
)
"""Modules that the template names and that land later; strike out each as it lands."""

NAMED = sorted({str(made["Handler"]) for _, made in template().functions()})


def test_the_template_is_joined_from_its_parts():
    """What is deployed is what the parts say, to the byte."""
    checked = subprocess.run(
        [sys.executable, ROOT / "scripts" / "template.py", "--check"], check=False, timeout=60
    )
    assert checked.returncode == 0, "make template"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_tables_are_those_of_the_store(table: Any):
    """A table has the keys, streams and backups that the store defines, under a key of ours."""
    logical = table.logical
    own = template().body["Resources"][logical]
    theirs = tables_template()["Resources"][logical]
    made, defined = dict(own["Properties"]), dict(theirs["Properties"])
    made.pop("ResourcePolicy", None)
    assert {"FactsKey", "SubjectKey"} & named(made.pop("SSESpecification"))
    defined.pop("SSESpecification")
    assert made == defined
    assert own["DeletionPolicy"] == theirs["DeletionPolicy"]


def test_salts_rest_under_a_key_of_their_own():
    """Whoever may read facts may not, by that, read the salts of their personal fields."""
    tables = dict(template().resources("DynamoDB::Table"))
    keys = {name: named(made["SSESpecification"]) for name, made in tables.items()}
    assert [name for name, key in keys.items() if key == {"SubjectKey"}] == ["KeysTable"]


@pytest.mark.parametrize("handler", NAMED)
def test_handlers_are_there(handler: str):
    """The module that a function names exists and defines its handler."""
    module, name = handler.rsplit(".", 1)
    path = ROOT / f"{module.replace('.', '/')}.py"
    if module in AWAITED and not path.exists():
        pytest.skip(f"{module} has not landed yet")
    assert re.search(rf"^(def {name}\b|{name}\b *[:=])", path.read_text("utf-8"), re.MULTILINE)


def test_what_is_awaited_is_named_by_the_template():
    """The list of awaited modules holds nothing that no function wants any more."""
    assert {handler.rsplit(".", 1)[0] for handler in NAMED} >= AWAITED


def test_every_reference_is_defined():
    """No part names what no other part makes."""
    body = template().body
    known = {*body["Resources"], *body["Parameters"]}
    wanted = named(body["Resources"]) | named(body["Outputs"])
    unknown = {name for name in wanted if not name.startswith("AWS::")} - known
    assert unknown == set()


def test_conditions_are_defined_and_used():
    """A condition that nothing asks for is a switch without a lamp."""
    body = template().body
    text = json.dumps(body["Resources"]) + json.dumps(body["Outputs"]) + json.dumps(body["Globals"])
    assert [name for name in body["Conditions"] if f'"{name}"' not in text] == []


def test_the_workflow_leads_from_bytes_to_an_end():
    """Every state can be reached from the first, and each leads to one that ends."""
    known = states(template())
    reached: set[str] = set()
    waiting = ["Validate"]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        text = json.dumps(known[name])
        waiting += re.findall(r'"(?:Next|Default|StartAt)": "(\w+)"', text)
        assert known[name]["Type"] in {"Succeed", "Fail"} or '"Next"' in text, name
    assert reached == set(known)


def test_a_failure_that_helps_nobody_to_repeat_is_not_repeated():
    """Refusals, rejections and held statements are caught by name and never tried again."""
    lasting = {"FileRefused", "InputRefused", "StatementHeld", "Rejected"}
    for name, state in states(template()).items():
        repeated = {error for retry in state.get("Retry", ()) for error in retry["ErrorEquals"]}
        assert not repeated & (lasting | {"States.ALL"}), name


def test_every_alarm_has_its_entry_in_the_runbook():
    """Whoever is woken finds what it means and what to do, under the alarm's name."""
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    entries = set(re.findall(r"^### (\w+)$", runbook, re.MULTILINE))
    ringing = {
        name
        for kind in ("CloudWatch::Alarm", "CloudWatch::CompositeAlarm")
        for name, made in template().resources(kind)
        if made.get("AlarmActions")
    }
    described = dict(template().resources("CloudWatch::Alarm", "CloudWatch::CompositeAlarm"))
    assert entries == ringing
    for name in ringing:
        assert described[name]["AlarmDescription"].endswith(f"docs/runbook.md#{name.lower()}")


BURNS = [("Fast", 3600, 300, 14.4), ("Slow", 21600, 1800, 6)]
"""Speed, seconds of the long and of the short window, and how many times the allowance."""


@pytest.mark.parametrize("speed, long, short, times", BURNS)
@pytest.mark.parametrize("what", ["Api", "Commands"])
def test_burn_rates_are_those_of_the_objective(
    what: str, speed: str, long: int, short: int, times: float
):
    """A pair of windows rings when both burn the allowance of 99.9 % so many times too fast."""
    made = dict(template().resources("CloudWatch::Alarm"))
    for window, seconds in (("Long", long), ("Short", short)):
        alarm = made[f"{what}Burn{speed}{window}"]
        bad, everything, burn = alarm["Metrics"]
        periods = {metric["MetricStat"]["Period"] for metric in (bad, everything)}
        assert (periods, alarm["Threshold"]) == ({seconds}, times)
        assert burn["Expression"] == "IF(all > 0, (bad / all) / 0.001, 0)"
    both = dict(template().resources("CloudWatch::CompositeAlarm"))[f"{what}Burn{speed}"]
    assert {f"{what}Burn{speed}Long", f"{what}Burn{speed}Short"} == named(both["AlarmRule"])
