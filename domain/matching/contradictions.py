"""Contradictions X1 to X5 and X7: the only things that take a candidate away.

X6 (amount) is in amounts.py, X8 (consumed) is the engine's own knowledge. Names never contradict,
nor do similarity, closeness in time, or order of arrival.
"""

from __future__ import annotations

from domain.matching.evidence import Shown
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem
from domain.matching.normalise import is_typo

DAYS_AFTER_EXPECTED_MAX = 12
"""Calendar days after its expected value date until which a line may pay a payment (X7)."""

CURRENCY, DIRECTION, MERCHANT, PAYER, OTHER_ID = "X1", "X2", "X3", "X4", "X5"
AMOUNT, DATE, CONSUMED = "X6", "X7", "X8"
DECISION = "D"
"""A person undid this pair, or cancelled the payment: the engine does not propose it again."""

Codes = tuple[str, ...]


def contradictions(
    line: LineItem,
    shown: Shown,
    payment: PaymentItem,
    index: PaymentIndex,
    *,
    identity: bool,
    forgive_typo: bool = False,
) -> Codes:
    """Everything but the amount that speaks against a line paying, or returning, a payment.

    With `identity` the line may be dated one calendar day before the payment (X7). With
    `forgive_typo` a reference field that is a typo of the payment's is no contradiction (R4: the
    caller has seen payer id and exact amount).
    """
    codes: list[str] = []
    home = index.reference.fx.get(payment.currency)
    if line.currency != payment.currency and (home is None or line.currency != home.home):
        codes.append(CURRENCY)
    if line.merchant is not None and line.merchant != payment.merchant:
        codes.append(MERCHANT)
    if shown.accounts or shown.tax_ids:
        codes += _other_party(shown, payment, index)
    if _other_id(line, shown, payment, forgive_typo=forgive_typo):
        codes.append(OTHER_ID)
    if not _in_window(line, payment, identity=identity):
        codes.append(DATE)
    if payment.cancelled or (index.barred and (line.id, payment.id) in index.barred):
        codes.append(DECISION)
    return tuple(codes)


def _other_party(shown: Shown, payment: PaymentItem, index: PaymentIndex) -> list[str]:
    """X3, X4: an id of neither the payer nor the payment's merchant names somebody else."""
    codes: list[str] = []
    merchant = index.reference.merchants.get(payment.merchant)
    for one in shown.accounts:
        if one.value == payment.account or (merchant and one.value == merchant.payout_account):
            continue
        if one.value in index.merchants_by_account:
            codes.append(MERCHANT)
        elif payment.account is not None:
            codes.append(PAYER)
    for one in shown.tax_ids:
        if one.value == payment.tax_id or (merchant and one.value == merchant.tax_id):
            continue
        if one.value in index.merchants_by_tax_id:
            codes.append(MERCHANT)
        elif payment.tax_id is not None:
            codes.append(PAYER)
    return list(dict.fromkeys(codes))


def _other_id(line: LineItem, shown: Shown, payment: PaymentItem, *, forgive_typo: bool) -> bool:
    """X5: the line shows an id that is not this payment's."""
    ours_by_end_to_end = shown.is_named_by_end_to_end(payment)
    if shown.end_to_end and not ours_by_end_to_end:
        return True
    if any(payment not in hit.owners for hit in shown.active):
        return True
    if shown.field_key and not shown.field_owned and not ours_by_end_to_end:
        cut_fits = shown.field_cut and begins(shown.field_key, None, payment)
        if not cut_fits and not (forgive_typo and typo_of(line, payment)):
            return True
    if shown.tail is None or ours_by_end_to_end or shown.active:
        return False  # a text that shows the payment's own reference whole ends in something else
    return not begins(shown.tail, shown.tail_stripped, payment)


def begins(key: str, stripped: str | None, payment: PaymentItem) -> bool:
    """Whether a cut reference could be the beginning of the payment's, by either key (R3)."""
    own = [one for one in (payment.key, payment.stripped_key) if one]
    shown = [one for one in (key, stripped) if one]
    return any(whole.startswith(part) for whole in own for part in shown)


def typo_of(line: LineItem, payment: PaymentItem) -> bool:
    """Whether the line's reference field is the payment's reference with one slip (R4)."""
    return bool(line.reference and payment.reference and is_typo(line.reference, payment.reference))


def _in_window(line: LineItem, payment: PaymentItem, *, identity: bool) -> bool:
    first = payment.created - 1 if identity else payment.created
    if line.value < first:
        return False
    return line.amount < 0 or line.value <= payment.expected + DAYS_AFTER_EXPECTED_MAX


def shows_payer(shown: Shown, payment: PaymentItem) -> bool:
    """Whether the line shows the account or tax id of the payment's payer."""
    account, tax_id = payment.account, payment.tax_id
    return any(one.value == account for one in shown.accounts) or any(
        one.value == tax_id for one in shown.tax_ids
    )


def shows_merchant(line: LineItem, shown: Shown, payment: PaymentItem, index: PaymentIndex) -> bool:
    """Whether the line names the payment's merchant: by id, payout account or tax id."""
    if line.merchant is not None:
        return line.merchant == payment.merchant
    merchant = index.reference.merchants.get(payment.merchant)
    if merchant is None:
        return False
    return any(one.value == merchant.payout_account for one in shown.accounts) or any(
        one.value == merchant.tax_id for one in shown.tax_ids
    )
