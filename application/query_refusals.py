"""Why a query is not answered.

QueryRefusal
  UnknownParameter · InvalidParameter · CurrencyRequired · QueryTooBroad
  CursorRefusal
    CursorInvalid · CursorExpired · CursorWithParameters
  ItemUnknown · KnownAtRefused
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from domain.errors import Refusal


@dataclass(unsafe_hash=True, kw_only=True)
class QueryRefusal(Refusal):
    """A query that cannot be answered as it was asked."""


@dataclass(unsafe_hash=True, kw_only=True)
class UnknownParameter(QueryRefusal):
    """No parameter has this `name`, or it came twice; `nearest` may have been meant."""

    name: str
    nearest: str | None
    repeated: bool = False


@dataclass(unsafe_hash=True, kw_only=True)
class InvalidParameter(QueryRefusal):
    """The value of `name` cannot be read; `reason` is a machine name such as "not-a-day"."""

    name: str
    reason: str


@dataclass(unsafe_hash=True, kw_only=True)
class CurrencyRequired(QueryRefusal):
    """`name` asks for an amount, and no `currency` says of what."""

    name: str


@dataclass(unsafe_hash=True, kw_only=True)
class QueryTooBroad(QueryRefusal):
    """It would have to look at too much; `reason` says what to narrow."""

    reason: str


@dataclass(unsafe_hash=True, kw_only=True)
class CursorRefusal(QueryRefusal):
    """The place where a list should go on was not accepted."""


@dataclass(unsafe_hash=True, kw_only=True)
class CursorInvalid(CursorRefusal):
    """The cursor was not made here, for this caller, for this list."""


@dataclass(unsafe_hash=True, kw_only=True)
class CursorExpired(CursorRefusal):
    """The cursor is too old, or the state that it reads was let go of: begin anew."""

    reason: Literal["age", "history"]


@dataclass(unsafe_hash=True, kw_only=True)
class CursorWithParameters(CursorRefusal):
    """A cursor holds the whole query; another parameter came along."""


@dataclass(unsafe_hash=True, kw_only=True)
class ItemUnknown(QueryRefusal):
    """Nothing of this id, or nothing that the caller may see: the same answer."""


@dataclass(unsafe_hash=True, kw_only=True)
class KnownAtRefused(QueryRefusal):
    """The state of `position` cannot be read: it is to come, or no list keeps it (any more)."""

    position: int
    reason: Literal["future", "not-kept"]
