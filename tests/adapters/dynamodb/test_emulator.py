"""The emulator ends with whoever started it, whatever that one dies of."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing

import pytest

from tests.architecture.source import ROOT
from tests.fixtures.emulator import URL_VARIABLE, emulator

PARENT = """
import time
from tests.fixtures.emulator import emulator
with emulator() as url:
    print(url, flush=True)
    time.sleep(600)
"""

GONE_S = 30

pytestmark = pytest.mark.skipif(URL_VARIABLE in os.environ, reason="another server is used")


def listens(url: str) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0


def ends(url: str) -> bool:
    """Whether nobody listens there any more, within a generous time."""
    deadline = time.monotonic() + GONE_S
    while listens(url) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not listens(url)


def test_an_emulator_ends_with_its_block():
    """It listens inside of the block, and not after it."""
    with emulator() as url:
        assert listens(url)
    assert ends(url)


def test_an_emulator_ends_with_a_parent_that_is_killed():
    """SIGKILL leaves the parent no time to say anything; the emulator ends all the same."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert parent.stdout is not None
    with parent.stdout:
        url = parent.stdout.readline().strip()
        assert listens(url)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert ends(url)
