"""A fact in one line: its topic's phrase with the fact's own fields, none of them personal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Final

from application.wording.phrases import Phrases, Texts
from domain.facts import Fact, personal_fields
from domain.money import Money, format_money

_TABLES: Final[Mapping[tuple[str, str], Callable[[Phrases], Texts]]] = {
    ("payment.registered", "method"): lambda words: words.methods,
    ("payment.allocation_released", "reason"): lambda words: words.noted,
    ("payment.return_released", "reason"): lambda words: words.noted,
    ("payment.returned", "kind"): lambda words: words.rules,
    ("settlement.allocated", "status"): lambda words: words.statuses,
    ("settlement.allocation_released", "reason"): lambda words: words.noted,
    ("settlement.contradiction_detected", "reason"): lambda words: words.codes,
    ("settlement.duplicate_cleared", "reason"): lambda words: words.noted,
    ("settlement.left_open", "reason"): lambda words: words.reasons,
    ("settlement.left_open", "rule"): lambda words: words.codes,
    ("settlement.marked_duplicate", "rule"): lambda words: words.codes,
}
"""Fields, by topic, that hold a name of a table of phrases."""


def change(fact: Fact, words: Phrases) -> str:
    """What the fact says, in one line; the topic itself where a newer program recorded it."""
    text = words.topics.get(fact.TOPIC)
    return fact.TOPIC if text is None else text.format_map(_values(fact, words))


def _values(fact: Fact, words: Phrases) -> dict[str, str]:
    assert is_dataclass(fact)
    hidden = personal_fields(type(fact))
    return {
        field.name: _written(fact, field.name, words)
        for field in fields(fact)
        if field.name not in hidden
    }


def _written(fact: Fact, name: str, words: Phrases) -> str:
    value: object = getattr(fact, name)
    table = _TABLES.get((fact.TOPIC, name))
    if table is not None and isinstance(value, str):
        return words.meaning(table(words), value)
    match value:
        case None:
            return "–"
        case Money():
            return format_money(value, language=words.language)
        case date():
            return value.isoformat()
        case tuple():
            return ", ".join(str(each) for each in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  (tuples of a fact hold plain values)
        case _:
            return str(value)
