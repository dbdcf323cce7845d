"""What lists should hold, worked out the slow way: every row is looked at, and sorted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from application.nearness import is_one_slip
from application.ports import ViewStore
from application.query_conditions import (
    All,
    AnyOf,
    Compare,
    Condition,
    Exists,
    Not,
    OneOf,
    Phrase,
    SortKey,
    Within,
    Word,
    can_slip,
    found_under,
)
from application.query_fields import FIELDS
from projections import matches, payment_status
from projections.listed import MODELS, Listed, listed
from projections.resources import Resource


@dataclass
class Known:
    """Documents of other rows, by asking for all of them."""

    views: ViewStore

    def merchant_of(self, payment: str) -> str:
        found = self.views.get_many(payment_status.MODEL, [payment])
        return str(found[payment]["merchant"]) if found else ""

    def payments_of(self, match_id: str) -> tuple[str, ...]:
        found: Any = self.views.get_many(matches.MODEL, [match_id])
        return tuple(found[match_id]["payments"]) if found else ()


def all_rows(views: ViewStore, resource: Resource) -> list[Listed]:
    """Every row of a resource, as the read models stand."""
    known = Known(views)
    made = [listed(resource, key, body, known) for key, body in views.all(MODELS[resource])]
    return [row for row in made if row is not None]


def chosen(
    rows: Sequence[Listed], resource: Resource, condition: Condition, sort: Sequence[SortKey]
) -> list[str]:
    """The ids of the rows that a condition chooses, in order."""
    found = [row for row in rows if holds(row, resource, condition)]
    for key in reversed(sort):
        found.sort(key=lambda row, name=key.field: value(row, name), reverse=key.descending)
    return [row.id for row in found]


def value(row: Listed, name: str) -> Any:
    """A field as it is compared: amounts by their minor units, positions as numbers."""
    found: Any = row.body.get(name)
    if name == "position":
        return int(found)
    return int(found["minor"]) if isinstance(found, dict) else found


def holds(row: Listed, resource: Resource, condition: Condition) -> bool:
    """Whether a condition chooses the row."""
    match condition:
        case Compare():
            return _compares(value(row, condition.field), condition)
        case OneOf():
            return value(row, condition.field) in condition.values
        case Exists():
            return value(row, condition.field) is not None
        case Word():
            return any(_is(word, condition) for run in _runs(row, resource) for word in run)
        case Phrase():
            wanted = condition.words
            return any(
                run[at : at + len(wanted)] == wanted
                for run in _runs(row, resource)
                for at in range(len(run))
            )
        case Within():
            return bool(row.merchants) and condition.merchants.issuperset(row.merchants)
        case Not():
            return not holds(row, resource, condition.condition)
        case All():
            return all(holds(row, resource, each) for each in condition.conditions)
        case AnyOf():
            return any(holds(row, resource, each) for each in condition.conditions)


def _compares(found: Any, condition: Compare) -> bool:
    if found is None:
        return False
    match condition.op:
        case "eq":
            return found == condition.value
        case "gte":
            return found >= condition.value
        case "gt":
            return found > condition.value
        case "lte":
            return found <= condition.value
        case "lt":
            return found < condition.value
        case "prefix":
            return found.startswith(condition.value)


def _is(word: str, wanted: Word) -> bool:
    slipped = wanted.slips and can_slip(word) and is_one_slip(word, wanted.word)
    return word == wanted.word or slipped


def _runs(row: Listed, resource: Resource) -> list[tuple[str, ...]]:
    return [
        run
        for field in FIELDS[resource].values()
        if field.found and isinstance(text := row.body.get(field.name), str)
        for run in found_under(text)
    ]
