"""Account numbers, tax ids, references and days of the generated bank are what they look like."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import date

import pytest

from adapters.demo_bank import DemoBank, generate
from adapters.demo_bank.days import timetable
from adapters.demo_bank.dice import Dice, Weighted
from adapters.demo_bank.people import Registry, hyphenated, spoilt_tax_id
from domain.identity import is_valid_cbu, is_valid_cuit

MARCH = date(2026, 3, 2)


@pytest.fixture(scope="module")
def bank() -> DemoBank:
    return generate(payments=4_000, days=10, seed="ids", first_day=MARCH)


def test_ids_have_right_check_digits(bank: DemoBank):
    """Every account is a valid CBU or CVU, every tax id a valid CUIT or CUIL."""
    accounts = {row["payer_account"] for row in bank.payments}
    accounts |= {row["payout_account"] for row in bank.merchants}
    accounts |= {row["account"] for row in bank.settlements}
    accounts |= {row["counterparty_account"] or "" for row in bank.settlements} - {""}
    tax_ids = {row["payer_tax_id"] for row in bank.payments}
    tax_ids |= {row["tax_id"] for row in bank.merchants}
    tax_ids |= {row["counterparty_tax_id"] or "" for row in bank.settlements} - {""}
    assert [account for account in accounts if not is_valid_cbu(account)] == []
    assert [tax_id for tax_id in tax_ids if not is_valid_cuit(tax_id)] == []
    assert any(account.startswith("000") for account in accounts)


def test_no_two_people_share_a_tax_id():
    """A thousand payers and as many shops have two thousand tax ids."""
    registry = Registry(Dice("people"))
    tax_ids = [registry.payer().tax_id for _ in range(1_000)]
    tax_ids += [registry.tax_id("30", "33") for _ in range(1_000)]
    assert len(set(tax_ids)) == 2_000


def test_a_spoilt_tax_id_is_no_tax_id():
    """One digit off the check digit is refused; hyphens are not."""
    tax_id = Registry(Dice("spoilt")).tax_id("20")
    assert is_valid_cuit(tax_id)
    assert not is_valid_cuit(spoilt_tax_id(tax_id))
    assert hyphenated("20123456783") == "20-12345678-3"


def keys(reference: str) -> set[str]:
    """A reference as engines look it up: runs of letters and digits, with and without zeros."""
    folded = unicodedata.normalize("NFKD", reference)
    plain = "".join(mark for mark in folded if not unicodedata.combining(mark)).upper()
    runs = re.findall(r"[A-Z0-9]+", plain)
    return {"".join(runs), "".join(run.lstrip("0") for run in runs)}


def test_references_are_unique_unless_they_are_shared_on_purpose(bank: DemoBank):
    """No key of a reference belongs to two payments, except in the classes that share one."""
    shared = {
        payment
        for row in bank.truth
        if row["noise_class"].startswith("shared_reference")
        for payment in row["payments"]
    }
    owners = Counter(
        key
        for row in bank.payments
        if row["reference"] and row["payment_id"] not in shared
        for key in keys(row["reference"])
    )
    assert [key for key, count in owners.items() if count > 1] == []


def test_a_typo_is_nobodys_reference_unless_it_is_meant_to_be(bank: DemoBank):
    """What a mistyped line shows is owned by a payment in the class `typo_owned` only."""
    owned = {key for row in bank.payments if row["reference"] for key in keys(row["reference"])}
    lines = {row["settlement_id"]: row["reference"] for row in bank.settlements}
    shown: dict[str, set[bool]] = {}
    for row in bank.truth:
        noise_class = row["noise_class"].removesuffix("_line")
        if "typo" in noise_class or noise_class in ("unknown_reference", "decoy"):
            for line in row["settlements"]:
                has_owner = not owned.isdisjoint(keys(lines[line] or ""))
                shown.setdefault(noise_class, set()).add(has_owner)
    assert shown.pop("typo_owned") == {True}
    assert set(map(frozenset, shown.values())) == {frozenset({False})}
    assert {"ref_typo", "typo_transposed", "typo_without_payer", "decoy"} <= shown.keys()


def test_end_to_end_ids_and_entry_ids_are_unique(bank: DemoBank):
    """No two payments share an end-to-end id; only a repeated entry shares its bank's id."""
    ids = [row["end_to_end_id"] for row in bank.payments if row["end_to_end_id"]]
    assert len(set(ids)) == len(ids)
    assert {len(each) for each in ids} == {22}
    entries = Counter(row["bank_entry_id"] for row in bank.settlements)
    repeated = sum(row["noise_class"] == "dup_line" for row in bank.truth)
    assert sum(count > 1 for count in entries.values()) == repeated


