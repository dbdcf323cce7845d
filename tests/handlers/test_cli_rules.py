"""The life of a rule set at the command line, from a file to a measured rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.rule_set import hash_of
from tests.application.ruled_bank import NAME, TEXT, bank, invoice, text
from tests.application.small_bank import opened, reconcile
from tests.handlers.terminal import Said, conciliar


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with three lines that no built-in rule can read."""
    with opened(tmp_path) as facts:
        bank(facts)
    return tmp_path / "store"


def rules(store: Path, *arguments: str | Path) -> Said:
    return conciliar("rules", *arguments, "--store", store)


def written(folder: Path, said: str = TEXT) -> Path:
    path = folder / "rules.yaml"
    path.write_text(said, encoding="utf-8")
    return path


def lived(store: Path) -> None:
    """Everything up to the activation."""
    assert rules(store, "propose", written(store.parent), "--actor", "ana").code == 0
    assert rules(store, "shadow", "invoices@1", "--since", "2026-03-01", "--actor", "ana").code == 0
    approving = ("approve", "invoices@1", "--hash", hash_of(TEXT), "--actor", "bea")
    assert rules(store, *approving).code == 0


def test_a_life_from_a_file_to_posted_matches(store: Path):
    """Proposed, replayed, approved by another person, active: the matches are there at once."""
    lived(store)
    done = rules(store, "activate", "invoices@1", "--actor", "bea", "--json").json
    assert done["is_new"]
    assert done["judged_again"]["lines"] == 3
    (known,) = rules(store, "list", "--json").json["rule_sets"]
    assert known["active_version"] == 1
    assert known["versions"][0]["shadowed"]["newly"] == 3
    (measured,) = known["measured"]
    assert (measured["rule"], measured["made"], measured["rate"]["false"]) == (NAME, 3, 0)
    assert measured["rate"]["upper_ppm"] > 600_000
    again = rules(store, "activate", "invoices@1").out
    assert "nothing was recorded" in again


def test_a_match_of_a_rule_is_explained_by_its_keys(store: Path):
    """The explanation names the rule in full and what the line showed, in both languages."""
    lived(store)
    rules(store, "activate", "invoices@1", "--actor", "bea")
    for language, said in (
        ("en", "as the rule reads it, 00000001"),
        ("es", "como la lee la regla"),
    ):
        told = conciliar("explain", "P1", "--store", store, "--lang", language).out
        assert NAME in told
        assert said in " ".join(told.split())


def test_an_author_does_not_approve(store: Path):
    """One person is not two."""
    rules(store, "propose", written(store.parent), "--actor", "ana")
    rules(store, "shadow", "invoices@1", "--since", "2026-03-01")
    done = rules(store, "approve", "invoices@1", "--hash", hash_of(TEXT), "--actor", "ana")
    assert (done.code, "somebody else approves" in done.err) == (2, True)


def test_bounds_are_shown_and_never_certainty(store: Path):
    """What was never false is shown with how false it could still be."""
    lived(store)
    rules(store, "activate", "invoices@1", "--actor", "bea")
    shown = rules(store, "show", "invoices@1").out
    assert "0 of 3: up to 631,597 ppm" in shown
    assert "100 %" not in shown
    assert "To review" in shown
    assert "digits_last: 8" in shown


def test_reviews_and_demotions_by_hand(store: Path):
    """A match may be found false, a rule demoted, a version retired; its matches stand."""
    lived(store)
    rules(store, "activate", "invoices@1", "--actor", "bea")
    known = rules(store, "show", "invoices@1", "--json").json
    match = known["measured"][0]["to_review"][0]
    assert rules(store, "review", match, "--false", "--actor", "cai").code == 0
    assert rules(store, "demote", "invoices@1", "--rule", "end", "--reason", "x").code == 0
    after = rules(store, "show", "invoices@1", "--json").json
    assert (after["suggesting"], after["measured"][0]["found_false"]) == (["end"], 1)
    assert rules(store, "retire", "invoices@1", "--reason", "x").code == 0
    told = conciliar("explain", "P1", "--store", store).out
    assert "was settled by line" in told


def test_a_trial_is_told_and_drawn_and_records_nothing(store: Path):
    """A candidate's matches are listed, summed, and put on a page of its own."""
    page = store.parent / "trial.html"
    before = conciliar("store", "info", "--store", store, "--json").json["facts"]
    arguments = ("try", written(store.parent), "--since", "2026-03-01", "--page", page)
    told = rules(store, *arguments, "--json").json
    assert told["values"] == [{"outcome": "newly", "currency": "ARS", "count": 3, "minor": 600_00}]
    assert len(told["differences"]) == 3
    assert "newly" in rules(store, *arguments).out
    assert conciliar("store", "info", "--store", store, "--json").json["facts"] == before
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_what_the_history_says_against_a_rule_refuses_it(store: Path):
    """A key that many payments share is refused with its figures, before anything is recorded."""
    with opened(store.parent) as facts:
        reconcile(facts, [invoice(n, 100_00) for n in range(20, 60)])
    by_merchant = text(
        "{namespace: reference, normaliser: {digits_last: 8}}",
        "{namespace: merchant, normaliser: as_shown}",
    )
    path = written(store.parent, by_merchant)
    done = rules(store, "propose", path)
    assert (done.code, "are alone with their keys" in done.err) == (2, True)
    assert rules(store, "validate", path).code == 2
    assert rules(store, "list", "--json").json["rule_sets"] == []


@pytest.mark.parametrize("typed", ["invoices", "invoices@", "@1", "invoices@x"])
def test_a_version_is_typed_as_name_and_number(store: Path, typed: str):
    """What is no version is refused with the form that is."""
    done = rules(store, "show", typed)
    assert (done.code, "NAME@NUMBER" in done.err) == (2, True)
