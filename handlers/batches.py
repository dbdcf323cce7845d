"""Batches from queues, message by message: what failed is named, and comes again.

After a failure in a group of a FIFO queue the rest of the group is named too, without being tried,
for it has to come after; other groups go on. A batch that fails whole is named whole, and is no
error of the function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor

from handlers.observed import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.exceptions import ExceptionInfo
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord


class FifoBatch(SqsFifoPartialProcessor):
    """One batch of a FIFO queue."""

    def __init__(self) -> None:
        super().__init__(skip_group_on_error=True)  # pyright: ignore[reportUnknownMemberType]  (the library leaves its model untyped)
        self.raise_on_entire_batch_failure = False

    # Any: what the library calls a record and gives back untyped.
    def failure_handler(self, record: Any, exception: ExceptionInfo) -> Any:
        """Log what kind of failure it was, and no more: its text may quote what was sent."""
        kind = exception[0]
        logger.error("message failed", error=None if kind is None else kind.__name__)
        return super().failure_handler(record, exception)  # pyright: ignore[reportUnknownMemberType]  (untyped records)

    def take(
        self, event: dict[str, Any], each: Callable[[SQSRecord], None]
    ) -> PartialItemFailureResponse:
        """Give each message of an event to a function; the messages that have to come again."""
        with self(records=event["Records"], handler=each):
            self.process()  # pyright: ignore[reportUnknownMemberType]  (untyped records)
        return self.response()
