"""How well suggestions keep their word, on data with truth that they were not fitted to.

    python -m benchmarks.suggestions            seeds of our demo bank, and the labelled data beside
    python -m benchmarks.suggestions --fit      the weights and the calibration, made again
    python -m benchmarks.suggestions --data DIR labelled data from elsewhere

Prints what was promised beside what was so, by tenths; how often the truth stands first, and among
five; and the same of splink on the same open items, where that library is installed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from adapters.demo_bank import Shares, generate, write
from benchmarks import fitting, splink_beside
from benchmarks.labelled import LABELLED
from benchmarks.residue import Case, ids_of, residue
from benchmarks.weakened import weaken
from domain.suggestions.model import SCORE_PERMILLE_MIN, SUGGESTIONS_MAX
from domain.suggestions.suggesting import UNSEEN, likelihoods, suggestions
from domain.suggestions.weights import shares, weight

TRAIN, TEST = ("1", "2", "3", "4"), ("5", "6", "7", "8")
PAYMENTS, DAYS, FIRST_DAY = 8_000, 30, date(2026, 3, 2)

UNDECIDED = frozenset(("missing", "orphan", "decoy_line"))
"""Noise classes that have no answer: what is suggested of them is wrong, and counts as that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """An answer with its likelihood in a thousand, and how true it is."""

    score: int
    truth: float


Ranked = list[Guess]
"""The suggestions for a line, the likeliest first."""


@dataclass(slots=True, kw_only=True)
class Set:
    """Cases of some folders, with what was suggested; and splink's word on the same, if there."""

    name: str
    ours: list[tuple[Case, Ranked]]
    theirs: list[tuple[Case, Ranked]] | None
    seconds: float


def main() -> None:
    """Print the tables, or the fitted constants."""
    parser = argparse.ArgumentParser(prog="benchmarks.suggestions")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--data", type=Path, action="append", default=[])
    arguments = parser.parse_args()
    console = Console(width=110)
    with tempfile.TemporaryDirectory(prefix="conciliar-suggest-") as place:
        if arguments.fit:
            fit([case for seed in TRAIN for case in residue(made(Path(place), seed)).cases])
            return
        if not splink_beside.IS_HERE:
            console.print("splink is not installed: its columns are left out (pip install splink)")
        folders = [made(Path(place), seed) for seed in TEST]
        show(console, measured(f"weakened lines, seeds {', '.join(TEST)}", folders))
        for folder in [*([LABELLED] if LABELLED.is_dir() else []), *arguments.data]:
            show(console, measured(folder.name, [folder]))


def made(place: Path, seed: str) -> Path:
    """A folder with a bank of the public noise, some of its lines weakened."""
    folder = place / seed
    bank = generate(
        payments=PAYMENTS,
        days=DAYS,
        seed=f"suggestions/{seed}",
        first_day=FIRST_DAY,
        shares=Shares.public(),
    )
    lines, truth = weaken(bank.payments, bank.settlements, bank.truth, seed=seed)
    write(replace(bank, settlements=lines, truth=truth), folder=folder)
    return folder


def fit(cases: Sequence[Case]) -> None:
    """Print what domain/suggestions/weights.py holds."""
    found = fitting.fitted(cases)
    pairs: list[tuple[int, float]] = []
    for case in cases:
        weighs = [weight(one.considered.codes, weights=found) for one in case.options]
        unseen = weight(UNSEEN, weights=found)
        scores = shares(weighs, unseen=case.unseen, unseen_weighs=unseen)
        pairs += zip(scores, [float(one.truth) for one in case.options], strict=True)
    print("WEIGHTS = {")
    for code, weighs in sorted(found.items(), key=lambda each: (-each[1], each[0])):
        print(f'    "{code}": {weighs},')
    print(f"}}\nCALIBRATION = {tuple(fitting.calibrated(pairs))}")


def measured(name: str, folders: Iterable[Path]) -> Set:
    """Suggestions for what a run leaves open of each folder."""
    ours: list[tuple[Case, Ranked]] = []
    theirs: list[tuple[Case, Ranked]] = []
    seconds = 0.0
    for folder in folders:
        found = residue(folder)
        start = time.perf_counter()
        suggestions(found.pool, [case.line for case in found.cases])
        seconds += time.perf_counter() - start
        ours += [(case, _ours(case)) for case in found.cases]
        if splink_beside.IS_HERE:
            said = splink_beside.predicted(folder, found)
            theirs += [(case, _theirs(case, said)) for case in found.cases]
    return Set(
        name=name, ours=ours, theirs=theirs if splink_beside.IS_HERE else None, seconds=seconds
    )


