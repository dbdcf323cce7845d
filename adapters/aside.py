"""Work in a second process: what can be read or written there, while this one goes on.

The process is forked, so that it has what it works on without copying it. It opens its own files,
does its work, and ends without running anything of this process's.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import BinaryIO, Generic, TypeVar

from domain.errors import Refusal

Told = TypeVar("Told", int, bytes)
Tell = Callable[[Told], None]


class AsideFailed(Exception):  # noqa: N818  (it says what happened, as a refusal does)
    """The second process died, or failed in a way nobody expected.

    Its own words, where it left any.
    """


class Aside(Generic[Told]):
    """A running second process: `result` is what it told first, `finish` waits for its end."""

    def __init__(self, pid: int, pipe: BinaryIO, kind: type[Told]) -> None:
        self._pid = pid
        self._pipe = pipe
        self._kind = kind
        self._result: Told | None = None
        self._ended = False

    def result(self) -> Told:
        """What the work told; raises the refusal that stopped it, or AsideFailed."""
        if self._result is None:
            try:
                told: object = pickle.load(self._pipe)  # noqa: S301  (our own child wrote it)
            except EOFError:
                self.finish()
                raise AsideFailed("ended without a word") from None
            if isinstance(told, Refusal):
                self.finish()
                raise told
            if not isinstance(told, self._kind):
                self.finish()
                raise AsideFailed(str(told))
            self._result = told
        return self._result

    def finish(self) -> bool:
        """Wait until the process has ended; whether it ended well."""
        if self._ended:
            return True
        self._ended = True
        self._pipe.close()
        _, status = os.waitpid(self._pid, 0)
        return status == 0


def aside(work: Callable[[Tell[Told]], None], *, kind: type[Told]) -> Aside[Told]:
    """Start `work` in a second process; it tells one value of a kind, and may go on after that."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)
            code = _child(work, writing)
        finally:
            os._exit(code)  # whatever happened: nothing of the first process runs on in here
    os.close(writing)
    return Aside(pid, os.fdopen(reading, "rb"), kind)


def can_work_aside() -> bool:
    """Whether this system forks, and has a second core to gain by it."""
    return hasattr(os, "fork") and (os.cpu_count() or 1) > 1


def _child(work: Callable[[Tell[Told]], None], writing: int) -> int:
    with os.fdopen(writing, "wb") as pipe:

        def tell(value: object) -> None:
            pickle.dump(value, pipe)
            pipe.flush()

        try:
            work(tell)
        except Refusal as refusal:
            tell(refusal)
            return 1
        except OSError:  # the first process may be gone, and then there is nobody to tell
            return 1
        except BaseException as failure:  # noqa: BLE001  (the first process raises it)
            tell(f"{type(failure).__name__}: {failure}")
            return 1
    return 0
