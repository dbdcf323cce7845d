"""The columns of a processor's file: which there must be, what they are called, what they hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.statements.model import Unreadable
from adapters.statements.table import Table, normalised

RATE = "porcentaje"
"""What is added to the name of a column of rates: "% Arancel" is not "Arancel"."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The columns of a format by their names, normalised as table.py does.

    A header that holds `signature_least` names of `signature` is of this format. Of each tuple in
    `required` one column must be there. `amounts` are read as amounts, and so is each column that
    `is_charge` knows. `also` gives a column's name for other ways to write it. Rows are grouped
    into statements by the first column of `groups` that is there; a row that `is_total` belongs to
    the rows before it. In a file `is_spanish`, 1.500 is thousands where nothing else tells.
    """

    signature: frozenset[str]
    signature_least: int
    required: tuple[tuple[str, ...], ...]
    amounts: frozenset[str]
    groups: tuple[str, ...] = ()
    currency: str | None = None
    is_spanish: bool = False
    also: Mapping[str, str] = field(default_factory=dict[str, str])
    is_charge: Callable[[str], bool] = lambda _name: False
    is_total: Callable[[Sequence[str]], bool] = lambda _cells: False

    def is_amount(self, name: str) -> bool:
        """Whether a column holds amounts."""
        return name in self.amounts or self.is_charge(name)

    def name_of(self, cell: str) -> str:
        """A column's name here, for one as written: "Release date (DATE)" is "date"."""
        inside = re.fullmatch(r"[^()]+\(([A-Z_]+)\) *", cell)
        if inside is not None and (name := normalised(inside[1])) in self.also.values():
            return name
        name = normalised(cell)
        if "%" in cell and not any(map(str.isdigit, cell)):
            return f"{name} {RATE}"
        return self.also.get(name, name)

    def recognises(self, header: Iterable[str]) -> bool:
        """Whether a header is of this format, its cells as written or normalised."""
        names = {normalised(cell) for cell in header}
        names = {self.also.get(name, name) for name in names}
        found = sum(any(name.endswith(sign) for name in names) for sign in self.signature)
        return found >= self.signature_least


def names_in(text: str) -> frozenset[str]:
    """The names of a list with commas."""
    return frozenset(name.strip() for name in text.split(","))


def other_names(table: str) -> dict[str, str]:
    """The name for each other one, of lines as "name: other, another"."""
    rows = (line.split(": ") for line in table.strip().splitlines())
    return {other.strip(): name for name, others in rows for other in others.split(",")}


def columns_of(table: Table, layout: Layout) -> dict[str, int]:
    """Where each column of a table is, by name. Raises Unreadable: one lacks, or is twice."""
    needed = {name for names in layout.required for name in names}
    columns: dict[str, int] = {}
    own = [normalised(cell) for cell in table.header]
    here = [layout.name_of(cell) for cell in table.header]
    # A column's own name goes before what another one may be called.
    for exact in (True, False):
        for at, name in enumerate(here):
            if (name == own[at]) != exact:
                continue
            if name not in columns:
                columns[name] = at
            elif (name in needed or layout.is_amount(name)) and (
                here[columns[name]] == own[columns[name]]
            ) == exact:
                raise Unreadable(f"line {table.header_line}", f"the column {name} stands twice")
    for names in layout.required:
        if not any(name in columns for name in names):
            raise Unreadable(
                f"line {table.header_line}", f"the column {' or '.join(names)} is missing"
            )
    return columns
