"""The page's own words by language; what rules and codes mean stands in application/wording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from application.wording.phrases import Language, Phrases, of
from handlers.page.numbers import Numbers
from handlers.page.words_en import WORDS_EN
from handlers.page.words_es import WORDS_ES

WORDS: Mapping[Language, Mapping[str, str]] = {"en": WORDS_EN, "es": WORDS_ES}


@dataclass(frozen=True, slots=True)
class Voice:
    """How the page speaks: its words, those of explanations, and its numbers, in one language."""

    phrases: Phrases
    numbers: Numbers
    words: Mapping[str, str]

    def __call__(self, name: str, **values: object) -> str:
        """A text with its names filled in."""
        return self.words[name].format_map(values)

    def items(self, count: int) -> str:
        """1 item, 2 items."""
        name = "items_one" if count == 1 else "items_many"
        return self(name, count=self.numbers.count(count))

    def reason(self, name: str, *, kind: str = "name") -> str:
        """A reason: its name, what it `means`, or what to `do`; a newer one by its own name."""
        return self.words.get(f"reason.{name}.{kind}", name.replace("_", " "))


def voice(lang: Language) -> Voice:
    """The voice of a language."""
    return Voice(phrases=of(lang), numbers=Numbers(lang), words=WORDS[lang])
