"""Rule sets and trials, as tables for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from application.rule_budget import Measured
from application.rule_checks import RuleFinding
from application.rule_trial import OUTCOMES, Difference, Trial
from conciliar.refusals import said_of_finding
from conciliar.ruling import Known, Ruled
from domain.rule_set import RuleSet, Version
from domain.rules.precision import FalseRate
from handlers.cli import figures
from handlers.cli.json_forms import Json
from handlers.cli.screen import Tone, sheet, table, text

DIFFERENCES_SHOWN_MAX = 20
"""Differences that are printed; `--json` gives all."""


# Sets.


def known_list(known: tuple[Known, ...]) -> RenderableType:
    """Every version of every set, with how far it has come."""
    made = table("Rules", "set", "phase", "author", "approved by", "hash", ("matches", "right"))
    for one in known:
        for number, version in sorted(one.rule_set.versions.items()):
            matches = sum(m.made for m in one.measured if m.version == number)
            made.add_row(
                f"{one.rule_set.name}@{number}",
                text(_phase(version), "good" if version.phase == "active" else "plain"),
                version.author or "–",
                version.approved_by or "–",
                version.text_hash[:12],
                figures.count(matches),
            )
    return made


def _phase(version: Version) -> str:
    if version.phase == "active" and version.suggesting:
        return f"active, but suggests only: {', '.join(sorted(version.suggesting))}"
    return version.phase


def version_sheet(name: str, number: int, version: Version) -> RenderableType:
    """One version in full but for its text."""
    made = sheet("Rules", f"{name}@{number}")
    rows = [
        ("phase", _phase(version)),
        ("author", version.author or "–"),
        ("approved by", version.approved_by or "–"),
        ("hash", version.text_hash),
    ]
    if version.shadowed is not None:
        of = version.shadowed
        rows.append(
            (
                f"replayed from {of.since.isoformat()}",
                f"{of.newly} newly matched, {of.moved} moved, {of.lost} lost,"
                f" {of.contradicted} contradicted",
            )
        )
    for label, value in rows:
        made.add_row(text(label, "quiet"), value)
    return made


def measured_table(measured: list[Measured]) -> RenderableType:
    """How often each rule was false: never as nothing, always with its bound."""
    made = table(
        "Measured",
        "rule",
        ("made", "right"),
        ("undone", "right"),
        ("found false", "right"),
        "false at most (95 %)",
        "of the reviewed",
        "budget",
    )
    for one in measured:
        most = one.rule.budget.max_false_ppm
        tone: Tone = "bad" if one.over else "plain"
        made.add_row(
            one.name,
            figures.count(one.made),
            figures.count(one.undone),
            figures.count(one.found_false),
            text(f"{_bound(one.rate)}", tone),
            _bound(one.sample),
            f"{figures.count(most)} ppm from {figures.count(one.rule.budget.min_support)}",
        )
    return made


def _bound(rate: FalseRate) -> str:
    if not rate.of:
        return "unknown: none was looked at"
    seen = f"{figures.count(rate.false)} of {figures.count(rate.of)}"
    return f"{seen}: up to {figures.count(rate.upper_ppm)} ppm"


def reviews(measured: list[Measured]) -> Iterator[RenderableType]:
    """The matches that a person is asked to look at."""
    for one in measured:
        if one.to_review:
            listed = "\n".join(f"  {match}" for match in one.to_review)
            yield text(f"To review, of {one.name}:\n{listed}", "quiet")


def findings_block(found: tuple[RuleFinding, ...]) -> Iterator[RenderableType]:
    """What the history says of a set."""
    for one in found:
        yield text(said_of_finding(one), "bad" if one.refuses else "warn")


def set_form(known: Known) -> Json:
    """A set with all its versions."""
    one = known.rule_set
    return {
        "name": one.name,
        "active_version": one.active_version or None,
        "versions": [version_form(one, number) for number in sorted(one.versions)],
        "measured": [measured_form(each) for each in known.measured],
    }


def version_form(rule_set: RuleSet, number: int) -> Json:
    """A version, its text too."""
    version = rule_set.versions[number]
    return {
        "version": number,
        "phase": version.phase,
        "suggesting": sorted(version.suggesting),
        "author": version.author,
        "approved_by": version.approved_by,
        "text_hash": version.text_hash,
        "shadowed": version.shadowed,
        "text": version.text,
    }


def measured_form(one: Measured) -> Json:
    """What is known of a rule's matches."""
    return {
        "rule": one.name,
        "made": one.made,
        "contradicted": one.contradicted,
        "undone": one.undone,
        "found_false": one.found_false,
        "rate": one.rate,
        "sample": one.sample,
        "to_review": one.to_review,
        "over_budget": one.over is not None,
    }


