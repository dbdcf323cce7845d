"""The rule language: what a rule can say, as types.

A rule set is data: it has no loops, no expressions and no code, so reading and judging it always
end. Readers, JSON Schema and documentation are made from these types alone; a field's metadata
(`Says`, `Bounds`, `Written`) is its limits and what editors show of it.

A choice between forms is a union of classes with a `TAG`: one without fields is written as its tag
(`amount: exact`), one with a field as a mapping of its tag to that (`amount: {band: 500}`).

    RuleSetText     name, version, rules
      Rule          one way in which a line can show a payment
        Scope       where it may post
        Key         what line and payment must share: the candidates
        Compare     how amount and days are compared
        Budget      how many false matches it may make before it only suggests

What a rule cannot change: X1 to X8 contradict, E1 to E10 decide, only class C is made, in a sealed
window, and after the built-in rules. Scope, days, `contradictions` and `effective_from` narrow what
a rule may post; they never take away what competes with it, for only X1 to X8 do (E2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

LANGUAGE_VERSION: Final = 1
"""The version of this language; another one is another reader."""

RULES_MAX: Final = 50
"""Rules of one set."""

KEYS_MAX: Final = 4
"""Keys of one rule."""

NAME_PATTERN: Final = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"


@dataclass(frozen=True, slots=True)
class Says:
    """What a field means, in one sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most: of a number its value, of a text its length, of a list its size."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Written:
    """The regular expression that the whole text must be."""

    pattern: str


Name: TypeAlias = Annotated[str, Written(NAME_PATTERN), Bounds(1, 40)]
Source: TypeAlias = Annotated[str, Written(r"[A-Za-z0-9_.:-]+"), Bounds(1, 80)]
Currency: TypeAlias = Annotated[str, Written(r"[A-Z]{3}"), Bounds(3, 3)]
Ppm: TypeAlias = Annotated[int, Bounds(1, 1_000_000)]

ID_NAMESPACES: Final = ("reference", "end_to_end_id", "payment_id")
"""Ids of the payment itself: looked for in every id field and in the text of a line."""

Namespace = Literal[
    "reference", "end_to_end_id", "payment_id", "payer_account", "payer_tax_id", "merchant"
]
"""Those ids, and who paid or who is paid, as the built-in rules read them."""

IdLength: TypeAlias = Annotated[int, Bounds(6, 30)]


@dataclass(frozen=True, slots=True)
class Alnum:
    """All letters and digits, folded and joined."""

    TAG: ClassVar[str] = "alnum"


@dataclass(frozen=True, slots=True)
class ZeroStripped:
    """Each run of letters and digits without its leading zeros, joined."""

    TAG: ClassVar[str] = "zero_stripped"


@dataclass(frozen=True, slots=True)
class Digits:
    """The digits alone."""

    TAG: ClassVar[str] = "digits"


@dataclass(frozen=True, slots=True)
class Last:
    """The last letters and digits, as many as said."""

    TAG: ClassVar[str] = "last"
    length: IdLength


@dataclass(frozen=True, slots=True)
class DigitsLast:
    """The last digits, as many as said."""

    TAG: ClassVar[str] = "digits_last"
    length: IdLength


@dataclass(frozen=True, slots=True)
class AsShown:
    """As the built-in rules read it: the only form of payers and merchants."""

    TAG: ClassVar[str] = "as_shown"


Normaliser: TypeAlias = Alnum | ZeroStripped | Digits | Last | DigitsLast | AsShown


@dataclass(frozen=True, slots=True)
class Exact:
    """The line's amount is the payment's, in its currency."""

    TAG: ClassVar[str] = "exact"


@dataclass(frozen=True, slots=True)
class NetOf:
    """The line's amount is the payment's, or that net of the merchant's schedule, exactly."""

    TAG: ClassVar[str] = "net_of"
    what: Annotated[Literal["schedule"], Says("The schedule in force on the payment's local day.")]


@dataclass(frozen=True, slots=True)
class Band:
    """The amounts differ by so many minor units at most. Suggests only: X6 explains no band."""

    TAG: ClassVar[str] = "band"
    minor: Annotated[int, Bounds(1, 1_000_000_000)]


