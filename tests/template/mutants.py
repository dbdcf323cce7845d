"""A template made bad on purpose: a mutant takes one control away, and its test has to see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.template.source import Template, Value

REMOVED = object()


@dataclass(frozen=True, slots=True)
class Mutant:
    """Which control is taken away, in words, and how."""

    control: str
    said: str
    bad: Callable[[Template], None]

    def __str__(self) -> str:
        return f"{self.control}: {self.said}"


def put(place: str, value: Value = REMOVED) -> Callable[[Template], None]:
    """Sets the value at `Resource/key/0/key`, or removes it."""

    def change(template: Template) -> None:
        inside: Value = template.body
        *way, last = place.split("/")
        for step in way:
            inside = inside[_key(inside, step)]
        if value is REMOVED:
            del inside[_key(inside, last)]  # a place that is not there is no mutant: KeyError
        else:
            inside[_key(inside, last)] = value

    return change


def _key(inside: Value, step: str) -> Value:
    return int(step) if isinstance(inside, list) else step


def prop(place: str, value: Value = REMOVED) -> Callable[[Template], None]:
    """As `put`, of a resource's properties: `Resource/key/key`."""
    name, rest = place.split("/", 1)
    return put(f"Resources/{name}/Properties/{rest}", value)


def may(role: str, action: str, resource: Value) -> Callable[[Template], None]:
    """Allows a role one thing more."""

    def change(template: Template) -> None:
        statements = template.body["Resources"][role]["Properties"]["Policies"][0]
        statement = {"Effect": "Allow", "Action": [action], "Resource": resource}
        statements["PolicyDocument"]["Statement"].append(statement)

    return change


def add(name: str, kind: str, properties: dict[str, Value]) -> Callable[[Template], None]:
    """Adds a resource."""
    return put(f"Resources/{name}", {"Type": f"AWS::{kind}", "Properties": properties})


def said(old: str, new: str) -> Callable[[Template], None]:
    """Replaces text in the definition of the workflow."""

    def change(template: Template) -> None:
        made = template.body["Resources"]["FilesWorkflow"]["Properties"]
        assert old in made["DefinitionString"], old
        made["DefinitionString"] = made["DefinitionString"].replace(old, new)

    return change


EVENTS = {"Fn::GetAtt": ["EventsTable", "Arn"]}
LOG = {"Fn::GetAtt": ["LogTable", "Arn"]}
KEYS = {"Fn::GetAtt": ["SubjectKey", "Arn"]}
ANYBODY = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}


