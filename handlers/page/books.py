"""The bank reconciliation statements: all accounts at the end, and the busiest day by day."""

from __future__ import annotations

from collections.abc import Sequence

from application.reconciliation import Reconciliation
from handlers.page.content import Content
from handlers.page.markup import Markup, joined, tag
from handlers.page.tables import Column, table
from handlers.page.words import Voice

ACCOUNTS_SHOWN_MAX = 20
"""Accounts that are listed, the largest; one that does not close is always listed."""


def books(found: Content, say: Voice) -> Markup:
    """Every account's statement in a row, then the rolls of those that moved most."""
    if not found.summary.books:
        return tag("p", say("verdict_no_books"))
    rolls = [_roll(of_account, say) for of_account in found.ledgers]
    note = tag("p", say("ledgers_note"), class_="note")
    return joined((_accounts(found, say), note, rolls))


def _accounts(found: Content, say: Voice) -> Markup:
    every = found.summary.books
    shown = _shown(every)
    columns: tuple[Column, ...] = (
        (say("account"), "code"),
        (say("currency"), "text"),
        *(
            (say(name), "number")
            for name in ("statement", "ledger", "difference", "explained", "by_lines", "residual")
        ),
        ("", "text"),
    )
    residual = sum(abs(one.residual_minor) for one in every)
    lines = sum(len(one.differences) for one in every)
    foot = (
        say("overall", count=say.numbers.count(len(every))),
        *("",) * 5,
        say.numbers.count(lines),
        say.numbers.count(residual) if not residual else _minor_units(residual, every, say),
        _closes(every, say),
    )
    made = table(
        columns,
        (_account(one, say) for one in shown),
        caption=say("books_as_of", day=say.numbers.date(found.as_of)),
        foot=foot,
    )
    if len(shown) == len(every):
        return made
    hidden = say("not_shown", count=say.numbers.count(len(every) - len(shown)))
    return joined((made, tag("p", hidden, class_="note")))


def _shown(every: Sequence[Reconciliation]) -> list[Reconciliation]:
    by_size = sorted(every, key=lambda one: -abs(one.statement_closing_minor))
    chosen = {id(one) for one in by_size[:ACCOUNTS_SHOWN_MAX]}
    return [one for one in every if id(one) in chosen or not one.closes]


def _minor_units(residual: int, every: Sequence[Reconciliation], say: Voice) -> str:
    currencies = {one.currency for one in every if one.residual_minor}
    if len(currencies) == 1:
        return say.numbers.amount(residual, currencies.pop())
    return "≠ 0"


def _account(one: Reconciliation, say: Voice) -> tuple[str, ...]:
    return (
        one.account,
        one.currency,
        *_amounts(
            one,
            say,
            one.statement_closing_minor,
            one.ledger_closing_minor,
            one.difference_minor,
            one.explained_minor,
        ),
        say.numbers.count(len(one.differences)),
        _residual(one, say),
        _closes((one,), say),
    )


def _amounts(one: Reconciliation, say: Voice, *minors: int) -> tuple[str, ...]:
    return tuple(say.numbers.amount(minor, one.currency) for minor in minors)


def _residual(one: Reconciliation, say: Voice) -> str:
    if one.residual_minor:
        return say.numbers.amount(one.residual_minor, one.currency)
    if one.open_residual_minor:
        return say.numbers.amount(one.open_residual_minor, one.currency)
    return "0"


def _closes(statements: Sequence[Reconciliation], say: Voice) -> Markup:
    if all(one.closes for one in statements):
        return tag("span", f"✓ {say('closes')}", class_="good")
    return tag("span", f"✗ {say('does_not_close')}", class_="bad")


def _roll(of_account: Sequence[Reconciliation], say: Voice) -> Markup:
    last = of_account[-1]
    names = (
        "opening",
        "plus_arrivals",
        "minus_matched",
        "minus_aside",
        "equals_closing",
        "lines_open",
        "difference",
        "explained",
        "residual",
    )
    columns: tuple[Column, ...] = (
        (say("day"), "text"),
        *((say(name), "number") for name in names),
        ("", "text"),
    )
    caption = say("ledger_of", account=last.account, currency=last.currency)
    return table(columns, (_day(one, say) for one in of_account), caption=caption)


def _day(one: Reconciliation, say: Voice) -> tuple[str, ...]:
    moves = (one.opening, one.today.arrivals, one.today.matched, one.today.set_aside, one.closing)
    return (
        say.numbers.date(one.day),
        *_amounts(one, say, *(move.minor for move in moves)),
        say.numbers.count(one.closing.count),
        *_amounts(one, say, one.difference_minor, one.explained_minor),
        _residual(one, say),
        _closes((one,), say),
    )
