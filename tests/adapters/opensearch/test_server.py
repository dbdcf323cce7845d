"""The OpenSearch of our tests."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from tests.fixtures.search import JARS

END_S = 30

HOLDER = """
import sys
from tests.fixtures.search import opensearch
with opensearch() as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.skipif(not JARS.is_dir(), reason="no jars of OpenSearch here: scripts/setup search")
def test_no_server_outlives_the_tests_that_started_it():
    """A parent that is killed, so that it can close nothing, takes its server along."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        url = holder.stdout.readline().strip()
        with urllib.request.urlopen(url, timeout=END_S) as answer:
            assert answer.status == 200
        holder.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + END_S
    while _answers(url) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _answers(url)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=END_S):
            return True
    except (urllib.error.URLError, ConnectionError):
        return False
