"""Tables by code and by template are the same tables."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from adapters.dynamodb.tables import TABLES, Table, Tables, create_tables, template, template_text
from tests.architecture.source import ROOT
from tests.fixtures.emulator import URL_VARIABLE, formation_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_the_template_is_what_the_definition_says():
    """The file that is deployed was written from the definition that the tests run on."""
    written = (ROOT / "deploy" / "dynamodb-tables.json").read_text(encoding="utf-8")
    assert written == template_text(), "python -m adapters.dynamodb > deploy/…"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_table_is_lost_by_accident(table: Table):
    """Each is paid by request, encrypted, and outlives its stack; what matters can be set back."""
    made = template()["Resources"][table.logical]
    properties = made["Properties"]
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert properties["DeletionProtectionEnabled"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"]["SSEType"] == "KMS"
    backups = properties["PointInTimeRecoverySpecification"]
    assert backups["PointInTimeRecoveryEnabled"] == (table.backup_days is not None)
    assert 1 <= backups.get("RecoveryPeriodInDays", 35) <= 35


def test_a_shredded_key_is_in_no_backup_after_a_week():
    """Backups of the keys end sooner than those of the facts."""
    days = {table.name: table.backup_days for table in TABLES}
    assert (days["events"], days["keys"]) == (35, 7)


def test_what_can_be_made_again_or_is_forgotten_has_no_backups():
    """Snapshots are made again, announcements end by themselves; all else can be set back."""
    assert {table.name for table in TABLES if table.backup_days is None} == {
        "announcements",
        "snapshots",
    }
    announcements = template()["Resources"]["AnnouncementsTable"]["Properties"]
    assert announcements["TimeToLiveSpecification"] == {"AttributeName": "ends", "Enabled": True}


def test_facts_and_log_are_streamed_and_nothing_else():
    """What followers write themselves comes back to none of them."""
    assert [table.name for table in TABLES if table.streamed] == ["events", "log"]


SHAPE = ("KeySchema", "AttributeDefinitions")


def shape(client: DynamoDBClient, name: str) -> tuple[Any, ...]:
    described = client.describe_table(TableName=name)["Table"]
    stream = described.get("StreamSpecification", {}).get("StreamViewType")
    billing = described.get("BillingModeSummary", {}).get("BillingMode")
    return (*(described.get(part) for part in SHAPE), stream, billing)


def test_making_tables_twice_changes_nothing(bare: DynamoDBClient, tables: Tables):
    """Whoever comes second finds them there."""
    before = [shape(bare, tables.named(table.name)) for table in TABLES]
    create_tables(bare, tables)
    assert [shape(bare, tables.named(table.name)) for table in TABLES] == before


@pytest.mark.skipif(URL_VARIABLE in os.environ, reason="the server given has no CloudFormation")
def test_the_template_makes_the_tables_that_the_code_makes(
    bare: DynamoDBClient, tables: Tables, dynamodb_url: str
):
    """Deployed, the template gives the same keys, streams and prices."""
    formation = formation_client(dynamodb_url)
    prefix = f"{tables.prefix}-stack"
    formation.create_stack(
        StackName=prefix,
        TemplateBody=json.dumps(template()),
        Parameters=[{"ParameterKey": "Prefix", "ParameterValue": prefix}],
    )
    formation.get_waiter("stack_create_complete").wait(
        StackName=prefix, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    deployed = Tables(prefix)
    for table in TABLES:
        assert shape(bare, deployed.named(table.name)) == shape(bare, tables.named(table.name))
        described = bare.describe_table(TableName=deployed.named(table.name))["Table"]
        assert described.get("DeletionProtectionEnabled")
