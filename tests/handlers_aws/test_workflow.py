"""The steps of a received file, and the second person: each once, however often it is done."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest

from adapters.statements.camt_writing import write
from adapters.statements.model import Detail
from application.file_steps import FileRefused, Rejected
from handlers import approvals, commands, workflow
from tests.application.test_commanding import MERCHANT, PAYMENT
from tests.fixtures.statement_files import entry, statement
from tests.handlers_aws.conftest import Around
from tests.handlers_aws.test_commands import event

DAY = date(2026, 3, 3)
COMPLETE = {
    "command_id": "c-through",
    "command": "complete_through",
    "source": "core",
    "through": "2026-03-03",
}


def camt() -> bytes:
    """A statement of two lines: one pays P1, the other pays nobody."""
    lines = [
        entry(
            10_000,
            day=DAY,
            bank_reference="E1",
            detail_lines=(Detail(amount_minor=10_000, end_to_end_id="E2E1"),),
        ),
        entry(
            5_00,
            day=DAY,
            bank_reference="E2",
            detail_lines=(Detail(amount_minor=5_00, end_to_end_id="OTHER"),),
        ),
    ]
    written = BytesIO()
    write(statement(0, *lines, statement_id="ST1"), written)
    return written.getvalue()


def received(around: Around, content: bytes) -> dict[str, Any]:
    """The file as the workflow is told of it."""
    around.aws.clients.s3.put_object(Bucket=around.bucket, Key="day.xml", Body=content)
    return {"bucket": around.bucket, "key": "day.xml", "version": None}


def step(around: Around, name: str, file: dict[str, Any], **said: Any) -> dict[str, Any]:
    return workflow.handler({"step": name, "file": file, **said}, around.context)


@pytest.fixture
def bank(around: Around, monkeypatch: pytest.MonkeyPatch) -> Around:
    """A store, numbered inline, that expects P1 and no other payment of that day."""
    monkeypatch.setenv("DYNAMODB_NUMBERING", "inline")
    payment = {**PAYMENT, "merchant_id": "M2", "end_to_end_id": "E2E1"}
    merchant = {**MERCHANT["merchant"]}
    rates = {name: 0 for name in merchant["schedules"][0] if name != "effective_from"}
    merchant["schedules"] = [{"effective_from": "2026-01-01", **rates}]
    sent = event({**MERCHANT, "merchant": merchant}, payment, COMPLETE)
    assert commands.handler(sent, around.context)["batchItemFailures"] == []
    return around


def sealed(around: Around, file: dict[str, Any]) -> dict[str, Any]:
    """The file's statement, recorded and sealed; each step is done twice on the way."""
    for _ in range(2):
        validated = step(around, "validate", file)
        parts = step(around, "seal_file", file, validated=validated)["parts"]
        for part in parts:
            step(around, "import_part", file, part=part)
        found = step(around, "seal_statement", file, validated=validated)
    return found  # pyright: ignore[reportPossiblyUnboundVariable]  (two rounds)


def test_a_file_is_recorded_matched_and_closed_by_a_second_person(bank: Around):
    """What is open waits for somebody else; approved, the file is closed, and reported."""
    file = received(bank, camt())
    found = sealed(bank, file)
    head = bank.aws.facts.head()
    assert step(bank, "match", file, statement=found) == {"complete": True}
    judged = bank.aws.facts.head()
    assert judged > head
    assert step(bank, "match", file, statement=found) == {"complete": True}
    assert bank.aws.facts.head() == judged

    open_ = step(bank, "collect_exceptions", file, statement=found)
    assert open_["count"] == 1
    with pytest.raises(Rejected):
        step(bank, "close", file, statement=found)

    asked = {"exceptions": open_, "token": "token", "asked_at": "2026-03-04T00:00:00Z"}
    proposal = step(bank, "ask_for_approval", file, **asked)["proposal"]
    assert answer(bank, proposal, by="system")["statusCode"] == 403  # who asked
    assert answer(bank, proposal, by="bruno", scope="payments:read")["statusCode"] == 403
    assert answer(bank, "0" * 32, by="bruno")["statusCode"] == 404
    assert answer(bank, proposal, by="bruno", tenant="bank-02")["statusCode"] == 404
    assert answer(bank, proposal, by="bruno")["statusCode"] == 409  # nobody waits under "token"
    assert step(bank, "report", file, statement=found) | {"key": None} == {
        "key": None,
        "lines": 2,
        "matched": 1,
        "duplicates": 0,
        "open": 1,
    }


def test_a_file_that_cannot_be_read_is_refused_by_name_and_recorded(bank: Around):
    """The workflow catches FileRefused; the refusal is a fact and parked, once for two tries."""
    file = received(bank, b"<Document>")
    with pytest.raises(FileRefused):
        step(bank, "validate", file)

    first = step(bank, "record_refusal", file)
    head = bank.aws.facts.head()
    assert first["outcome"] == "refused"
    assert step(bank, "record_refusal", file)["parked"] == first["parked"]
    assert bank.aws.facts.head() == head
    assert [each.id for each in bank.aws.lot.all(queue="files")] == [first["parked"]]


def answer(
    around: Around,
    proposal: str,
    *,
    by: str,
    scope: str = "cases:approve",
    tenant: str = "bank-01",
) -> dict[str, Any]:
    caller = {"principalId": by, "tenant": tenant, "role": "operator", "scope": scope}
    asked = {
        "routeKey": "POST /v1/proposals/{id}/approvals",
        "pathParameters": {"id": proposal},
        "requestContext": {"authorizer": {"lambda": caller}, "http": {"method": "POST"}},
    }
    return approvals.handler(asked, around.context)
