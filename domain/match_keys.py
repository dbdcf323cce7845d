"""By which keys items find each other, when they lie in an index outside of the engine.

Items whose verdicts can depend on each other share a key: one is filed there (`places`), the other
looks there (`spans`). Payments are filed where lines look, lines where payments look. A place says
nothing of the decision: too many of them only cost a look, one too few would be a mistake. So the
index may be late in forgetting, never in learning.

Places depend on the item alone. What reference data says of a line (which merchant an account is)
is asked when somebody looks, so that no change of reference data files anything anew. Copies of a
line (U3) need no key: they show an id of the same payment.

    item      family    value                               rank                  who looks
    payment   paid      a key of its reference or id        -                     lines that show it
    payment   head      first characters of a reference     the reference's key   lines that are cut
    payment   payer     payer's account, tax id             -                     lines that show it
    payment   sells     merchant, currency, amount          -                     lines that name it
    payment   group     merchant, currency                  expected day          payouts
    payment   sold      merchant, currency                  local day             payouts
    line      shows     last characters of what it shows    -                     its payment
    line      cut       what was cut                        -                     longer references
    line      party     an account or tax id                currency, amount      payers, merchants
    line      names     merchant                            currency, amount      its payments
    line      payout    merchant, account or tax id; and    value day             its group
                        the currency; of credits
    line      of        statement                           -                     the seal; U2
    line      day       account, kind, booking day          statement             statements (U2)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from domain.identity import normalise_account, normalise_tax_id
from domain.matching.declared import member_ids
from domain.matching.duplicates import StatementKey, account_day, statement_key
from domain.matching.evidence import NGRAM_KEY_LENGTH_MIN, NGRAM_TOKENS_MAX, id_like_numbers
from domain.matching.filing import DayGroup, Hub
from domain.matching.index import PREFIX_HEAD_LENGTH, PaymentIndex, end_to_end_key
from domain.matching.items import LineItem, PaymentItem, ReferenceData
from domain.matching.normalise import (
    CUT_REFERENCE_LENGTHS,
    CUT_TEXT_LENGTH,
    fold,
    keys_of,
    runs_of,
)

AFTER = "~"
"""Sorts behind every character of a rank."""

DAYS_TO_PAYOUT_MAX = 200
"""Days before its value day on which what a payout pays was sold, at most."""

DAY_DIGITS = 7
"""Of a day's ordinal in a rank, so that days sort as texts."""


class Key(NamedTuple):
    """What items share. The value may be of a person: an index keeps it unreadable."""

    family: str
    value: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item is filed: in order of `rank` under the key.

    `marks` narrow it down: who looks for a mark passes over places that have others.
    """

    key: Key
    rank: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Where to look: the places of a key whose rank is from `first` to `last`, and have the mark.

    Without `last` all ranks; without `mark` all marks. `one` says that any of them is enough.
    """

    key: Key
    first: str = ""
    last: str | None = None
    mark: str | None = None
    one: bool = False


def day_rank(day: int) -> str:
    """A day's rank."""
    return f"{day:0{DAY_DIGITS}d}"


# Payments.


def places_of_payment(payment: PaymentItem) -> list[Place]:
    """Where lines find the payment."""
    places = [Place(Key("paid", key)) for key in _references_of(payment)]
    for key in dict.fromkeys((payment.key or "", payment.stripped_key or "")):
        if len(key) > PREFIX_HEAD_LENGTH:
            places += [Place(Key("head", key[:PREFIX_HEAD_LENGTH]), rank=key)]
    if payment.grouped:
        of = f"{payment.merchant}/{payment.currency}"
        places.append(Place(Key("group", of), rank=day_rank(payment.expected)))
        return [*places, Place(Key("sold", of), rank=day_rank(payment.created))]
    places += [Place(Key("payer", one)) for one in (payment.account, payment.tax_id) if one]
    places.append(Place(_sells(payment.merchant, payment.currency, payment.amount)))
    return places


def lines_showing(payment: PaymentItem) -> list[Span]:
    """Where the lines are filed that show an id of the payment."""
    return [Span(Key("shows", _ending(key)), mark=key) for key in _references_of(payment)]


