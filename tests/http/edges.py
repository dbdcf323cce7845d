"""The interface over a small bank, asked through either of its edges."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

from adapters.sqlite_queries import SqliteQueryStore
from adapters.sqlite_views import SqliteViewStore
from adapters.system import FixedClock, SeededEntropy
from adapters.tokens import LocalIssuer, TokenVerifier
from application.access import SCOPES, AccessRefusal, caller_of
from application.projecting import Projector
from application.queries import Queries
from application.rate_limits import Kind, Rate, RateLimits
from handlers.http.asked import authorised, refused
from handlers.http.document import document_text
from handlers.http.resolver import Resolver
from handlers.http.routes import router
from handlers.http.served import Recollection, Served
from handlers.server import Server
from tests.projections.world import MERCHANTS, World, begun

NOW_MS = 1_780_000_000_000
NOW_S = NOW_MS // 1_000
ISSUER, AUDIENCE, TENANT = "https://id.bank.example", "conciliar", "bank"
PLENTY: Mapping[Kind, Rate] = {
    kind: Rate(per_second=1_000_000, burst=1_000_000) for kind in ("read", "search", "changes")
}


@dataclass
class HeldGrants:
    """Grants that a test sets."""

    held: dict[str, frozenset[str]]

    def merchants_of(self, partner: str) -> frozenset[str]:
        return self.held.get(partner, frozenset())


@dataclass(frozen=True)
class Got:
    """An answer as a client sees it."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def ids(self) -> list[str]:
        return [row["id"] for row in self.json["data"]]

    @property
    def slug(self) -> str:
        """Of a problem."""
        assert self.headers["content-type"] == "application/problem+json", self.body
        found = self.json
        assert found["status"] == self.status
        return found["type"].removeprefix("/v1/problems/")


@dataclass
class Bank:
    """A world, its interface, and tokens."""

    views: SqliteViewStore
    store: SqliteQueryStore
    world: World
    grants: HeldGrants
    rates: Mapping[Kind, Rate] = field(default_factory=lambda: PLENTY)
    recollection: Recollection | None = None
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW_MS))
    issuer: LocalIssuer = field(
        default_factory=lambda: LocalIssuer(issuer=ISSUER, audience=AUDIENCE, seed=b"s" * 32)
    )

    def follow(self) -> None:
        """Bring the lists up to what happened."""
        Projector(facts=self.world.facts, views=self.views).catch_up()

    @cached_property
    def verifier(self) -> TokenVerifier:
        return TokenVerifier(issuer=ISSUER, audience=AUDIENCE, keys=self.issuer.keys)

    def served(self) -> Served:
        """What an edge reads from; each edge counts for itself."""
        return Served(
            queries=Queries(store=self.store, tenant=TENANT, key=b"k" * 32),
            grants=self.grants,
            timing=self.clock,
            document=document_text,
            limits=RateLimits(self.rates),
            recollection=self.recollection,
        )

    def token(self, role: str = "operator", *, life_s: int = 600, **claims: object) -> str:
        """A token of a role with every scope; claims replace what it has."""
        made: dict[str, object] = {
            "sub": f"test:{role}",
            "tenant": TENANT,
            "role": role,
            "scope": " ".join(SCOPES),
        }
        if role == "partner":
            made["partner"] = "acme"
        kept = {name: value for name, value in {**made, **claims}.items() if value is not None}
        return self.issuer.issue(kept, now_s=NOW_S, life_s=life_s)


class Edge:
    """One way in."""

    name = ""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank

    def ask(self, address: str, *, token: str | None = None, **more: Any) -> Got:
        """Ask as an operator, or with a token; "" for none."""
        headers: dict[str, str] = dict(more.get("headers", {}))
        wanted = self.bank.token() if token is None else token
        if wanted:
            headers["authorization"] = f"Bearer {wanted}"
        return self._ask(more.get("method", "GET"), address, headers)

    def _ask(self, method: str, address: str, headers: Mapping[str, str]) -> Got:
        raise NotImplementedError


class LambdaEdge(Edge):
    """As on AWS: an HTTP API that decodes the path, an authoriser, a function."""

    name = "lambda"

    def __init__(self, bank: Bank) -> None:
        super().__init__(bank)
        self.resolver = Resolver(router(bank.served()))

    def _ask(self, method: str, address: str, headers: Mapping[str, str]) -> Got:
        path, _, query = address.partition("?")
        event: dict[str, Any] = {
            "version": "2.0",
            "rawPath": unquote(path),
            "rawQueryString": query,
            "headers": dict(headers),
            "requestContext": {
                "http": {"method": method, "path": unquote(path)},
                "requestId": SeededEntropy("trace").token_bytes(12).hex(),
                "stage": "$default",
                "authorizer": {"lambda": self._authorised(headers)},
            },
            "isBase64Encoded": False,
            **_matched(method, path),
        }
        answer = self.resolver.answer(event)
        return Got(answer["statusCode"], _lowered(answer["headers"]), answer["body"])

    def _authorised(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        token = headers.get("authorization", "").removeprefix("Bearer ") or None
        try:
            return authorised(caller_of(self.bank.verifier.verify(token, now_s=NOW_S)))
        except AccessRefusal as refusal:
            return refused(refusal)


class ServerEdge(Edge):
    """As `conciliar serve` does it: an ASGI application."""

    name = "server"

    def __init__(self, bank: Bank) -> None:
        super().__init__(bank)
        self.server = Server(served=bank.served(), verifier=bank.verifier, entropy=_SameTrace())

    def _ask(self, method: str, address: str, headers: Mapping[str, str]) -> Got:
        return asyncio.run(self.answered(method, address, headers))

    async def answered(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Got:
        """What the application sends."""
        path, _, query = address.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(path),
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "headers": [(n.lower().encode(), t.encode("latin-1")) for n, t in headers.items()],
        }
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.server(scope, receive, send)
        start, rest = sent
        found = {name.decode(): text.decode("latin-1") for name, text in start["headers"]}
        found.pop("content-length", None)
        return Got(start["status"], found, rest["body"].decode())


class _SameTrace:
    """The same trace id for every question, so that two edges answer the same bytes."""

    def token_bytes(self, n: int) -> bytes:
        return SeededEntropy("trace").token_bytes(n)


def _matched(method: str, path: str) -> dict[str, Any]:
    """What an HTTP API says of the route that it found."""
    parts = path.split("/")
    if len(parts) == 4 and parts[2] != "problems":
        return {
            "routeKey": f"{method} /v1/{parts[2]}/{{id}}",
            "pathParameters": {"id": unquote(parts[3])},
        }
    return {"routeKey": f"{method} {path}"}


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): text for name, text in headers.items()}


EDGES: tuple[type[Edge], ...] = (LambdaEdge, ServerEdge)


@contextmanager
def bank(world: World | None = None, *, rates: Mapping[Kind, Rate] = PLENTY) -> Generator[Bank]:
    """A bank whose partner `acme` may read the first merchant, and `other` the second."""
    grants = HeldGrants({"acme": frozenset(MERCHANTS[:1]), "other": frozenset(MERCHANTS[1:])})
    with (
        TemporaryDirectory() as folder,
        SqliteViewStore.open(Path(folder)) as views,
        closing(SqliteQueryStore.open(views)) as store,
    ):
        made = Bank(views=views, store=store, world=world or begun(), grants=grants, rates=rates)
        made.follow()
        yield made
