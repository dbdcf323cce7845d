"""Commands that come one by one: followed once, answered the same again, never two under one id."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.command_messages import read_message
from application.commanding import Commanding, Unreadable
from application.payment_orders import Answer
from application.ports import Commit, VersionConflict
from conciliar.refusals import reason_of
from domain.facts import Recorded
from tests.application.importing_bank import Bank, bank_in
from tests.application.small_bank import PEOPLE, START_MS, judge_again, stream_of

NOW_MS = START_MS + 3_600_000
PAYMENT: dict[str, Any] = {
    "command_id": "c-1",
    "command": "register",
    "payment_id": "P1",
    "merchant_id": "M1",
    "amount": {"minor": "10000", "currency": "ARS"},
    "method": "transfer",
    "created_at": "2026-03-02T09:00:00-03:00",
    "reference": "FAC-000001",
}
LINE: dict[str, Any] = {
    "command_id": "c-2",
    "command": "record_line",
    "source": "bank:017",
    "settlement_id": "S1",
    "account": stream_of(1).split(":")[3],
    "amount": {"minor": "10000", "currency": "ARS"},
    "booking_date": "2026-03-02",
    "bank_entry_id": "E1",
    "reference": "FAC-000001",
}
MERCHANT: dict[str, Any] = {
    "command_id": "c-3",
    "command": "register_merchant",
    "merchant": {
        "merchant_id": "M2",
        "name": "Librería Ejemplo",
        "fee_rounding": "item",
        "settlement_delay_bd": 1,
        "payout_per_method": False,
        "payout_schedule": "daily",
        "max_held": 3,
        "timezone": "-03:00",
        "schedules": [
            {"effective_from": "2026-01-01", "mdr_bps": 180, "vat_on_fee_bps": 2100,
             "iibb_bps": 250, "iva_wh_bps": 50, "gan_wh_bps": 0}
        ],
    },
}  # fmt: skip
COMPLETE: dict[str, Any] = {
    "command_id": "c-4",
    "command": "complete_through",
    "source": "core",
    "through": "2026-03-02",
}
UNMATCH: dict[str, Any] = {
    "command_id": "c-5",
    "command": "unmatch",
    "match_id": f"mat:{stream_of(1).removeprefix('set:')}:1",
    "reason": "paid by somebody else",
    "business_date": "2026-03-02",
    "actor": "ana",
}
EVERY = (PAYMENT, LINE, MERCHANT, COMPLETE)
"""Commands that a bank without payments can follow."""


@dataclass
class Sender:
    """Sends commands to a bank, each as a message of its own."""

    bank: Bank

    def send(self, said: dict[str, Any] | str, **changes: Any) -> Answer:
        text = said if isinstance(said, str) else json.dumps({**said, **changes})
        message = read_message(text, source="core", now_ms=NOW_MS)
        return self.judge.judge(message)

    @property
    def judge(self) -> Commanding:
        return Commanding(self.bank.facts, self.bank.lot, actor="system", reason_of=reason_of)


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[Sender]:
    with bank_in(tmp_path) as bank:
        yield Sender(bank)


@pytest.mark.parametrize("said", EVERY, ids=lambda said: said["command"])
def test_a_command_is_recorded_on_its_aggregate_under_its_id(sender: Sender, said: dict[str, Any]):
    """What is accepted names its facts, and each bears the command's id, message and authority."""
    answer = sender.send(said)

    assert (answer.status, answer.parked) == ("accepted", None)
    facts = sender.bank.facts.stream(answer.payment or "")
    own = [each for each in facts if each.context.command_id == said["command_id"]]
    assert [each.fact_id for each in own] == list(answer.facts)
    assert {each.context.authority for each in own} == {"command"}


@pytest.mark.parametrize("said", EVERY, ids=lambda said: said["command"])
def test_the_same_message_again_is_answered_as_the_first_time(sender: Sender, said: dict[str, Any]):
    """A message that is delivered twice records once, and its sender is told the same."""
    first = sender.send(said)
    head = sender.bank.facts.head()

    assert sender.send(said) == first
    assert sender.bank.facts.head() == head


@pytest.mark.parametrize("said", EVERY, ids=lambda said: said["command"])
def test_the_same_command_in_another_message_is_repeated(sender: Sender, said: dict[str, Any]):
    """The bytes differ and the command does not: nothing is recorded, and the answer says so."""
    first = sender.send(said)
    head = sender.bank.facts.head()

    again = sender.send(json.dumps(said, indent=2))

    assert (again.status, again.facts) == ("repeated", first.facts)
    assert sender.bank.facts.head() == head


OTHERS = (
    (PAYMENT, {"amount": {"minor": "10001", "currency": "ARS"}}),
    (LINE, {"amount": {"minor": "-10000", "currency": "ARS"}}),
    (LINE, {"settlement_id": "S2"}),
    (MERCHANT, {"merchant": {**MERCHANT["merchant"], "max_held": 4}}),
    (
        MERCHANT,
        {
            "merchant": {
                **MERCHANT["merchant"],
                "schedules": [
                    *MERCHANT["merchant"]["schedules"],
                    {**MERCHANT["merchant"]["schedules"][0], "effective_from": "2026-02-01"},
                ],
            }
        },
    ),
    (COMPLETE, {"through": "2026-03-01"}),
)


