"""What 49, 98 and 99 of a BAI2 file state, beside what is found: sums, and numbers of parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from adapters.statements.bai2_fields import Fields, amount_of, count_of, summaries_of
from adapters.statements.bai2_records import Record
from adapters.statements.model import Unreadable

ACCOUNTS_MAX: Final = 100_000
"""Accounts of one file."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether all controls that concern an account hold; None where none is stated."""

    matches: bool | None = None
    words: str | None = None

    def and_also(self, other: Verdict) -> Verdict:
        """This one and that of a trailer further out; the innermost fault is told."""
        return self if self.matches is False else other


@dataclass(slots=True)
class _Sums:
    """What an account, a group or the file adds up to."""

    total: int = 0
    parts: int = 0
    records: int = 0
    verdicts: list[Verdict] = field(default_factory=list[Verdict])

    def add(self, other: _Sums, stated: int | None) -> None:
        """One more part, with the total that its own trailer states."""
        self.total += other.total if stated is None else stated
        self.parts += 1
        self.records += other.records
        self.verdicts += other.verdicts

    def judge(self, record: Record) -> int | None:
        """Compare with what the trailer states; its total. Raises Unreadable."""
        texts = record.fields()
        if record.code == "49":
            texts.insert(1, "")
        texts += ["", "", ""]
        stated = amount_of(texts[0], place=record.place)
        checks = [("total", stated, self.total)]
        for name, text, found in (
            ("accounts" if record.code == "98" else "groups", texts[1], self.parts),
            ("records", texts[2], self.records),
        ):
            checks.append((name, count_of(text, place=record.place) if text else None, found))
        words = [
            f"record {record.code} on line {record.line} states {name} {said}, found {found}"
            for name, said, found in checks
            if said is not None and said != found
        ]
        if any(said is not None for _, said, _ in checks):
            own = Verdict(not words, words[0] if words else None)
            self.verdicts = [each.and_also(own) for each in self.verdicts]
        return stated


def verdicts_of(records: Iterable[Record]) -> list[Verdict]:
    """The verdict on each account of the file, in order. Raises Unreadable."""
    done: list[Verdict] = []
    file, group, account = _Sums(), _Sums(), _Sums()
    for record in records:
        match record.code:
            case "01":
                file = _Sums(records=record.physical)
            case "02":
                group = _Sums(records=record.physical)
            case "03":
                amounts = sum(amount or 0 for _, amount in summaries_of(record))
                account = _Sums(total=amounts, records=record.physical, verdicts=[Verdict()])
                if len(done) + len(file.verdicts) + len(group.verdicts) >= ACCOUNTS_MAX:
                    raise Unreadable(record.place, f"more than {ACCOUNTS_MAX} accounts")
            case "16":
                fields = Fields(record)
                fields.next()  # the type code
                account.total += amount_of(fields.next(), place=record.place) or 0
                account.records += record.physical
            case "49":
                account.records += record.physical
                group.add(account, account.judge(record))
            case "98":
                group.records += record.physical
                file.add(group, group.judge(record))
            case _:
                file.records += record.physical
                file.judge(record)
                done += file.verdicts
    return done