def test_only_what_was_cut_has_the_length_of_a_cut(bank: DemoBank):
    """A text of 35 characters or a reference of 16 stands in the class of cut ones, or is whole."""
    cut = {
        line
        for row in bank.truth
        if row["noise_class"] in ("ref_trunc35", "ambiguous_accidental")
        for line in (*row["settlements"], *row.get("copies", {}))
    }
    texts = {
        row["settlement_id"]
        for row in bank.settlements
        if len(row["remittance_information"] or "") == 35
    }
    assert texts
    assert texts <= cut
    assert {len(row["reference"] or "") for row in bank.payments}.isdisjoint({16})


# Days.


def holidays_of(year: int) -> set[str]:
    made = timetable(first_day=date(year, 1, 11), days=250, dice=Dice("days"))
    return set(made.holidays)


def test_the_calendar_has_the_holidays_of_2026():
    """Fixed days, Carnival, Easter, and those that the law moves to a Monday."""
    assert holidays_of(2026) >= {
        *("2026-01-01", "2026-02-16", "2026-02-17", "2026-03-24", "2026-04-02", "2026-04-03"),
        *("2026-05-01", "2026-05-25", "2026-06-15", "2026-06-20", "2026-07-09", "2026-08-17"),
        *("2026-10-12", "2026-11-06", "2026-11-23", "2026-12-08", "2026-12-25"),
    }


@pytest.mark.parametrize(
    "year, good_friday",
    [(1954, "1954-04-16"), (1981, "1981-04-17"), (2025, "2025-04-18"), (2038, "2038-04-23")],
)
def test_easter_is_found_in_every_year(year: int, good_friday: str):
    """Also in the years in which the plain formula is a week late."""
    assert good_friday in holidays_of(year)


def test_rates_stand_still_when_banks_are_closed():
    """Every day has a rate; weekends and holidays repeat the one before."""
    made = timetable(first_day=MARCH, days=40, dice=Dice("rates"))
    days = range(made.first + 1, made.first + len(made.written))
    closed = [day for day in days if not made.is_business_day(day)]
    assert closed
    assert all(made.rate(day) == made.rate(day - 1) for day in closed)
    assert len(set(made.rates)) > 50


# Chance.


def test_draws_stay_within_their_bounds():
    """Integers, digits, letters and samples have the sizes that were asked for."""
    dice = Dice("bounds")
    assert {dice.below(3) for _ in range(100)} == {0, 1, 2}
    assert {dice.between(5, 7) for _ in range(100)} == {5, 6, 7}
    assert {len(dice.digits(8)) for _ in range(200)} == {8}
    assert {len(dice.code(22)) for _ in range(20)} == {22}
    assert {len(dice.hexadecimal(25)) for _ in range(20)} == {25}
    assert sorted(dice.sample("abc", 3)) == ["a", "b", "c"]
    assert not dice.percent(0)
    assert dice.permille(1_000)


def test_weights_are_heeded():
    """An item of weight 0 is never drawn, one of thrice the weight about three times as often."""
    dice = Dice("weights")
    drawn = Counter(Weighted("abc", (1, 0, 3)).draw(dice) for _ in range(4_000))
    assert drawn["b"] == 0
    assert 2 * drawn["a"] < drawn["c"] < 4 * drawn["a"]