ACCESS = (
    Mutant(
        "C1",
        "two functions share a role",
        prop("QueriesFunction/Role", {"Fn::GetAtt": ["CommandsRole", "Arn"]}),
    ),
    Mutant("C1", "SAM writes the role", prop("QueriesFunction/Role")),
    Mutant("C1", "every action of a service", may("MatcherRole", "dynamodb:*", EVENTS)),
    Mutant("C1", "every resource", may("CommandsRole", "sqs:SendMessage", "*")),
    Mutant(
        "C1",
        "a policy of AWS",
        prop("SweepsRole/ManagedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"]),
    ),
    Mutant("C1", "no boundary", prop("SweepsRole/PermissionsBoundary")),
    Mutant("C2", "somebody may change facts", may("CommandsRole", "dynamodb:UpdateItem", EVENTS)),
    Mutant("C2", "somebody may delete pages", may("SequencerRole", "dynamodb:DeleteItem", LOG)),
    Mutant("C2", "somebody else appends", may("NotifierRole", "dynamodb:PutItem", EVENTS)),
    Mutant("C2", "somebody else numbers", may("MatcherRole", "dynamodb:PutItem", LOG)),
    Mutant("C2", "the table forbids nothing", prop("EventsTable/ResourcePolicy")),
    Mutant(
        "C2",
        "the table spares whoever likes",
        prop(
            "EventsTable/ResourcePolicy/PolicyDocument/Statement/0/Condition",
            {"ArnNotEquals": {"aws:PrincipalArn": {"Fn::GetAtt": ["SweepsRole", "Arn"]}}},
        ),
    ),
    Mutant(
        "C3",
        "the stream shows what is new only",
        prop("EventsTable/StreamSpecification", {"StreamViewType": "NEW_IMAGE"}),
    ),
    Mutant("C3", "no alarm", put("Resources/TamperSeen")),
    Mutant("C3", "the alarm tells nobody", prop("TamperSeen/AlarmActions")),
    Mutant(
        "C3",
        "changes are filtered away",
        prop(
            "SequencerFromStream/FilterCriteria",
            {"Filters": [{"Pattern": '{"eventName":["INSERT"]}'}]},
        ),
    ),
    Mutant("C4", "the projector writes facts", may("ProjectorRole", "dynamodb:PutItem", EVENTS)),
    Mutant("C4", "the API reads facts", may("QueriesRole", "dynamodb:GetItem", EVENTS)),
    Mutant("C4", "the API reads keys", may("QueriesRole", "kms:Decrypt", KEYS)),
    Mutant(
        "C4",
        "the API writes documents",
        may("QueriesRole", "es:ESHttpPut", "arn:aws:es:::domain/x/*"),
    ),
    Mutant(
        "C4",
        "the API reaches the whole domain",
        prop("SearchDomain/AccessPolicies/Statement/1/Resource", "arn:aws:es:::domain/x/*"),
    ),
    Mutant(
        "C20",
        "a tenant from the environment",
        prop("QueriesFunction/Environment/Variables/CONCILIAR_TENANT", "bank"),
    ),
    Mutant(
        "C20",
        "a tenant from a header",
        prop(
            "ApiAuthoriser/IdentitySource",
            ["$request.header.Authorization", "$request.header.X-Tenant"],
        ),
    ),
    Mutant(
        "C20", "an answer is remembered", prop("ApiAuthoriser/AuthorizerResultTtlInSeconds", 300)
    ),
    Mutant("C20", "a route without a token", prop("ChangesRoute/AuthorizationType", "NONE")),
    Mutant(
        "C20",
        "what a caller says is passed on",
        prop(
            "QueriesIntegration/RequestParameters",
            {"append:header.tenant": "$request.querystring.tenant"},
        ),
    ),
    Mutant(
        "C20",
        "documents are not guarded",
        prop("SearchDomain/AdvancedSecurityOptions/Enabled", False),
    ),
    Mutant("C24", "no bound", prop("MatcherFunction/ReservedConcurrentExecutions")),
    Mutant(
        "C24", "two sequencers in a lane", prop("SequencerFunction/ReservedConcurrentExecutions", 2)
    ),
    Mutant("C24", "another processor", put("Globals/Function/Architectures", ["x86_64"])),
    Mutant("C24", "longer than its caller", prop("QueriesFunction/Timeout", 60)),
    Mutant("C24", "a secret", prop("QueriesFunction/Environment/Variables/CLIENT_SECRET", "x")),
    Mutant("C24", "unsigned code", prop("CommandsFunction/CodeSigningConfigArn")),
)
"""Against C1 to C4, C20 and C24."""

RESOURCES = (
    Mutant("C8", "a table", prop("EventsTable/SSESpecification/KMSMasterKeyId")),
    Mutant("C8", "a queue", prop("CommandsQueue/KmsMasterKeyId")),
    Mutant("C8", "a topic", prop("NoticesTopic/KmsMasterKeyId")),
    Mutant("C8", "a bucket", prop("ReceivedBucket/BucketEncryption")),
    Mutant("C8", "a log", prop("CommandsLogs/KmsKeyId")),
    Mutant("C8", "the domain", prop("SearchDomain/EncryptionAtRestOptions/KmsKeyId")),
    Mutant("C8", "the workflow", prop("FilesWorkflow/EncryptionConfiguration")),
    Mutant("C8", "the environment", put("Globals/Function/KmsKeyArn")),
    Mutant("C8", "a key for ever", prop("SubjectKey/EnableKeyRotation", False)),
    Mutant("C10", "no way back", prop("EventsTable/PointInTimeRecoverySpecification")),
    Mutant(
        "C10", "a table that can be deleted", prop("EventsTable/DeletionProtectionEnabled", False)
    ),
    Mutant("C10", "deleted with the stack", put("Resources/EventsTable/DeletionPolicy")),
    Mutant(
        "C10", "a key that is replaced", put("Resources/SubjectKey/UpdateReplacePolicy", "Delete")
    ),
    Mutant(
        "C10",
        "files deleted with the stack",
        put("Resources/ReceivedBucket/DeletionPolicy", "Delete"),
    ),
    Mutant(
        "C10",
        "facts that expire",
        prop("EventsTable/TimeToLiveSpecification", {"Enabled": True, "AttributeName": "t"}),
    ),
    Mutant("C10", "files overwritten", prop("ReceivedBucket/VersioningConfiguration")),
    Mutant("C14", "a gateway", add("Nat", "EC2::NatGateway", {})),
    Mutant("C14", "a route out", add("Out", "EC2::Route", {"DestinationCidrBlock": "0.0.0.0/0"})),
    Mutant("C14", "a public subnet", prop("SubnetA/MapPublicIpOnLaunch", True)),
    Mutant("C14", "functions outside", put("Globals/Function/VpcConfig")),
    Mutant("C14", "no gateway to tables", put("Resources/DynamoDbEndpoint")),
    Mutant("C14", "no endpoint of keys", put("Resources/KmsEndpoint")),
    Mutant("C14", "an endpoint for all", prop("SqsEndpoint/PolicyDocument")),
    Mutant("C14", "principals of others", prop("SqsEndpoint/PolicyDocument/Statement/0/Condition")),
    Mutant(
        "C14", "resources of others", prop("S3Endpoint/PolicyDocument/Statement/0/Resource", "*")
    ),
)
"""Against C8, C10 and C14."""

