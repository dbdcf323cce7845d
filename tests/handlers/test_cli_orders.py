"""What a person takes back is recorded once, judged again at once, and refused where it must be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.handlers.terminal import conciliar, rows


@pytest.fixture
def mine(out: Path, tmp_path: Path) -> Path:
    """A copy of the store that the test may change."""
    shutil.copytree(out, tmp_path / "out")
    return tmp_path / "out"


def matched_payment(data: Path, store: Path) -> tuple[str, str]:
    """A payment that one match settles alone, and the match."""
    for row in rows(data / "payments.jsonl"):
        shown = conciliar("payment", "show", row["payment_id"], "--store", store, "--json").json
        if shown["state"] == "reconciled" and not shown["returns"] and not shown["charges"]:
            return row["payment_id"], shown["matches"][0]["match_id"]
    raise AssertionError("no payment is matched alone")


def expected_payment(data: Path, store: Path) -> str:
    """A payment that nothing settled."""
    items = conciliar("report", "--store", store, "--open", "--kind", "payment", "--json").json
    return items["open"][0]["id"]


def test_a_match_is_taken_back_and_stays_back(data: Path, mine: Path):
    """The payment is open again, the pair is not proposed again, a repeat is nothing new."""
    payment, match = matched_payment(data, mine)
    order = ("unmatch", match, "--reason", "paid by another invoice", "--store", mine, "--json")
    done = conciliar(*order).json
    assert done["is_new"]
    assert done["recorded"]
    shown = conciliar("payment", "show", payment, "--store", mine, "--json").json
    assert match not in [each["match_id"] for each in shown["matches"]]
    again = conciliar(*order).json
    assert (again["is_new"], again["recorded"]) == (False, [])
    assert again["earlier"] in done["recorded"]
    assert conciliar("reconcile", data, "--out", mine, "--json").json["recorded"] == 0


def test_a_history_tells_who_took_it_back(data: Path, mine: Path):
    """The order is a fact with its actor; what was known before it is still known."""
    payment, match = matched_payment(data, mine)
    before = conciliar("store", "info", "--store", mine, "--json").json["facts"]
    conciliar("unmatch", match, "--reason", "no", "--store", mine, CONCILIAR_ACTOR="ana")
    history = ("history", payment, "--store", mine, "--json")
    steps = conciliar(*history).json["steps"]
    assert [each for each in steps if (each["actor"], each["authority"]) == ("ana", "operator")]
    then = conciliar(*history, "--position", str(before)).json
    assert then["state"]["status"] == "settled"
    assert then["later"] > 0


def test_a_matched_payment_is_not_cancelled(data: Path, mine: Path):
    """The refusal names the match that stands in the way."""
    payment, match = matched_payment(data, mine)
    order = ("payment", "cancel", payment, "--reason", "withdrawn", "--store", mine)
    refusal = conciliar(*order).refusal
    assert refusal.endswith(f"{payment}: the payment is matched, undo that first: {match}")


def test_an_open_payment_is_cancelled_once(data: Path, mine: Path):
    """Nothing of it is open any more; the same order again records nothing."""
    payment = expected_payment(data, mine)
    order = ("payment", "cancel", payment, "--reason", "withdrawn", "--store", mine)
    said = conciliar(*order)
    assert "The payment was cancelled" in said.out
    assert "had been cancelled before" in conciliar(*order).out
    shown = conciliar("payment", "show", payment, "--store", mine, "--json").json
    assert (shown["state"], shown["open_minor"]) == ("cancelled", 0)


def test_an_open_line_is_set_aside(mine: Path):
    """It settles nothing, and is no open item any more."""
    narrowed = ("report", "--store", mine, "--open", "--kind", "line", "--json")
    line = conciliar(*narrowed).json["open"][0]["id"]
    done = conciliar("settlement", "cancel", line, "--reason", "void", "--store", mine, "--json")
    assert done.json["is_new"]
    assert line not in [each["id"] for each in conciliar(*narrowed).json["open"]]


def test_an_order_needs_a_reason(data: Path, mine: Path):
    """A blank reason is refused before anything is recorded."""
    _, match = matched_payment(data, mine)
    refusal = conciliar("unmatch", match, "--reason", " ", "--store", mine).refusal
    assert refusal.endswith(f"{match}: reason: missing")
