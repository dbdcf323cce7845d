"""Lines by every key that a payment could reach them with.

Lines are filed by everything they show that could lead to a payment. A text is filed by the last
six and sixteen characters before each of its token ends: every reference it could contain, known or
not yet, ends in one of them (R2 asks for keys of six and more).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from domain.identity import normalise_account, normalise_tax_id
from domain.matching.declared import member_ids
from domain.matching.evidence import (
    END_TO_END_IN_TEXT_LENGTH_MIN,
    NGRAM_KEY_LENGTH_MIN,
    NGRAM_TOKENS_MAX,
    id_like_numbers,
    known_ngrams,
)
from domain.matching.index import PREFIX_HEAD_LENGTH, PaymentIndex, end_to_end_key
from domain.matching.items import LineItem, PaymentItem
from domain.matching.normalise import (
    CUT_REFERENCE_LENGTHS,
    CUT_TEXT_LENGTH,
    fold,
    keys_of,
    runs_of,
)
from domain.payment import GROUP_METHODS
from domain.rules.book import RuleBook

Key = tuple[object, ...]

DayGroup = tuple[str, str, int]
"""Merchant, currency and value day, rolled: what one day's payouts are about."""

Hub = tuple[str, str]
"""Merchant and currency: all payouts there are of one merchant."""

Asked = tuple[str, object]
"""Neighbours of an item, a group or a hub that were asked for: which ones (see ASKED), of what."""

READ, SHOWN, SHOWING, ANEW, OF_PARTIES, BY_PARTIES, IN_GROUP, OF_HUB = ASKED = (
    "what a line shows",
    "payments that a line shows",
    "lines that show a payment",
    "lines that are read anew",
    "payments of a line's parties",
    "lines of a payment's parties",
    "payments and payouts of a group",
    "payments and payouts of a merchant",
)

ENDING_LENGTH = 16
"""References of one pattern end alike: long ones are looked for by so many characters."""


