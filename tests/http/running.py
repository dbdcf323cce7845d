"""Our server on a socket of this machine, while a test asks it."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event, Thread

import uvicorn

from handlers.server import Server

STARTS_S = 20


@contextmanager
def running(server: Server) -> Generator[str]:
    """The address of the server, until the end of the `with`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(server, log_level="error", access_log=False, lifespan="on")
        made = uvicorn.Server(config)
        thread = Thread(target=made.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            for _ in range(STARTS_S * 20):
                if made.started:
                    break
                Event().wait(0.05)
            assert made.started, "the server did not start"
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            made.should_exit = True
            thread.join(STARTS_S)
