"""The tables, from one definition: by code for tests, as a template for AWS.

    python -m adapters.dynamodb     writes the CloudFormation template of the tables alone

    events      commits, never changed; MODIFY or REMOVE in its stream is an alarm
    log         pages of the total order; its stream feeds whoever follows the facts
    watermarks  per stream of facts, the last version that the log holds
    tracking    per follower, the last position that it processed
    snapshots   a cache, deletable at will
    announcements  per slice of time, the streams that writers may touch in it; ends by itself
    keys        per stream, the salts of its data keys; backups end soon: a key there is a key
    open-items  match states: what may be matched, by each key under which something looks for it

What is written here comes back through no stream of another table.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from adapters.dynamodb.items import KEY, SORT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BACKUP_DAYS = 35
"""Days that a table can be set back; the most that DynamoDB offers."""

KEY_BACKUP_DAYS = 7
"""Days after which a shredded key is in no backup either."""

Name = Literal[
    "events", "log", "watermarks", "announcements", "tracking", "snapshots", "keys", "open-items"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: which keys it has, whether changes are streamed, and how far back backups go.

    `sort` is the type of the second part of its key, None where there is none. `ends` names the
    attribute that says when an item is forgotten, in seconds since 1970 UTC.
    """

    name: Name
    sort: Literal["N", "S"] | None
    streamed: bool = False
    ends: str | None = None
    backup_days: int | None

    @property
    def logical(self) -> str:
        """What templates call it."""
        return "".join(part.capitalize() for part in self.name.split("-")) + "Table"


TABLES = (
    Table(name="events", sort="N", streamed=True, backup_days=BACKUP_DAYS),
    Table(name="log", sort="N", streamed=True, backup_days=BACKUP_DAYS),
    Table(name="watermarks", sort=None, backup_days=BACKUP_DAYS),
    Table(name="announcements", sort="N", ends="ends", backup_days=None),
    Table(name="tracking", sort=None, backup_days=BACKUP_DAYS),
    Table(name="snapshots", sort="N", backup_days=None),
    Table(name="keys", sort=None, backup_days=KEY_BACKUP_DAYS),
    Table(name="open-items", sort="S", backup_days=BACKUP_DAYS),
)


@dataclass(frozen=True, slots=True)
class Tables:
    """The names of one installation's tables; `prefix` is what they have in common."""

    prefix: str

    def named(self, name: Name) -> str:
        """The name of a table as DynamoDB knows it."""
        return f"{self.prefix}-{name}"


# boto3 types each call by a class of its own; one definition for the client and for CloudFormation
# has to be plain.
Definition = dict[str, Any]


def definition(table: Table) -> Definition:
    """What the client and CloudFormation say in the same words."""
    keys = [(KEY, "HASH", "S"), *([(SORT, "RANGE", table.sort)] if table.sort else [])]
    defined: Definition = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": name, "KeyType": role} for name, role, _ in keys],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, _, kind in keys
        ],
    }
    if table.streamed:
        defined["StreamSpecification"] = {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    return defined


def create_tables(client: DynamoDBClient, tables: Tables) -> None:
    """Make the tables that are not there yet, and wait until all can be used. For tests and trials.

    Neither backups nor protection nor keys of KMS: those are for the template.
    """
    for table in TABLES:
        defined = definition(table)
        if table.streamed:
            defined["StreamSpecification"]["StreamEnabled"] = True
        try:
            client.create_table(TableName=tables.named(table.name), **defined)
        except client.exceptions.ResourceInUseException:
            continue  # another process was quicker, or it was there before
    waiter = client.get_waiter("table_exists")
    for table in TABLES:
        waiter.wait(
            TableName=tables.named(table.name), WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )


def template() -> Definition:
    """The CloudFormation template of the tables alone."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "conciliar: the tables of the store, and nothing else",
        "Parameters": {
            "Prefix": {
                "Type": "String",
                "AllowedPattern": "[a-zA-Z0-9_.-]{1,200}",
                "Description": "What the tables' names have in common: DYNAMODB_TABLE",
            },
            "KeyArn": {
                "Type": "String",
                "Default": "",
                "Description": "A key of KMS; empty: the one that AWS keeps for DynamoDB",
            },
        },
        "Conditions": {"OwnKey": {"Fn::Not": [{"Fn::Equals": [{"Ref": "KeyArn"}, ""]}]}},
        "Resources": {table.logical: _resource(table) for table in TABLES},
        "Outputs": {
            f"{table.logical}Stream": {"Value": {"Fn::GetAtt": [table.logical, "StreamArn"]}}
            for table in TABLES
            if table.streamed
        },
    }


def _resource(table: Table) -> Definition:
    backups: Definition = {"PointInTimeRecoveryEnabled": table.backup_days is not None}
    if table.backup_days is not None:
        backups["RecoveryPeriodInDays"] = table.backup_days
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "TableName": {"Fn::Sub": "${Prefix}-" + table.name},
            **definition(table),
            **_ending(table),
            "DeletionProtectionEnabled": True,
            "PointInTimeRecoverySpecification": backups,
            "SSESpecification": {
                "SSEEnabled": True,
                "SSEType": "KMS",
                "KMSMasterKeyId": {
                    "Fn::If": ["OwnKey", {"Ref": "KeyArn"}, {"Ref": "AWS::NoValue"}]
                },
            },
        },
    }


def _ending(table: Table) -> Definition:
    if table.ends is None:
        return {}
    return {"TimeToLiveSpecification": {"AttributeName": table.ends, "Enabled": True}}


def template_text() -> str:
    """The template as the file in `deploy/` holds it."""
    return json.dumps(template(), indent=2) + "\n"
