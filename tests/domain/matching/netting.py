"""What the payout tests compute with: fees written out, and two telling payments."""

from __future__ import annotations

from domain.fees import Schedule
from tests.domain.matching.table import SCHEDULE, card, merchant, reference_data

OPEN = set[str]()
BOTH = {"L1 = P1 P2"}
BATCH = reference_data(merchant("M1", fee_rounding="batch"), merchant("M2"))


def half_up(n: int, d: int) -> int:
    return (2 * n + d) // (2 * d)


def net(gross: int, schedule: Schedule = SCHEDULE) -> int:
    """Section 6, each concept rounded once."""
    fee = half_up(gross * schedule.mdr_bps, 10_000)
    return (
        gross
        - fee
        - half_up(fee * schedule.vat_on_fee_bps, 10_000)
        - half_up(gross * schedule.iibb_bps, 10_000)
        - half_up(gross * schedule.iva_wh_bps, 10_000)
        - half_up(gross * schedule.gan_wh_bps, 10_000)
    )


# F1: two amounts whose roundings differ, item by item and at once.

ONE, TWO = 100_33, 50_01
GROUP = [card("P1", ONE), card("P2", TWO)]
BY_ITEM, AT_ONCE = net(ONE) + net(TWO), net(ONE + TWO)
