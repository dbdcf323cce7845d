"""Salts of data keys that KMS wraps, each bound to its tenant and stream.

The table `keys` then holds nothing that opens a box: a data key is made of the master key and of a
salt that only KMS unwraps, for whoever may decrypt under its key and names the very stream. Each
opening shows in KMS's own trail. Shredding deletes what was wrapped; KMS never kept it.

It costs a call of KMS for each stream that is new, and one for each stream whose boxes are opened
and that this process has not opened lately.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from application.ports import StoreUnusable

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

UNWRAPPED_MAX: Final = 10_000
"""Salts that a process remembers, by what KMS made of them: what is shredded is asked no more."""

_PURPOSE: Final = "conciliar/salt"


class KmsWrapping:
    """Wraps and unwraps the salts of one tenant. Safe to share among threads."""

    def __init__(self, kms: KMSClient, *, key_id: str, tenant: str) -> None:
        """`key_id` names the key of KMS that new salts are wrapped under."""
        self._kms = kms
        self._key_id = key_id
        self._tenant = tenant
        self._known: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()
        self._lock = Lock()

    def wrap(self, salt: bytes, *, stream: str) -> bytes:
        """The salt as only KMS can read it. Raises StoreUnusable where KMS refuses."""
        answer = self._asked(
            "encrypt", KeyId=self._key_id, Plaintext=salt, EncryptionContext=self._bound(stream)
        )
        return self._remember(stream, bytes(answer["CiphertextBlob"]), salt)

    def unwrap(self, wrapped: bytes, *, stream: str) -> bytes:
        """The salt. Raises StoreUnusable where KMS refuses: nothing is read in its place."""
        with self._lock:
            salt = self._known.get((stream, wrapped))
        if salt is None:
            answer = self._asked(
                "decrypt", CiphertextBlob=wrapped, EncryptionContext=self._bound(stream)
            )
            salt = bytes(answer["Plaintext"])
            self._remember(stream, wrapped, salt)
        return salt

    def _remember(self, stream: str, wrapped: bytes, salt: bytes) -> bytes:
        with self._lock:
            self._known[stream, wrapped] = salt
            if len(self._known) > UNWRAPPED_MAX:
                self._known.popitem(last=False)
        return wrapped

    def _bound(self, stream: str) -> dict[str, str]:
        return {"purpose": _PURPOSE, "tenant": self._tenant, "stream": stream}

    # Any: two operations whose answers each say what they are.
    def _asked(self, operation: str, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._kms, operation)(**arguments)
        except (BotoCoreError, ClientError) as error:  # an error may quote what was asked
            reason = f"KMS refused the call: {type(error).__name__}"
            raise StoreUnusable(path="kms", reason=reason) from error
