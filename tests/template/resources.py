"""Controls of what is made: C8, C10, C14 to C16, C21 to C23, C25. Each yields what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tests.template.source import Template, Value, listed, named

OWN_KEYS = {"FactsKey", "SubjectKey", "DataKey"}

KEYED: dict[str, tuple[str, ...]] = {
    "DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "SQS::Queue": ("KmsMasterKeyId",),
    "SNS::Topic": ("KmsMasterKeyId",),
    "Logs::LogGroup": ("KmsKeyId",),
    "OpenSearchService::Domain": ("EncryptionAtRestOptions", "KmsKeyId"),
    "StepFunctions::StateMachine": ("EncryptionConfiguration", "KmsKeyId"),
    "Scheduler::Schedule": ("KmsKeyArn",),
}
"""Type, and where its properties name a key."""

S3_KEY_ONLY = {"AccessLogsBucket"}
"""S3 delivers its access logs under no key but its own."""


def _at(made: Value, path: tuple[str, ...]) -> Value:
    for step in path:
        made = made.get(step, {}) if isinstance(made, dict) else {}
    return made


def own_keys(template: Template) -> Iterator[str]:
    """C8: what rests, rests under keys of ours, which are renewed each year."""
    for kind, path in KEYED.items():
        for name, made in template.resources(kind):
            if not named(_at(made, path)) & OWN_KEYS:
                yield f"{name} rests under no key of ours"
    for name, made in template.resources("S3::Bucket"):
        if name not in S3_KEY_ONLY and not named(made.get("BucketEncryption")) & OWN_KEYS:
            yield f"{name} rests under no key of ours"
    for name, made in template.functions():
        if not named(made.get("KmsKeyArn")) & OWN_KEYS:
            yield f"the environment of {name} rests under no key of ours"
    for name, made in template.resources("KMS::Key"):
        # KMS renews no HMAC keys by itself.
        is_mac = str(made.get("KeySpec", "")).startswith("HMAC_")
        if not is_mac and made.get("EnableKeyRotation") is not True:
            yield f"{name} is never renewed"


NOT_SET_BACK = {"SnapshotsTable", "AnnouncementsTable"}
"""A cache, deletable at will, and what ends by itself after a week."""

ENDING = {"AnnouncementsTable"}


def facts_survive(template: Template) -> Iterator[str]:
    """C10: tables, files and keys outlive their stack, and tables can be set back."""
    for name, made in template.resources("DynamoDB::Table"):
        backups = made.get("PointInTimeRecoverySpecification", {})
        if name not in NOT_SET_BACK and not backups.get("PointInTimeRecoveryEnabled"):
            yield f"{name} cannot be set back"
        if made.get("DeletionProtectionEnabled") is not True:
            yield f"{name} can be deleted"
        if "TimeToLiveSpecification" in made and name not in ENDING:
            yield f"{name} forgets"
    for kind in ("DynamoDB::Table", "S3::Bucket", "KMS::Key", "OpenSearchService::Domain"):
        for name, _ in template.resources(kind):
            resource = template.body["Resources"][name]
            for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
                if resource.get(policy) != "Retain":
                    yield f"{name} has no {policy} that keeps it"
    for name, made in template.resources("S3::Bucket"):
        if made.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield f"{name} forgets what was overwritten"


GATEWAYS = {"s3", "dynamodb"}
INTERFACES = {"sqs", "sns", "kms", "sts", "states", "logs", "secretsmanager"}
WAYS_OUT = (
    "EC2::InternetGateway",
    "EC2::NatGateway",
    "EC2::VPCGatewayAttachment",
    "EC2::EgressOnlyInternetGateway",
    "EC2::Route",
    "EC2::EIP",
)


def network_is_closed(template: Template) -> Iterator[str]:
    """C14: functions run in private subnets without a way out, and endpoints serve us alone."""
    yield from (f"{name} is a way out" for name, _ in template.resources(*WAYS_OUT))
    subnets = {name for name, _ in template.resources("EC2::Subnet")}
    for name, made in template.resources("EC2::Subnet"):
        if made.get("MapPublicIpOnLaunch") is not False:
            yield f"{name} is public"
    for name, made in template.functions():
        if not named(made.get("VpcConfig", {}).get("SubnetIds")) >= subnets:
            yield f"{name} does not run in the network"
    found: dict[str, set[str]] = {"Gateway": set(), "Interface": set()}
    for name, made in template.resources("EC2::VPCEndpoint"):
        found[made["VpcEndpointType"]].add(str(made["ServiceName"]["Fn::Sub"]).rsplit(".", 1)[1])
        yield from _door(name, made)
    yield from (f"no gateway to {service}" for service in sorted(GATEWAYS - found["Gateway"]))
    yield from (f"no endpoint of {service}" for service in sorted(INTERFACES - found["Interface"]))


def _door(name: str, made: dict[str, Value]) -> Iterator[str]:
    statements = made.get("PolicyDocument", {}).get("Statement", [])
    if not statements:
        yield f"{name} lets everybody through"
    for statement in statements:
        condition = json.dumps(statement.get("Condition", {}))
        if "aws:PrincipalOrgID" not in condition or "aws:PrincipalAccount" not in condition:
            yield f"{name} does not ask whose principal it is"
        if statement["Resource"] == "*" and name != "XrayEndpoint":
            yield f"{name} leads to everybody's resources"


def groups_are_narrow(template: Template) -> Iterator[str]:
    """C15: no security group is open to the world; what leaves goes to endpoints over TLS."""
    for name, made in template.resources("EC2::SecurityGroup"):
        rules = [*made.get("SecurityGroupIngress", ()), *made.get("SecurityGroupEgress", ())]
        if "SecurityGroupEgress" not in made:
            yield f"{name} lets everything out, as one without rules does"
        for rule in rules:
            if rule.get("CidrIp") == "0.0.0.0/0" or "CidrIpv6" in rule:
                yield f"{name} is open to the world"
            if (rule.get("FromPort"), rule.get("ToPort"), rule["IpProtocol"]) != (443, 443, "tcp"):
                yield f"{name} passes more than TLS"
    functions = dict(template.resources("EC2::SecurityGroup"))["FunctionsGroup"]
    if functions.get("SecurityGroupIngress"):
        yield "functions can be reached"


def search_is_guarded(template: Template) -> Iterator[str]:
    """C16: OpenSearch lies in the network, encrypted, audited, three masters, two zones or more."""
    domains = dict(template.resources("OpenSearchService::Domain"))
    if not domains:
        yield "there is no domain"
    for name, made in domains.items():
        for path, wanted in (
            (("NodeToNodeEncryptionOptions", "Enabled"), True),
            (("EncryptionAtRestOptions", "Enabled"), True),
            (("DomainEndpointOptions", "EnforceHTTPS"), True),
            (("AdvancedSecurityOptions", "Enabled"), True),
            (("AdvancedSecurityOptions", "InternalUserDatabaseEnabled"), False),
            (("LogPublishingOptions", "AUDIT_LOGS", "Enabled"), True),
            (("ClusterConfig", "DedicatedMasterEnabled"), True),
            (("ClusterConfig", "DedicatedMasterCount"), 3),
            (("ClusterConfig", "ZoneAwarenessEnabled"), True),
        ):
            if _at(made, path) != wanted:
                yield f"{name}: {'.'.join(path)} is not {wanted}"
        if not re.match(
            r"Policy-Min-TLS-1-[23]", str(_at(made, ("DomainEndpointOptions", "TLSSecurityPolicy")))
        ):
            yield f"{name} speaks an old TLS"
        if not named(_at(made, ("VPCOptions", "SubnetIds"))):
            yield f"{name} does not lie in the network"
    for size, figures in template.body["Mappings"]["Sizes"].items():
        if figures["SearchZones"] < 2 or figures["SearchNodes"] < figures["SearchZones"]:
            yield f"{size}: OpenSearch stands in one zone"


FORTNIGHT = 14 * 24 * 3600


def queues_lose_nothing(template: Template) -> Iterator[str]:
    """C21: each queue has dead letters of its kind, kept 14 days, watched from the first on."""
    queues = dict(template.resources("SQS::Queue"))
    watched = {
        queue
        for _, made in template.resources("CloudWatch::Alarm")
        if made.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        and made["Threshold"] == 1
        and made.get("AlarmActions")
        for queue in named(made.get("Dimensions"))
    }
    for name, made in queues.items():
        if made.get("MessageRetentionPeriod") != FORTNIGHT:
            yield f"{name} forgets before 14 days"
        dead = named(made.get("RedrivePolicy"))
        if name.endswith("Queue") and not dead:
            yield f"{name} has no dead-letter queue"
        for letters in dead:
            if queues[letters].get("FifoQueue") != made.get("FifoQueue"):
                yield f"{letters} is of another kind than {name}"
        if not name.endswith("Queue") and name not in watched:
            yield f"nobody watches {name}"
    functions = dict(template.functions())
    for name, made in template.resources("Lambda::EventSourceMapping"):
        for queue in named(made["EventSourceArn"]) & set(queues):
            (reader,) = named(made["FunctionName"])
            if queues[queue].get("VisibilityTimeout", 30) < 6 * functions[reader]["Timeout"]:
                yield f"{queue} shows a message again while {name} works on it"


def _mappings(template: Template, kind: str) -> Iterator[tuple[str, dict[str, Value]]]:
    for name, made in template.resources("Lambda::EventSourceMapping"):
        (source,) = named(made["EventSourceArn"])
        if template.body["Resources"][source]["Type"] == f"AWS::{kind}":
            yield name, made


def queue_mappings(template: Template) -> Iterator[str]:
    """C22: a message fails alone, and a queue takes no more workers than it was given."""
    for name, made in _mappings(template, "SQS::Queue"):
        if made.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name}: one message fails its batch"
        if "MaximumConcurrency" not in made.get("ScalingConfig", {}):
            yield f"{name} has no bound"


def stream_mappings(template: Template) -> Iterator[str]:
    """C23: nothing is skipped or blocks for ever, what failed is kept, a stream has two readers."""
    readers: dict[str, int] = {}
    for name, made in _mappings(template, "DynamoDB::Table"):
        (table,) = named(made["EventSourceArn"])
        readers[table] = readers.get(table, 0) + 1
        for option, wanted in (
            ("StartingPosition", "TRIM_HORIZON"),
            ("BisectBatchOnFunctionError", True),
            ("MaximumRetryAttempts", 8),
            ("MaximumRecordAgeInSeconds", 21600),
            ("FunctionResponseTypes", ["ReportBatchItemFailures"]),
        ):
            if made.get(option) != wanted:
                yield f"{name}: {option} is not {wanted}"
        if not named(_at(made, ("DestinationConfig", "OnFailure", "Destination"))):
            yield f"{name} loses what fails"
        if "prefix" not in json.dumps(made.get("FilterCriteria", {})):
            yield f"{name} sees every tenant"
    yield from (f"{table} has {count} readers" for table, count in readers.items() if count > 2)


TASK_STATES = ("Task", "Map")


def states(template: Template, machine: str = "FilesWorkflow") -> dict[str, Value]:
    """Every state of the machine, those inside a map included, by name."""
    text = template.body["Resources"][machine]["Properties"]["DefinitionString"]
    read = json.loads(re.sub(r"(?<=: )\$\{(\w+)\}", r'"\1"', text))
    found: dict[str, Value] = {}

    def collect(inside: dict[str, Value]) -> None:
        for name, state in inside["States"].items():
            found[name] = state
            if "ItemProcessor" in state:
                collect(state["ItemProcessor"])

    collect(read)
    return found


def workflow_is_watched(template: Template) -> Iterator[str]:
    """C25: logged without what it carries, traced, our key; tasks are caught, approval expires."""
    for name, made in template.resources("StepFunctions::StateMachine"):
        logging = made.get("LoggingConfiguration", {})
        if logging.get("Level") != "ALL" or logging.get("IncludeExecutionData") is not False:
            yield f"{name} logs too little, or what it carries"
        if not made.get("TracingConfiguration", {}).get("Enabled"):
            yield f"{name} is not traced"
        if not named(_at(made, KEYED["StepFunctions::StateMachine"])):
            yield f"{name} rests under no key of ours"
        approvals = 0
        for step, state in states(template, name).items():
            if state["Type"] in TASK_STATES and not _catches_all(state):
                yield f"{step} is not caught"
            if state["Type"] == "Task" and not state.get("Retry"):
                yield f"{step} is not tried again"
            if "waitForTaskToken" in state.get("Resource", ""):
                approvals += 1
                caught = [e for c in listed(state.get("Catch", [])) for e in c["ErrorEquals"]]
                if (
                    state.get("TimeoutSeconds") != "ApprovalSeconds"
                    or "States.Timeout" not in caught
                ):
                    yield f"{step} never expires"
        if not approvals:
            yield f"{name} asks nobody"


def _catches_all(state: dict[str, Value]) -> bool:
    return any("States.ALL" in caught["ErrorEquals"] for caught in state.get("Catch", []))
