"""Match rates: what was matched without a person, of what could be, and of all; always both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from application.ports import ViewStore
from domain.money import half_up
from projections import match_statistics
from projections.document import amounts_of


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, both counted or both in minor units."""

    part: int
    whole: int

    @property
    def ppm(self) -> int | None:
        """Parts a million, rounded half up; None of nothing."""
        return half_up(self.part * 1_000_000, self.whole) if self.whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many, and how much: the sum of their sizes in minor units."""

    count: int
    minor: int

    @classmethod
    def of(cls, amounts: Mapping[str, int], name: str) -> Counted:
        """What a total's document says under `<name>_count` and `<name>_minor`."""
        count, minor = amounts.get(f"{name}_count", 0), amounts.get(f"{name}_minor", 0)
        return cls(count=count, minor=minor)

    @classmethod
    def by_name(cls, amounts: Mapping[str, int], prefix: str) -> dict[str, Counted]:
        """The same for every name that begins with `prefix`, without it."""
        return {name: cls.of(amounts, prefix + name) for name in _names(amounts, prefix)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """Lines and payments in a rule's standing matches, and how many it ever made and lost."""

    rule: str
    lines: Counted
    payments: int
    matches_made: int
    matches_released: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRates:
    """Lines and payments of one currency, by what became of them.

    lines = auto + provisional + decided + duplicate + void + unjudged + every `open_by_reason`

    `auto` lines are in a final match made by the engine, `decided` ones in a match made by people.
    `matchable` lines are all but duplicates and void ones (they settle nothing) and unexpected ones
    (nothing that is stored leads anywhere: charges, interest, other people's money). `of_all` keeps
    what `of_matchable` leaves out: show always both.
    """

    currency: str
    lines: Counted
    auto: Counted
    provisional: Counted
    decided: Counted
    duplicate: Counted
    void: Counted
    unjudged: Counted
    open_by_reason: Mapping[str, Counted]
    by_class: Mapping[str, Counted]
    by_rule: tuple[RuleCount, ...]
    payments: Counted
    reconciled: Counted
    partly: Counted
    expected: Counted
    cancelled: Counted
    matches: int
    released: int
    released_by: Mapping[str, int]
    contradicted: int
    repeats: int

    @property
    def matchable(self) -> Counted:
        """Lines that could be matched."""
        unexpected = self.open_by_reason.get("unexpected", Counted(count=0, minor=0))
        return Counted(
            count=self.lines.count - self.duplicate.count - self.void.count - unexpected.count,
            minor=self.lines.minor - self.duplicate.minor - self.void.minor - unexpected.minor,
        )

    @property
    def of_matchable(self) -> Share:
        """Auto-match rate: lines matched without a person, of those that could be matched."""
        return Share(self.auto.count, self.matchable.count)

    @property
    def of_all(self) -> Share:
        """Auto-match rate: lines matched without a person, of all lines."""
        return Share(self.auto.count, self.lines.count)

    @property
    def payments_reconciled(self) -> Share:
        """Payments with nothing open, of all but the cancelled; the missing and not due count."""
        return Share(self.reconciled.count, self.payments.count - self.cancelled.count)

    @property
    def by_people(self) -> Share:
        """Share of all lines that needs or needed a person: open for a reason, or decided."""
        waiting = sum(counted.count for counted in self.open_by_reason.values())
        return Share(waiting + self.decided.count, self.lines.count)


def match_rates(views: ViewStore) -> tuple[MatchRates, ...]:
    """The rates of each currency, ordered by currency."""
    return tuple(
        _rates(currency, amounts_of(document))
        for currency, document in views.all(match_statistics.MODEL)
    )


def _rates(currency: str, amounts: Mapping[str, int]) -> MatchRates:
    return MatchRates(
        currency=currency,
        lines=Counted.of(amounts, "lines"),
        auto=Counted.of(amounts, "auto"),
        provisional=Counted.of(amounts, "provisional"),
        decided=Counted.of(amounts, "decided"),
        duplicate=Counted.of(amounts, "duplicate"),
        void=Counted.of(amounts, "void"),
        unjudged=Counted.of(amounts, "unjudged"),
        open_by_reason=Counted.by_name(amounts, "open."),
        by_class=Counted.by_name(amounts, "class."),
        by_rule=_by_rule(amounts),
        payments=Counted.of(amounts, "payments"),
        reconciled=Counted.of(amounts, "reconciled"),
        partly=Counted.of(amounts, "partly"),
        expected=Counted.of(amounts, "expected"),
        cancelled=Counted.of(amounts, "cancelled"),
        matches=amounts.get("matches_count", 0),
        released=amounts.get("released_count", 0),
        released_by={
            cause: counted.count
            for cause, counted in Counted.by_name(amounts, "released_by.").items()
        },
        contradicted=amounts.get("contradicted_count", 0),
        repeats=amounts.get("repeats_count", 0),
    )


def _names(amounts: Mapping[str, int], prefix: str) -> list[str]:
    names = {name.removeprefix(prefix) for name in amounts if name.startswith(prefix)}
    return sorted({name.removesuffix("_count").removesuffix("_minor") for name in names})


def _by_rule(amounts: Mapping[str, int]) -> tuple[RuleCount, ...]:
    return tuple(
        RuleCount(
            rule=rule,
            lines=Counted.of(amounts, f"rule.{rule}"),
            payments=amounts.get(f"rule_payments.{rule}_count", 0),
            matches_made=amounts.get(f"rule_made.{rule}_count", 0),
            matches_released=amounts.get(f"rule_released.{rule}_count", 0),
        )
        for rule in _names(amounts, "rule_made.")
    )
