"""Where a list goes on: sealed, so that nobody can make one, widen one, or use somebody else's.

A cursor holds everything: tenant, caller, resource, parameters, position, day, last key, expiry. It
is signed (HMAC-SHA-256), not encrypted: the caller asked for all of it.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from typing import TypeGuard

from application.query_conditions import Value
from application.query_refusals import CursorExpired, CursorInvalid

LIFE_MS = 24 * 3_600_000
"""How long a list can be gone on with."""

CURSOR_LENGTH_MAX = 8_000
"""Characters of a cursor that are looked at."""

SIGNATURE_BYTES = 32
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A place in a list, as of a position. `day` is the business day the list was asked on."""

    tenant: str
    caller: str
    resource: str
    parameters: tuple[tuple[str, str], ...]
    position: int
    day: str
    last: tuple[Value, ...]
    expires_at_ms: int


def sealed(cursor: Cursor, *, key: bytes) -> str:
    """The cursor as text for a URL, signed with `key`."""
    content = [
        VERSION,
        cursor.tenant,
        cursor.caller,
        cursor.resource,
        cursor.parameters,
        cursor.position,
        cursor.day,
        cursor.last,
        cursor.expires_at_ms,
    ]
    body = json.dumps(content, separators=(",", ":")).encode()
    return urlsafe_b64encode(_signature(body, key) + body).decode().rstrip("=")


def opened(text: str, *, key: bytes, now_ms: int) -> Cursor:
    """The cursor that was sealed with this key. Raises CursorInvalid, CursorExpired."""
    if len(text) > CURSOR_LENGTH_MAX or not text.isascii():
        raise CursorInvalid
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (NotBase64, ValueError):
        raise CursorInvalid from None
    signature, body = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(body, key)):
        raise CursorInvalid
    if urlsafe_b64encode(raw).decode().rstrip("=") != text:  # one cursor has one form
        raise CursorInvalid
    cursor = _read(json.loads(body))
    if cursor.expires_at_ms <= now_ms:
        raise CursorExpired(reason="age")
    return cursor


def _signature(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, b"conciliar cursor\n" + body, "sha256")


def _read(content: object) -> Cursor:
    # It was signed here: what it holds is what `sealed` wrote, of this version or an older one.
    if not _is_list(content) or content[0] != VERSION:
        raise CursorInvalid
    _, tenant, caller, resource, parameters, position, day, last, expires_at_ms = content
    return Cursor(
        tenant=_text(tenant),
        caller=_text(caller),
        resource=_text(resource),
        parameters=tuple((_text(one[0]), _text(one[1])) for one in _lists(parameters)),
        position=_number(position),
        day=_text(day),
        last=tuple(each for each in _list(last) if isinstance(each, str | int)),
        expires_at_ms=_number(expires_at_ms),
    )


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _list(value: object) -> list[object]:
    assert _is_list(value)
    return value


def _lists(value: object) -> list[list[object]]:
    return [_list(each) for each in _list(value)]


def _text(value: object) -> str:
    assert isinstance(value, str)
    return value


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value
