"""The functions that keep the log and tell of it: sequencer, gap scan, notifier."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from adapters.system import FixedClock
from application.sequencing.gap_scan import LATE_MS
from handlers import commands, gap_scan, notifier, sequencer
from tests.application.test_commanding import COMPLETE, LINE, MERCHANT, PAYMENT
from tests.handlers_aws.conftest import Around
from tests.handlers_aws.test_commands import event, metrics_of

REGISTER = {**PAYMENT, "merchant_id": "M2", "payer_name": "Tomás Pérez"}
EVERY = (MERCHANT, REGISTER, LINE, COMPLETE)


def records(around: Around, table: str, *, kind: str = "INSERT") -> list[dict[str, Any]]:
    """The records of a table's stream: one for each of its items, the oldest first."""
    client: Any = around.aws.calls.client
    items = client.scan(TableName=f"{around.variables['DYNAMODB_TABLE']}-{table}")["Items"]
    items.sort(key=lambda item: (int(item["ts"]["N"]), item["pk"]["S"], int(item["sk"]["N"])))
    return [
        {
            "eventName": kind,
            "dynamodb": {
                "Keys": {"pk": item["pk"], "sk": item["sk"]},
                "NewImage": item,
                "SequenceNumber": str(number),
            },
        }
        for number, item in enumerate(items)
    ]


def committed(around: Around, *said: dict[str, Any]) -> list[dict[str, Any]]:
    """Records of what these commands committed."""
    answer = commands.handler(event(*(said or EVERY)), around.context)
    assert answer["batchItemFailures"] == []
    return records(around, "events")


def run(function: Any, around: Around, some: list[dict[str, Any]]) -> list[str]:
    """The records of a batch that have to come again."""
    answer = function.handler({"Records": some}, around.context)
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_what_was_committed_is_numbered_once_however_often_it_is_told(around: Around):
    """Records twice and in disorder become one order of all facts, without a gap."""
    told = committed(around)

    assert run(sequencer, around, told[::-1]) == []
    assert run(sequencer, around, told) == []

    facts = list(around.aws.facts.facts())
    assert [each.position for each in facts] == list(range(1, len(facts) + 1))
    assert len(facts) == 5  # a merchant and its schedule, and one of each other command


def test_a_record_that_is_no_commit_stops_the_batch_before_it(around: Around):
    """What came before the poison is numbered; from it on the stream comes again."""
    told = committed(around)
    del told[2]["dynamodb"]["NewImage"]["n"]

    assert run(sequencer, around, told) == ["2"]

    assert {each.stream for each in around.aws.facts.facts()} == {
        told[at]["dynamodb"]["Keys"]["pk"]["S"].partition("/")[2] for at in (0, 1)
    }


@pytest.mark.parametrize("kind", ["MODIFY", "REMOVE"])
def test_a_changed_commit_rings_the_alarm_and_is_not_numbered(
    around: Around, capsys: pytest.CaptureFixture[str], kind: str
):
    """Nobody of ours changes a commit: such a record is told of, and nothing else is done."""
    committed(around)
    capsys.readouterr()

    assert run(sequencer, around, records(around, "events", kind=kind)) == []

    assert metrics_of(capsys)["TamperSeen"] == [1.0] * 4
    assert around.aws.facts.head() == 0


def test_a_commit_of_which_no_record_came_is_found_and_numbered(
    around: Around, capsys: pytest.CaptureFixture[str]
):
    """The scan numbers what is late, counts it, and finds nothing the next time."""
    committed(around)
    capsys.readouterr()
    later = around.aws.clock.now_ms() + LATE_MS + 60_000
    around.aws.clock = FixedClock(later)  # pyright: ignore[reportAttributeAccessIssue]  (a clock that stands)

    assert gap_scan.handler({}, around.context)["lost"] == 4
    assert metrics_of(capsys)["GapFound"] == [4.0]
    assert around.aws.facts.head() == 5

    assert gap_scan.handler({}, around.context)["lost"] == 0
    assert "GapFound" not in metrics_of(capsys)


def test_each_fact_of_a_page_is_told_in_its_order_without_what_it_says(around: Around):
    """Subscribers learn that something is there to be read: ids and positions, nothing personal."""
    told = committed(around)
    queue = subscribed(around)
    run(sequencer, around, told)

    assert run(notifier, around, records(around, "log")) == []

    notices = around.received("notices")
    facts = [each for each in around.aws.facts.facts() if each.stream[:3] in {"pay", "set"}]
    assert [(each["id"], each["position"]) for each in notices] == [
        (each.fact_id, each.position) for each in facts
    ]
    assert {"payment.registered", "settlement.recorded"} == {each["kind"] for each in notices}
    assert not any(word in json.dumps(notices) for word in ("Tomás", "10000", "FAC-000001"))
    assert queue


def test_a_page_that_cannot_be_told_of_comes_again(around: Around, monkeypatch: pytest.MonkeyPatch):
    """The topic is away: the page is named, and told whole when it comes again (fault 43)."""
    told = committed(around)
    subscribed(around)
    run(sequencer, around, told)
    pages = records(around, "log")
    publish = around.aws.notices.publish

    def away(*_: Any, **__: Any) -> None:
        raise ClientError({"Error": {"Code": "InternalError"}}, "Publish")

    monkeypatch.setattr(around.aws.notices, "publish", away)
    assert run(notifier, around, pages) == ["0"]

    monkeypatch.setattr(around.aws.notices, "publish", publish)
    assert run(notifier, around, pages) == []
    assert len(around.received("notices")) == 2


def subscribed(around: Around) -> str:
    """A queue that hears of every notice."""
    library: Any = boto3
    sqs, sns = library.client("sqs"), library.client("sns")
    url = sqs.create_queue(QueueName=f"{around.variables['DYNAMODB_TABLE']}-told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(
        TopicArn=around.variables["CONCILIAR_NOTICES"],
        Protocol="sqs",
        Endpoint=arn["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    around.queues["notices"] = url
    return url
