"""Files of orders about payments: recorded whole or not at all, answered, and set aside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.sqlite_facts import SqliteFactStore
from application.batch import SourceFile
from application.parking import Parked
from application.payment_import import ASIDE_MAX, PaymentImport
from application.payment_orders import (
    Fault,
    Faulty,
    Register,
)
from application.ports import Commit, VersionConflict
from conciliar.refusals import reason_of
from domain.facts import Recorded
from domain.money import Money
from tests.application.importing_bank import (
    FILE,
    ONE,
    OTHER,
    TWO,
    Bank,
    bank_in,
    cancelled,
    order,
    outcome,
    registered,
    reported,
    statuses,
)
from tests.application.small_bank import (
    paid,
    reconcile,
)


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with bank_in(tmp_path) as made:
        yield made


# Registering.


def test_registered_payments_are_facts_with_their_command_and_file(bank: Bank):
    """Each stands on its own stream, in an envelope that names command, file and actor."""
    done = bank.run(registered(1), registered(2))
    assert (statuses(done), done.recorded) == (["accepted", "accepted"], 2)
    assert [each.facts for each in done.answers] == [(f"{ONE}@1",), (f"{TWO}@1",)]
    (recorded,) = bank.facts.stream(ONE)
    assert recorded.fact == paid(1, 100_00)
    context = recorded.context
    assert (context.command_id, context.actor, context.authority) == ("c-1", "test", "import")
    assert (context.sources, recorded.business_time) == ((FILE.sha256,), paid(1, 1).created_at)


def test_the_same_file_again_records_nothing_and_is_answered_as_the_first_time(bank: Bank):
    """Whatever its orders came to, also what was set aside, repeated and refused."""
    some = (
        registered(1),
        replace(registered(1), place="line 2"),
        cancelled(7),
        registered(3, merchant_id="M9"),
        order(Faulty(faults=(Fault("/amount", "missing"),)), "c-8", at=8),
        reported("ACSC", tx_id="P1"),
        cancelled(1),
    )
    first, again = bank.run(*some), bank.run(*some)
    assert (first.recorded, again.recorded) == (2, 0)
    assert again.answers == first.answers
    assert statuses(first) == [
        "accepted", "repeated", "waiting", "refused", "refused", "noted", "accepted",
    ]  # fmt: skip


def test_a_command_that_comes_in_another_file_is_a_repeat(bank: Bank):
    """Its first file is the one that was accepted."""
    bank.run(registered(1))
    assert outcome(bank.answer(registered(1), file=OTHER)) == ("repeated", None)
    assert bank.facts.stream(ONE)[0].context.sources == (FILE.sha256,)


def test_a_payment_that_was_known_from_elsewhere_is_a_repeat(bank: Bank):
    """Also where its time is written in another zone."""
    reconcile(bank.facts, [paid(1, 100_00)])
    elsewhere = registered(1, created_at="2026-03-03T01:30:00Z", received_at=None)
    assert outcome(bank.answer(elsewhere)) == ("repeated", None)


def test_a_payment_with_other_content_contradicts_history(bank: Bank):
    """The fields that differ are named; nothing is recorded."""
    reconcile(bank.facts, [paid(1, 100_00)])
    answer = bank.answer(registered(1, amount=Money(1, "ARS")))
    assert outcome(answer) == ("refused", "contradicts-history")
    assert answer.words == "payment_id repeated with other content: amount"
    assert len(bank.facts.stream(ONE)) == 1


@pytest.mark.parametrize("again_file", [FILE, OTHER])
def test_a_command_id_with_another_body_is_refused(bank: Bank, again_file: SourceFile):
    """An id stands for one command, for ever, in whatever file."""
    bank.run(registered(1))
    changed = registered(1, amount=Money(1, "ARS"))
    answer = bank.answer(changed, file=again_file)
    assert outcome(answer) == ("refused", "idempotency-key-reused")


def test_a_command_id_of_another_payment_is_refused_within_a_file(bank: Bank):
    """The first one stands, and the second is set aside under a key of its own."""
    second = replace(registered(2), command_id="c-1")
    done = bank.run(registered(1), second)
    assert [outcome(each) for each in done.answers] == [
        ("accepted", None),
        ("refused", "idempotency-key-reused"),
    ]
    assert [each.key for each in bank.waiting()] == [f"{FILE.sha256[:16]}:line 2"]


def test_a_command_id_cancels_one_payment_and_no_other(bank: Bank):
    """Even where both would be cancelled for one reason on one day."""
    bank.run(registered(1), registered(2))
    done = bank.run(cancelled(1), cancelled(2), file=OTHER)
    assert [outcome(each) for each in done.answers] == [
        ("accepted", None),
        ("refused", "idempotency-key-reused"),
    ]


def test_a_merchant_that_nobody_registered_is_refused(bank: Bank):
    """A payment without terms could never be matched."""
    assert outcome(bank.answer(registered(1, merchant_id="M9"))) == ("refused", "merchant-unknown")


# Whole or not at all.


def test_an_order_that_may_not_be_left_out_refuses_the_file(bank: Bank):
    """Also the orders before it, which were right."""
    some = registered(1, alone=False), registered(2, alone=False, merchant_id="M9")
    assert bank.refusal(*some) == (
        "line 2",
        "merchant-unknown: the merchant is not registered in this store",
    )
    assert bank.waiting() == []


def test_a_file_with_too_much_to_set_aside_is_the_wrong_file(bank: Bank):
    """Nothing of it is recorded, and nothing set aside."""
    faulty = Faulty(faults=(Fault("/amount", "missing"),))
    some = [order(faulty, f"f-{n}", at=n) for n in range(2, ASIDE_MAX + 3)]
    place, reason = bank.refusal(registered(1), *some)
    assert (place, reason) == (
        "line 2",
        f"more than {ASIDE_MAX} orders cannot be followed; the first: /amount missing",
    )
    assert bank.waiting() == []


@dataclass
class Failing:
    """A store whose appends fail a number of times: somebody is faster, or the process dies."""

    facts: SqliteFactStore
    error: Exception
    failures: int = 1

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        if self.failures:
            self.failures -= 1
            raise self.error
        return self.facts.append(commits)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.facts, name)


def test_an_import_that_dies_leaves_nothing_and_the_next_one_completes_it(bank: Bank):
    """The facts of a file are one transaction."""
    dying: Any = Failing(bank.facts, KeyboardInterrupt())  # pyright: ignore[reportArgumentType]  (a death, as the system deals it)
    with pytest.raises(KeyboardInterrupt):
        PaymentImport(dying, bank.lot, actor="test", reason_of=reason_of).run(
            FILE, (registered(1), cancelled(7))
        )
    assert (bank.facts.stream(ONE), bank.waiting()) == ((), [])
    assert statuses(bank.run(registered(1), cancelled(7))) == ["accepted", "waiting"]


def test_an_import_that_dies_before_it_set_things_aside_is_completed(bank: Bank):
    """The answer comes only after both."""

    class Dying:
        def all(self, **_: object) -> Iterator[Parked]:
            raise KeyboardInterrupt

    lot: Any = Dying()
    with pytest.raises(KeyboardInterrupt):
        PaymentImport(bank.facts, lot, actor="test", reason_of=reason_of).run(
            FILE, (registered(1), cancelled(7))
        )
    assert statuses(bank.run(registered(1), cancelled(7))) == ["accepted", "waiting"]
    assert [each.reason for each in bank.waiting()] == ["waiting-for-payment"]


def test_a_file_is_decided_afresh_where_somebody_was_faster(bank: Bank):
    """A few times; then it is said."""
    conflict = VersionConflict(stream=ONE, expected_version=0)
    facts: Any = Failing(bank.facts, conflict, failures=4)
    done = PaymentImport(facts, bank.lot, actor="t", reason_of=reason_of).run(
        FILE, (registered(1),)
    )
    assert statuses(done) == ["accepted"]
    facts = Failing(bank.facts, conflict, failures=5)
    with pytest.raises(VersionConflict):
        PaymentImport(facts, bank.lot, actor="t", reason_of=reason_of).run(FILE, (registered(2),))


# What was set aside.


def test_a_faulty_order_is_set_aside_with_all_its_faults(bank: Bank):
    """Under its command id, with its place; the others go on."""
    faults = (Fault("/amount/minor", "amount-pattern"), Fault("/zz", "unknown-field"))
    done = bank.run(registered(1), order(Faulty(faults=faults), "c-2", at=2))
    answer = done.answers[1]
    assert (outcome(answer), answer.faults) == (("refused", "invalid-request"), faults)
    (parked,) = bank.waiting()
    assert (parked.id, parked.key, parked.place) == (answer.parked, "c-2", "line 2")
    assert (parked.file, parked.words) == (
        "day.jsonl",
        "/amount/minor amount-pattern; /zz unknown-field",
    )
    assert bank.lot.content(parked.id) == b"kept"


@pytest.mark.parametrize(
    "code, reason",
    [
        ("unknown-field", "unknown-field"),
        ("amount-not-a-string", "amount-not-a-string"),
        ("currency-unknown", "currency-unknown"),
        ("card-number-in-text", "card-number-in-text"),
        ("date-in-future", "date-in-future"),
        ("cuit-prefix", "invalid-request"),
    ],
)
def test_a_fault_has_one_name_everywhere(bank: Bank, code: str, reason: str):
    """The same as an answer over HTTP would have."""
    assert bank.answer(order(Faulty(faults=(Fault("/x", code),)), None)).reason == reason


def test_a_command_that_is_sent_again_and_accepted_waits_no_more(bank: Bank):
    """Its sender mended it."""
    bank.run(order(Faulty(faults=(Fault("/amount", "missing"),)), "c-1"))
    assert len(bank.waiting()) == 1
    bank.run(registered(1), file=OTHER)
    assert bank.waiting() == []
    (done,) = bank.lot.all(waiting=False)
    assert done.outcome == "accepted"


def test_what_is_sent_again_is_recorded_of_the_file_that_it_came_in(bank: Bank):
    """And the file, sent again, is answered as if it had been accepted then."""
    bank.run(reported(tx_id="P1"))
    bank.run(registered(1), file=OTHER)
    assert bank.use_case().send(FILE, reported(tx_id="P1")).status == "accepted"
    assert bank.facts.stream(ONE)[1].context.sources == (FILE.sha256,)
    assert bank.answer(reported(tx_id="P1")).status == "accepted"


def test_a_payment_wakes_what_waited_for_it(bank: Bank):
    """What still waits is left as it was."""
    waiting = reported(tx_id="P1"), reported(command_id="r-2", tx_id="P7")
    bank.run(*waiting)
    bank.run(registered(1), file=OTHER)
    assert bank.use_case().wake(FILE, waiting) == 1
    assert [(each.key, each.tries) for each in bank.waiting()] == [("r-2", 1)]


# Oddities.


def test_oddities_are_warnings_with_their_place(bank: Bank):
    """Accepted, and to be looked at; a day of money that is no business day is one of them."""
    odd = replace(registered(1), oddities=(("payer_account", "cvu-check-digit"),))
    sunday = registered(2, expected_value_date=date(2026, 3, 8))
    derived = replace(
        registered(3, expected_value_date=date(2026, 3, 8)),
        body=Register(
            registration=paid(3, 100_00, expected_value_date=date(2026, 3, 8)),
            value_date_said=False,
        ),
    )
    done = bank.run(odd, sunday, derived)
    assert [(each.place, each.field, each.kind) for each in done.warnings] == [
        ("line 1", "payer_account", "cvu-check-digit"),
        ("line 2", "expected_value_date", "not-a-business-day"),
    ]
    assert (done.warnings_total, done.warnings[0].file) == (2, "day.jsonl")


@pytest.mark.parametrize("status", ["RJCT", "PART"])
def test_a_rejection_of_a_whole_message_waits_for_people(bank: Bank, status: str):
    """No payment keeps the id of its message, so none is cancelled, and nothing else is held up."""
    done = bank.run(registered(1), reported(status))
    assert statuses(done) == ["accepted", "refused"]
    assert outcome(done.answers[1]) == ("refused", "payments-not-named")
    assert done.answers[1].parked is not None
