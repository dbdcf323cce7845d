"""The bank's books while they are written: payments are expected, lines arrive, truth is noted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from adapters.demo_bank.days import Timetable
from adapters.demo_bank.dice import Dice, Weighted
from adapters.demo_bank.items import Group, Line, Method, Pairing, Payment
from adapters.demo_bank.merchants import Merchant, Style
from adapters.demo_bank.people import Payer, Registry, plain_capitals
from adapters.demo_bank.shown import CUT_TEXT_LENGTH, USUAL, Shown

NAME_LENGTH_MAX = 20

DIRECT_METHODS: tuple[Method, ...] = ("transfer", "transfer", "debin", "wallet")

AMOUNT_BANDS = Weighted(
    ((1_000, 5_000), (5_000, 20_000), (20_000, 60_000), (60_000, 300_000), (300_000, 3_000_000)),
    (30, 34, 22, 12, 2),
)
"""Pesos of a payment; within a band all amounts are alike."""


@dataclass(slots=True, eq=False, kw_only=True)
class Books:
    """Everything that was made so far. `references` holds what nobody else may use."""

    dice: Dice
    timetable: Timetable
    registry: Registry
    first_day: int
    days: int
    merchants: list[Merchant]
    crowd: Weighted[Merchant]
    payers: list[Payer]
    accounts: list[str]
    payments: list[Payment] = field(default_factory=list[Payment])
    lines: list[Line] = field(default_factory=list[Line])
    groups: list[Group] = field(default_factory=list[Group])
    references: set[str] = field(default_factory=set[str])

    # Payments.

    def expect(
        self,
        merchant: Merchant,
        *,
        payer: Payer | None = None,
        amount: int | None = None,
        currency: str = "ARS",
        day: int | None = None,
        method: Method | None = None,
        reference: str | None = None,
    ) -> Payment:
        """A payment that is credited one by one; what is not said is drawn."""
        dice = self.dice
        day = self.draw_day() if day is None else day
        payment = Payment(
            merchant=merchant,
            method=method or dice.pick(DIRECT_METHODS),
            payer=payer or dice.pick(self.payers),
            amount=self.draw_amount() if amount is None else amount,
            currency=currency,
            reference=reference or self.next_reference(merchant),
            end_to_end_id=dice.code(22),
            day=day,
            second=self._draw_second(),
            expected_day=self.timetable.roll(day),
        )
        self.payments.append(payment)
        return payment

    def next_reference(self, merchant: Merchant, *, style: Style | None = None) -> str:
        """The merchant's next order number, as it writes it; nobody has it yet."""
        while True:
            merchant.order += self.dice.between(1, 3)
            reference = (style or merchant.style)(merchant, self.dice)
            if self.claim(reference):
                return reference

    def claim(self, reference: str) -> bool:
        """Whether `reference` was free; from now on it is not."""
        if reference in self.references:
            return False
        self.references.add(reference)
        return True

    def draw_amount(self) -> int:
        """Minor units of pesos; four in ten are round hundreds of pesos."""
        low, high = AMOUNT_BANDS.draw(self.dice)
        pesos = self.dice.between(low, high)
        if self.dice.percent(40):
            return pesos // 100 * 100_00
        return pesos * 100 + self.dice.below(100)

    def draw_day(self) -> int:
        """A day of the period."""
        return self.first_day + self.dice.below(self.days)

    def draw_merchant(self) -> Merchant:
        """A merchant; some sell far more than others."""
        return self.crowd.draw(self.dice)

    def other_merchant(self, merchant: Merchant) -> Merchant:
        """Any merchant but this one."""
        steps = self.dice.between(1, len(self.merchants) - 1)
        return self.merchants[(merchant.number - 1 + steps) % len(self.merchants)]

    def _draw_second(self) -> int:
        # Shops sell most at noon; a few sales are late enough to be tomorrow's in UTC.
        return 2 * 3_600 + self.dice.below(11 * 3_600) + self.dice.below(11 * 3_600)

    # Lines.

    def credit(
        self,
        payment: Payment,
        *,
        amount: int | None = None,
        value_day: int | None = None,
        shown: Shown = USUAL,
        reference: str | None = None,
        text: str | None = None,
    ) -> Line:
        """The line that brings the money: exact and on the expected day unless said otherwise."""
        day = payment.expected_day if value_day is None else value_day
        if value_day is None and self.dice.percent(5):
            day = self.timetable.roll(day + 1)
        line = Line(
            source=f"bank:{payment.payer.bank}",
            account=self.dice.pick(self.accounts),
            amount=payment.amount if amount is None else amount,
            currency="ARS",
            booking_day=self.timetable.roll(day),
            value_day=day,
            bank_entry_id=self.next_entry_id(),
            reference=reference,
            text=None if text is None else whole_text(text),
        )
        self.identify(line, payment, shown)
        self.lines.append(line)
        return line

    def identify(self, line: Line, payment: Payment, shown: Shown) -> None:
        """Let the line show what the bank kept of the payment's ids."""
        dice, payer = self.dice, payment.payer
        line.counterparty_account = payer.account if dice.percent(shown.account) else None
        line.counterparty_tax_id = payer.tax_id if dice.percent(shown.tax_id) else None
        line.merchant_id = payment.merchant.merchant_id if dice.percent(shown.merchant) else None
        line.end_to_end_id = payment.end_to_end_id if dice.percent(shown.end_to_end) else None
        named = dice.percent(shown.name)
        line.counterparty_name = plain_capitals(payer.name)[:NAME_LENGTH_MAX] if named else None

    def give_back(
        self, credit: Line, *, amount: int, day: int, text: str, reference: str | None = None
    ) -> Line:
        """A line below zero on the account of `credit`, with the same counterparty."""
        line = Line(
            source=credit.source,
            account=credit.account,
            amount=-amount,
            currency=credit.currency,
            booking_day=day,
            value_day=day,
            bank_entry_id=self.next_entry_id(),
            reference=reference,
            text=whole_text(text),
            counterparty_account=credit.counterparty_account,
            counterparty_tax_id=credit.counterparty_tax_id,
            reversal=True,
        )
        self.lines.append(line)
        return line

    def again(self, line: Line) -> Line:
        """The same line a second time, not yet with an id of its own."""
        copy = replace(line)
        self.lines.append(copy)
        return copy

    def next_entry_id(self) -> str:
        """An id that the bank gave to no other entry."""
        return f"{self.dice.digits(6)}{len(self.lines):08d}"

    # Truth.

    def match(
        self,
        noise_class: str,
        payments: list[Payment],
        lines: list[Line],
        *,
        kind: str | None = None,
        pairing: Pairing = "all",
        weak: bool = False,
    ) -> None:
        """These belong together, and the rules prove it."""
        self.groups.append(
            Group(
                label="match",
                kind=kind or _kind(payments, lines),
                noise_class=noise_class,
                pairing=pairing,
                payments=payments,
                lines=lines,
                weak=weak,
            )
        )

    def ambiguous(self, noise_class: str, payments: list[Payment], lines: list[Line]) -> None:
        """These belong together, and nothing says which to which."""
        self.groups.append(
            Group(
                label="ambiguous",
                kind=_kind(payments, lines),
                noise_class=noise_class,
                pairing="none",
                payments=payments,
                lines=lines,
            )
        )

    def unpaid(self, noise_class: str, payment: Payment) -> None:
        """No line settles this payment."""
        self.groups.append(
            Group(
                label="unmatched_payment",
                kind="missing",
                noise_class=noise_class,
                pairing="all",
                payments=[payment],
                lines=[],
            )
        )

    def orphan(self, noise_class: str, line: Line) -> None:
        """This line settles no payment."""
        self.groups.append(
            Group(
                label="orphan_settlement",
                kind="orphan",
                noise_class=noise_class,
                pairing="all",
                payments=[],
                lines=[line],
            )
        )

    def refused(self, noise_class: str, payments: list[Payment], line: Line) -> None:
        """The line looks like the payments' money, and a rule forbids each pair."""
        for payment in payments:
            self.unpaid(noise_class, payment)
        self.orphan(f"{noise_class}_line", line)


def whole_text(text: str) -> str:
    """A text that no reader takes for a cut one: those have exactly 35 characters (rule R3)."""
    return f"{text}." if len(text) == CUT_TEXT_LENGTH else text


def _kind(payments: list[Payment], lines: list[Line]) -> str:
    return f"{_one_or_n(payments)}:{_one_or_n(lines)}"


def _one_or_n(items: list[Payment] | list[Line]) -> str:
    return "1" if len(items) == 1 else "n"
