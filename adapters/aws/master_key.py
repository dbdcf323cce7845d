"""The master key of personal fields: drawn by KMS, kept wrapped beside the salts.

The table `keys` holds, under a name that no stream has, the key as KMS wrapped it: only who may
decrypt under the key of KMS can use it, and it stands in no environment and in no code. Whoever
comes first draws it; all others find it there. It is unwrapped once a process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.dynamodb.calls import Calls, Put
from adapters.dynamodb.items import KEY, WRITE_ID_BYTES, Item
from adapters.dynamodb.tables import Tables
from adapters.sealing import MASTER_KEY_BYTES
from application.ports import StoreUnusable

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

_NAME: Final = "~master-key"
_PURPOSE: Final = "conciliar/master-key"


class WrappedMasterKey:
    """The master key of one tenant."""

    def __init__(self, kms: KMSClient, calls: Calls, *, tables: Tables, tenant: str) -> None:
        """Looks nothing up yet."""
        self._kms = kms
        self._calls = calls
        self._table = tables.named("keys")
        self._key: Item = {KEY: {"S": f"{tenant}/{_NAME}"}}
        self._bound = {"purpose": _PURPOSE, "tenant": tenant}

    def read(self, *, drawn_under: str | None) -> bytes:
        """The key. Where there is none yet, it is drawn under this key of KMS.

        Raises StoreUnusable where there is none and none may be drawn, or where KMS refuses.
        """
        wrapped = self._stored()
        if wrapped is None and drawn_under is None:
            raise StoreUnusable(path=self._table, reason="there is no master key yet")
        if wrapped is None and drawn_under is not None:
            wrapped = self._keep(self._drawn(drawn_under))
        key = self._unwrapped(wrapped or b"")
        assert len(key) == MASTER_KEY_BYTES, "KMS gives what was asked for"
        return key

    def _stored(self) -> bytes | None:
        found = next(iter(self._calls.fetch(self._table, [self._key])), None)
        return None if found is None else bytes(found["m"]["B"])

    def _keep(self, wrapped: bytes) -> bytes:
        """Keep the key unless another one is there; the one that counts."""
        write_id = self._calls.entropy.token_bytes(WRITE_ID_BYTES)
        item: Item = {**self._key, "m": {"B": wrapped}, "w": {"B": write_id}}
        put = Put(self._table, item)
        there = self._calls.write([put], write_id=write_id, token=write_id.hex())
        return wrapped if there is None else self._stored() or wrapped

    def _drawn(self, key_id: str) -> bytes:
        answer = self._asked(
            "generate_data_key_without_plaintext",
            KeyId=key_id,
            NumberOfBytes=MASTER_KEY_BYTES,
            EncryptionContext=self._bound,
        )
        return answer["CiphertextBlob"]

    def _unwrapped(self, wrapped: bytes) -> bytes:
        answer = self._asked("decrypt", CiphertextBlob=wrapped, EncryptionContext=self._bound)
        return answer["Plaintext"]

    # Any: two operations whose answers each say what they are.
    def _asked(self, operation: str, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._kms, operation)(**arguments)
        except (BotoCoreError, ClientError) as error:  # an error may quote what was asked
            reason = f"KMS refused the call: {type(error).__name__}"
            raise StoreUnusable(path=self._table, reason=reason) from error
