"""The wiring of what only reads on AWS: questions over HTTP, and who may ask them.

It knows neither facts nor their keys. Cursors are signed with what a key of KMS (HMAC) makes of a
constant: every instance of the function has the same, and no secret stands anywhere. The issuer's
keys come from a bucket, and are read again now and then, and when a token names another.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

from adapters.aws.clients import Clients
from adapters.system import Clock
from application.access import Caller, TokenInvalid, caller_of

if TYPE_CHECKING:
    from adapters.opensearch.queries import OpenSearchQueryStore
    from adapters.tokens import TokenVerifier
    from conciliar.searching import Search

CURSOR_MESSAGE: Final = b"conciliar cursors 1"
KEYS_FILE: Final = "jwks.json"
KEYS_LIFE_MS: Final = 300_000
"""Milliseconds after which the issuer's keys are read again."""

KEYS_PAUSE_MS: Final = 30_000
"""Milliseconds between two readings for the sake of a key that nobody knows."""


@cache
def here() -> AwsReading:
    """What this process works with."""
    return AwsReading(ReadingSettings(os.environ))


@dataclass(frozen=True)
class ReadingSettings:
    """What the environment of such a function says; no tenant: that is what a token says.

    It stands apart from the settings of functions that write, since pydantic, which checks those,
    costs a third of what starting this one may.

    OPENSEARCH_URL                   where read models are
    CONCILIAR_CURSOR_KEY             the key of KMS by which cursors are signed
    CONCILIAR_ISSUER, _AUDIENCE      who signs tokens, and what for
    CONCILIAR_TRUST                  the bucket of the issuer's keys
    CONCILIAR_MUTUAL_TLS             `no`: partners' tokens need not be bound to a certificate
    """

    environment: Mapping[str, str]

    def demand(self, variable: str) -> str:
        """A variable that the function cannot do without. Raises InputRefused."""
        value = self.environment.get(variable, "")
        if not value:
            from application.batch import InputRefused

            raise InputRefused(file="environment", place=variable, reason="is not set")
        return value

    @property
    def mutual_tls(self) -> bool:
        """Whether partners' tokens have to be bound; only `no` says that they need not."""
        return self.environment.get("CONCILIAR_MUTUAL_TLS") != "no"


@dataclass
class AwsReading:
    """One function's ports, each made when it is first asked for."""

    settings: ReadingSettings
    clock: Clock = field(default_factory=Clock)
    clients: Clients = field(default_factory=Clients)
    _open: ExitStack = field(default_factory=ExitStack)

    # Questions.

    def search(self, tenant: str) -> Search:
        """The read models of a tenant."""
        from conciliar.searching import open_search

        url = self.settings.demand("OPENSEARCH_URL")
        return self._open.enter_context(open_search(url, tenant=tenant))

    @cached_property
    def cursor_key(self) -> bytes:
        """What signs cursors; of every tenant, since a cursor names its own."""
        made = self.clients.kms.generate_mac(
            KeyId=self.settings.demand("CONCILIAR_CURSOR_KEY"),
            MacAlgorithm="HMAC_SHA_256",
            Message=CURSOR_MESSAGE,
        )
        return made["Mac"]

    # Who asks.

    def caller(self, token: str | None, *, certificate: str | None) -> Caller:
        """Who a token says is asking; `certificate` is the connection's, in DER, base64url SHA-256.

        Raises AccessRefusal.
        """
        now_ms = self.clock.now_ms()
        try:
            claims = self._claims(token, certificate, now_ms)
        except TokenInvalid as refusal:
            if refusal.reason != "unknown-key" or not self._keys.read_again(now_ms):
                raise
            claims = self._claims(token, certificate, now_ms)
        return caller_of(claims)

    def _claims(
        self, token: str | None, certificate: str | None, now_ms: int
    ) -> Mapping[str, object]:
        verifier = self._keys.verifier(now_ms)
        return verifier.verify(token, now_s=now_ms // 1_000, certificate=certificate)

    @cached_property
    def _keys(self) -> _Keys:
        return _Keys(self)


@dataclass(frozen=True)
class GrantsOfSearch:
    """Grants from the read models: what was recorded counts as soon as it is shown."""

    store: OpenSearchQueryStore

    def merchants_of(self, partner: str) -> frozenset[str]:
        """As the port says."""
        from projections import grants

        found = self.store.document(grants.MODEL, partner)
        return frozenset(found["merchants"]) if found else frozenset[str]()


@dataclass
class _Keys:
    """The issuer's keys, as they were read last."""

    aws: AwsReading
    _verifier: TokenVerifier | None = None
    _read_ms: int = 0

    def verifier(self, now_ms: int) -> TokenVerifier:
        if self._verifier is None or now_ms - self._read_ms >= KEYS_LIFE_MS:
            self._verifier = self._read(now_ms)
        return self._verifier

    def read_again(self, now_ms: int) -> bool:
        """Read them again, unless that was just done. Whether they were."""
        if now_ms - self._read_ms < KEYS_PAUSE_MS:
            return False
        self._verifier = self._read(now_ms)
        return True

    def _read(self, now_ms: int) -> TokenVerifier:
        from adapters.tokens import TokenVerifier

        settings = self.aws.settings
        got = self.aws.clients.s3.get_object(
            Bucket=settings.demand("CONCILIAR_TRUST"), Key=KEYS_FILE
        )
        self._read_ms = now_ms
        return TokenVerifier(
            issuer=settings.demand("CONCILIAR_ISSUER"),
            audience=settings.demand("CONCILIAR_AUDIENCE"),
            keys=got["Body"].read(),
            bound=settings.mutual_tls,
        )