@pytest.mark.parametrize("said, changes", OTHERS)
def test_other_content_under_a_known_id_is_refused_and_kept_apart(
    sender: Sender, said: dict[str, Any], changes: dict[str, Any]
):
    """Two commands never share an id: the second is refused, and set aside by its message."""
    sender.send(said)
    head = sender.bank.facts.head()

    answer = sender.send(said, **changes)

    assert (answer.status, answer.reason) == ("refused", "idempotency-key-reused")
    assert sender.bank.facts.head() == head
    (parked,) = sender.bank.waiting()
    assert (parked.id, parked.key == said["command_id"]) == (answer.parked, False)


def test_a_match_is_taken_back_once_and_said_again(sender: Sender):
    """An unmatch releases; repeated it names the fact that did."""
    sender.send(PAYMENT)
    sender.send(LINE)
    judge_again(sender.bank.facts)

    first = sender.send(UNMATCH)
    again = sender.send(UNMATCH, command_id="c-6")

    assert (first.status, again.status) == ("accepted", "repeated")
    assert set(again.facts) <= set(first.facts)
    released = sender.bank.facts.stream(stream_of(1))[-1]
    assert released.context.actor == "ana"


def test_a_void_line_is_set_aside_unless_it_is_matched(sender: Sender):
    """A cancelled line is cancelled once; a line in a match is refused, with the reason."""
    cancel = {**UNMATCH, "command": "cancel_line", "settlement": stream_of(1)}
    del cancel["match_id"]
    assert sender.send(cancel).reason == "not-in-this-state"  # it has not come
    sender.send(LINE)

    assert sender.send(cancel).status == "accepted"
    assert sender.send(cancel).status == "repeated"


@pytest.mark.parametrize(
    "text, reason",
    [
        ("{", "malformed-json"),
        ('{"command_id": "c-1", "command_id": "c-2"}', "duplicate-json-key"),
        ('"x"', "invalid-request"),
        ("x" * 300_000, "body-too-large"),
        ('{"command": "unmatch"}', "invalid-request"),
        (json.dumps({**UNMATCH, "surprise": 1}), "invalid-request"),
        (json.dumps({**UNMATCH, "match_id": "pay:core:P1"}), "invalid-request"),
        (json.dumps({**UNMATCH, "business_date": "2027-01-01"}), "invalid-request"),
        (json.dumps({**LINE, "source": None}), "invalid-request"),
        (json.dumps({**LINE, "amount": {"minor": 5, "currency": "ARS"}}), "invalid-request"),
        (json.dumps({**LINE, "remittance_information": "4111 1111 1111 1111"}),
         "card-number-in-text"),
    ],
    ids=lambda each: each[:30],
)  # fmt: skip
def test_what_is_no_command_is_refused_and_parked_at_once(sender: Sender, text: str, reason: str):
    """A message that nobody can follow records nothing, is kept for people and answered."""
    head = sender.bank.facts.head()

    answer = sender.send(text)

    assert (answer.status, answer.reason) == ("refused", reason)
    assert [each.id for each in sender.bank.waiting()] == [answer.parked]
    assert sender.bank.facts.head() == head


def test_no_card_number_is_kept_of_a_message(sender: Sender):
    """What was set aside holds no card number, readable or not."""
    for text in (
        json.dumps({**LINE, "remittance_information": "4111 1111 1111 1111"}),
        "not json 4111 1111 1111 1111",
    ):
        parked = sender.send(text).parked
        assert b"4111 1111 1111 1111" not in (sender.bank.lot.content(parked or "") or b"")


def test_no_answer_quotes_anything_personal(sender: Sender):
    """Whatever is refused, its words hold no account, tax id or name."""
    wrong = {**PAYMENT, "payer_account": PEOPLE[0][:-1] + "0", "payer_name": "Tomás Pérez"}
    answers = [sender.send(wrong), sender.send({**LINE, "counterparty_account": 7})]
    assert [each.status for each in answers] == ["refused", "refused"]
    assert not any(person in str(each) for each in answers for person in PEOPLE)


def test_a_report_of_a_payment_that_has_not_come_waits(sender: Sender):
    """A rejection before its payment is set aside with what was sent, to be sent again."""
    report = {
        "command_id": "c-9",
        "command": "report",
        "original": {"end_to_end_id": "E-9"},
        "status": "RJCT",
        "business_date": "2026-03-02",
    }
    answer = sender.send(report)
    assert (answer.status, answer.reason) == ("waiting", "waiting-for-payment")
    assert json.loads(sender.bank.lot.content(answer.parked or "") or b"") == report


def test_a_rival_writer_makes_a_command_decide_afresh(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
):
    """Somebody else was first once: the command is decided on what that one left."""
    append, conflicts = sender.bank.facts.append, [VersionConflict(stream="x", expected_version=0)]

    def contended(commits: list[Commit]) -> tuple[Recorded, ...]:
        if conflicts:
            raise conflicts.pop()
        return append(commits)

    monkeypatch.setattr(sender.bank.facts, "append", contended)
    assert sender.send(COMPLETE).status == "accepted"


@given(text=st.text(max_size=200) | st.from_regex(r'\{"command": "[a-z_]{1,17}".{0,60}\}'))
def test_any_text_is_a_command_or_is_refused(text: str):
    """No message, whatever it holds, ends in anything but a command or named faults."""
    command = read_message(text, source="core", now_ms=NOW_MS).command
    if isinstance(command, Unreadable):
        assert command.reason
