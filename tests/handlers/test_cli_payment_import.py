"""`conciliar payment import` as its users meet it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.payment_files.made import (
    CANCEL,
    OURS,
    giving_back,
    line,
    message,
    report,
    transfer,
)
from tests.fixtures.folders import SETTLEMENT, write_folder
from tests.handlers.terminal import Said, conciliar, rows

HEADER = "payment_id,merchant_id,amount,currency,created_at,method"
PROFILE = f'accounts:\n  "{OURS}": {{merchant: M1}}\n'


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a store that knows merchant M1, and a profile."""
    data = write_folder(tmp_path / "data")
    assert conciliar("reconcile", data, "--out", tmp_path / "out").code == 0
    (tmp_path / "bank.yaml").write_text(PROFILE, "utf-8")
    return tmp_path


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def imported(here: Path, *names: str, options: tuple[str, ...] = ()) -> Said:
    return conciliar("payment", "import", *names, "--store", "out", *options, cwd=here)


def facts(here: Path) -> int:
    return conciliar("store", "info", "--store", here / "out", "--json").json["facts"]


def shown(here: Path, payment: str) -> dict[str, Any]:
    return conciliar("payment", "show", payment, "--store", here / "out", "--json").json


def parked(here: Path) -> list[dict[str, Any]]:
    return conciliar("parked", "list", "--store", here / "out", "--json").json["parked"]


def test_transfers_become_expected_payments_of_the_profiles_merchant(here: Path):
    """A pacs.008 in its envelope; the payment can be asked for by its id."""
    put(here, "day.xml", f"<Env><AppHdr/>{message(transfer())}</Env>")
    done = imported(here, "day.xml", options=("--profile", "bank.yaml", "--json")).json
    (file,) = done["files"]
    assert (file["format"], file["status"], file["counts"]) == ("pacs", "accepted", {"accepted": 1})
    found = shown(here, "T1")
    assert (found["merchant"], found["minor"], found["method"]) == ("M1", 100_50, "transfer")


def test_the_profile_is_not_needed_where_the_account_is_a_merchants(here: Path):
    """M1's payout account is the one that the transfer pays."""
    put(here, "day.xml", message(transfer()))
    assert imported(here, "day.xml").code == 0
    assert shown(here, "T1")["merchant"] == "M1"


def test_the_same_file_again_under_another_name_records_nothing(here: Path):
    """It is answered with the first result, but for that it is not new."""
    put(here, "day.jsonl", f"{line()}\n{line(CANCEL)}\n{line(command_id='c-9', amount=1)}\n")
    put(here, "again.jsonl", (here / "day.jsonl").read_bytes())
    first = imported(here, "day.jsonl", options=("--json",)).json["files"][0]
    before = facts(here)
    again = imported(here, "again.jsonl", options=("--json",)).json["files"][0]
    assert facts(here) == before
    assert (first.pop("is_new"), again.pop("is_new")) == (True, False)
    assert (first.pop("recorded"), again.pop("recorded")) == (2, 0)
    assert (first.pop("file"), again.pop("file")) == ("day.jsonl", "again.jsonl")
    assert again == first


def test_whoever_says_so_makes_the_source_complete_through_a_day(here: Path):
    """One fact, once: it seals that side of class C, and matching names it."""
    put(
        here,
        "day.jsonl",
        line(),
    )
    options = ("--complete-through", "2026-03-09", "--json")
    assert imported(here, "day.jsonl", options=options).json["complete_through"] == "2026-03-09"
    before = facts(here)
    seal = conciliar("history", "feed:payments:core", "--store", here / "out")
    assert "2026-03-09" in seal.out
    again = imported(here, "day.jsonl", options=options)
    assert (again.json["complete_through"], facts(here)) == ("2026-03-09", before)
    assert imported(here, "day.jsonl", options=("--json",)).json["complete_through"] is None


def test_a_source_that_lacks_something_is_not_complete(here: Path):
    """A refused file, or a command that was set aside as refused, may hold a payment of the day."""
    put(here, "day.jsonl", line())
    put(here, "odd.jsonl", f"{line(command_id='c-8')}\n{line(command_id='c-9', amount=1)}\n")
    put(here, "bad.jsonl", "{")
    options = ("--complete-through", "2026-03-09", "--json")
    for other in ("odd.jsonl", "bad.jsonl"):
        told = imported(here, "day.jsonl", other, options=options)
        assert json.loads(told.out)["complete_through"] is None
    told = imported(here, "odd.jsonl", options=("--complete-through", "2026-03-09"))
    assert "complete" not in told.out
    seal = conciliar("history", "feed:payments:core", "--store", here / "out")
    assert "2026-03-09" not in seal.out
    for day in ("2999-01-01", "soon"):
        said = imported(here, "day.jsonl", options=("--complete-through", day))
        assert (said.code, "--complete-through" in said.err) == (2, True)


