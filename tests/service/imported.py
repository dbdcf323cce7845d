"""A bank's lines as statement files, one for each statement, imported into a store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from adapters.demo_bank import DemoBank, write
from adapters.statements.model import Party
from application.import_terms import Terms
from application.imported import FileOutcome
from application.outcome import match_rows
from conciliar import open_store
from conciliar.importing_statements import Importing, Wanted
from conciliar.orders import judged_again
from conciliar.parked import parking_lot
from tests.fixtures.statement_files import entry, opened, statement
from tests.fixtures.statement_files import write as write_file
from tests.service.delivered import SETTINGS, reconciled


@dataclass(frozen=True)
class File:
    """A statement file, what its sender says of it, and the last day on it."""

    path: Path
    wanted: Wanted
    day: date


@dataclass(frozen=True)
class Matched:
    """What a store holds in the end: matches by ids and rule, and the streams of its lines."""

    matches: frozenset[tuple[frozenset[str], frozenset[str], str]]
    lines: frozenset[str]

    @property
    def paid(self) -> frozenset[tuple[frozenset[str], str]]:
        """The payments of each match, and its rule: the same whichever copy of a line it is."""
        return frozenset((payments, rule) for payments, _, rule in self.matches)


def with_payments(made: DemoBank, folder: Path) -> Path:
    """A store that knows the bank's payments and merchants, and one line that pays nobody."""
    orphan = {**made.settlements[0], "amount": 1, "reference": None, "end_to_end_id": None}
    orphan |= {"remittance_information": None, "counterparty_name": None, "account": "elsewhere"}
    orphan |= {"counterparty_account": None, "counterparty_tax_id": None, "merchant_id": None}
    data = folder / "payments"
    write(replace(made, settlements=[orphan]), folder=data)
    reconciled(data, folder / "out", store=folder / "store")
    return folder / "store"


def files_of(made: DemoBank, folder: Path, *, whole_accounts: bool = False) -> list[File]:
    """A file for each statement and merchant, by day; or one for all statements of an account."""
    folder.mkdir()
    by_statement: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in made.settlements:
        name = "" if whole_accounts else row["statement_id"]
        key = (name, row["source"], row["account"], row["merchant_id"] or "")
        by_statement[key].append(row)
    found: list[File] = []
    for number, ((_, source, account, merchant), rows) in enumerate(sorted(by_statement.items())):
        entries = [_entry(row) for row in rows]
        path = write_file(
            folder / f"{number}", statement(None, *entries, account=account, currency=None)
        ).path
        terms = Terms(source=source, merchant_id=merchant or None)
        day = max(date.fromisoformat(row["booking_date"]) for row in rows)
        found.append(File(path, Wanted(terms=terms), day))
    return sorted(found, key=lambda file: file.day)


def _entry(row: Any) -> Any:
    return entry(
        row["amount"],
        day=date.fromisoformat(row["booking_date"]),
        value_date=date.fromisoformat(row["value_date"]),
        currency=row["currency"],
        bank_reference=row["bank_entry_id"],
        structured_remittance=row["reference"],
        end_to_end_id=row["end_to_end_id"],
        remittance=row["remittance_information"],
        reversal=row["reversal"],
        counterparty=Party(
            name=row["counterparty_name"],
            account=row["counterparty_account"],
            tax_id=row["counterparty_tax_id"],
        ),
    )


def imported(store: Path, pieces: Iterable[Sequence[File]]) -> list[FileOutcome]:
    """Import the files piece after piece, each judged at once."""
    outcomes: list[FileOutcome] = []
    for files in pieces:
        with open_store(store, settings=SETTINGS) as embedded:
            with parking_lot(embedded) as lot:
                importing = Importing(embedded, lot, open_as=opened)
                outcomes += [importing.file(file.path, file.wanted) for file in files]
            judged_again(embedded, correlation="import")
    return outcomes


def matched(store: Path) -> Matched:
    """What the store holds."""
    with open_store(store, settings=SETTINGS) as embedded:
        registry = judged_again(embedded, correlation="look").registry
        return Matched(
            matches=frozenset(
                (frozenset(row.payments), frozenset(row.settlements), row.rule)
                for row in match_rows(registry)
            ),
            lines=frozenset(each for each in registry.states if each.startswith("set:")),
        )
