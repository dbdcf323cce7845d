"""Looks, once a minute, for commits of which no record came, and numbers them.

Each find is an alarm, though it is mended already: a mapping was off, made again, or filters too
much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from conciliar.aws import here
from handlers.observed import logger, metrics, tracer
from handlers.sequencer import tell_of

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@logger.inject_lambda_context(log_event=False, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """One scan; how much it read and found."""
    del event, context
    aws = here()
    found = aws.log.gap_scan().scan(now_ms=aws.clock.now_ms())
    for each in found.lost:
        pointer = each.pointer
        logger.warning("no record came", stream=pointer.stream, version=pointer.first)
    tell_of(found.broken)
    if found.lost or found.unread:
        metrics.add_metric("GapFound", MetricUnit.Count, len(found.lost) + found.unread)
    metrics.add_metric("GapScanDone", MetricUnit.Count, 1)
    lost = len(found.lost)
    logger.info("scanned", slices=found.slices, streams=found.streams, lost=lost)
    return {"slices": found.slices, "streams": found.streams, "lost": lost}
