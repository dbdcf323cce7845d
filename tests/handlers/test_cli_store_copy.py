"""`conciliar store copy`: there, back, again, and what it refuses."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from application.parking import Aside
from conciliar import open_store
from conciliar.parked import parking_lot
from tests.handlers.terminal import conciliar, made_bank

if TYPE_CHECKING:
    from adapters.dynamodb.tables import Tables


@pytest.fixture
def store(out: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(out / "store", tmp_path / "store"))


def test_a_folder_is_copied_and_works(store: Path, tmp_path: Path):
    """The copy is sound, and its read models are those of the original."""
    said = conciliar("store", "copy", store, tmp_path / "copy", "--json").json
    assert set(said) == {"from", "to", "tenant", "facts", "copied", "sha256", "parked_left"}
    assert said["copied"] == said["facts"] > 0
    assert said["parked_left"] == 0
    assert conciliar("store", "verify", "--store", tmp_path / "copy", "--json").json["sound"]
    digests = [
        conciliar("store", "rebuild", "--store", each, "--json").json["digest"]
        for each in (store, tmp_path / "copy")
    ]
    assert digests[0] == digests[1]


def test_again_nothing_is_copied(store: Path, tmp_path: Path):
    """A second run finds everything there, and says so in words."""
    conciliar("store", "copy", store, tmp_path / "copy")
    said = conciliar("store", "copy", store, tmp_path / "copy")
    assert said.code == 0
    assert "0 facts copied to" in said.out


@pytest.mark.usefixtures("environment")
def test_tables_and_back(
    tables: Tables, tenant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Folder, DynamoDB, folder: one digest; the key is named for the way back, and all opens."""
    data, out, back = made_bank(tmp_path / "data", payments=12), tmp_path / "out", tmp_path / "back"
    place, key = f"dynamodb:{tables.prefix}", str(out / "store" / "master.key")
    conciliar("reconcile", data, "--out", out, CONCILIAR_TENANT=tenant)
    there = conciliar("store", "copy", out / "store", place, "--json").json
    monkeypatch.setenv("CONCILIAR_MASTER_KEY", key)
    again = conciliar("store", "copy", place, back, "--json", CONCILIAR_TENANT=tenant).json
    assert (there["tenant"], there["sha256"]) == (again["tenant"], again["sha256"])
    assert there["facts"] == again["copied"] > 0
    checked = conciliar("store", "verify", "--store", back, "--json").json
    assert (checked["sound"], checked["boxes_shredded"]) == (True, 0)
    assert checked["boxes_opened"] > 0


@pytest.mark.usefixtures("environment")
def test_tables_that_are_not_there_are_refused(store: Path):
    """The store makes no tables: it says which one is missing."""
    refusal = conciliar("store", "copy", store, "dynamodb:nobody-made-it").refusal
    assert refusal.startswith("nobody-made-it-log: store: ")
    assert "ResourceNotFoundException" in refusal


def test_without_a_region_the_reason_is_said(store: Path, monkeypatch: pytest.MonkeyPatch):
    """What boto3 misses is said in one line."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    said = conciliar("store", "copy", store, "dynamodb:a", AWS_CONFIG_FILE="/dev/null")
    assert "region" in said.refusal


def test_without_its_key_no_store_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Tables hold no master key: a copy from them into a new folder has to be told where it is."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    said = conciliar("store", "copy", "dynamodb:x", tmp_path / "new", CONCILIAR_TENANT="bank")
    assert "CONCILIAR_MASTER_KEY" in said.refusal
    assert not (tmp_path / "new").exists()


def test_what_is_no_place_is_refused(store: Path, tmp_path: Path):
    """No store, no prefix, no bank, no other place: each is refused in one line."""
    assert "not a store" in conciliar("store", "copy", tmp_path / "x", tmp_path / "y").refusal
    assert "prefix is missing" in conciliar("store", "copy", store, "dynamodb:").refusal
    assert "CONCILIAR_TENANT" in conciliar("store", "copy", "dynamodb:a", "dynamodb:b").refusal
    assert "into itself" in conciliar("store", "copy", store, store / ".." / store.name).refusal


def test_another_banks_store_is_refused(store: Path, data: Path, tmp_path: Path):
    """A target with other facts is named with the first difference, and stays what it is."""
    other = tmp_path / "out"
    conciliar("reconcile", data, "--out", other)
    refusal = conciliar("store", "copy", store, other / "store").refusal
    assert "position 1: " in refusal
    assert conciliar("store", "verify", "--store", other / "store").code == 0


def test_what_is_parked_stays_and_is_counted(store: Path, tmp_path: Path):
    """Parked things are no facts: the copy says how many are left in the folder."""
    with open_store(store) as embedded, parking_lot(embedded) as lot:
        lot.park(
            Aside(
                queue="commands",
                key="cmd-1",
                reason="merchant-unknown",
                file="day.jsonl",
                place="line 17",
                words="merchant_id: not known",
            )
        )
    said = conciliar("store", "copy", store, tmp_path / "copy", "--json").json
    assert said["parked_left"] == 1
