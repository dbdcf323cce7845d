"""Whether a statement follows the one before it without a gap: by number, page and balance.

A statement whose predecessor is missing is held: its lines are recorded, and nobody sees them until
the missing one arrives or a person accepts the gap. The first statement of an account follows
nothing; one that is older than all that are known does neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.delivery import StatementContent

UNCHAINED_FORMATS = ("camt.052", "camt.054", "mt942")
"""Formats of reports during the day and of notices: the statements that come after them count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A statement of an account's chain: `family` is its format without a version."""

    stream: str
    family: str
    content: StatementContent

    @property
    def order(self) -> tuple[object, ...]:
        """Statements of one account in the order in which they were drawn up."""
        content = self.content
        return (content.first_day, content.last_day, content.sequence or 0, content.page or 0)


def family_of(format_name: str | None) -> str:
    """The format without a version: "camt.053" of "camt.053.001.08"."""
    return ".".join((format_name or "").split(".")[:2])


def is_chained(family: str) -> bool:
    """Whether gaps between statements of this format mean anything."""
    return not family.startswith(UNCHAINED_FORMATS)


def gap_before(link: Link, sealed: Iterable[Link]) -> str | None:
    """What is missing before a statement, in words; None where it may be sealed.

    `sealed` are statements of the same account.
    """
    if not is_chained(link.family):
        return None
    before = [each for each in sealed if _is_alike(each, link) and each.order < link.order]
    if not before:
        return None
    last = max(before, key=lambda each: each.order)
    return _by_number(last.content, link.content) or _by_balance(last.content, link.content)


def _is_alike(one: Link, other: Link) -> bool:
    currencies = {one.content.currency, other.content.currency} - {None}
    return one.stream != other.stream and one.family == other.family and len(currencies) < 2


def _by_number(last: StatementContent, this: StatementContent) -> str | None:
    if last.sequence is None or this.sequence is None:
        return None
    if this.sequence == last.sequence and not _restarts(last, this):
        return _by_page(last.page or 1, this.page or 1, number=this.sequence)
    if last.more_pages:
        return f"page {(last.page or 1) + 1} of statement {last.sequence} is missing"
    expected = 1 if _restarts(last, this) else last.sequence + 1
    if this.sequence > expected:
        return _missing(expected, this.sequence - 1)
    if this.sequence < expected and this.opening_minor is None:
        return f"statement {expected} was expected, not {this.sequence}"
    return _by_page(0, this.page or 1, number=this.sequence)


def _restarts(last: StatementContent, this: StatementContent) -> bool:
    """Banks count from 1 again each year."""
    assert last.sequence is not None
    assert this.sequence is not None
    return this.last_day.year > last.last_day.year and this.sequence <= last.sequence


def _by_page(last: int, this: int, *, number: int) -> str | None:
    return f"page {last + 1} of statement {number} is missing" if this > last + 1 else None


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"statement {first} is missing"
    return f"statements {first} to {last} are missing"


def _by_balance(last: StatementContent, this: StatementContent) -> str | None:
    """The closing balance of one is the opening balance of the next, where they do not overlap."""
    if last.closing_minor is None or this.opening_minor is None:
        return None
    numbered = last.sequence is not None and this.sequence is not None
    if not numbered and this.first_day <= last.last_day:
        return None
    if numbered and (this.sequence, this.page or 1) == (last.sequence, last.page or 1):
        return None  # the same statement from another file
    if this.opening_minor == last.closing_minor:
        return None
    return (
        f"it opens with {this.opening_minor}, the one before it closed with {last.closing_minor}"
        " (minor units)"
    )