def lines_read_anew(payment: PaymentItem) -> list[Span]:
    """And those that show something else once the payment is known."""
    return lines_showing(payment) + [
        Span(Key("cut", key[:end]))
        for key in dict.fromkeys((payment.key or "", payment.stripped_key or ""))
        for end in range(PREFIX_HEAD_LENGTH, len(key))
    ]


def lines_by_parties(payment: PaymentItem, reference: ReferenceData) -> list[Span]:
    """Where the lines are filed that show its payer, or its merchant with the amount."""
    rank = f"{payment.currency}/{payment.amount}"
    spans = [Span(Key("party", one)) for one in (payment.account, payment.tax_id) if one]
    spans.append(Span(Key("names", payment.merchant), rank, rank))
    numbers = _names_of(payment.merchant, reference)[1:]
    return spans + [Span(Key("party", number), rank, rank) for number in numbers]


def of_group(group: DayGroup, reference: ReferenceData) -> list[Span]:
    """Where the payments and the payouts of a group are filed (F4, F5)."""
    code, currency, day = group
    expected = _days_before(day, reference.calendar.roll)
    spans = [_on(Key("group", f"{code}/{currency}"), expected)]
    merchant = reference.merchants.get(code)
    if merchant is not None:
        terms, calendar = merchant.terms, reference.calendar
        sold = _days_before(
            day,
            lambda local: calendar.value_day(
                local,
                settlement_delay_bd=terms.settlement_delay_bd,
                payout_schedule=terms.payout_schedule,
            ),
        )
        spans.append(_on(Key("sold", f"{code}/{currency}"), sold))
    names = _names_of(code, reference)
    return spans + [_on(Key("payout", f"{name}/{currency}"), expected) for name in names]


def of_hub(hub: Hub, reference: ReferenceData) -> list[Span]:
    """Where all payments that a merchant is paid in groups are filed, and all its payouts."""
    code, currency = hub
    names = _names_of(code, reference)
    payouts = [Span(Key("payout", f"{name}/{currency}")) for name in names]
    return [Span(Key("group", f"{code}/{currency}")), *payouts]


def _names_of(code: str, reference: ReferenceData) -> list[str]:
    """By what lines name a merchant."""
    merchant = reference.merchants.get(code)
    numbers = () if merchant is None else (merchant.payout_account, merchant.tax_id)
    return [code, *(number for number in numbers if number)]


def _days_before(day: int, paid_on: Callable[[int], int]) -> tuple[int, int]:
    """The first and the last of the days that are paid on this one; they follow each other."""
    last = day
    while last > day - DAYS_TO_PAYOUT_MAX and paid_on(last) > day:
        last -= 1
    first = last
    while first > day - DAYS_TO_PAYOUT_MAX and paid_on(first - 1) == day:
        first -= 1
    return first, last


def _on(key: Key, days: tuple[int, int]) -> Span:
    return Span(key, day_rank(days[0]), day_rank(days[1]))


def _references_of(payment: PaymentItem) -> list[str]:
    keys = [payment.key or "", payment.stripped_key or ""]
    if payment.end_to_end_id:
        keys.append(end_to_end_key(payment.end_to_end_id))
    return [key for key in dict.fromkeys(keys) if key]


def _sells(merchant: str, currency: str, amount: int) -> Key:
    return Key("sells", f"{merchant}/{currency}/{amount}")


# Lines.


def places_of_line(line: LineItem) -> list[Place]:
    """Where payments, copies and the seal find the line."""
    shown: dict[str, dict[str, None]] = {}
    for key in _keys_shown(line):
        shown.setdefault(_ending(key), {})[key] = None
    places = [Place(Key("shows", ending), marks=tuple(keys)) for ending, keys in shown.items()]
    places += [Place(Key("cut", key)) for key in _cut_keys(line)]
    rank = f"{line.currency}/{line.amount}"
    numbers = sorted(_numbers_of(line))
    places += [Place(Key("party", number), rank=rank) for number in numbers]
    merchants = [] if line.merchant is None else [line.merchant]
    places += [Place(Key("names", code), rank=rank) for code in merchants]
    if line.amount > 0:
        day = day_rank(line.value)
        names = [f"{name}/{line.currency}" for name in (*merchants, *numbers)]
        places += [Place(Key("payout", name), rank=day) for name in names]
    statement = statement_key(line)
    places.append(Place(of_statement(statement)))
    return places