SEARCH_AND_QUEUES = (
    Mutant("C15", "open to the world", prop("EndpointsGroup/SecurityGroupIngress", [ANYBODY])),
    Mutant("C15", "out to the world", prop("FunctionsGroup/SecurityGroupEgress", [ANYBODY])),
    Mutant("C15", "no rule of what leaves", prop("FunctionsGroup/SecurityGroupEgress")),
    Mutant(
        "C15",
        "functions are reached",
        prop("FunctionsGroup/SecurityGroupIngress", [ANYBODY | {"CidrIp": "10.40.0.0/16"}]),
    ),
    Mutant("C15", "every port", prop("SearchGroup/SecurityGroupIngress/0/FromPort", 0)),
    *(
        Mutant("C16", f"{place} taken away", prop(f"SearchDomain/{place}", value))
        for place, value in (
            ("VPCOptions", REMOVED),
            ("NodeToNodeEncryptionOptions", REMOVED),
            ("EncryptionAtRestOptions/Enabled", False),
            ("DomainEndpointOptions/EnforceHTTPS", False),
            ("DomainEndpointOptions/TLSSecurityPolicy", "Policy-Min-TLS-1-0-2019-07"),
            ("AdvancedSecurityOptions", REMOVED),
            ("LogPublishingOptions/AUDIT_LOGS", REMOVED),
            ("ClusterConfig/DedicatedMasterCount", 2),
            ("ClusterConfig/ZoneAwarenessEnabled", False),
        )
    ),
    Mutant("C16", "one zone", put("Mappings/Sizes/small/SearchZones", 1)),
    Mutant("C21", "no dead letters", prop("CommandsQueue/RedrivePolicy")),
    Mutant("C21", "dead letters of another kind", prop("CommandsDeadLetters/FifoQueue")),
    Mutant("C21", "four days", prop("MatcherFailures/MessageRetentionPeriod")),
    Mutant("C21", "nobody looks", put("Resources/MatcherFailuresFilled")),
    Mutant("C21", "somebody looks late", prop("CommandsDeadLettersFilled/Threshold", 100)),
    Mutant("C21", "shown too early", prop("CommandsQueue/VisibilityTimeout", 30)),
    Mutant("C22", "a batch fails whole", prop("CommandsFromQueue/FunctionResponseTypes")),
    Mutant("C22", "no bound", prop("CommandsFromQueue/ScalingConfig")),
    *(
        Mutant("C23", f"{place} taken away", prop(f"SequencerFromStream/{place}", value))
        for place, value in (
            ("StartingPosition", "LATEST"),
            ("BisectBatchOnFunctionError", False),
            ("MaximumRetryAttempts", REMOVED),
            ("MaximumRecordAgeInSeconds", REMOVED),
            ("DestinationConfig", REMOVED),
            ("FunctionResponseTypes", REMOVED),
            ("FilterCriteria", REMOVED),
        )
    ),
    Mutant(
        "C23",
        "a third reader",
        prop("NotifierFromStream/EventSourceArn", {"Fn::GetAtt": ["EventsTable", "StreamArn"]}),
    ),
    Mutant("C25", "fewer logs", prop("FilesWorkflow/LoggingConfiguration/Level", "ERROR")),
    Mutant(
        "C25",
        "logs that carry data",
        prop("FilesWorkflow/LoggingConfiguration/IncludeExecutionData", True),
    ),
    Mutant("C25", "no traces", prop("FilesWorkflow/TracingConfiguration/Enabled", False)),
    Mutant("C25", "the key of AWS", prop("FilesWorkflow/EncryptionConfiguration")),
    Mutant("C25", "a task that is not caught", said('"States.ALL"', '"States.Timeout"')),
    Mutant(
        "C25",
        "an approval for ever",
        said('"TimeoutSeconds": ${ApprovalSeconds}', '"HeartbeatSeconds": 9'),
    ),
    Mutant("C25", "nobody is asked", said(".waitForTaskToken", "")),
)
"""Against C15, C16, C21 to C23 and C25."""

MUTANTS = (*ACCESS, *RESOURCES, *SEARCH_AND_QUEUES)
