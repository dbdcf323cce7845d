"""Refusals in words: one table, for whoever has to say why something was not done.

A refusal carries data; a line of the table is a text with the names of its fields. Words are
English, of one line, and hold nothing personal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date

from adapters import codec, dynamodb_refusals, opensearch_refusals, sealing, tokens
from adapters.data_folder import faults
from adapters.statements import model
from application import (
    batch,
    entry_lines,
    file_steps,
    imported,
    lookup,
    parking,
    ports,
    projecting,
    reconciliation,
    rule_checks,
    rule_orders,
    undoing,
)
from application.gathering_items import ComponentTooLarge
from application.rule_checks import RuleFinding, RulesUnsound
from application.sequencing import model as sequencing
from conciliar import question_words
from domain import (
    business_calendar,
    errors,
    fx,
    grant,
    log_lanes,
    merchant,
    payment,
    rule_set,
    settlement,
    statement,
)
from domain.errors import BadValue, Refusal
from domain.money import Money, format_money
from domain.rules.faults import RulesUnreadable

WORDS: Mapping[type[Refusal], str] = {
    errors.BadValue: "{field}: {reason}",  # and the detail, where there is one
    errors.CurrencyMismatch: "amounts of {left} and {right} cannot be put together",
    errors.NoBusinessDay: "the calendar has no business day within a year after {day}",
    errors.NoScheduleInForce: "no rates of the merchant were in force on {day}",
    # the log
    log_lanes.EpochIsOpen: "the log has {lanes} lanes: they are to be closed first",
    sequencing.BrokenStream: "the stream {stream} has no commit at version {version}, although one "
    "up to {through} was reported",
    sequencing.LaneClosed: "lane {lane} of the log is closed: another epoch is open",
    sequencing.LaneContended: "others were faster {times} times in lane {lane} of the log",
    # steps of a received file
    file_steps.FileRefused: "{place}: {reason}",
    file_steps.StatementHeld: "{statement} waits for the statement before it",
    file_steps.Rejected: "lines of the file {sha256} are open and nobody has approved it",
    **question_words.WORDS,
    tokens.KeysUnusable: "not a set of public keys to check tokens with: {reason}",
    # payments
    payment.PaymentUnknown: "no such payment",
    payment.PaymentIdReused: "payment_id repeated with other content: {fields}",
    payment.PaymentIsCancelled: "the payment {payment_id} has been cancelled since {since}",
    payment.PaymentHasAllocations: "the payment is matched, undo that first: {matches}",
    payment.AllocationExceedsPayment: "{amount} is more than is open of payment {payment_id}",
    payment.ReturnExceedsPayment: "{amount} is more than can go back of payment {payment_id}",
    payment.AnnouncementIdReused: "the announced return {announcement_id} of payment "
    "{payment_id} is known with other content",
    payment.MatchIdReused: "the match {match_id} stands on this payment with other content",
    # settlements
    settlement.SettlementUnknown: "no such settlement",
    settlement.SettlementIdReused: "settlement_id repeated with other content: {fields}",
    settlement.SettlementIsMatched: "the settlement {settlement_id} is in the match {match_id}",
    settlement.SettlementIsDuplicate: "the settlement {settlement_id} repeats {of}",
    settlement.SettlementIsCancelled: "the settlement {settlement_id} has been void since {since}",
    settlement.MatchNotStanding: "the settlement {settlement_id} is not in the match {match_id}",
    settlement.ResidualUnexplained: "the lines come to {lines_minor} minor units, the match "
    "explains {explained_minor}",
    # statements
    statement.StatementUnknown: "no such statement",
    statement.StatementWasRefused: "the statement was refused when it came ({place}: {reason}), "
    "and has to be delivered again",
    statement.StatementIdReused: "statement_id repeated with other rows, which do not contain the "
    "known ones",
    statement.StatementDoesNotClose: "opening balance {opening_minor} and movements {moved_minor} "
    "do not make the closing balance {closing_minor} (minor units)",
    statement.StatementControlsDiffer: "its rows do not agree with the totals that it states",
    statement.StatementNotVerified: "the statement is not verified yet",
    statement.StatementIsSealed: "the statement is sealed: another file cannot undo it",
    # reference data
    merchant.MerchantUnknown: "no such merchant",
    merchant.MerchantIdReused: "the merchant {merchant_id} is known with other content: {fields}",
    merchant.ScheduleContradicted: "the merchant {merchant_id} has other rates for that date",
    rule_set.RuleTextReplaced: "the rules {name}@{version} have another text: a change needs a new "
    "version",
    rule_set.RuleVersionUnknown: "no version {version} of rules {name} is known",
    rule_set.RuleVersionNotLater: "rules {name}@{version} have to be later than version {latest}",
    rule_set.RulePhaseWrong: "rules {name}@{version} are {phase}, and have to be {needed} for this",
    rule_set.RuleAuthorApproves: "{person} wrote rules {name}@{version}: somebody else approves",
    rule_set.RuleNameReserved: "the rules {name} are built in",
    RulesUnreadable: "{faults}",
    rule_checks.RulesUnsound: "{findings}",
    rule_orders.RuleIdUnknown: "rules {name}@{version} have no rule {rule}",
    rule_orders.MatchOfNoRule: "the match {match_id} was made by {rule}, not by a configured rule",
    fx.ScaleDiffers: "the rates of {pair} are kept times {known}, not times {other}",
    fx.RatePublishedOtherwise: "the rate of {day} is known as {known}, now it is {other}",
    grant.GrantUnknown: "nothing was ever granted to that partner",
    grant.GrantTooLarge: "{partner} would have {merchants} merchants, at most {most} are possible",
    business_calendar.DayDeclaredOtherwise: "{day} was declared before, business day: {business}",
    business_calendar.DayOverriddenOtherwise: "{day} was set before, business day: {business}",
    # use cases
    batch.InputRefused: "{reason}",
    ports.StoreUnusable: "{reason}",
    ports.StoreBusy: "the store is busy ({reason}); nothing was written: try again",
    ports.WriteUnknown: "no answer whether it was written ({reason}): run it again, it counts once",
    ComponentTooLarge: "more than {items_max} items hang together with {item}: a batch judges it",
    ports.AppendTooLarge: "too much at once for {stream}: {reason}",
    ports.VersionConflict: "somebody else wrote to {stream} at the same time: run it again",
    projecting.ViewsAheadOfFacts: "the read models stand at {position}, the facts end at {head}: "
    "run `conciliar store rebuild`",
    reconciliation.AccountUnknown: "no line of that currency ever arrived on the account {account}",
    reconciliation.CurrencyNeeded: "the account {account} has lines in {currencies}: say which, "
    "with --currency",
    undoing.MatchUnknown: "no such match",
    undoing.MatchIsReleased: "the match had ended already, by {by}",
    imported.ImportRefused: "{reason}",
    entry_lines.Unusable: "{words}",
    parking.ParkedUnknown: "nothing was set aside under this id",
    lookup.IdUnknown: "unknown id{near}",  # and what looks like it, where there is something
    lookup.IdAmbiguous: "{total} things have this id, say which: {candidates}",
    lookup.IdOfOtherKind: "not a {wanted}: it names {found}",
    # what is stored
    codec.UnknownTopic: "no fact {topic} is known to this program",
    codec.TopicFromTheFuture: "{topic} is newer than version {latest_known}, the latest known here",
    codec.BrokenState: "{topic} is broken: {reason}",
    sealing.SealBroken: "a sealed field does not open: {reason}",
    dynamodb_refusals.KeyUnusable: "{key} is no key of a table: {reason}",
    dynamodb_refusals.ItemBroken: "an item of the store is broken: {reason}",
    dynamodb_refusals.BesideConflict: "the follower has come as far already",
    opensearch_refusals.SearchRefused: "the search store refused a call: {reason}",
    opensearch_refusals.IndicesUnfit: "the search store's indices do not fit: {reason}",
    faults.Unusable: "{reason}",
    model.Unreadable: "{reason}",
}
"""Every refusal that may be raised. Branches of the tree that only group others are not in it."""

PLACES = (
    "place",
    "payment_id",
    "settlement_id",
    "statement_id",
    "merchant_id",
    "match_id",
    "fact_id",
    "parked_id",
    "account",
    "stream",
    "pair",
    "day",
    "field",
    "path",
)
"""Fields that say where, the most telling first."""


def reason_of(refusal: Refusal) -> str:
    """Why, in one line. An unknown kind of refusal says its name: better little than nothing."""
    kinds = type(refusal).__mro__
    text = next((WORDS[kind] for kind in kinds if kind in WORDS), type(refusal).__name__)
    said = {each.name: _said(refusal, each.name) for each in fields(refusal)}
    reason = text.format_map(said)
    if isinstance(refusal, BadValue) and refusal.detail is not None:
        reason += f" ({refusal.detail})"
    return " ".join(reason.split())


def place_of(refusal: Refusal) -> str | None:
    """Where, as far as the refusal itself knows: an id, a place in a file, a day."""
    for name in PLACES:
        value = getattr(refusal, name, None)
        if value is not None:
            return _said(refusal, name)
    return None


def _said(refusal: Refusal, name: str) -> str:
    value: object = getattr(refusal, name)
    if name == "findings" and isinstance(refusal, RulesUnsound):
        return "; ".join(said_of_finding(one) for one in refusal.findings)
    if name == "faults" and isinstance(refusal, RulesUnreadable):
        return _first_fault(refusal)
    if name == "near":
        return f"; did you mean {_shown(value)}?" if value else ""
    if name == "wanted":
        return _shown(value).replace(", ", " or a ")
    if name == "day" and isinstance(value, int):  # inside the domain a day is an ordinal
        return date.fromordinal(value).isoformat()
    return _shown(value)


def said_of_finding(one: RuleFinding) -> str:
    """What the history says of a rule, in one line."""
    text = {
        "not-selective": "{rule}: only {part} of {whole} payments are alone with their keys",
        "band-too-wide": "{rule}: a band of {whole} is not below {part}, the median gap of amounts",
        "overlap": "{rule}: {part} of the {whole} pairs that it finds {other} finds too",
        "unused": "{rule}: none of {whole} payments has its keys",
    }[one.kind]
    return text.format(rule=one.rule, part=one.part, whole=one.whole, other=one.other)


def _first_fault(refusal: RulesUnreadable) -> str:
    first, others = refusal.faults[0], len(refusal.faults) - 1
    more = f" (and {others} more)" if others else ""
    return f"line {first.line}, column {first.column}: {first.field}: {first.reason}{more}"


def _shown(value: object) -> str:
    match value:
        case Money():
            return format_money(value, language="en")
        case bool():
            return "yes" if value else "no"
        case date():
            return value.isoformat()
        case tuple():
            return ", ".join(str(each) for each in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  (tuples of a refusal hold plain values)
        case _:
            return str(value)
