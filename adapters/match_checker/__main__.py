"""`python -m adapters.match_checker DATA_DIR OUT_DIR`: for auditors, without the rest of us."""

from __future__ import annotations

import sys
from pathlib import Path

from adapters.match_checker.checking import Checker
from adapters.match_checker.reading import read, rows


def main(folder: Path, out: Path) -> int:
    """Check every match of OUT_DIR/matches.jsonl against the data folder."""
    matches = rows(out / "matches.jsonl")
    checker = Checker(read(folder), matches)
    wrong = 0
    for match in matches:
        if why := checker.fault(match):
            wrong += 1
            sys.stdout.write(f"{', '.join(match['settlements'])}: {match['rule']}: {why}\n")
    held = f"{wrong:,} do not hold" if wrong else "all hold"
    sys.stdout.write(f"checked {len(matches):,} of {len(matches):,} matches: {held}\n")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:3])))
