"""Each step of a received file, called by the workflow: {"step": …, "file": …, …} → what it gives.

A step that is done twice is done once. What it raises is known to the workflow by its name: docs/
aws.md says which is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from conciliar.aws import here
from conciliar.aws_files import FileSteps, ReceivedFile
from handlers.observed import logger, metrics, tracer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Any: what the workflow passes on from step to step, as the steps gave it.
Step = Callable[[FileSteps, ReceivedFile, Mapping[str, Any]], dict[str, Any]]

STEPS: Mapping[str, Step] = {
    "validate": lambda steps, file, _: steps.validate(file),
    "seal_file": lambda steps, _, said: steps.seal_file(said["validated"]),
    "import_part": lambda steps, file, _: steps.import_part(file),
    "seal_statement": lambda steps, _, said: steps.seal_statement(said["validated"]),
    "match": lambda steps, _, said: steps.match(said["statement"]),
    "collect_exceptions": lambda steps, _, said: steps.collect_exceptions(said["statement"]),
    "ask_for_approval": lambda steps, file, said: steps.ask_for_approval(
        file, said["exceptions"], token=said["token"], asked_at=said["asked_at"]
    ),
    "expire_approval": lambda steps, file, said: steps.expire_approval(file, said["exceptions"]),
    "close": lambda steps, _, said: steps.close(said["statement"]),
    "report": lambda steps, _, said: steps.report(said["statement"]),
    "record_refusal": lambda steps, file, _: steps.record_refusal(file),
}


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@logger.inject_lambda_context(log_event=False, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Do a step. Raises what the step refuses, by its own name."""
    del context
    step, file = event["step"], ReceivedFile(**event["file"])
    metrics.add_metric("StepsBegun", MetricUnit.Count, 1)
    given = STEPS[step](FileSteps(here()), file, event)
    if step == "expire_approval":
        metrics.add_metric("ApprovalExpired", MetricUnit.Count, 1)
    if step == "record_refusal":
        metrics.add_metric("Parked", MetricUnit.Count, 1)
    logger.info("step done", step=step)
    return given
