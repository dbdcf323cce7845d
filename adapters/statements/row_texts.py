"""The texts of a row: remittance, references, ids and the other side, by column or in the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from adapters.statements.layout import Layout
from adapters.statements.model import NAME_LENGTH_MAX, TEXT_LENGTH_MAX, Entry, Party, Unreadable
from adapters.statements.patterns import bounded_pattern
from adapters.statements.profiles import Profile
from adapters.statements.values import coelsa_id_in, known
from domain.identity import is_valid_cbu, is_valid_cuit

REFERENCE_LENGTH_MAX = 64
"""Characters of a kept reference; a longer text of an unnamed column joins the remittance."""

_LONG_NUMBER = re.compile(
    r"(?<![0-9])(?:[0-9]{2}-[0-9]{8}-[0-9]|[0-9]{11}|[0-9]{22})(?![0-9])", re.ASCII
)
_PARTY = ("counterparty_name", "counterparty_account", "counterparty_tax_id", "counterparty_bank")


class RowTexts:
    """Reads the texts of the rows of one layout."""

    def __init__(self, layout: Layout, profile: Profile) -> None:
        self._layout = layout
        self._only = layout.texts[0] if len(layout.texts) == 1 else None
        patterns = profile.patterns
        self._tax_id = _optional(patterns.tax_id)
        self._account = _optional(patterns.account)
        self._coelsa = _optional(patterns.coelsa_id)
        self._end_to_end = _optional(patterns.end_to_end_id)
        self._coelsa_column = layout.at.get("coelsa_id")
        self._end_to_end_column = layout.at.get("end_to_end_id")
        self._party = tuple(layout.at.get(name) for name in _PARTY)
        self._has_end_to_end = self._end_to_end is not None or self._end_to_end_column is not None
        self._reference = layout.at.get("bank_reference")
        self._has_party = any(at is not None for at in self._party)

    def text(self, cells: Sequence[str]) -> str:
        """The text columns, joined by a blank."""
        if self._only is not None:
            return cells[self._only].strip()
        return " ".join(filter(None, (cells[at].strip() for at in self._layout.texts)))

    def entry(
        self,
        line: int,
        cells: Sequence[str],
        text: str,
        *,
        amount_minor: int,
        currency: str | None,
        booking_date: date,
        value_date: date | None,
        balance_after_minor: int | None,
    ) -> Entry:
        """The entry of a row, with what its texts say. Raises Unreadable for a text too long."""
        references: tuple[tuple[str, str], ...] = ()
        if self._layout.extras:
            references, text = self._extras(cells, text)
        remittance = checked_text(line, text)
        return Entry(
            place=f"line {line}",
            amount_minor=amount_minor,
            currency=currency,
            booking_date=booking_date,
            value_date=value_date,
            end_to_end_id=self._end_to_end_id(cells, text) if self._has_end_to_end else None,
            bank_reference=None if self._reference is None else known(cells[self._reference]),
            coelsa_id=self._coelsa_id(cells, text),
            references=references,
            remittance=remittance,
            counterparty=self._counterparty(line, cells, text),
            balance_after_minor=balance_after_minor,
        )

    def _coelsa_id(self, cells: Sequence[str], text: str) -> str | None:
        """Its column, else the profile's pattern, else whatever looks like one."""
        if self._coelsa_column is not None and (said := known(cells[self._coelsa_column])):
            return said
        if self._coelsa is not None:
            return _found(self._coelsa, text)
        return coelsa_id_in((text,)) if len(text) >= 22 else None

    def _end_to_end_id(self, cells: Sequence[str], text: str) -> str | None:
        if self._end_to_end_column is not None and (said := known(cells[self._end_to_end_column])):
            return said
        return None if self._end_to_end is None else _found(self._end_to_end, text)

    def _counterparty(self, line: int, cells: Sequence[str], text: str) -> Party | None:
        """Its columns, else a tax id and an account in the text."""
        name = account = tax_id = bank = None
        if self._has_party:
            name, account, tax_id, bank = (
                None if at is None else known(cells[at]) for at in self._party
            )
            if name is not None and len(name) > NAME_LENGTH_MAX:
                raise Unreadable(
                    f"line {line}", f"a name of more than {NAME_LENGTH_MAX} characters"
                )
        if len(text) >= 11:
            tax_id = tax_id or self._tax_id_in(text)
            account = account or self._account_in(text)
        if name is account is tax_id is bank is None:
            return None
        return Party(name=name, account=account, tax_id=tax_id, bank=bank)

    def _tax_id_in(self, text: str) -> str | None:
        if self._tax_id is not None:
            return _found(self._tax_id, text)
        for number in _LONG_NUMBER.findall(text):
            digits = number.replace("-", "")
            if len(digits) == 11 and is_valid_cuit(digits):
                return digits
        return None

    def _account_in(self, text: str) -> str | None:
        if self._account is not None:
            return _found(self._account, text)
        for number in _LONG_NUMBER.findall(text) if len(text) >= 22 else ():
            if len(number) == 22 and (is_valid_cbu(number) or number.startswith("000")):
                return number
        return None

    def _extras(self, cells: Sequence[str], text: str) -> tuple[tuple[tuple[str, str], ...], str]:
        """Columns that the profile does not name: references, or text where they are too long."""
        header = self._layout.header
        found = [(header[at], said) for at in self._layout.extras if (said := cells[at].strip())]
        long = [said for _, said in found if len(said) > REFERENCE_LENGTH_MAX]
        if not long:
            return tuple(found), text
        short = tuple(each for each in found if len(each[1]) <= REFERENCE_LENGTH_MAX)
        return short, " ".join(filter(None, (text, *long)))


def checked_text(line: int, text: str) -> str | None:
    """The text as remittance; None if it is empty. Raises Unreadable for one that is too long."""
    if len(text) > TEXT_LENGTH_MAX:
        raise Unreadable(f"line {line}", f"a text of more than {TEXT_LENGTH_MAX} characters")
    return text or None


def _optional(pattern: str | None) -> re.Pattern[str] | None:
    return None if pattern is None else bounded_pattern(pattern)


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text[:TEXT_LENGTH_MAX])
    if found is None:
        return None
    return known(found["id"] if "id" in pattern.groupindex else found[0])
