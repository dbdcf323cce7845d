"""A second person's yes or no to what a workflow waits for.

    POST /v1/proposals/{id}/approvals      the workflow goes on
    POST /v1/proposals/{id}/rejections     what is open is collected again

Who asked for it does not answer it, an answer is given once, and one that comes after its time is
told so. The same person's same answer again is answered as the first time. The tenant is the
token's: another one's proposal is not there.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from adapters.aws.clients import Clients
from adapters.aws.objects import Documents
from application.access import CASES_APPROVE, AccessRefusal, Caller, ScopeMissing
from handlers.http.asked import asked
from handlers.observed import logger, tracer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_OVER: Final = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


# Any: an event of the HTTP API, and its answer.
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@logger.inject_lambda_context(log_event=False, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one proposal."""
    del context
    values: dict[str, str] = event.get("pathParameters") or {}
    name = values.get("id", "")
    approved = str(event.get("routeKey", "")).endswith("/approvals")
    try:
        caller = asked(event).caller
        caller.require(CASES_APPROVE)
    except ScopeMissing:
        return _problem(403, "scope-missing")
    except AccessRefusal:
        return _problem(401, "token-invalid")
    return _answered(name, caller, approved=approved)


def _answered(name: str, caller: Caller, *, approved: bool) -> dict[str, Any]:
    kept = Documents(_clients().s3, bucket=os.environ["CONCILIAR_WORK"], prefix="approvals")
    question = kept.read(name) if name.isalnum() else None
    if question is None or question["tenant"] != caller.tenant:
        return _problem(404, "not-found")
    if caller.subject == question["proposed_by"]:
        return _problem(403, "four-eyes")
    answer = {"approved": approved, "by": caller.subject}
    before = question["answer"]
    if before is not None and before != answer:
        return _problem(409, "already-answered")
    if question["token"] is None:
        return _problem(409, "expired")
    # Kept first: an answer that was sent and not kept could be contradicted.
    kept.write(name, {**question, "answer": answer})
    if not _sent(str(question["token"]), answer) and before is None:
        kept.write(name, {**question, "token": None})
        return _problem(409, "expired")
    logger.info("proposal answered", proposal=name, approved=approved)
    return _json(200, {"proposal": name, **answer}, "application/json")


def _sent(token: str, answer: dict[str, Any]) -> bool:
    """Whether the workflow was still waiting for it."""
    from botocore.exceptions import ClientError

    workflows = _clients().workflows
    try:
        if answer["approved"]:
            workflows.send_task_success(taskToken=token, output=json.dumps(answer))
        else:
            workflows.send_task_failure(taskToken=token, error="Rejected", cause=answer["by"])
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _OVER:
            return False
        raise
    return True


@cache
def _clients() -> Clients:
    return Clients()


def _problem(status: int, slug: str) -> dict[str, Any]:
    body = {"type": f"/v1/problems/{slug}", "status": status, "title": slug}
    return _json(status, body, "application/problem+json")


def _json(status: int, body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": kind}, "body": json.dumps(body)}
