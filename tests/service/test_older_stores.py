"""A later release goes on with the stores of earlier ones: same facts, sound, and new days."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.fact_export import export_facts
from conciliar import open_store
from tests.golden.golden import holds
from tests.golden.stores import EXPORT, KEPT, deliveries, unpack
from tests.service.delivered import SETTINGS, reconciled, rows

STORES = sorted(each.name for each in KEPT.iterdir())


@pytest.fixture(params=STORES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def test_it_is_sound_and_says_what_it_said(name: str, tmp_path: Path):
    """Every fact reads as then, in its place; what later forms added may stand beside it."""
    store = unpack(name, tmp_path / "store")
    with open_store(store, settings=SETTINGS) as opened:
        assert not opened.verify().findings
        export_facts(opened.facts, tmp_path / EXPORT, personal=True)
    now, then = list(rows(tmp_path / EXPORT)), list(rows(KEPT / name / EXPORT))
    assert len(now) == len(then) > 0
    for new, old in zip(now, then, strict=True):
        assert holds(new, old), old["stream"]


def test_the_same_folder_again_adds_no_item_and_loses_no_match(name: str, tmp_path: Path):
    """Delivered again to the later release, all payments and lines are known, and matches stand."""
    store = unpack(name, tmp_path / "store")
    with open_store(store, settings=SETTINGS) as opened:
        before = {one.stream for one in opened.facts.facts()}
        head = opened.facts.head()
    early, _ = deliveries(tmp_path)
    reconciled(early, tmp_path / "out", store=store)
    with open_store(store, settings=SETTINGS) as opened:
        added = list(opened.facts.facts(after=head))
        assert {one.stream for one in added if is_item(one.stream)} <= before
        assert not [one for one in added if one.fact.TOPIC == "settlement.allocation_released"]


def test_a_new_day_is_taken_in_and_the_books_close(name: str, tmp_path: Path):
    """What came after goes into the older store: recorded and matched, the read models made."""
    store = unpack(name, tmp_path / "store")
    _, late = deliveries(tmp_path)
    run = reconciled(late, tmp_path / "out", store=store)
    assert run.recorded > 0
    assert run.summary.books_close


def is_item(stream: str) -> bool:
    """Whether a payment or a line has this stream."""
    return stream.startswith(("pay:", "set:"))
