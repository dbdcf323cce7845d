"""Key functions: what a payment has and what a line shows under a key, in one written form.

They are total: whatever the text, they answer with values or with none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from domain.identity import normalise_account, normalise_tax_id
from domain.matching.evidence import (
    END_TO_END,
    NGRAM_KEY_LENGTH_MIN,
    NGRAM_TOKENS_MAX,
    OTHER,
    REFERENCE,
    TEXT,
    Shown,
    id_like_numbers,
)
from domain.matching.index import PaymentIndex, end_to_end_key
from domain.matching.items import LineItem, PaymentItem
from domain.matching.normalise import fold, keys_of, spans_of
from domain.rules.language import (
    ID_NAMESPACES,
    Alnum,
    AsShown,
    Digits,
    DigitsLast,
    Key,
    Last,
    Normaliser,
    ZeroStripped,
)


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A value that a line shows: where, and as it is written there."""

    place: str
    raw: str
    value: str


def normalised(text: str, normaliser: Normaliser) -> str | None:
    """The text in the normaliser's form; None where too little of it is left to tell anything."""
    alnum, stripped = keys_of(text)
    match normaliser:
        case Alnum() | AsShown():
            value = alnum
        case ZeroStripped():
            value = stripped
        case Digits():
            value = _digits(alnum)
        case Last(length=length):
            value = alnum[-length:] if len(alnum) >= length else ""
        case DigitsLast(length=length):
            digits = _digits(alnum)
            value = digits[-length:] if len(digits) >= length else ""
        case _:
            assert_never(normaliser)
    return value if len(value) >= NGRAM_KEY_LENGTH_MIN else None


def _digits(alnum: str) -> str:
    return "".join(char for char in alnum if char.isdigit())


def payment_value(key: Key, payment: PaymentItem) -> str | None:
    """What the payment has under the key, in its written form."""
    match key.namespace:
        case "reference":
            return _of(payment.reference, key)
        case "end_to_end_id":
            real = payment.end_to_end_id and end_to_end_key(payment.end_to_end_id)
            return _of(payment.end_to_end_id, key) if real else None
        case "payment_id":
            return _of(payment.id.rpartition(":")[2], key)
        case "payer_account":
            return payment.account
        case "payer_tax_id":
            return payment.tax_id
        case "merchant":
            return payment.merchant
        case _:
            assert_never(key.namespace)


def _of(text: str | None, key: Key) -> str | None:
    return normalised(text, key.normaliser) if text else None


# What a line shows.


def reachable_values(key: Key, line: LineItem, index: PaymentIndex) -> set[str]:
    """Everything that the line could show under the key, now or once more payments are known."""
    if key.namespace in ID_NAMESPACES:
        return {one.value for one in shown_ids(key, line)}
    numbers = id_like_numbers(line.text) if line.text else set[str]()
    if line.counterparty_account:
        numbers.add(normalise_account(line.counterparty_account))
    if line.counterparty_tax_id:
        numbers.add(normalise_tax_id(line.counterparty_tax_id))
    if key.namespace != "merchant":
        return numbers
    codes: set[str] = set() if line.merchant is None else {line.merchant}
    for number in numbers:
        codes.update(index.merchants_by_account.get(number, ()))
        codes.update(index.merchants_by_tax_id.get(number, ()))
    return codes


def shown_keys(key: Key, line: LineItem, shown: Shown, index: PaymentIndex) -> list[ShownKey]:
    """What the line shows under the key, with its places; parties as the built-in rules read."""
    match key.namespace:
        case "payer_account":
            return [ShownKey(one.place, one.value, one.value) for one in shown.accounts]
        case "payer_tax_id":
            return [ShownKey(one.place, one.value, one.value) for one in shown.tax_ids]
        case "merchant":
            return _merchants(line, shown, index)
        case _:
            return list(shown_ids(key, line))


def _merchants(line: LineItem, shown: Shown, index: PaymentIndex) -> list[ShownKey]:
    if line.merchant is not None:
        return [ShownKey("merchant_id", line.merchant, line.merchant)]
    found: list[ShownKey] = []
    for one, filed in (
        *((each, index.merchants_by_account) for each in shown.accounts),
        *((each, index.merchants_by_tax_id) for each in shown.tax_ids),
    ):
        found += [ShownKey(one.place, code, code) for code in filed.get(one.value, ())]
    return found


def shown_ids(key: Key, line: LineItem) -> Iterator[ShownKey]:
    """The ids that a line shows in its id fields and in its text, in the key's form.

    In a text an id is one to six neighbouring runs of letters and digits, and as long as the form
    asks for: the end of a longer number is not taken for an id.
    """
    fields = [(REFERENCE, line.reference), (END_TO_END, line.end_to_end_id)]
    fields += [(OTHER, one) for one in line.other_ids]
    for place, raw in fields:
        value = _of(raw, key)
        if raw and value is not None:
            yield ShownKey(place, raw, value)
    if line.text:
        yield from _in_text(fold(line.text), key.normaliser)


def _in_text(folded: str, normaliser: Normaliser) -> Iterator[ShownKey]:
    spans = spans_of(folded)
    for first, (start, _) in enumerate(spans):
        for _, end in spans[first : first + NGRAM_TOKENS_MAX]:
            raw = folded[start:end]
            value = normalised(raw, normaliser)
            if value is not None and _fills(raw, normaliser):
                yield ShownKey(TEXT, raw, value)


def _fills(raw: str, normaliser: Normaliser) -> bool:
    alnum = keys_of(raw)[0]
    match normaliser:
        case Last(length=length):
            return len(alnum) == length
        case DigitsLast(length=length):
            return len(_digits(alnum)) == length
        case _:
            return True
