"""What the engine compares: payments, lines, and the reference data they are read with.

Days are proleptic ordinals (`date.toordinal()`), amounts integers of minor units. An item is made
once, from the facts of one aggregate, and does not change; what was decided about it is kept
elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.breakdown import Breakdown
from domain.calendar import BusinessCalendar
from domain.fees import MerchantTerms
from domain.matching.normalise import keys_of
from domain.payment import GROUP_METHODS


@dataclass(slots=True, eq=False, kw_only=True)
class PaymentItem:
    """A payment as the engine sees it; `id` is its stream, `created` its local day."""

    id: str
    version: int
    merchant: str
    amount: int
    currency: str
    created: int
    expected: int
    method: str
    reference: str | None
    end_to_end_id: str | None
    account: str | None
    tax_id: str | None
    cancelled: bool = False
    key: str | None = field(init=False)
    stripped_key: str | None = field(init=False)
    grouped: bool = field(init=False)

    def __post_init__(self) -> None:
        if self.reference:
            self.key, self.stripped_key = keys_of(self.reference)
        else:
            self.key = self.stripped_key = None
        self.grouped = self.method in GROUP_METHODS


@dataclass(slots=True, eq=False, kw_only=True)
class LineItem:
    """A delivered line as the engine sees it; `id` is its settlement's stream.

    A second delivery of the same entry (U1) has an id of its own and `repeats`, the stream it
    repeats: it settles nothing, but it counts when a whole statement is compared with an earlier
    one (U2). `other_ids` count like an id in a text: they lead to payments, and none of them is a
    reference field that contradicts others. `breakdown` is what the document says of the amount.
    `sealed`: nothing that could compete for the line is still to come (E9); until then it rivals
    others, and posts by its ids and payouts alone.
    """

    id: str
    version: int
    settlement_id: str
    source: str
    account: str
    amount: int
    currency: str
    booking: int
    value: int
    reference: str | None
    end_to_end_id: str | None
    text: str | None
    counterparty_name: str | None
    counterparty_account: str | None
    counterparty_tax_id: str | None
    reversal: bool
    merchant: str | None
    statement: str | None
    received_at: str | None
    repeats: str | None = None
    other_ids: tuple[str, ...] = ()
    breakdown: Breakdown | None = None
    sealed: bool = True

    @property
    def kind(self) -> str:
        """The source kind: what stands before the colon, `bank` or `acquirer`."""
        return self.source.partition(":")[0]

    @property
    def content(self) -> tuple[object, ...]:
        """Every content field (section 8): lines alike in all of them may be duplicates."""
        return (
            self.source,
            self.account,
            self.amount,
            self.currency,
            self.booking,
            self.value,
            self.reference,
            self.end_to_end_id,
            self.text,
            self.counterparty_name,
            self.counterparty_account,
            self.counterparty_tax_id,
            self.reversal,
            self.merchant,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantItem:
    """A merchant as the engine sees it: what names it, and its terms."""

    code: str
    payout_account: str | None
    tax_id: str | None
    terms: MerchantTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class FxTable:
    """Published rates of one foreign currency in `home` currency, by day.

    A rate is an integer scaled by `scale`.
    """

    home: str
    scale: int
    rates: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceData:
    """All that amounts and dates are explained with; `fx` is keyed by the foreign currency."""

    merchants: Mapping[str, MerchantItem]
    calendar: BusinessCalendar
    calendar_version: str
    fx: Mapping[str, FxTable]
