"""Commands from the queue: each judged, recorded and acknowledged.

A message is one command; its group is the aggregate that it is about. What cannot be done now fails
its message, and the rest of its group waits for it, while other groups go on: after five times the
queue sets it aside with the dead letters. What is no command, or cannot be followed, is parked at
once, and its sender told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from application.commanding import REUSED
from application.payment_orders import Answer
from conciliar.aws import here
from handlers.batches import FifoBatch
from handlers.observed import logger, metrics, tracer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@logger.inject_lambda_context(log_event=False, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Judge a batch; what has to come again is named by its message id."""
    del context
    answer = FifoBatch().take(event, _take)
    failed = len(answer["batchItemFailures"])
    if failed:
        metrics.add_metric("CommandsFailed", MetricUnit.Count, failed)
    return answer


def _take(record: SQSRecord) -> None:
    metrics.add_metric("CommandsReceived", MetricUnit.Count, 1)
    aws = here()
    message = aws.message(record.body)
    answer = aws.commanding.judge(message)
    aws.acknowledgements.send(
        _acknowledgement(answer, sha256=message.sha256),
        group=answer.payment or answer.command_id or message.sha256,
        name=record.message_id,
    )
    _count(answer)


def _count(answer: Answer) -> None:
    refused = answer.status == "refused"
    metrics.add_metric("CommandsRefused" if refused else "CommandsAccepted", MetricUnit.Count, 1)
    if answer.parked is not None:
        metrics.add_metric("Parked", MetricUnit.Count, 1)
    if answer.reason == REUSED:
        metrics.add_metric("CommandIdReused", MetricUnit.Count, 1)
    logger.info(
        "command judged",
        command_id=answer.command_id,
        status=answer.status,
        reason=answer.reason,
        facts=len(answer.facts),
        parked=answer.parked,
    )


def _acknowledgement(answer: Answer, *, sha256: str) -> dict[str, object]:
    return {
        "command_id": answer.command_id,
        "sha256": sha256,
        "aggregate": answer.payment,
        "status": answer.status,
        "reason": answer.reason,
        "words": answer.words,
        "errors": [{"pointer": each.pointer, "code": each.code} for each in answer.faults],
        "facts": answer.facts,
        "parked": answer.parked,
    }
