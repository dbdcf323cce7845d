"""Rule sets as files and as facts: reading them, their life, and what they would have done."""

from __future__ import annotations

from pathlib import Path

from application.batch import InputRefused
from conciliar.composition import read_rules
from domain.rules.faults import RULES_BYTES_MAX
from domain.rules.language import RuleSetText


def content_of(path: Path) -> bytes:
    """The bytes of a file of rules, no more than one byte too many. Raises InputRefused."""
    try:
        with path.open("rb") as file:
            return file.read(RULES_BYTES_MAX + 1)
    except OSError as error:
        reason = f"not readable: {error.strerror or type(error).__name__}"
        raise InputRefused(file=str(path), place="file", reason=reason) from None


def rules_in(path: Path) -> RuleSetText:
    """The rule set in a file. Raises InputRefused, and RulesUnreadable with every fault."""
    return read_rules(content_of(path))
