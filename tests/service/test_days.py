"""Day by day ends where all at once ends, whatever came late and whatever it contradicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from adapters.demo_bank import DemoBank
from adapters.demo_bank.rows import PaymentRow, SettlementRow
from conciliar import open_store
from domain.settlement import (
    SettlementAllocated,
    SettlementAllocationReleased,
    SettlementContradictionDetected,
    SettlementFinalised,
)
from tests.domain.matching.table import account, line, payment, tax_id
from tests.service.delivered import (
    SETTINGS,
    DayOf,
    answer,
    bank,
    by_receipt,
    contradicted,
    cut,
    delivered,
    reconciled,
)
from tests.service.tiny import (
    Remembered,
    Row,
    again,
    line_row,
    loaded,
    payment_row,
    reconcile,
    rows,
    state_of,
)

PAYMENTS, DAYS = 600, 5
PAYER, PAYER_TAX, REFERENCE = account(777_001), tax_id(777_001), "ENVIO-QX-00774411"


def test_five_days_end_where_five_days_at_once_end(tmp_path: Path):
    """Five folders into one store, a statement two days late, come to what one folder comes to."""
    made = bank(PAYMENTS, seed="days", days=12)
    late = made.settlements[0]["statement_id"]
    outs = by_days(
        made, tmp_path, lambda row: by_receipt(row) + 2 * (row.get("statement_id") == late)
    )
    reconciled(delivered(made, tmp_path / "whole"), tmp_path / "once")
    assert answer(outs[-1]) == answer(tmp_path / "once")
    assert answer(outs[2]) != answer(outs[-1])


def test_what_later_days_contradict_is_taken_back_for_all_to_see(tmp_path: Path):
    """A rival payment and a second line with one reference, on day three, undo day one's matches.

    Day by day still ends where all at once ends, each contradiction is a fact, and is shown.
    """
    made = reopened(bank(PAYMENTS, seed="days", days=12))
    days = {"X1": 0, "Y1": 0, "X1-line": 0, "Y1-line": 0, "X2": 2, "Y2-line": 2}
    outs = by_days(made, tmp_path, lambda row: days.get(_id(row), by_receipt(row)))
    reconciled(delivered(made, tmp_path / "whole"), tmp_path / "once")

    early, late = paired(outs[1]), paired(outs[2])
    assert {("X1", "X1-line"), ("Y1", "Y1-line")} <= early
    assert not late & {("X1", "X1-line"), ("Y1", "Y1-line"), ("X2", "X1-line"), ("Y1", "Y2-line")}
    assert answer(outs[-1]) == answer(tmp_path / "once")
    assert {"X1-line", "Y1-line"} <= contradicted(outs[-1])
    assert contradicted(tmp_path / "once") == set()
    with open_store(tmp_path / "store", settings=SETTINGS) as store:
        facts = [recorded.fact for recorded in store.facts.facts()]
    undone = [one for one in facts if isinstance(one, SettlementContradictionDetected)]
    released = [one for one in facts if isinstance(one, SettlementAllocationReleased)]
    assert {one.match_id for one in undone} == {one.match_id for one in released}
    assert {one.cause for one in released} == {"contradiction"}
    assert any("pay:core:X2" in one.against for one in undone)


@given(data=st.data(), some=rows())
def test_any_cut_into_any_deliveries_ends_the_same(data: st.DataObject, some: list[Row]):
    """A tiny world in one to four deliveries, in any order, ends where one delivery ends."""
    whole = Remembered()
    once = state_of(reconcile(whole, some).registry)
    shares = data.draw(st.lists(st.integers(0, 3), min_size=len(some), max_size=len(some)))
    ordered = data.draw(st.permutations(some))
    piecewise = Remembered()
    for share in range(4):
        part = [one for one, of in zip(ordered, shares, strict=True) if of == share]
        if part:
            reconcile(piecewise, part)
    assert state_of(loaded(piecewise)) == once
    assert reconcile(piecewise, some).recorded == 0


@given(data=st.data(), some=rows())
def test_no_match_changes_in_silence(data: st.DataObject, some: list[Row]):
    """E10: the final end after a contradiction; the provisional fall, or are finalised."""
    facts = Remembered()
    size = data.draw(st.integers(1, max(1, len(some))))
    for at in range(0, len(some), size):
        reconcile(facts, some[at : at + size])
    status: dict[str, str] = {}
    contradicted: set[str] = set()
    for one in [recorded.fact for recorded in facts.recorded]:
        if isinstance(one, SettlementAllocated):
            status[one.match_id] = one.status
        elif isinstance(one, SettlementFinalised):
            assert one.match_id in status
            status[one.match_id] = "final"
        elif isinstance(one, SettlementContradictionDetected):
            assert status[one.match_id] == "final"
            contradicted.add(one.match_id)
        elif isinstance(one, SettlementAllocationReleased):
            final = status[one.match_id] == "final"
            assert one.cause == ("contradiction" if final else "fallen")
            assert (one.match_id in contradicted) is final
            assert bool(one.freed) is not final
    assert {match.status for match in loaded(facts).matches.values()} <= set(status.values())


def test_an_entry_that_came_twice_is_one_in_whatever_order():
    """A repeat (U1) that is delivered before what it repeats leaves the entry to be matched."""
    paid = payment_row(payment("P1", reference="ORD-0000001234"))
    first = line_row(line("L1", reference="ORD-0000001234", statement="ST1"), entry="E1")
    facts = Remembered()
    reconcile(facts, [paid, again(first)])
    reconcile(facts, [first])
    assert state_of(loaded(facts)) == state_of(
        reconcile(Remembered(), [paid, first, again(first)]).registry
    )
    assert len(loaded(facts).matches) == 1


def test_a_statement_that_grows_past_its_original_is_matched_after_all():
    """A delivery held for a repeat (U2) shows more lines: its first match takes the mark back."""
    paid = payment_row(payment("P1", account=PAYER))
    original = line_row(line("L1", statement="ST0", counterparty_account=PAYER))
    alike = line_row(line("L2", statement="ST1", counterparty_account=PAYER))
    also = payment_row(payment("P2", account=PAYER))
    more = line_row(line("L3", statement="ST1", amount=700))
    facts = Remembered()
    reconcile(facts, [original, alike])
    assert loaded(facts).matches == {}
    reconcile(facts, [paid, also, more])
    once = reconcile(Remembered(), [original, alike, paid, also, more]).registry
    assert state_of(loaded(facts)) == state_of(once)
    assert once.matches


def by_days(made: DemoBank, place: Path, day_of: DayOf) -> Sequence[Path]:
    """The results after each day, all out of one store."""
    outs: list[Path] = []
    for day, part in enumerate(cut(made, DAYS, day_of=day_of)):
        outs.append(place / f"out-{day}")
        reconciled(delivered(part, place / f"day-{day}"), outs[-1], store=place / "store")
    return outs


def reopened(made: DemoBank) -> DemoBank:
    """Two payments that look settled until others come: X by its payer, Y by its reference."""
    pay = next(
        row for row in made.payments if row["method"] == "transfer" and row["currency"] == "ARS"
    )
    of_x = {"payer_account": PAYER, "payer_tax_id": PAYER_TAX, "amount": 77_411_13}
    of_y = {"payer_account": account(777_002), "payer_tax_id": tax_id(777_002), "amount": 88_522_13}
    payments = [
        _payment(pay, "X1", **of_x),
        _payment(pay, "X2", **of_x),
        _payment(pay, "Y1", **of_y, reference=REFERENCE),
    ]
    line = made.settlements[0]
    lines = [
        _line(line, pay, "X1-line", amount=77_411_13, counterparty_account=PAYER),
        _line(line, pay, "Y1-line", amount=88_522_13, reference=REFERENCE),
        _line(line, pay, "Y2-line", amount=88_522_13, remittance_information=f"PAGO {REFERENCE}"),
    ]
    return replace(
        made, payments=[*made.payments, *payments], settlements=[*made.settlements, *lines]
    )


def _payment(like: PaymentRow, payment_id: str, **changes: object) -> PaymentRow:
    none = {"reference": None, "end_to_end_id": None}
    return {**like, **none, "payment_id": payment_id, **changes}  # pyright: ignore[reportReturnType]


def _line(like: SettlementRow, pay: PaymentRow, name: str, **changes: object) -> SettlementRow:
    row = dict.fromkeys(like) | {
        "settlement_id": name,
        "source": "bank:011",
        "account": like["account"],
        "currency": "ARS",
        "booking_date": pay["expected_value_date"],
        "value_date": pay["expected_value_date"],
        "bank_entry_id": f"entry-{name}",
        "reversal": False,
        "received_at": like["received_at"],
        "statement_id": f"statement-{name}",
    }
    return {**row, **changes}  # pyright: ignore[reportReturnType]


def _id(row: PaymentRow | SettlementRow) -> str:
    return str(row.get("payment_id") or row.get("settlement_id"))


def paired(out: Path) -> set[tuple[str, str]]:
    return {
        (payment, line)
        for payments, lines, _ in answer(out).matches
        for payment in payments
        for line in lines
    }