def _ours(case: Case) -> Ranked:
    answers = [option.considered.codes for option in case.options]
    scores = likelihoods(answers, unseen=case.unseen)
    ranked = sorted(
        zip(scores, case.options, strict=True),
        key=lambda each: (-each[0], each[1].considered.key),
    )
    return [
        Guess(score=score, truth=float(option.truth))
        for score, option in ranked
        if score >= SCORE_PERMILLE_MIN
    ]


def _theirs(case: Case, said: Mapping[tuple[str, str], int]) -> Ranked:
    truth = {ids_of(option.considered): float(option.truth) for option in case.options}
    found: list[tuple[int, str]] = [
        (score, payment)
        for (line, payment), score in said.items()
        if line == case.line.settlement_id and score >= SCORE_PERMILLE_MIN
    ]
    found.sort(key=lambda each: (-each[0], each[1]))
    return [
        Guess(
            score=score,
            truth=truth.get(frozenset((payment,)), float(case.answer == {payment})),
        )
        for score, payment in found
    ]


# Tables


def show(console: Console, found: Set) -> None:
    """The tables of a set of cases."""
    count = len(found.ours)
    console.print(f"\n{found.name}: {count} open lines, suggestions in {found.seconds:.2f} s")
    console.print(reliability(found))
    console.print(hits(found))


def reliability(found: Set) -> Table:
    """What was promised beside what was so, by tenths of a thousand."""
    table = Table(title="promised and observed, in a thousand")
    for name in ("score", "suggestions", "promised", "observed", *_columns(found)):
        table.add_column(name, justify="right")
    mine, beside = _tenths(found.ours), _tenths(found.theirs or [])
    for tenth in range(10):
        cells = [*_promise(mine[tenth]), *(_promise(beside[tenth]) if found.theirs else ())]
        if any(cells):
            table.add_row(f"{100 * tenth}-{100 * tenth + 99}", *cells)
    return table


def _columns(found: Set) -> tuple[str, ...]:
    return ("splink", "promised", "observed") if found.theirs is not None else ()


def _tenths(ranked: Sequence[tuple[Case, Ranked]]) -> Mapping[int, list[Guess]]:
    tenths: defaultdict[int, list[Guess]] = defaultdict(list)
    for _, guesses in ranked:
        for one in guesses:
            tenths[min(9, one.score // 100)].append(one)
    return tenths


def _promise(guesses: Sequence[Guess]) -> tuple[str, str, str]:
    if not guesses:
        return "", "", ""
    promised = sum(one.score for one in guesses) / len(guesses)
    observed = 1_000 * sum(one.truth for one in guesses) / len(guesses)
    return f"{len(guesses):,}", f"{promised:.0f}", f"{observed:.0f}"


def hits(found: Set) -> Table:
    """By noise class: lines, those with an answer, and how often it stands first, or among five."""
    table = Table(title="where the truth stands")
    names = ("first", f"of {SUGGESTIONS_MAX}", "nothing said")
    more = tuple(f"splink: {name}" for name in names) if found.theirs is not None else ()
    for name in ("noise class", "lines", *names, *more):
        table.add_column(name, justify="left" if name == "noise class" else "right")
    mine, beside = _by_class(found.ours), _by_class(found.theirs or [])
    for name in sorted(mine):
        table.add_row(name, *_counted(mine[name]), *(_counted(beside[name])[1:] if more else ()))
    return table


def _by_class(ranked: Sequence[tuple[Case, Ranked]]) -> Mapping[str, Counter[str]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for case, guesses in ranked:
        for name in _classes_of(case):
            counts[name] += Counter(
                lines=1,
                first=any(one.truth for one in guesses[:1]),
                five=any(one.truth for one in guesses[:SUGGESTIONS_MAX]),
                silent=not guesses,
            )
    return counts


def _classes_of(case: Case) -> Iterator[str]:
    yield case.noise_class
    yield "~ without an answer" if case.noise_class in UNDECIDED else "~ with an answer"


def _counted(counts: Counter[str]) -> tuple[str, str, str, str]:
    return (
        f"{counts['lines']:,}",
        f"{counts['first']:,}",
        f"{counts['five']:,}",
        f"{counts['silent']:,}",
    )


if __name__ == "__main__":
    main()
