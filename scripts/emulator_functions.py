"""Makes functions of the emulator behave as on AWS, where ours depend on it.

    errors     a function's error keeps its type, so that a workflow's Retry and Catch see it
    streams    a failed batch is tried again from its first failure, halved, and set aside with the
               on-failure queue after its last attempt; the emulator would move on and lose it
    queues     several batches of a FIFO queue run side by side, as many as the mapping allows: a
               group stays locked while its messages are in flight
    python     functions run under an interpreter of ours, with the locked packages

This replaces private parts of one version of ministack, which it demands. At each upgrade run
`make test-aws` on the bare server first, and drop what is not needed any more.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import dynamodb, lambda_svc

VERSION = "1.5.33"

ERROR_MARK = "@@error@@"
"""Before an error of which the worker told more than its text."""

PAUSE_S, PAUSE_S_MAX = 0.2, 10
"""Seconds before a failed batch is tried again, doubled each time up to the most."""

EVERYTHING = 1_000_000

PLAIN_ERROR = 'json.dumps({"status": "error", "error": str(e), "trace": traceback.format_exc()})'
TYPED_ERROR = (
    f'json.dumps({{"status": "error", "error": "{ERROR_MARK}" + json.dumps({{"errorMessage":'
    ' str(e), "errorType": type(e).__name__, "requestId": context.aws_request_id, "stackTrace":'
    ' traceback.format_tb(e.__traceback__)[1:]}), "trace": traceback.format_exc()})'
)


def run_functions_as_on_aws(python: str) -> None:
    """Change this process's ministack; functions run under this interpreter."""
    if version("ministack") != VERSION:
        raise SystemExit(f"made for ministack {VERSION}: read scripts/emulator_functions.py")
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if script.count(PLAIN_ERROR) != 1:
        raise SystemExit("ministack's worker is another one")
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(PLAIN_ERROR, TYPED_ERROR)
    lambda_runtime._detect_runtime_binary = lambda runtime: (
        (python, lambda_runtime._PYTHON_WORKER_SCRIPT) if runtime.startswith("python") else ("", "")
    )
    lambda_svc._execute_function_warm = _with_typed_errors(lambda_svc._execute_function_warm)
    lambda_svc._poll_dynamodb_streams = StreamMappings().poll
    allowed = lambda_svc._sqs_esm_concurrency
    lambda_svc._sqs_esm_concurrency = lambda mapping, function, config, *_: allowed(
        mapping, function, config, None
    )


def _with_typed_errors(execute: Any) -> Any:
    def execute_function(function: Any, event: Any, request_id: str) -> dict[str, Any]:
        result = execute(function, event, request_id)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict):
            text = str(body.get("errorMessage", ""))
            if text.startswith(ERROR_MARK):
                result["body"] = json.loads(text.removeprefix(ERROR_MARK))
        return result

    return execute_function


@dataclass
class Place:
    """How a mapping stands with its stream.

    Attempts at the batch at hand, how much of it is taken at once, when it may be tried again.
    """

    tries: int = 0
    limit: int = EVERYTHING
    not_before: float = 0.0


class StreamMappings:
    """Feeds functions from streams of tables, each mapping on its own."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}

    def poll(self) -> bool:
        """Start a batch for each mapping that has one; whether any was started."""
        started = False
        for account, region, mapping in lambda_svc._iter_all_esms():
            if mapping.get("Enabled", True) and ":dynamodb:" in mapping.get("EventSourceArn", ""):
                with _asked_in(account, region):
                    started |= self._start(mapping)
        return started

    def _start(self, mapping: dict[str, Any]) -> bool:
        name, arn = mapping["UUID"], mapping["EventSourceArn"]
        place = self._places.setdefault(name, Place())
        if lambda_svc._esm_inflight.get(name, 0) or place.not_before > time.time():
            return False
        table_name = arn.split("/stream/")[0].split("/")[-1]
        table = dynamodb._tables.get(table_name)
        function, _ = lambda_svc._get_func_record_for_qualifier(
            mapping["FunctionName"], mapping.get("Qualifier")
        )
        if not table or table.get("LatestStreamArn") != arn or function is None:
            return False
        at = _position(mapping, table_name)
        records = dynamodb.stream_records_since(
            table_name, at, min(place.limit, int(mapping.get("BatchSize") or 100))
        )
        if not records:
            return False
        lambda_svc._dispatch_esm_batch(name, self._run, mapping, function, records, at, place)
        return True

    def _run(
        self, mapping: dict[str, Any], function: Any, records: list[Any], at: int, place: Place
    ) -> None:
        wanted = lambda_svc._apply_filter_criteria(records, mapping)
        result = lambda_svc._execute_function(function, {"Records": wanted}) if wanted else {}
        done = _done(mapping, result, records)
        mapping["LastProcessingResult"] = "OK" if done == len(records) else "PROBLEM"
        if done:
            self._commit(mapping, at + done, place, rest=len(records) - done)
            return
        place.tries += 1
        if mapping.get("BisectBatchOnFunctionError") and len(records) > 1:
            place.limit, place.tries = len(records) // 2, 0  # halving costs no attempt
            return
        most = mapping.get("MaximumRetryAttempts", -1)
        if most is not None and 0 <= int(most) < place.tries:
            lambda_svc._send_ddb_stream_failure_record(
                mapping, function, wanted, mapping["EventSourceArn"], result,
                "RetryAttemptsExhausted",
            )  # fmt: skip
            self._commit(mapping, at + len(records), place, rest=0)
            return
        place.not_before = time.time() + min(PAUSE_S * 2**place.tries, PAUSE_S_MAX)

    def _commit(self, mapping: dict[str, Any], to: int, place: Place, *, rest: int) -> None:
        with lambda_svc._dynamodb_stream_positions_lock:
            lambda_svc._dynamodb_stream_positions[mapping["UUID"]] = to
        place.tries = 0
        place.limit = place.limit if rest else EVERYTHING


@contextmanager
def _asked_in(account: str, region: str) -> Iterator[None]:
    tokens = (
        lambda_svc._request_account_id.set(account),
        lambda_svc._request_region.set(region),
    )
    try:
        yield
    finally:
        lambda_svc._request_account_id.reset(tokens[0])
        lambda_svc._request_region.reset(tokens[1])


def _position(mapping: dict[str, Any], table: str) -> int:
    horizon, end = dynamodb.stream_start_position(table), dynamodb.stream_end_position(table)
    first = horizon if mapping.get("StartingPosition") == "TRIM_HORIZON" else end
    with lambda_svc._dynamodb_stream_positions_lock:
        positions = lambda_svc._dynamodb_stream_positions
        at = positions[mapping["UUID"]] = max(positions.get(mapping["UUID"], first), horizon)
    return at


def _done(mapping: dict[str, Any], result: dict[str, Any], records: list[Any]) -> int:
    """How many records, from the first on, are done with."""
    if result.get("error"):
        return 0
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or []):
        return len(records)
    body = result.get("body")
    if isinstance(body, str):
        body = json.loads(body or "null")
    failed = {each["itemIdentifier"] for each in (body or {}).get("batchItemFailures", [])}
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    return next((at for at, number in enumerate(numbers) if number in failed), len(records))
