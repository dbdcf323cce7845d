"""How much is left for people, and how many minutes that saves: on labelled data, with its truth.

    python -m benchmarks.people             the labelled data beside the clone, else our demo bank
    python -m benchmarks.people --data DIR  any folder of labelled data

An item is a payment or a line. What needs a person are lines that are open for a reason, and
payments past their break day; what is pending is not late yet, a duplicate is found without a
person, and a provisional match waits for what corroborates it. Should nothing do so, somebody has
to confirm it: that is counted apart, and its minutes are counted as left. Minutes are an
assumption, all of it below: change it there.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from adapters.demo_bank import Shares, generate, write
from application.outcome import exception_rows, match_rows
from application.results import ExceptionRow, MatchRow
from application.suggesting import suggested
from benchmarks.labelled import LABELLED
from benchmarks.residue import Residue, residue
from conciliar.composition import holidays
from domain.settlement import PROVISIONAL, Settlement

NO_PERSON = frozenset(("pending", "duplicate", PROVISIONAL))


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """Tenths of a minute that an item takes somebody who knows the work; no figure is measured.

    by_id        an id is copied into a search and ticked: one look-up
    by_search    payer, amount and day are searched, and rivals looked at
    payout       a list is added up, charges and taxes computed, in a sheet
    repeated     the same entry is seen twice, and one of them struck out
    open         by reason: somebody is asked, a charge requested, a claim made; unexpected lines
                 are mostly the bank's own charges and only need an account
    confirmed    a suggestion is right: it is read, with what is for and against it, and confirmed
    """

    by_id: int = 10
    by_search: int = 30
    payout: int = 60
    repeated: int = 10
    open: Mapping[str, int] = field(
        default_factory=lambda: {
            "ambiguous": 50,
            "contradicted": 50,
            "amount_break": 100,
            "unexpected": 20,
            "missing": 40,
        }
    )
    confirmed: int = 15

    def of_match(self, row: MatchRow) -> int:
        """What finding a match by hand takes: its payments are ticked with it."""
        rule = row.rule.partition("@")[0]
        if rule.startswith("payout"):
            return self.payout
        return self.by_id if row.evidence == "I" or rule == "declared" else self.by_search

    def of_open(self, row: ExceptionRow) -> int:
        """What an item takes that needs a person."""
        return self.open.get(row.reason, max(self.open.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What is left for people. Minutes are tenths; `reasons` count items by kind and reason.

    `matchable` items belong to a group of the truth that is a match. `answered` items have their
    whole answer among their suggestions; those of them that are payments are done with their line.
    `provisional` items are in no figure but their own, and the minutes.
    """

    name: str
    items: int
    matchable: int
    reasons: Mapping[tuple[str, str], int]
    matchable_open: int
    provisional: int
    answered: int
    by_hand: int
    left: int
    left_suggested: int

    @property
    def open(self) -> int:
        """Items that need a person."""
        return sum(self.reasons.values())


def people(name: str, found: Residue, minutes: Minutes | None = None) -> People:
    """What a run left for people, against working everything by hand."""
    taking = minutes or Minutes()
    rows = list(exception_rows(found.registry, suggested(found.registry, holidays=holidays())))
    waiting = [row for row in rows if row.reason not in NO_PERSON]
    matchable = {
        item
        for group in found.truth
        if group["label"] == "match"
        for item in (*group["payments"], *group["settlements"])
    }
    answers = dict(_answers(found))
    answered = {row.id for row in waiting if _is_answered(row, answers)}
    unsure = [row for row in rows if row.reason == PROVISIONAL]
    open_ = sum(taking.of_open(row) for row in waiting)
    left = open_ + taking.confirmed * sum(row.kind == "settlement" for row in unsure)
    by_hand = open_ + sum(taking.of_match(row) for row in match_rows(found.registry))
    by_hand += taking.repeated * sum(row.reason == "duplicate" for row in rows)
    spared = sum(
        taking.of_open(row) - (taking.confirmed if row.kind == "settlement" else 0)
        for row in waiting
        if row.id in answered
    )
    streams = found.registry.states
    return People(
        name=name,
        items=sum(stream.startswith("pay:") for stream in streams) + _lines(found),
        matchable=len(matchable),
        reasons=Counter((row.kind, row.reason) for row in waiting),
        matchable_open=sum(row.id in matchable for row in waiting),
        provisional=len(unsure),
        answered=len(answered),
        by_hand=by_hand,
        left=left,
        left_suggested=left - spared,
    )


