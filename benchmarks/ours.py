"""The matching engine alone, over one folder of labelled data.

    python -m benchmarks.ours DATA_DIR OUT_DIR

Reading and recording are not measured; building the index, judging and proving are. The rows and
figures have the form that benchmarks/peers/run.py gives them.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from pathlib import Path

from adapters.data_folder import read_folder
from adapters.holidays_ar import ArgentineHolidays
from application.intake import Intake
from application.items import line_items, payment_item
from application.reconciling import reference_data, seal_of
from application.registry import Registry
from conciliar.refusals import reason_of
from domain.matching.engine import Matcher
from domain.matching.items import LineItem, PaymentItem, ReferenceData
from domain.matching.verdicts import MatchFound
from domain.payment import Cancelled, Expected
from domain.settlement import Settlement

KB_PER_MB = 1024

Loaded = tuple[ReferenceData, list[PaymentItem], list[LineItem], str]


def main() -> None:
    """Load, match, write, and print the figures."""
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    registry = recorded(data)
    loaded = items(registry)
    gc.collect()
    gc.freeze()  # what is loaded is not searched again for garbage
    wall, cpu = time.perf_counter(), time.process_time()
    matches = judged(loaded)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    out.mkdir(parents=True, exist_ok=True)
    with (out / "matches.jsonl").open("w", encoding="utf-8") as file:
        for match in matches:
            file.write(json.dumps(row(match, registry)) + "\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KB_PER_MB
    print(json.dumps({"cpu_s": cpu, "wall_s": wall, "peak_mb": peak}))


def recorded(data: Path) -> Registry:
    """What a run would have recorded of the folder, held in memory."""
    registry = Registry()
    batch = read_folder(data, source="core")
    intake = Intake(registry, actor="bench", correlation="bench", reason_of=reason_of)
    for _ in intake.commits(batch):
        pass
    return registry


def items(registry: Registry) -> Loaded:
    """What the engine compares."""
    payments: list[PaymentItem] = []
    lines: list[LineItem] = []
    for stream, state in registry.states.items():
        if isinstance(state, Expected | Cancelled):
            payments.append(payment_item(stream, state, 1))
        elif isinstance(state, Settlement):
            lines += line_items(stream, state, 1)
    reference = reference_data(registry, holidays=ArgentineHolidays())
    return reference, payments, lines, seal_of(registry)


def judged(loaded: Loaded) -> tuple[MatchFound, ...]:
    """Every match of the backlog, with its proof."""
    reference, payments, lines, seal = loaded
    engine = Matcher(reference)
    for payment in payments:
        engine.admit_payment(payment)
    for line in lines:
        engine.admit_line(line)
    return tuple(engine.judge(seal=seal).matches)


def row(match: MatchFound, registry: Registry) -> dict[str, object]:
    """A row of matches.jsonl, without its proof."""
    owners = [registry.payment(payment.id) for payment in match.payments]
    return {
        "payments": [owner.registered.payment_id for owner in owners if owner is not None],
        "settlements": [line.settlement_id for line in match.lines],
        "rule": match.rule,
        "evidence": match.evidence,
        "status": match.status,
    }


if __name__ == "__main__":
    main()
