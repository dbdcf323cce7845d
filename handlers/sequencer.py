"""Numbers what was committed: a batch of the events' stream becomes pages of the log.

Several may run at once, die anywhere and be given records twice: docs/sequencing.md. A record that
is no commit stops the batch before it and is set aside by the stream; a stream that has a hole is
told of, and all others go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from adapters.dynamodb_refusals import ItemBroken
from conciliar.aws import here
from handlers.observed import logger, metrics, tracer
from handlers.streams import Image, added, from_here_again

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from application.sequencing.model import BrokenStream, Stored


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@logger.inject_lambda_context(log_event=False, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Number a batch. Raises as `Sequencer.ingest` does: the batch comes again, without harm."""
    del context
    commits, poison = _commits(list(added(event)))
    done = here().sequencer.ingest(commits)
    tell_of(done.broken)
    metrics.add_metric("CommitsNumbered", MetricUnit.Count, done.commits)
    logger.info("numbered", given=len(commits), commits=done.commits, pages=done.pages)
    return from_here_again(poison)


def tell_of(broken: Iterable[BrokenStream]) -> None:
    """A stream that cannot be numbered is named, and rings the alarm of what was set aside."""
    for each in broken:
        metrics.add_metric("Parked", MetricUnit.Count, 1)
        logger.error("stream broken", stream=each.stream, version=each.version)


def _commits(records: list[tuple[str, Image]]) -> tuple[list[Stored], str | None]:
    """The commits before the first record that is none, and its sequence number."""
    images = [image for _, image in records]
    read = here().log.commits.of_images
    try:
        return read(images), None
    except (ItemBroken, KeyError, ValueError):
        pass  # one of them: which, is found one by one
    commits: list[Stored] = []
    for sequence_number, image in records:
        try:
            commits += read([image])
        except (ItemBroken, KeyError, ValueError) as error:
            logger.error("no commit", sequence=sequence_number, error=type(error).__name__)
            return commits, sequence_number
    return commits, None
