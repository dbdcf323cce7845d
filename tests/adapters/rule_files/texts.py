"""Files of rules for tests."""

from __future__ import annotations

GOOD = """\
language: 1
name: transfers
version: 1
rules:
  - id: invoice-end
    scope: {payments: core, lines: "bank:017", currency: ARS}
    stage: 1
    keys:
      - {namespace: reference, normaliser: {digits_last: 8}}
      - {namespace: merchant, normaliser: as_shown}
    compare:
      amount: exact
      date: {business_days: {calendar: AR, min: 0, max: 5}}
    contradictions: [reference_refuted]
    cardinality: one_to_one
    on_tie: ambiguous
    action: post
    budget: {max_false_ppm: 1000, min_support: 3000, review_sample: 50}
    effective_from: 2026-01-01
"""
"""Every field once, without a fault."""


def changed(old: str, new: str) -> str:
    """The good file with one text in place of another."""
    assert GOOD.count(old) == 1, f"{old!r} stands {GOOD.count(old)} times"
    return GOOD.replace(old, new)


def bad(*changes: tuple[str, str]) -> str:
    """The good file with several changes."""
    text = GOOD
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text
