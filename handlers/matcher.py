"""Matches what was committed: a batch of the events' stream is filed, judged, and posted.

Several may run at once, die anywhere and be given records twice: docs/match-states.md. A batch that
fails is taken record by record: what still fails is named, comes again from there, and is set aside
by the stream after eight times; all others are done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from application.live_matching import concerns
from conciliar.aws import here
from domain.errors import Refusal
from handlers.observed import logger, metrics, tracer
from handlers.streams import Image, added

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from application.live_matching import Handled


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@logger.inject_lambda_context(log_event=False, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Match a batch; what has to come again is named by its sequence number."""
    del context
    arrived: dict[str, int] = {}
    streams: dict[str, str] = {}
    failed: list[str] = []
    for number, image in added(event):
        try:
            stream, topics = _stream_of(image), _topics_of(image)
            if concerns(stream, topics):
                streams[number] = stream
                arrived.setdefault(stream, int(image["ts"]["N"]))
        except (KeyError, ValueError) as error:
            logger.error("no commit", sequence=number, error=type(error).__name__)
            failed.append(number)
    try:
        _done(here().matching.handle(streams.values()), arrived)
    except Refusal as refused:
        logger.warning("batch failed", error=type(refused).__name__, records=len(streams))
        failed += _one_by_one(streams, arrived)
    failed.sort(key=int)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


def _one_by_one(streams: Mapping[str, str], arrived: Mapping[str, int]) -> Iterable[str]:
    """Which of a batch fail; the others are done, whatever had been done before."""
    for number, stream in streams.items():
        try:
            _done(here().matching.handle([stream]), arrived)
        except Refusal as refused:
            logger.error("record failed", stream=stream, error=type(refused).__name__)
            yield number


def _done(handled: Handled, arrived: Mapping[str, int]) -> None:
    now_ms = here().clock.now_ms()
    for stream in handled.matched:
        if stream in arrived:
            waited_ms = max(0, now_ms - arrived[stream])
            metrics.add_metric("ArrivalToMatchMilliseconds", MetricUnit.Milliseconds, waited_ms)
    metrics.add_metric("LinesJudged", MetricUnit.Count, handled.judged)
    if handled.for_batch:
        metrics.add_metric("LeftToBatch", MetricUnit.Count, len(handled.for_batch))
        logger.warning("left to a batch", items=handled.for_batch)
    logger.info(
        "matched",
        facts=handled.recorded,
        lines=handled.judged,
        matches=len(handled.matched),
    )


def _stream_of(image: Image) -> str:
    return image["pk"]["S"].partition("/")[2]


def _topics_of(image: Image) -> list[str]:
    return [fact["M"]["t"]["S"] for fact in image["e"]["L"]]
