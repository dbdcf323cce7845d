"""Precision and recall of the matching engine over folders of labelled data, class by class.

    python -m benchmarks.recall DATA_DIR…

A folder holds what `conciliar reconcile` reads, and `truth.jsonl`. The engine alone is run: no
store, no files. Each zero comes with its bound: the upper 95 % limit of the rate of false pairs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from adapters.demo_bank.scoring import ClassScore, ResultRow, Score, score
from application.registry import Registry
from benchmarks.ours import items, judged, recorded
from domain.matching.verdicts import MatchFound
from domain.rules.precision import upper_ppm
from tests.scoring import rows

RECALL_MIN_PPM, WITH_PROVISIONAL_MIN_PPM = 990_000, 998_000


def main() -> int:
    """Print a row for each folder and a table of all classes; 1 where a target is missed."""
    scores: dict[str, Score] = {}
    console = Console()
    for name in sys.argv[1:]:
        registry = recorded(Path(name))
        result = [_row(match, registry) for match in judged(items(registry))]
        scores[Path(name).name] = score(truth=list(rows(Path(name), "truth")), result=result)
        console.print(_line(Path(name).name, scores[Path(name).name]))
    console.print(_classes(list(scores.values())))
    return 0 if all(map(_is_good, scores.values())) else 1


def _row(match: MatchFound, registry: Registry) -> ResultRow:
    owners = [registry.payment(payment.id) for payment in match.payments]
    return ResultRow(
        payments=[owner.registered.payment_id for owner in owners if owner is not None],
        settlements=[line.settlement_id for line in match.lines],
        evidence=match.evidence,
        status=match.status,
    )


def _is_good(found: Score) -> bool:
    return (
        not found.false
        and found.recall_ppm >= RECALL_MIN_PPM
        and found.recall_with_provisional_ppm >= WITH_PROVISIONAL_MIN_PPM
    )


def _line(name: str, found: Score) -> str:
    claimed = found.right + found.false
    bound = upper_ppm(false=found.false, of=claimed)
    return (
        f"{name}: final {_share(found.recall_ppm)}, with provisional "
        f"{_share(found.recall_with_provisional_ppm)}; false {found.false}, guessed "
        f"{found.guessed}, duplicates {found.duplicates}, provisional wrong "
        f"{found.provisional_wrong}; {claimed:,} pairs, bound {bound} ppm"
    )


def _share(ppm: int) -> str:
    return f"{ppm // 100 / 10_000:.4f}"


def _classes(scores: Sequence[Score]) -> Table:
    """Every class that needs pairs: the worst folder, and all folders together."""
    table = Table(title="Recall by class")
    for heading in ("class", "pairs", "final", "with provisional", "worst final", "worst with"):
        table.add_column(heading, justify="left" if heading == "class" else "right")
    for name in sorted({name for found in scores for name in found.by_class}):
        some = [found.by_class[name] for found in scores if name in found.by_class]
        whole = ClassScore(
            needed=sum(one.needed for one in some),
            right=sum(one.right for one in some),
            provisional=sum(one.provisional for one in some),
        )
        if whole.needed:
            table.add_row(
                name,
                f"{whole.needed:,}",
                _share(whole.recall_ppm),
                _share(whole.recall_with_provisional_ppm),
                _share(min(one.recall_ppm for one in some)),
                _share(min(one.recall_with_provisional_ppm for one in some)),
            )
    return table


if __name__ == "__main__":
    raise SystemExit(main())
