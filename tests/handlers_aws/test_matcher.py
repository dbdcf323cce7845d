"""The function that matches what was committed, on the emulator."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from application.live_matching import LAST_DAY, WINDOW, LiveMatching
from application.ports import StoreBusy
from application.registry import Registry
from handlers import matcher
from tests.architecture.source import ROOT
from tests.handlers_aws.conftest import Around
from tests.handlers_aws.test_commands import metrics_of
from tests.handlers_aws.test_log import committed, run


def loaded(around: Around) -> Registry:
    registry = Registry()
    registry.apply_all(around.aws.facts.written())
    return registry


def matches(around: Around) -> list[str]:
    return [one.rule for one in loaded(around).matches.values()]


def test_what_was_committed_is_matched_once_however_often_it_is_told(
    around: Around, capsys: pytest.CaptureFixture[str]
):
    """A payment and its line find each other; told again in disorder, nothing is recorded."""
    told = committed(around)
    capsys.readouterr()

    assert run(matcher, around, told[::-1]) == []

    assert matches(around) == ["identity@1"]
    assert len(metrics_of(capsys)["ArrivalToMatchMilliseconds"]) == 1
    before = len(list(around.aws.facts.written()))
    assert run(matcher, around, told) == []
    assert len(list(around.aws.facts.written())) == before


def test_a_record_that_is_no_commit_is_named_and_all_others_are_matched(around: Around):
    """The stream tries the poison again and sets it aside; nothing waits for it."""
    told = committed(around)
    poison = {**told[0], "dynamodb": {**told[0]["dynamodb"], "SequenceNumber": "9"}}
    poison["dynamodb"]["NewImage"] = {"pk": {"S": "bank-01/pay:x"}}

    assert run(matcher, around, [poison, *told]) == ["9"]

    assert matches(around) == ["identity@1"]


def test_a_stream_that_cannot_be_done_now_comes_again(
    around: Around, monkeypatch: pytest.MonkeyPatch
):
    """One record fails: the batch is taken one by one, it alone is named, and is done later."""
    told = committed(around)
    handle = LiveMatching.handle

    def busy(self: LiveMatching, streams: Any) -> Any:
        some = list(streams)
        if any(stream.startswith("set:") for stream in some):
            raise StoreBusy(place="events", reason="throttled")
        return handle(self, some)

    monkeypatch.setattr(LiveMatching, "handle", busy)
    failed = run(matcher, around, told)
    lines = [one["dynamodb"]["NewImage"]["pk"]["S"].startswith("bank-01/set:") for one in told]
    assert [lines[int(number)] for number in failed] == [True]

    monkeypatch.undo()
    assert run(matcher, around, told) == []
    assert matches(around) == ["identity@1"]


def test_nobody_reads_an_account_in_the_index(around: Around):
    """Keys of the open-items table are hashes; ids of items stand in the clear."""
    run(matcher, around, committed(around))
    client: Any = around.aws.calls.client
    items = client.scan(TableName=f"{around.variables['DYNAMODB_TABLE']}-open-items")["Items"]
    families = {item["pk"]["S"].split("/")[1] for item in items}
    assert {"item", "paid", "shows", "reference", "sources"} <= families
    assert all(item["pk"]["S"].startswith("bank-01/") for item in items)
    assert around.aws.match_states.reminders(WINDOW, through=LAST_DAY, at_most=9) == []


def test_importing_it_loads_nothing_large():
    """A cold start pays for what it uses: clients, rules and holidays come when they are needed."""
    said = "import sys, handlers.matcher; print(*sys.modules)"
    loaded_ones = subprocess.check_output([sys.executable, "-c", said], cwd=ROOT, text=True)
    large = {"boto3", "yaml", "ruamel", "holidays", "opensearchpy"}
    assert large.isdisjoint(loaded_ones.split())
