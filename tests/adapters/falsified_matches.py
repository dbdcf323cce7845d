"""Ways to falsify a match: each takes the rows of a run and gives one that must not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy

from adapters.match_checker.reading import Row

Change = Callable[[list[Row]], Row]
FALSIFICATIONS: list[Change] = []


def of_rule(matches: Iterable[Row], *rules: str, where: Callable[[Row], object] = bool) -> Row:
    """The first match of one of these rules."""
    return next(one for one in matches if one["rule"].partition("@")[0] in rules and where(one))


def falsification(change: Change) -> Change:
    """One more way to falsify a row."""
    FALSIFICATIONS.append(change)
    return change


@falsification
def other_amount(matches: list[Row]) -> Row:
    one = of_rule(matches, "identity")
    one["proof"]["allocations"][0][2] += 1
    return one


@falsification
def other_payment(matches: list[Row]) -> Row:
    one, other = of_rule(matches, "identity"), of_rule(reversed(matches), "identity")
    one["payments"] = other["payments"]
    return one


@falsification
def unknown_payment(matches: list[Row]) -> Row:
    one = of_rule(matches, "identity")
    one["payments"] = ["P-nobody"]
    return one


@falsification
def unknown_line(matches: list[Row]) -> Row:
    one = of_rule(matches, "identity")
    one["settlements"] = ["S-nobody"]
    return one


@falsification
def dropped_alternative(matches: list[Row]) -> Row:
    one = next(one for one in matches if one["proof"]["eliminated"])
    one["proof"]["eliminated"].pop()
    return one


@falsification
def invented_alternative(matches: list[Row]) -> Row:
    one, other = of_rule(matches, "identity"), of_rule(reversed(matches), "identity")
    line, payment = one["proof"]["items"][0][0], other["proof"]["items"][-1][0]
    one["proof"]["eliminated"].append({"line": line, "payment": payment, "contradictions": ["X6"]})
    return one


@falsification
def other_contradiction(matches: list[Row]) -> Row:
    one = next(one for one in matches if one["proof"]["eliminated"])
    one["proof"]["eliminated"][0]["contradictions"] = ["X1"]
    return one


@falsification
def no_contradiction(matches: list[Row]) -> Row:
    one = next(one for one in matches if one["proof"]["eliminated"])
    one["proof"]["eliminated"][0]["contradictions"] = []
    return one


@falsification
def other_rule(matches: list[Row]) -> Row:
    one = of_rule(matches, "payer")
    one["rule"], one["evidence"] = "identity@1", "I"
    return one


@falsification
def unknown_rule(matches: list[Row]) -> Row:
    one = of_rule(matches, "payer")
    one["rule"] = "nearest@1"
    return one


@falsification
def other_class(matches: list[Row]) -> Row:
    one = of_rule(matches, "merchant")
    one["evidence"] = "I"
    return one


@falsification
def provisional_identity(matches: list[Row]) -> Row:
    one = of_rule(matches, "identity")
    one["status"] = "provisional"
    return one


@falsification
def other_residual(matches: list[Row]) -> Row:
    one = of_rule(matches, "payout")
    one["proof"]["residuals"][0][1] -= 1
    return one


@falsification
def residual_moved(matches: list[Row]) -> Row:
    one = of_rule(matches, "payout", where=lambda one: len(one["proof"]["residuals"]) > 1)
    one["proof"]["residuals"][0][1] -= 1
    one["proof"]["residuals"][1][1] += 1
    return one


@falsification
def renamed_residual(matches: list[Row]) -> Row:
    one = of_rule(matches, "identity-rounding")
    one["proof"]["residuals"][0][0] = "UNEXPLAINED"
    return one


@falsification
def doubled_line(matches: list[Row]) -> Row:
    one = deepcopy(of_rule(matches, "identity"))
    matches.append(one)
    return one


@falsification
def other_schedule(matches: list[Row]) -> Row:
    one = of_rule(matches, "payout")
    one["proof"]["basis"]["schedules"] = ["2020-01-01"]
    return one


@falsification
def other_rate(matches: list[Row]) -> Row:
    one = of_rule(matches, "identity-fx")
    one["proof"]["basis"]["fx_rate"] += 1
    return one


@falsification
def no_calendar(matches: list[Row]) -> Row:
    one = of_rule(matches, "payout")
    one["proof"]["basis"]["calendar"] = None
    return one


@falsification
def broken_twins(matches: list[Row]) -> Row:
    one = of_rule(matches, "twins")
    for items in (one["payments"], one["settlements"], one["proof"]["allocations"]):
        items.pop()
    return one


@falsification
def twin_pair_alone(matches: list[Row]) -> Row:
    one = broken_twins(matches)
    one["rule"] = "payer@1"
    return one


@falsification
def changed_hash(matches: list[Row]) -> Row:
    one = of_rule(matches, "identity")
    one["proof"]["candidates_hash"] = "0" * 64
    return one


@falsification
def other_number(matches: list[Row]) -> Row:
    one = of_rule(matches, "payer")
    one["proof"]["candidates"] += 1
    return one


@falsification
def member_left_out(matches: list[Row]) -> Row:
    one = of_rule(matches, "payout", where=lambda one: len(one["payments"]) > 2)
    one["payments"].pop()
    one["proof"]["allocations"].pop()
    return one


@falsification
def part_left_out(matches: list[Row]) -> Row:
    one = of_rule(matches, "parts", where=lambda one: len(one["settlements"]) > 2)
    one["settlements"].pop()
    one["proof"]["allocations"].pop()
    return one


@falsification
def no_evidence(matches: list[Row]) -> Row:
    one = of_rule(matches, "payer")
    one["proof"]["evidence"] = []
    return one


@falsification
def evidence_elsewhere(matches: list[Row]) -> Row:
    one = of_rule(matches, "identity")
    one["proof"]["evidence"][0]["place"] = "counterparty_name"
    return one


@falsification
def evidence_of_another_value(matches: list[Row]) -> Row:
    one = of_rule(matches, "identity", where=lambda one: one["proof"]["evidence"][0]["value"])
    one["proof"]["evidence"][0]["value"] += "1"
    return one


@falsification
def no_seal(matches: list[Row]) -> Row:
    one = of_rule(matches, "merchant")
    one["proof"]["sealed"] = None
    return one


@falsification
def seal_too_early(matches: list[Row]) -> Row:
    one = of_rule(matches, "merchant")
    one["proof"]["sealed"] = "payments through 2020-01-01; statements through 2020-01-01"
    return one


@falsification
def wider_window(matches: list[Row]) -> Row:
    one = of_rule(matches, "payer")
    one["proof"]["window"]["first"] = "2020-01-01"
    return one


@falsification
def other_items(matches: list[Row]) -> Row:
    one = of_rule(matches, "identity")
    one["proof"]["items"][0][0] += "0"
    return one


@falsification
def other_version(matches: list[Row]) -> Row:
    one = of_rule(matches, "identity")
    one["proof"]["items"][0][1] = 0
    return one


@falsification
def other_return(matches: list[Row]) -> Row:
    one = of_rule(matches, "reversal")
    one["rule"] = "chargeback@1"
    return one


@falsification
def payment_without_a_return(matches: list[Row]) -> Row:
    one = of_rule(matches, "reversal")
    one["rule"] = "identity@1"
    return one


@falsification
def held_sum_of_another_size(matches: list[Row]) -> Row:
    one = of_rule(matches, "payout-held")
    one["payments"].pop()
    one["proof"]["allocations"].pop()
    return one


@falsification
def whole_payout_said_of_a_held_one(matches: list[Row]) -> Row:
    one = of_rule(matches, "payout-held")
    one["rule"], one["proof"]["sums"] = "payout@1", None
    return one


@falsification
def no_proof(matches: list[Row]) -> Row:
    one = of_rule(matches, "identity")
    one["proof"] = None
    return one
