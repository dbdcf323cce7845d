"""`conciliar serve`: the routes over an embedded store, as an ASGI application.

A request becomes the event that an HTTP API would make of it, and each is answered in a thread of
its own, so that a slow one holds up nobody. Whatever comes too large is refused before it is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, cast

from adapters.tokens import TokenVerifier
from application.access import AccessRefusal, TokenInvalid, caller_of
from application.ports import Entropy
from application.queries import Queries
from conciliar.composition import Embedded
from conciliar.serving import Recalled, grants
from handlers.http.asked import ADDRESS_LENGTH_MAX, authorised, refused
from handlers.http.document import document_text
from handlers.http.problems import Problem
from handlers.http.resolver import Resolver, problem_answer, response
from handlers.http.routes import router
from handlers.http.served import Served

BODY_BYTES_MAX: Final = 256 * 1024
HEADER_BYTES_MAX: Final = 32 * 1024
"""Bytes of all headers together."""

ANSWER_S_MAX: Final = 25
"""Seconds that an answer may take: an HTTP API waits for 30."""

THREADS: Final = 16
"""Questions that are answered at once."""

TRACE_BYTES: Final = 12
BEARER: Final = "bearer "

Message = MutableMapping[str, Any]  # whatever ASGI says
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(kw_only=True)
class Server:
    """An ASGI application (3.0)."""

    served: Served
    verifier: TokenVerifier
    entropy: Entropy
    resolver: Resolver = field(init=False)
    _threads: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self.resolver = Resolver(router(self.served))
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="answers")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One connection's request, or the life of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            answer = await self._answer(scope, receive)
            await _send(answer, scope["method"], send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                self._threads.shutdown(wait=False, cancel_futures=True)
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Message, receive: Receive) -> dict[str, Any]:
        event = self._event(scope)
        try:
            _check_size(scope)
            await _drain(receive)
        except Problem as problem:
            return response_of(problem, event)
        loop = asyncio.get_running_loop()
        working = loop.run_in_executor(self._threads, self.answer, event)
        try:
            return await asyncio.wait_for(asyncio.shield(working), ANSWER_S_MAX)
        except TimeoutError:
            return response_of(Problem("timed-out", f"more than {ANSWER_S_MAX} seconds"), event)

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """The answer to an event of which the token was not looked at yet."""
        token = _bearer(event["headers"].get("authorization"))
        context = event["requestContext"]
        try:
            now_s = self.served.timing.now_ms() // 1_000
            caller = caller_of(self.verifier.verify(token, now_s=now_s))
            if caller.tenant != self.served.queries.tenant:
                raise TokenInvalid(reason="tenant")
            context["authorizer"] = {"lambda": authorised(caller)}
        except AccessRefusal as refusal:
            context["authorizer"] = {"lambda": refused(refusal)}
        return self.resolver.answer(event)

    def _event(self, scope: Message) -> dict[str, Any]:
        """The event that an HTTP API makes of such a request (payload 2.0)."""
        raw = cast(bytes, scope.get("raw_path") or scope["path"].encode())
        return {
            "version": "2.0",
            "rawPath": raw.partition(b"?")[0].decode("latin-1"),
            "rawQueryString": cast(bytes, scope["query_string"]).decode("latin-1"),
            "headers": _headers(scope["headers"]),
            "requestContext": {
                "http": {"method": scope["method"]},
                "requestId": self.entropy.token_bytes(TRACE_BYTES).hex(),
                "stage": "$default",
            },
            "isBase64Encoded": False,
        }


def embedded_server(embedded: Embedded, queries: Queries, verifier: TokenVerifier) -> Server:
    """The server over an embedded store, the lists of which `queries` reads."""
    served = Served(
        queries=queries,
        grants=grants(embedded),
        timing=embedded.clock,
        document=document_text,
        recollection=Recalled(embedded=embedded),
    )
    return Server(served=served, verifier=verifier, entropy=embedded.entropy)


def response_of(problem: Problem, event: dict[str, Any]) -> dict[str, Any]:
    """A problem that came up before there was a route."""
    made = response(problem_answer(problem, event))
    content_type = {"Content-Type": made.content_type or ""}
    return {
        "statusCode": made.status_code,
        "headers": {**made.headers, **content_type},
        "body": made.body,
    }


def _check_size(scope: Message) -> None:
    if len(scope["query_string"]) + len(scope.get("raw_path") or b"") > ADDRESS_LENGTH_MAX:
        raise Problem("address-too-long", f"more than {ADDRESS_LENGTH_MAX} characters")
    if sum(len(name) + len(text) for name, text in scope["headers"]) > HEADER_BYTES_MAX:
        raise Problem("headers-too-large", f"more than {HEADER_BYTES_MAX} bytes")


async def _drain(receive: Receive) -> None:
    """Take the body in, as far as one is allowed: no address looks at it yet."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = bool(message.get("more_body", False)) and message["type"] == "http.request"
        if size > BODY_BYTES_MAX:
            raise Problem("body-too-large", f"more than {BODY_BYTES_MAX} bytes")


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name; of one that came several times, the values joined."""
    found: dict[str, str] = {}
    for name, text in pairs:
        key, value = name.decode("latin-1").lower(), text.decode("latin-1")
        found[key] = f"{found[key]},{value}" if key in found else value
    return found


def _bearer(header: str | None) -> str | None:
    if header is None or not header.lower().startswith(BEARER):
        return None
    return header[len(BEARER) :].strip()


async def _send(answer: dict[str, Any], method: str, send: Send) -> None:
    body = str(answer.get("body") or "").encode()
    headers = [
        (name.lower().encode("latin-1"), str(text).encode("latin-1"))
        for name, text in answer["headers"].items()
    ]
    if answer["statusCode"] != 304:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer["statusCode"], "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