Amount: TypeAlias = Exact | NetOf | Band


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """From `min` to `max` business days after the payment's local day, both rolled forward."""

    calendar: Annotated[Literal["AR"], Says("The business calendar to count by.")]
    min: Annotated[int, Bounds(0, 60), Says("The fewest business days.")]
    max: Annotated[int, Bounds(0, 60), Says("The most business days.")]


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """The line's value date lies so many business days after the payment. X7 holds as well."""

    TAG: ClassVar[str] = "business_days"
    days: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where the rule may post: a pair of sources, and a currency."""

    payments: Annotated[Source, Says("The system that the payments come from, such as core.")]
    lines: Annotated[Source, Says("The source of the lines, such as bank:017.")]
    currency: Annotated[Currency, Says("The currency of both, such as ARS.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Something that the line shows and the payment has, compared as the normaliser says."""

    namespace: Annotated[Namespace, Says("Which id of the payment, its payer or its merchant.")]
    normaliser: Annotated[Normaliser, Says("How both sides are written before they are compared.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """What must agree besides the keys."""

    amount: Annotated[Amount, Says("How the amounts are compared.")]
    date: Annotated[
        BusinessDays | None, Says("When the line may come; without it X7 alone decides.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What the rule may cost before it is demoted to suggestions, by itself."""

    max_false_ppm: Annotated[
        Ppm, Says("The most false matches, parts a million, at the upper bound of 95 %.")
    ]
    min_support: Annotated[
        int, Bounds(1, 100_000_000), Says("Matches before the upper bound counts.")
    ]
    review_sample: Annotated[
        int, Bounds(0, 10_000), Says("Matches of each version that a person is asked to review.")
    ]


Contradiction = Literal["merchant_not_shown", "payer_not_shown", "reference_refuted"]
"""What else may speak against posting an edge; X1 to X8 always do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; it is called <set>.<id>@<version> in matches, proofs and reports."""

    id: Annotated[Name, Says("The rule's name within its set.")]
    scope: Annotated[Scope, Says("Where the rule may post.")]
    stage: Annotated[
        int, Bounds(1, 9), Says("The sub-stage of class C, after the built-in ones; 1 comes first.")
    ]
    keys: Annotated[
        tuple[Key, ...], Bounds(1, KEYS_MAX), Says("What line and payment share: all of it.")
    ]
    compare: Annotated[Compare, Says("What must agree besides the keys.")]
    contradictions: Annotated[
        tuple[Contradiction, ...], Bounds(0, 3), Says("What else keeps an edge from being posted.")
    ] = ()
    cardinality: Annotated[
        Literal["one_to_one", "twins"],
        Says("One line to one payment; `twins` also posts sets of twins as a whole (E3)."),
    ] = "one_to_one"
    on_tie: Annotated[
        Literal["ambiguous", "all"],
        Says("Several candidates: say so, or suggest all. Only `ambiguous` may post."),
    ] = "ambiguous"
    action: Annotated[
        Literal["post", "suggest"], Says("Post what is the only possibility, or only suggest it.")
    ]
    budget: Annotated[Budget, Says("What the rule may cost before it only suggests.")]
    effective_from: Annotated[date, Says("The first value date that the rule may post.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetText:
    """A rule set, as its file says it."""

    language: Annotated[Literal[1], Says("The version of the rule language: 1.")]
    name: Annotated[Name, Says("The set's name.")]
    version: Annotated[
        int, Bounds(1, 1_000_000), Says("The set's version; a changed text needs a new one.")
    ]
    rules: Annotated[tuple[Rule, ...], Bounds(1, RULES_MAX), Says("The rules.")]

    def name_of(self, rule: Rule) -> str:
        """What matches call the rule: <set>.<id>@<version>."""
        return f"{self.name}.{rule.id}@{self.version}"


Path: TypeAlias = tuple[str | int, ...]
"""Where in the text: names of fields and places in lists, from 0."""
