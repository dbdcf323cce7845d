"""Many small banks one after the other, from one seed; and what a failure prints."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from tests.architecture.source import ROOT
from tests.simulation.checks import Broken
from tests.simulation.service import Faults, Service

EPISODE_STEPS = 600
"""Steps of a bank before it must come to rest."""


@dataclass(frozen=True, kw_only=True)
class Lived:
    """What so many steps came to; `digest` is the same wherever the seed is the same."""

    steps: int
    banks: int
    facts: int
    lost_records: int
    found_again: int
    parked: int
    digest: str


class Failed(Exception):  # noqa: N818  (it is a finding)
    """A law was broken: by which seed of which commit, and after which acts."""

    def __init__(self, seed: int, broken: BaseException, service: Service) -> None:
        last = "\n".join(f"    {what}" for what in service.trace[-40:])
        super().__init__(
            f"{broken}\n  seed {seed}, step {service.steps}, commit {commit()}\n"
            f"  again: python -m tests.simulation --seed {seed} --steps 1\n{last}"
        )


def commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    return found.stdout.strip() or "unknown"


Make = Callable[[int], Service]


def service(seed: int) -> Service:
    """A bank whose size and luck depend on the seed as well."""
    random = Random(seed)
    wild = random.random() < 0.2
    return Service(
        random=random,
        payments=2 + int(random.random() * 4),
        poison=int(random.random() * 3),
        faults=Faults(dies=60, lost_request=150, lost_answer=150) if wild else Faults(),
    )


def one(seed: int, make: Make = service) -> Service:
    """One bank, lived to its rest. Raises Failed."""
    lived = make(seed)
    try:
        while lived.steps < EPISODE_STEPS:
            lived.step()
        lived.come_to_rest()
    except (Broken, AssertionError) as broken:
        raise Failed(seed, broken, lived) from broken
    return lived


def many(seed: int, *, steps: int, told: Callable[[int], None] | None = None) -> Lived:
    """Banks of the seeds from `seed` on until so many steps were made. Raises Failed."""
    made = banks = facts = lost = found = parked = 0
    digest = sha256()
    while made < steps:
        lived = one(seed + banks)
        banks += 1
        made += lived.steps
        facts += lived.client().head()
        lost += lived.lost
        found += lived.found
        parked += len(lived.parked) + len(lived.broken)
        digest.update("\n".join(lived.trace).encode())
        digest.update(lived.views.digest().encode())
        if told is not None:
            told(made)
    return Lived(
        steps=made,
        banks=banks,
        facts=facts,
        lost_records=lost,
        found_again=found,
        parked=parked,
        digest=digest.hexdigest(),
    )
