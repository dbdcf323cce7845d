"""The stored form of every fact is pinned: written bytes and read facts never change."""

from __future__ import annotations

import json

import pytest

from adapters.topics import REGISTRY
from tests.golden import add
from tests.golden.example import example
from tests.golden.golden import FOLDER, HOW_TO_ADD, Golden, files, holds, new, read, uncovered

GOLDEN = [pytest.param(read(file), id=file.stem) for file in files()]


NEWEST = {read(file).topic: read(file) for file in sorted(files(), key=lambda file: file.stem)}
CURRENT = [
    pytest.param(read(file), id=file.stem)
    for file in files()
    if read(file).topic in REGISTRY.current
]


@pytest.mark.parametrize("golden", CURRENT)
def test_a_fact_is_written_as_ever(golden: Golden):
    """The newest golden fact gives its golden bytes, box and all.

    An older one gives all that it said, and no more than the fields that came since.
    """
    if golden == NEWEST[golden.topic]:
        assert golden.encoded() == golden.state
    else:
        assert holds(json.loads(golden.encoded()), json.loads(golden.state))


@pytest.mark.parametrize("golden", GOLDEN)
def test_a_fact_is_read_as_ever(golden: Golden):
    """Decoding the golden bytes gives the golden fact in its own shape, and a current fact."""
    assert golden.in_its_own_shape() == golden.meant()
    recorded = golden.decoded()
    assert type(recorded.fact) in REGISTRY.current.values()
    assert recorded.context == golden.context
    assert (recorded.business_time, recorded.nonce) == (golden.business_time, golden.nonce)
    if golden.topic in REGISTRY.current:
        assert recorded.fact == golden.meant()
    moved = golden.moved()
    assert (moved.fact, type(moved.fact)) == (recorded.fact, type(recorded.fact))


def test_every_topic_and_field_has_a_golden_file():
    """Each registered topic, retired ones too, is pinned with every field filled somewhere."""
    assert uncovered() == {}, HOW_TO_ADD


def test_adding_writes_what_is_missing_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path, capsys: pytest.CaptureFixture[str]
):
    """The command fills an empty folder with a file for each topic, then finds nothing to do."""
    monkeypatch.setattr("tests.golden.golden.FOLDER", tmp_path)
    assert add.main() == 0
    assert len(list(tmp_path.iterdir())) == len(REGISTRY.current)
    assert capsys.readouterr().out.count("\n") == len(REGISTRY.current)
    assert add.main() == 0
    assert capsys.readouterr().out == ""


def test_examples_write_the_golden_files_that_are_there():
    """What the command would write today is readable, and differs only where a shape grew."""
    for topic, kind in REGISTRY.current.items():
        golden = new(topic, example(kind))
        assert golden.in_its_own_shape() == golden.meant(), FOLDER / topic
