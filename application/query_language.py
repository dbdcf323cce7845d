"""From the parameters of a list to what is asked: filters, search, order, length of a page.

    field=v · field.in=a,b · field.gte= .gt .lte .lt · field.prefix= (3 characters on)
    field.exists=true · sort=-value_date,amount · q=… · limit=1…500
    fields=id,amount · known_at=position:48211907

All filters hold at once (AND). A parameter that nobody knows, or that comes twice, is refused: a
misspelt filter must not widen a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from application.nearness import near
from application.query_conditions import (
    All,
    Compare,
    Condition,
    Exists,
    Not,
    OneOf,
    SortKey,
    both,
)
from application.query_fields import OPERATORS, Field, fields_for
from application.query_refusals import (
    CurrencyRequired,
    InvalidParameter,
    QueryTooBroad,
    UnknownParameter,
)
from application.query_search import parse_search
from application.query_values import read_flag, read_value
from projections.resources import Resource

LIMIT_DEFAULT, LIMIT_MAX = 50, 500
"""Rows of a page."""

SORT_FIELDS_MAX = 2
"""Fields that a list is put in order by; the id comes last, always."""

PREFIX_LENGTH_MIN = 3
"""Characters of a prefix: a shorter one is half of everything."""

VALUES_MAX = 50
"""Values of one `.in`."""

PARAMETERS_MAX = 40
"""Parameters of one query."""

ID = "id"
ALWAYS_SHOWN = ("object", "id")
"""Fields that `fields` cannot leave out: without them nobody knows what the others are of."""

RESERVED = ("sort", "q", "limit", "fields", "known_at")
RESERVED_OF_ITEM = ("fields", "known_at")

_LIMIT = re.compile(r"[1-9][0-9]{0,2}")
_POSITION = re.compile(r"position:(0|[1-9][0-9]{0,17})")

Parameters = Sequence[tuple[str, str]]
"""Names and values as they came, in order, decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of a resource: which rows, in which order, how many a page.

    `sort` ends with the id, so that it puts any rows in one order. `understood` are the terms of a
    search, to be shown. `fields` are those to be shown, None for all; `known_at` is the position
    whose state is asked for, None for the present one.
    """

    resource: Resource
    condition: Condition
    sort: tuple[SortKey, ...]
    limit: int
    understood: tuple[Mapping[str, object], ...] = ()
    fields: frozenset[str] | None = None
    known_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """How one thing is asked for: `fields` and `known_at` as those of a Query."""

    fields: frozenset[str] | None
    known_at: int | None


def parse_item_query(resource: Resource, parameters: Parameters, *, partner: bool) -> ItemQuery:
    """The question about one thing. Raises UnknownParameter, InvalidParameter."""
    given = _once(parameters)
    for name in given:
        if name not in RESERVED_OF_ITEM:
            raise UnknownParameter(name=name, nearest=_nearest(name, RESERVED_OF_ITEM))
    shown = fields_for(resource, partner=partner)
    return ItemQuery(
        fields=_fields(given.get("fields"), shown), known_at=_known_at(given.get("known_at"))
    )


def parse_query(resource: Resource, parameters: Parameters, *, partner: bool) -> Query:
    """The query of these parameters, over the fields that exist for the caller.

    Raises a QueryRefusal.
    """
    if len(parameters) > PARAMETERS_MAX:
        raise QueryTooBroad(reason=f"over-{PARAMETERS_MAX}-parameters")
    fields = fields_for(resource, partner=partner)
    given = _once(parameters)
    reserved = {name: given.pop(name) for name in RESERVED if name in given}
    conditions: list[Condition] = []
    amounts: list[str] = []
    for name, text in given.items():
        field, op = _named(name, fields)
        conditions.append(_filter(field, op, text, name))
        if field.kind == "amount" and op != "exists":
            amounts.append(name)
    currency = _currency(conditions)
    if amounts and currency is None:
        raise CurrencyRequired(name=amounts[0])
    understood: tuple[Mapping[str, object], ...] = ()
    if "q" in reserved:
        search = parse_search(reserved["q"], resource=resource, fields=fields, currency=currency)
        conditions.append(search.condition)
        understood = search.terms
    return Query(
        resource=resource,
        condition=both(conditions) if conditions else All(),
        sort=_sort(reserved.get("sort"), fields),
        limit=_limit(reserved.get("limit")),
        understood=understood,
        fields=_fields(reserved.get("fields"), fields),
        known_at=_known_at(reserved.get("known_at")),
    )


def _once(parameters: Parameters) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, text in parameters:
        if name in given:
            raise UnknownParameter(name=name, nearest=None, repeated=True)
        given[name] = text
    return given


def _named(name: str, fields: Mapping[str, Field]) -> tuple[Field, str]:
    field_name, dot, suffix = name.partition(".")
    field, op = fields.get(field_name), suffix if dot else "eq"
    if field is None or op not in OPERATORS[field.kind] or suffix == "eq":
        raise UnknownParameter(name=name, nearest=_nearest(name, parameter_names(fields)))
    return field, op


def parameter_names(fields: Mapping[str, Field]) -> tuple[str, ...]:
    """Every parameter that a list of these fields takes, but for the cursor."""
    filters = (
        name if op == "eq" else f"{name}.{op}"
        for name, field in fields.items()
        for op in OPERATORS[field.kind]
    )
    return (*RESERVED, *filters)


def _nearest(name: str, names: Iterable[str]) -> str | None:
    found = near(name[:TYPED_MAX], names)
    return found[0] if found else None


TYPED_MAX = 60
"""Characters of an unknown name for which a likely one is looked for."""


def _filter(field: Field, op: str, text: str, name: str) -> Condition:
    match op:
        case "in":
            return OneOf(field=field.name, values=_values(field, text, name))
        case "exists":
            exists = Exists(field=field.name)
            return exists if read_flag(text, name=name) else Not(condition=exists)
        case "prefix":
            if len(text) < PREFIX_LENGTH_MIN:
                raise QueryTooBroad(reason=f"prefix-under-{PREFIX_LENGTH_MIN}-characters")
            return Compare(field=field.name, op=op, value=read_value(field, text, name=name))
        case "eq" | "gte" | "gt" | "lte" | "lt":
            return Compare(field=field.name, op=op, value=read_value(field, text, name=name))
        case _:
            raise ValueError(f"no operator {op}")


def _values(field: Field, text: str, name: str) -> tuple[str | int, ...]:
    parts = text.split(",")
    if len(parts) > VALUES_MAX:
        raise QueryTooBroad(reason=f"over-{VALUES_MAX}-values")
    return tuple(dict.fromkeys(read_value(field, part, name=name) for part in parts))


def _currency(conditions: Iterable[Condition]) -> str | None:
    for each in conditions:
        if isinstance(each, Compare) and each.field == "currency" and isinstance(each.value, str):
            return each.value
    return None


def _sort(text: str | None, fields: Mapping[str, Field]) -> tuple[SortKey, ...]:
    names = text.split(",") if text is not None else []
    if len(names) > SORT_FIELDS_MAX:
        raise InvalidParameter(name="sort", reason=f"over-{SORT_FIELDS_MAX}-fields")
    keys: list[SortKey] = []
    for name in names:
        key = SortKey(field=name.removeprefix("-"), descending=name.startswith("-"))
        field = fields.get(key.field)
        if field is None or not field.sorted:
            raise InvalidParameter(name="sort", reason="not-a-field-to-sort-by")
        if any(other.field == key.field for other in keys):
            raise InvalidParameter(name="sort", reason="field-twice")
        keys.append(key)
        if key.field == ID:  # ids differ: nothing after it could matter
            return tuple(keys)
    # In the direction of the first, so that one index gives the whole order, forwards or backwards.
    return (*keys, SortKey(field=ID, descending=bool(keys) and keys[0].descending))


def _limit(text: str | None) -> int:
    if text is None:
        return LIMIT_DEFAULT
    if not _LIMIT.fullmatch(text) or int(text) > LIMIT_MAX:
        raise InvalidParameter(name="limit", reason=f"not-1-to-{LIMIT_MAX}")
    return int(text)


def _fields(text: str | None, fields: Mapping[str, Field]) -> frozenset[str] | None:
    if text is None:
        return None
    names = text.split(",")
    if len(names) > VALUES_MAX:
        raise QueryTooBroad(reason=f"over-{VALUES_MAX}-values")
    if not all(name in fields for name in names):
        raise InvalidParameter(name="fields", reason="not-a-field")
    return frozenset((*ALWAYS_SHOWN, *names))


def _known_at(text: str | None) -> int | None:
    if text is None:
        return None
    found = _POSITION.fullmatch(text)
    if found is None:
        # An instant is answered by replay of one thing's facts, which no list is made of.
        raise InvalidParameter(name="known_at", reason="not-position-and-a-number")
    return int(found[1])
