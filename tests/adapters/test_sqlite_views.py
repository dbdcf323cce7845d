"""The embedded read models keep the port's promises, to the byte."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sqlite_views import SqliteViewStore
from application.ports import StoreUnusable, VersionConflict
from tests.adapters.contract_views import ONE, TWO, ViewStoreContract


@pytest.fixture
def views(tmp_path: Path) -> Iterator[SqliteViewStore]:
    with SqliteViewStore.open(tmp_path, lock_timeout_s=1) as store:
        yield store


class TestSqliteViewStore(ViewStoreContract):
    """The contract, on SQLite."""

    @pytest.fixture
    def views(self, views: SqliteViewStore) -> SqliteViewStore:
        return views


KEYS = st.sampled_from(["p1", "p2", "p3", "ñ"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
CHANGES = st.dictionaries(KEYS, st.none() | st.dictionaries(st.text(), VALUES, max_size=4))


@given(batches=st.lists(CHANGES, max_size=6))
def test_law_a_rebuild_ends_in_the_same_bytes(
    batches: list[dict[str, dict[str, object] | None]], tmp_path_factory: pytest.TempPathFactory
):
    """Applied batch by batch, or all at once into a new store: same digest, same exported file."""
    folder = tmp_path_factory.mktemp("views")
    (folder / "live").mkdir()
    (folder / "rebuilt").mkdir()
    with (
        SqliteViewStore.open(folder / "live") as live,
        SqliteViewStore.open(folder / "rebuilt") as rebuilt,
    ):
        for position, changes in enumerate(batches):
            live.apply(after=position, position=position + 1, documents={"m": changes})
        last = {key: document for changes in batches for key, document in changes.items()}
        rebuilt.apply(after=0, position=len(batches), documents={"m": last})
        assert live.digest() == rebuilt.digest()
        live.export(folder / "live.export")
        rebuilt.export(folder / "rebuilt.export")
    exports = [(folder / f"{name}.export").read_bytes() for name in ("live", "rebuilt")]
    assert exports[0] == exports[1]


def test_an_export_overwrites_nothing(views: SqliteViewStore, tmp_path: Path):
    """A file that is there already is named and stays."""
    file = tmp_path / "taken"
    file.write_bytes(b"mine")
    with pytest.raises(StoreUnusable) as refused:
        views.export(file)
    assert refused.value.path == str(file)
    assert file.read_bytes() == b"mine"


def test_read_models_live_on_in_the_folder(views: SqliteViewStore, tmp_path: Path):
    """Opened again, documents and position are there."""
    views.apply(after=0, position=4, documents={"payment": {"p1": ONE}})
    with SqliteViewStore.open(tmp_path) as again:
        assert (again.position(), again.digest()) == (4, views.digest())
        again.apply(after=4, position=5, documents={"payment": {"p1": TWO}})
        with pytest.raises(VersionConflict):
            views.apply(after=4, position=5, documents={"payment": {"p1": ONE}})


def test_a_listing_is_of_one_moment(views: SqliteViewStore):
    """What is written while a listing is read does not show in it."""
    many = {f"p{number:04}": {"n": number} for number in range(500)}
    views.apply(after=0, position=1, documents={"payment": many})
    listing = views.all("payment")
    first = next(listing)
    views.apply(after=1, position=2, documents={"payment": dict.fromkeys(many)})
    assert dict([first, *listing]) == many
    assert list(views.all("payment")) == []


def test_read_models_of_another_format_are_begun_anew(tmp_path: Path):
    """A file that another version of the program wrote is emptied: the facts make it again."""
    with SqliteViewStore.open(tmp_path) as views:
        views.apply(after=0, position=4, documents={"payment": {"p1": ONE}})
    with closing(sqlite3.connect(tmp_path / "views.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version=99")
    with SqliteViewStore.open(tmp_path) as views:
        assert (views.position(), list(views.all("payment"))) == (0, [])


def test_a_file_that_is_no_database(tmp_path: Path):
    """A damaged file is named, with the way out."""
    (tmp_path / "views.sqlite").write_bytes(b"x" * 5_000)
    with pytest.raises(StoreUnusable, match="can be rebuilt from the facts") as refused:
        SqliteViewStore.open(tmp_path)
    assert refused.value.path == str(tmp_path / "views.sqlite")
