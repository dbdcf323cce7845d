"""Scores a folder of labelled data and a file of matches; the judge itself is the project's own."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adapters.demo_bank.scoring import Score, score


def score_files(*, data: Path, matches: Path) -> Score:
    """The score of `matches` (a matches.jsonl) against the truth in `data`, plain or gzipped."""
    return score(truth=list(rows(data, "truth")), result=list(lines(matches)))


def rows(data: Path, table: str) -> Iterator[Any]:
    """The rows of a table of labelled data."""
    plain = data / f"{table}.jsonl"
    return lines(plain if plain.exists() else data / f"{table}.jsonl.gz")


def lines(file: Path) -> Iterator[Any]:
    """The objects of a JSON Lines file; blank lines are none."""
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as stream:
        yield from (json.loads(line) for line in stream if line.strip())
