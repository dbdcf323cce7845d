"""A run, by the facade: once, twice, with a second process, with one that dies, and with rivals."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

import conciliar
from adapters.aside import AsideFailed
from adapters.demo_bank import generate, write
from application.batch import InputRefused
from application.ports import Commit, StoreUnusable, VersionConflict
from application.reconciling import Written
from conciliar import parallel
from conciliar.composition import KnownReferences, is_store
from conciliar.parallel import Beside
from conciliar.running import Run, without_collections
from conciliar.settings import Settings

SETTINGS = Settings(actor="tester")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("running") / "data"
    write(generate(payments=150, days=2, seed="r", first_day=date(2026, 3, 2)), folder=folder)
    return folder


def reconciled(data: Path, out: Path) -> Run:
    return conciliar.reconcile(data, out=out, settings=SETTINGS)


def results(out: Path) -> tuple[bytes, bytes]:
    return (out / "matches.jsonl").read_bytes(), (out / "exceptions.jsonl").read_bytes()


def digest(out: Path) -> str:
    """Of the read models as they stand, which must be those of all facts."""
    with conciliar.open_store(out / "store") as store:
        assert store.views.position() == store.facts.head()
        return store.views.digest()


def test_a_run_leaves_results_facts_and_read_models(data: Path, tmp_path: Path):
    """Everything is told to the caller, stage by stage, and lies where it should."""
    stages: list[str] = []
    done = conciliar.reconcile(
        str(data),
        out=str(tmp_path / "out"),
        settings=SETTINGS,
        progress=lambda stage, done, total: stages.append(stage),
    )
    assert (done.payments, done.store) == (150, tmp_path / "out" / "store")
    assert done.recorded > done.payments
    assert done.summary.books_close
    every = ["read", "match", "record", "post", "write", "project"]
    assert [*dict.fromkeys(stages)] == every
    assert all(results(done.out))
    digest(done.out)


def test_the_same_again_records_nothing(data: Path, tmp_path: Path):
    """The second run finds every fact known, and writes the same files."""
    first = reconciled(data, tmp_path)
    before = results(tmp_path)
    again = reconciled(data, tmp_path)
    assert (again.recorded, again.judged) == (0, 0)
    assert results(tmp_path) == before
    assert again.summary == first.summary


def test_a_store_elsewhere_is_taken(data: Path, tmp_path: Path):
    """A named store gets the facts, and nothing is made inside the results."""
    conciliar.reconcile(data, out=tmp_path / "out", store=tmp_path / "facts", settings=SETTINGS)
    assert is_store(tmp_path / "facts")
    assert not (tmp_path / "out" / "store").exists()


def test_a_store_is_not_made_by_looking(tmp_path: Path):
    """Without `create`, opening what is not there is refused and leaves nothing."""
    with pytest.raises(StoreUnusable), conciliar.open_store(tmp_path / "none"):
        pass
    assert not (tmp_path / "none").exists()
    with conciliar.open_store(tmp_path / "new", create=True) as store:
        assert store.facts.head() == 0


def test_refused_input_makes_no_store(data: Path, tmp_path: Path):
    """Everything is checked before anything is made."""
    (tmp_path / "data").mkdir()
    for file in data.iterdir():
        (tmp_path / "data" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "data" / "payments.jsonl").write_text("{}\n")
    with pytest.raises(InputRefused):
        reconciled(tmp_path / "data", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_second_process_changes_nothing_but_time(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Facts written and projected beside: same results, same read models."""
    reconciled(data, tmp_path / "alone")
    monkeypatch.setattr(parallel, "COMMITS_MIN", 1)
    monkeypatch.setattr(parallel, "can_work_aside", lambda: hasattr(os, "fork"))
    done = reconciled(data, tmp_path / "beside")
    assert done.recorded > done.payments
    assert results(tmp_path / "beside") == results(tmp_path / "alone")
    digest(tmp_path / "beside")


Recording = Callable[[Beside, Sequence[Commit]], Written]


def failing(failure: Exception, *, times: int) -> Recording:
    """Records as ever, but only after the first `times` failed."""
    record, left = Beside.record, [failure] * times

    def recording(self: Beside, commits: Sequence[Commit]) -> Written:
        if left:
            raise left.pop()
        return record(self, commits)

    return recording


def test_a_second_process_that_dies_is_done_without(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whatever it left undone is done by the run itself."""
    reconciled(data, tmp_path / "undisturbed")
    monkeypatch.setattr(Beside, "record", failing(AsideFailed("killed"), times=1))
    reconciled(data, tmp_path / "out")
    assert results(tmp_path / "out") == results(tmp_path / "undisturbed")


def test_a_rival_that_wrote_first_costs_one_more_attempt(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The run begins again from what the other one recorded."""
    conflict = VersionConflict(stream="pay:core:P1", expected_version=0)
    monkeypatch.setattr(Beside, "record", failing(conflict, times=2))
    reconciled(data, tmp_path / "out")
    digest(tmp_path / "out")


def test_facts_are_taken_up_again_after_they_were_let_go(data: Path, tmp_path: Path):
    """Whoever forks lets the files go; the next use opens them again."""
    reconciled(data, tmp_path)
    with conciliar.open_store(tmp_path / "store") as store:
        head = store.facts.head()
        store.close()
        assert store.facts.head() == head
        assert store.current_views().position() == head


def test_read_models_from_elsewhere_are_made_again(data: Path, tmp_path: Path):
    """Read models that are ahead of the facts cannot be of these facts: they are dropped."""
    reconciled(data, tmp_path)
    with conciliar.open_store(tmp_path / "store") as store:
        head, wanted = store.facts.head(), store.views.digest()
        store.views.apply(after=head, position=head + 5, documents={})
        assert store.current_views().position() == head
        assert store.views.digest() == wanted


def test_known_references_are_those_of_the_store(data: Path, tmp_path: Path):
    """References and end-to-end ids of its payments; none where there is no store yet."""
    store = tmp_path / "store"
    assert list(KnownReferences(store)) == []
    with conciliar.open_store(store, create=True):
        pass
    (store / "facts.sqlite").unlink()  # as a kill in the middle of its creation leaves it
    assert list(KnownReferences(store)) == []
    reconciled(data, tmp_path)
    known = KnownReferences(tmp_path / "store")
    assert len(known) > 100
    assert next(iter(known)) in known


def test_garbage_is_collected_again_afterwards():
    """The collector rests during a run, and works after it, however it ended."""
    assert gc.isenabled()
    with without_collections():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(KeyError), without_collections():
        raise KeyError
    assert gc.isenabled()
