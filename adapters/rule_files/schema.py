"""The JSON Schema (draft 2020-12) of rule files, made from the types of the language.

Editors use it to complete and check while one writes; what needs more than the form (ids used
twice, a band that posts) is left to `conciliar rules validate`.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Final, TypeAlias

from adapters.rule_files.typed import Hint, hint_of, said_of, slots_of
from domain.rules.language import LANGUAGE_VERSION, RuleSetText

Schema: TypeAlias = "dict[str, Any]"

SCHEMA_ID: Final = f"urn:conciliar:rules:{LANGUAGE_VERSION}"


def schema_text() -> str:
    """The schema as JSON text, always the same bytes."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> Schema:
    """The schema of a file of rules."""
    definitions: dict[str, Schema] = {}
    root = _of(hint_of(RuleSetText), definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Matching rules",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _of(hint: Hint, definitions: dict[str, Schema]) -> Schema:
    found = _form(hint, definitions)
    return {"description": hint.says, **found} if hint.says else found


def _form(hint: Hint, definitions: dict[str, Schema]) -> Schema:
    if hint.member is not None:
        items: Schema = {"type": "array", "items": _of(hint.member, definitions)}
        if hint.bounds:
            items |= {"minItems": hint.bounds.least, "maxItems": hint.bounds.most}
        return items
    if hint.forms is not None:
        return {"oneOf": [_tagged(tag, kind, definitions) for tag, kind in hint.forms.items()]}
    if hint.record is not None:
        return _reference(hint.record, definitions)
    if hint.choices is not None:
        return {"enum": list(hint.choices)}
    return _scalar(hint)


def _reference(kind: type, definitions: dict[str, Schema]) -> Schema:
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # so that a type within itself would end
        definitions[kind.__name__] = {
            "type": "object",
            "description": said_of(kind),
            "additionalProperties": False,
            "required": [slot.name for slot in slots_of(kind) if not slot.optional],
            "properties": {slot.name: _of(slot.hint, definitions) for slot in slots_of(kind)},
        }
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _tagged(tag: str, kind: type, definitions: dict[str, Schema]) -> Schema:
    slots = slots_of(kind)
    if not slots:
        return {"const": tag, "description": said_of(kind)}
    return {
        "type": "object",
        "description": said_of(kind),
        "additionalProperties": False,
        "required": [tag],
        "properties": {tag: _of(slots[0].hint, definitions)},
    }


def _scalar(hint: Hint) -> Schema:
    if hint.of is date:
        return {"type": "string", "format": "date"}
    found: Schema = {"type": "integer" if hint.of is int else "string"}
    if hint.of is int and hint.bounds:
        found |= {"minimum": hint.bounds.least, "maximum": hint.bounds.most}
    elif hint.bounds:
        found |= {"minLength": hint.bounds.least, "maxLength": hint.bounds.most}
    if hint.written:
        found["pattern"] = f"^(?:{hint.written.pattern})$"
    return found
