"""Settings of the persistence module: each is read, and what is no setting is refused."""

from __future__ import annotations

from uuid import uuid4

import pytest
from eventsourcing.utils import Environment

from adapters.dynamodb import Factory
from adapters.dynamodb.appending import Appender, InlineLog
from adapters.dynamodb.recorders import DynamoApplicationRecorder
from adapters.dynamodb.tables import TABLES
from tests.adapters.dynamodb.test_log import events


def without(environment: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in environment.items() if key != name}


@pytest.mark.parametrize(
    "change",
    [
        {"DYNAMODB_TABLE": ""},
        {"DYNAMODB_NUMBERING": "both"},
        {"DYNAMODB_NUMBERING": "Inline"},
    ],
    ids=["table", "numbering", "case"],
)
def test_a_setting_that_is_none_is_refused(environment: dict[str, str], change: dict[str, str]):
    """The variable is named, before anything is made."""
    with pytest.raises(OSError, match=next(iter(change))):
        Factory(environment | change)


def test_a_class_of_another_kind_is_refused(environment: dict[str, str]):
    """A topic has to name a recorder of ours."""
    factory = Factory(environment | {"PROCESS_RECORDER_TOPIC": "builtins:int"})
    with pytest.raises(OSError, match="PROCESS_RECORDER_TOPIC"):
        factory.process_recorder()
    factory.close()


def test_a_tenant_that_is_none_is_refused(environment: dict[str, str]):
    """What cannot begin a key is refused when a recorder is built."""
    factory = Factory(environment | {"DYNAMODB_TENANT": "a/b"})
    with pytest.raises(Exception, match="tenant"):
        factory.application_recorder()
    factory.close()


@pytest.mark.parametrize(
    "name, tenant", [("BankAccounts", "bankaccounts"), ("", "app"), ("Öko_1", "ko-1")]
)
def test_applications_in_the_same_tables_are_apart(
    environment: dict[str, str], name: str, tenant: str
):
    """Without a tenant, an application's own name is what its keys begin with."""
    factory = Factory(Environment(name, without(environment, "DYNAMODB_TENANT")))
    assert factory.tenant == tenant
    factory.close()


def test_tables_are_made_unless_one_says_no(environment: dict[str, str]):
    """CREATE_TABLE is yes by default."""
    prefix = f"test-{uuid4().hex[:12]}"
    factory = Factory(without(environment, "CREATE_TABLE") | {"DYNAMODB_TABLE": prefix})
    there = [
        factory.calls.client.describe_table(TableName=f"{prefix}-{table.name}")["Table"]
        for table in TABLES
    ]
    assert {each.get("TableStatus") for each in there} == {"ACTIVE"}
    for table in TABLES:
        factory.calls.client.delete_table(TableName=f"{prefix}-{table.name}")
    factory.close()


def test_stream_numbering_leaves_positions_to_a_sequencer(environment: dict[str, str]):
    """An append answers None, as the library allows; the stream is there, the log is not yet."""
    factory = Factory(environment | {"DYNAMODB_NUMBERING": "stream"})
    recorder = factory.application_recorder()
    assert isinstance(recorder, DynamoApplicationRecorder)
    assert type(recorder.appender) is Appender
    assert recorder.insert_events(events("s", 1, 2)) is None
    assert len(recorder.select_events("s")) == 2
    assert recorder.select_notifications(1, 10) == []
    assert recorder.max_notification_id() is None
    factory.close()


def test_inline_numbering_is_the_default(environment: dict[str, str]):
    """Whoever says nothing gets positions at once."""
    factory = Factory(environment)
    recorder = factory.application_recorder()
    assert isinstance(recorder, DynamoApplicationRecorder)
    assert type(recorder.appender) is InlineLog
    factory.close()
