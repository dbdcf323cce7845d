"""Values that are made by the million: as immutable as a frozen dataclass, for the type checker.

A frozen dataclass pays for its immutability whenever one is made, more than half of what making it
costs. Facts, their envelopes, states and proofs are made a few for every payment and line; nobody
writes to one, and the type checker refuses whoever tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

Value = TypeVar("Value")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def value(kind: type[Value]) -> type[Value]:
    """A dataclass with slots, made by keyword, compared and hashed by its fields, never changed."""
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(kind)
