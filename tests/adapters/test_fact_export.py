"""Facts as JSON Lines: all of them, in order, the same bytes each time, and never half a file."""

from __future__ import annotations

import gzip
import json
from hashlib import sha256
from pathlib import Path

import pytest

from adapters.fact_export import export_facts
from application.ports import StoreUnusable
from conciliar import open_store
from domain.facts import Recorded
from tests.service.delivered import SETTINGS, bank, delivered, reconciled


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("export")
    made = bank(60, seed="export", days=2)
    reconciled(delivered(made, place / "data"), place / "out", store=place / "store")
    return place / "store"


def test_every_fact_is_a_line_in_order(store: Path, tmp_path: Path):
    """Position, stream, version and topic are those of the store; the digest is the file's."""
    with open_store(store, settings=SETTINGS) as opened:
        done = export_facts(opened.facts, tmp_path / "facts.jsonl")
        known = [_place(one) for one in opened.facts.facts()]
    text = done.file.read_bytes()
    rows = [json.loads(line) for line in text.splitlines()]
    assert [(row["position"], row["stream"], row["version"], row["topic"]) for row in rows] == known
    assert (done.facts, done.through) == (len(known), len(known))
    assert done.sha256 == sha256(text).hexdigest()


def test_personal_fields_open_only_when_asked(store: Path, tmp_path: Path):
    """Names and accounts of people are null in what is passed on without a word."""
    with open_store(store, settings=SETTINGS) as opened:
        export_facts(opened.facts, tmp_path / "sealed.jsonl")
        export_facts(opened.facts, tmp_path / "open.jsonl", personal=True)
    assert not any(_payers(tmp_path / "sealed.jsonl"))
    assert any(_payers(tmp_path / "open.jsonl"))


def test_a_packed_export_holds_the_same_lines(store: Path, tmp_path: Path):
    """Packing changes nothing, and equal facts give equal bytes."""
    with open_store(store, settings=SETTINGS) as opened:
        for name in ("a.jsonl.gz", "b.jsonl.gz", "plain.jsonl"):
            export_facts(opened.facts, tmp_path / name, after=5)
    packed = (tmp_path / "a.jsonl.gz").read_bytes()
    assert packed == (tmp_path / "b.jsonl.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "plain.jsonl").read_bytes()
    assert json.loads(gzip.decompress(packed).splitlines()[0])["position"] == 6


def test_what_is_there_is_never_written_over(store: Path, tmp_path: Path):
    """A taken name is refused, and nothing is left beside it."""
    taken = tmp_path / "facts.jsonl"
    taken.write_text("mine", encoding="utf-8")
    with (
        open_store(store, settings=SETTINGS) as opened,
        pytest.raises(StoreUnusable, match="the name is taken"),
    ):
        export_facts(opened.facts, taken)
    assert taken.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [taken]


def test_an_export_that_fails_leaves_no_file(store: Path, tmp_path: Path):
    """What dies in the middle has no name."""

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with open_store(store, settings=SETTINGS) as opened, pytest.raises(KeyboardInterrupt):
        export_facts(_Endless(opened.facts), tmp_path / "facts.jsonl", progress=stop)  # pyright: ignore[reportArgumentType]  (only what is asked of it)
    assert list(tmp_path.iterdir()) == []


class _Endless:
    """A store whose facts never end."""

    def __init__(self, facts: object) -> None:
        self._facts = facts

    def head(self) -> int:
        return 10**9

    def facts(self, *, after: int, sealed: bool):
        while True:
            yield from self._facts.facts(after=after, sealed=sealed)  # pyright: ignore[reportAttributeAccessIssue]  (a store's)


def _place(one: Recorded) -> tuple[int, str, int, str]:
    return one.position, one.stream, one.version, one.fact.TOPIC


def _payers(file: Path) -> list[str]:
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return [row["fact"].get("payer_name") for row in rows if row["topic"] == "payment.registered"]
