"""The generated bank is the same for the same arguments, complete, and in the labelled format."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from adapters.demo_bank import DemoBank, Shares, generate, write
from adapters.demo_bank.catalogue import CASES
from adapters.demo_bank.shares import OWN_SHARES, PUBLIC_SHARES
from tests.scoring import rows

PUBLIC_DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "labelled-small"

FILES = (
    *("calendar.json", "fx.json", "merchants.json"),
    *("payments.jsonl", "settlements.jsonl", "truth.jsonl"),
)

GOLDEN = "1a5b0a8aef8ecb36cc23c8ba9243e4221b14ec81139d55af288cdb5830727111"
"""Of the files below, on every supported Python. A change of it is a change of the demo's data."""

PAYOUT_CLASSES = {
    *("batch", "batch_noid", "batch_tz", "batch_hold", "batch_release", "batch_missing"),
    *("batch_adjusted", "batch_mixed", "batch_weekend", "batch_cuit_text", "chargeback"),
}


@pytest.fixture(scope="module")
def bank() -> DemoBank:
    return generate(payments=6_000, days=30, seed="1", first_day=date(2026, 3, 2))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bank")
    write(small_bank(), folder=made / "new" / "folder")
    return made / "new" / "folder"


def small_bank(seed: str = "golden") -> DemoBank:
    return generate(payments=600, days=6, seed=seed, first_day=date(2026, 3, 5))


def test_equal_arguments_give_equal_bytes_on_every_python(folder: Path):
    """The files are the ones that these arguments have always given."""
    content = b"".join((folder / name).read_bytes() for name in FILES)
    assert hashlib.sha256(content).hexdigest() == GOLDEN


def test_equal_arguments_give_equal_tables():
    """A second bank of the same seed is the first one; another seed is another bank."""
    assert small_bank() == small_bank()
    assert small_bank().payments != small_bank("other").payments


def test_exactly_the_files_of_the_format_are_written(folder: Path):
    """Six files, a JSON object a line or one JSON value, and what is read back are the tables."""
    bank = small_bank()
    assert sorted(file.name for file in folder.iterdir()) == sorted(FILES)
    assert list(rows(folder, "payments")) == bank.payments
    assert list(rows(folder, "settlements")) == bank.settlements
    assert list(rows(folder, "truth")) == bank.truth
    assert json.loads((folder / "merchants.json").read_text("utf-8")) == bank.merchants
    assert json.loads((folder / "calendar.json").read_text("utf-8")) == bank.calendar
    assert json.loads((folder / "fx.json").read_text("utf-8")) == bank.fx


def test_rows_have_the_fields_of_the_public_data(bank: DemoBank):
    """Field for field, in the same order, what the public labelled data have."""
    if not PUBLIC_DATA.exists():
        pytest.skip("the public labelled data are not here: nothing to compare with")
    for table in ("payments", "settlements", "truth"):
        public = next(iter(rows(PUBLIC_DATA, table)))
        assert list(getattr(bank, table)[0]) == list(public) or table == "truth"
        assert set(public) <= set(getattr(bank, table)[0]), table
    for table in ("calendar", "fx"):
        public = json.loads((PUBLIC_DATA / f"{table}.json").read_text("utf-8"))
        assert getattr(bank, table).keys() == public.keys()
    merchants = json.loads((PUBLIC_DATA / "merchants.json").read_text("utf-8"))
    assert bank.merchants[0].keys() == merchants[0].keys()
    assert bank.merchants[0]["schedules"][0].keys() == merchants[0]["schedules"][0].keys()


@pytest.mark.parametrize("payments", [1, 7, 150, 3_000])
def test_there_are_as_many_payments_as_asked(payments: int):
    """Neither one more nor one less, however few there are."""
    bank = generate(payments=payments, days=3, seed="n", first_day=date(2026, 3, 2))
    assert len(bank.payments) == payments


def test_every_noise_class_happens(bank: DemoBank):
    """Each public class, each of ours, and everything that may befall a payout is there."""
    seen = Counter(row["noise_class"] for row in bank.truth)
    assert {*CASES, *PAYOUT_CLASSES, "orphan"} - seen.keys() == set()
    assert any(row.get("copies") for row in bank.truth)
    assert CASES.keys() == PUBLIC_SHARES.keys() | OWN_SHARES.keys()


