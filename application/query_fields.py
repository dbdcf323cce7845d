"""The fields of what can be listed: how each is asked for, sorted by, found by, and by whom seen.

One table for every adapter: SQLite makes its columns of it, a search engine its mappings. Whatever
is not `partner` here does not exist for a partner: not shown, not filtered or sorted by, not found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from projections.resources import Resource

Kind: TypeAlias = Literal["id", "word", "day", "instant", "amount", "count", "flag", "shown"]
"""`id` and `word` are texts, compared exactly; `day` and `instant` ISO 8601; `amount` minor units;
`shown` is not asked for by itself."""

Op: TypeAlias = Literal["eq", "in", "gte", "gt", "lte", "lt", "prefix", "exists"]

_RANGE: Final[tuple[Op, ...]] = ("gte", "gt", "lte", "lt")

OPERATORS: Final[Mapping[Kind, tuple[Op, ...]]] = {
    "id": ("eq", "in", "prefix", "exists"),
    "word": ("eq", "in", "exists"),
    "day": ("eq", "in", *_RANGE, "exists"),
    "instant": (*_RANGE, "exists"),
    "amount": ("eq", *_RANGE, "exists"),
    "count": ("eq", *_RANGE, "exists"),
    "flag": ("eq",),
    "shown": (),
}
"""What a field of a kind may be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a row. What is `sorted` always has a value; `found`: its texts are searched."""

    name: str
    kind: Kind
    partner: bool = True
    sorted: bool = False
    found: bool = False


def _id(name: str, *, partner: bool = True, sorted_: bool = False) -> Field:
    return Field(name=name, kind="id", found=True, partner=partner, sorted=sorted_)


def _word(name: str, *, partner: bool = True, found: bool = False) -> Field:
    return Field(name=name, kind="word", partner=partner, found=found)


def _field(name: str, kind: Kind, *, partner: bool = True, sorted_: bool = False) -> Field:
    return Field(name=name, kind=kind, partner=partner, sorted=sorted_)


def _shown(*names: str, partner: bool = True) -> tuple[Field, ...]:
    return tuple(Field(name=name, kind="shown", partner=partner) for name in names)


_POSITION: Final = _field("position", "count", sorted_=True)
"""The position of the last fact in a row; shown as text, compared as a number."""

_TABLE: Final[Mapping[Resource, tuple[Field, ...]]] = {
    "payments": (
        _id("id", sorted_=True),
        _word("state"),
        _id("payment_id"),
        _word("source", found=True),
        _id("merchant_id"),
        _word("rail", found=True),
        _word("currency"),
        _field("amount", "amount", sorted_=True),
        _field("open", "amount", sorted_=True),
        _id("reference"),
        _id("end_to_end_id"),
        _field("initiated_on", "day", sorted_=True),
        _field("value_date", "day", sorted_=True),
        _field("break_day", "day"),
        _field("cancelled_on", "day"),
        _field("recorded_at", "instant", sorted_=True),
        _field("changed_at", "instant", sorted_=True),
        _field("version", "count"),
        _POSITION,
        *_shown("object", "allocated", "returned", "initiated_at"),
        *_shown("match_ids", "settlement_ids"),
        *_shown("reserved_by", "cancelled_because", partner=False),
    ),
    "settlements": (
        _id("id", sorted_=True),
        _word("state"),
        _word("direction"),
        _word("source", found=True),
        _id("account"),
        _id("merchant_id"),
        _id("statement_id"),
        _word("currency"),
        _field("amount", "amount", sorted_=True),
        _id("reference"),
        _id("end_to_end_id"),
        _id("bank_entry_id"),
        _field("booking_date", "day", sorted_=True),
        _field("value_date", "day", sorted_=True),
        _field("reversal", "flag"),
        _id("match_id"),
        _word("rule", partner=False),
        _word("evidence", partner=False),
        _word("reason", partner=False),
        _id("duplicate_of", partner=False),
        _field("recorded_at", "instant", sorted_=True),
        _field("changed_at", "instant", sorted_=True),
        _field("version", "count"),
        _POSITION,
        *_shown("object", "payments", "candidates", "cancelled_on"),
        *_shown("rows", "cancelled_because", partner=False),
    ),
    "matches": (
        _id("id", sorted_=True),
        _word("state"),
        _word("status"),
        _word("evidence", partner=False),
        _word("rule", partner=False),
        _word("currency"),
        _field("amount", "amount", sorted_=True),
        _field("payments_total", "count"),
        _field("settlements_total", "count"),
        _field("released_at", "instant"),
        _field("recorded_at", "instant", sorted_=True),
        _POSITION,
        *_shown("object", "payments", "settlements", "allocations", "residuals"),
        *_shown("contradictions", "released_because", "fact_id", partner=False),
    ),
    "exceptions": (
        _id("id", sorted_=True),
        _word("kind"),
        _word("reason", found=True),
        _id("item"),
        _id("merchant_id"),
        _id("account"),
        _word("currency"),
        _field("open", "amount", sorted_=True),
        _field("since", "day", sorted_=True),
        _field("due", "day", sorted_=True),
        _field("break_day", "day"),
        _word("rule", partner=False),
        *_shown("object", "candidates"),
    ),
    "statements": (
        _id("id", sorted_=True),
        _word("state"),
        _id("statement_id"),
        _word("source_kind", found=True),
        _id("account"),
        _word("currency"),
        _field("first_day", "day"),
        _field("last_day", "day"),
        _field("lines", "count"),
        _field("recorded_at", "instant", sorted_=True),
        _field("version", "count"),
        _POSITION,
        *_shown("object", "credits", "debits", "opening", "closing"),
        *_shown("refused_place", "refused_because", partner=False),
    ),
}

FIELDS: Final[Mapping[Resource, Mapping[str, Field]]] = {
    resource: {field.name: field for field in fields} for resource, fields in _TABLE.items()
}
"""Every field by resource and name."""

MAIN_DAY: Final[Mapping[Resource, str]] = {
    "payments": "value_date",
    "settlements": "booking_date",
    "exceptions": "due",
    "statements": "last_day",
}
"""The day that `date:` in a search means."""

MAIN_AMOUNT: Final[Mapping[Resource, str]] = {
    "payments": "amount",
    "settlements": "amount",
    "matches": "amount",
    "exceptions": "open",
}
"""The amount that `amount:` in a search means."""


def fields_for(resource: Resource, *, partner: bool) -> Mapping[str, Field]:
    """The fields that exist for a partner, or for the bank's own people."""
    return {name: field for name, field in FIELDS[resource].items() if field.partner or not partner}
