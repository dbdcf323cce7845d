"""What documents say themselves: member lists (class G by list), stated charges, other ids."""

from __future__ import annotations

from typing import Any

import pytest

from domain.breakdown import Breakdown, Member, StatedCharge
from tests.domain.matching.table import (
    STRANGER,
    card,
    classes,
    day,
    judge,
    line,
    matcher,
    matches,
    payment,
    payout,
    posted,
)

FEE = StatedCharge(kind="ACQ_FEE", amount_minor=-9_00)
TAX = StatedCharge(kind="VAT_21", amount_minor=-1_00)

TWO = (card("P1", 60_00, reference="CUPON-000001"), card("P2", 40_00, end_to_end_id="E2E-000002"))


def listed(*members: tuple[int | None, str], gross: int | None, charges: Any = ()) -> Breakdown:
    some = tuple(Member(gross_minor=minor, ids=(one,)) for minor, one in members)
    return Breakdown(gross_minor=gross, charges=tuple(charges), members=some)


LIST = listed((60_00, "CUPON-000001"), (40_00, "E2E-000002"), gross=100_00, charges=(FEE, TAX))
"""Both payments, 100 pesos in all, of which 10 were taken."""


def test_a_member_list_is_matched_whole_less_the_charges_it_states():
    """Class G by list: the ids name the payments, the amounts agree to the centavo."""
    paid = payout("L1", 90_00, breakdown=LIST)

    assert classes(*TWO, paid) == {"L1 = P1 P2": "G declared@1"}

    (match,) = judge(*TWO, paid).matches
    assert [(each.kind, each.amount.minor) for each in match.residuals] == [
        ("ACQ_FEE", -9_00),
        ("VAT_21", -1_00),
    ]
    assert [(each.payment, each.amount.minor) for each in match.allocations] == [
        ("P1", 60_00),
        ("P2", 40_00),
    ]
    assert {(each.kind, each.payment, each.value) for each in match.proof.evidence} >= {
        ("member", "P1", "CUPON-000001"),
        ("member", "P2", "E2E-000002"),
    }


def test_a_batch_entry_is_matched_with_the_transactions_that_it_books_together():
    """A bank's batch credit states no charges: its details sum to it."""
    batch = listed((60_00, "CUPON-000001"), (None, "E2E-000002"), gross=None)
    assert posted(*TWO, line("L1", 100_00, breakdown=batch)) == {"L1 = P1 P2"}


@pytest.mark.parametrize(
    "breakdown",
    [
        pytest.param(
            listed((60_00, "CUPON-000001"), (40_00, "UNKNOWN-9"), gross=100_00, charges=(FEE, TAX)),
            id="a member that nobody knows",
        ),
        pytest.param(
            listed(
                (61_00, "CUPON-000001"), (39_00, "E2E-000002"), gross=100_00, charges=(FEE, TAX)
            ),
            id="other amounts of the members",
        ),
        pytest.param(
            listed((60_00, "CUPON-000001"), (40_00, "E2E-000002"), gross=100_00, charges=(FEE,)),
            id="charges that do not explain the amount",
        ),
        pytest.param(
            listed((60_00, "CUPON-000001"), (60_00, "CUPON-000001"), gross=None),
            id="one payment twice",
        ),
    ],
)
def test_a_list_that_does_not_hold_whole_is_not_matched(breakdown: Breakdown):
    """Every member, every amount and the sum, or nothing."""
    assert posted(*TWO, payout("L1", 90_00, breakdown=breakdown)) == set()


def test_a_list_whose_id_two_payments_share_is_not_matched():
    """E1: a member that could be two payments is none."""
    twin = card("P3", 60_00, reference="CUPON-000001")
    assert posted(*TWO, twin, payout("L1", 90_00, breakdown=LIST)) == set()


def test_a_list_outside_the_days_of_a_member_is_not_matched():
    """X7 holds for members as for all."""
    early = (card("P1", 60_00, reference="CUPON-000001", created=day(9), expected=day(10)), TWO[1])
    assert posted(*early, payout("L1", 90_00, breakdown=LIST)) == set()


def test_two_lists_of_the_same_payments_refuse_each_other():
    """A payment is paid once: which list did it nobody can tell."""
    lists = (payout("L1", 90_00, breakdown=LIST), payout("L2", 90_00, breakdown=LIST, text="X"))
    assert posted(*TWO, *lists) == set()


def test_a_late_payment_completes_a_list_that_was_open():
    """Judging only what is new gives the same as judging everything."""
    first, second = TWO
    engine = matcher([first, payout("L1", 90_00, breakdown=LIST)])
    assert matches(engine.judge(seal="a day")) == set()

    engine.admit_payment(second)

    assert matches(engine.judge(seal="the end", touched=["P2"])) == {"L1 = P1 P2"}


STATED = Breakdown(gross_minor=100_00, charges=(FEE, TAX), members=())


def test_a_payment_is_matched_with_its_net_by_the_charges_that_the_document_states():
    """Withholdings come from the document and are not computed: class I, each charge named."""
    sale = payment("P1", 100_00, end_to_end_id="ORDER-77")
    net = line("L1", 90_00, end_to_end_id="ORDER-77", breakdown=STATED)

    (match,) = judge(sale, net).matches

    assert (match.evidence, match.rule) == ("I", "identity-stated@1")
    assert [(each.kind, each.amount.minor) for each in match.residuals] == [
        ("ACQ_FEE", -9_00),
        ("VAT_21", -1_00),
    ]


def test_stated_charges_explain_nothing_without_identity_or_with_another_gross():
    """Class C asks for the exact amount; and a gross amount is compared to the centavo."""
    paid = payment("P1", 100_00, account=STRANGER)
    assert posted(paid, line("L1", 90_00, counterparty_account=STRANGER, breakdown=STATED)) == set()
    other = payment("P1", 100_01, end_to_end_id="ORDER-77")
    assert posted(other, line("L1", 90_00, end_to_end_id="ORDER-77", breakdown=STATED)) == set()


@pytest.mark.parametrize("named", [{"reference": "ORDER-77"}, {"end_to_end_id": "ORDER-77"}])
def test_an_id_counts_among_the_other_ids_of_a_line(named: dict[str, str]):
    """Ids count wherever they stand, as a reference and as an end-to-end id."""
    assert posted(payment("P1", **named), line("L1", other_ids=("UETR-1", "ORDER-77"))) == {
        "L1 = P1"
    }


def test_an_other_id_that_leads_nowhere_contradicts_nothing():
    """Unlike a reference field, it is not said to be the payment's."""
    assert posted(payment("P1", account=STRANGER), line("L1", counterparty_account=STRANGER,
                  other_ids=("INSTR-1",))) == {"L1 = P1"}  # fmt: skip
    late = matcher([line("L1", other_ids=("ORDER-77",))])
    late.admit_payment(payment("P1", reference="ORDER-77"))
    assert matches(late.judge(seal="the end", touched=["P1"])) == {"L1 = P1"}
