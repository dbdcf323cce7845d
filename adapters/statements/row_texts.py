"""The texts of a row: remittance, references, ids and the other side, by column or in the text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from adapters.statements.layout import Layout
from adapters.statements.model import (
    NAME_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    Entry,
    Party,
    Status,
    Unreadable,
)
from adapters.statements.patterns import bounded_pattern
from adapters.statements.profiles import Profile
from adapters.statements.row_marks import Mark, RowMarks
from adapters.statements.table import normalised
from adapters.statements.values import coelsa_id_in, is_uetr, known
from domain.identity import is_valid_cbu, is_valid_cuit, looks_like_cvu

REFERENCE_LENGTH_MAX = 64
"""Characters of a kept reference; a longer text of an unnamed column joins the remittance."""

TEXTS_REMEMBERED_MAX = 4_096
"""Texts that are remembered with what they say: many rows of a statement share one."""

_LONG_NUMBER = re.compile(
    r"[0-9](?<![0-9][0-9])(?:[0-9]-[0-9]{8}-[0-9]|[0-9]{10}(?:[0-9]{11})?)(?![0-9])", re.ASCII
)
"""A tax id or 22 digits, that begin where a number does; the search skips to a digit at once."""

_KINDS = bytes(ord("0") if 48 <= n < 58 else ord("A") if 65 <= n < 91 else 32 for n in range(256))
_DIGITS, _CAPITALS = b"0" * 8, b"A" * 22
"""What tax ids and accounts have, and what COELSA ids have, in a text of kinds of signs."""

_NAMES = (
    "end_to_end_id", "coelsa_id", "uetr", "status", "reversal",
    "counterparty_name", "counterparty_account", "counterparty_tax_id", "counterparty_bank",
)  # fmt: skip
_STATUS: dict[str, Status] = {
    **dict.fromkeys(("pdng", "pending", "processing", "pendiente", "en proceso"), "PDNG"),
    **dict.fromkeys(("info", "rejected", "failed", "declined", "cancelled", "canceled"), "INFO"),
    **dict.fromkeys(("rechazado", "rechazada", "anulado", "anulada", "cancelado"), "INFO"),
}
"""What is not booked; every other word says that it is."""
_TRUE = frozenset({"true", "yes", "si", "1", "x"})


class Said(Struct, frozen=True, gc=False):
    """What a row's text says, whatever stands in its other columns."""

    mark: Mark | None
    remittance: str | None
    end_to_end_id: str | None
    coelsa_id: str | None
    counterparty: Party | None


class RowTexts:
    """Reads the texts of the rows of one layout."""

    def __init__(self, layout: Layout, profile: Profile, marks: RowMarks) -> None:
        self._marks = marks
        self._texts = layout.texts
        self._only = layout.texts[0] if len(layout.texts) == 1 else None
        patterns = profile.patterns
        self._tax_id = _optional(patterns.tax_id)
        self._account = _optional(patterns.account)
        self._coelsa = _optional(patterns.coelsa_id)
        self._end_to_end = _optional(patterns.end_to_end_id)
        self._remembered: dict[str, Said] = {}

    def said(self, line: int, cells: Sequence[str]) -> Said:
        """What the text columns say, joined by a blank. Raises Unreadable for a text too long."""
        if self._only is not None:
            text = cells[self._only]
        else:
            text = " ".join(filter(None, [cells[at].strip() for at in self._texts]))
        said = self._remembered.get(text)
        if said is None:
            said = self._read(line, text.strip())
            if len(self._remembered) >= TEXTS_REMEMBERED_MAX:
                self._remembered.clear()
            self._remembered[text] = said
        return said

    def said_at_once(self, columns: Sequence[Sequence[str]]) -> list[Said] | None:
        """What many rows say, given by columns; None if one is marked as no movement."""
        texts: Sequence[str]
        if self._only is not None:
            texts = columns[self._only]
        elif self._texts:
            stripped = [[*map(str.strip, columns[at])] for at in self._texts]
            texts = [
                " ".join(filter(None, each) if "" in each else each)
                for each in zip(*filter(any, stripped), strict=True)
            ] or [""] * len(columns[0])
        else:
            texts = [""] * len(columns[0])
        missing = {*texts} - self._remembered.keys()
        if any(len(text) > TEXT_LENGTH_MAX for text in missing):
            return None
        if len(missing) + len(self._remembered) > TEXTS_REMEMBERED_MAX:
            self._remembered.clear()
            missing = {*texts}
        for text in missing:
            self._remembered[text] = self._read(0, text.strip())
        said = [self._remembered[text] for text in texts]
        return None if any(each.mark is not None for each in said) else said

    def _read(self, line: int, text: str) -> Said:
        checked_text(line, text)
        mark = self._marks.of(text)
        end_to_end = None if self._end_to_end is None else _found(self._end_to_end, text)
        if mark is not None:
            return Said(mark, text or None, end_to_end, None, None)
        # What an id has at the least takes a fifth of the time of looking for it.
        kinds = text.encode("ascii", "replace").translate(_KINDS)
        if self._coelsa is not None:
            coelsa = _found(self._coelsa, text)
        else:
            coelsa = coelsa_id_in((text,)) if _CAPITALS in kinds.replace(b"0", b"A") else None
        party = None
        if _DIGITS in kinds or self._tax_id is not None or self._account is not None:
            party = self._counterparty(text)
        return Said(None, text or None, end_to_end, coelsa, party)

    def _counterparty(self, text: str) -> Party | None:
        tax_id = None if self._tax_id is None else _found(self._tax_id, text)
        account = None if self._account is None else _found(self._account, text)
        for number in _LONG_NUMBER.findall(text):
            digits = number.replace("-", "")
            if len(digits) == 11:
                if tax_id is None and self._tax_id is None and is_valid_cuit(digits):
                    tax_id = digits
            elif account is None and self._account is None and is_account(digits):
                account = digits
        return None if tax_id is account is None else Party(tax_id=tax_id, account=account)


