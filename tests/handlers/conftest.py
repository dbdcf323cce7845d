"""A bank that was reconciled once, for all tests that only look."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.handlers.terminal import conciliar, made_bank


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_bank(tmp_path_factory.mktemp("bank") / "data")


@pytest.fixture(scope="session")
def out(data: Path) -> Path:
    folder = data.parent / "out"
    assert conciliar("reconcile", data, "--out", folder).code == 0
    return folder
