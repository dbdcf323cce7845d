"""Tables for the tests of this folder: made once a process; each test has a tenant of its own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from adapters.dynamodb.tables import Tables, create_tables
from tests.fixtures.emulator import bare_client, settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_tenants = count(1)


@pytest.fixture(scope="session")
def bare(dynamodb_url: str) -> DynamoDBClient:
    """A client without our hands in it."""
    return bare_client(dynamodb_url)


@pytest.fixture(scope="session")
def tables(bare: DynamoDBClient) -> Tables:
    """The tables of this process's tests; a server that stays up keeps none of two runs apart."""
    made = Tables(f"test-{uuid4().hex[:12]}")
    create_tables(bare, made)
    return made


@pytest.fixture
def new_tenant() -> Callable[[], str]:
    """Names a tenant that nobody else has."""
    return lambda: f"t{next(_tenants)}"


@pytest.fixture
def tenant(new_tenant: Callable[[], str]) -> str:
    """A tenant that nobody else has."""
    return new_tenant()


@pytest.fixture
def environment(dynamodb_url: str, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> str:
    """boto3's own variables name the server; the tables' prefix."""
    for name, value in settings(dynamodb_url).items():
        monkeypatch.setenv(name, value)
    return tables.prefix
