"""One tool over one folder of labelled data: its pairs as matches.jsonl, its cost as JSON.

    python benchmarks/peers/run.py pandas_join DATA_DIR OUT_DIR

Loading is not measured. CPU seconds are the process's, over all its threads; memory is its peak.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path

KB_PER_MB = 1024


def main() -> None:
    """Load, match, write, and print the figures."""
    name, data, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    peer = importlib.import_module(f"benchmarks.peers.{name}")
    loaded = peer.load(data)
    wall, cpu = time.perf_counter(), time.process_time()
    rows = peer.match(loaded)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    out.mkdir(parents=True, exist_ok=True)
    with (out / "matches.jsonl").open("w", encoding="utf-8") as file:
        for payments, lines in rows:
            file.write(json.dumps({"payments": payments, "settlements": lines}) + "\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KB_PER_MB
    print(json.dumps({"cpu_s": cpu, "wall_s": wall, "peak_mb": peak}))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    main()
