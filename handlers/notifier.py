"""Tells of what happened: a notice for each fact that others may want to hear of, in log order.

A notice says that something is there to be read, never what: a fact's id and topic, its aggregate
and version, its position. It comes at least once; its id is the fact's for ever, and within an
aggregate the version orders. Whoever missed some reads `/v1/changes`, which is complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError

from application.ports import StoreBusy
from conciliar.aws import here
from handlers.observed import logger, metrics, tracer
from handlers.streams import Image, added, from_here_again

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@logger.inject_lambda_context(log_event=False, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Tell of the pages of a batch in order; the first that cannot be told of stops it."""
    del context
    told = 0
    for sequence_number, image in added(event):
        try:
            told += _tell(image)
        except (BotoCoreError, ClientError, StoreBusy) as error:
            logger.error("page not told", sequence=sequence_number, error=type(error).__name__)
            metrics.add_metric("NoticesFailed", MetricUnit.Count, 1)
            return from_here_again(sequence_number)
    metrics.add_metric("NoticesTold", MetricUnit.Count, told)
    logger.info("told", notices=told)
    return from_here_again(None)


def _tell(image: Image) -> int:
    aws, told = here(), 0
    for notice in aws.noticed(image):
        aws.notices.publish(
            {
                "id": notice.fact_id,
                "kind": notice.topic,
                "tenant": aws.settings.tenant,
                "aggregate": notice.stream,
                "version": notice.version,
                "position": notice.position,
                "lane": notice.lane,
                "recorded_at_ms": notice.recorded_at_ms,
            },
            attributes={"kind": notice.topic, "tenant": aws.settings.tenant},
        )
        told += 1
    return told