def test_classes_happen_as_often_as_their_shares_say(bank: DemoBank):
    """A class of one in a hundred payments has about sixty among six thousand."""
    seen = Counter(row["noise_class"] for row in bank.truth)
    whole = sum(PUBLIC_SHARES.values()) + sum(OWN_SHARES.values())
    expected = 6_000 * 4_000 * PUBLIC_SHARES["rounding"] // whole // 10_000
    assert abs(seen["rounding"] - expected) <= 1
    assert seen["orphan"] == 60


def test_only_the_classes_asked_for_happen():
    """With shares of one class and no payouts, that class and what fills up is all there is."""
    shares = Shares(payouts=0, orphans=0, direct={"exact": 90, "fx": 10})
    bank = generate(payments=50, days=2, seed="1", first_day=date(2026, 3, 2), shares=shares)
    assert Counter(row["noise_class"] for row in bank.truth) == {"exact": 45, "fx": 5}


def test_the_public_shares_leave_our_classes_out():
    """What is comparable with the public data has none of our own classes."""
    bank = generate(
        payments=1_000, days=5, seed="1", first_day=date(2026, 3, 2), shares=Shares.public()
    )
    assert OWN_SHARES.keys().isdisjoint(row["noise_class"] for row in bank.truth)


@pytest.mark.parametrize(
    "payments, days, direct", [(0, 1, {}), (1, 0, {}), (1, 367, {}), (1, 1, {"gossip": 1})]
)
def test_what_cannot_be_generated_is_refused(payments: int, days: int, direct: dict[str, int]):
    """No payment, no day, more than a year, or a class that nobody knows."""
    with pytest.raises(ValueError, match=r"days|gossip"):
        generate(
            payments=payments,
            days=days,
            seed="1",
            first_day=date(2026, 3, 2),
            shares=Shares(direct=direct),
        )


def test_every_line_has_one_truth_and_every_payment_at_least_one(bank: DemoBank):
    """No line is in two groups, none in none; a second group of a payment is a chargeback."""
    lines = Counter(line for row in bank.truth for line in row["settlements"])
    copies = Counter(line for row in bank.truth for line in row.get("copies", {}))
    assert lines + copies == Counter(row["settlement_id"] for row in bank.settlements)
    paid = Counter(
        payment for row in bank.truth if row["kind"] != "chargeback" for payment in row["payments"]
    )
    assert paid == Counter(row["payment_id"] for row in bank.payments)


def test_rows_stand_in_order_of_arrival(bank: DemoBank):
    """Ids count in the order of `received_at`, in which the rows stand."""
    for ids, times in (
        (
            [row["payment_id"] for row in bank.payments],
            [row["received_at"] for row in bank.payments],
        ),
        (
            [row["settlement_id"] for row in bank.settlements],
            [row["received_at"] for row in bank.settlements],
        ),
    ):
        assert ids == sorted(ids)
        assert times == sorted(times)


def test_a_statement_is_one_account_day_that_arrives_at_once(bank: DemoBank):
    """All lines of a statement share account, booking date, kind of source and arrival."""
    known: dict[str, tuple[str, ...]] = {}
    for row in bank.settlements:
        kind = row["source"] if row["source"].startswith("acquirer") else "bank"
        this = (kind, row["account"], row["booking_date"], row["received_at"])
        assert known.setdefault(row["statement_id"], this) == this
        assert row["received_at"] > row["booking_date"]


def test_most_payments_arrive_seconds_after_they_are_made(bank: DemoBank):
    """Only those registered late come after the line that pays them."""
    late = {
        payment
        for row in bank.truth
        if row["noise_class"] == "registered_late"
        for payment in row["payments"]
    }
    made = {row["payment_id"]: row["created_at"][:10] for row in bank.payments}
    arrived = {row["payment_id"]: row["received_at"][:10] for row in bank.payments}
    days = {
        payment: (date.fromisoformat(arrived[payment]) - date.fromisoformat(made[payment])).days
        for payment in made
    }
    assert {payment for payment, count in days.items() if count > 0} == late
