"""A refusal is data: it compares, prints, copies and travels between processes."""

import copy
import pickle

import pytest

from domain import errors
from domain.errors import BadValue, CurrencyMismatch, NoBusinessDay, NoScheduleInForce, Refusal

EXAMPLES = (
    BadValue(field="amount", reason="not-an-integer", detail="float"),
    CurrencyMismatch(left="ARS", right="USD"),
    NoBusinessDay(day=1),
    NoScheduleInForce(day=2),
)


@pytest.mark.parametrize("refusal", EXAMPLES, ids=lambda refusal: type(refusal).__name__)
def test_survives_copying_and_pickling(refusal: Refusal):
    """A refusal raised in a worker process arrives as it was."""
    for other in (copy.copy(refusal), copy.deepcopy(refusal), pickle.loads(pickle.dumps(refusal))):
        assert other == refusal
        assert hash(other) == hash(refusal)
        assert str(other) == str(refusal)


def test_prints_what_it_carries():
    """A refusal that reaches a log names its fields."""
    assert str(CurrencyMismatch(left="ARS", right="USD")) == (
        "CurrencyMismatch(left='ARS', right='USD')"
    )


def test_detail_is_no_part_of_equality():
    """Two refusals for one reason are equal, whichever value showed it."""
    one = BadValue(field="currency", reason="currency-unknown", detail="ars")
    other = BadValue(field="currency", reason="currency-unknown")
    assert one == other
    assert hash(one) == hash(other)


def test_differs_by_reason():
    """Refusals for different reasons are different."""
    assert BadValue(field="cbu", reason="cbu-length") != BadValue(field="cbu", reason="cbu-format")


def test_the_drawn_tree_is_the_real_one():
    """The module's docstring draws every refusal that the module defines, and no other."""
    defined = {
        name
        for name, each in vars(errors).items()
        if isinstance(each, type) and issubclass(each, Refusal)
    }
    drawn = {
        line.split("── ")[-1].split()[0]
        for line in (errors.__doc__ or "").splitlines()
        if line.startswith(("    Refusal", "    ├──", "    └──"))
    }
    assert drawn - {"…"} == defined
