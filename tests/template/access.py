"""Controls of who may do what: C1 to C4, C20 and C24. Each yields what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.template.source import Template, Value, listed, named

APPENDERS = {"CommandsRole", "MatcherRole", "WorkflowRole"}
"""Who appends facts: commands, matches, entries of a statement; by conditional puts alone."""

NUMBERERS = {"SequencerRole", "GapScanRole"}
"""Who writes pages of the log."""

CHANGING = (
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "PartiQLInsert",
    "PartiQLUpdate",
    "PartiQLDelete",
)
"""What changes a stored item, or writes one without a condition."""

UNBOUND = ("ec2:", "xray:", "logs:")
"""Services some of whose actions can be bound to no resource."""

UNBOUND_ROLES = {"RunsInNetwork", "FilesWorkflowRole"}

READ_ONLY = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}
STREAM = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}


def _actions(statement: dict[str, Value]) -> list[str]:
    return listed(statement["Action"])


def _allowed(template: Template, *, on: str) -> Iterator[tuple[str, str]]:
    for role, statement in template.statements():
        if statement["Effect"] == "Allow" and on in named(statement["Resource"]):
            yield from ((role, action) for action in _actions(statement))


def least_privilege(template: Template) -> Iterator[str]:
    """C1: a role for each function, no wildcard; `*` as resource only where nothing else exists."""
    roles = Counter(name for _, made in template.functions() for name in named(made.get("Role")))
    for name, made in template.functions():
        if not named(made.get("Role")):
            yield f"{name} has no role of its own"
        if "Policies" in made:
            yield f"{name} lets SAM write its role"
    yield from (f"{role} is shared by {count}" for role, count in roles.items() if count > 1)
    for role, statement in template.statements():
        for action in _actions(statement):
            if "*" in action:
                yield f"{role} may {action}"
            if statement["Resource"] == "*" and not (
                role in UNBOUND_ROLES and action.startswith(UNBOUND)
            ):
                yield f"{role} may {action} on everything"
        if "NotAction" in statement or "NotResource" in statement:
            yield f"{role} is allowed by what is not named"
    for name, made in template.resources("IAM::Role"):
        managed = made.get("ManagedPolicyArns", [])
        if any(not isinstance(policy, dict) or "Ref" not in policy for policy in managed):
            yield f"{name} has a managed policy that is not ours"
        if "PermissionsBoundary" not in made:
            yield f"{name} has no boundary"


def append_only(template: Template) -> Iterator[str]:
    """C2: facts and pages are added by the few who add them, and changed by nobody."""
    for table, writers in (("EventsTable", APPENDERS), ("LogTable", NUMBERERS)):
        for role, action in _allowed(template, on=table):
            if action.removeprefix("dynamodb:") in CHANGING:
                yield f"{role} may {action} on {table}"
            if action == "dynamodb:PutItem" and role not in writers:
                yield f"{role} may add to {table}"
        made = template.body["Resources"][table]["Properties"]
        denied = _denied(made.get("ResourcePolicy", {"PolicyDocument": {"Statement": []}}))
        yield from (f"{table} itself does not forbid {a}" for a in CHANGING if a not in denied)


def _denied(policy: dict[str, Value]) -> set[str]:
    denied: set[str] = set()
    for statement in policy["PolicyDocument"]["Statement"]:
        excepted = named(statement.get("Condition", {})) - {"BreakGlassRoleArn", "AWS::NoValue"}
        if statement["Effect"] == "Deny" and statement["Principal"] == "*" and not excepted:
            denied |= {action.removeprefix("dynamodb:") for action in _actions(statement)}
    return denied


def change_is_visible(template: Template) -> Iterator[str]:
    """C3: the stream carries what an item was before, and an alarm rings when one was changed."""
    for table in ("EventsTable", "LogTable"):
        made = template.body["Resources"][table]["Properties"]
        if made.get("StreamSpecification") != {"StreamViewType": "NEW_AND_OLD_IMAGES"}:
            yield f"the stream of {table} does not carry both images"
    for name, made in template.resources("Lambda::EventSourceMapping"):
        patterns = str(made.get("FilterCriteria", ""))
        if "eventName" in patterns:
            yield f"{name} does not see every kind of change"
    alarms = dict(template.resources("CloudWatch::Alarm"))
    tamper = [made for made in alarms.values() if made.get("MetricName") == "TamperSeen"]
    if not any(made["Threshold"] == 1 and made.get("AlarmActions") for made in tamper):
        yield "no alarm rings when a fact is changed"


def sides_are_apart(template: Template) -> Iterator[str]:
    """C4: what shows never writes facts; what the outside asks knows neither facts nor keys."""
    for role in ("ProjectorRole", "NotifierRole", "SequencerRole"):
        for _, action in (pair for pair in _allowed(template, on="EventsTable") if pair[0] == role):
            if action not in READ_ONLY | STREAM:
                yield f"{role} may {action} on facts"
    outside = ("QueriesRole", "AuthoriserRole", "ApprovalsRole")
    hidden = {"EventsTable", "LogTable", "KeysTable", "OpenItemsTable", "FactsKey", "SubjectKey"}
    for role, statement in template.statements():
        if role in outside and (seen := named(statement["Resource"]) & hidden):
            yield f"{role} reaches {', '.join(sorted(seen))}"
        if role == "QueriesRole" and any(
            a.startswith("es:") and a not in ("es:ESHttpGet", "es:ESHttpPost")
            for a in _actions(statement)
        ):
            yield "the API may write into OpenSearch"
    for _, domain in template.resources("OpenSearchService::Domain"):
        for statement in domain.get("AccessPolicies", {}).get("Statement", ()):
            if "QueriesRole" in named(statement["Principal"]):
                paths = [str(path) for path in listed(statement["Resource"])]
                yield from (f"the API reaches {p}" for p in paths if "/_" not in p)


TENANT_FREE = ("AuthoriserFunction", "QueriesFunction", "ApprovalsFunction")


def tenant_from_the_token(template: Template) -> Iterator[str]:
    """C20: the token alone says for which tenant somebody asks; the domain guards documents too."""
    for name, made in template.functions():
        if name in TENANT_FREE and "CONCILIAR_TENANT" in made["Environment"]["Variables"]:
            yield f"{name} knows a tenant from elsewhere than the token"
    for name, made in template.resources("ApiGatewayV2::Authorizer"):
        if made.get("IdentitySource") != ["$request.header.Authorization"]:
            yield f"{name} looks at more than the token"
        if made.get("AuthorizerResultTtlInSeconds") != 0:
            yield f"{name} remembers an answer beyond its connection"
    for name, made in template.resources("ApiGatewayV2::Route"):
        if made.get("AuthorizationType") != "CUSTOM" or not named(made.get("AuthorizerId")):
            yield f"{name} asks for no token"
    for name, made in template.resources("ApiGatewayV2::Integration"):
        if "RequestParameters" in made:
            yield f"{name} passes on what a caller says of itself"
    for name, made in template.resources("OpenSearchService::Domain"):
        if not made.get("AdvancedSecurityOptions", {}).get("Enabled"):
            yield f"{name} cannot guard documents by tenant"


UPSTREAM_SECONDS = {"AuthoriserFunction": 10, "QueriesFunction": 12, "ApprovalsFunction": 12}
"""How long whoever calls them waits; API Gateway gives an authoriser ten seconds."""

SECRET_WORDS = ("SECRET", "PASSWORD", "TOKEN", "PRIVATE")


def functions_are_bounded(template: Template) -> Iterator[str]:
    """C24: bounded concurrency and time, arm64, signed code, no secret in the environment."""
    for name, made in template.functions():
        if "ReservedConcurrentExecutions" not in made:
            yield f"{name} may take every worker of the account"
        if made.get("Architectures") != ["arm64"] or made.get("Runtime") != "python3.13":
            yield f"{name} runs on something else"
        if "CodeSigningConfigArn" not in made:
            yield f"{name} takes unsigned code"
        if made["Timeout"] >= UPSTREAM_SECONDS.get(name, 330):
            yield f"{name} outlives whoever waits for it"
        for variable in made["Environment"]["Variables"]:
            if any(word in variable for word in SECRET_WORDS):
                yield f"{name} holds {variable} in its environment"
    sequencer = dict(template.functions())["SequencerFunction"]
    if sequencer.get("ReservedConcurrentExecutions") != {"Ref": "Lanes"}:
        yield "more than one sequencer may run in a lane"
