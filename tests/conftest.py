"""One hypothesis profile for each purpose, chosen by HYPOTHESIS_PROFILE or by CI."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.fixtures.dynamodb", "tests.fixtures.search"]

_QUIET = (HealthCheck.too_slow,)  # two shared cores are slow by themselves

settings.register_profile(
    "everyday", max_examples=50, deadline=None, suppress_health_check=_QUIET, print_blob=True
)
# The same examples each time: a red run means a change of code, never a lucky draw.
settings.register_profile("ci", parent=settings.get_profile("everyday"), derandomize=True)
settings.register_profile("thorough", parent=settings.get_profile("everyday"), max_examples=2_000)

settings.register_profile("fuzz", parent=settings.get_profile("everyday"), max_examples=3_000)

settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "everyday")
)


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Names bytes by their argument, never by content.

    A packed file holds the second it was packed in, and all workers must collect the same tests.
    """
    return argname if isinstance(val, bytes) else None
