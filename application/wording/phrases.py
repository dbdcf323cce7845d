"""What a language has to have words for, and the language by its name.

Texts hold names in braces; those of one text are the same in every language. A text that is counted
has two forms, for one and for many, and may hold {count}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from domain.rule_set import is_configured

CONFIGURED: Final = "configured"
"""The words for every configured rule: its name, <set>.<id>, says the rest."""

Language = Literal["es", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

Texts: TypeAlias = Mapping[str, str]
Counted: TypeAlias = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """The words of one language.

    `rules` name what posts, `why` says what it saw, both without version. `evidence` is what a line
    shows, `places` where; `codes` are contradictions (X), exactness (E), references (R), fees (F),
    duplicates (U) and the stages that leave a line open. `topics` tell a fact, with the fact's
    fields in braces. `noted` are reasons that the engine writes. `supporting` is
    what speaks for a suggestion, `lacking` what a match would need besides. `templates` and
    `counted` are the sentences around all of these.
    """

    language: Language
    conjunction: str
    rules: Texts
    why: Texts
    classes: Texts
    statuses: Texts
    evidence: Texts
    places: Texts
    codes: Texts
    reasons: Texts
    residuals: Texts
    standings: Texts
    causes: Texts
    groups: Texts
    feeds: Texts
    methods: Texts
    noted: Texts
    topics: Texts
    supporting: Texts
    lacking: Texts
    templates: Texts
    counted: Counted

    def say(self, template: str, **values: object) -> str:
        """A template with its names filled in."""
        return self.templates[template].format_map(values)

    def count(self, text: str, count: int, **values: object) -> str:
        """A counted text in the form for `count`."""
        one, many = self.counted[text]
        return (one if count == 1 else many).format_map({"count": count, **values})

    def meaning(self, table: Texts, name: str) -> str:
        """What a name of a table means; the name itself where a newer program recorded it."""
        return table.get(name, name)

    def code(self, name: str) -> str:
        """What a contradiction or the rule that refused means."""
        return self.meaning(self.codes, name)

    def rule(self, name: str) -> str:
        """What a posting rule means, with or without its version."""
        base = name.partition("@")[0]
        return self.meaning(self.rules, CONFIGURED if is_configured(base) else base)

    def joined(self, parts: Sequence[str]) -> str:
        """Parts as one enumeration: "a", "a and b", "a, b and c"."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self.conjunction} {parts[-1]}"


def of(language: Language) -> Phrases:
    """The phrases of a language."""
    from application.wording import en, es

    return {"es": es.ES, "en": en.EN}[language]
