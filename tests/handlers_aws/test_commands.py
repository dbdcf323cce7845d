"""The function of commands: each message judged once, acknowledged, and parked where it must be."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest

from application.ports import StoreBusy, StoreUnusable
from handlers.commands import handler
from handlers.observed import logger
from tests.adapters.contract_samples import REGISTERED, STREAM, commit
from tests.application.test_commanding import COMPLETE, LINE, MERCHANT, PAYMENT
from tests.handlers_aws.conftest import Around

REGISTER = {**PAYMENT, "merchant_id": "M2"}


def event(
    *said: dict[str, Any] | str, groups: tuple[str, ...] = (), first: int = 0
) -> dict[str, Any]:
    """What the queue delivers: a message for each, all of one group unless groups are named."""
    return {
        "Records": [
            {
                "messageId": f"m-{first + number}",
                "receiptHandle": f"r-{number}",
                "body": each if isinstance(each, str) else json.dumps(each),
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "MessageGroupId": groups[number] if groups else "g",
                },
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:commands.fifo",
                "awsRegion": "us-east-1",
            }
            for number, each in enumerate(said)
        ]
    }


def failed(around: Around, sent: dict[str, Any]) -> list[str]:
    """The messages that have to come again."""
    answer = handler(sent, around.context)
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_each_command_is_recorded_and_acknowledged_once(around: Around):
    """A batch leaves its facts in the store and an answer for each of its commands in the queue."""
    sent = event(MERCHANT, REGISTER, LINE, COMPLETE)

    assert failed(around, sent) == []

    answers = around.received("acknowledgements")
    assert [each["status"] for each in answers] == ["accepted"] * 4
    assert [each["command_id"] for each in answers] == ["c-3", "c-1", "c-2", "c-4"]
    recorded = around.aws.facts.streams(each["aggregate"] for each in answers)
    assert {one.fact_id for some in recorded.values() for one in some} == {
        fact for each in answers for fact in each["facts"]
    }


def test_a_batch_that_comes_again_records_nothing_more(around: Around):
    """Delivered twice, each command has one effect, and its sender is told the same."""
    sent = event(MERCHANT, REGISTER)
    failed(around, sent)
    first = around.received("acknowledgements")
    stored = around.aws.facts.stream("pay:core:P1")

    for record in sent["Records"]:
        record["messageId"] += "-again"  # else the queue itself would drop the second answer
    assert failed(around, sent) == []

    assert around.received("acknowledgements") == first
    assert around.aws.facts.stream("pay:core:P1") == stored


def test_a_message_that_is_no_command_is_parked_and_the_others_go_on(around: Around):
    """Poison is never tried again: it lies in the bucket with its reason, and is answered."""
    assert failed(around, event("{", MERCHANT)) == []

    refused, accepted = around.received("acknowledgements")
    assert (refused["status"], refused["reason"]) == ("refused", "malformed-json")
    assert accepted["status"] == "accepted"
    assert [each.id for each in around.aws.lot.all(queue="commands")] == [refused["parked"]]
    assert around.aws.lot.content(refused["parked"]) == b"{"


def test_other_content_under_an_id_is_refused_and_counted(
    around: Around, capsys: pytest.CaptureFixture[str]
):
    """The second command under an id changes nothing, and a metric rings the alarm."""
    failed(around, event(MERCHANT, REGISTER))
    capsys.readouterr()

    failed(around, event({**REGISTER, "amount": {"minor": "1", "currency": "ARS"}}, first=2))

    *_, answer = around.received("acknowledgements")
    assert (answer["status"], answer["reason"]) == ("refused", "idempotency-key-reused")
    assert metrics_of(capsys)["CommandIdReused"] == [1.0]


def test_after_a_failure_the_rest_of_its_group_waits_and_other_groups_go_on(
    around: Around, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """A command that cannot be done now holds up those of its aggregate, and nobody else's."""
    judge = around.aws.commanding.judge

    def busy(message: Any) -> Any:
        if getattr(message.command, "command_id", "") == "c-3":
            raise StoreBusy(place="events", reason="throttled")
        return judge(message)

    monkeypatch.setattr(around.aws.commanding, "judge", busy)
    sent = event(MERCHANT, COMPLETE, LINE, groups=("mer", "mer", "set"))

    assert failed(around, sent) == ["m-0", "m-1"]

    assert [each["command_id"] for each in around.received("acknowledgements")] == ["c-2"]
    assert metrics_of(capsys)["CommandsFailed"] == [2.0]


def test_logs_hold_no_account_no_name_and_no_amount(
    around: Around, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """Whatever is accepted, refused or unreadable, logs say ids, counts and reasons."""
    written = StringIO()
    stream_handler: Any = logger.registered_handler
    monkeypatch.setattr(stream_handler, "stream", written)
    told = {
        **REGISTER,
        "payer_name": "Tomás Pérez",
        "payer_account": "0177792125336137481863",
        "payer_tax_id": "24667649214",
    }
    failed(around, event(MERCHANT, told, {**told, "payer_tax_id": "1"}, json.dumps(told)[:-1]))
    logged = capsys.readouterr()
    text = written.getvalue() + logged.out + logged.err
    assert "command judged" in text
    for personal in ("Tomás", "0177792125336137481863", "24667649214", "10000"):
        assert personal not in text


def test_personal_fields_open_in_another_process_and_the_key_lies_wrapped(around: Around):
    """The master key is drawn once, kept as KMS wrapped it, and found again by who comes later."""
    failed(around, event(MERCHANT, {**REGISTER, "payer_name": "Tomás Pérez"}))
    key = around.aws.facts.stream("pay:core:P1")[0].fact

    from conciliar.aws import Aws
    from conciliar.aws_settings import AwsSettings

    later = Aws(AwsSettings.of({**around.variables, "CONCILIAR_SUBJECT_KEY": ""}))
    assert later.facts.stream("pay:core:P1")[0].fact == key


def test_salts_are_wrapped_by_kms_where_it_is_set(around: Around):
    """A stream's salt stands wrapped in the table, and its facts open for whoever may ask KMS."""
    from conciliar.aws import Aws
    from conciliar.aws_settings import AwsSettings

    ours = Aws(AwsSettings.of({**around.variables, "CONCILIAR_SALTS": "kms"}))
    ours.facts.append([commit(REGISTERED)])
    (recorded,) = ours.facts.stream(STREAM)
    assert recorded.fact == REGISTERED
    plain = Aws(AwsSettings.of(around.variables))
    with pytest.raises(StoreUnusable, match="wrapped by KMS"):
        plain.facts.stream(STREAM)


def metrics_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What was counted: the values of each metric."""
    found: dict[str, Any] = {}
    for line in capsys.readouterr().out.splitlines():
        said = json.loads(line)
        for group in said.get("_aws", {}).get("CloudWatchMetrics", ()):
            assert group["Namespace"] == "conciliar"
            found |= {each["Name"]: said[each["Name"]] for each in group["Metrics"]}
    return found
