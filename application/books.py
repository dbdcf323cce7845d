"""The books: bank reconciliation statements for accounts and days, from the read models.

A line, and all that becomes of it, counts on its booking day. `known_on` (a local day) reads all of
it as it was recorded up to the end of that day: a statement as known on a day that is over never
changes. Without it, everything known counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from application.ports import ViewStore
from application.reading import at_one_position
from application.reconciliation import (
    AccountUnknown,
    CurrencyNeeded,
    Difference,
    DifferenceKind,
    Flow,
    Reconciliation,
    Tally,
)
from projections import account_day, matches, open_items, settlement_overview, statements, unposted
from projections.document import Document, amounts_of
from projections.matches import is_match
from projections.open_items import is_open_item
from projections.settlement_overview import SettlementOverview, is_settlement_overview
from projections.statements import Content, is_statement
from projections.unposted import carried_minor, is_unposted

BANK = "bank"
"""The kind of source whose statements say what an account holds."""


def bank_reconciliation(
    views: ViewStore,
    *,
    account: str,
    day: date,
    currency: str | None = None,
    known_on: date | None = None,
) -> Reconciliation:
    """The statement of one account; `currency` may be left out where the account has one.

    Raises AccountUnknown, and CurrencyNeeded where there are several and none is named.
    """

    def read() -> Reconciliation:
        chosen = _chosen(views, account, currency)
        return _Books(views, day=day, known_on=known_on, only=chosen).statement(chosen)

    return at_one_position(views, read)


def _chosen(views: ViewStore, account: str, currency: str | None) -> Account:
    currencies = [held for name, held in accounts(views) if name == account]
    if currency is None and len(currencies) > 1:
        raise CurrencyNeeded(account=account, currencies=tuple(currencies))
    if not currencies or (currency is not None and currency not in currencies):
        raise AccountUnknown(account=account)
    return account, currency or currencies[0]


def bank_reconciliations(
    views: ViewStore, *, day: date, known_on: date | None = None
) -> tuple[Reconciliation, ...]:
    """The statements of all accounts, ordered by account and currency."""

    def read() -> tuple[Reconciliation, ...]:
        books = _Books(views, day=day, known_on=known_on, only=None)
        return tuple(books.statement(account) for account in accounts(views))

    return at_one_position(views, read)


Account = tuple[str, str]
"""An account and one of its currencies."""


def accounts(views: ViewStore) -> tuple[Account, ...]:
    """Every account that lines arrived on, with each of its currencies, ordered."""
    keys = (account_day.read_key(key) for key, _ in views.all(account_day.MODEL))
    return tuple(sorted({(key.account, key.currency) for key in keys}))


Amounts = defaultdict[str, int]


class _Books:
    """What the statements of a day need, read once for all accounts, or for `only` one."""

    def __init__(
        self, views: ViewStore, *, day: date, known_on: date | None, only: Account | None
    ) -> None:
        self._views, self._day, self._known_on, self._only = views, day, known_on, only
        self._until = "9999-12-31" if known_on is None else known_on.isoformat()
        self._position = views.position()
        self._before: defaultdict[Account, Amounts] = defaultdict(_zero)
        self._today: defaultdict[Account, Amounts] = defaultdict(_zero)
        self._read_days()
        self._differences: defaultdict[Account, list[Difference]] = defaultdict(list)
        for account, difference in self._listed():
            self._differences[account].append(difference)

    def statement(self, account: Account) -> Reconciliation:
        """The statement of one account."""
        brought, stated = _stated(self._views, account, day=self._day)
        listed = sorted(
            self._differences[account], key=lambda one: (one.booking_day, one.settlement)
        )
        return Reconciliation(
            account=account[0],
            currency=account[1],
            day=self._day,
            known_on=self._known_on,
            position=self._position,
            brought_minor=brought,
            stated_minor=stated,
            before=_flow(self._before[account]),
            today=_flow(self._today[account]),
            differences=tuple(listed),
        )

    def _wanted(self, account: Account, booking_day: str) -> bool:
        return booking_day <= self._day.isoformat() and self._only in (None, account)

    # The sums: statement and ledger.

    def _read_days(self) -> None:
        for text, document in self._views.all(account_day.MODEL):
            key = account_day.read_key(text)
            account = (key.account, key.currency)
            if not self._wanted(account, key.day):
                continue
            earlier = key.day < self._day.isoformat()
            sums = (self._before if earlier else self._today)[account]
            for name, amount in amounts_of(document).items():
                known, _, what = name.partition(".")
                if known <= self._until:
                    sums[what] += amount

    # The lines, one by one.

    def _listed(self) -> Iterator[tuple[Account, Difference]]:
        if self._known_on is not None:
            yield from self._listed_as_known()
            return
        for key, document in self._views.all(open_items.MODEL):
            assert is_open_item(document)
            account = (document["account"] or "", document["currency"])
            if document["kind"] == "line" and self._wanted(account, document["due"]):
                amount, why = document["minor"], document["reason"]
                yield account, _difference("open", key, document["due"], amount, why)
        for key, document in self._views.all(unposted.MODEL):
            assert is_unposted(document)
            account, day = (document["account"], document["currency"]), document["booking_day"]
            because = document["because"]
            if self._wanted(account, day) and self._holds(document["kind"], because):
                yield account, _difference(document["kind"], key, day, document["minor"], because)

    def _listed_as_known(self) -> Iterator[tuple[Account, Difference]]:
        for key, document in self._views.all(settlement_overview.MODEL):
            assert is_settlement_overview(document)
            account, day = (document["account"], document["currency"]), document["booking_day"]
            found = _as_known(document, self._until)
            if found is None or not self._wanted(account, day):
                continue
            kind, minor, because = found
            if self._holds(kind, because):
                yield account, _difference(kind, key, day, minor, because)

    def _holds(self, kind: DifferenceKind, match_id: str) -> bool:
        """Residuals explain what they carry only where the match as a whole is in balance."""
        return kind != "carried" or in_balance(self._views, match_id)


def _difference(
    kind: DifferenceKind, settlement: str, day: str, minor: int, because: str
) -> Difference:
    return Difference(
        kind=kind,
        settlement=settlement,
        booking_day=date.fromisoformat(day),
        minor=minor,
        because=because,
    )


def _as_known(document: SettlementOverview, until: str) -> tuple[DifferenceKind, int, str] | None:
    """What the line was at the end of a day, if statement and ledger differed by it then."""
    known = [one for one in document["happenings"] if one["day"] <= until]
    if not known:
        return None
    match known[-1]["what"]:
        case "matched":
            match_id = known[-1]["match_id"] or ""
            carried = carried_minor(document, match_id)
            return ("carried", carried, match_id) if carried else None
        case "duplicate":
            return "duplicate", document["minor"], document["duplicate_of"] or "cleared later"
        case "cancelled":
            return "cancelled", document["minor"], document["cancelled_because"] or ""
        case "recorded" | "released" | "cleared":
            is_open = document["state"] == "open" and known == document["happenings"]
            reason = document["reason"] if is_open else None
            return "open", document["minor"], reason or open_items.PENDING


def in_balance(views: ViewStore, match_id: str) -> bool:
    """Whether a match's allocations and residuals come to the amounts of its lines."""
    match = views.get_many(matches.MODEL, (match_id,)).get(match_id)
    if match is None or not is_match(match):
        return False
    lines = views.get_many(settlement_overview.MODEL, match["settlements"])
    return match["minor"] == sum(_minor_of(line) for line in lines.values())


