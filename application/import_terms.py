"""Where the lines of a file belong: what the file says of it, and what its sender has to say.

A line's id is its source, its account and the bank's entry id, for ever. So each of them has one
rule and no guess: the account is the file's own, else the one that was said with it; processors
have one account a file where it names none. The source is said, else made of the format for
processors, and of the bank's code in an Argentine account number for banks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from application.entry_lines import ID_LENGTH_MAX, Origin, ReadFile, Stated, is_source
from application.imported import ImportRefused
from domain.identity import is_valid_cbu, normalise_account

PROCESSORS = {
    "mp-release": "mercadopago",
    "mp-settlement": "mercadopago",
    "stripe-payout": "stripe",
    "adyen-sdr": "adyen",
    "ar-card": "card",
}
"""Formats of processors and acquirers, and the name that their source has where none is said."""

UNNAMED_BANK = "bank:unnamed"

IDS_THAT_LAST = ("camt.", "mt940", "mt942", "stripe-payout", "adyen-sdr", "ar-card")
"""Formats whose statement ids are never used twice for an account; others count from 1 again.

Those of MT940 and MT942 are made so by their reader.
"""

PAGED = ("camt.",)
"""Formats whose pages carry the id of the whole statement."""

_BANK_CODE_LENGTH = 3
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the sender says of a file, where the file does not: None leaves it to the rules."""

    account: str | None = None
    source: str | None = None
    merchant_id: str | None = None


def origin_of(file: ReadFile, stated: Stated, *, terms: Terms, received_at: str) -> Origin:
    """Where the lines of a statement belong. Raises ImportRefused."""
    processor = PROCESSORS.get(file.format)
    account = _BLANKS.sub(" ", (stated.account or terms.account or processor or "").strip())
    if not account:
        reason = "no account: the file names none, say it with --account"
        raise ImportRefused(place=stated.place, reason=reason)
    if ":" in account or not account.isprintable() or len(account) > ID_LENGTH_MAX:
        raise ImportRefused(place=stated.place, reason="account: unsafe-text")
    source = terms.source or _source_of(account, processor)
    if not is_source(source):
        raise ImportRefused(place=stated.place, reason='source-format (not "kind:name")')
    statement_id = _statement_id(file, stated)
    if not statement_id.isprintable() or len(statement_id) > ID_LENGTH_MAX:
        raise ImportRefused(place=stated.place, reason="statement id: unsafe-text")
    return Origin(
        source=source,
        account=account,
        statement_id=statement_id,
        currency=stated.currency,
        merchant_id=terms.merchant_id,
        received_at=received_at,
    )


def _source_of(account: str, processor: str | None) -> str:
    if processor is not None:
        return f"acquirer:{processor}"
    digits = normalise_account(account)
    return f"bank:{digits[:_BANK_CODE_LENGTH]}" if is_valid_cbu(digits) else UNNAMED_BANK


def _statement_id(file: ReadFile, stated: Stated) -> str:
    """The statement's id, for its account: its own, made unique where the format's are not."""
    if stated.statement_id is None:
        return f"{file.sha256[:16]}-{stated.ordinal}"
    parts = [stated.statement_id]
    if not file.format.startswith(IDS_THAT_LAST):
        if stated.last_day is not None:
            parts.append(stated.last_day.isoformat())
        if stated.sequence is not None:
            parts.append(str(stated.sequence))
    is_part = stated.page is not None and (stated.page > 1 or stated.more_pages)
    if is_part and file.format.startswith(PAGED):
        parts.append(str(stated.page))
    return "/".join(parts)
