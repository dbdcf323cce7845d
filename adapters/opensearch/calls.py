"""Calls to OpenSearch: what a failure means, and what is tried again.

Whatever is sent here may arrive twice: documents are written under a version, the heads of steps
under an id that nobody else may take (steps.py). So every call is repeated after a lost answer, and
after 429, 502, 503 and 504, with longer and longer pauses.

    StoreBusy       pressed, or no answer, to the end: come again
    SearchRefused   answered with an error that no repetition changes
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import msgspec
from opensearchpy import TransportError, Urllib3HttpConnection

from adapters.closing import Closing
from adapters.opensearch_refusals import SearchRefused
from application.ports import Entropy, StoreBusy

ATTEMPTS_MAX = 6
"""Times that a call is made."""

PAUSE_MS, PAUSE_MS_MAX = 50, 2_000
"""The longest first pause between two attempts, and the longest of all; each is drawn."""

TIMEOUT_S = 30
CONNECTIONS_MAX = 8

ANY_STATUS = range(300, 600)
"""What the client hands over as it is: what an answer means is said here."""

PRESSED = frozenset({429, 502, 503, 504})
"""Answers that mean: not now."""

NOT_FOUND, CONFLICT = 404, 409

Json = Mapping[str, Any]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Waiting(Protocol):
    """What waits between two attempts."""

    def pause_ms(self, ms: int) -> None:
        """Wait, in milliseconds."""
        ...


class Signing(Protocol):
    """What signs a call for AWS."""

    def __call__(self, method: str, url: str, body: bytes | None) -> Mapping[str, str]:
        """Headers that say who calls."""
        ...


class Answer(NamedTuple):
    """What came back; `body` is an object of JSON."""

    status: int
    body: Any


class Calls(Closing):
    """Calls to one OpenSearch. Safe to share among threads."""

    def __init__(
        self,
        url: str,
        *,
        waiting: Waiting,
        entropy: Entropy,
        signing: Signing | None = None,
        attempts_max: int = ATTEMPTS_MAX,
    ) -> None:
        """`url` is its address, without a path."""
        self.url = url.rstrip("/")
        self._waiting = waiting
        self._entropy = entropy
        self._attempts_max = attempts_max
        at = urlsplit(self.url)
        self._http = Urllib3HttpConnection(
            host=at.hostname or "localhost",
            port=at.port or (443 if at.scheme == "https" else 80),
            use_ssl=at.scheme == "https",
            http_auth=signing,
            timeout=TIMEOUT_S,
            pool_maxsize=CONNECTIONS_MAX,
        )

    def ask(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        allowed: Iterable[int] = (),
        attempts_max: int | None = None,
    ) -> Answer:
        """One call with an object of JSON.

        Raises SearchRefused for an error that is not `allowed`, StoreBusy.
        """
        content = b"" if body is None else _encode(body)
        return self.send(method, path, content, allowed=allowed, attempts_max=attempts_max)

    def lines(self, path: str, lines: Sequence[bytes]) -> Answer:
        """One call with lines of JSON, each ended. Raises as `ask` does."""
        return self.send("POST", path, b"".join(lines), kind="application/x-ndjson")

    def send(
        self,
        method: str,
        path: str,
        content: bytes,
        *,
        kind: str = "application/json",
        allowed: Iterable[int] = (),
        attempts_max: int | None = None,
    ) -> Answer:
        """One call with these bytes. Raises as `ask` does."""
        attempts = attempts_max or self._attempts_max
        reason = ""
        for attempt in range(attempts):
            if attempt:
                self._pause(attempt)
            try:
                status, data = self.once(method, path, content, kind)
            except TransportError as error:
                reason = type(error).__name__
                continue
            if status not in PRESSED:
                return self._checked(Answer(status, _read(data)), path, frozenset(allowed))
            reason = f"status {status}"
        raise StoreBusy(place=path.partition("?")[0], reason=reason)

    def once(self, method: str, path: str, content: bytes, kind: str) -> tuple[int, str | bytes]:
        """One attempt: status and text of the answer. Raises TransportError without one."""
        headers = {"content-type": kind} if content else {}
        status, _, data = self._http.perform_request(
            method, f"/{path}", body=content or None, ignore=ANY_STATUS, headers=headers
        )
        return status, data

    def pause(self, attempt: int) -> None:
        """Wait as before the attempt of this number, from 1 on."""
        self._pause(attempt)

    def _pause(self, attempt: int) -> None:
        longest = min(PAUSE_MS << (attempt - 1), PAUSE_MS_MAX)
        drawn = int.from_bytes(self._entropy.token_bytes(4), "big")
        self._waiting.pause_ms(longest // 2 + drawn % (longest // 2))

    def _checked(self, answer: Answer, path: str, allowed: frozenset[int]) -> Answer:
        if answer.status < 400 or answer.status in allowed:
            return answer
        raise SearchRefused(place=path.partition("?")[0], reason=reason_of(answer))

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()


def reason_of(answer: Answer) -> str:
    """Status and kind of an error; no content of documents is in it."""
    try:
        return f"{answer.status} {answer.body['error']['type']}"
    except (KeyError, TypeError):  # an error of something in between
        return f"{answer.status}"


def _read(data: str | bytes) -> Any:
    try:
        return _decode(data) if data else {}
    except msgspec.DecodeError:
        return {}
