"""Salts in a file, in a table, and in a table as KMS wrapped them: one contract."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from adapters.aws.subject_keys import KmsWrapping
from adapters.dynamodb.calls import Calls, new_client
from adapters.dynamodb.keys import DynamoKeyStore
from adapters.dynamodb.tables import Tables
from adapters.sealing import KeyStore
from adapters.system import Entropy, FixedClock
from application.ports import StoreUnusable
from tests.adapters.contract_keys import ONE, STREAM, TWO, KeysContract, at
from tests.fixtures.emulator import settings


class TestKeysInAFile(KeysContract):
    """The embedded store's."""

    @pytest.fixture
    def open_keys(self, tmp_path: Path) -> Generator[Callable[[], KeyStore]]:
        opened: list[KeyStore] = []

        def open_one() -> KeyStore:
            opened.append(KeyStore(tmp_path / "keys.sqlite", lock_timeout_s=5))
            return opened[-1]

        yield open_one
        for each in opened:
            each.close()


@pytest.fixture
def calls(environment: dict[str, str]) -> Generator[Calls]:
    with closing(new_client()) as client:
        yield Calls(client, waiting=FixedClock(0), entropy=Entropy())


class TestKeysInATable(KeysContract):
    """On DynamoDB, under a master key alone."""

    @pytest.fixture
    def open_keys(self, calls: Calls, tables: Tables, tenant: str) -> Callable[[], DynamoKeyStore]:
        return lambda: DynamoKeyStore(calls, tables=tables, tenant=tenant)


@pytest.fixture
def kms(dynamodb_url: str, environment: dict[str, str]) -> Generator[Any]:
    if dynamodb_url.endswith(":8000"):
        pytest.skip("DynamoDB Local has no KMS")
    given = settings(dynamodb_url)
    library: Any = boto3
    client = library.client(
        "kms",
        endpoint_url=dynamodb_url,
        region_name=given["AWS_DEFAULT_REGION"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )
    yield client
    client.close()


@pytest.fixture
def key_id(kms: Any) -> str:
    return kms.create_key()["KeyMetadata"]["KeyId"]


@pytest.fixture
def wrapping(kms: Any, key_id: str, tenant: str) -> KmsWrapping:
    return KmsWrapping(kms, key_id=key_id, tenant=tenant)


@pytest.fixture
def wrapped(calls: Calls, tables: Tables, tenant: str, wrapping: KmsWrapping) -> DynamoKeyStore:
    return DynamoKeyStore(calls, tables=tables, tenant=tenant, wrapping=wrapping)


class TestKeysThatKmsWraps(KeysContract):
    """On DynamoDB, each salt wrapped by KMS."""

    @pytest.fixture
    def open_keys(
        self, calls: Calls, tables: Tables, tenant: str, kms: Any, key_id: str
    ) -> Callable[[], DynamoKeyStore]:
        def open_one() -> DynamoKeyStore:
            own = KmsWrapping(kms, key_id=key_id, tenant=tenant)
            return DynamoKeyStore(calls, tables=tables, tenant=tenant, wrapping=own)

        return open_one


def test_the_table_holds_what_only_kms_can_read(
    wrapped: DynamoKeyStore, calls: Calls, tables: Tables, tenant: str
):
    """The item holds no salt; a store without the key of KMS refuses instead of reading on."""
    wrapped.provide([(STREAM, 1, ONE)])
    (item,) = calls.fetch(tables.named("keys"), [{"pk": {"S": f"{tenant}/{STREAM}"}}])
    assert ONE not in item["k"]["L"][0]["M"]["x"]["B"]
    assert "s" not in item["k"]["L"][0]["M"]
    bare = DynamoKeyStore(calls, tables=tables, tenant=tenant)
    with pytest.raises(StoreUnusable, match="wrapped by KMS"):
        bare.salts([STREAM])
    assert bare.shred([STREAM]) == 1, "destroying needs no key"


def test_a_wrapped_salt_is_bound_to_its_stream(wrapping: KmsWrapping, kms: Any, key_id: str):
    """What was wrapped for one stream, or tenant, is opened for no other."""
    made = wrapping.wrap(ONE, stream=STREAM)
    with pytest.raises(StoreUnusable):
        wrapping.unwrap(made, stream="pay:core:P2")
    with pytest.raises(StoreUnusable):
        KmsWrapping(kms, key_id=key_id, tenant="another").unwrap(made, stream=STREAM)
    assert wrapping.unwrap(made, stream=STREAM) == ONE


def test_salts_from_before_are_read_beside_wrapped_ones(
    wrapped: DynamoKeyStore, calls: Calls, tables: Tables, tenant: str
):
    """A tenant whose salts were not wrapped goes on, and what is new is wrapped."""
    DynamoKeyStore(calls, tables=tables, tenant=tenant).provide([(STREAM, 1, ONE)])
    assert wrapped.salts([STREAM]).of(at(1)) == ONE
    wrapped.shred([STREAM])
    wrapped.provide([(STREAM, 2, TWO)])
    assert wrapped.salts([STREAM]).of(at(2)) == TWO
    wrapped.keep(STREAM, [(2, TWO)])
    wrapped.keep(STREAM, [(2, TWO), (3, ONE)])
    assert [entry[1] for entry in wrapped.salts([STREAM]).entries(STREAM)] == [None, TWO, ONE]


def test_no_salt_is_read_where_kms_refuses(
    wrapped: DynamoKeyStore, calls: Calls, tables: Tables, tenant: str
):
    """Fault 31: refused, by a reason that quotes nothing; there is no way around."""
    wrapped.provide([(STREAM, 1, ONE)])

    class Denied:
        def decrypt(self, **_: object) -> None:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Decrypt")

    denied: Any = Denied()
    own = KmsWrapping(denied, key_id="any", tenant=tenant)
    store = DynamoKeyStore(calls, tables=tables, tenant=tenant, wrapping=own)
    with pytest.raises(StoreUnusable) as refused:
        store.salts([STREAM])
    assert refused.value == StoreUnusable(path="kms", reason="KMS refused the call: ClientError")


def test_a_stream_is_unwrapped_once_a_process_and_again_after_shredding(
    wrapped: DynamoKeyStore, wrapping: KmsWrapping, monkeypatch: pytest.MonkeyPatch
):
    """Reading the same stream again asks KMS nothing; what was shredded is not remembered."""
    wrapped.provide([(STREAM, 1, ONE)])
    monkeypatch.setattr(wrapping, "_kms", None)  # nobody is there to be asked
    assert wrapped.salts([STREAM]).of(at(1)) == ONE
    wrapped.shred([STREAM])
    assert wrapped.salts([STREAM]).of(at(1)) != ONE
