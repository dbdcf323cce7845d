"""An answer: its bytes, its tag, its headers. The same answer has the same bytes on every edge."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

JSON = "application/json"
PROBLEM = "application/problem+json"

TAG_DIGITS = 16
"""Hexadecimal digits of a digest in a tag."""

ALWAYS: Mapping[str, str] = {
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered."""

    body: str
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        """The answer with more headers."""
        return replace(self, headers={**self.headers, **headers})

    def tagged(self, tag: str, *, if_none_match: str | None) -> Answer:
        """The answer under a tag; empty, with 304, where the caller has it already."""
        made = replace(self, headers={**self.headers, "ETag": tag})
        known = {_plain(each) for each in (if_none_match or "").split(",")}
        if _plain(tag) in known or "*" in known:
            return replace(made, status=304, body="")
        return made


def json_answer(document: object, *, headers: Mapping[str, str] | None = None) -> Answer:
    """A document as JSON."""
    return Answer(body=written(document), headers=dict(headers or {}))


def written(document: object) -> str:
    """JSON text, without blanks."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def digest(document: object) -> str:
    """A short name for what a document says."""
    return hashlib.sha256(written(document).encode()).hexdigest()[:TAG_DIGITS]


def _plain(tag: str) -> str:
    """A tag for weak comparison, the one that If-None-Match asks for (RFC 9110)."""
    return tag.strip().removeprefix("W/")
