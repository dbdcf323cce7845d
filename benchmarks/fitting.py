"""Weights of evidence, fitted to cases with truth: a logit over the answers of each line.

Each answer's chance is in proportion to 2 to the power of its weights' sum, beside the answer that
none of them is it, whose sum is 0. The likelihood of the truth is climbed by plain steps; what
speaks for an answer never weighs below nothing, what speaks against it never above.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from benchmarks.residue import Case
from domain.suggestions.evidence import REASONS

STEPS = 400
STEP = 0.6
PULL = 0.4
"""How strongly weights are pulled to their prior: what is rarely seen says little."""

QUARTERS_A_NAT = 4 / math.log(2)

PRIOR: Mapping[str, int] = {
    "X1": -24,
    "X2": -24,
    "X8": -24,
    "reference-cut": 8,
    "reference-typo": 8,
    "listed": 8,
    "sum-payer": 8,
    "merchant": 2,
}
"""Where a weight begins, and is pulled to: what data with truth hardly show is set by hand."""

POOLED_MIN = 30
"""Fewer cases than these are pooled with their neighbours."""

CERTAIN = 999
"""In a thousand: nothing that is suggested is certain."""

AGAINST = frozenset(
    ("X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8", "name-other", "amount-over", "net-apart")
)

Answers = list[tuple[tuple[str, ...], float]]
"""Codes of each answer, and how true it is."""


def fitted(cases: Iterable[Case]) -> dict[str, int]:
    """The weights, in quarters of a bit."""
    every: list[Answers] = [
        [(one.considered.codes, float(one.truth)) for one in case.options] for case in cases
    ]
    seen = Counter(code for answers in every for codes, _ in answers for code in codes)
    prior = {code: weight / QUARTERS_A_NAT for code, weight in PRIOR.items()}
    weights = {code: prior.get(code, 0.0) for code in sorted(seen.keys() | prior.keys())}
    for _ in range(STEPS):
        slopes = _slopes(every, weights)
        for code, weight in weights.items():
            slope = slopes[code] - PULL * (weight - prior.get(code, 0.0))
            # Divided by how often it is seen, so that rare codes climb as fast as common ones.
            moved = weight + STEP * slope / (1 + seen[code] / 4)
            weights[code] = _within(code, moved)
    rounded = {code: round(weight * QUARTERS_A_NAT) for code, weight in weights.items()}
    return {code: weight for code, weight in rounded.items() if weight}


def _within(code: str, weight: float) -> float:
    if code in AGAINST:
        return min(0.0, weight)
    return max(0.0, weight) if code in REASONS else weight


def _slopes(every: Sequence[Answers], weights: Mapping[str, float]) -> dict[str, float]:
    slopes: defaultdict[str, float] = defaultdict(float)
    for answers in every:
        odds = [math.exp(min(60.0, sum(weights[code] for code in codes))) for codes, _ in answers]
        whole = 1.0 + sum(odds)
        for (codes, truth), one in zip(answers, odds, strict=True):
            rest = truth - one / whole
            for code in codes:
                slopes[code] += rest
    return slopes


def calibrated(pairs: Sequence[tuple[int, float]]) -> list[tuple[int, int]]:
    """From shares to what was observed, by tenths; what falls below its left is pooled with it."""
    by_bin: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for share, truth in pairs:
        by_bin[share // 100].append((share, truth))
    pooled: list[list[tuple[int, float]]] = []
    for at in sorted(by_bin):
        pooled.append(by_bin[at])
        while len(pooled) > 1 and _is_out_of_order(*pooled[-2:]):
            last = pooled.pop()
            pooled[-1] = pooled[-1] + last
    knots = [
        (round(sum(share for share, _ in some) / len(some)), round(1_000 * _observed(some)))
        for some in pooled
    ]
    inner = [knot for knot in knots if 0 < knot[0] < 1_000]
    return [(0, 0), *inner, (1_000, max([CERTAIN, *(seen for _, seen in inner)]))]


def _is_out_of_order(left: list[tuple[int, float]], right: list[tuple[int, float]]) -> bool:
    return min(len(left), len(right)) < POOLED_MIN or _observed(right) <= _observed(left)


def _observed(some: Sequence[tuple[int, float]]) -> float:
    # One right and one wrong more than were seen: few cases prove no certainty.
    return (sum(truth for _, truth in some) + 1) / (len(some) + 2)
