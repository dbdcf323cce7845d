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

import msgspec
import urllib3

from adapters.closing import Closing
from adapters.opensearch_refusals import SearchRefused
from application.ports import Entropy, StoreBusy

ATTEMPTS_MAX = 6
"""Times that a call is made."""

PAUSE_MS, PAUSE_MS_MAX = 50, 2_000
"""The longest first pause between two attempts, and the longest of all; each is drawn."""

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 2, 30
CONNECTIONS_MAX = 8

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

    def __call__(self, method: str, url: str, body: bytes) -> Mapping[str, str]:
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
        self._signing = signing
        self._attempts_max = attempts_max
        self._http = urllib3.PoolManager(
            maxsize=CONNECTIONS_MAX,
            block=True,
            retries=False,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S),
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
        url, attempts = f"{self.url}/{path}", attempts_max or self._attempts_max
        reason = ""
        for attempt in range(attempts):
            if attempt:
                self._pause(attempt)
            try:
                status, data = self.once(method, url, content, kind)
            except urllib3.exceptions.HTTPError as error:
                reason = type(error).__name__
                continue
            if status not in PRESSED:
                return self._checked(Answer(status, _read(data)), path, frozenset(allowed))
            reason = f"status {status}"
        raise StoreBusy(place=path.partition("?")[0], reason=reason)

    def once(self, method: str, url: str, content: bytes, kind: str) -> tuple[int, bytes]:
        """One attempt: status and bytes of the answer."""
        headers = {"content-type": kind} if content else {}
        if self._signing is not None:
            headers |= self._signing(method, url, content)
        answer = self._http.request(method, url, body=content or None, headers=headers)
        return answer.status, answer.data

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
        self._http.clear()


def reason_of(answer: Answer) -> str:
    """Status and kind of an error; no content of documents is in it."""
    try:
        return f"{answer.status} {answer.body['error']['type']}"
    except (KeyError, TypeError):  # an error of something in between
        return f"{answer.status}"


def _read(data: bytes) -> Any:
    try:
        return _decode(data) if data else {}
    except msgspec.DecodeError:
        return {}