class LineIndex:
    """Lines by every key that a payment could reach them with; built when it is first needed."""

    def __init__(self, payments: PaymentIndex, rules: RuleBook) -> None:
        self._payments = payments
        self._rules = rules
        self.by_id: dict[str, LineItem] = {}
        self._filed: defaultdict[Key, list[LineItem]] = defaultdict(list)
        self._unfiled: list[LineItem] = []
        self.asked: set[Asked] | None = None
        """What was asked for, where somebody wants to know: all that a verdict can depend on."""

    def add(self, line: LineItem) -> None:
        """Know a line; it is filed when neighbours are first asked for."""
        self.by_id[line.id] = line
        self._unfiled.append(line)

    def all(self) -> list[LineItem]:
        """Every line."""
        return list(self.by_id.values())

    def file(self) -> None:
        """File what was added since; to be done before neighbours are asked for."""
        for line in self._unfiled:
            for key in _keys_of_line(line, self._payments):
                self._filed[key].append(line)
            self._rules.admit_line(line, self._payments)
        self._unfiled.clear()

    # From lines to payments

    def payments_shown(self, line: LineItem) -> list[PaymentItem]:
        """Every payment that an id on the line could lead to, whether it counts now or not."""
        self.note(SHOWN, line.id)
        payments = self._payments
        found: list[PaymentItem] = []
        if line.end_to_end_id:
            found += payments.by_end_to_end(end_to_end_key(line.end_to_end_id))
        for key, stripped in _possible_references(line, payments):
            found += payments.owners(key, stripped)
            found += payments.by_end_to_end(key)
        return found

    def payments_of_parties(self, line: LineItem) -> list[PaymentItem]:
        """Every payment, credited one by one, of a payer or of a merchant and the amount.

        And those that the keys of a configured rule lead to.
        """
        payments = self._payments
        self.note(OF_PARTIES, line.id)
        found: list[PaymentItem] = []
        numbers = _numbers_of(line)
        for number in numbers:
            found += payments.by_account(number)
            found += payments.by_tax_id(number)
        for code in _possible_merchants(line, numbers, payments):
            found += payments.by_merchant_amount(code, line.currency, line.amount)
        found += self._rules.payments_of(line, payments)
        return found

    # From payments to lines

    def lines_showing(self, payment: PaymentItem) -> list[LineItem]:
        """Every line that shows an id of the payment."""
        self.note(SHOWING, payment.id)
        found: list[LineItem] = []
        for reference in _references_of(payment):
            found += self._filed.get(("id", reference), ())
            ending = self._filed.get(_ending(reference), ())
            found += [line for line in ending if _holds(line, reference)]
        return found

    def lines_read_anew(self, payment: PaymentItem) -> list[LineItem]:
        """Every line that shows something else once the payment is known (R2, R3, X5)."""
        self.note(ANEW, payment.id)
        found: list[LineItem] = []
        for reference in _references_of(payment):
            found += self._filed.get(("id", reference), ())
            found += self._filed.get(_ending(reference), ())
            for end in range(PREFIX_HEAD_LENGTH, len(reference)):
                found += self._filed.get(("cut", reference[:end]), ())
        return found

    def lines_of_parties(self, payment: PaymentItem) -> list[LineItem]:
        """Every line that shows the payment's payer, or its merchant with the amount.

        And those that the keys of a configured rule lead to. None for what is paid in groups.
        """
        found: list[LineItem] = []
        if payment.grouped:
            return found
        self.note(BY_PARTIES, payment.id)
        for value in (payment.account, payment.tax_id):
            if value:
                found += self._filed.get(("payer", value), ())
        key = ("merchant", payment.merchant, payment.currency, payment.amount)
        found += self._filed.get(key, ())
        found += self._rules.lines_of(payment)
        return found

    # Payouts

    def groups_of(self, line: LineItem) -> list[DayGroup]:
        """The payout groups that the line could be about (F5)."""
        day = self._payments.reference.calendar.roll(line.value)
        return [(code, line.currency, day) for code in self._merchants_of(line)]

    def groups_with(self, payment: PaymentItem) -> list[DayGroup]:
        """The payout groups that the payment could be in (F4)."""
        days = self._payments.payout_days(payment)
        return [(payment.merchant, payment.currency, day) for day in days]

    def payments_in(self, group: DayGroup) -> Iterator[PaymentItem]:
        """Every payment of a payout group, of whatever method, open or not."""
        self.note(IN_GROUP, group)
        code, currency, day = group
        for method in sorted(GROUP_METHODS):
            for some in self._payments.groups((code, currency, method, day)):
                yield from some

    def payouts_on(self, group: DayGroup) -> list[LineItem]:
        """Every line that could be about a payout group."""
        self.note(IN_GROUP, group)
        return self._filed.get(("payout", *group), [])

    def hubs_of(self, line: LineItem) -> list[Hub]:
        """The merchants, with the currency, whose payouts the line could be one of."""
        if line.amount <= 0:
            return []
        hubs = [(code, line.currency) for code in self._merchants_of(line)]
        for hub in hubs:
            self.note(OF_HUB, hub)
        return [hub for hub in hubs if self._payments.grouped(*hub)]

    def lines_of_hub(self, hub: Hub) -> list[LineItem]:
        """Every line that could be a payout of the merchant, of whatever day."""
        self.note(OF_HUB, hub)
        return self._filed.get(("payouts", *hub), [])

    def note(self, what: str, of: object) -> None:
        """Something was asked for that other items may have a say in."""
        if self.asked is not None:
            self.asked.add((what, of))

    def _merchants_of(self, line: LineItem) -> set[str]:
        return _possible_merchants(line, _numbers_of(line), self._payments)


def _keys_of_line(line: LineItem, payments: PaymentIndex) -> set[Key]:
    keys: set[Key] = set()
    if line.end_to_end_id:
        keys.add(("id", end_to_end_key(line.end_to_end_id)))
    if line.reference:
        for key in keys_of(line.reference):
            keys.add(("id", key))
            if len(line.reference) in CUT_REFERENCE_LENGTHS:
                keys.add(("cut", key))
    for one in (*line.other_ids, *member_ids(line)):
        keys.update(("id", key) for key in keys_of(one))
    if line.text:
        keys |= _keys_of_text(line.text)
    keys |= _keys_of_parties(line, payments)
    return keys


