"""Serves AWS on a loopback port until whoever started it lets go of its standard input.

    .venv-emulator/bin/python scripts/emulator.py PORT [PYTHON]

A parent that is killed, whatever with, lets go too: no server outlives its tests. With PYTHON,
functions run under that interpreter, with its packages, and events reach them as they do on AWS
(scripts/emulator_functions.py).
"""

import os
import runpy
import sys
import threading


def end_with_the_parent() -> None:
    """Wait for the end of standard input, and end the process with it."""
    sys.stdin.buffer.read()
    os._exit(0)


def main(port: str, python: str | None = None) -> None:
    """Serve on this port of the loopback address."""
    os.environ.update(
        GATEWAY_PORT=port,
        BIND_HOST="127.0.0.1",
        MINISTACK_HOST="localhost",
        MINISTACK_REGION="us-east-1",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        LOG_LEVEL="ERROR",
    )
    threading.Thread(target=end_with_the_parent, daemon=True).start()
    if python is not None:
        from emulator_functions import run_functions_as_on_aws

        run_functions_as_on_aws(python)
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
