"""What a step of a received file refuses; a workflow goes on by the names of these."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import Refusal


@dataclass(unsafe_hash=True)
class StepRefusal(Refusal):
    """A step that was not done."""


@dataclass(unsafe_hash=True, kw_only=True)
class FileRefused(StepRefusal):
    """The file is not imported: where, and why."""

    place: str
    reason: str


@dataclass(unsafe_hash=True, kw_only=True)
class StatementHeld(StepRefusal):
    """A statement waits for the one before it."""

    statement: str


@dataclass(unsafe_hash=True, kw_only=True)
class Rejected(StepRefusal):
    """Something is open in the file of this hash that nobody has approved."""

    sha256: str
