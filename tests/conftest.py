"""One hypothesis profile for each purpose, chosen by HYPOTHESIS_PROFILE or by CI."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

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


@pytest.fixture(scope="session")
def dynamodb_url() -> Generator[str]:
    """The address of a DynamoDB for this process's tests, started once and stopped at the end."""
    from tests.fixtures import emulator  # only tests that ask for it pay for it

    if url := os.environ.get(emulator.URL_VARIABLE):
        yield url
    else:
        with emulator.emulator() as url:
            yield url