class RowColumns:
    """Reads what some layouts have in columns of its own: ids, the other side, a status.

    Without `have_fields`, these columns are but references.
    """

    def __init__(self, layout: Layout) -> None:
        self._at = {name: layout.at[name] for name in _NAMES if name in layout.at}
        self._extras = tuple((layout.header[at], at) for at in layout.extras)
        self.are_there = bool(self._at or self._extras)
        self.have_fields = bool(self._at)
        self.have_status = "status" in self._at

    def references_at_once(
        self, columns: Sequence[Sequence[str]]
    ) -> Sequence[tuple[tuple[str, str], ...]] | None:
        """The references of many rows, given by columns; None if one is a longer text."""
        pairs: list[list[tuple[str, str] | None]] = []
        for name, at in self._extras:
            said = {text: (name, text.strip()) for text in {*columns[at]}}
            if any(len(text) > REFERENCE_LENGTH_MAX for _, text in said.values()):
                return None
            pairs.append([said[text] if said[text][1] else None for text in columns[at]])
        if not pairs:
            return [()] * len(columns[0])
        return [tuple(filter(None, each)) for each in zip(*pairs, strict=True)]

    def added(self, line: int, cells: Sequence[str], entry: Entry) -> Entry:
        """The entry with what these columns say, before what its text says. Raises Unreadable."""
        said = {name: known(cells[at]) for name, at in self._at.items()}
        references = [(name, text) for name, at in self._extras if (text := cells[at].strip())]
        text = entry.remittance
        if any(len(each) > REFERENCE_LENGTH_MAX for _, each in references):
            long = (each for _, each in references if len(each) > REFERENCE_LENGTH_MAX)
            text = checked_text(line, " ".join(filter(None, (text, *long))))
            references = [each for each in references if len(each[1]) <= REFERENCE_LENGTH_MAX]
        uetr = said.get("uetr") or ""
        return replace(
            entry,
            end_to_end_id=said.get("end_to_end_id") or entry.end_to_end_id,
            coelsa_id=said.get("coelsa_id") or entry.coelsa_id,
            uetr=uetr.lower() if is_uetr(uetr) else None,
            status=_STATUS.get(normalised(said.get("status") or ""), "BOOK"),
            reversal=normalised(said.get("reversal") or "") in _TRUE,
            counterparty=_joined(line, said, entry.counterparty),
            references=tuple(references),
            remittance=text,
        )


def _joined(line: int, said: Mapping[str, str | None], found: Party | None) -> Party | None:
    """The other side by its columns, and what is missing there by the text."""
    name = said.get("counterparty_name")
    if name is not None and len(name) > NAME_LENGTH_MAX:
        raise Unreadable(f"line {line}", f"a name of more than {NAME_LENGTH_MAX} characters")
    party = Party(
        name=name,
        account=said.get("counterparty_account") or (found and found.account),
        tax_id=said.get("counterparty_tax_id") or (found and found.tax_id),
        bank=said.get("counterparty_bank"),
    )
    return None if party == Party() else party


def is_account(digits: str) -> bool:
    """Whether 22 digits are a CBU by their check digits, or have the form of a CVU."""
    return is_valid_cbu(digits) or looks_like_cvu(digits)


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
