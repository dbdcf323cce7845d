"""The independent checker: what the engine posts holds for it, and no falsified match does."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from adapters.match_checker.__main__ import main
from adapters.match_checker.checking import Checker, sample
from adapters.match_checker.reading import Row, read, rows
from conciliar.demonstration import DATA, Demonstration, demonstrate
from tests.adapters.falsified_matches import FALSIFICATIONS, of_rule

BANK = Demonstration(seed="a", payments=1_500, days=20)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank, reconciled."""
    folder = tmp_path_factory.mktemp("checked")
    demonstrate(BANK, folder, progress=lambda *_: None)
    return folder


@pytest.fixture(scope="module")
def data(out: Path) -> Row:
    return read(out / DATA)


@pytest.fixture
def matches(out: Path) -> list[Row]:
    return rows(out / "matches.jsonl")


def refusal(data: Row, matches: list[Row], change: Callable[[list[Row]], Row]) -> str:
    """Why the match that `change` falsified does not hold."""
    wrong = change(matches)
    return Checker(data, matches).fault(wrong)


def test_every_match_of_a_run_holds(data: Row, matches: list[Row]):
    """What the engine proved, the checker finds proven."""
    checker = Checker(data, matches)
    assert [(one["settlements"], why) for one in matches if (why := checker.fault(one))] == []
    assert len({one["rule"] for one in matches}) > 12


def test_alone_it_says_how_many_hold(out: Path, capsys: pytest.CaptureFixture[str]):
    """Run by itself it counts, and names what does not hold with code 1."""
    assert main(out / DATA, out) == 0
    assert capsys.readouterr().out.endswith("matches: all hold\n")


def test_alone_it_names_what_does_not_hold(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """A falsified row is named, and ends with code 1."""
    lines = (out / "matches.jsonl").read_text(encoding="utf-8").splitlines()
    first = json.loads(lines[0])
    first["evidence"] = "D"
    changed = "\n".join([json.dumps(first), *lines[1:]])
    (tmp_path / "matches.jsonl").write_text(changed, encoding="utf-8")
    assert main(out / DATA, tmp_path) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"{first['settlements'][0]}: {first['rule']}: class of evidence")
    assert said[-1].endswith("1 do not hold")


def test_a_sample_is_always_the_same(matches: list[Row]):
    """The order of the rows does not choose what is checked."""
    some = sample(matches, 10)
    assert len(some) == 10
    assert sample(matches[::-1], 10) == some
    assert sample(matches, None) == matches


@pytest.mark.parametrize("change", FALSIFICATIONS, ids=lambda change: change.__name__)
def test_a_falsified_match_is_refused(
    change: Callable[[list[Row]], Row], data: Row, matches: list[Row]
):
    """Whatever is changed in a row, the row does not hold any more."""
    assert refusal(data, matches, change)


def changed(data: Row, name: str, key: str, **fields: Any) -> Row:
    """The data with another row: like `key`, but with these fields, under another id."""
    ids = {"payments": "payment_id", "settlements": "settlement_id"}
    copy = deepcopy(data[name][key])
    copy.update(fields)
    return {**data, name: {**data[name], copy[ids[name]]: copy}}


def test_a_second_line_refuses_as_surely_as_a_second_payment(data: Row, matches: list[Row]):
    """E1, E7: a match does not hold beside another line of the same identity."""
    one = of_rule(matches, "identity")
    [line] = one["settlements"]
    again = {"settlement_id": "S-again", "bank_entry_id": "again", "statement_id": "another"}
    more = changed(data, "settlements", line, **again, remittance_information="A")
    assert "E1" in Checker(more, matches).fault(one)


def test_a_second_payment_that_the_proof_does_not_know_refuses(data: Row, matches: list[Row]):
    """E1: a match by payer does not hold beside another payment of that payer and amount."""
    one = of_rule(matches, "payer")
    [payment] = one["payments"]
    more = changed(data, "payments", payment, payment_id="P-again", reference=None)
    assert "P-again" in Checker(more, matches).fault(one)


def test_a_sum_with_a_second_solution_is_refused(data: Row, matches: list[Row]):
    """L: where a payment of the payout has a double, nobody knows which of them is held."""
    one = of_rule(matches, "payout-held")
    paid = one["payments"][0]
    ids = {"payment_id": "P-again", "reference": None, "end_to_end_id": None}
    more = changed(data, "payments", paid, **ids)
    merchants = {code: {**each, "max_held": 3} for code, each in data["merchants"].items()}
    reason = Checker({**more, "merchants": merchants}, matches).fault(one)
    assert reason == "E1: another group or sum explains the line"


def test_a_line_that_came_twice_is_in_one_match_only(data: Row, matches: list[Row]):
    """U1: the second delivery of an entry settles nothing."""
    one = of_rule(matches, "identity")
    [line] = one["settlements"]
    more = changed(data, "settlements", line, settlement_id="zz-again")
    one["settlements"] = ["zz-again"]
    assert "U1" in Checker(more, matches).fault(one)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(drawn=st.data())
def test_no_two_matches_can_exchange_their_payments(
    drawn: st.DataObject, data: Row, matches: list[Row]
):
    """Whichever two matches exchange their payments, neither of them holds."""
    places = st.integers(0, len(matches) - 1)
    first, second = drawn.draw(places), drawn.draw(places)
    one, other = deepcopy(matches[first]), deepcopy(matches[second])
    assume(set(one["payments"]).isdisjoint(other["payments"]))
    one["payments"], other["payments"] = other["payments"], one["payments"]
    replaced = {first: one, second: other}
    checker = Checker(data, [replaced.get(at, match) for at, match in enumerate(matches)])
    assert checker.fault(one)
    assert checker.fault(other)