def _keys_of_text(text: str) -> set[Key]:
    keys: set[Key] = set()
    runs = runs_of(fold(text))
    bare = [run.lstrip("0") for run in runs]
    written = stripped = ""
    for run, short in zip(runs, bare, strict=True):
        written += run
        stripped += short
        for joined in (written, stripped):
            keys.add(("ends", joined[-NGRAM_KEY_LENGTH_MIN:]))
            if len(joined) >= ENDING_LENGTH:
                keys.add(("ends", joined[-ENDING_LENGTH:]))
    keys |= _short_keys(bare)
    if len(text) == CUT_TEXT_LENGTH:
        for first in range(max(0, len(runs) - NGRAM_TOKENS_MAX), len(runs)):
            keys.add(("cut", "".join(runs[first:])))
            keys.add(("cut", "".join(bare[first:])))
    return keys


def _short_keys(bare: list[str]) -> set[Key]:
    """The zero-stripped keys of n-grams that are shorter than what a text is filed by."""
    keys: set[Key] = set()
    for first in range(len(bare)):
        stripped = ""
        for run in bare[first : first + NGRAM_TOKENS_MAX]:
            stripped += run
            if len(stripped) >= NGRAM_KEY_LENGTH_MIN:
                break
            keys.add(("ends", stripped))
    return keys


def _possible_references(line: LineItem, payments: PaymentIndex) -> Iterator[tuple[str, str]]:
    """Both keys of the reference field and other ids, and of what a text shows of known ones."""
    for one in (*line.other_ids, *member_ids(line)):
        yield keys_of(one)
    if line.reference:
        yield keys_of(line.reference)
    if line.text:
        runs = runs_of(fold(line.text))
        for one in known_ngrams(runs, payments):
            yield one.key, one.stripped
        for run in runs:
            if len(run) >= END_TO_END_IN_TEXT_LENGTH_MIN:
                yield run, run


def _numbers_of(line: LineItem) -> set[str]:
    """Everything on the line that could be an account or a tax id."""
    numbers = id_like_numbers(line.text) if line.text else set[str]()
    if line.counterparty_account:
        numbers.add(normalise_account(line.counterparty_account))
    if line.counterparty_tax_id:
        numbers.add(normalise_tax_id(line.counterparty_tax_id))
    return numbers


def _possible_merchants(line: LineItem, numbers: set[str], payments: PaymentIndex) -> set[str]:
    """The merchants that the line names, or that a number on it could name."""
    codes: set[str] = set() if line.merchant is None else {line.merchant}
    for number in numbers:
        codes.update(payments.merchants_by_account.get(number, ()))
        codes.update(payments.merchants_by_tax_id.get(number, ()))
    return codes


def _keys_of_parties(line: LineItem, payments: PaymentIndex) -> set[Key]:
    """By payer and by merchant; a number in text is filed even if it is no id today."""
    numbers = _numbers_of(line)
    keys: set[Key] = {("payer", number) for number in numbers}
    for code in _possible_merchants(line, numbers, payments):
        keys.add(("merchant", code, line.currency, line.amount))
        if line.amount > 0:
            day = payments.reference.calendar.roll(line.value)
            keys.add(("payout", code, line.currency, day))
            keys.add(("payouts", code, line.currency))
    return keys


def _ending(reference: str) -> Key:
    """Where the texts are filed that could hold a reference key: by its end, and a longer end."""
    length = ENDING_LENGTH if len(reference) >= ENDING_LENGTH else NGRAM_KEY_LENGTH_MIN
    return ("ends", reference[-length:])


def _holds(line: LineItem, reference: str) -> bool:
    """Whether a reference key stands in the line's text, wherever its runs begin and end."""
    runs = runs_of(fold(line.text or ""))
    return reference in "".join(runs) or reference in "".join([run.lstrip("0") for run in runs])


def _references_of(payment: PaymentItem) -> list[str]:
    """Both keys of the payment's reference, and its end-to-end id's."""
    keys = [payment.key or "", payment.stripped_key or ""]
    if payment.end_to_end_id:
        keys.append(end_to_end_key(payment.end_to_end_id))
    return [key for key in dict.fromkeys(keys) if key]
