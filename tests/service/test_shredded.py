"""A bank all of whose people were forgotten: its books, answers and next days go on."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adapters.sqlite_views import SqliteViewStore
from adapters.system import Clock, Entropy
from application.ports import FactStore
from application.projecting import Projector
from application.reconciling import Reconciler
from conciliar import open_store
from conciliar.composition import holidays, read_batch, read_rules
from conciliar.copying import copy_between
from conciliar.refusals import reason_of
from domain.facts import Recorded, personal_fields
from tests.service.delivered import SETTINGS, answer, bank, by_receipt, cut, delivered, reconciled

if TYPE_CHECKING:
    from adapters.dynamodb.facts import DynamoFactStore
    from adapters.dynamodb.tables import Tables

PAYMENTS = 40


@dataclass(frozen=True)
class Made:
    early: Path
    late: Path
    store: Path
    out: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A bank after its first day, and what comes the day after."""
    place = tmp_path_factory.mktemp("shredded")
    both = cut(bank(PAYMENTS, seed="shredded", days=4), 2, day_of=lambda row: by_receipt(row) > 0)
    early, late = (
        delivered(each, place / name) for each, name in zip(both, ("early", "late"), strict=True)
    )
    reconciled(early, place / "out", store=place / "store")
    return Made(early=early, late=late, store=place / "store", out=place / "out")


def test_a_folder_without_people_goes_on(made: Made, tmp_path: Path):
    """Read models are the same, the same day again says the same, and the next one closes."""
    store = Path(shutil.copytree(made.store, tmp_path / "store"))
    with open_store(store, settings=SETTINGS) as opened:
        opened.current_views()
        before = opened.views.digest()
        assert opened.facts.store.shred(_streams(opened.facts)) > PAYMENTS
        opened.projector.rebuild()
        assert opened.views.digest() == before
        found = opened.verify()
    assert (found.findings, found.boxes_opened) == ((), 0)
    assert found.boxes_shredded > PAYMENTS
    again = reconciled(made.early, tmp_path / "again", store=store)
    assert (again.recorded, again.judged) == (0, 0)
    assert answer(tmp_path / "again") == answer(made.out)
    late = reconciled(made.late, tmp_path / "late", store=store)
    assert late.recorded > 0
    assert late.summary.books_close
    assert len(answer(tmp_path / "late").matches) > len(answer(made.out).matches)


@pytest.mark.usefixtures("environment")
def test_tables_without_people_go_on(made: Made, tables: Tables, tmp_path: Path):
    """On DynamoDB too: equal read models, nothing new of what is known, and the next day."""
    settings = SETTINGS.model_copy(update={"master_key": made.store / "master.key"})
    copy_between(
        str(made.store), f"dynamodb:{tables.prefix}", settings=settings, told=lambda *_: None
    )
    with _on_tables(tables, made) as facts:
        before = _digest(facts, tmp_path / "before")
        assert facts.shred(_streams(facts)) > PAYMENTS
        assert _digest(facts, tmp_path / "after") == before
        assert not any(map(_personal, facts.facts()))
        assert _recorded(facts, made.early) == 0
        head = facts.head()
        assert head + _recorded(facts, made.late) == facts.head() > head


def _streams(facts: FactStore) -> set[str]:
    return {one.stream for one in facts.facts(sealed=True)}


def _personal(one: Recorded) -> bool:
    return any(getattr(one.fact, name) is not None for name in personal_fields(type(one.fact)))


def _on_tables(tables: Tables, made: Made) -> DynamoFactStore:
    from adapters.dynamodb.calls import Calls, new_client
    from adapters.dynamodb.facts import DynamoFactStore

    assert SETTINGS.tenant is not None
    return DynamoFactStore(
        Calls(new_client(), waiting=Clock(), entropy=Entropy()),
        tables=tables,
        tenant=SETTINGS.tenant,
        master_key=(made.store / "master.key").read_bytes(),
        clock=Clock(),
        entropy=Entropy(),
    )


def _digest(facts: FactStore, folder: Path) -> str:
    """Of read models made of these facts."""
    folder.mkdir()
    with closing(SqliteViewStore.open(folder)) as views:
        Projector(facts=facts, views=views).rebuild()
        return views.digest()


def _recorded(facts: FactStore, folder: Path) -> int:
    """Facts that reconciling the folder adds."""
    reconciler = Reconciler(
        facts, actor="tester", reason_of=reason_of, holidays=holidays(), read_rules=read_rules
    )
    return reconciler.run(read_batch(folder, source="core", store=folder / "none")).recorded
