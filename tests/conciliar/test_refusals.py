"""Every refusal has words: one line, with what it knows filled in."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields
from datetime import date

import pytest

import adapters
import application
import conciliar
import domain
from application.lookup import IdOfOtherKind, IdUnknown
from application.rule_checks import RuleFinding
from conciliar.refusals import WORDS, place_of, reason_of
from domain.errors import BadValue, NoBusinessDay, Refusal
from domain.money import Money
from domain.payment import AllocationExceedsPayment, PaymentHasAllocations
from domain.rules.faults import RuleFault


def every_refusal() -> list[type[Refusal]]:
    """Every refusal that may be raised, in all of our packages: the leaves of the tree."""
    for package in (domain, application, adapters, conciliar):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    return sorted(_leaves(Refusal), key=lambda kind: kind.__name__)


def _leaves(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for each in kind.__subclasses__():
        if each.__module__.partition(".")[0] in {"domain", "application", "adapters", "conciliar"}:
            yield from _leaves(each) if each.__subclasses__() else (each,)


SAMPLES: dict[str, object] = {
    "amount": Money(123_45, "ARS"),
    "since": date(2026, 3, 6),
    "business": True,
    "fields": ("amount", "reference"),
    "matches": ("mat:a:1", "mat:b:1"),
    "candidates": ("pay:a:1", "pay:b:1"),
    "currencies": ("ARS", "USD"),
    "near": ("P1", "P2"),
    "found": ("set:a:1",),
    "wanted": ("payment", "match"),
    "day": date(2026, 3, 6),
    "findings": (RuleFinding(rule="mine.a@1", kind="not-selective", part=1, whole=2),),
    "faults": (RuleFault(line=1, column=2, field="name", reason="is empty"),),
}


def sample(kind: type[Refusal]) -> Refusal:
    """A refusal with something in each of its fields."""
    values = {
        each.name: SAMPLES.get(each.name, 7 if each.type == "int" else f"some {each.name}")
        for each in fields(kind)
    }
    return kind(**values)


def test_each_refusal_has_a_line_of_the_table():
    """No refusal that may be raised is missing, and no line is left over."""
    every = every_refusal()
    assert [kind.__name__ for kind in every if kind not in WORDS] == []
    assert [kind.__name__ for kind in WORDS if kind not in every] == []


@pytest.mark.parametrize("kind", every_refusal(), ids=lambda kind: kind.__name__)
def test_words_are_one_line_without_code(kind: type[Refusal]):
    """Names of fields are filled in; nothing looks like Python."""
    reason = reason_of(sample(kind))
    assert reason
    assert not {*"{}\n"} & {*reason}
    assert kind.__name__ not in reason
    assert "Money(" not in reason
    assert "datetime" not in reason


def test_values_are_shown_as_people_write_them():
    """Amounts with their currency, days in ISO 8601, lists with commas, near ids as a question."""
    exceeds = AllocationExceedsPayment(payment_id="P1", amount=Money(123_45, "ARS"), open_minor=1)
    assert reason_of(exceeds) == "ARS 123.45 is more than is open of payment P1"
    has = PaymentHasAllocations(payment_id="P1", matches=("mat:a:1", "mat:b:1"))
    assert reason_of(has).endswith("undo that first: mat:a:1, mat:b:1")
    never = NoBusinessDay(day=date(2026, 3, 6).toordinal())
    assert reason_of(never).endswith("after 2026-03-06")
    assert reason_of(IdUnknown(typed="P", near=())) == "unknown id"
    assert reason_of(IdUnknown(typed="P", near=("P1",))) == "unknown id; did you mean P1?"
    other = IdOfOtherKind(typed="S", found=("set:a:1",), wanted=("payment", "match"))
    assert reason_of(other) == "not a payment or a match: it names set:a:1"


def test_an_offending_value_is_quoted_where_it_may_be():
    """The detail of a bad value stands behind its reason, and only where there is one."""
    assert reason_of(BadValue(field="currency", reason="currency-unknown", detail="XXX")) == (
        "currency: currency-unknown (XXX)"
    )
    assert reason_of(BadValue(field="payer_account", reason="cbu-length")) == (
        "payer_account: cbu-length"
    )


def test_a_refusal_says_where_as_far_as_it_knows():
    """An id, a day, a field; nothing where it knows nothing."""
    assert place_of(PaymentHasAllocations(payment_id="P1", matches=())) == "P1"
    assert place_of(BadValue(field="currency", reason="x")) == "currency"
    assert place_of(NoBusinessDay(day=date(2026, 3, 6).toordinal())) == "2026-03-06"
    assert place_of(sample(IdUnknown)) is None


def test_an_unknown_refusal_is_named():
    """A kind that the table does not know yet says its name: better little than nothing."""

    class Novel(Refusal):
        """Nobody heard of it."""

    assert reason_of(Novel()) == "Novel"
