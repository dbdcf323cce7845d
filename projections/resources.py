"""What can be listed, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

Resource: TypeAlias = Literal["payments", "settlements", "matches", "exceptions", "statements"]

NOBODYS: Final = ""
"""A merchant that is not known, and that nobody can be granted."""

NAMES: Final[Mapping[Resource, str]] = {
    "payments": "payment",
    "settlements": "settlement",
    "matches": "match",
    "exceptions": "exception",
    "statements": "statement",
}
"""What one of a resource is called."""