def marker_of_line(line: LineItem) -> Place:
    """Where the line's statement is known among those of its account-day, by its name as rank."""
    return Place(_day(line), rank=_joined(statement_key(line)))


def payments_shown(line: LineItem) -> list[Span]:
    """Where the payments are filed whose ids the line shows, or that make it a cut one."""
    spans = [Span(Key("paid", key)) for key in dict.fromkeys(_keys_shown(line))]
    for key in _cut_keys(line):
        head = Key("head", key[:PREFIX_HEAD_LENGTH])
        spans.append(Span(head, f"{key}0", key + AFTER, one=True))  # longer, by any character
    return spans


def payments_of_parties(line: LineItem, payments: PaymentIndex) -> list[Span]:
    """Where the payments of a payer are filed, or of a merchant and the amount."""
    numbers = sorted(_numbers_of(line))
    spans = [Span(Key("payer", number)) for number in numbers]
    codes: set[str] = set() if line.merchant is None else {line.merchant}
    for number in numbers:
        codes.update(payments.merchants_by_account.get(number, ()))
        codes.update(payments.merchants_by_tax_id.get(number, ()))
    return spans + [Span(_sells(code, line.currency, line.amount)) for code in sorted(codes)]


def statements_of_day(line: LineItem) -> Span:
    """Where the statements of the line's account-day are known (see marker_of_line)."""
    return Span(_day(line))


def of_statement(statement: StatementKey | str) -> Key:
    """Under which the lines of a statement are filed; by its name in a marker's rank, too."""
    return Key("of", statement if isinstance(statement, str) else _joined(statement))


def _day(line: LineItem) -> Key:
    account, kind, day = account_day(line)
    return Key("day", f"{kind}/{day}/{account}")


def _joined(statement: StatementKey) -> str:
    account, kind, delivery = statement
    return f"{kind}/{account}/{delivery}"


def _keys_shown(line: LineItem) -> Iterator[str]:
    """Every key of a reference or id that the line shows, or could once it is known (R1, R2)."""
    if line.end_to_end_id:
        yield from _filled((end_to_end_key(line.end_to_end_id),))
    if line.reference:
        yield from _filled(keys_of(line.reference))
    for one in (*line.other_ids, *member_ids(line)):
        yield from _filled((*keys_of(one), end_to_end_key(one)))
    if line.text:
        runs = runs_of(fold(line.text))
        for written, stripped in _ngrams(runs):
            if len(written) >= NGRAM_KEY_LENGTH_MIN:
                yield from _filled((written, stripped))


def _filled(keys: Iterable[str]) -> Iterator[str]:
    return (key for key in keys if key)


def _ngrams(runs: list[str]) -> Iterator[tuple[str, str]]:
    """Both keys of every n-gram."""
    bare = [run.lstrip("0") for run in runs]
    for first in range(len(runs)):
        for last in range(first + 1, min(len(runs), first + NGRAM_TOKENS_MAX) + 1):
            yield "".join(runs[first:last]), "".join(bare[first:last])


def _cut_keys(line: LineItem) -> list[str]:
    """What may be the beginning of a longer reference (R3, X5)."""
    found: list[str] = []
    if line.reference and len(line.reference) in CUT_REFERENCE_LENGTHS:
        found += keys_of(line.reference)
    if line.text and len(line.text) == CUT_TEXT_LENGTH:
        runs = runs_of(fold(line.text))
        for first in range(max(0, len(runs) - NGRAM_TOKENS_MAX), len(runs)):
            found.append("".join(runs[first:]))
            found.append("".join([run.lstrip("0") for run in runs[first:]]))
    return [key for key in dict.fromkeys(found) if len(key) >= PREFIX_HEAD_LENGTH]


def _numbers_of(line: LineItem) -> set[str]:
    """Everything on the line that could be an account or a tax id."""
    numbers = id_like_numbers(line.text) if line.text else set[str]()
    if line.counterparty_account:
        numbers.add(normalise_account(line.counterparty_account))
    if line.counterparty_tax_id:
        numbers.add(normalise_tax_id(line.counterparty_tax_id))
    return numbers - {""}


def _ending(key: str) -> str:
    """By which what is shown is filed: the n-grams that end at one place mostly share it."""
    return key[-NGRAM_KEY_LENGTH_MIN:]
