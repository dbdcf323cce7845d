"""What people type into a search: `q`.

    q      = term *( blank term )                 all of them (AND), at most TERMS_MAX
    term   = ["-"] ( phrase / pair / word )       "-": without
    phrase = DQUOTE words DQUOTE                  these words, one after the other
    pair   = field ":" value                      as the filter of that name
           / "amount:" decimal [".." decimal]     with a currency beside it
           / "date:" day [".." day]               the day of the resource
    word   = anything else                        an id, whole or a word of it; from 5 letters on,
                                                  also what is one slip away

A word that looks like a pair of a field nobody knows (`pay:core:P1`) is a word. No wildcards, no
regular expressions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from application.query_conditions import (
    SLIP_LETTERS_MIN,
    All,
    AnyOf,
    Compare,
    Condition,
    Not,
    Phrase,
    Word,
    can_slip,
    folded_words,
)
from application.query_fields import MAIN_AMOUNT, MAIN_DAY, OPERATORS, Field
from application.query_refusals import CurrencyRequired, InvalidParameter, QueryTooBroad
from application.query_values import read_day, read_value
from domain.errors import BadValue
from domain.money import parse_minor
from projections.resources import Resource

SEARCH_LENGTH_MAX = 200
"""Characters of a search."""

TERMS_MAX = 8
"""Terms of a search."""

_TERM = re.compile(r'(?P<without>-?)(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
_BLANK = re.compile(r"\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A search as it was understood: its condition, and its terms to be shown."""

    condition: Condition
    terms: tuple[Mapping[str, object], ...]


def parse_search(
    text: str, *, resource: Resource, fields: Mapping[str, Field], currency: str | None
) -> Search:
    """The condition of a search over a resource's `fields`.

    Raises InvalidParameter, CurrencyRequired, QueryTooBroad.
    """
    if len(text) > SEARCH_LENGTH_MAX:
        raise QueryTooBroad(reason=f"q-over-{SEARCH_LENGTH_MAX}-characters")
    terms = [
        _Term(resource=resource, fields=fields, currency=currency, found=found).read()
        for found in _terms(text)
    ]
    if not terms:
        raise InvalidParameter(name="q", reason="empty")
    if len(terms) > TERMS_MAX:
        raise QueryTooBroad(reason=f"q-over-{TERMS_MAX}-terms")
    if all(isinstance(condition, Not) for condition, _ in terms):
        raise QueryTooBroad(reason="q-only-excludes")
    return Search(
        condition=All(conditions=tuple(condition for condition, _ in terms)),
        terms=tuple(shown for _, shown in terms),
    )


def _terms(text: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    at = _end_of_blank(text, 0)
    while at < len(text):
        term = _TERM.match(text, at)
        if term is None:  # a quotation mark that nothing closes
            raise InvalidParameter(name="q", reason="quote-not-closed")
        found.append(term)
        at = _end_of_blank(text, term.end())
    return found


def _end_of_blank(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


@dataclass(frozen=True, slots=True, kw_only=True)
class _Term:
    """One term on its way to a condition."""

    resource: Resource
    fields: Mapping[str, Field]
    currency: str | None
    found: re.Match[str]

    def read(self) -> tuple[Condition, Mapping[str, object]]:
        phrase, word = self.found["phrase"], self.found["word"]
        condition, shown = self._phrase(phrase) if word is None else self._word(word)
        if self.found["without"]:
            return Not(condition=condition), {**shown, "without": True}
        return condition, shown

    def _phrase(self, text: str) -> tuple[Condition, Mapping[str, object]]:
        words = folded_words(text)
        if not words:
            raise InvalidParameter(name="q", reason="phrase-without-words")
        return Phrase(words=words), {"phrase": list(words)}

    def _word(self, text: str) -> tuple[Condition, Mapping[str, object]]:
        name, colon, value = text.partition(":")
        if colon and name == "amount" and self.resource in MAIN_AMOUNT:
            return self._amount(value), {"amount": value}
        if colon and name == "date" and self.resource in MAIN_DAY:
            return self._date(value), {"date": value}
        field = self.fields.get(name) if colon else None
        if field is not None and "eq" in OPERATORS[field.kind] and field.kind != "amount":
            read = read_value(field, value, name=f"q:{name}")
            return Compare(field=name, op="eq", value=read), {"field": name, "value": value}
        words = folded_words(text)
        if not words:
            raise InvalidParameter(name="q", reason="term-without-letters")
        if len(words) == 1:
            return _word(words[0]), {"word": words[0]}
        whole = "".join(words)
        either = AnyOf(conditions=(Word(word=whole), Phrase(words=words)))
        return either, {"id": whole}

    def _amount(self, text: str) -> Condition:
        field = MAIN_AMOUNT[self.resource]
        if self.currency is None:
            raise CurrencyRequired(name="q:amount")
        low, dots, high = text.partition("..")
        try:
            first = parse_minor(low, self.currency)
            last = parse_minor(high, self.currency) if dots else first
        except BadValue as refused:
            raise InvalidParameter(name="q:amount", reason=refused.reason) from refused
        return _between(field, first, last)

    def _date(self, text: str) -> Condition:
        low, dots, high = text.partition("..")
        first = read_day(low, name="q:date")
        last = read_day(high, name="q:date") if dots else first
        return _between(MAIN_DAY[self.resource], first.isoformat(), last.isoformat())


def _word(word: str) -> Word:
    return Word(word=word, slips=len(word) >= SLIP_LETTERS_MIN and can_slip(word))


def _between(field: str, first: str | int, last: str | int) -> Condition:
    if first == last:
        return Compare(field=field, op="eq", value=first)
    return All(
        conditions=(
            Compare(field=field, op="gte", value=first),
            Compare(field=field, op="lte", value=last),
        )
    )
