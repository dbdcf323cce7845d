"""The books: what an account's lines of one booking day brought, and what of it is posted.

Key: `<booking day>|<currency>|<account>`. A line counts on its booking day, and everything that
becomes of it too; each amount also says on which local day it was recorded: `<recorded
day>.<name>`. So the books of any day can be read as they were known on any day, and what is known
later never changes what was known before.

    credits, debits                  lines as they arrived, `_count` and `_minor` (debits: negative)
    matched, released                lines that entered a match, that left one; the same
    duplicates, cleared              lines found to repeat another, or not to after all; the same
    cancelled                        lines that their source withdrew; the same
    settled, returned, residual.<kind>
                                     postings in minor units: from the allocations and residuals of
                                     matches, not from the lines; a release posts the opposite
    carried                          what residuals carry to other lines (unposted.py)

All but the postings are the statement's side, the postings the ledger's: two sources for one sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from projections import settlement_overview
from projections.document import Added, Amounts, Document
from projections.settlement_overview import SettlementOverview, is_settlement_overview
from projections.unposted import carried_minor

MODEL = "account_day"

_NAMES = {
    "matched": "matched",
    "released": "released",
    "duplicate": "duplicates",
    "cleared": "cleared",
    "cancelled": "cancelled",
}


class AccountDayKey(NamedTuple):
    """What the key of a document says."""

    day: str
    currency: str
    account: str


def key_of(*, day: str, currency: str, account: str) -> str:
    """The key; it can be read back whatever the account is called, which comes last."""
    return f"{day}|{currency}|{account}"


def read_key(key: str) -> AccountDayKey:
    """The parts of a key."""
    return AccountDayKey(*key.split("|", 2))


def heading(key: str) -> dict[str, str]:
    """The parts of a key, for its document."""
    return read_key(key)._asdict()


def _of_line(key: str, document: Document) -> tuple[Amounts]:
    del key
    assert is_settlement_overview(document)
    amounts: dict[str, int] = {}
    minor = document["minor"]
    for happening in document["happenings"]:
        day, match_id = happening["day"], happening["match_id"]
        name = _NAMES.get(happening["what"]) or ("credits" if minor >= 0 else "debits")
        _add(amounts, f"{day}.{name}_count", 1)
        _add(amounts, f"{day}.{name}_minor", minor)
        if match_id is not None:
            sign = 1 if happening["what"] == "matched" else -1
            for posted, amount in _posted(document, match_id):
                _add(amounts, f"{day}.{posted}", sign * amount)
    here = key_of(
        day=document["booking_day"], currency=document["currency"], account=document["account"]
    )
    return ((here, amounts),)


def _add(amounts: dict[str, int], name: str, amount: int) -> None:
    amounts[name] = amounts.get(name, 0) + amount


def _posted(document: SettlementOverview, match_id: str) -> Iterator[tuple[str, int]]:
    for posting in document["postings"]:
        if posting["match_id"] == match_id:
            yield "settled", posting["settled_minor"]
            if posting["returned_minor"]:
                yield "returned", posting["returned_minor"]
            for kind, amount in posting["residuals"].items():
                yield f"residual.{kind}", amount
            if posting["shared"]:
                yield "carried", carried_minor(document, match_id)


SOURCES: Mapping[str, Added] = {settlement_overview.MODEL: _of_line}