def test_what_is_imported_is_matched_at_once(here: Path):
    """A line that waits for its payment finds it."""
    late = {**SETTLEMENT, "settlement_id": "S2", "bank_entry_id": "E2", "statement_id": "ST2",
            "remittance_information": "TRANSF J1REF77", "amount": 1050,
            "counterparty_account": None, "counterparty_name": None}  # fmt: skip
    data = write_folder(here / "more", settlements=[late])
    assert conciliar("reconcile", data, "--out", here / "out").code == 0
    put(here, "day.jsonl", line(reference="J1REF77"))
    assert "lines were judged again" in imported(here, "day.jsonl").out
    assert shown(here, "J1")["state"] == "reconciled"


@pytest.mark.parametrize(
    "name, content, expected",
    [
        ("a.jsonl", f"{line()}\n{{", "a.jsonl: line 2: malformed-json: "),
        ("a.jsonl", b"", "a.jsonl: file: empty"),
        ("a.xml", "<!DOCTYPE a><a/>", "a.xml: line 1: DOCTYPE"),
        ("a.xml", message(transfer(), header="<NbOfTxs>2</NbOfTxs>"),
         "a.xml: GrpHdr/NbOfTxs: NbOfTxs is '2', the transactions are 1"),
        ("a.csv", f"{HEADER}\nK,M9,1,ARS,2026-03-02T10:00:00Z,qr\n",
         "a.csv: line 2: merchant-unknown: the merchant is not registered in this store"),
        ("a.zip", b"PK\x03\x04", "a.zip: file: a zip archive"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    here: Path, name: str, content: str | bytes, expected: str
):
    """Its name, the place and the reason, with code 2; nothing is recorded."""
    put(here, name, content)
    before = facts(here)
    assert imported(here, name).refusal.startswith(expected)
    assert imported(here, name, options=("--json",)).refusal.startswith(expected)
    assert (facts(here), parked(here)) == (before, [])


def test_a_refused_file_stops_no_other(here: Path):
    """The good ones are imported, and the code says that one was not."""
    put(here, "good.jsonl", line())
    put(here, "bad.jsonl", "{")
    said = imported(here, "bad.jsonl", "missing.jsonl", "good.jsonl", options=("--json",))
    assert said.code == 2
    assert [each["status"] for each in json.loads(said.out)["files"]] == [
        "refused", "refused", "accepted",
    ]  # fmt: skip
    lines = said.err.splitlines()
    assert [each.split(": ")[1] for each in lines] == ["bad.jsonl", "missing.jsonl"]
    assert shown(here, "J1")["payment_id"] == "J1"


def test_acknowledgements_answer_each_file_and_each_order(here: Path):
    """In the order given: accepted, repeated, refused with the reason, waiting."""
    commands = (
        line(),
        line(),
        line(command_id="c-3", payment_id="J3", amount=1050, zz=1),
        line(CANCEL, command_id="c-4", payment_id="J4"),
    )
    put(here, "day.jsonl", "\n".join(commands))
    put(here, "bad.jsonl", "[")
    imported(here, "day.jsonl", "bad.jsonl", options=("--acks", "acks.jsonl"))
    file, *answers, refused = rows(here / "acks.jsonl")
    assert (file["file"], file["status"], file["orders"]) == ("day.jsonl", "accepted", 4)
    assert [(each["place"], each["command_id"], each["status"]) for each in answers] == [
        ("line 1", "c-1", "accepted"),
        ("line 2", "c-1", "repeated"),
        ("line 3", "c-3", "refused"),
        ("line 4", "c-4", "waiting"),
    ]
    assert answers[0]["facts"] == answers[1]["facts"] == ["pay:core:J1@1"]
    assert answers[2]["reason"] == "amount-not-a-string"
    assert answers[2]["errors"] == [
        {"pointer": "/amount", "code": "amount-not-a-string"},
        {"pointer": "/zz", "code": "unknown-field"},
    ]
    assert answers[3]["reason"] == "waiting-for-payment"
    assert [each["id"] for each in parked(here)] == [each["parked"] for each in answers[2:]]
    assert (refused["file"], refused["status"], refused["place"]) == (
        "bad.jsonl",
        "refused",
        "line 1",
    )
    assert refused["reason"].startswith("malformed-json")


def test_a_rejection_cancels_and_an_acceptance_is_counted(here: Path):
    """A pacs.002 about payments that a pacs.008 brought."""
    put(here, "day.xml", message(transfer(1), transfer(2)))
    second = report("ACSC", OrgnlEndToEndId="E2E-2")
    put(here, "status.xml", message(report(), second, kind="pacs.002", version="10"))
    done = imported(here, "day.xml", "status.xml", options=("--json",)).json
    assert done["files"][1]["counts"] == {"accepted": 1, "noted": 1}
    assert done["files"][1]["noted"] == {"ACSC": 1}
    found = shown(here, "T1")
    assert (found["state"], found["cancelled_because"]) == ("cancelled", "rejected: AC04")
    assert shown(here, "T2")["state"] == "expected"


def test_a_rejection_before_its_payment_waits_and_is_woken_by_it(here: Path):
    """It is never lost, whichever file comes first."""
    put(here, "status.xml", message(report(), kind="pacs.002"))
    assert "waiting-for-payment" in imported(here, "status.xml").out
    put(here, "day.xml", message(transfer()))
    assert imported(here, "day.xml", options=("--json",)).json["woken"] == 1
    assert shown(here, "T1")["state"] == "cancelled"
    assert parked(here) == []


def test_an_announced_return_is_shown_and_money_goes_back_with_its_settlement(here: Path):
    """Nothing waits: the announcement is told with the payment, in each language."""
    put(here, "day.xml", message(transfer()))
    put(here, "back.xml", message(giving_back(), kind="pacs.004"))
    imported(here, "day.xml", "back.xml")
    assert parked(here) == []
    found = shown(here, "T1")
    assert (found["returned_minor"], found["state"]) == (0, "expected")
    assert found["announced"] == [
        {"announcement_id": "R1", "minor": 100_50, "reason": "AC04", "day": "2026-03-05"}
    ]
    told = {
        language: conciliar("explain", "T1", "--store", here / "out", "--lang", language).out
        for language in ("en", "es")
    }
    assert "goes back (AC04), as R1" in told["en"]
    assert "se anunció" in told["es"]
    entry = {"source": "bank:017", "reference": None, "end_to_end_id": "E2E-1",
             "remittance_information": None, "counterparty_account": None,
             "counterparty_name": None, "statement_id": "ST3"}  # fmt: skip
    lines = [
        {**SETTLEMENT, **entry, "settlement_id": "S3", "bank_entry_id": "E3", "amount": 100_50},
        {**SETTLEMENT, **entry, "settlement_id": "S4", "bank_entry_id": "E4", "amount": -100_50,
         "reversal": True},
    ]  # fmt: skip
    data = write_folder(here / "more", settlements=lines)
    assert conciliar("reconcile", data, "--out", here / "out").code == 0
    assert shown(here, "T1")["returned_minor"] == 100_50


def test_a_source_and_a_format_can_be_said(here: Path):
    """A file that looks like something else is read as it is told; the source finds merchants."""
    put(here, "day.txt", f"\n{line()}")
    said = imported(here, "day.txt", options=("--format", "csv")).refusal
    assert said.startswith("day.txt: line 1: no header")
    put(here, "day.jsonl", line())
    done = imported(here, "day.jsonl", options=("--source", "till", "--json")).json
    assert done["files"][0]["set_aside"][0]["reason"] == "merchant-unknown"
    assert done["files"][0]["set_aside"][0]["payment"] == "pay:till:J1"


def test_a_bad_profile_refuses_before_any_file(here: Path):
    """With its own name and place."""
    put(here, "bad.yaml", "zone: here")
    put(here, "day.jsonl", line())
    said = imported(here, "day.jsonl", options=("--profile", "bad.yaml")).refusal
    assert said.startswith("bad.yaml: zone: ")


def test_people_see_what_was_done_what_waits_and_what_is_odd(here: Path):
    """Counts in a line, then what was set aside with its reason."""
    odd = line(command_id="c-2", payment_id="J2", payer_account="0000003100010000000005")
    put(here, "day.jsonl", f"{line()}\n{odd}\n{line(command_id='c-3', amount=1)}")
    said = imported(here, "day.jsonl")
    assert "day.jsonl: 2 accepted, 1 refused; 2 facts recorded." in said.out
    assert "amount-not-a-string" in said.out
    assert "cvu-check-digit" in said.out
    assert "nothing new to record" in imported(here, "day.jsonl").out


def test_no_store_is_made_for_payments_alone(tmp_path: Path):
    """Payments need merchants, so the store is there before."""
    put(tmp_path, "day.jsonl", line())
    assert "no store" in conciliar("payment", "import", "day.jsonl", cwd=tmp_path).refusal
