"""The whole path on the deployed template: commands in, facts, log, notices out; nothing lost."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from adapters.sqlite_facts import SqliteFactStore
from adapters.sqlite_parking import SqliteParkingLot
from adapters.system import Entropy, FixedClock
from application.commanding import Commanding
from conciliar.aws import Aws
from conciliar.aws_settings import AwsSettings
from conciliar.refusals import reason_of
from tests.aws.sending import Sent, a_day, acknowledgements, notices, send
from tests.aws.stack import Stack, deployed
from tests.fixtures.emulator import emulator

pytestmark = pytest.mark.services

PAYMENTS = int(os.environ.get("CONCILIAR_AWS_PAYMENTS") or 1_052)
"""With its lines, a merchant and what is sent twice: 2,000 commands."""

WAIT_S = 540


@pytest.fixture(scope="module")
def stack() -> Generator[Stack]:
    """The template as it stands, on an emulator of its own."""
    with emulator(functions=True) as url:
        yield deployed(url)


@pytest.fixture
def aws(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """What a function of the stack would see."""
    for name, value in stack.variables("commands").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
    return Aws(AwsSettings.of(stack.variables("commands")))


@pytest.mark.timeout(900)
def test_two_thousand_commands_leave_their_facts_numbered_answered_and_told_once(
    stack: Stack, aws: Aws, tmp_path: Any
):
    """With duplicates and poison: zero lost, zero doubled, the facts of an embedded store."""
    told, answers = notices(stack), acknowledgements(stack)
    day = list(a_day(PAYMENTS))
    again = day[1:40]
    poison = [Sent("{", "poison"), Sent({"command": "unmatch"}, "poison")]

    sent = send(stack, day[:1])
    answers.until(lambda got: len(got) >= 1, seconds=60)
    sent += send(stack, [*day[1:], *poison, *again], first=sent)
    answers.until(lambda got: len(got) >= sent, seconds=WAIT_S)

    statuses = Counter(each["status"] for each in answers.messages)
    assert statuses == {"accepted": len(day) + len(again), "refused": len(poison)}
    facts = {fact for each in answers.messages for fact in each["facts"]}
    wanted = {fact for fact in facts if not fact.startswith("mer:")}
    told.until(lambda got: {each["id"] for each in got} >= wanted, seconds=WAIT_S)
    assert {each["id"] for each in told.messages} == wanted

    recorded = list(aws.facts.facts())
    assert [each.position for each in recorded] == list(range(1, len(recorded) + 1))
    assert {each.fact_id for each in recorded} == facts
    parked = list(aws.lot.all())
    assert {each.id for each in parked} == {
        each["parked"] for each in answers.messages if each["parked"]
    }
    assert len(parked) == len(poison)
    embedded = {each.fact_id: each.fact for each in _embedded(tmp_path, day)}
    assert {each.fact_id: each.fact for each in recorded} == embedded
    assert _dead(stack) == {}


def _embedded(folder: Any, day: list[Sent]) -> Iterator[Any]:
    """What an embedded store holds after the same commands."""
    from adapters.command_messages import read_message

    clock, entropy = FixedClock(1_794_835_230_000), Entropy()
    with (
        SqliteFactStore.open(
            folder / "store", tenant="bank-01", clock=clock, entropy=entropy, create=True
        ) as facts,
        SqliteParkingLot(facts.folder.path, vault=facts.vault, clock=clock, entropy=entropy) as lot,
    ):
        judge = Commanding(facts, lot, actor="system", reason_of=reason_of)
        for each in day:
            judge.judge(read_message(json.dumps(each.said), source="core", now_ms=clock.now_ms()))
        yield from facts.facts()


def _dead(stack: Stack) -> dict[str, int]:
    """How many messages lie in queues of what failed."""
    found: dict[str, int] = {}
    for name, url in stack.resources.items():
        if name.endswith(("DeadLetters", "Failures")):
            answer = stack.sqs.get_queue_attributes(
                QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
            )
            count = int(answer["Attributes"]["ApproximateNumberOfMessages"])
            found |= {name: count} if count else {}
    return found
