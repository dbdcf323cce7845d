"""What a write answers so that whoever reads next can wait until it shows; opaque to clients.

A token names the position of the write's last fact. Where facts are numbered later it names that
fact: a write is numbered whole and in its order, so who has read the last one has read it all.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Final, Protocol, cast

from application.ports import NO_POSITION_YET
from domain.errors import BadValue
from domain.facts import Recorded

TOKEN_MAX: Final = 4_000
"""Characters of a token."""


class NumberedLater(Protocol):
    """A store that may number what was written later."""

    def numbered_by(self, stream: str, version: int) -> int | None:
        """A position up to which everybody has read this fact; None while it has none."""
        ...


def token_of(recorded: Sequence[Recorded]) -> str | None:
    """The token of what one append answered; None where that was nothing."""
    if not recorded:
        return None
    last = recorded[-1]
    if last.position == NO_POSITION_YET:
        return _encoded(last.stream, last.version)
    return _encoded(last.position)


def still_waiting(token: str, *, through: int, facts: NumberedLater) -> str | None:
    """None where a reader that stands at position `through` has read what the token stands for.

    Otherwise the token to ask with the next time: it may say more than the first one. Raises
    BadValue for what is no token.
    """
    match _decoded(token):
        case [int(position)]:
            known = position
        case [str(stream), int(version)]:
            known = facts.numbered_by(stream, version)
        case _:
            raise BadValue(field="consistency", reason="malformed", detail="no token of ours")
    if known is None:
        return token
    return None if through >= known else _encoded(known)


def _encoded(*said: str | int) -> str:
    text = json.dumps(said, separators=(",", ":"), ensure_ascii=False)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(token: str) -> list[object]:
    try:
        if len(token) > TOKEN_MAX:
            raise ValueError
        padded = token + "=" * (-len(token) % 4)
        return cast(list[object], json.loads(urlsafe_b64decode(padded.encode("ascii"))))
    except (ValueError, RecursionError):
        return []
