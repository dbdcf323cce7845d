"""What only our own server does: many at once, limits before reading, a real socket."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from handlers import server as module
from handlers.http.asked import ADDRESS_LENGTH_MAX
from handlers.server import BODY_BYTES_MAX, HEADER_BYTES_MAX, THREADS
from tests.http.edges import ServerEdge, bank


@pytest.fixture
def edge() -> Iterator[ServerEdge]:
    with bank() as small:
        yield ServerEdge(small)


def test_slow_questions_are_answered_side_by_side(edge: ServerEdge):
    """Questions that wait for each other all get through: none is held up by the one before."""
    meeting = threading.Barrier(THREADS, timeout=20)
    position = edge.bank.store.position

    def meet() -> int:
        meeting.wait()
        return position()

    edge.bank.store.position = meet

    async def ask_all() -> list[Any]:
        return await asyncio.gather(
            *(edge.answered("GET", "/v1/health", {}) for _ in range(THREADS))
        )

    assert [got.status for got in asyncio.run(ask_all())] == [200] * THREADS


def test_callers_are_not_mixed_up(edge: ServerEdge):
    """Asked at once by many, each gets the answer to its own question."""
    tokens = {f"user-{number}": edge.bank.token(sub=f"user-{number}") for number in range(40)}

    async def ask_all() -> list[Any]:
        asked = (
            edge.answered("GET", "/v1/me", {"authorization": f"Bearer {token}"})
            for token in tokens.values()
        )
        return await asyncio.gather(*asked)

    assert [got.json["subject"] for got in asyncio.run(ask_all())] == list(tokens)


def test_what_is_too_large_is_refused(edge: ServerEdge):
    """Body, address and headers have their limits, and what fits them is answered."""
    ask = edge.answered
    long = "/v1/health?" + "x" * ADDRESS_LENGTH_MAX
    many = {"x-many": "x" * HEADER_BYTES_MAX}
    found = [
        asyncio.run(ask("GET", "/v1/health", {}, b"x" * BODY_BYTES_MAX)).status,
        asyncio.run(ask("GET", "/v1/health", {}, b"x" * (BODY_BYTES_MAX + 1))).slug,
        asyncio.run(ask("GET", long, {})).slug,
        asyncio.run(ask("GET", "/v1/health", many)).slug,
    ]
    assert found == [200, "body-too-large", "address-too-long", "headers-too-large"]


def test_headers_of_any_bytes_are_no_fault_of_ours(edge: ServerEdge):
    """What is not text in a header is a value like any other."""
    got = edge.ask("/v1/payments", headers={"x-odd": "\xff\xfe", "if-none-match": "\xff"})
    assert got.status == 200


def test_an_answer_that_takes_too_long_is_given_up(
    edge: ServerEdge, monkeypatch: pytest.MonkeyPatch
):
    """After the limit the caller is told so, and the server goes on."""
    monkeypatch.setattr(module, "ANSWER_S_MAX", 0)
    go = threading.Event()
    edge.bank.store.position = lambda: int(go.wait(20))
    try:
        assert edge.ask("/v1/health", token="").slug == "timed-out"
    finally:
        go.set()


def test_another_banks_token_is_refused(edge: ServerEdge):
    """A store is one bank's: a good token of another tenant reads nothing."""
    got = edge.ask("/v1/payments", token=edge.bank.token(tenant="other"))
    assert (got.slug, got.json["reason"]) == ("token-invalid", "tenant")