def _lines(found: Residue) -> int:
    states = found.registry.states.values()
    return sum(len(state.deliveries) for state in states if isinstance(state, Settlement))


def _answers(found: Residue) -> Iterator[tuple[str, frozenset[str]]]:
    """The payments of each line that has one answer: where nobody can tell, there is none."""
    for group in found.truth:
        told = group["pairing"] != "none" or group["noise_class"].startswith("batch")
        if told and group["payments"]:
            for line in group["settlements"]:
                yield line, frozenset(group["payments"])


def _is_answered(row: ExceptionRow, answers: Mapping[str, frozenset[str]]) -> bool:
    return any(
        row.id in (one.settlement, *one.payments)
        and len(answers.get(one.settlement, ())) == one.payments_total
        and frozenset(one.payments) <= answers[one.settlement]
        for one in row.suggestions
    )


def table_of(found: People) -> Table:
    """What a person reads."""
    table = Table(title=f"left for people: {found.name}")
    for name in ("", "items", "of all items", "of what needs a person"):
        table.add_column(name, justify="right" if name else "left")
    for (kind, reason), count in sorted(found.reasons.items(), key=lambda each: -each[1]):
        name = "line" if kind == "settlement" else kind
        what = f"  {name}, {reason.replace('_', ' ')}"
        table.add_row(what, f"{count:,}", _percent(count, found.items), _percent(count, found.open))
    table.add_row("need a person", f"{found.open:,}", _percent(found.open, found.items), "")
    share = f"{_percent(found.matchable_open, found.matchable)} of {found.matchable:,}"
    table.add_row("  of the matchable items", f"{found.matchable_open:,}", share, "")
    answered = _percent(found.answered, found.open)
    table.add_row("  answer among the suggestions", f"{found.answered:,}", "", answered)
    waiting = _percent(found.provisional, found.items)
    table.add_row("besides, provisional", f"{found.provisional:,}", waiting, "")
    table.add_section()
    for name, tenths in (
        ("minutes, all by hand", found.by_hand),
        ("minutes, what is left", found.left),
        ("minutes, with suggestions", found.left_suggested),
    ):
        spared = (
            ""
            if tenths == found.by_hand
            else f"{_percent(found.by_hand - tenths, found.by_hand)} saved"
        )
        table.add_row(name, f"{tenths // 10:,}", spared, "")
    return table


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else ""


def measured(folder: Path | None = None) -> People:
    """The figures of a folder of labelled data; by default the one beside the clone, or our own."""
    with _data(folder) as (name, place):
        return people(name, residue(place))


@contextmanager
def _data(folder: Path | None) -> Iterator[tuple[str, Path]]:
    if folder is not None or LABELLED.is_dir():
        place = folder or LABELLED
        yield place.name, place
        return
    with tempfile.TemporaryDirectory(prefix="conciliar-people-") as made:
        bank = generate(
            payments=10_000,
            days=30,
            seed="people",
            first_day=date(2026, 3, 2),
            shares=Shares.public(),
        )
        write(bank, folder=Path(made))
        yield "demo bank (no labelled data beside the clone)", Path(made)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.people")
    parser.add_argument("--data", type=Path)
    Console().print(table_of(measured(parser.parse_args().data)))


if __name__ == "__main__":
    main()
