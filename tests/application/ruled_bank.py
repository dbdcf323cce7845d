"""The small bank with lines that only a configured rule can read, and that rule's life."""

from __future__ import annotations

from datetime import date

from adapters.rule_files import read_rules
from application import rule_orders
from application.ports import FactStore
from application.reconciling import Outcome
from application.registry import Registry, loaded, untold
from application.rule_orders import RuleOrder
from domain.payment import PaymentRegistered
from domain.rule_set import RuleSetShadowed, hash_of
from domain.rules.language import RuleSetText
from domain.settlement import SettlementRecorded
from tests.application.small_bank import WEDNESDAY, judge_again, line, paid, reconcile

NAME = "invoices.end@1"

TEXT = """\
language: 1
name: invoices
version: 1
rules:
  - id: end
    scope: {payments: core, lines: "bank:017", currency: ARS}
    stage: 1
    keys: [{namespace: reference, normaliser: {digits_last: 8}}]
    compare: {amount: exact}
    action: post
    budget: {max_false_ppm: 950000, min_support: 3, review_sample: 2}
    effective_from: 2026-01-01
"""


def text(old: str = "", new: str = "") -> str:
    """The rule set, with one text in place of another."""
    assert old in TEXT
    return TEXT.replace(old, new) if old else TEXT


def order(actor: str) -> RuleOrder:
    return RuleOrder(actor=actor, business_date=WEDNESDAY, correlation_id=f"order-{actor}")


def invoice(number: int, minor: int = 100_00, **changes: object) -> PaymentRegistered:
    """Payment P<number>, whose reference ends in eight digits."""
    given = {"reference": f"FAC-A-0007-{number:08}", "payer_account": None, **changes}
    return paid(number, minor, **given)


def shown(number: int, minor: int = 100_00, **changes: object) -> SettlementRecorded:
    """A line that shows the last eight digits only."""
    said = f"PAGO {number:08}"
    given = {"remittance_information": said, "counterparty_account": None, **changes}
    return line(number, minor, **given)


def proposed(facts: FactStore, said: str = TEXT, *, author: str = "ana") -> RuleSetText:
    """Propose a rule set."""
    read = read_rules(said.encode())
    rule_orders.propose(facts, text=read, content=said.encode(), order=order(author))
    return read


def activated(facts: FactStore, said: str = TEXT) -> RuleSetText:
    """The whole life of a rule set up to its activation, and not judged by yet."""
    read = proposed(facts, said)
    replayed_over(facts, said, version=read.version)
    rule_orders.approve(
        facts, name=read.name, version=read.version, text_hash=hash_of(said), order=order("bea")
    )
    rule_orders.activate(facts, name=read.name, version=read.version, order=order("bea"))
    return read


def replayed_over(facts: FactStore, said: str, *, version: int) -> None:
    """Note a replay, so that the version can be approved."""
    replayed = RuleSetShadowed(
        name="invoices",
        version=version,
        text_hash=hash_of(said),
        since=date(2026, 1, 1),
        through=facts.head(),
        newly=0,
        lost=0,
        moved=0,
        contradicted=0,
        replayed_by="ana",
    )
    rule_orders.shadow(facts, replayed=replayed, order=order("ana"))


def bank(facts: FactStore, count: int = 3) -> Outcome:
    """Reconcile `count` invoices, whose lines no built-in rule reads."""
    numbers = range(1, count + 1)
    return reconcile(
        facts,
        [invoice(n, n * 100_00) for n in numbers],
        [shown(n, n * 100_00) for n in numbers],
    )


def posted(facts: FactStore) -> dict[str, str]:
    """The rule of each standing match, by its id."""
    return {id_: match.rule for id_, match in registry(facts).matches.items()}


def registry(facts: FactStore) -> Registry:
    return loaded(facts, untold)


def ruled(facts: FactStore, said: str = TEXT) -> None:
    """A bank whose three lines the rule has matched."""
    bank(facts)
    activated(facts, said)
    judge_again(facts)