def _minor_of(line: Document) -> int:
    assert is_settlement_overview(line)
    return line["minor"]


def _zero() -> Amounts:
    return defaultdict(int)


_RESIDUAL = "residual."


def _flow(sums: Amounts) -> Flow:
    return Flow(
        credits=_tally(sums, "credits"),
        debits=_tally(sums, "debits"),
        matched=_tally(sums, "matched") - _tally(sums, "released"),
        duplicates=_tally(sums, "duplicates") - _tally(sums, "cleared"),
        cancelled=_tally(sums, "cancelled"),
        settled_minor=sums["settled"],
        returned_minor=sums["returned"],
        residuals={
            name.removeprefix(_RESIDUAL): amount
            for name, amount in sorted(sums.items())
            if name.startswith(_RESIDUAL) and amount
        },
    )


def _tally(sums: Amounts, name: str) -> Tally:
    return Tally(sums[f"{name}_count"], sums[f"{name}_minor"])


# What banks state.


def _stated(views: ViewStore, account: Account, *, day: date) -> tuple[int, int | None]:
    """The balance before the account's first line, and the one stated for the end of `day`."""
    contents = sorted(
        _contents(views, account), key=lambda one: (one["first_day"], one["last_day"])
    )
    closings = [one["closing_minor"] for one in contents if one["last_day"] == day.isoformat()]
    stated = next((minor for minor in reversed(closings) if minor is not None), None)
    for content in contents:
        opening = content["opening_minor"]
        if opening is not None:
            return opening - _arrived_before(views, account, content["first_day"]), stated
    return 0, stated


def _contents(views: ViewStore, account: Account) -> Iterator[Content]:
    for _, document in views.all(statements.MODEL):
        assert is_statement(document)
        content = document["content"]
        if content is None or document["source_kind"] != BANK:
            continue
        if (document["account"], content["currency"]) == account:
            yield content


def _arrived_before(views: ViewStore, account: Account, day: str) -> int:
    """What is in the lines of earlier days already, but for those set aside."""
    total = 0
    for text, document in views.all(account_day.MODEL):
        key = account_day.read_key(text)
        if (key.account, key.currency) == account and key.day < day:
            for name, amount in amounts_of(document).items():
                total += _SIGNS.get(name.partition(".")[2], 0) * amount
    return total


_SIGNS = {
    "credits_minor": 1,
    "debits_minor": 1,
    "duplicates_minor": -1,
    "cleared_minor": 1,
    "cancelled_minor": -1,
}