# Orders.


def ruled_form(done: Ruled) -> Json:
    """What an order recorded."""
    return {
        "is_new": bool(done.recorded),
        "recorded": [each.fact_id for each in done.recorded],
        "judged_again": {"lines": done.judged, "recorded": done.posted},
    }


def ruled_block(done: Ruled) -> RenderableType:
    """What an order recorded, in a sentence or two."""
    if not done.recorded:
        return text("It had been so before: nothing was recorded.", "quiet")
    facts = "\n".join(f"  {each.fact_id}  {each.fact.TOPIC}" for each in done.recorded)
    said = text("Recorded\n", "good").append(facts, style="dim")
    if done.judged:
        lines, posted = figures.count(done.judged), figures.count(done.posted)
        said.append(f"\n{lines} lines were judged again: {posted} facts recorded.", style="dim")
    return said


# Trials.


def trial_blocks(trial: Trial) -> Iterator[RenderableType]:
    """A trial in tables."""
    name = f"{trial.text.name}@{trial.text.version}"
    values = table(
        f"What {name} would have done from {trial.since.isoformat()} on",
        "outcome",
        "currency",
        ("matches", "right"),
        ("amount", "right"),
        aside="nothing was recorded",
    )
    for (outcome, currency), value in sorted(
        trial.values.items(), key=lambda item: (OUTCOMES.index(item[0][0]), item[0][1])
    ):
        tone: Tone = "bad" if outcome == "contradicted" else "plain"
        amount = figures.amount(value.minor, currency)
        values.add_row(text(outcome, tone), currency, figures.count(value.count), amount)
    yield values
    if trial.differences:
        yield _differences(trial)
    if trial.suggested:
        yield text(f"{figures.count(len(trial.suggested))} suggestions of its rules.", "quiet")


def _differences(trial: Trial) -> RenderableType:
    shown = trial.differences[:DIFFERENCES_SHOWN_MAX]
    aside = f"{figures.count(len(shown))} of {figures.count(len(trial.differences))}"
    made = table(
        "Differences", "outcome", "day", ("amount", "right"), "rule", "lines", "payments", "real",
        aside=aside,
    )  # fmt: skip
    for one in shown:
        made.add_row(
            one.outcome,
            one.day.isoformat(),
            figures.amount(one.minor, one.currency),
            one.rule,
            ", ".join(one.lines),
            ", ".join(one.payments),
            one.against or "–",
        )
    return made


def trial_form(trial: Trial, *, page: str | None) -> Json:
    """A trial as JSON."""
    return {
        "rules": f"{trial.text.name}@{trial.text.version}",
        "since": trial.since,
        "through": trial.through,
        "seal": trial.seal,
        "lines": trial.lines,
        "values": [
            {"outcome": outcome, "currency": currency, "count": value.count, "minor": value.minor}
            for (outcome, currency), value in trial.values.items()
        ],
        "by_rule": [
            {"rule": rule, "outcome": outcome, "count": count}
            for (rule, outcome), count in sorted(trial.by_rule.items())
        ],
        "differences": [_difference_form(one) for one in trial.differences],
        "suggested": trial.suggested,
        "page": page,
    }


def _difference_form(one: Difference) -> Json:
    return {
        "outcome": one.outcome,
        "rule": one.rule,
        "lines": one.lines,
        "payments": one.payments,
        "day": one.day,
        "minor": one.minor,
        "currency": one.currency,
        "against": one.against,
        "why": one.why,
    }
