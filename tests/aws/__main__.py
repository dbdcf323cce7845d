"""A day at a bank on a local AWS: `make aws-local` deploys the template, sends, and shows.

Commands go into the queue, a statement into the bucket of received files; what came of them is
shown as tables. Everything ends with the program.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from datetime import date
from io import BytesIO

from rich.console import Console
from rich.table import Table

from adapters.statements.camt_writing import write
from adapters.statements.model import Detail
from tests.aws.sending import COMPLETE, Sent, a_day, acknowledgements, notices, send
from tests.aws.stack import TENANT, Stack, deployed, missing
from tests.fixtures.emulator import emulator
from tests.fixtures.statement_files import entry, statement

SECONDS_MAX = 600
"""For which anything is waited for."""


def main() -> None:
    """Deploy, send a day of so many payments, and show what came of it."""
    parser = argparse.ArgumentParser(prog="make aws-local")
    parser.add_argument("--payments", type=int, default=50)
    payments: int = parser.parse_args().payments
    console = Console()
    with emulator(functions=True) as url:
        console.print(f"AWS on {url}: deploying template.yaml")
        stack = deployed(url)
        console.print(f"{len(stack.resources)} resources under the prefix {stack.prefix}")
        for name in sorted(missing()):
            console.print(f"not there yet: handlers.{name}; what calls it is switched off")
        _show_commands(stack, console, payments)
        _show_file(stack, console)


def _show_commands(stack: Stack, console: Console, payments: int) -> None:
    told, answers = notices(stack), acknowledgements(stack)
    begun = time.monotonic()
    day = [*a_day(payments), Sent(COMPLETE, "feed:payments:core"), Sent("{", "poison")]
    sent = send(stack, day[:1])
    answers.until(lambda got: len(got) >= 1, seconds=SECONDS_MAX)
    sent += send(stack, day[1:], first=sent)
    answers.until(lambda got: len(got) >= sent, seconds=SECONDS_MAX)
    facts = {fact for each in answers.messages for fact in each["facts"]}
    wanted = {fact for fact in facts if fact.startswith(("pay:", "set:"))}
    told.until(lambda got: {each["id"] for each in got} >= wanted, seconds=SECONDS_MAX)
    table = Table("what", "how many")
    for status, count in Counter(each["status"] for each in answers.messages).items():
        table.add_row(f"commands {status}", str(count))
    table.add_row("facts", str(len(facts)))
    table.add_row("notices", str(len(told.messages)))
    table.add_row("seconds", f"{time.monotonic() - begun:.1f}")
    console.print(table)


def _show_file(stack: Stack, console: Console) -> None:
    lines = [
        entry(
            10_000,
            day=DAY,
            bank_reference="E0",
            detail_lines=(Detail(amount_minor=10_000, end_to_end_id="E2E000000"),),
        ),
        entry(
            5_00,
            day=DAY,
            bank_reference="X",
            detail_lines=(Detail(amount_minor=5_00, end_to_end_id="OTHER"),),
        ),
    ]
    content = BytesIO()
    write(statement(0, *lines, statement_id="ST1"), content)
    stack.client("s3").put_object(
        Bucket=stack.outputs["ReceivedBucketName"], Key="day.xml", Body=content.getvalue()
    )
    approve(stack, by="bruno", seconds=SECONDS_MAX)
    status = ended(stack, seconds=SECONDS_MAX)
    reports = documents(stack, "reports/")
    table = Table("file", "what became of it")
    table.add_row("day.xml", status)
    for name, value in (reports[0] if reports else {}).items():
        table.add_row(name, str(value))
    console.print(table)


DAY = date(2026, 3, 3)


def documents(stack: Stack, prefix: str) -> list[dict[str, object]]:
    """What steps left for each other in the work bucket, below a prefix."""
    s3, bucket = stack.client("s3"), stack.resources["WorkBucket"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return [
        json.loads(s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()) for each in listed
    ]


def approve(stack: Stack, *, by: str, seconds: float) -> dict[str, object]:
    """Say yes to the first question that a workflow asks; the answer to that."""
    deadline = time.monotonic() + seconds
    s3, bucket = stack.client("s3"), stack.resources["WorkBucket"]
    while True:
        listed = s3.list_objects_v2(Bucket=bucket, Prefix="approvals/").get("Contents", [])
        if listed:
            break
        assert time.monotonic() < deadline, "nobody asked"
        time.sleep(0.5)
    proposal = listed[0]["Key"].removeprefix("approvals/").removesuffix(".json")
    caller = {
        "principalId": by, "tenant": TENANT, "role": "operator", "scope": "cases:approve",
    }  # fmt: skip
    return stack.call(
        "approvals",
        {
            "routeKey": "POST /v1/proposals/{id}/approvals",
            "pathParameters": {"id": proposal},
            "requestContext": {"authorizer": {"lambda": caller}, "http": {"method": "POST"}},
        },
    )


def ended(stack: Stack, *, seconds: float) -> str:
    """How the one execution of the workflow ended."""
    deadline = time.monotonic() + seconds
    workflows, machine = stack.client("stepfunctions"), stack.resources["FilesWorkflow"]
    while True:
        found = workflows.list_executions(stateMachineArn=machine)["executions"]
        if found and found[0]["status"] != "RUNNING":
            return str(found[0]["status"])
        assert time.monotonic() < deadline, "it did not end"
        time.sleep(0.5)


if __name__ == "__main__":
    main()
