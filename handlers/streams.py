"""Batches of a table's stream: new items in their order, and what should never be there.

A commit and a page are never changed, so a record that tells of a change or of a removal is an
alarm and nothing else. What fails is named by its sequence number and stops the batch there: the
stream goes on before it, tries it again, cuts it out, and sets it aside after eight times.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from handlers.observed import logger, metrics

ADDED: Final = "INSERT"

Image = dict[str, Any]
"""An item as DynamoDB's own JSON has it."""


def added(event: dict[str, Any]) -> Iterator[tuple[str, Image]]:
    """The new items of an event in their order, each with its record's sequence number."""
    for record in event["Records"]:
        told = record["dynamodb"]
        if record["eventName"] == ADDED:
            yield told["SequenceNumber"], told["NewImage"]
        else:
            metrics.add_metric("TamperSeen", MetricUnit.Count, 1)
            logger.critical(
                "a stored item was changed", event=record["eventName"], key=told["Keys"]
            )


def from_here_again(sequence_number: str | None) -> dict[str, Any]:
    """The answer that lets the stream go on before this record; None: all of the batch is done."""
    failures = [] if sequence_number is None else [{"itemIdentifier": sequence_number}]
    return {"batchItemFailures": failures}
