"""The functions behind the HTTP API on AWS: who is let through, and what they read from."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.system import FixedClock
from adapters.tokens import LocalIssuer, thumbprint
from conciliar.aws_reading import KEYS_LIFE_MS, KEYS_PAUSE_MS, AwsReading, ReadingSettings
from handlers import authoriser, queries
from tests.architecture.source import ROOT
from tests.http.edges import AUDIENCE, ISSUER, NOW_MS, Bank, LambdaEdge, bank

ENVIRONMENT = {
    "CONCILIAR_ISSUER": ISSUER,
    "CONCILIAR_AUDIENCE": AUDIENCE,
    "CONCILIAR_TRUST": "trust",
    "CONCILIAR_CURSOR_KEY": "arn:key",
    "CONCILIAR_MUTUAL_TLS": "yes",
    "OPENSEARCH_URL": "http://search",
}
CONTEXT: Any = None


@dataclass
class Clients:
    """S3 with the issuer's keys, and KMS with one key for MACs."""

    keys: bytes
    reads: int = 0
    asked: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])

    @property
    def s3(self) -> Clients:
        return self

    @property
    def kms(self) -> Clients:
        return self

    def get_object(self, **asked: str) -> Mapping[str, Any]:
        assert asked == {"Bucket": "trust", "Key": "jwks.json"}
        self.reads += 1
        return {"Body": io.BytesIO(self.keys)}

    def generate_mac(self, **asked: Any) -> Mapping[str, Any]:
        self.asked.append(asked)
        return {"Mac": b"m" * 32}


@dataclass
class OnAws:
    """A bank, and the function's wiring to it."""

    bank: Bank
    clients: Clients
    aws: AwsReading


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[OnAws]:
    with bank() as small:
        clients = Clients(small.issuer.keys)
        stand_in: Any = clients
        aws = AwsReading(ReadingSettings(ENVIRONMENT), clock=_clock(NOW_MS), clients=stand_in)
        monkeypatch.setattr(authoriser, "here", lambda: aws)
        monkeypatch.setattr(queries, "here", lambda: aws)
        yield OnAws(small, clients, aws)


def _clock(now_ms: int) -> Any:
    return FixedClock(now_ms)


def event(token: str, certificate: bytes | None = None) -> dict[str, Any]:
    """What an HTTP API asks an authoriser."""
    context: dict[str, Any] = {}
    if certificate is not None:
        text = b64encode(certificate).decode()
        pem = f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----"
        context["authentication"] = {"clientCert": {"clientCertPem": pem}}
    return {"headers": {"Authorization": f"Bearer {token}"}, "requestContext": context}


def test_a_good_token_passes_with_who_it_is(on_aws: OnAws):
    """The answer names caller, tenant, role and scopes, and nothing else of the token."""
    answer = authoriser.handler(event(on_aws.bank.token(scope="payments:read admin")), CONTEXT)
    assert answer == {
        "isAuthorized": True,
        "context": {
            "principalId": "test:operator",
            "tenant": "bank",
            "role": "operator",
            "scope": "payments:read",
        },
    }


@pytest.mark.parametrize("wrong", [{"life_s": -60}, {"iss": "x"}, {"role": "root"}])
def test_a_bad_token_does_not_pass(on_aws: OnAws, wrong: dict[str, Any]):
    """Nothing is said of it outside."""
    answer = authoriser.handler(event(on_aws.bank.token(**wrong)), CONTEXT)
    assert answer == {"isAuthorized": False, "context": {}}
    nobody = authoriser.handler({"headers": {}}, CONTEXT)
    assert nobody == {"isAuthorized": False, "context": {}}


def test_a_partners_token_is_bound_to_its_certificate(on_aws: OnAws):
    """With the certificate that it names it passes; without one, or with another, it does not."""
    own = {"x5t#S256": thumbprint(b"certificate")}
    token = on_aws.bank.token("partner", cnf=own)
    passed = [
        authoriser.handler(event(each, certificate), CONTEXT)["isAuthorized"]
        for each, certificate in (
            (token, b"certificate"),
            (token, b"another"),
            (token, None),
            (on_aws.bank.token("partner"), b"certificate"),
        )
    ]
    assert passed == [True, False, False, False]


def test_new_keys_of_the_issuer_are_found(on_aws: OnAws):
    """A token of a key that is not known yet reads the keys again, but not for every such token."""
    good = event(on_aws.bank.token())
    other = LocalIssuer(issuer=ISSUER, audience=AUDIENCE, seed=b"o" * 32)
    later_s = (NOW_MS + KEYS_PAUSE_MS) // 1_000
    claims = {"sub": "x", "tenant": "bank", "role": "operator", "scope": ""}
    rotated = event(other.issue(claims, now_s=later_s, life_s=600))
    assert authoriser.handler(good, CONTEXT)["isAuthorized"]
    assert not authoriser.handler(rotated, CONTEXT)["isAuthorized"]
    assert on_aws.clients.reads == 1
    on_aws.clients.keys = other.keys
    on_aws.aws.clock = _clock(NOW_MS + KEYS_PAUSE_MS)
    assert authoriser.handler(rotated, CONTEXT)["isAuthorized"]
    assert on_aws.clients.reads == 2
    on_aws.aws.clock = _clock(NOW_MS + KEYS_PAUSE_MS + KEYS_LIFE_MS)
    authoriser.handler(good, CONTEXT)
    assert on_aws.clients.reads == 3


def test_the_function_answers_as_the_routes_do(on_aws: OnAws, monkeypatch: pytest.MonkeyPatch):
    """An event goes through the same routes, over the read models of the token's tenant."""
    asked: list[str] = []

    class Found:
        queries = on_aws.bank.store

    def search(_aws: AwsReading, tenant: str) -> Any:
        asked.append(tenant)
        return Found

    monkeypatch.setattr(AwsReading, "search", search)
    queries._resolver.cache_clear()
    edge = LambdaEdge(on_aws.bank)
    edge.resolver = _Function()  # type: ignore[assignment]
    page = edge.ask("/v1/payments?limit=1")
    assert page.ids == ["pay:core:P0"]
    assert edge.ask(f"/v1/payments?cursor={page.json['next']}").status == 200
    assert edge.ask("/v1/openapi.json").json["openapi"] == "3.1.0"
    assert edge.ask("/v1/payments/pay:core:P0/facts").slug == "not-found"
    assert asked == ["bank"]
    assert [each["KeyId"] for each in on_aws.clients.asked] == ["arn:key"]


class _Function:
    """The function, in a resolver's place."""

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        return queries.handler(event, CONTEXT)


@pytest.mark.parametrize("module", ["handlers.queries", "handlers.authoriser"])
def test_a_function_imports_no_more_than_it_uses(module: str):
    """Neither pydantic nor facts, stores, the engine or what writes read models come along."""
    heavy = (
        "pydantic", "boto3", "eventsourcing", "lxml", "domain.settlement", "adapters.codec",
        "projections.catalogue", "adapters.dynamodb", "conciliar.composition", "aws_xray_sdk",
    )  # fmt: skip
    said = f"import sys, {module}; print([m for m in {heavy!r} if m in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", said],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert ran.stdout.strip() == "[]"
