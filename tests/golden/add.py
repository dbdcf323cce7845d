"""Write the golden files that are missing: `python -m tests.golden.add`.

A topic without a golden file gets one, and a topic with a field that no golden file fills gets
another. Look at what was written, then commit it: from then on it never changes.
"""

from __future__ import annotations

import sys

from adapters.topics import REGISTRY
from tests.golden.example import example
from tests.golden.golden import new, uncovered, write


def main() -> int:
    """Add what is missing; 1 when a retired form has none, for it can no longer be written."""
    missing = sorted(uncovered())
    lost = [topic for topic in missing if topic not in REGISTRY.current]
    for topic in missing:
        if topic not in lost:
            file = write(new(topic, example(REGISTRY.current[topic])))
            sys.stdout.write(f"{file}\n")
    for topic in lost:
        sys.stderr.write(f"{topic} is retired: its golden file had to be written before that\n")
    return 1 if lost else 0


if __name__ == "__main__":
    raise SystemExit(main())
