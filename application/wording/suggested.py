"""Suggestions as sentences: how likely, what speaks for each, what it lacks, what is against it."""

from __future__ import annotations

from collections.abc import Iterable

from application.results import SuggestionRow
from application.wording import phrases
from application.wording.phrases import Language, Phrases


def suggested_sentences(some: Iterable[SuggestionRow], language: Language) -> tuple[str, ...]:
    """A sentence for each suggestion, in the order in which they stand."""
    words = phrases.of(language)
    return tuple(_sentence(one, words) for one in some)


def _sentence(one: SuggestionRow, words: Phrases) -> str:
    reasons = [words.meaning(words.supporting, code) for code in one.reasons]
    lacks = [words.meaning(words.lacking, code) for code in one.lacks]
    codes = [words.say("coded", code=code, meaning=words.code(code)) for code in one.contradictions]
    return words.say(
        "suggested",
        score=one.score_permille,
        what=_what(one, words),
        reasons=words.joined(reasons) or words.say("suggested_nothing"),
        lacks=words.joined(lacks) or words.say("suggested_complete"),
        codes="; ".join(codes) or words.say("uncontradicted"),
    )


def _what(one: SuggestionRow, words: Phrases) -> str:
    line = words.count("lines", 1, names=one.settlement)
    others = one.payments_total - 1
    name = "suggested_group" if others else "suggested_pair"
    return words.say(name, line=line, payment=one.payments[0], others=others)
