"""An import reads the store once, unless what it knows is not all that is stored."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from unittest import mock

import pytest

from application import payment_feed, registry
from conciliar.composition import Embedded, open_embedded
from conciliar.importing_statements import StatementsImported, Told, import_statements
from conciliar.settings import Settings
from tests.fixtures.statement_files import entry, opened, statement, write


def importing(store: Embedded, folder: Path, told: Told | None = None) -> StatementsImported:
    paths = [
        write(folder / name, statement(start, entry(5), statement_id=name)).path
        for name, start in (("A", 0), ("B", 5))
    ]
    return import_statements(store, paths, open_as=opened, told=told)


def loads(store: Embedded, folder: Path, told: Told | None = None) -> tuple[int, int]:
    """How often an import read the whole store, and how many lines it judged."""
    count = mock.Mock(side_effect=registry.loaded)
    with (
        mock.patch("application.import_store.loaded", count),
        mock.patch("application.reconciling.loaded", count),
    ):
        done = importing(store, folder, told)
    return count.call_count, done.judged


@pytest.mark.parametrize("meanwhile", [False, True])
def test_the_store_is_read_once_unless_somebody_else_writes_to_it(tmp_path: Path, meanwhile: bool):
    """What the import knows is judged; what another process wrote meanwhile is read first."""
    with open_embedded(tmp_path / "store", settings=Settings(actor="t"), create=True) as store:

        def write_too(_: object) -> None:
            payment_feed.advance(
                store.facts, source="core", through=date(2026, 3, 2), files=(), actor="other"
            )

        found = loads(store, tmp_path, write_too if meanwhile else None)
        assert found == (2 if meanwhile else 1, 2)
        assert loads(store, tmp_path)[1] == 0
